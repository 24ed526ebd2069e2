//! What is said of an error budget policy: what happens when how much is spent, and for which SLOs.

use super::compare::{Thing, list};
use super::product::names;
use super::statements::Statements;
use super::{Change, Noun, Sides};
use crate::Registry;
use milepost_model::Name;
use milepost_slo::{ErrorBudgetPolicy, SloScope};

impl Thing for ErrorBudgetPolicy {
    const NOUN: Noun = Noun::BudgetPolicy;
    const BRIEF: &'static [&'static str] = &["description", "applies to", "SLOs under it"];

    fn product(&self) -> Option<&Name> {
        Some(&self.product)
    }

    fn name(&self) -> String {
        self.name.to_string()
    }

    fn title(&self) -> String {
        self.title.clone()
    }

    fn statements(&self, registry: &Registry) -> Statements {
        let mut said = Statements::default();
        said.one("title", &self.title);
        said.one("description", &self.description);
        for threshold in &self.thresholds {
            said.in_order(&format!("when {} is spent", threshold.spent), &threshold.actions);
        }
        said.one("applies to", scope(&self.scope));
        said.each("SLOs under it", registry.slos_under(self).map(|slo| slo.name));
        said.maybe("agreed by", names(&self.agreed_by));
        said.one("agreed on", self.agreed_on);
        said
    }

    fn resembles(&self, other: &Self) -> bool {
        self.thresholds == other.thresholds
    }

    /// SLOs that are new or gone are told where SLOs are.
    fn add_effects(change: &mut Change, _: &Self, after: &Self, sides: &Sides<'_>) {
        let has = |registry: &Registry, name: &str| {
            registry.promised().any(|slo| *slo.product == after.product && slo.name == name)
        };
        change.details.retain(|detail| {
            let value = detail.before.as_ref().or(detail.after.as_ref());
            let is_on_both = |name: &String| has(&sides.before, name) && has(sides.after, name);
            detail.aspect != "SLOs under it" || value.is_some_and(is_on_both)
        });
    }
}

pub(super) fn scope(of: &SloScope) -> String {
    if of.is_everything() {
        return "every SLO".to_owned();
    }
    let mut parts = Vec::new();
    let mut add = |what: &str, names: Vec<String>| {
        if !names.is_empty() {
            parts.push(format!("{what}{}", list(names)));
        }
    };
    add("SLOs ", of.slos.iter().map(ToString::to_string).collect());
    add("SLOs of ", of.steps.iter().map(ToString::to_string).collect());
    add("SLOs of steps that are ", of.criticality.iter().map(ToString::to_string).collect());
    parts.join(", or ")
}
