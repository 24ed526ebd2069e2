//! The example registry with one thing different, for each thing that can be while it stays valid: the difference is told, at the object that has
//! it, and the other way round it is the same with new and gone exchanged.
//!
//! Whether there is anything to tell is known from the registries themselves: they are printed in full and compared.

use crate::mutations::{Mutation, mutate};
use crate::read_alone;
use crate::tree::{self, Tree};
use milepost_registry::Registry;
use milepost_registry::diff::{self, Change, ChangeKind, Diff, Noun};
use std::fs;

const FILES: [&str; 6] = ["flows.yaml", "policies.yaml", "product.yaml", "services.yaml", "slos.yaml", "steps.yaml"];

/// The mutations that leave a document valid more often than by chance.
const OFTEN_VALID: [Mutation; 3] = [Mutation::Removed, Mutation::Renamed, Mutation::ToList];

/// Words of which each can stand where another of them does.
const WORDS: [&[&str]; 8] = [
    &["critical", "important", "none"],
    &["yes", "partly", "no"],
    &["major", "medium", "minor"],
    &["true", "false"],
    &["share", "rate"],
    &["core", "auxiliary"],
    &["product-manager", "ux", "web-team", "delivery-team", "support", "sre"],
    &["outcome = 'success'", "outcome = 'failure'"],
];

#[test]
fn valid_mutants_of_the_product_are_told() {
    check("product.yaml");
}

#[test]
fn valid_mutants_of_the_services_are_told() {
    check("services.yaml");
}

#[test]
fn valid_mutants_of_the_slos_are_told() {
    check("slos.yaml");
}

#[test]
fn valid_mutants_of_the_policies_are_told() {
    check("policies.yaml");
}

#[test]
fn valid_mutants_of_the_flows_are_told() {
    check("flows.yaml");
}

#[test]
fn valid_mutants_of_the_steps_are_told() {
    check("steps.yaml");
}

fn check(mutated: &str) {
    let files: Vec<(&str, Vec<Tree>)> = FILES.map(|name| (name, tree::parse(&example(name)))).into();
    let texts: Vec<(&str, String)> = files.iter().map(|(name, documents)| (*name, tree::write(documents).0)).collect();
    let read = |text: &str| {
        let others = texts.iter().filter(|(name, _)| *name != mutated).map(|(name, text)| (*name, text.as_str()));
        read_alone(others.chain([(mutated, text)])).registry
    };
    let documents = &files.iter().find(|(name, _)| *name == mutated).unwrap().1;
    let untouched = read(&tree::write(documents).0).unwrap();
    let printed = format!("{untouched:?}");
    let (mut wrong, mut valid) = (Vec::new(), 0);
    for (at, document) in documents.iter().enumerate() {
        for (path, keys) in document.places() {
            for (how, mutant) in mutants(document, &path) {
                let mut changed = documents.clone();
                changed[at] = mutant;
                let Some(registry) = read(&tree::write(&changed).0) else { continue };
                valid += 1;
                let says_the_same = format!("{registry:?}") == printed;
                if let Some(why) = judge(&untouched, &registry, document, says_the_same) {
                    wrong.push(format!("{} {keys} {how}: {why}", document.text_of(&["kind"])));
                }
            }
        }
    }
    assert!(valid > 10, "only {valid} mutants are valid");
    assert!(wrong.is_empty(), "{} of {valid} mutants:\n{}", wrong.len(), wrong.join("\n"));
}

/// What is wrong with what is told of a mutant of a document.
fn judge(untouched: &Registry, mutant: &Registry, document: &Tree, says_the_same: bool) -> Option<String> {
    let (there, back) = (diff::diff(untouched, mutant), diff::diff(mutant, untouched));
    assert!(diff::diff(mutant, mutant).is_empty());
    assert_mirrored(&there, &back);
    assert_eq!(there.is_empty(), diff::text(&there, 100) == "Nothing has changed.\n");
    match (says_the_same, there.is_empty()) {
        (true, true) => None,
        (true, false) => Some(format!("told, and nothing is different:\n{}", diff::text(&there, 100))),
        (false, true) => Some("not told".to_owned()),
        (false, false) if there.changes.iter().any(|change| is_of(change, document)) => None,
        (false, false) => Some(format!("told of others only:\n{}", diff::text(&there, 100))),
    }
}

