//! The tables of the report for people.

use super::model::{Latency, Point, Report, StepReport};
use super::text::{grouped, ms, percent, percent_interval, percent_of, slo_line};
use comfy_table::{Cell, CellAlignment, ColumnConstraint, ContentArrangement, Table, Width, presets};
use milepost_server::kpis::KpiBody;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Most parts of a series in the text: what is longer is for programs.
const MAX_POINTS: usize = 200;

/// Narrower than this the words about an SLO are hard to read.
const LEAST: usize = 28;

/// Blanks beside a cell.
const PADDING: usize = 2;

/// The steps of users below the objective that uses them first, with other classes where they have SLOs of their own.
pub(super) fn steps(report: &Report, width: usize, out: &mut String) {
    let mut table = new_table(&["STEP", "ATTEMPTS", "GOOD", "95% INTERVAL", "P50", "P95", "P99", "SLO"], 1..7);
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(u16::try_from(width).unwrap_or(u16::MAX));
    for column in 0..7 {
        if let Some(column) = table.column_mut(column) {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    if let Some(column) = table.column_mut(7) {
        column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(narrowest(report))));
    }
    let mut heading = None;
    for step in report.steps.iter().filter(|s| s.is_for_users() || !s.slos.is_empty()) {
        let objective = step.objectives.first().map(String::as_str);
        if heading != Some(objective) {
            table.add_row([Cell::new(objective.unwrap_or("(no objective)"))]);
            heading = Some(objective);
        }
        table.add_row(row(step));
    }
    write_table(&table, out);
    footnotes(report, out);
    out.push('\n');
}

/// What users' attempts came to, by KPI.
pub(super) fn kpis(report: &Report, out: &mut String) {
    if report.kpis.is_empty() {
        return;
    }
    let mut table = new_table(&["KPI", "SUM", "UNIT", "SUCCESSES", "WITHOUT A NUMBER"], 1..5);
    for kpi in &report.kpis {
        table.add_row([
            Cell::new(&kpi.kpi),
            Cell::new(amount(&kpi.sum_exact)),
            Cell::new(&kpi.unit),
            Cell::new(grouped(kpi.counted)),
            Cell::new(without(kpi)),
        ]);
    }
    if let Some(unit) = table.column_mut(2) {
        unit.set_cell_alignment(CellAlignment::Left);
    }
    write_table(&table, out);
    out.push('\n');
}

/// An exact decimal number with its whole part in groups of three digits.
pub(super) fn amount(exact: &str) -> String {
    let (whole, fraction) = exact.split_once('.').unwrap_or((exact, ""));
    let point = if fraction.is_empty() { "" } else { "." };
    whole.parse().map_or_else(|_| exact.to_owned(), |whole| format!("{}{point}{fraction}", grouped(whole)))
}

/// How many successes carried no number, where a KPI needs one.
pub(super) fn without(kpi: &KpiBody) -> String {
    if kpi.value.is_some() { grouped(kpi.without) } else { String::new() }
}

/// Least width of the SLOs' column: no name of an SLO is cut, as people copy it.
fn narrowest(report: &Report) -> u16 {
    let names = report.steps.iter().flat_map(|step| &step.slos).map(|slo| slo.name.chars().count());
    u16::try_from(names.max().unwrap_or(0).max(LEAST) + PADDING).unwrap_or(u16::MAX)
}

fn row(step: &StepReport) -> [Cell; 8] {
    let latency = |pick: fn(&Latency) -> f64| step.latency_ms.as_ref().map_or_else(String::new, |l| ms(pick(l)));
    [
        Cell::new(if step.is_for_users() { format!("  {}", step.step) } else { format!("    {}", step.class) }),
        Cell::new(grouped(step.valid)),
        Cell::new(if step.valid > 0 { percent_of(step.good, step.valid) } else { "no data".to_owned() }),
        Cell::new(step.interval.map_or_else(String::new, |i| percent_interval(i.low, i.high))),
        Cell::new(latency(|l| l.p50)),
        Cell::new(latency(|l| l.p95)),
        Cell::new(latency(|l| l.p99)),
        Cell::new(step.slos.iter().map(slo_line).collect::<Vec<_>>().join("\n")),
    ]
}

