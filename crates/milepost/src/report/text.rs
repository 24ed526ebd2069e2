//! The report for people: findings first, then the table, then what was read.

use super::model::{Explanation, Report, SloReport, StepReport};
use comfy_table::{Cell, CellAlignment, ColumnConstraint, ContentArrangement, Table, Width, presets};
use std::fmt::Write as _;

/// Renders the report as text for a terminal of this width.
pub(crate) fn render(report: &Report, width: usize) -> String {
    let mut out = String::new();
    head(report, &mut out);
    findings(report, &mut out);
    table(report, width, &mut out);
    series(report, &mut out);
    input(report, &mut out);
    out
}

fn head(report: &Report, out: &mut String) {
    let _ = write!(out, "{}", report.products.join(", "));
    if let Some(covered) = &report.covered {
        let _ = write!(out, ", {} to {} ({})", covered.from, covered.to, minutes(covered.minutes));
    }
    out.push_str("\n\n");
}

fn minutes(minutes: u64) -> String {
    match (minutes / 1440, minutes / 60 % 24, minutes % 60) {
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

/// What a person on call wants to hear first: what fails, how badly, and what explains it.
fn findings(report: &Report, out: &mut String) {
    let users: Vec<&StepReport> = report.steps.iter().filter(|s| s.class == "interactive" && s.valid > 0).collect();
    if users.is_empty() {
        out.push_str("No attempt of any step was seen: nothing can be said about reliability.\n\n");
        return;
    }
    let mut failing: Vec<&StepReport> = users.iter().copied().filter(|s| misses(s)).collect();
    failing.sort_by(|a, b| a.ratio.unwrap_or(1.0).total_cmp(&b.ratio.unwrap_or(1.0)));
    for step in &failing {
        finding(step, out);
    }
    let rest: Vec<&StepReport> = users.iter().copied().filter(|s| !misses(s)).collect();
    let valid: u64 = rest.iter().map(|s| s.valid).sum();
    let good: u64 = rest.iter().map(|s| s.good).sum();
    if valid > 0 {
        let who = if failing.is_empty() { "All steps together" } else { "All other steps together" };
        let _ = writeln!(out, "{who}: {} of {} attempts succeeded.", percent_of(good, valid), grouped(valid));
    }
    let silent = report.steps.iter().filter(|s| s.class == "interactive" && s.valid == 0);
    let silent: Vec<&str> = silent.map(|s| s.step.as_str()).collect();
    if !silent.is_empty() {
        let _ = writeln!(out, "No data, so not known: {}.", silent.join(", "));
    }
    out.push('\n');
}

/// Whether the step deserves a line of its own: an SLO is missed, or without SLOs more than one in twenty attempts failed.
fn misses(step: &StepReport) -> bool {
    let missed = step.slos.iter().any(|slo| slo.verdict == "missed");
    missed || (step.slos.is_empty() && step.ratio.is_some_and(|ratio| ratio < 0.95))
}

fn finding(step: &StepReport, out: &mut String) {
    let name = match step.objectives.first() {
        Some(objective) => format!("{objective}/{}", step.step),
        None => step.step.clone(),
    };
    let how = match step.good {
        0 => "fails wholly",
        _ if step.failed > 0 => "fails in part",
        _ => "is too slow",
    };
    let _ = writeln!(
        out,
        "{} ({name}) {how}: {} of {} attempts succeeded.",
        step.title,
        percent_of(step.good, step.valid),
        grouped(step.valid)
    );
    for slo in step.slos.iter().filter(|slo| slo.verdict == "missed") {
        let _ = writeln!(out, "  {}", missed(slo));
    }
    for explanation in step.explained_by.iter().take(4) {
        let _ = writeln!(out, "  {}", explain(explanation));
    }
}

fn missed(slo: &SloReport) -> String {
    let promised = match slo.threshold_ms {
        Some(threshold) => format!("{} within {threshold} ms", slo.target),
        None => slo.target.clone(),
    };
    let spent = slo.budget_spent.map_or_else(String::new, |spent| format!(", {} times the budget of this time spent", decimal(spent)));
    format!("{} promises {promised}; it was {}{spent}", slo.name, percent_of(slo.good, slo.valid))
}

fn explain(explanation: &Explanation) -> String {
    let what = match explanation.by.as_str() {
        "operation" => format!("at `{}`", explanation.value),
        "error_type" => format!("`{}`", explanation.value),
        "http_status" => format!("HTTP status {}", explanation.value),
        "grpc_status" => format!("gRPC status {}", explanation.value),
        "failed_operation" => format!("`{}` failed below it", explanation.value),
        dimension => format!("{dimension} {}", explanation.value),
    };
    format!(
        "{what}: in {} of the failures; {} of such attempts failed",
        percent(explanation.coverage),
        percent(explanation.precision)
    )
}

fn table(report: &Report, width: usize, out: &mut String) {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
    table.set_header(["STEP", "CLASS", "ATTEMPTS", "GOOD", "95 % INTERVAL", "P50", "P95", "P99", "SLO", "BUDGET SPENT"]);
    for column in [2, 3, 4, 5, 6, 7, 9] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    if let Some(column) = table.column_mut(0) {
        column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(14)));
    }
    for step in &report.steps {
        let latency = |pick: fn(&super::model::Latency) -> f64| step.latency_ms.as_ref().map_or_else(String::new, |l| ms(pick(l)));
        let slos = if step.slos.is_empty() { String::new() } else { lines(&step.slos, slo_line) };
        table.add_row([
            Cell::new(&step.step),
            Cell::new(&step.class),
            Cell::new(grouped(step.valid)),
            Cell::new(if step.valid > 0 { percent_of(step.good, step.valid) } else { "no data".to_owned() }),
            Cell::new(step.interval.map_or_else(String::new, |i| format!("{} to {}", percent(i.low), percent(i.high)))),
            Cell::new(latency(|l| l.p50)),
            Cell::new(latency(|l| l.p95)),
            Cell::new(latency(|l| l.p99)),
            Cell::new(slos),
            Cell::new(lines(&step.slos, |slo| slo.budget_spent.map_or_else(String::new, |spent| format!("{} %", decimal(spent * 100.0))))),
        ]);
    }
    for line in table.lines() {
        out.push_str(line.trim_end());
        out.push('\n');
    }
    if report.steps.iter().any(|s| s.latency_ms.is_some()) {
        out.push_str("P50, P95 and P99 are of successes, within 0.55 %.\n");
    }
    out.push('\n');
}

