//! What is said of whether this way of working fits: the answers, what shows them, and what is planned.

use super::Noun;
use super::compare::Thing;
use super::product::names;
use super::statements::Statements;
use crate::Registry;
use milepost_model::{FitAssessment, Name};

impl Thing for FitAssessment {
    const NOUN: Noun = Noun::Fit;
    const BRIEF: &'static [&'static str] = &["assessed by", "assessed on"];

    fn product(&self) -> Option<&Name> {
        Some(&self.product)
    }

    fn name(&self) -> String {
        self.name.to_string()
    }

    fn statements(&self, _: &Registry) -> Statements {
        let mut said = Statements::default();
        for answer in &self.answers {
            let requirement = answer.requirement.as_str();
            said.one(format!("{requirement}, met"), answer.met);
            said.one(format!("{requirement}, evidence"), &answer.evidence);
            said.maybe(format!("{requirement}, plan"), answer.plan.as_ref());
        }
        said.maybe("where users are programs", self.infrastructure.map(milepost_model::InfrastructureOption::as_str));
        said.maybe("assessed by", names(&self.assessed_by));
        said.one("assessed on", self.assessed_on);
        said
    }

    fn resembles(&self, _: &Self) -> bool {
        true
    }
}
