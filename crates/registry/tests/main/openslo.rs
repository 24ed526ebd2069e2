//! OpenSLO documents: a corpus of all that the specification allows passes, is read exactly, and with one thing wrong is noticed.
//!
//! The corpus is in `tests/openslo`. It has the forms of the specification's examples, each of its keys somewhere, and the choices between them.

use crate::mutations::{ALL, Mutation, mutate};
use crate::read_alone;
use crate::tree::{self, Tree};
use milepost_registry::{Outcome, Registry};
use milepost_slo::open::{OpenBudgeting, OpenIndicator, OpenSlo, OpenWindow, Operator, Promise, RatioPart, SliKind};
use milepost_slo::{Method, Window};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const FILES: [&str; 4] = ["world.yaml", "indicators.yaml", "slos.yaml", "alerts.yaml"];

fn corpus() -> Vec<(&'static str, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/openslo");
    FILES.map(|name| (name, fs::read_to_string(folder.join(name)).unwrap())).into()
}

fn registry() -> Registry {
    let corpus = corpus();
    let outcome = read_alone(corpus.iter().map(|(name, text)| (*name, text.as_str())));
    insta::assert_snapshot!("told_of_the_corpus", outcome.diagnostics.render(false));
    outcome.registry.unwrap()
}

/// What is said, wherever.
fn said(outcome: &Outcome) -> BTreeSet<String> {
    outcome.diagnostics.iter().map(|diagnostic| format!("{:?} {}", diagnostic.code, diagnostic.message)).collect()
}

fn slo<'r>(registry: &'r Registry, name: &str) -> &'r OpenSlo {
    registry.open_slos.iter().find(|slo| slo.name.as_str() == name).unwrap()
}