fn lines(slos: &[SloReport], line: impl Fn(&SloReport) -> String) -> String {
    slos.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn slo_line(slo: &SloReport) -> String {
    let what = match slo.threshold_ms {
        Some(threshold) => format!("{} in {}", slo.target, ms(threshold)),
        None => format!("{} {}", slo.target, slo.sli),
    };
    match &slo.unknown_because {
        Some(reason) => format!("{what}: unknown ({reason})"),
        None => format!("{what}: {}", slo.verdict),
    }
}

fn series(report: &Report, out: &mut String) {
    if report.series.is_empty() {
        return;
    }
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    table.set_header(["STEP", "CLASS", "WHEN OR WHERE", "ATTEMPTS", "GOOD", "FAILED", "P50"]);
    for column in [3, 4, 5, 6] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    for point in &report.series {
        table.add_row([
            point.step.clone(),
            point.class.clone(),
            point.start.clone().or_else(|| point.file.clone()).unwrap_or_default(),
            grouped(point.valid),
            if point.valid > 0 { percent_of(point.good, point.valid) } else { "no data".to_owned() },
            grouped(point.failed),
            point.latency_ms.map_or_else(String::new, |l| ms(l.p50)),
        ]);
    }
    for line in table.lines() {
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out.push('\n');
}

fn input(report: &Report, out: &mut String) {
    let input = &report.input;
    let share = |part: u64| if input.events > 0 { format!(" ({})", percent_of(part, input.events)) } else { String::new() };
    let files = if input.files == 1 { "1 file".to_owned() } else { format!("{} files", input.files) };
    let _ = writeln!(
        out,
        "Read {files}: {} events, {}{} serve a step, {}{} serve none.",
        grouped(input.events),
        grouped(input.annotated),
        share(input.annotated),
        grouped(input.unannotated),
        share(input.unannotated)
    );
    if input.outside > 0 {
        let _ = writeln!(out, "Outside the time asked for: {} events.", grouped(input.outside));
    }
    for (reason, count) in &input.rejected {
        let _ = writeln!(out, "Rejected, {reason}: {}.", grouped(*count));
    }
    for example in &input.rejected_examples {
        let _ = writeln!(out, "  {}:{}: {}", example.file, example.line, example.text.escape_debug());
    }
    for ambiguous in &input.ambiguous_between {
        let _ = writeln!(out, "Ambiguous between {}: {} traces, in no step.", ambiguous.steps.join(" and "), grouped(ambiguous.traces));
    }
    for note in &report.notes {
        let _ = writeln!(out, "Note: {note}.");
    }
    if input.unannotated > 0 {
        out.push_str("Which requests serve no step, and a rule for each: milepost annotate, with the same arguments.\n");
    }
}

/// A share with as many decimals as keep it from looking whole when it is not.
pub(crate) fn percent_of(part: u64, whole: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "shown to a few digits")]
    let ratio = part as f64 / whole as f64;
    let text = percent(ratio);
    match (text.as_str(), part == whole, part == 0) {
        ("100 %", false, _) => "< 100 %".to_owned(),
        ("0 %", _, false) => "> 0 %".to_owned(),
        _ => text,
    }
}

fn percent(ratio: f64) -> String {
    let percent = ratio * 100.0;
    // Near the ends the distance to them is what counts.
    let decimals = match percent.min(100.0 - percent) {
        distance if distance <= 0.0 => return format!("{percent:.0} %"),
        distance if distance < 0.1 => 3,
        distance if distance < 1.0 => 2,
        _ => 1,
    };
    format!("{percent:.decimals$} %")
}

/// Milliseconds as people read them.
fn ms(millis: f64) -> String {
    match millis {
        m if m >= 10_000.0 => format!("{:.1} s", m / 1000.0),
        m if m >= 1000.0 => format!("{:.2} s", m / 1000.0),
        m if m >= 100.0 => format!("{m:.0} ms"),
        m if m >= 1.0 => format!("{m:.1} ms"),
        m => format!("{:.0} us", m * 1000.0),
    }
}

fn decimal(number: f64) -> String {
    if number >= 100.0 { format!("{number:.0}") } else { format!("{number:.1}") }
}

/// A number in groups of three digits.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
