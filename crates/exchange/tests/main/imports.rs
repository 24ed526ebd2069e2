//! Documents of other tools: what is said of them, and what is written, which fits into a registry without a word.

use crate::texts_of;
use milepost_exchange::openslo::{self, Document};
use milepost_model::Name;
use milepost_registry::foreign::{self, Foreign};
use milepost_slo::Method;
use milepost_slo::open::Binding;
use std::path::Path;

fn read(name: &str) -> Foreign {
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
        let foreign = read(name);
        assert_eq!((foreign.diagnostics.errors(), foreign.left_out), (0, left_out), "{}", foreign.diagnostics.render(false));
        let written = openslo::text(&bound(&foreign), &[]);
        insta::assert_snapshot!(name, format!("{}=====\n{written}", foreign.diagnostics.render(false)));
    }
}

#[test]
fn what_is_written_fits_into_a_registry_and_is_what_was_read() {
    for name in ["sloth", "sloth-resources", "pyrra"] {
        let documents = bound(&read(name));
        let written = openslo::text(&documents, &[]);
        let texts = texts_of("mail").into_iter().chain([("written.yaml".to_owned(), written)]).collect::<Vec<_>>();
        let outcome = milepost_registry::read_texts(texts.iter().map(|(path, text)| (path.as_str(), text.as_str())));
        assert_eq!(outcome.diagnostics.render(false), "", "{name}");
        let read: Vec<_> = documents.into_iter().map(|document| document.slo).collect();
        assert_eq!(outcome.registry.unwrap().open_slos, read, "{name}");
    }
}