/// Whether a change is of the object of a document.
fn is_of(change: &Change, document: &Tree) -> bool {
    let name = document.text_of(&["metadata", "name"]);
    let is_named = change.name == name || matches!(&change.kind, ChangeKind::Renamed { from } if from == name);
    match document.text_of(&["kind"]) {
        "Product" => change.noun <= Noun::TrafficClass,
        "Objective" => change.noun == Noun::Objective && is_named,
        "Step" => change.noun == Noun::Step && is_named,
        "SLO" => change.noun == Noun::Slo && is_named,
        "Flow" => change.noun == Noun::Flow && is_named,
        "SeverityPolicy" => change.noun == Noun::SeverityPolicy,
        "ErrorBudgetPolicy" => change.noun == Noun::BudgetPolicy && is_named,
        "Maintenance" => change.noun == Noun::Maintenance && is_named,
        "Service" => change.noun == Noun::Service && is_named,
        "FitAssessment" => change.noun == Noun::Fit,
        other => panic!("{other} is no kind of the example"),
    }
}

/// That two differences are of the same objects, with new and gone exchanged.
pub(crate) fn assert_mirrored(there: &Diff, back: &Diff) {
    let mut forwards: Vec<_> = there.changes.iter().map(|change| seen(change, false)).collect();
    let mut backwards: Vec<_> = back.changes.iter().map(|change| seen(change, true)).collect();
    forwards.sort();
    backwards.sort();
    assert_eq!(forwards, backwards);
}

/// A change with the names before and after, seen from the one side or from the other.
fn seen(change: &Change, from_behind: bool) -> (Noun, String, String) {
    let name = change.name.clone();
    let (before, after) = match &change.kind {
        ChangeKind::Added => (String::new(), name),
        ChangeKind::Removed => (name, String::new()),
        ChangeKind::Renamed { from } => (from.clone(), name),
        // Of what belongs to something that has another name now, only that name is known.
        ChangeKind::Changed if change.noun == Noun::StepCriticality => (String::new(), String::new()),
        ChangeKind::Changed => (name.clone(), name),
    };
    if from_behind { (change.noun, after, before) } else { (change.noun, before, after) }
}

/// A document with one entry different, with how it is.
fn mutants(document: &Tree, path: &[usize]) -> Vec<(String, Tree)> {
    let mut all: Vec<(String, Tree)> = Vec::new();
    all.extend(OFTEN_VALID.iter().filter_map(|how| Some((format!("{how:?}"), mutate(document, path, *how)?))));
    if let Tree::Text(text) = document.get(path) {
        for other in others(text) {
            let mut mutant = document.clone();
            *mutant.get_mut(path) = Tree::Text(other.clone());
            all.push((format!("to `{other}`"), mutant));
        }
    }
    all
}

/// Texts that might stand instead.
fn others(text: &str) -> Vec<String> {
    let mut others = vec![format!("{text} again")];
    let digit = text.rfind(|c: char| c.is_ascii_digit());
    others.extend(digit.map(|at| {
        let other = if &text[at..=at] == "5" { "4" } else { "5" };
        format!("{}{other}{}", &text[..at], &text[at + 1..])
    }));
    let group = WORDS.iter().find(|words| words.contains(&text)).copied().unwrap_or_default();
    others.extend(group.iter().filter(|word| **word != text).map(ToString::to_string));
    others
}

fn example(name: &str) -> String {
    let path = format!("{}/../../examples/mail/{name}", env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}
