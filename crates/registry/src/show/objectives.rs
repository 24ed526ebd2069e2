//! The objectives with their steps in the users' words: the table that product, UX and engineering share.

use super::of::Of;
use super::sheet::{Cell, ColumnKind, Sheet, Style};
use super::words::list;
use milepost_model::{Objective, Stage, Step, StepUse};
use serde::Serialize;
use std::collections::HashSet;

#[derive(Debug, Serialize)]
pub(super) struct Objectives<'r> {
    objectives: Vec<ObjectiveRecord<'r>>,
    steps_without_objective: Vec<StepRecord<'r>>,
}

#[derive(Debug, Serialize)]
struct ObjectiveRecord<'r> {
    product: &'r str,
    name: &'r str,
    title: &'r str,
    description: &'r str,
    owner: &'r str,
    criticality: Option<&'static str>,
    stage: &'static str,
    steps: Vec<StepRecord<'r>>,
}

#[derive(Debug, Serialize)]
struct StepRecord<'r> {
    product: &'r str,
    name: &'r str,
    title: &'r str,
    description: &'r str,
    #[serde(rename = "async")]
    asynchronous: bool,
    stage: &'static str,
    /// How the objective uses it; nothing of a step that none uses.
    #[serde(flatten)]
    used: Option<UseRecord<'r>>,
}

#[derive(Debug, Serialize)]
struct UseRecord<'r> {
    optional: bool,
    /// Steps of an objective with the same number are alternatives to each other.
    alternative: Option<usize>,
    after: Vec<&'r str>,
}

impl<'r> Objectives<'r> {
    pub(super) fn of(products: &[Of<'r>]) -> Self {
        let (mut objectives, mut steps_without_objective) = (Vec::new(), Vec::new());
        for of in products {
            objectives.extend(of.objectives().map(|objective| objective_record(of, objective)));
            let alone = of.uses().into_iter().filter(|used| used.objective.is_none());
            steps_without_objective.extend(alone.map(|used| step_record(used.step, None)));
        }
        Self { objectives, steps_without_objective }
    }

    pub(super) fn sheets(&self, product: &str) -> Vec<Sheet> {
        let mut sheet = Sheet::new(&[
            ("Objective", ColumnKind::Words),
            ("Step", ColumnKind::Words),
            ("Description", ColumnKind::Prose),
        ]);
        for objective in self.objectives.iter().filter(|objective| objective.product == product) {
            let unlaunched = (objective.stage == Stage::Unlaunched.as_str()).then_some("not launched yet");
            let title = Cell::line(Style::Strong, objective.title)
                .and(Style::Muted, unlaunched)
                .and(Style::Muted, objective.criticality)
                .and(Style::Muted, [objective.owner]);
            add_steps(&mut sheet, &title, objective.steps.iter());
        }
        let alone = self.steps_without_objective.iter().filter(|step| step.product == product);
        add_steps(&mut sheet, &Cell::line(Style::Attention, "no objective"), alone);
        if sheet.rows.is_empty() {
            return vec![Sheet::of_note(
                "There are no objectives yet: add a document of kind Objective for each thing that users want to achieve, and one of kind Step for each step they take.",
            )];
        }
        vec![sheet]
    }
}

fn add_steps<'s>(sheet: &mut Sheet, objective: &Cell, steps: impl Iterator<Item = &'s StepRecord<'s>>) {
    let mut named = HashSet::new();
    let steps: Vec<&StepRecord<'_>> = steps.collect();
    for (at, step) in steps.iter().enumerate() {
        let heading = if at == 0 { objective.clone() } else { Cell::default() };
        let marks = marks(step, &mut named);
        let title = if marks.is_empty() { step.title.to_owned() } else { format!("{} ({marks})", step.title) };
        sheet.row(
            at == 0,
            [heading, Cell::plain(&title), Cell::plain(step.description).and(Style::Muted, order(&steps, at))],
        );
    }
}

/// What is told of a step behind its title, as in `Receive mail (async)`.
fn marks(step: &StepRecord<'_>, alternatives: &mut HashSet<usize>) -> String {
    let mut marks = Vec::new();
    if step.asynchronous {
        marks.push("async");
    }
    if let Some(used) = &step.used {
        if used.optional {
            marks.push("optional");
        }
        match used.alternative {
            Some(number) if alternatives.insert(number) => marks.push("one of these"),
            Some(_) => marks.push("or this"),
            None => {}
        }
    }
    if step.stage == Stage::Unlaunched.as_str() {
        marks.push("not launched yet");
    }
    marks.join(", ")
}

/// What a step comes after, where that is not the entry above it.
fn order(steps: &[&StepRecord<'_>], at: usize) -> Option<String> {
    let used = steps[at].used.as_ref()?;
    let group = |at: usize| steps[at].used.as_ref().and_then(|used| used.alternative);
    let own = group(at);
    let before = (0..at).rev().find(|before| own.is_none() || group(*before) != own);
    let above: Vec<&str> = match before.map(|before| (before, group(before))) {
        None => Vec::new(),
        Some((before, None)) => vec![steps[before].name],
        Some((_, number)) => (0..at).filter(|other| group(*other) == number).map(|other| steps[other].name).collect(),
    };
    if used.after == above {
        return None;
    }
    let mut titles = Vec::new();
    for name in &used.after {
        titles.push(steps.iter().find(|step| step.name == *name).map_or(*name, |step| step.title));
    }
    Some(if titles.is_empty() { "at the start".to_owned() } else { format!("after {}", list(&titles, "or")) })
}

fn objective_record<'r>(of: &Of<'r>, objective: &'r Objective) -> ObjectiveRecord<'r> {
    ObjectiveRecord {
        product: of.name(),
        name: objective.name.as_str(),
        title: &objective.title,
        description: &objective.description,
        owner: objective.owner.as_deref().unwrap_or(&of.product.owner),
        criticality: objective.criticality.map(milepost_model::Criticality::as_str),
        stage: objective.stage.as_str(),
        steps: of.used(objective).map(|(used, step)| step_record(step, Some(used))).collect(),
    }
}

fn step_record<'r>(step: &'r Step, used: Option<&'r StepUse>) -> StepRecord<'r> {
    StepRecord {
        product: step.product.as_str(),
        name: step.name.as_str(),
        title: &step.title,
        description: &step.description,
        asynchronous: step.asynchronous,
        stage: step.stage.as_str(),
        used: used.map(|used| UseRecord {
            optional: used.optional,
            alternative: used.alternative,
            after: used.after.iter().map(milepost_model::Name::as_str).collect(),
        }),
    }
}
