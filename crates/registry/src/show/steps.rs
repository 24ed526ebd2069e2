//! Each step with all that is written down of it: a sheet of properties a step.

use super::of::{Of, Use};
use super::sheet::{Cell, Sheet, Style};
use super::words::{self, list};
use crate::terms::share_of;
use milepost_model::{Condition, Name, Need, Stage, Step};
use milepost_slo::Budgeting;
use serde::Serialize;
use std::collections::HashMap;

#[derive(Debug, Serialize)]
pub(super) struct Steps<'r> {
    steps: Vec<StepRecord<'r>>,
}

#[derive(Debug, Serialize)]
struct StepRecord<'r> {
    product: &'r str,
    name: &'r str,
    title: &'r str,
    description: &'r str,
    owner: &'r str,
    stage: &'static str,
    #[serde(rename = "async")]
    asynchronous: bool,
    start: &'r str,
    success: Vec<ConditionRecord<'r>>,
    failure: Vec<ConditionRecord<'r>>,
    abandoned: Vec<ConditionRecord<'r>>,
    measure: Vec<String>,
    /// The rules that recognise it.
    rules: Vec<&'r str>,
    operations: OperationsRecord,
    tags: Vec<&'r str>,
    /// The highest of its uses.
    criticality: &'static str,
    uses: Vec<UseRecord<'r>>,
    slos: Vec<SloRecord>,
    flows: Vec<FlowRecord<'r>>,
}

#[derive(Debug, Serialize)]
struct ConditionRecord<'r> {
    text: &'r str,
    status: Vec<String>,
    #[serde(skip)]
    sentence: String,
}

#[derive(Debug, Serialize)]
struct OperationsRecord {
    required: Vec<String>,
    optional: Vec<String>,
}

#[derive(Debug, Serialize)]
struct UseRecord<'r> {
    objective: &'r str,
    title: &'r str,
    criticality: &'static str,
    declared: &'static str,
}

#[derive(Debug, Serialize)]
struct SloRecord {
    name: String,
    #[serde(skip)]
    sentence: String,
}

#[derive(Debug, Serialize)]
struct FlowRecord<'r> {
    name: &'r str,
    title: &'r str,
}

impl<'r> Steps<'r> {
    pub(super) fn of(products: &[Of<'r>]) -> Self {
        Self { steps: products.iter().flat_map(records).collect() }
    }

    pub(super) fn sheets(&self, product: &str) -> Vec<Sheet> {
        let sheets: Vec<Sheet> = self.steps.iter().filter(|step| step.product == product).map(sheet).collect();
        if sheets.is_empty() {
            let note = "There are no steps yet: add a document of kind Step for each action that users take, and name it in an objective.";
            return vec![Sheet::of_note(note)];
        }
        sheets
    }
}

fn records<'r>(of: &Of<'r>) -> Vec<StepRecord<'r>> {
    let mut uses: HashMap<&Name, Vec<Use<'r>>> = HashMap::new();
    for used in of.uses() {
        uses.entry(&used.step.name).or_default().push(used);
    }
    let mut slos: HashMap<&Name, Vec<SloRecord>> = HashMap::new();
    for slo in of.slos() {
        let slices = match slo.budgeting {
            Budgeting::Occurrences => String::new(),
            sliced => format!(" of {},", share_of(sliced)),
        };
        let sentence = format!("{}: {}{slices} over {}", slo.indicator.sli, slo.target, slo.window);
        let record = SloRecord { name: slo.name.to_string(), sentence };
        slos.entry(&slo.indicator.path.step).or_default().push(record);
    }
    for (slo, binding) in of.open_slos() {
        let record = SloRecord { name: slo.name.to_string(), sentence: "OpenSLO".to_owned() };
        slos.entry(&binding.path.step).or_default().push(record);
    }
    let mut rules = of.rules_by_step();
    of.steps()
        .map(|step| {
            let uses = uses.remove(&step.name).unwrap_or_default();
            let slos = slos.remove(&step.name).unwrap_or_default();
            StepRecord { rules: rules.remove(&step.name).unwrap_or_default(), ..record(of, step, &uses, slos) }
        })
        .collect()
}

