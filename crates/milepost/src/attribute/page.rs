//! The page of attribution: a table for each failing step, and what failing operations did.

use super::{Attributed, words};
use crate::report::{decimal, grouped, percent_interval, percent_of, slice_name};
use milepost_registry::Registry;
use milepost_registry::show::{Cell, ColumnKind, Page, Sheet, Style};
use milepost_server::attribution::{ExplanationBody, HarmBody, SliceBody};

/// Rows of a step, and operations, where everything is told; JSON has more.
const MOST_SLICES: usize = 6;
const MOST_OPERATIONS: usize = 10;

/// The page of what was found: of everything, or of what was asked for.
pub(crate) fn page(found: &Attributed, registry: &Registry, is_whole: bool) -> Page {
    let titles: Vec<&str> = registry.products.iter().map(|product| product.title.as_str()).collect();
    let most = if is_whole { MOST_SLICES } else { usize::MAX };
    let mut sheets: Vec<Sheet> = found.steps.iter().map(|step| of_step(step, most)).collect();
    if is_whole {
        if found.steps.is_empty() {
            sheets.push(Sheet::of_note("No attempt of a step failed."));
        }
        sheets.push(operations(&found.operations));
    } else {
        sheets.extend(found.operations.iter().map(of_operation));
    }
    if let Some(last) = sheets.last_mut() {
        if !found.has_all_errors {
            last.note("There were more errors than are held: some were joined with no attempt. Ask for less time.");
        }
        last.note("Associations, not causes: where to look first.");
    }
    Page::new(&titles.join(", "), "from errors to steps, and back", sheets)
}

fn of_step(step: &ExplanationBody, most: usize) -> Sheet {
    let (attempts, failed) = (step.attempts.attempts, step.attempts.failed);
    let title = match attempts {
        0 => format!("{} ({}): no attempts", step.title, step.step),
        _ => format!(
            "{} ({}): {} of {} attempts failed, {}",
            step.title,
            step.step,
            grouped(failed),
            grouped(attempts),
            percent_of(failed, attempts)
        ),
    };
    if step.explained_by.is_empty() {
        let note = if failed > 0 { "Its failures have nothing in common that chance would not give them." } else { "" };
        return Sheet::of_note(note).titled(&title);
    }
    let mut sheet = Sheet::new(&[
        ("in common", ColumnKind::Prose),
        ("of the failures", ColumnKind::Words),
        ("of such attempts failed", ColumnKind::Words),
        ("lift", ColumnKind::Words),
    ])
    .titled(&title);
    for kind in ["error", "slice"] {
        let of_kind = step.explained_by.iter().filter(|slice| slice.kind == kind).take(most);
        for (at, slice) in of_kind.enumerate() {
            sheet.row(at == 0, row(slice, failed));
        }
    }
    if !step.explained_by.iter().any(|slice| slice.kind == "slice") {
        sheet.note("No operation or dimension has more of the failures than chance gives it.");
    }
    if !step.has_pairs {
        sheet.note("Its attempts differ in too many ways to tell what two values together explain.");
    }
    sheet
}

fn row(slice: &SliceBody, failed: u64) -> [Cell; 4] {
    let interval = slice.precision_interval.map(|range| percent_interval(range.low, range.high));
    let lift = format!(
        "{} ({} to {})",
        decimal(slice.lift),
        decimal(slice.lift_interval.low),
        decimal(slice.lift_interval.high)
    );
    [
        Cell::line(if slice.kind == "error" { Style::Attention } else { Style::Strong }, &slice_name(slice)),
        Cell::plain(&of(slice.failed, failed)),
        Cell::plain(&of(slice.failed, slice.attempts)).and(Style::Muted, interval),
        Cell::plain(&lift),
    ]
}

fn operations(all: &[HarmBody]) -> Sheet {
    if all.is_empty() {
        return Sheet::of_note("No operation failed.");
    }
    let mut sheet = Sheet::new(&[
        ("operation", ColumnKind::Prose),
        ("failed", ColumnKind::Words),
        ("with it failed", ColumnKind::Prose),
        ("hurt no step", ColumnKind::Words),
    ])
    .titled("What failed, and whom it hurt");
    for harm in all.iter().take(MOST_OPERATIONS) {
        sheet.row(
            false,
            [
                Cell::line(Style::Code, &harm.operation),
                Cell::plain(&of(harm.errors, harm.events)),
                Cell::lines(Style::Plain, harm.steps.iter().map(words::hurt)),
                Cell::plain(&grouped(harm.errors_by.harmless)),
            ],
        );
    }
    if all.len() > MOST_OPERATIONS {
        sheet.note(&format!(
            "{} more failed, with less harm: `--format json` has them all.",
            all.len() - MOST_OPERATIONS
        ));
    }
    let unknown: u64 = all.iter().map(|harm| harm.errors_by.without_attempt + harm.errors_by.without_trace).sum();
    if unknown > 0 {
        sheet.note(&format!(
            "{} errors are in traces without an attempt of a step, or have no trace.",
            grouped(unknown)
        ));
    }
    sheet
}

fn of_operation(harm: &HarmBody) -> Sheet {
    let mut sheet = if harm.steps.is_empty() {
        Sheet::default()
    } else {
        let columns =
            [("step", ColumnKind::Words), ("failed with it", ColumnKind::Words), ("at 95%", ColumnKind::Words)];
        Sheet::new(&columns)
    }
    .titled(&harm.operation);
    for step in &harm.steps {
        let interval = step.interval.map(|range| percent_interval(range.low, range.high)).unwrap_or_default();
        let cells = [
            Cell::line(Style::Code, &step.step),
            Cell::plain(&of(step.failed_with, step.failed)),
            Cell::line(Style::Muted, &interval),
        ];
        sheet.row(false, cells);
    }
    sheet.note(&words::harm(harm));
    words::rest(harm).iter().for_each(|note| sheet.note(note));
    sheet
}

/// `64.3% (18 of 28)`.
fn of(part: u64, whole: u64) -> String {
    match whole {
        0 => "none".to_owned(),
        _ => format!("{} ({} of {})", percent_of(part, whole), grouped(part), grouped(whole)),
    }
}
