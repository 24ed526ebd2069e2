//! What is said of an objective: its words, and which steps lead there in which order.

use super::compare::{Thing, list};
use super::statements::Statements;
use super::{Change, Detail, Noun, Sides};
use crate::Registry;
use milepost_model::{EffectiveCriticality, Name, Objective, StepUse};

const ORDER: &str = "steps";

impl Thing for Objective {
    const NOUN: Noun = Noun::Objective;
    const BRIEF: &'static [&'static str] = &["description", "owner", "declared criticality", "stage", "its steps"];

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
        said.maybe("owner", self.owner.as_ref());
        said.maybe("to be confirmed again by", self.reconfirm_by);
        said.maybe("declared criticality", self.criticality);
        said.one("stage", self.stage.as_str());
        said.one("its steps", list(self.steps.iter().map(|used| &used.step)));
        for used in &self.steps {
            said.one(step_aspect(&used.step), use_of(used, self));
        }
        said.in_order(ORDER, self.steps.iter().map(|used| &used.step));
        said
    }

    fn add_effects(change: &mut Change, before: &Self, after: &Self, sides: &Sides<'_>) {
        // Said by the steps that are new or gone.
        change.details.retain(|detail| detail.aspect != "its steps" && detail.aspect != ORDER);
        for detail in &mut change.details {
            add_effects(detail, before, after, sides);
        }
    }
}

fn step_aspect(step: &Name) -> String {
    format!("step {step}")
}

/// How a step is used: where it stands, and what else is said of it there.
fn use_of(used: &StepUse, objective: &Objective) -> String {
    let mut parts = Vec::new();
    match &used.after[..] {
        [] => parts.push("at the start".to_owned()),
        after => parts.push(format!("after {}", after.iter().map(Name::as_str).collect::<Vec<_>>().join(" or "))),
    }
    if used.optional {
        parts.push("optional".to_owned());
    }
    if let Some(number) = used.alternative {
        let others = objective.steps.iter().filter(|other| other.alternative == Some(number));
        let others: Vec<&str> = others.map(|other| other.step.as_str()).filter(|o| *o != used.step.as_str()).collect();
        parts.push(format!("instead of {}", others.join(" or ")));
    }
    if let Some(criticality) = used.criticality {
        parts.push(format!("declared {} here", important(criticality.as_str())));
    }
    parts.join("; ")
}

fn important(criticality: &str) -> String {
    if criticality == "none" { "not important".to_owned() } else { criticality.to_owned() }
}

/// Says where a step has gone or has come from, and how important it is for those who come here.
fn add_effects(detail: &mut Detail, before: &Objective, after: &Objective, sides: &Sides<'_>) {
    let Some(name) = detail.aspect.strip_prefix("step ").map(str::to_owned) else { return };
    let uses = |objective: &Objective| objective.steps.iter().any(|used| used.step.as_str() == name);
    let find = |registry: &Registry, objective: &Objective| {
        let mut all = registry.objectives.iter();
        all.find(|o| o.product == objective.product && o.name == objective.name).is_some_and(uses)
    };
    match (&detail.before, &detail.after) {
        (Some(_), None) => {
            let gained = |o: &&Objective| o.product == after.product && uses(o) && !find(&sides.before, o);
            let step = sides.after.steps.iter().find(|s| s.product == after.product && s.name.as_str() == name);
            detail.effects.push(match (sides.after.objectives.iter().find(gained), step) {
                (Some(other), _) => format!("it has moved to {}", other.name),
                (None, None) => "the step is removed".to_owned(),
                (None, Some(_)) => "users no longer take it for this objective".to_owned(),
            });
        }
        (Some(old), Some(new)) => {
            let (old, new) = (differing(old, new), differing(new, old));
            detail.before = Some(old);
            detail.after = Some(new);
        }
        (None, Some(_)) => {
            let lost = |o: &&Objective| o.product == before.product && uses(o) && !find(sides.after, o);
            let from = sides.before.objectives.iter().find(lost);
            detail.effects.extend(from.map(|other| format!("it comes from {}", other.name)));
            let step = sides.after.steps.iter().find(|s| s.product == after.product && s.name.as_str() == name);
            let criticality = step.map(|step| EffectiveCriticality::of_use(step, after).criticality);
            detail.effects.extend(criticality.map(|c| format!("it is {} here", important(c.as_str()))));
        }
        (None, None) => {}
    }
}

/// What is said of a use that the other does not say.
fn differing(text: &str, other: &str) -> String {
    let parts = |text: &str| text.split("; ").map(str::to_owned).collect::<Vec<_>>();
    let (own, others) = (parts(text), parts(other));
    let left: Vec<String> = own.iter().filter(|part| !others.contains(part)).cloned().collect();
    let beyond: Vec<String> = others.into_iter().filter(|part| !own.contains(part)).collect();
    match (&left[..], &beyond[..]) {
        ([], [only]) if only == "optional" => "not optional".to_owned(),
        ([], [only]) if only.starts_with("declared") => "nothing else declared here".to_owned(),
        ([], _) => "no alternative".to_owned(),
        _ => left.join("; "),
    }
}