#[test]
fn an_slo_is_bound_to_its_step_with_its_promises_exact() {
    let registry = registry();
    let slo = slo(&registry, "inbox-availability");
    let binding = slo.binding.as_ref().unwrap();
    assert_eq!((binding.product.as_str(), &*binding.path.to_string()), ("mail", "read-mail/open-inbox"));
    assert_eq!((binding.method, binding.kind), (Method::Service, Some(SliKind::Availability)));
    assert_eq!((&*slo.title, &*slo.service), ("The inbox opens", "webmail"));
    let Promise::Plain { indicator, objectives } = &slo.promise else { panic!("{:?}", slo.promise) };
    let targets: Vec<u64> = objectives.iter().map(|o| o.target.nanos()).collect();
    assert_eq!(targets, [999_000_000, 995_000_000]);
    let OpenIndicator::Ratio { counter: true, part: RatioPart::Good(good), total } = &**indicator else {
        panic!("{indicator:?}")
    };
    assert_eq!(good.spec.text("query"), Some(r#"sum(http_requests_total{route="/inbox", code=~"2..|3.."})"#));
    assert_eq!((&*total.source_type, total.source.as_ref().unwrap().as_str()), ("Prometheus", "metrics"));
    let policies: Vec<_> =
        slo.alert_policies.iter().map(|p| (p.name.as_str(), p.condition.severity.as_str())).collect();
    let expected = [
        ("inbox-burns-fast", "page"),
        ("inbox-burns-slowly", "ticket"),
        ("inbox-is-silent", "ticket"),
        ("inbox-burns", "sev2"),
    ];
    assert_eq!(policies, expected);
    assert_eq!(slo.alert_policies[0].condition.threshold.to_string(), "13.44");
    assert_eq!(slo.alert_policies[0].targets.iter().map(|t| &*t.target).collect::<Vec<_>>(), ["webhook", "slack"]);
}

#[test]
fn alert_policies_are_judged_or_say_why_not() {
    let registry = registry();
    let judged = |name| {
        let (alerts, unjudged) = slo(&registry, name).alerts();
        let tiers = alerts.tiers.iter().map(ToString::to_string).collect::<Vec<_>>();
        (tiers, unjudged.iter().map(ToString::to_string).collect::<Vec<_>>())
    };
    assert_eq!(
        judged("inbox-availability"),
        (
            vec!["page at 2% within 1h, 1h".to_owned(), "ticket at 10% within 1d, 1d".to_owned()],
            vec![
                "alert policy `inbox-burns-slowly`: a burn rate `>= 1`: what is not above 1 spends no more than the budget".to_owned(),
                "alert policy `inbox-is-silent`: without `alertWhenBreaching` it tells nobody that the budget burns"
                    .to_owned(),
                "alert policy `inbox-burns`: `alertWhenNoData`: without data nothing burns, and the SLO is `unknown`"
                    .to_owned(),
            ]
        )
    );
    let why =
        "alert policy `inbox-burns-fast`: a burn rate is one share of the budget over a rolling window only".to_owned();
    assert_eq!(judged("inbox-speed"), (vec![], vec![why]));
    // The specification's own example waits, and its rate has no end as a share: of 14 days an hour is the 336th part.
    let tiers = ["page at 0.5952381% within 1h, 1h, after 5m", "page at 0.595238% within 1h, 1h"];
    let said = "alert policy `below`: `<`: burn alerts fire above a rate".to_owned();
    assert_eq!(judged("inbox-at-night"), (tiers.map(str::to_owned).into(), vec![said]));
    // Without policies the usual tiers hold.
    assert_eq!(judged("inbox-without-a-window").0.len(), 4);
}

#[test]
fn windows_and_slices_are_those_of_the_document() {
    let registry = registry();
    let window = |name| slo(&registry, name).window.clone();
    assert_eq!(window("inbox-at-night"), OpenWindow::Rolling("14d".parse().unwrap()));
    let quarter = OpenWindow::Calendar {
        length: "1Q".parse().unwrap(),
        start: "2026-01-01 00:00:00".to_owned(),
        time_zone: "Europe/Zurich".to_owned(),
    };
    assert_eq!(window("inbox-speed"), quarter);
    // As for an SLO of Milepost's own.
    let Window::Rolling(usual) = Window::Rolling("28d".parse().unwrap()) else { unreachable!("it is rolling") };
    assert_eq!(window("inbox-without-a-window"), OpenWindow::Rolling(usual));
    let budgeting = |name| match &slo(&registry, name).promise {
        Promise::Plain { objectives, .. } => objectives[0].budgeting,
        other => panic!("{other:?}"),
    };
    let minutes = |text: &str| text.parse().unwrap();
    let graded = OpenBudgeting::Timeslices { slice: minutes("5m"), target: "1".parse().unwrap() };
    assert_eq!(budgeting("inbox-speed"), graded);
    assert_eq!(budgeting("inbox-at-night"), OpenBudgeting::RatioTimeslices { slice: minutes("1m") });
    assert_eq!(budgeting("inbox-without-a-window"), OpenBudgeting::Occurrences);
}

#[test]
fn the_parts_of_a_composite_have_indicators_and_weights_of_their_own() {
    let registry = registry();
    let Promise::Composite(parts) = &slo(&registry, "inbox-as-a-whole").promise else { panic!("no composite") };
    let weights: Vec<String> = parts.iter().map(|part| part.weight.to_string()).collect();
    assert_eq!(weights, ["2", "0.5", "1"]);
    assert!(matches!(&*parts[0].indicator, OpenIndicator::Ratio { part: RatioPart::Bad(_), .. }));
    // The type of a metric without one is that of its data source.
    assert!(matches!(&*parts[0].indicator, OpenIndicator::Ratio { total, .. } if &*total.source_type == "Prometheus"));
    let comparison = parts[1].objective.comparison.unwrap();
    assert_eq!((comparison.operator, comparison.value.nanos()), (Operator::AtLeast, 1_000_000_000));
    assert!(matches!(&*parts[2].indicator, OpenIndicator::Raw { .. }));
}

/// A kind of document or `*` for any, keys and positions down to an entry (`*` for any one, `**` for any number), and mutations of it.
type Case = (&'static str, &'static [&'static str], &'static [Mutation]);

use Mutation::{Duplicated, Removed, Renamed, ToList, ToNumber, ToText};

/// Mutants of which nothing need be said, because they are legitimately valid.
const VALID: &[Case] = &[
    // What may be left out.
    ("*", &["**.displayName", "**.description", "**.condition.kind", "**.condition.op", "**.alertAfter"], &[Removed]),
    ("*", &["**.counter", "**.metricSourceRef", "**.metricSource.type", "**.compositeWeight"], &[Removed]),
    ("*", &["**.alertWhenNoData", "**.alertWhenResolved"], &[Removed]),
    ("AlertPolicy", &["spec.notificationTargets.*"], &[Removed]),
    (
        "SLO",
        &["spec.timeWindow", "spec.timeWindow.*.isRolling", "spec.alertPolicies", "spec.alertPolicies.*"],
        &[Removed],
    ),
    ("SLO", &["spec.objectives.*", "spec.objectives.*.op"], &[Removed]),
    ("SLO", &["**.milepost/method", "**.milepost/product", "**.milepost/type"], &[Removed]),
    ("Service", &["metadata.labels", "metadata.annotations"], &[Removed]),
    // A number is text where people read it, a label where a name is, a number where one is, and minutes where a slice is.
    ("*", &["**.displayName", "**.description", "**.metricSource.type"], &[ToNumber]),
    ("*", &["**.severity", "**.target", "**.threshold", "**.metadata.name"], &[ToNumber]),
    ("DataSource", &["spec.type"], &[ToNumber]),
    ("SLO", &["**.value", "**.compositeWeight", "**.targetPercent", "**.timeSliceWindow"], &[ToNumber]),
    // Two objectives may be equal.
    ("SLO", &["spec.objectives.*"], &[Duplicated]),
    // What is for other tools may be anything, but that annotations are texts, and labels texts or several.
    ("Service", &["metadata.labels.**", "metadata.annotations.**"], &[Removed, Renamed, ToNumber]),
    ("Service", &["metadata.labels.*"], &[ToText, ToList]),
    ("Service", &["metadata.labels.*.*"], &[Duplicated]),
    ("DataSource", &["spec.connectionDetails"], &[ToText, ToList, ToNumber]),
    ("DataSource", &["spec.connectionDetails.**"], &ALL),
    ("*", &["**.metricSource.spec.**"], &ALL),
];

#[test]
fn mutants_of_the_corpus_are_noticed_or_valid() {
    let files: Vec<(&str, Vec<Tree>)> = corpus().iter().map(|(name, text)| (*name, tree::parse(text))).collect();
    let texts: Vec<String> = files.iter().map(|(_, documents)| tree::write(documents).0).collect();
    let always = said(&read_alone(files.iter().zip(&texts).map(|((name, _), text)| (*name, text.as_str()))));
    let (mut wrong, mut used, mut mutants) = (Vec::new(), BTreeSet::new(), 0);
    for (name, documents) in files.iter().filter(|(name, _)| *name != "world.yaml") {
        for (at, document) in documents.iter().enumerate() {
            for (path, keys) in document.places() {
                for mutation in ALL {
                    let Some(mutant) = mutate(document, &path, mutation) else { continue };
                    mutants += 1;
                    let mut changed = documents.clone();
                    changed[at] = mutant;
                    let text = tree::write(&changed).0;
                    let others = files.iter().zip(&texts).filter(|((other, _), _)| other != name);
                    let others = others.map(|((name, _), text)| (*name, text.as_str()));
                    let outcome = read_alone(others.chain([(*name, text.as_str())]));
                    if !said(&outcome).is_subset(&always) {
                        continue;
                    }
                    let kind = document.text_of(&["kind"]);
                    match valid(kind, &keys, mutation) {
                        Some(pattern) => drop(used.insert(pattern)),
                        None => wrong.push(format!("{name} {kind} {keys} {mutation:?}")),
                    }
                }
            }
        }
    }
    assert!(mutants > 1_000, "only {mutants} mutants");
    assert!(wrong.is_empty(), "nothing is said of {} of {mutants} mutants:\n{}", wrong.len(), wrong.join("\n"));
    let unused: Vec<_> = patterns().filter(|(at, _)| !used.contains(at)).map(|(_, (_, pattern, _))| pattern).collect();
    assert!(unused.is_empty(), "no mutant needs {unused:?}");
}

/// Each pattern with its kind and mutations, numbered.
fn patterns() -> impl Iterator<Item = (usize, (&'static str, &'static str, &'static [Mutation]))> {
    let of_case = |(kind, patterns, mutations): &'static Case| patterns.iter().map(|p| (*kind, *p, *mutations));
    VALID.iter().flat_map(of_case).enumerate()
}

/// The number of the pattern that says why a mutant may be valid.
fn valid(kind: &str, keys: &str, mutation: Mutation) -> Option<usize> {
    let keys: Vec<&str> = keys.split('.').collect();
    let mut of_kind =
        patterns().filter(|(_, (of, _, mutations))| ["*", kind].contains(of) && mutations.contains(&mutation));
    of_kind.find(|(_, (_, pattern, _))| fits(&pattern.split('.').collect::<Vec<_>>(), &keys)).map(|(at, _)| at)
}

fn fits(pattern: &[&str], keys: &[&str]) -> bool {
    match (pattern, keys) {
        (["**", rest @ ..], _) => (0..=keys.len()).any(|skipped| fits(rest, &keys[skipped..])),
        ([first, rest @ ..], [key, below @ ..]) => (*first == "*" || first == key) && fits(rest, below),
        (pattern, keys) => pattern.is_empty() && keys.is_empty(),
    }
}
