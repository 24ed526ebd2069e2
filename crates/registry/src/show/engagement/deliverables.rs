//! The deliverables of the model's four steps, judged by what the registry holds.

use super::State;
use crate::show::of::{Of, Use};
use crate::show::words::{count, list};
use crate::show::{slo_coverage, slos};
use milepost_model::{Criticality, Name, Role, Step};
use milepost_slo::Method;
use serde::Serialize;
use std::collections::BTreeMap;

/// What one step of the model is to bring.
#[derive(Debug, Serialize)]
pub(super) struct Deliverable {
    pub(super) deliverable: &'static str,
    pub(super) state: State,
    pub(super) evidence: Vec<String>,
    /// What is missing; nothing of what is done.
    pub(super) to_do: String,
}

const ENGAGE: &str = "1. Engage your stakeholders";
const MODEL: &str = "2. Model the product";
const MEASURE: &str = "3. Measure performance";
const MANAGE: &str = "4. Manage reliability";

/// Most steps that a sentence names.
const MOST_NAMED: usize = 4;

/// All deliverables, each with its step.
pub(super) fn all(of: &Of<'_>) -> Vec<(&'static str, Deliverable)> {
    vec![
        (ENGAGE, roles(of)),
        (MODEL, registry(of)),
        (MODEL, severity(of)),
        (MODEL, criticality(of)),
        (MEASURE, product_slos(of)),
        (MANAGE, support(of)),
    ]
}

fn deliverable(name: &'static str, there: bool, evidence: Vec<String>, to_do: &[String]) -> Deliverable {
    Deliverable { deliverable: name, state: State::of(there, to_do.is_empty()), evidence, to_do: to_do.join(" ") }
}

fn roles(of: &Of<'_>) -> Deliverable {
    let product = of.product;
    let needed = [Role::ProductManager, Role::Ux, Role::Engineering, Role::Support];
    let absent: Vec<&str> =
        needed.into_iter().filter(|one| product.stakeholders_of(*one).next().is_none()).map(Role::as_str).collect();
    let activities = product.responsibilities.len();
    let people = count(product.stakeholders.len(), "stakeholder");
    let matrix = match activities {
        0 => "no responsibilities".to_owned(),
        1 => "1 activity with somebody accountable".to_owned(),
        more => format!("{more} activities, each with somebody accountable"),
    };
    let mut to_do = Vec::new();
    if !absent.is_empty() {
        to_do.push(format!("Name a stakeholder of each of these roles: {}.", absent.join(", ")));
    }
    if activities == 0 {
        to_do.push("Agree on who is accountable for what, and add responsibilities to the product.".to_owned());
    }
    let there = !product.stakeholders.is_empty() || activities > 0;
    deliverable("Documented roles and responsibilities (RACI)", there, vec![people, matrix], &to_do)
}

fn registry(of: &Of<'_>) -> Deliverable {
    let uses = of.uses();
    let alone = uses.iter().filter(|used| used.objective.is_none()).count();
    let rules = of.rules_by_step();
    let is_measured = |step: &&Step| !step.measure.is_empty() || rules.contains_key(&step.name);
    let unmeasured: Vec<&str> = of.steps().filter(|step| !is_measured(step)).map(|step| step.title.as_str()).collect();
    let objectives = of.objectives().count();
    let evidence = vec![count(objectives, "objective"), count(of.steps().count(), "step")];
    let mut to_do = Vec::new();
    if objectives == 0 {
        to_do.push("Write down what users want to achieve: a document of kind Objective for each.".to_owned());
    }
    if of.steps().next().is_none() {
        to_do.push("Describe the steps that users take: a document of kind Step for each.".to_owned());
    }
    if alone > 0 && objectives > 0 {
        to_do.push(format!("Say what {} of no objective leads to, or remove it.", count(alone, "step")));
    }
    if !unmeasured.is_empty() {
        to_do.push(format!("Say where to measure {}.", named(&unmeasured)));
    }
    deliverable("A product registry of objectives and steps", !uses.is_empty(), evidence, &to_do)
}

