//! The example registry with one thing wrong, for each thing that can be: something is said of it, at its line.
//!
//! What may go unnoticed, because it is right or because only others miss it, is listed in [`SILENT`] and [`ELSEWHERE`], and no more than that does.

use crate::read_alone;
use crate::tree::{self, Lines, Tree};
use std::fs;

const FILES: [&str; 6] = ["flows.yaml", "policies.yaml", "product.yaml", "services.yaml", "slos.yaml", "steps.yaml"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mutation {
    Removed,
    Renamed,
    Duplicated,
    ToText,
    ToList,
    ToMapping,
    ToNumber,
    ToNothing,
}

use Mutation::*;
pub(crate) const ALL: [Mutation; 8] = [Removed, Renamed, Duplicated, ToText, ToList, ToMapping, ToNumber, ToNothing];

/// A kind of document (or one of them, as `Kind/name`), the keys and positions down to an entry, with `*` for any, and mutations of it.
type Case = (&'static str, &'static [&'static str], &'static [Mutation]);

/// Mutants of which nothing is said, because they are right.
const SILENT: &[Case] = &[
    // What may be left out.
    ("Product", &["spec.title", "spec.dimensions", "spec.dimensions.*"], &[Removed]),
    ("Product", &["spec.responsibilities", "spec.responsibilities.*", "spec.kpis", "spec.kpis.*"], &[Removed]),
    (
        "Product",
        &["spec.stakeholders.*.contact", "spec.kpis.*.title", "spec.kpis.*.steps", "spec.kpis.*.value"],
        &[Removed],
    ),
    ("Product", &["spec.kpis.*.steps.*", "spec.responsibilities.*.responsible.*"], &[Removed]),
    ("Product", &["spec.responsibilities.*.consulted.*", "spec.responsibilities.*.informed.*"], &[Removed]),
    ("Product", &["spec.responsibilities.*.responsible", "spec.responsibilities.*.consulted"], &[Removed, ToList]),
    ("Product", &["spec.responsibilities.*.informed"], &[Removed, ToList]),
    ("Objective", &["spec.title", "spec.owner", "spec.steps.*.optional", "spec.steps.*.after"], &[Removed]),
    ("Objective", &["spec.reconfirmBy", "spec.criticality"], &[Removed]),
    ("SeverityPolicy", &["spec.title", "spec.description", "spec.levels"], &[Removed]),
    ("SeverityPolicy", &["spec.rules.0", "spec.rules.2", "spec.rules.4", "spec.rules.0.scope.steps.*"], &[Removed]),
    ("ErrorBudgetPolicy", &["spec.title", "spec.description", "spec.appliesTo", "spec.thresholds.*"], &[Removed]),
    (
        "ErrorBudgetPolicy",
        &["spec.agreedBy.*", "spec.appliesTo.criticality.*", "spec.thresholds.*.actions.*"],
        &[Removed],
    ),
    ("Flow", &["spec.title", "spec.description", "spec.sources", "spec.ends.1", "spec.ends.*.where"], &[Removed]),
    ("FitAssessment", &["spec.assessedBy.*"], &[Removed]),
    ("Service", &["spec.sampling"], &[Removed]),
    ("SLO", &["spec.alerts", "spec.alerts.*", "spec.alerts.tiers.*"], &[Removed]),
    ("Objective", &["spec.steps.*.after.*"], &[Removed]),
    ("Service", &["spec.operations"], &[Removed]),
    ("Step", &["spec.title", "spec.failure", "spec.abandoned", "spec.async"], &[Removed]),
    ("Step", &["spec.failure.*.status.*"], &[Removed]),
    // The policy names these steps themselves.
    ("Step/send-mail", &["spec.tags", "spec.tags.*"], &[Removed, ToNumber]),
    ("Step/receive-mail", &["spec.tags", "spec.tags.*"], &[Removed, ToNumber]),
    ("SLO", &["spec.window"], &[Removed]),
    // Another objective has the step too.
    ("Objective", &["spec.steps.0"], &[Removed]),
    // A number is text where people read it, a label where a name is, and a dimension may have any.
    ("Product", &["metadata.name", "spec.title", "spec.description", "spec.stakeholders.*.contact"], &[ToNumber]),
    ("Product", &["spec.kpis.*.title", "spec.kpis.*.description", "spec.kpis.*.unit"], &[ToNumber]),
    ("Objective", &["spec.title", "spec.description"], &[ToNumber]),
    ("SeverityPolicy", &["metadata.name", "spec.title", "spec.description"], &[ToNumber]),
    ("ErrorBudgetPolicy", &["metadata.name", "spec.title", "spec.description"], &[ToNumber]),
    ("ErrorBudgetPolicy", &["spec.thresholds.*.actions", "spec.thresholds.*.actions.*"], &[ToNumber]),
    ("Flow", &["metadata.name", "spec.title", "spec.description"], &[ToNumber]),
    ("FitAssessment", &["metadata.name", "spec.*.evidence", "spec.*.plan"], &[ToNumber]),
    ("Service", &["spec.owner"], &[ToNumber]),
    ("Step", &["spec.title", "spec.description", "spec.start", "spec.success"], &[ToNumber]),
    ("Step", &["spec.failure", "spec.failure.*", "spec.failure.*.text"], &[ToNumber]),
    ("Step", &["spec.abandoned", "spec.abandoned.*", "spec.abandoned.*.text"], &[ToNumber]),
    ("SLO", &["metadata.name"], &[ToNumber]),
    ("Product", &["spec.dimensions.*", "spec.kpis.*", "spec.responsibilities.*"], &[Renamed]),
    // A list of one is the same as the one, and a condition or an action may be one text.
    ("Product", &["spec.responsibilities.*.accountable", "spec.kpis.*.steps"], &[ToList]),
    ("ErrorBudgetPolicy", &["spec.thresholds.*.actions"], &[ToList, ToText]),
    ("Flow", &["spec.key"], &[ToList]),
    ("Objective", &["spec.steps.*.after"], &[ToList]),
    ("Step", &["spec.success", "spec.failure", "spec.failure.*.status", "spec.abandoned.*.status"], &[ToList]),
    ("Step", &["spec.failure", "spec.failure.*", "spec.abandoned", "spec.abandoned.*"], &[ToText]),
];

/// Mutants that are noticed only where something else misses what was there.
const ELSEWHERE: &[Case] = &[
    // Its uses have another name.
    ("Objective", &["metadata.name"], &[ToNumber]),
    ("Product", &["spec.stakeholders", "spec.stakeholders.*"], &[Removed]),
    ("Product", &["spec.stakeholders.*.name"], &[ToNumber]),
    // Rules and steps name what is gone.
    ("SeverityPolicy", &["spec.levels", "spec.levels.*"], &[ToNumber]),
    ("SeverityPolicy", &["spec.levels.*"], &[Removed]),
    // Said at the owner, and at the policy's name.
    ("Product", &["spec.reconfirmBy"], &[Removed]),
    ("SeverityPolicy", &["spec.signedOff"], &[Removed]),
    // Said at the steps: their criticality is no longer what would be implied.
    ("SeverityPolicy", &["spec.rules.*"], &[Removed]),
    ("Step", &["spec.tags", "spec.tags.*"], &[Removed, ToNumber]),
    ("Service", &["metadata.name"], &[ToNumber]),
    // Steps use it.
    ("Service/webmail", &["spec.operations.*"], &[Removed]),
    ("Service/mailbox", &["spec.operations.*"], &[Removed]),
    // It is offered and not used, or used and in no objective.
    (
        "Step",
        &["spec.operations", "spec.operations.optional", "spec.operations.*", "spec.operations.optional.*"],
        &[Removed],
    ),
    ("Objective", &["spec.steps.*"], &[Removed]),
    // Said at the step's name and at the type, which need it.
    ("Step", &["spec.measure", "spec.measure.*"], &[Removed]),
    ("SLO", &["spec.threshold"], &[Removed]),
];

#[test]
fn mutants_of_the_product_are_noticed() {
    check("product.yaml");
}

#[test]
fn mutants_of_the_services_are_noticed() {
    check("services.yaml");
}

#[test]
fn mutants_of_the_slos_are_noticed() {
    check("slos.yaml");
}

#[test]
fn mutants_of_the_policies_are_noticed() {
    check("policies.yaml");
}

#[test]
fn mutants_of_the_flows_are_noticed() {
    check("flows.yaml");
}

#[test]
fn mutants_of_the_steps_are_noticed() {
    check("steps.yaml");
}

fn check(mutated: &str) {
    let files: Vec<(&str, Vec<Tree>)> = FILES.map(|name| (name, tree::parse(&example(name)))).into();
    let texts: Vec<(&str, String)> = files.iter().map(|(name, documents)| (*name, tree::write(documents).0)).collect();
    let untouched = read_alone(texts.iter().map(|(name, text)| (*name, text.as_str())));
    assert_eq!(untouched.diagnostics.render(false), "");

    let documents = &files.iter().find(|(name, _)| *name == mutated).unwrap().1;
    let mut wrong = Vec::new();
    let mut mutants = 0;
    for (at, document) in documents.iter().enumerate() {
        for (path, keys) in document.places() {
            for mutation in ALL {
                let Some(mutant) = mutate(document, &path, mutation) else { continue };
                mutants += 1;
                let mut changed = documents.clone();
                changed[at] = mutant;
                let (text, lines) = tree::write(&changed);
                let lines = allowed_lines(&lines[at], &path, mutation);
                let others =
                    texts.iter().filter(|(name, _)| *name != mutated).map(|(name, text)| (*name, text.as_str()));
                let outcome = read_alone(others.chain([(mutated, text.as_str())]));
                let records = outcome.diagnostics.records();
                let here =
                    records.iter().any(|r| r.file == mutated && r.line.is_some_and(|line| lines.contains(&line)));
                let expected = expectation(document, &keys, mutation);
                let noticed = match (here, records.is_empty()) {
                    (true, _) => Noticed::Here,
                    (false, false) => Noticed::Elsewhere,
                    (false, true) => Noticed::Nowhere,
                };
                if noticed != expected {
                    let said = outcome.diagnostics.render(false);
                    let kind = document.text_of(&["kind"]);
                    wrong
                        .push(format!("{kind} {keys} {mutation:?}: {noticed:?}, not {expected:?} ({lines:?})\n{said}"));
                }
            }
        }
    }
    assert!(mutants > 50, "only {mutants} mutants");
    assert!(wrong.is_empty(), "{} of {mutants} mutants:\n{}", wrong.len(), wrong.join("\n"));
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Noticed {
    Here,
    Elsewhere,
    Nowhere,
}

fn expectation(document: &Tree, keys: &str, mutation: Mutation) -> Noticed {
    let kind = document.text_of(&["kind"]);
    let one = format!("{kind}/{}", document.text_of(&["metadata", "name"]));
    let is_in = |cases: &[Case]| {
        let mut cases =
            cases.iter().filter(|(of, _, mutations)| [kind, &*one].contains(of) && mutations.contains(&mutation));
        cases.any(|(_, patterns, _)| patterns.iter().any(|pattern| fits(pattern, keys)))
    };
    match (is_in(SILENT), is_in(ELSEWHERE)) {
        (true, _) => Noticed::Nowhere,
        (false, true) => Noticed::Elsewhere,
        (false, false) => Noticed::Here,
    }
}

/// Whether the keys are those of the pattern, in which `*` stands for any one.
fn fits(pattern: &str, keys: &str) -> bool {
    let (pattern, keys): (Vec<&str>, Vec<&str>) = (pattern.split('.').collect(), keys.split('.').collect());
    pattern.len() == keys.len() && pattern.iter().zip(&keys).all(|(p, k)| *p == "*" || p == k)
}

fn example(name: &str) -> String {
    let path = format!("{}/../../examples/mail/{name}", env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The document with one entry changed; `None` where the mutation changes nothing.
pub(crate) fn mutate(document: &Tree, path: &[usize], mutation: Mutation) -> Option<Tree> {
    let mut mutant = document.clone();
    let (last, above) = path.split_last()?;
    let wrong = || Tree::Text("Wrong! text".to_owned());
    match (mutation, document.get(path)) {
        (Removed | Renamed | Duplicated, _) => match (mutant.get_mut(above), mutation) {
            (Tree::Map(entries), Removed) => drop(entries.remove(*last)),
            (Tree::Map(entries), Renamed) => entries[*last].0.push_str("-other"),
            (Tree::Map(entries), _) => entries.insert(*last, entries[*last].clone()),
            (Tree::List(items), Removed) => drop(items.remove(*last)),
            (Tree::List(items), Duplicated) => items.insert(*last, items[*last].clone()),
            _ => return None,
        },
        (ToText, Tree::List(_) | Tree::Map(_)) => *mutant.get_mut(path) = wrong(),
        (ToList, value @ Tree::Text(_)) => *mutant.get_mut(path) = Tree::List(vec![value.clone()]),
        (ToList, Tree::Map(_)) => *mutant.get_mut(path) = Tree::List(vec![wrong()]),
        (ToMapping, Tree::Text(_) | Tree::List(_)) => {
            *mutant.get_mut(path) = Tree::Map(vec![("wrong".to_owned(), wrong())]);
        }
        (ToNumber, _) => *mutant.get_mut(path) = Tree::Number(7),
        (ToNothing, _) => *mutant.get_mut(path) = Tree::Nothing,
        _ => return None,
    }
    (mutant != *document).then_some(mutant)
}

/// The lines of the mutated entry, and that of the entry which it is in.
fn allowed_lines(lines: &Lines, path: &[usize], mutation: Mutation) -> Vec<usize> {
    let (last, above) = path.split_last().unwrap();
    let mut allowed = vec![lines[above].0];
    let mut of = |path: &[usize]| {
        allowed.extend(lines.get(path).map_or(0..0, |(first, end)| *first..end + 1));
    };
    match mutation {
        // An item's hyphen stands on a line before its first key.
        Removed => allowed.push(allowed[0] + 1),
        Duplicated => {
            of(path);
            of(&[above, &[last + 1]].concat());
        }
        _ => of(path),
    }
    allowed
}
