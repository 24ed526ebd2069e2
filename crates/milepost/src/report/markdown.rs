//! The report as Markdown, to paste into a document.

use super::model::{Point, Report, StepReport};
use super::table::{amount, in_time, without};
use super::text::{finding_details, finding_line, grouped, ms, percent_interval, percent_of, slo_line, span};
use std::fmt::Write as _;

/// Renders the report as GitHub-flavoured Markdown.
pub(crate) fn render(report: &Report) -> String {
    let mut out = format!("# {}\n\n", report.products.join(", "));
    if let Some(covered) = &report.covered {
        let _ = writeln!(out, "{}\n", span(&covered.from, &covered.to));
    }
    let failing: Vec<&StepReport> = report.failing();
    for step in &failing {
        let _ = writeln!(out, "- **{}**", finding_line(step));
        for line in finding_details(step) {
            let _ = writeln!(out, "  - {line}");
        }
    }
    if let Some((good, valid)) = report.others() {
        let who = if failing.is_empty() { "All steps together" } else { "All other steps together" };
        let _ = writeln!(out, "- {who}: {} of {} attempts succeeded.", percent_of(good, valid), grouped(valid));
    }
    out.push_str("\n| step | class | attempts | good | 95% interval | p50 | p95 | p99 | SLOs |\n|---|---|--:|--:|--:|--:|--:|--:|---|\n");
    for step in &report.steps {
        let latency = |pick: fn(&super::model::Latency) -> f64| {
            step.latency_ms.as_ref().map_or_else(String::new, |l| ms(pick(l)))
        };
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            step.step,
            step.class,
            grouped(step.valid),
            if step.valid > 0 { percent_of(step.good, step.valid) } else { "no data".to_owned() },
            step.interval.map_or_else(String::new, |i| percent_interval(i.low, i.high)),
            latency(|l| l.p50),
            latency(|l| l.p95),
            latency(|l| l.p99),
            step.slos.iter().map(slo_line).collect::<Vec<_>>().join("<br>"),
        );
    }
    kpis(report, &mut out);
    series(report, &mut out);
    let input = &report.input;
    let _ = writeln!(
        out,
        "\n{} events, {} serve a step, {} serve none, {} rejected.",
        grouped(input.events),
        grouped(input.annotated),
        grouped(input.unannotated),
        grouped(input.rejected.values().sum())
    );
    for file in &input.failed_files {
        let _ = writeln!(out, "\n> Not read, or not to its end: {}.", file.error);
    }
    for note in &report.notes {
        let _ = writeln!(out, "\n> {note}.");
    }
    out
}

/// What users' attempts came to, by KPI.
fn kpis(report: &Report, out: &mut String) {
    if report.kpis.is_empty() {
        return;
    }
    out.push_str("\n| KPI | sum | unit | successes | without a number |\n|---|--:|---|--:|--:|\n");
    for kpi in &report.kpis {
        let (sum, counted) = (amount(&kpi.sum_exact), grouped(kpi.counted));
        let _ = writeln!(out, "| {} | {sum} | {} | {counted} | {} |", kpi.kpi, kpi.unit, without(kpi));
    }
}

/// All parts of the series, with a mark at those that are clearly worse than the whole.
fn series(report: &Report, out: &mut String) {
    if report.series.is_empty() {
        return;
    }
    out.push_str("\n| step | class | when or where | attempts | good | failed | p50 | p95 | p99 | in time | |\n|---|---|---|--:|--:|--:|--:|--:|--:|--:|---|\n");
    for point in &report.series {
        let place = point.start.as_ref().or(point.file.as_ref()).map_or("", |place| place);
        let latency =
            |pick: fn(&super::model::Latency) -> f64| point.latency_ms.map_or_else(String::new, |l| ms(pick(&l)));
        let good = if point.valid > 0 { percent_of(point.good, point.valid) } else { "no data".to_owned() };
        let _ = writeln!(
            out,
            "| {} | {} | {place} | {} | {good} | {} | {} | {} | {} | {} | {} |",
            point.step,
            point.class,
            grouped(point.valid),
            grouped(point.failed),
            latency(|l| l.p50),
            latency(|l| l.p95),
            latency(|l| l.p99),
            in_time(point),
            if point.is_low { Point::LOW } else { "" }
        );
    }
    if report.series.iter().any(|point| point.is_low) {
        let _ = writeln!(out, "\n{}", Point::LEGEND);
    }
    if report.series.iter().any(|point| point.in_time().is_some()) {
        let _ = writeln!(out, "\n{}", Point::IN_TIME);
    }
}
