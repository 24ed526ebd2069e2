//! The report for people: findings first, then the tables, then what was read.

use super::model::{Report, SloPart, SloReport, StepReport};
use super::table;
use milepost_model::{DurationNs, Timestamp};
use milepost_server::attribution::SliceBody;
use std::fmt::Write as _;
use std::time::Duration;

/// Renders the report as text for a terminal of this width.
pub(crate) fn render(report: &Report, width: usize) -> String {
    let mut out = String::new();
    head(report, &mut out);
    findings(report, &mut out);
    if report.has_attempts() {
        table::steps(report, width, &mut out);
        table::kpis(report, &mut out);
        table::series(report, &mut out);
    }
    input(report, &mut out);
    out
}

fn head(report: &Report, out: &mut String) {
    let _ = write!(out, "{}", report.products.join(", "));
    if let Some(covered) = &report.covered {
        let _ = write!(out, ", {}", span(&covered.from, &covered.to));
        // Whole minutes say nothing of a time that is hardly longer.
        if covered.minutes > 2 {
            let _ = write!(out, " ({})", minutes(covered.minutes));
        }
    }
    out.push_str("\n\n");
}

pub(super) fn minutes(minutes: u64) -> String {
    match (minutes / 1440, minutes / 60 % 24, minutes % 60) {
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, 0) => format!("{hours} h"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

/// `2026-03-02 14:00:00 to 14:59:59 UTC`: two instants in RFC 3339, to the second.
pub(super) fn span(from: &str, to: &str) -> String {
    let parts =
        |time: &str| time.get(..10).zip(time.get(11..19)).map(|(date, clock)| (date.to_owned(), clock.to_owned()));
    match (parts(from), parts(to)) {
        (Some((from, begin)), Some((to, end))) if from == to => format!("{from} {begin} to {end} UTC"),
        (Some((from, begin)), Some((to, end))) => format!("{from} {begin} to {to} {end} UTC"),
        _ => format!("{from} to {to}"),
    }
}

/// `2026-03-02 14:00:00 UTC`: an instant in RFC 3339, to the second.
fn instant(time: &str) -> String {
    match time.get(..10).zip(time.get(11..19)) {
        Some((date, clock)) => format!("{date} {clock} UTC"),
        None => time.to_owned(),
    }
}

/// What a person on call wants to hear first: what fails, how badly, and what explains it.
fn findings(report: &Report, out: &mut String) {
    if !report.has_attempts() {
        out.push_str("No attempt of any step was seen: nothing can be said about reliability.\n\n");
        return;
    }
    let failing = report.failing();
    for step in &failing {
        let _ = writeln!(out, "{}", finding_line(step));
        for line in finding_details(step) {
            let _ = writeln!(out, "  {line}");
        }
    }
    if let Some((good, valid)) = report.others() {
        let who = if failing.is_empty() { "All steps together" } else { "All other steps together" };
        let _ = writeln!(out, "{who}: {} of {} attempts succeeded.", percent_of(good, valid), grouped(valid));
    }
    silent(report, out);
    out.push('\n');
}

/// Steps of which nobody made an attempt that counts.
fn silent(report: &Report, out: &mut String) {
    let silent = || report.steps.iter().filter(|s| s.is_for_users() && s.valid == 0);
    let others = |step: &StepReport| -> Vec<String> {
        let rows = report.rows_of(step).filter(|row| row.valid > 0);
        rows.map(|row| format!("{} {}", grouped(row.valid), row.class)).collect()
    };
    let unknown: Vec<&str> = silent().filter(|s| others(s).is_empty()).map(|s| s.step.as_str()).collect();
    if !unknown.is_empty() {
        let _ = writeln!(out, "No attempts, so nothing is known of: {}.", unknown.join(", "));
    }
    let machines = silent().filter(|s| !others(s).is_empty());
    let machines: Vec<String> = machines.map(|s| format!("{} ({})", s.step, others(s).join(", "))).collect();
    if !machines.is_empty() {
        let _ = writeln!(out, "No attempts of users, only of other classes: {}.", machines.join(", "));
    }
}

/// `Send mail (compose-mail/send-mail) fails in part: 93 % of 400 attempts succeeded.`
pub(super) fn finding_line(step: &StepReport) -> String {
    let name = match &step.objectives[..] {
        [only] => format!("{only}/{}", step.step),
        _ => step.step.clone(),
    };
    let how = match step.good {
        0 => "fails wholly",
        _ if step.failed > 0 => "fails in part",
        _ => "is too slow",
    };
    let share = percent_of(step.good, step.valid);
    let class = if step.is_for_users() { String::new() } else { format!(" for class {}", step.class) };
    format!("{} ({name}) {how}{class}: {share} of {} attempts succeeded.", step.title, grouped(step.valid))
}

/// What was promised, when it failed, and what the failures have in common.
pub(super) fn finding_details(step: &StepReport) -> Vec<String> {
    /// Lines on what is not true of every failure and of nothing else.
    const MAX_PARTLY: usize = 3;
    let mut lines: Vec<String> = Vec::new();
    for slo in step.slos.iter().filter(|slo| slo.verdict == "missed") {
        lines.push(missed(slo));
        lines.extend(slow_when(slo));
    }
    match (&step.failures_between, step.failed) {
        (Some(when), 1) => lines.push(format!("the one failure: {}", instant(&when.from))),
        (Some(when), failed) => lines.push(format!("all {} failures: {}", grouped(failed), span(&when.from, &when.to))),
        (None, _) => {}
    }
    // What covers all failures and nothing else is the same attempts each time: one line for all of it.
    let (exactly, partly): (Vec<_>, Vec<_>) =
        step.explained_by.iter().partition(|e| e.attempts == e.failed && e.failed == step.failed);
    if !exactly.is_empty() {
        let names: Vec<String> = exactly.into_iter().map(slice_name).collect();
        lines.push(format!("all failures, and nothing else: {}", names.join(", ")));
    }
    lines.extend(partly.into_iter().take(MAX_PARTLY).map(explain));
    let tells_only_the_error =
        |e: &SliceBody| e.and_by.is_none() && ["http_status", "grpc_status", "operation"].contains(&e.by.as_str());
    if step.failed > 1 && step.explained_by.iter().all(tells_only_the_error) {
        lines.push(
            "what else they have in common is not known: declare `dimensions:`, such as `page: attribute url.path`"
                .to_owned(),
        );
    }
    lines
}

fn missed(slo: &SloReport) -> String {
    let promised = match slo.threshold_ms {
        Some(millis) => format!("{} within {}", slo.target, threshold(millis)),
        None => slo.target.clone(),
    };
    let spent = slo
        .budget_spent
        .map_or_else(String::new, |spent| format!("; {} times the budget of this time", decimal(spent)));
    let doubt = if slo.is_clear { "" } else { "; too few to be sure" };
    format!("{} promises {promised}, it was {}{spent}{doubt}", slo.name, percent_of(slo.good, slo.valid))
}

/// `slowest: from 2026-01-31 14:00:00 UTC (40.0% of 20 in time), ...`
fn slow_when(slo: &SloReport) -> Option<String> {
    slo.threshold_ms?;
    if slo.worst_parts.is_empty() {
        return Some("when it was slow: `--by hour` tells".to_owned());
    }
    let part = |part: &SloPart| {
        let place = if part.part.parse::<Timestamp>().is_ok() {
            format!("from {}", instant(&part.part))
        } else {
            part.part.clone()
        };
        format!("{place} ({} of {} in time)", percent_of(part.good, part.valid), grouped(part.valid))
    };
    Some(format!("slowest: {}", slo.worst_parts.iter().map(part).collect::<Vec<_>>().join(", ")))
}

/// `HTTP status 503: in 90% of the failures; 100% of such attempts failed`
fn explain(explanation: &SliceBody) -> String {
    format!(
        "{}: in {} of the failures; {} of such attempts failed",
        slice_name(explanation),
        percent(explanation.coverage),
        percent(explanation.precision)
    )
}

pub(crate) fn slice_name(explanation: &SliceBody) -> String {
    let one = value_name(&explanation.by, &explanation.value);
    match (&explanation.and_by, &explanation.and_value) {
        (Some(by), Some(value)) => format!("{one} and {}", value_name(by, value)),
        _ => one,
    }
}

fn value_name(by: &str, value: &str) -> String {
    match by {
        "operation" => format!("at `{value}`"),
        "error_type" => format!("`{value}`"),
        "http_status" => format!("HTTP status {value}"),
        "grpc_status" => format!("gRPC status {value}"),
        "failed_operation" => format!("`{value}` failed below it"),
        dimension => format!("{dimension} {value}"),
    }
}

/// `send-mail-availability 99.9%: met, 12.5% spent`: of the error budget of the time covered.
pub(super) fn slo_line(slo: &SloReport) -> String {
    let what = match slo.threshold_ms {
        Some(millis) => format!("{} {} in {}", slo.name, slo.target, threshold(millis)),
        None => format!("{} {}", slo.name, slo.target),
    };
    if let Some(reason) = &slo.unknown_because {
        return format!("{what}: unknown ({reason})");
    }
    let mut line = format!("{what}: {}", slo.verdict);
    // Beside it stands the share of successes, which is another.
    if slo.threshold_ms.is_some() {
        let _ = write!(line, " at {}", percent_of(slo.good, slo.valid));
    }
    match slo.budget_spent {
        Some(spent) if spent > 1.0 => drop(write!(line, ", {} budgets spent", decimal(spent))),
        Some(spent) if spent > 0.0 => drop(write!(line, ", {:.1}% spent", spent * 100.0)),
        _ => {}
    }
    if !slo.is_clear {
        line.push_str(", too few to be sure");
    }
    line
}

fn input(report: &Report, out: &mut String) {
    let input = &report.input;
    let share =
        |part: u64| if input.events > 0 { format!(" ({})", percent_of(part, input.events)) } else { String::new() };
    let files = match input.files {
        _ if input.is_stored => "what a server stored".to_owned(),
        1 => "1 file".to_owned(),
        files => format!("{files} files"),
    };
    let _ = writeln!(
        out,
        "Read {files}: {} events, {}{} serve a step, {}{} serve none.",
        grouped(input.events),
        grouped(input.annotated),
        share(input.annotated),
        grouped(input.unannotated),
        share(input.unannotated)
    );
    if input.unannotated_machines > 0 {
        let machines = grouped(input.unannotated_machines);
        let _ = writeln!(out, "Of those that serve none, {machines} are of other classes than interactive.");
    }
    if input.outside > 0 {
        let _ = writeln!(out, "Outside the time asked for: {} events.", grouped(input.outside));
    }
    for (reason, count) in &input.rejected {
        let _ = writeln!(out, "Rejected, {reason}: {}.", grouped(*count));
    }
    for example in &input.rejected_examples {
        let _ = writeln!(out, "  {}:{}: {}", example.file, example.line, example.text.escape_debug());
    }
    for file in &input.failed_files {
        let _ = writeln!(out, "Not read, or not to its end: {}.", file.error);
    }
    for ambiguous in &input.ambiguous_between {
        let steps = ambiguous.steps.join(" and ");
        let _ = writeln!(out, "Ambiguous between {steps}: {} traces, in no step.", grouped(ambiguous.traces));
    }
    for note in &report.notes {
        let _ = writeln!(out, "Note: {note}.");
    }
    if input.unannotated > 0 {
        out.push_str(if input.is_stored {
            "To see which requests serve no step: `milepost status`, or `unannotated` of the server's `/api/v1/ingest`.\n"
        } else {
            "To see which requests serve no step, and a rule for each: `milepost annotate` with the same files.\n"
        });
    }
}

/// A share with as many decimals as keep it from looking whole when it is not.
pub(crate) fn percent_of(part: u64, whole: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "shown to a few digits")]
    let ratio = part as f64 / whole as f64;
    percent(ratio)
}

