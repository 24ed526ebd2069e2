//! All topics of a product in a line each: what there is, and where to look.

use super::of::Of;
use super::sheet::{Cell, ColumnKind, Sheet, Style};
use super::words::count;
use super::{Topic, engagement, fit, slos};
use milepost_model::{Criticality, Met};
use serde::Serialize;

#[derive(Debug, Serialize)]
pub(super) struct Overview<'r> {
    products: Vec<ProductRecord<'r>>,
}

#[derive(Debug, Serialize)]
struct ProductRecord<'r> {
    name: &'r str,
    title: &'r str,
    description: &'r str,
    owner: &'r str,
    reconfirm_by: Option<String>,
    topics: Vec<TopicRecord>,
    /// What to do next, of the engagement.
    next: Option<String>,
}

#[derive(Debug, Serialize)]
struct TopicRecord {
    topic: &'static str,
    /// How many there are of what the topic is about.
    count: usize,
    summary: String,
    #[serde(skip)]
    title: &'static str,
}

impl<'r> Overview<'r> {
    pub(super) fn of(products: &[Of<'r>]) -> Self {
        let record = |of: &Of<'r>| ProductRecord {
            name: of.name(),
            title: &of.product.title,
            description: &of.product.description,
            owner: &of.product.owner,
            reconfirm_by: of.product.reconfirm_by.map(|day| day.to_string()),
            topics: Topic::ALL.iter().map(|topic| summary(of, *topic)).collect(),
            next: engagement::progress(of).1,
        };
        Self { products: products.iter().map(record).collect() }
    }

    pub(super) fn sheets(&self, product: &str) -> Vec<Sheet> {
        self.products.iter().filter(|record| record.name == product).flat_map(sheets).collect()
    }
}

fn sheets(record: &ProductRecord<'_>) -> [Sheet; 2] {
    let reconfirm = record.reconfirm_by.as_ref().map_or_else(String::new, |day| format!(", to be confirmed by {day}"));
    let mut about = Sheet::of_note(record.description);
    about.note(&format!("Owner: {}{reconfirm}.", record.owner));
    let columns = [("Topic", ColumnKind::Words), ("", ColumnKind::Words), ("What there is", ColumnKind::Prose)];
    let mut topics = Sheet::new(&columns);
    for topic in &record.topics {
        topics
            .row(false, [Cell::line(Style::Code, topic.topic), Cell::plain(topic.title), Cell::plain(&topic.summary)]);
    }
    if let Some(next) = &record.next {
        topics.note(&format!("Next: {next}"));
    }
    [about, topics]
}

fn summary(of: &Of<'_>, topic: Topic) -> TopicRecord {
    let (count, summary) = match topic {
        Topic::Objectives => objectives(of),
        Topic::Steps => steps(of),
        Topic::Kpis => kpis(of),
        Topic::Raci => raci(of),
        Topic::Severity => severity(of),
        Topic::Criticality => criticality(of),
        Topic::Slos => promises(of),
        Topic::Budgets => budgets(of),
        Topic::Flows => {
            let number = of.flows().count();
            (number, count(number, "flow"))
        }
        Topic::Services => {
            let number = of.services().count();
            (number, count(number, "service"))
        }
        Topic::Engagement => progress(of),
        Topic::Fit => fitting(of),
    };
    TopicRecord { topic: topic.as_str(), count, summary, title: topic.title() }
}

/// Most titles that a line names.
const MOST_NAMED: usize = 5;

fn objectives(of: &Of<'_>) -> (usize, String) {
    let titles: Vec<&str> = of.objectives().map(|objective| objective.title.as_str()).collect();
    (titles.len(), named("objective", &titles))
}

/// How many there are, and the first of them.
fn named(noun: &str, titles: &[&str]) -> String {
    let named = titles[..titles.len().min(MOST_NAMED)].join(", ");
    match titles.len() {
        0 => "none yet".to_owned(),
        number @ ..=MOST_NAMED => format!("{}: {named}", count(number, noun)),
        number => format!("{}: {named}, ...", count(number, noun)),
    }
}

