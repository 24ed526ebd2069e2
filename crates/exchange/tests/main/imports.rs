//! Documents of other tools: what is said of them, and what is written, which fits into a registry without a word.

use crate::openslo_round_trip::HARNESS;
use crate::{said, texts_of};
use milepost_exchange::openslo::{self, Document, Documents};
use milepost_model::Name;
use milepost_registry::Registry;
use milepost_registry::foreign::{self, Foreign};
use milepost_slo::open::{Binding, OpenSlo, Unjudged};
use milepost_slo::{Alerts, Method};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use std::path::Path;

fn read_foreign(name: &str) -> Foreign {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/imports").join(format!("{name}.yaml"));
    let text = std::fs::read_to_string(path).unwrap();
    foreign::read_texts([(&*format!("{name}.yaml"), &*text)], &Name::new("mail").unwrap())
}

/// All SLOs about one step.
fn bound(foreign: &Foreign) -> Vec<Document> {
    let binding = Binding {
        product: Name::new("mail").unwrap(),
        path: "compose-mail/send-mail".parse().unwrap(),
        method: Method::Service,
        kind: None,
    };
    let slos = foreign.slos.iter().cloned();
    slos.map(|mut foreign| {
        foreign.slo.binding = Some(binding.clone());
        Document { slo: foreign.slo, labels: foreign.labels }
    })
    .collect()
}

#[test]
fn documents_of_other_tools_become_these() {
    for (name, left_out) in [("sloth", 1), ("sloth-resources", 0), ("pyrra", 1)] {
        let foreign = read_foreign(name);
        assert_eq!(
            (foreign.diagnostics.errors(), foreign.left_out),
            (0, left_out),
            "{}",
            foreign.diagnostics.render(false)
        );
        let written = openslo::text(&bound(&foreign), &[]);
        insta::assert_snapshot!(name, format!("{}=====\n{written}", foreign.diagnostics.render(false)));
    }
}

#[test]
fn what_is_written_fits_into_a_registry_and_is_what_was_read() {
    for name in ["sloth", "sloth-resources", "pyrra"] {
        let documents = bound(&read_foreign(name));
        let written = openslo::text(&documents, &[]);
        let texts = texts_of("mail").into_iter().chain([("written.yaml".to_owned(), written)]).collect::<Vec<_>>();
        let outcome = milepost_registry::read_texts(texts.iter().map(|(path, text)| (path.as_str(), text.as_str())));
        assert_eq!(said(&outcome), [""; 0], "{name}");
        let read: Vec<_> = documents.into_iter().map(|document| document.slo).collect();
        assert_eq!(outcome.registry.unwrap().open_slos, read, "{name}");
    }
}

/// What a server would do with each SLO: all of it but where it is written.
fn meaning(registry: &Registry) -> Vec<(OpenSlo, Alerts, Vec<Unjudged>)> {
    registry.open_slos.iter().map(|slo| (slo.clone(), slo.alerts().0, slo.alerts().1)).collect()
}

#[test]
fn what_was_brought_in_means_the_same_when_it_is_taken_away_and_brought_in_again() {
    for name in ["pyrra", "sloth", "sloth-resources"] {
        let read = |written: String| {
            let texts = texts_of("mail").into_iter().chain([("written.yaml".to_owned(), written)]).collect::<Vec<_>>();
            let texts = texts.iter().map(|(path, text)| (path.as_str(), text.as_str()));
            milepost_registry::read_texts(texts)
        };
        let brought_in = read(openslo::text(&bound(&read_foreign(name)), &[])).registry.unwrap();
        let exported = Documents::of(&brought_in);
        let open = brought_in.open_slos.len();
        assert!(open > 0 && exported.slos > open, "{name}: the registry has SLOs of its own, too");
        // A registry without the SLOs that are exported beside them: there they would be twice.
        let [(_, text)] = &exported.products[..] else { panic!("{name}: one product") };
        let own = brought_in.slos.len();
        let again = read(text.clone());
        assert_eq!(again.diagnostics.errors(), 0, "{name}: {}", again.diagnostics.render(false));
        let again = again.registry.unwrap();
        assert_eq!(again.open_slos.len(), open + own, "{name}");
        let of_before = |slo: &OpenSlo| brought_in.open_slos.iter().any(|before| before.name == slo.name);
        let kept = meaning(&again).into_iter().filter(|(slo, ..)| of_before(slo)).collect::<Vec<_>>();
        assert_eq!(kept, meaning(&brought_in), "{name}");
    }
}

/// A change of a text at some of its lines: left out, doubled, or with a piece of another put in.
fn changed(text: &str, changes: &[(u8, u16, u16)]) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for (kind, at, other) in changes {
        let (at, other) = (usize::from(*at) % lines.len(), usize::from(*other) % lines.len());
        let piece = lines[other].trim().to_owned();
        match kind % 5 {
            0 => lines[at].clear(),
            1 => lines[at] = format!("{}{}", lines[at], piece.split(' ').next_back().unwrap_or_default()),
            2 => lines[at] = lines[at].replace(|c: char| c.is_ascii_digit(), "7"),
            3 => lines[at] = lines[at].replacen(": ", ": É ", 1),
            _ => {
                let line = lines[other].clone();
                lines.insert(at, line);
            }
        }
    }
    lines.join("\n") + "\n"
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn whatever_is_read_without_an_error_fits_into_a_registry(
        name in select(vec!["sloth", "sloth-resources", "pyrra"]), changes in vec((any::<u8>(), any::<u16>(), any::<u16>()), 1..4)
    ) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/imports").join(format!("{name}.yaml"));
        let text = changed(&std::fs::read_to_string(path).unwrap(), &changes);
        let foreign = foreign::read_texts([("changed.yaml", &*text)], &Name::new("shop").unwrap());
        // Drawing must not fail either.
        let said = foreign.diagnostics.render(false);
        if foreign.diagnostics.errors() == 0 {
            let mut documents = bound(&foreign);
            for document in &mut documents {
                let binding = document.slo.binding.as_mut().unwrap();
                (binding.product, binding.path) = (Name::new("shop").unwrap(), "order".parse().unwrap());
            }
            let written = openslo::text(&documents, &[]);
            let outcome = milepost_registry::read_texts([("harness.yaml", HARNESS), ("written.yaml", &*written)]);
            prop_assert_eq!(crate::said(&outcome), [""; 0], "{}\n{}\n{}", text, said, written);
            let read: Vec<_> = documents.into_iter().map(|document| document.slo).collect();
            prop_assert_eq!(outcome.registry.unwrap().open_slos, read, "{}\n{}", text, written);
        }
    }
}