fn record<'r>(of: &Of<'r>, step: &'r Step, uses: &[Use<'r>], slos: Vec<SloRecord>) -> StepRecord<'r> {
    let needed = |need: Need| {
        let of_need = step.dependencies.iter().filter(|dependency| dependency.need == need);
        of_need.map(|dependency| dependency.operation.to_string()).collect()
    };
    let highest = uses.iter().map(|used| used.criticality().criticality).max();
    StepRecord {
        product: of.name(),
        name: step.name.as_str(),
        title: &step.title,
        description: &step.description,
        owner: step.owner.as_deref().unwrap_or(&of.product.owner),
        stage: step.stage.as_str(),
        asynchronous: step.asynchronous,
        start: &step.start,
        success: conditions(&step.success),
        failure: conditions(&step.failure),
        abandoned: conditions(&step.abandoned),
        measure: step.measure.iter().map(ToString::to_string).collect(),
        rules: Vec::new(),
        operations: OperationsRecord { required: needed(Need::Required), optional: needed(Need::Optional) },
        tags: step.tags.iter().map(Name::as_str).collect(),
        criticality: highest.unwrap_or(milepost_model::Criticality::None).as_str(),
        uses: uses.iter().filter_map(use_record).collect(),
        slos,
        flows: (of.flows().filter(|flow| flow.step.step == step.name))
            .map(|flow| FlowRecord { name: flow.name.as_str(), title: &flow.title })
            .collect(),
    }
}

fn conditions(conditions: &[Condition]) -> Vec<ConditionRecord<'_>> {
    let mut records = Vec::new();
    for condition in conditions {
        let status = condition.statuses.iter().map(ToString::to_string).collect();
        records.push(ConditionRecord { text: &condition.text, status, sentence: words::condition(condition) });
    }
    records
}

fn use_record<'r>(used: &Use<'r>) -> Option<UseRecord<'r>> {
    let (objective, criticality) = (used.objective?, used.criticality());
    Some(UseRecord {
        objective: objective.name.as_str(),
        title: &objective.title,
        criticality: criticality.criticality.as_str(),
        declared: criticality.source.as_str(),
    })
}

fn sheet(step: &StepRecord<'_>) -> Sheet {
    let mut sheet = Sheet::of_properties(step.title);
    let sentences = |conditions: &[ConditionRecord<'_>]| {
        Cell::lines(Style::Plain, conditions.iter().map(|condition| &condition.sentence))
    };
    let stage = if step.stage == Stage::Unlaunched.as_str() { "not launched yet" } else { "" };
    let asynchronous = if step.asynchronous { "async: the work goes on after the user has moved on" } else { "" };
    sheet.property("Name", Cell::line(Style::Code, step.name).and(Style::Muted, [stage, asynchronous]));
    sheet.property("What the user does", Cell::plain(step.description));
    sheet.property("Starts when", Cell::plain(step.start));
    sheet.property("Succeeded when", sentences(&step.success));
    // What a step lists comes on top of what holds for all.
    let by_status = match step.failure.is_empty() {
        true => "The status of the response says so: 5xx, 408 or 429, and what gRPC has for it.",
        false => {
            "Or the status says so: 5xx, 408 or 429, and what gRPC has for it, where no condition here says otherwise."
        }
    };
    sheet.property("Failed when", sentences(&step.failure).and(Style::Muted, [by_status]));
    sheet.property("Abandoned when", sentences(&step.abandoned));
    let is_nowhere = step.measure.is_empty() && step.rules.is_empty();
    let nowhere = if is_nowhere { "nowhere: name operations under measure" } else { "" };
    sheet.property("Measured at", Cell::lines(Style::Code, &step.measure).and(Style::Attention, [nowhere]));
    sheet.property("Recognised by rules", Cell::lines(Style::Code, &step.rules));
    sheet.property("Cannot do without", Cell::lines(Style::Code, &step.operations.required));
    sheet.property("Can do without", Cell::lines(Style::Code, &step.operations.optional));
    sheet.property("Tags", Cell::plain(&step.tags.join(", ")));
    sheet.property("Criticality", criticality(step));
    let none = if step.slos.is_empty() { "none yet: add a document of kind SLO" } else { "" };
    let slos = step.slos.iter().map(|slo| format!("{} ({})", slo.name, slo.sentence));
    sheet.property("SLOs", Cell::lines(Style::Plain, slos).and(Style::Attention, [none]));
    sheet.property("Followed end to end", Cell::lines(Style::Plain, step.flows.iter().map(|flow| flow.title)));
    sheet.property("Owner", Cell::plain(step.owner));
    sheet
}

/// One word where all uses agree; else each use with its own.
fn criticality(step: &StepRecord<'_>) -> Cell {
    let titles: Vec<&str> = step.uses.iter().map(|used| used.title).collect();
    let agree = step.uses.iter().all(|used| used.criticality == step.criticality);
    match titles.len() {
        0 => Cell::plain(step.criticality).and(Style::Attention, ["no objective uses it"]),
        _ if agree => Cell::plain(&format!("{} in {}", step.criticality, list(&titles, "and"))),
        _ => {
            let of_use = |used: &UseRecord<'_>| format!("{} in {}", used.criticality, used.title);
            Cell::lines(Style::Plain, step.uses.iter().map(of_use))
        }
    }
}