fn severity(of: &Of<'_>) -> Deliverable {
    let policy = of.severity_policy();
    let is_own = of.has_severity_policy();
    let evidence = match (&policy.signed_off, is_own) {
        (_, false) => vec!["the default that ships with Milepost".to_owned()],
        (None, true) => vec![count(policy.rules.len(), "rule"), "not signed off".to_owned()],
        (Some(signed), true) => vec![count(policy.rules.len(), "rule"), format!("signed off on {}", signed.on)],
    };
    let to_do: &[String] = match (&policy.signed_off, is_own) {
        (_, false) => &["Write down how bad an incident is: a document of kind SeverityPolicy.".to_owned()],
        (None, true) => &["Have product and engineering agree, and add signedOff to the policy.".to_owned()],
        (Some(_), true) => &[],
    };
    deliverable("Severity definitions, agreed on by product and engineering", is_own, evidence, to_do)
}

fn criticality(of: &Of<'_>) -> Deliverable {
    let live: Vec<Use<'_>> = of.uses().into_iter().filter(Use::is_live).collect();
    let open: Vec<&str> =
        (live.iter().filter(|used| !used.criticality().is_declared())).map(|used| used.step.title.as_str()).collect();
    let of_level = |level| live.iter().filter(|used| used.criticality().criticality == level).count();
    let levels = Criticality::ALL.map(|level| (of_level(level), level));
    let evidence = levels.iter().filter(|(number, _)| *number > 0);
    let evidence = vec![evidence.map(|(number, level)| format!("{number} {level}")).collect::<Vec<_>>().join(", ")];
    let to_do: &[String] = match (live.len(), open.len()) {
        (0, _) => &["Describe objectives and steps first.".to_owned()],
        (_, 0) => &[],
        _ => &[format!("Say how important {} is: criticality of the objective or the step.", named(&open))],
    };
    deliverable("Criticality definitions of objectives and steps", open.len() < live.len(), evidence, to_do)
}

fn product_slos(of: &Of<'_>) -> Deliverable {
    let coverage = slo_coverage::records(of);
    let number = of.slos().count() + of.open_slos().count();
    let critical = of.criticality_by_step();
    let is_critical = |step: &&Step| critical.get(&step.name) == Some(&Criticality::Critical);
    let bare: Vec<&str> = slos::uncovered(of).filter(is_critical).map(|step| step.title.as_str()).collect();
    let kinds = slo_coverage::kinds(&coverage);
    let methods = slo_coverage::methods(&coverage);
    let mut evidence = vec![count(number, "SLO")];
    if number > 0 {
        evidence.push(format!("types: {}", kinds.join(", ")));
        evidence.push(format!("methods: {}", methods.join(", ")));
    }
    let mut to_do = Vec::new();
    if number == 0 {
        to_do.push("Promise something of the most important step: a document of kind SLO.".to_owned());
    } else if !bare.is_empty() {
        to_do.push(format!("Promise something of {}, critical as it is.", named(&bare)));
    }
    if number > 0 && !kinds.contains(&"latency") {
        to_do.push("Say how slow is too slow: an SLO of type latency.".to_owned());
    }
    if number > 0 && methods == [Method::Service.as_str()] {
        to_do.push("Decide which steps earn to be measured in the client or end to end.".to_owned());
    }
    deliverable("A prioritised list of product SLOs by type and method", number > 0, evidence, &to_do)
}

/// A step is supported when its trouble wakes somebody. Who agreed to that, and when, no document says.
fn support(of: &Of<'_>) -> Deliverable {
    let live = of.uses().into_iter().filter(Use::is_live);
    let critical = of.criticality_by_step();
    let steps: BTreeMap<&Name, &Step> = live.map(|used| (&used.step.name, used.step)).collect();
    let (supported, rest): (Vec<&Step>, Vec<&Step>) =
        steps.values().copied().partition(|step| of.registry.is_supported(step));
    let is_critical = |step: &&Step| critical.get(&step.name) == Some(&Criticality::Critical);
    let open: Vec<&str> = rest.into_iter().filter(is_critical).map(|step| step.title.as_str()).collect();
    let evidence = match steps.len() {
        0 => vec![],
        all => vec![format!("{} of {} with an SLO that pages", supported.len(), count(all, "step"))],
    };
    let to_do: &[String] = match (supported.len(), open.len()) {
        (0, _) => &["Begin with one objective, or one step of it, and its SLOs.".to_owned()],
        (_, 0) => &[],
        _ => &[format!("Decide who is woken for {}, critical as it is.", named(&open))],
    };
    deliverable("Objectives onboarded and supported", !supported.is_empty(), evidence, to_do)
}

fn named(titles: &[&str]) -> String {
    match titles.len() {
        0..=MOST_NAMED => list(titles, "and"),
        more => format!("{} and {} more", titles[..MOST_NAMED].join(", "), more - MOST_NAMED),
    }
}