fn footnotes(report: &Report, out: &mut String) {
    if report.steps.iter().any(|s| s.latency_ms.is_some()) {
        out.push_str("P50, P95 and P99: all attempts that were not abandoned, each at most 0.55% off.\n");
    }
    if report.steps.iter().flat_map(|s| &s.slos).any(|slo| slo.budget_spent.is_some_and(|spent| spent > 0.0)) {
        out.push_str("Spent: of the bad attempts (or slices of time) that the target allows in this time.\n");
    }
    for step in report.steps.iter().filter(|s| s.is_for_users() && s.objectives.len() > 1) {
        let _ = writeln!(out, "{} is shared by {}.", step.step, step.objectives.join(", "));
    }
    let answered: Vec<String> = (report.steps.iter().filter(|s| s.is_for_users() && s.client_errors > 0))
        .map(|s| format!("{} {} ({})", grouped(s.client_errors), s.step, percent_of(s.client_errors, s.valid)))
        .collect();
    if !answered.is_empty() {
        let _ = writeln!(
            out,
            "Answered with a 4xx status and counted as success, unless a step lists it under `failure:`: {}.",
            answered.join(", ")
        );
    }
    for step in report.steps.iter().filter(|s| s.is_for_users() && s.abandoned > 0) {
        let share = percent(step.excluded.abandoned.unwrap_or(0.0));
        let _ = writeln!(out, "Left out of {}: {} abandoned attempts ({share}).", step.step, grouped(step.abandoned));
    }
    let mut classes: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for step in report.steps.iter().filter(|s| !s.is_for_users() && s.slos.is_empty()) {
        let class = classes.entry(&step.class).or_default();
        *class = (class.0 + step.good, class.1 + step.valid);
    }
    let of = |(class, (good, valid)): (&str, (u64, u64))| match valid {
        0 => format!("{class} (none that count)"),
        _ => format!("{} {class} ({} good)", grouped(valid), percent_of(good, valid)),
    };
    let classes: Vec<String> = classes.into_iter().map(of).collect();
    if !classes.is_empty() {
        let _ = writeln!(out, "Attempts that are not of users and have no SLO: {}.", classes.join(", "));
    }
}

/// The parts of the series in which something failed, or was too slow. Whole series are for programs.
pub(super) fn series(report: &Report, out: &mut String) {
    if report.series.is_empty() {
        return;
    }
    let bad: Vec<&Point> = report.series.iter().filter(|point| point.is_bad()).collect();
    let has_latency = report.series.iter().any(|point| !point.slos.is_empty());
    let place = if report.series.iter().any(|point| point.start.is_some()) { "FROM" } else { "FILE" };
    let first = if has_latency { "FAILED OR SLOW" } else { "FAILURES OF" };
    let mut header = vec![first, "CLASS", place, "ATTEMPTS", "GOOD", "FAILED", "P50", "P95"];
    header.extend(has_latency.then_some("IN TIME"));
    header.push("");
    let mut table = new_table(&header, 3..header.len() - 1);
    for point in bad.iter().take(MAX_POINTS) {
        table.add_row(part(point, has_latency));
    }
    if !bad.is_empty() {
        write_table(&table, out);
    }
    if bad.iter().take(MAX_POINTS).any(|point| point.is_low) {
        let _ = writeln!(out, "{}", Point::LEGEND);
    }
    if bad.iter().take(MAX_POINTS).any(|point| point.in_time().is_some()) {
        let _ = writeln!(out, "{}", Point::IN_TIME);
    }
    let rest = report.series.len() - bad.len().min(MAX_POINTS);
    if rest > 0 {
        let what = match (bad.len() > MAX_POINTS, has_latency) {
            (true, _) => "more",
            (false, true) => "others without failures and fast enough",
            (false, false) => "others without failures",
        };
        let _ = writeln!(out, "{} {what}: `--format json` has all.", grouped(rest as u64));
    }
    out.push('\n');
}

fn part(point: &Point, has_latency: bool) -> Vec<String> {
    let latency = |pick: fn(&Latency) -> f64| point.latency_ms.map_or_else(String::new, |l| ms(pick(&l)));
    let mut row = vec![
        point.step.clone(),
        point.class.clone(),
        point.start.clone().or_else(|| point.file.clone()).unwrap_or_default(),
        grouped(point.valid),
        percent_of(point.good, point.valid),
        grouped(point.failed),
        latency(|l| l.p50),
        latency(|l| l.p95),
    ];
    row.extend(has_latency.then(|| in_time(point)));
    row.push(if point.is_low { Point::LOW.to_owned() } else { String::new() });
    row
}

/// The share of successes that are fast enough; nothing where none is.
pub(super) fn in_time(point: &Point) -> String {
    point.in_time().map_or_else(String::new, |(good, valid)| percent_of(good, valid))
}

fn new_table(header: &[&str], right: std::ops::Range<usize>) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header.to_vec());
    for column in right {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

fn write_table(table: &Table, out: &mut String) {
    for line in table.lines() {
        out.push_str(line.trim_end());
        out.push('\n');
    }
}
