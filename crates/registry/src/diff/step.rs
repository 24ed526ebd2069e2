//! What is said of a step: its words, where it is measured, what it uses, and which status means what.

use super::compare::{Thing, list};
use super::statements::Statements;
use super::{Change, Noun, Sides};
use crate::Registry;
use milepost_model::{Condition, Name, Need, Outcome, OutcomeTable, StatusPattern, Step, StepPath};
use milepost_slo::Slo;

const COUNTED: &str = "attempts are counted at";
const STATUS: &str = "status ";
const SIGN: &str = "shown by a status";

impl Thing for Step {
    const NOUN: Noun = Noun::Step;
    const BRIEF: &'static [&'static str] = &["description", "stage", "in objectives", "how important", COUNTED];

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
        said.maybe("owner", self.owner.as_ref());
        said.one("stage", self.stage.as_str());
        said.one("in objectives", list(registry.objectives_of(self).map(|o| &o.name)));
        let path = StepPath { objective: None, step: self.name.clone() };
        said.maybe("how important", registry.criticality(&self.product, &path).map(|c| c.criticality));
        said.one("begins when", &self.start);
        for (aspect, conditions) in
            [("succeeds when", &self.success), ("fails when", &self.failure), ("is given up when", &self.abandoned)]
        {
            said.each(aspect, conditions.iter().map(|condition| &condition.text));
            said.each(SIGN, conditions.iter().filter_map(sign));
        }
        said.one("goes on after the user has moved on", if self.asynchronous { "yes" } else { "no" });
        said.each("tag", &self.tags);
        said.maybe("declared criticality", self.criticality);
        said.each(COUNTED, &self.measure);
        for dependency in &self.dependencies {
            let need = match dependency.need {
                Need::Required => "the step fails without it",
                Need::Optional => "the step can do without it",
            };
            said.one(format!("operation {}", dependency.operation), need);
        }
        for (status, outcome) in self.outcomes.overrides() {
            said.one(format!("{STATUS}{status}"), counts_as(*outcome));
        }
        said
    }

    fn add_effects(change: &mut Change, before: &Self, after: &Self, sides: &Sides<'_>) {
        // Said by the objectives, and where it is told how important steps are.
        change.details.retain(|detail| !matches!(&*detail.aspect, "in objectives" | "how important"));
        add_outcomes(change, before, after);
        add_counting(change, after, sides);
    }
}

/// A condition with the codes that mean it.
fn sign(condition: &Condition) -> Option<String> {
    let codes =
        list(condition.statuses.iter().map(StatusPattern::to_string).collect::<std::collections::BTreeSet<_>>());
    (!condition.statuses.is_empty()).then(|| format!("{} ({codes})", condition.text))
}

fn counts_as(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Success => "counts as an answer",
        Outcome::Failure => "counts as a failure",
        Outcome::Abandoned => "counts as given up",
        Outcome::Timeout => "counts as a timeout",
    }
}

/// Says what a status meant or means where the step says nothing of it.
fn add_outcomes(change: &mut Change, before: &Step, after: &Step) {
    let own = |table: &OutcomeTable, text: &str| match text.parse() {
        Ok(StatusPattern::Http(code)) => counts_as(table.http(code)).to_owned(),
        Ok(StatusPattern::Grpc(status)) => counts_as(table.grpc(status)).to_owned(),
        _ => "counts as it usually does".to_owned(),
    };
    for detail in &mut change.details {
        if let Some(code) = detail.aspect.strip_prefix(STATUS) {
            let (old, new) = (own(&before.outcomes, code), own(&after.outcomes, code));
            detail.before.get_or_insert(old);
            detail.after.get_or_insert(new);
        }
    }
    // A code that means what it means anyway.
    change.details.retain(|detail| detail.before != detail.after);
    if let Some(last) = change.details.iter_mut().rfind(|detail| detail.aspect.starts_with(STATUS)) {
        last.effects.push("what the SLOs of the step counted so far was counted otherwise".to_owned());
        change.details.retain(|detail| detail.aspect != SIGN);
    }
}

/// Says what another measuring point does to what has been counted.
fn add_counting(change: &mut Change, step: &Step, sides: &Sides<'_>) {
    let Some(detail) = change.details.iter_mut().rfind(|detail| detail.aspect == COUNTED) else { return };
    detail.effects.push("counts before and after are of different events and cannot be compared".to_owned());
    let is_of = |slo: &&Slo| slo.product == step.product && slo.indicator.path.step == step.name;
    let written = sides.before.slos.iter().zip(&sides.written.slos);
    let kept = sides.after.slos.iter().filter(is_of).filter(|slo| {
        let mut before = written.clone();
        before.any(|(old, own)| {
            old.product == slo.product && old.name == slo.name && own.indicator.id() == slo.indicator.id()
        })
    });
    let kept: Vec<&Name> = kept.map(|slo| &slo.name).collect();
    if !kept.is_empty() {
        let goes = if kept.len() == 1 { "goes" } else { "go" };
        let so = format!(
            "{} {goes} on with the old counts, so that they tell of both until the window has passed",
            list(kept)
        );
        detail.effects.push(so);
    }
}
