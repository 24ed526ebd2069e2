//! End-to-end measurements: with what an interaction begins and ends, what joins the two, and how long it may take.

use super::of::Of;
use super::sheet::{Cell, Sheet, Style};
use super::words::list;
use milepost_slo::{Flow, FlowEnd, FlowFacts, FlowKey, FlowSource, FlowSubject};
use serde::Serialize;

#[derive(Debug, Serialize)]
pub(super) struct Flows<'r> {
    flows: Vec<FlowRecord<'r>>,
}

#[derive(Debug, Serialize)]
struct FlowRecord<'r> {
    product: &'r str,
    name: &'r str,
    title: &'r str,
    description: &'r str,
    step: String,
    start: FactsRecord,
    ends: Vec<EndRecord>,
    /// What both have in common: `interaction`, or dimensions.
    key: Vec<String>,
    deadline: String,
    sources: Vec<String>,
    #[serde(skip)]
    step_title: String,
}

#[derive(Debug, Serialize)]
struct FactsRecord {
    of: String,
    #[serde(rename = "where")]
    condition: Option<String>,
    #[serde(skip)]
    told: String,
}

#[derive(Debug, Serialize)]
struct EndRecord {
    #[serde(flatten)]
    facts: FactsRecord,
    outcome: &'static str,
}

impl<'r> Flows<'r> {
    pub(super) fn of(products: &[Of<'r>]) -> Self {
        Self { flows: products.iter().flat_map(|of| of.flows().map(|flow| record(of, flow))).collect() }
    }

    pub(super) fn sheets(&self, product: &str) -> Vec<Sheet> {
        let flows: Vec<_> = self.flows.iter().filter(|flow| flow.product == product).collect();
        if flows.is_empty() {
            return vec![Sheet::of_note(
                "Nothing is measured from end to end: add a document of kind Flow for a step that ends elsewhere than it begins, such as a mail that arrives.",
            )];
        }
        flows.into_iter().map(sheet).collect()
    }
}

fn sheet(flow: &FlowRecord<'_>) -> Sheet {
    let mut sheet = Sheet::of_properties(flow.title);
    sheet.property("Name", Cell::line(Style::Code, flow.name));
    sheet.property("What it follows", Cell::plain(flow.description));
    sheet.property("Measures", Cell::plain(&flow.step_title));
    sheet.property("Begins with", Cell::plain(&flow.start.told));
    let end = |end: &EndRecord| format!("{}: {}", end.outcome, end.facts.told);
    sheet.property("Ends with, the first that fits", Cell::lines(Style::Plain, flow.ends.iter().map(end)));
    let key = match &flow.key[..] {
        [only] if only == FlowKey::INTERACTION => "the interaction's id".to_owned(),
        dimensions => format!("the same {}", list(dimensions, "and")),
    };
    sheet.property("Joined by", Cell::plain(&key));
    sheet.property("Deadline", Cell::plain(&format!("{} after the beginning; then it is a timeout", flow.deadline)));
    sheet.property("Results wait for", Cell::plain(&list(&flow.sources, "and")));
    sheet
}

fn record<'r>(of: &Of<'r>, flow: &'r Flow) -> FlowRecord<'r> {
    FlowRecord {
        product: of.name(),
        name: flow.name.as_str(),
        title: &flow.title,
        description: &flow.description,
        step: flow.step.to_string(),
        start: facts(of, &flow.start),
        ends: flow.ends.iter().map(|end| end_record(of, end)).collect(),
        key: match &flow.key {
            FlowKey::Interaction => vec![FlowKey::INTERACTION.to_owned()],
            FlowKey::Dimensions(names) => names.iter().map(ToString::to_string).collect(),
        },
        deadline: flow.deadline.to_string(),
        sources: flow.sources.iter().map(FlowSource::to_string).collect(),
        step_title: of.title_of(&flow.step),
    }
}

fn end_record(of: &Of<'_>, end: &FlowEnd) -> EndRecord {
    EndRecord { facts: facts(of, &end.facts), outcome: end.outcome.as_str() }
}

fn facts(of: &Of<'_>, facts: &FlowFacts) -> FactsRecord {
    let what = match &facts.of {
        FlowSubject::Step(path) => of.title_of(path),
        FlowSubject::Operation(operation) => operation.to_string(),
    };
    let condition = facts.condition.as_ref().map(ToString::to_string);
    let told = condition.as_ref().map_or_else(|| what.clone(), |condition| format!("{what} where {condition}"));
    FactsRecord { of: facts.of.to_string(), condition, told }
}