fn steps(of: &Of<'_>) -> (usize, String) {
    let number = of.steps().count();
    let asynchronous = of.steps().filter(|step| step.asynchronous).count();
    let more = if asynchronous > 0 { format!(", {asynchronous} of them async") } else { String::new() };
    (number, count(number, "step") + &more)
}

fn kpis(of: &Of<'_>) -> (usize, String) {
    let kpis = &of.product.kpis;
    let titles: Vec<&str> = kpis.iter().map(|kpi| kpi.title.as_str()).collect();
    (kpis.len(), named("KPI", &titles))
}

fn budgets(of: &Of<'_>) -> (usize, String) {
    let number = of.budget_policies().count();
    let without = of.promised().filter(|slo| of.registry.budget_policy(*slo).is_none()).count();
    let without = if without > 0 { format!("; {} under none", count(without, "SLO")) } else { String::new() };
    let noun = if number == 1 { "policy" } else { "policies" };
    (number, format!("{number} {noun}{without}"))
}

fn raci(of: &Of<'_>) -> (usize, String) {
    let activities = of.product.responsibilities.len();
    let noun = if activities == 1 { "activity" } else { "activities" };
    (activities, format!("{}, {activities} {noun}", count(of.product.stakeholders.len(), "stakeholder")))
}

fn severity(of: &Of<'_>) -> (usize, String) {
    let policy = of.severity_policy();
    let state = match (&policy.signed_off, of.has_severity_policy()) {
        (_, false) => "by default, no policy of its own".to_owned(),
        (Some(signed), true) => format!("signed off on {}", signed.on),
        (None, true) => "not signed off".to_owned(),
    };
    (policy.rules.len(), format!("{}, {state}", count(policy.rules.len(), "rule")))
}

fn criticality(of: &Of<'_>) -> (usize, String) {
    let uses = of.uses();
    let number = |level| uses.iter().filter(|used| used.criticality().criticality == level).count();
    let open = uses.iter().filter(|used| used.is_live() && !used.criticality().is_declared()).count();
    let [critical, important, none] = Criticality::ALL.map(number);
    let none = none - open;
    let open = if open > 0 { format!(", {open} not declared") } else { String::new() };
    (uses.len(), format!("uses of steps: {critical} critical, {important} important, {none} none{open}"))
}

fn promises(of: &Of<'_>) -> (usize, String) {
    let number = of.slos().count() + of.open_slos().count();
    let without = slos::uncovered(of).count();
    let without = if without > 0 { format!("; {} without any", count(without, "step")) } else { String::new() };
    (number, count(number, "SLO") + &without)
}

fn progress(of: &Of<'_>) -> (usize, String) {
    let (states, _) = engagement::progress(of);
    let all: usize = states.iter().map(|(_, number)| number).sum();
    let told: Vec<String> = (states.iter().filter(|(_, number)| *number > 0))
        .map(|(state, number)| format!("{number} {}", state.as_str()))
        .collect();
    (all, format!("{all} deliverables: {}", told.join(", ")))
}

fn fitting(of: &Of<'_>) -> (usize, String) {
    let Some(assessment) = fit::assessment(of) else { return (0, "not assessed yet".to_owned()) };
    let number = |met| assessment.answers.iter().filter(|answer| answer.met == met).count();
    let said = Met::ALL.map(|met| (number(met), met)).into_iter().filter(|(number, _)| *number > 0);
    let word = |met| match met {
        Met::Yes => "met",
        Met::Partly => "partly met",
        Met::No => "not met",
    };
    let said: Vec<String> = said.map(|(number, met)| format!("{number} {}", word(met))).collect();
    (number(Met::Yes), format!("requirements: {}", said.join(", ")))
}