pub(crate) fn percent(ratio: f64) -> String {
    let percent = ratio * 100.0;
    match decimals(percent) {
        None if percent <= 0.0 || percent >= 100.0 => format!("{percent:.0}%"),
        None => {
            if percent < 50.0 {
                "> 0%".to_owned()
            } else {
                "< 100%".to_owned()
            }
        }
        Some(decimals) => format!("{percent:.decimals$}%"),
    }
}

/// `98.70% to 99.85%`: both ends with the digits of the one that needs more.
pub(crate) fn percent_interval(low: f64, high: f64) -> String {
    let [low, high] = [low * 100.0, high * 100.0];
    let digits = decimals(low).max(decimals(high)).unwrap_or(0);
    let end = |percent: f64| match percent <= 0.0 || percent >= 100.0 {
        true => format!("{percent:.0}%"),
        false => format!("{percent:.digits$}%"),
    };
    format!("{} to {}", end(low), end(high))
}

/// Decimals of a percentage: near 0 and 100 the distance to them is what counts. None at them, or too near to write.
fn decimals(percent: f64) -> Option<usize> {
    match percent.min(100.0 - percent) {
        distance if distance < 0.000_5 => None,
        distance if distance < 0.1 => Some(3),
        distance if distance < 1.0 => Some(2),
        _ => Some(1),
    }
}

