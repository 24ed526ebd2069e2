//! What is said of annotation rules: what they match and what they give, in a line each.

use super::compare::{Thing, things};
use super::statements::Statements;
use super::{Change, Noun, Sides};
use crate::Registry;
use milepost_annotate::{Rule, StepChoice, TraceRule};
use milepost_model::{Name, Operation};

/// A rule with the registry whose positions it has.
struct Ruled<'r, T> {
    registry: &'r Registry,
    rule: &'r T,
}

/// Compares the rules over single events and those over traces.
pub(super) fn changes(sides: &Sides<'_>, changes: &mut Vec<Change>) {
    things(&ruled(&sides.before, &sides.before.rules), &ruled(sides.after, &sides.after.rules), sides, changes);
    let traces = |registry| -> Vec<Ruled<'_, TraceRule>> {
        let registry: &Registry = registry;
        ruled(registry, &registry.trace_rules)
    };
    things(&traces(&sides.before), &traces(sides.after), sides, changes);
}

fn ruled<'r, T>(registry: &'r Registry, rules: &'r [T]) -> Vec<Ruled<'r, T>> {
    rules.iter().map(|rule| Ruled { registry, rule }).collect()
}

/// The path of a step that a rule decides for.
fn path(choice: StepChoice, registry: &Registry) -> String {
    let step = registry.steps.get(choice.step.index()).map_or("", |step| step.name.as_str());
    match choice.objective.and_then(|objective| registry.objectives.get(objective.index())) {
        Some(objective) => format!("{}/{step}", objective.name),
        None => step.to_owned(),
    }
}

impl Thing for Ruled<'_, Rule> {
    const NOUN: Noun = Noun::Rule;
    const BRIEF: &'static [&'static str] = &["rule"];

    fn product(&self) -> Option<&Name> {
        let step = self.rule.step?.step;
        self.registry.steps.get(step.index()).map(|step| &step.product)
    }

    fn name(&self) -> String {
        self.rule.id.clone()
    }

    fn statements(&self, _: &Registry) -> Statements {
        let mut said = Statements::default();
        said.one("rule", self.line());
        said.one("assumes", &self.rule.assumption);
        said.one("confidence", self.rule.confidence.as_str());
        said
    }

    fn resembles(&self, other: &Self) -> bool {
        self.line() == other.line()
    }
}

impl Ruled<'_, Rule> {
    /// What it matches, and what it gives.
    fn line(&self) -> String {
        let mut predicates: Vec<String> = self.rule.predicates.iter().map(ToString::to_string).collect();
        predicates.sort();
        let step = self.rule.step.map(|choice| format!("step {}", path(choice, self.registry)));
        let class = self.rule.class.and_then(|class| self.registry.classes.get(class.index()));
        let class = class.map(|class| format!("class {class}"));
        let gives: Vec<String> = step.into_iter().chain(class).collect();
        format!("{} gives {}", predicates.join(" and "), gives.join(" and "))
    }
}

impl Thing for Ruled<'_, TraceRule> {
    const NOUN: Noun = Noun::TraceRule;
    const BRIEF: &'static [&'static str] = &["rule"];

    fn product(&self) -> Option<&Name> {
        Some(&self.rule.product)
    }

    fn name(&self) -> String {
        self.rule.id.clone()
    }

    fn statements(&self, _: &Registry) -> Statements {
        let mut said = Statements::default();
        said.one("rule", self.line());
        said.one("assumes", &self.rule.assumption);
        said.one("confidence", self.rule.confidence.as_str());
        said
    }

    fn resembles(&self, other: &Self) -> bool {
        self.line() == other.line()
    }
}

impl Ruled<'_, TraceRule> {
    fn line(&self) -> String {
        let rule = self.rule;
        let names = |operations: &[Operation]| {
            let mut names: Vec<String> = operations.iter().map(ToString::to_string).collect();
            names.sort();
            names.join(" and ")
        };
        let calls = if rule.when.is_empty() { String::new() } else { format!(" that calls {}", names(&rule.when)) };
        let requires = match &rule.requires[..] {
            [] => String::new(),
            requires => format!(", failed without {}", names(requires)),
        };
        let scope = rule.scope.as_str();
        format!("{}{calls} ({scope}) gives step {}{requires}", rule.root, path(rule.step, self.registry))
    }
}
