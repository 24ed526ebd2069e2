//! What is said of a flow: where an interaction begins and ends, what joins it, and how long it may take.

use super::Noun;
use super::compare::{Thing, list};
use super::statements::Statements;
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
}

fn facts(facts: &FlowFacts) -> String {
    match &facts.condition {
        Some(condition) => format!("{} where {condition}", facts.of),
        None => facts.of.to_string(),
    }
}
