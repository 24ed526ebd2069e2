//! How far the four steps of the model are taken: each deliverable with its state, from what the registry holds.

mod deliverables;

use super::of::Of;
use super::sheet::{Cell, ColumnKind, Sheet, Style};
use super::slo_coverage;
use deliverables::Deliverable;
use milepost_model::Criticality;
use serde::Serialize;

#[derive(Debug, Serialize)]
pub(super) struct Engagement<'r> {
    engagement: Vec<ProductRecord<'r>>,
}

#[derive(Debug, Serialize)]
struct ProductRecord<'r> {
    product: &'r str,
    deliverables: Vec<DeliverableRecord>,
    /// The list of product SLOs by type and method, the most important steps first.
    slo_coverage: Vec<slo_coverage::StepRecord<'r>>,
}

#[derive(Debug, Serialize)]
struct DeliverableRecord {
    step: &'static str,
    #[serde(flatten)]
    deliverable: Deliverable,
    /// The first that is not done.
    next: bool,
}

/// How far a deliverable is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    /// All of it is there.
    Done,
    /// Some of it is.
    Partly,
    /// Nothing of it is.
    Missing,
}

impl State {
    const ALL: [Self; 3] = [Self::Done, Self::Partly, Self::Missing];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Partly => "partly",
            Self::Missing => "missing",
        }
    }

    fn of(there: bool, is_whole: bool) -> Self {
        match (there, is_whole) {
            (_, true) => Self::Done,
            (true, false) => Self::Partly,
            (false, false) => Self::Missing,
        }
    }
}

/// How far the deliverables are: how many there are of each state, and what is next.
pub(super) fn progress(of: &Of<'_>) -> (Vec<(State, usize)>, Option<String>) {
    let all = deliverables::all(of);
    let number = |state| all.iter().filter(|(_, deliverable)| deliverable.state == state).count();
    let first_open = all.iter().find(|(_, deliverable)| deliverable.state != State::Done);
    let states = State::ALL.map(|state| (state, number(state)));
    (states.into(), first_open.map(|(_, deliverable)| deliverable.to_do.clone()))
}

impl<'r> Engagement<'r> {
    pub(super) fn of(products: &[Of<'r>]) -> Self {
        let record = |of: &Of<'r>| {
            let mut is_open = false;
            let deliverables = deliverables::all(of).into_iter().map(|(step, deliverable)| {
                let next = !is_open && deliverable.state != State::Done;
                is_open |= next;
                DeliverableRecord { step, deliverable, next }
            });
            let deliverables = deliverables.collect();
            ProductRecord { product: of.name(), deliverables, slo_coverage: slo_coverage::records(of) }
        };
        Self { engagement: products.iter().map(record).collect() }
    }

    pub(super) fn sheets(&self, product: &str) -> Vec<Sheet> {
        let of_product = self.engagement.iter().filter(|record| record.product == product);
        of_product.flat_map(|record| [deliverables_sheet(record), coverage_sheet(record)]).collect()
    }
}

fn deliverables_sheet(record: &ProductRecord<'_>) -> Sheet {
    let mut sheet = Sheet::new(&[
        ("Step", ColumnKind::Words),
        ("Deliverable", ColumnKind::Prose),
        ("State", ColumnKind::Words),
        ("What there is", ColumnKind::Prose),
        ("What to do", ColumnKind::Prose),
    ]);
    let mut before = "";
    for DeliverableRecord { step, deliverable, next } in &record.deliverables {
        let starts_group = before != *step;
        let heading = if starts_group { *step } else { "" };
        before = step;
        let style = match deliverable.state {
            State::Done => Style::Good,
            State::Partly | State::Missing => Style::Attention,
        };
        let state = Cell::line(style, deliverable.state.as_str()).and(Style::Strong, next.then_some("next"));
        sheet.row(
            starts_group,
            [
                Cell::line(Style::Strong, heading),
                Cell::plain(deliverable.deliverable),
                state,
                Cell::lines(Style::Plain, &deliverable.evidence),
                Cell::plain(&deliverable.to_do),
            ],
        );
    }
    sheet
}

fn coverage_sheet(record: &ProductRecord<'_>) -> Sheet {
    let mut sheet = Sheet::new(&[
        ("Step", ColumnKind::Words),
        ("Criticality", ColumnKind::Words),
        ("Service", ColumnKind::Prose),
        ("Client", ColumnKind::Prose),
        ("End to end", ColumnKind::Prose),
    ])
    .titled("Product SLOs by type and method, the most important steps first");
    for step in &record.slo_coverage {
        let wants = step.level > Criticality::None && step.is_bare();
        let of_method = |kinds: &[&str], word: &str| match kinds {
            [] => Cell::line(if word.is_empty() { Style::Muted } else { Style::Attention }, word),
            kinds => Cell::plain(&kinds.join(", ")),
        };
        let cells = [
            Cell::plain(step.title),
            Cell::plain(step.criticality),
            of_method(&step.service, if wants { "none yet" } else { "" }),
            of_method(&step.client, ""),
            of_method(&step.end_to_end, ""),
        ];
        sheet.row(false, cells);
    }
    if sheet.rows.is_empty() {
        return Sheet::of_note("Without steps there is nothing to promise yet.");
    }
    sheet
}
