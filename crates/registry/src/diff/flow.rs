//! What is said of a flow: where an interaction begins and ends, what joins it, and how long it may take.

use super::compare::{Thing, list};
use super::statements::Statements;
use super::{Change, Noun, Sides, Trend};
use crate::Registry;
use milepost_model::Name;
use milepost_slo::{Flow, FlowFacts, FlowKey};

impl Thing for Flow {
    const NOUN: Noun = Noun::Flow;
    const BRIEF: &'static [&'static str] = &["step", "begins with", "ends with", "deadline"];

    fn product(&self) -> Option<&Name> {
        Some(&self.product)
    }

    fn name(&self) -> String {
        self.name.to_string()
    }

    fn title(&self) -> String {
        self.title.clone()
    }

    fn statements(&self, _: &Registry) -> Statements {
        let mut said = Statements::default();
        said.one("title", &self.title);
        said.one("description", &self.description);
        said.one("step", &self.step);
        said.one("begins with", facts(&self.start));
        said.in_order("ends with", self.ends.iter().map(|end| format!("{}: {}", facts(&end.facts), end.outcome)));
        said.one(
            "joined by",
            match &self.key {
                FlowKey::Interaction => "the interaction's id".to_owned(),
                FlowKey::Dimensions(names) => list(names),
            },
        );
        said.one("deadline", self.deadline);
        said.each("results wait for", &self.sources);
        said
    }

    fn resembles(&self, other: &Self) -> bool {
        self.step == other.step && self.start == other.start && self.ends == other.ends
    }

    fn add_effects(change: &mut Change, before: &Self, after: &Self, _: &Sides<'_>) {
        let Some(detail) = change.detail("deadline") else { return };
        let (shorter, longer) = (before.deadline.min(after.deadline), before.deadline.max(after.deadline));
        let now = if after.deadline < before.deadline { "has failed now" } else { "is no failure any more" };
        detail.effects.push(format!("what ends after {shorter}, and within {longer}, {now}"));
        detail
            .effects
            .push(format!("a result is final {} after its start, once every source has settled", after.deadline));
        change.trend = Some(if after.deadline < before.deadline { Trend::Stricter } else { Trend::Looser });
    }
}

fn facts(facts: &FlowFacts) -> String {
    match &facts.condition {
        Some(condition) => format!("{} where {condition}", facts.of),
        None => facts.of.to_string(),
    }
}
