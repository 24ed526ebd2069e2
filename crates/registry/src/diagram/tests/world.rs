//! Registries to draw: small ones written down in a line, and arbitrary ones.

use crate::Registry;
use milepost_model::{Name, Objective, OutcomeTable, Product, Stage, Step, StepUse};
use proptest::prelude::*;

pub(super) fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

/// A registry of one product. Each objective is a name and its steps: `step`, `step?` when it may be left out, `a|b` for alternatives, and
/// `step<a,b` for what it comes after; without, it comes after the one before.
pub(super) fn registry(objectives: &[(&str, &str)]) -> Registry {
    let mut registry = empty();
    registry.products.push(product("shop"));
    for (title, text) in objectives {
        let steps = uses(text);
        for used in &steps {
            if !registry.steps.iter().any(|step| step.name == used.step) {
                registry.steps.push(step("shop", used.step.as_str()));
            }
        }
        registry.objectives.push(objective("shop", title, steps));
    }
    registry
}

/// A registry with nothing in it.
pub(super) fn empty() -> Registry {
    Registry::default()
}

pub(super) fn product(of: &str) -> Product {
    Product {
        name: name(of),
        title: of.to_owned(),
        description: String::new(),
        owner: String::new(),
        classes: Vec::new(),
        dimensions: Vec::new(),
        stakeholders: Vec::new(),
        responsibilities: Vec::new(),
        kpis: Vec::new(),
        reconfirm_by: None,
    }
}

pub(super) fn objective(product: &str, of: &str, steps: Vec<StepUse>) -> Objective {
    Objective {
        criticality: None,
        stage: Stage::Live,
        reconfirm_by: None,
        product: name(product),
        name: name(of),
        title: of.to_owned(),
        description: String::new(),
        owner: None,
        steps,
    }
}

pub(super) fn step(product: &str, of: &str) -> Step {
    Step {
        product: name(product),
        name: name(of),
        title: of.to_owned(),
        description: format!("The user does {of}."),
        owner: None,
        start: String::new(),
        success: Vec::new(),
        failure: Vec::new(),
        abandoned: Vec::new(),
        asynchronous: of.starts_with("async"),
        tags: Vec::new(),
        criticality: None,
        stage: Stage::Live,
        measure: Vec::new(),
        dependencies: Vec::new(),
        outcomes: OutcomeTable::default(),
    }
}

fn uses(text: &str) -> Vec<StepUse> {
    let mut uses: Vec<StepUse> = Vec::new();
    let mut before: Vec<Name> = Vec::new();
    for (at, entry) in text.split_whitespace().enumerate() {
        let (steps, after) = entry.split_once('<').map_or((entry, None), |(steps, after)| (steps, Some(after)));
        let after = after.map_or(before, |after| after.split(',').filter(|a| !a.is_empty()).map(name).collect());
        let optional = steps.ends_with('?');
        let steps: Vec<Name> = steps.trim_end_matches('?').split('|').map(name).collect();
        let alternative = (steps.len() > 1).then_some(at);
        uses.extend(steps.iter().map(|s| StepUse {
            step: s.clone(),
            after: after.clone(),
            optional,
            alternative,
            criticality: None,
        }));
        before = steps;
    }
    uses
}

/// The steps of arbitrary registries.
const NAMES: [&str; 12] = [
    "login",
    "terms",
    "async-mail",
    "search",
    "open",
    "pay",
    "send",
    "async-bill",
    "print",
    "rate",
    "end",
    "a-name-of-sixty-three-characters-is-the-longest-there-can-be-ok",
];

/// Up to six objectives that share some of a dozen steps, each in any order and with any branches, as texts.
pub(super) fn objectives() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(steps(), 1..7)
}

/// The registry of such objectives.
pub(super) fn registry_of(objectives: &[String]) -> Registry {
    let names: Vec<String> = (0..objectives.len()).map(|at| format!("objective-{at}")).collect();
    let objectives: Vec<(&str, &str)> =
        names.iter().map(String::as_str).zip(objectives.iter().map(String::as_str)).collect();
    registry(&objectives)
}

/// The steps of one objective.
fn steps() -> impl Strategy<Value = String> {
    let names = Just(NAMES.to_vec()).prop_shuffle();
    let entries = prop::collection::vec((0_u8..8, prop::collection::vec(any::<prop::sample::Index>(), 0..3)), 1..12);
    // Most objectives begin alike, as they do in life.
    (names, entries, any::<bool>()).prop_map(|(mut names, entries, begins_with_login)| {
        if begins_with_login {
            names.retain(|name| *name != "login");
            names.insert(0, "login");
        }
        let mut text = String::new();
        let mut at = 0;
        for (kind, after) in entries {
            let count = if kind == 0 { 2 } else { 1 };
            let Some(steps) = names.get(at..at + count) else { break };
            let after: Vec<&str> = match kind {
                2..=4 if at > 0 => after.iter().map(|earlier| *earlier.get(&names[..at])).collect(),
                _ => Vec::new(),
            };
            let sign = if kind == 1 { "?" } else { "" };
            let after = match (kind, after.is_empty()) {
                (5, _) => "<".to_owned(),
                (_, true) => String::new(),
                (_, false) => format!("<{}", after.join(",")),
            };
            text.push_str(&format!("{}{sign}{after} ", steps.join("|")));
            at += count;
        }
        text
    })
}
