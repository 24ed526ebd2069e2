//! The pages of what SLOs cost, one a product.

use super::coverage::{Coverage, columns};
use super::model::{Cost, SloCost, span_of};
use milepost_registry::show::{Cell, ColumnKind, Page, Sheet, Style};

/// One page a product.
pub(crate) fn pages(cost: &Cost) -> Vec<Page> {
    let mut products: Vec<&str> = cost.steps.iter().map(|step| step.product.as_str()).collect();
    products.extend(cost.slos.iter().map(|slo| slo.product.as_str()));
    products.sort_unstable();
    products.dedup();
    let page = |product: &&str| {
        let slos: Vec<&SloCost> = cost.slos.iter().filter(|slo| slo.product == **product).collect();
        let steps: Vec<&Coverage> = cost.steps.iter().filter(|step| step.product == **product).collect();
        Page::new(product, "what SLOs cost", vec![costs(cost, &slos), retire(&slos), coverage(&steps)])
    };
    products.iter().map(page).collect()
}

fn costs(cost: &Cost, slos: &[&SloCost]) -> Sheet {
    if slos.is_empty() {
        return Sheet::of_note("There are no SLOs yet.");
    }
    let titles = ["SLO", "promises", "events a day", "stored a day", "pages", "tickets", "review by"];
    let mut sheet = Sheet::new(&titles.map(|title| (title, ColumnKind::Words)));
    for slo in slos {
        let method = if slo.method == "service" { String::new() } else { format!(", {}", slo.method) };
        let shared = if slo.shared_by > 1 { format!(", of {} SLOs", slo.shared_by) } else { String::new() };
        let stored = if slo.bytes_a_day > 0.0 { format!("{}{shared}", bytes(slo.bytes_a_day)) } else { String::new() };
        sheet.row(
            false,
            [
                Cell::line(Style::Code, &slo.name),
                Cell::plain(&format!("{} {}{method}", slo.target, slo.promise)),
                Cell::plain(&rate(slo.events_a_day)),
                Cell::plain(&stored),
                load(slo.pages, slo.pages_a_week),
                load(slo.tickets, slo.tickets_a_week),
                Cell::plain(slo.review_by.as_deref().unwrap_or("-")),
            ],
        );
    }
    sheet.note(&format!("Recorded: {}. Pages and tickets are those of a backtest of that time.", span_of(cost)));
    let how = if cost.is_fact_measured {
        "as the segments of this directory have them"
    } else {
        "by a benchmark, docs/performance.md"
    };
    sheet.note(&format!(
        "Stored are the facts that an SLO counts, {:.0} bytes each {how}; SLOs of one step share them.",
        cost.fact_bytes
    ));
    sheet.note(&format!("Each SLO takes {:.1} ms of one processor a day to be evaluated, whatever its traffic, by a benchmark of 10,000 SLOs (docs/performance.md); all {} of them together {:.1} ms.", cost.evaluation_ms_a_day, cost.slos.len(), cost.evaluation_ms_a_day * small(cost.slos.len())));
    sheet
}

fn load(count: usize, per_week: Option<f64>) -> Cell {
    let style = if count > 0 { Style::Attention } else { Style::Plain };
    let text = match per_week {
        _ if count == 0 => "0".to_owned(),
        Some(per_week) => format!("{count}, {per_week:.1} a week"),
        None => count.to_string(),
    };
    Cell::line(style, &text)
}

fn retire(slos: &[&SloCost]) -> Sheet {
    let found: Vec<(&SloCost, &str)> = slos.iter().filter_map(|slo| Some((*slo, slo.retire.as_deref()?))).collect();
    if found.is_empty() {
        return Sheet::of_note("No SLO counts nothing, is asked for by nobody, or is promised better by another.")
            .titled("To retire");
    }
    let mut sheet = Sheet::new(&[("SLO", ColumnKind::Words), ("why", ColumnKind::Prose)]).titled("To retire");
    for (slo, why) in found {
        sheet.row(false, [Cell::line(Style::Code, &slo.name), Cell::plain(why)]);
    }
    sheet
}

fn coverage(steps: &[&Coverage]) -> Sheet {
    if steps.is_empty() {
        return Sheet::of_note("No step is live yet.").titled("Steps by type and method");
    }
    let columns = columns(steps);
    let mut titles = vec![("step", ColumnKind::Words), ("criticality", ColumnKind::Words)];
    titles.extend(columns.iter().map(|column| (column.as_str(), ColumnKind::Words)));
    let mut sheet = Sheet::new(&titles).titled("Steps by type and method");
    for step in steps {
        let mut cells = vec![Cell::line(Style::Code, &step.step), Cell::plain(step.criticality)];
        cells.extend(columns.iter().map(|column| match step.has.get(column) {
            Some(targets) => Cell::plain(&targets.join(", ")),
            None if step.missing.contains(column) => Cell::line(Style::Attention, "missing"),
            None => Cell::plain("-"),
        }));
        sheet.row(false, cells);
    }
    let missing: usize = steps.iter().map(|step| step.missing.len()).sum();
    sheet.note(&format!("{missing} missing: of a critical step availability and latency at the service and availability in the client are asked for, of an important one availability at the service."));
    sheet
}

fn rate(a_day: f64) -> String {
    if a_day > 0.0 && a_day < 10.0 { format!("{a_day:.1}") } else { format!("{a_day:.0}") }
}

fn bytes(bytes: f64) -> String {
    match bytes {
        bytes if bytes < 1e3 => format!("{bytes:.0} B"),
        bytes if bytes < 1e6 => format!("{:.1} kB", bytes / 1e3),
        bytes if bytes < 1e9 => format!("{:.1} MB", bytes / 1e6),
        bytes => format!("{:.1} GB", bytes / 1e9),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a number of SLOs")]
fn small(number: usize) -> f64 {
    number as f64
}
