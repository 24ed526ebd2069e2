//! The verdict in one sentence, and the findings below it: what fails, how badly, since when, and what explains it.

use super::places;
use super::state::State;
use super::writer::Html;
use crate::report::model::{Report, StepReport};
use crate::report::text::{finding_details, grouped, percent_of};

/// Most findings that are told in full; all others stand in the overview.
const MAX_TOLD: usize = 20;

/// The verdict in one sentence, in the words of the product.
pub(super) fn verdict(report: &Report) -> String {
    if !report.has_attempts() {
        return "No attempt of any step was seen: nothing can be said about reliability.".to_owned();
    }
    let users = || report.steps.iter().filter(|step| step.is_for_users());
    let of = |state: State| users().filter(|step| State::of(step) == state).count();
    let failing: Vec<&StepReport> = worst_first(report).into_iter().filter(|step| step.is_for_users()).collect();
    let all = users().count();
    let doubtful = of(State::Unknown) + of(State::NoData);
    let rest = match doubtful {
        0 => String::new(),
        1 => " Of one step nothing is known.".to_owned(),
        _ => format!(" Of {doubtful} steps nothing is known."),
    };
    match &failing[..] {
        [] if all == doubtful => format!("Users attempted nothing that counts.{rest}"),
        [] => format!("No step broke its promise.{rest}"),
        [only] => format!(
            "{} did not work as promised: {}. No other step is known to have broken its promise.{rest}",
            only.title,
            how_badly(only)
        ),
        [worst, ..] => {
            let known = all - doubtful;
            format!(
                "{} of {known} steps did not work as promised. Worst is {}: {}.{rest}",
                failing.len(),
                worst.title,
                how_badly(worst)
            )
        }
    }
}

/// `18 of 121 attempts failed`, or what was too slow.
fn how_badly(step: &StepReport) -> String {
    let slow = step.slos.iter().filter(|slo| slo.verdict == "missed" && slo.threshold_ms.is_some());
    let slowest = slow.max_by_key(|slo| slo.valid - slo.good);
    match slowest {
        Some(slo) if step.failed == 0 => {
            format!("{} of {} attempts were too slow", grouped(slo.valid - slo.good), grouped(slo.valid))
        }
        _ => format!("{} of {} attempts failed", grouped(step.failed), grouped(step.valid)),
    }
}

/// The findings, worst first.
pub(super) fn findings(html: &mut Html, report: &Report) {
    let failing = worst_first(report);
    if failing.is_empty() {
        html.leaf("p", "Nothing was found that broke a promise.");
    }
    for step in failing.iter().take(MAX_TOLD) {
        html.class("article", "finding", |html| finding(html, step));
    }
    if failing.len() > MAX_TOLD {
        html.leaf("p", format!("{} more: see the overview.", failing.len() - MAX_TOLD));
    }
    if let Some((good, valid)) = report.others() {
        let who = if failing.is_empty() { "All steps together" } else { "All other steps together" };
        html.leaf("p", format!("{who}: {} of {} attempts succeeded.", percent_of(good, valid), grouped(valid)));
    }
    doubtful(html, report);
}

/// What fails, by the share of attempts that broke a promise; users come first, and what is beyond doubt.
fn worst_first(report: &Report) -> Vec<&StepReport> {
    let kept = |step: &StepReport| {
        let missed = step.slos.iter().filter(|slo| slo.verdict == "missed").filter_map(|slo| slo.ratio);
        missed.chain(step.ratio).fold(1.0, f64::min)
    };
    let mut failing = report.failing();
    let doubtful = |step: &StepReport| (!step.is_for_users(), !step.is_clearly_missed());
    failing.sort_by(|a, b| doubtful(a).cmp(&doubtful(b)).then_with(|| kept(a).total_cmp(&kept(b))));
    failing
}

/// The steps of which nothing is known, each with the reason.
fn doubtful(html: &mut Html, report: &Report) {
    let is_doubtful = |step: &&StepReport| matches!(State::of(step), State::Unknown | State::NoData);
    let doubtful: Vec<&StepReport> = report.steps.iter().filter(|s| s.is_for_users()).filter(is_doubtful).collect();
    if doubtful.is_empty() || !report.has_attempts() {
        return;
    }
    html.leaf("h3", "Nothing is known of");
    html.tag("ul", &[], |html| {
        for step in doubtful.iter().take(MAX_TOLD) {
            html.tag("li", &[], |html| {
                link(html, step);
                html.text(format_args!(": {}.", why_doubtful(report, step)));
            });
        }
        if doubtful.len() > MAX_TOLD {
            html.leaf("li", format!("and {} more", doubtful.len() - MAX_TOLD));
        }
    });
}

fn why_doubtful(report: &Report, step: &StepReport) -> String {
    let others = report.rows_of(step).filter(|row| row.valid > 0 && !row.is_for_users());
    let others: Vec<String> = others.map(|row| format!("{} {}", grouped(row.valid), row.class)).collect();
    match (State::of(step), others.is_empty()) {
        (State::NoData, true) => "no attempt was seen".to_owned(),
        (State::NoData, false) => format!("no attempt of users was seen, only {}", others.join(", ")),
        _ => step
            .slos
            .iter()
            .find_map(|slo| slo.unknown_because.clone())
            .unwrap_or_else(|| "no attempt counts".to_owned()),
    }
}

fn link(html: &mut Html, step: &StepReport) {
    let place = format!("#{}", places::step(&step.product, &step.step));
    html.tag("a", &[("href", &place)], |html| html.name(&step.title));
}

fn finding(html: &mut Html, step: &StepReport) {
    html.tag("h3", &[], |html| {
        link(html, step);
        if !step.is_for_users() {
            html.text(format_args!(", class {}", step.class));
        }
        html.text(" ");
        State::Missed.badge(html);
    });
    html.class("p", "how", |html| {
        let badly = how_badly(step);
        html.leaf("strong", &badly);
        html.text(if step.failed > 0 {
            format!(" ({}).", percent_of(step.failed, step.valid))
        } else {
            ".".to_owned()
        });
    });
    html.tag("ul", &[], |html| {
        for line in finding_details(step) {
            html.tag("li", &[], |html| html.prose(&line));
        }
    });
}