/// A threshold in milliseconds as it is written in the registry: `800ms`, `5m`.
pub(crate) fn threshold(millis: f64) -> String {
    Duration::try_from_secs_f64(millis / 1_000.0).map_or_else(
        |_| ms(millis),
        // Floats hold thresholds to the nanosecond for years.
        |duration| DurationNs::from_nanos(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)).to_string(),
    )
}

/// Milliseconds as people read them.
pub(crate) fn ms(millis: f64) -> String {
    // Each bound is where the smaller unit, or its last digit, would be rounded up to the greater one.
    let (number, digits, unit) = match millis {
        m if m >= 9_995.0 => (m / 1000.0, 1, "s"),
        m if m >= 999.5 => (m / 1000.0, 2, "s"),
        m if m >= 99.95 => (m, 0, "ms"),
        m if m >= 0.999_5 => (m, 1, "ms"),
        m => (m * 1000.0, 0, "us"),
    };
    let text = format!("{number:.digits$}");
    let text = if digits > 0 { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text} {unit}")
}

pub(crate) fn decimal(number: f64) -> String {
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

#[cfg(test)]
mod tests {
    use super::ms;

    #[test]
    fn durations_have_three_digits_at_most_before_the_tenth_and_no_zeros_behind() {
        for (millis, text) in [
            (0.25, "250 us"),
            (0.999_6, "1 ms"),
            (1.5, "1.5 ms"),
            (20.0, "20 ms"),
            (99.96, "100 ms"),
            (120.4, "120 ms"),
            (999.7, "1 s"),
            (1500.0, "1.5 s"),
            (1254.0, "1.25 s"),
            (9_996.0, "10 s"),
            (10_240.0, "10.2 s"),
            (100_000.0, "100 s"),
        ] {
            assert_eq!(ms(millis), text);
        }
    }
}
