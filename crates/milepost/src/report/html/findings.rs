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
    let failing: Vec<&StepReport> = report.failing().into_iter().filter(|step| step.is_for_users()).collect();
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
            "{} did not work as promised: {}. The other {} that are known did.{rest}",
            only.title,
            how_badly(only),
            count(all - 1 - doubtful)
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

fn count(steps: usize) -> String {
    if steps == 1 { "step".to_owned() } else { format!("{steps} steps") }
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
    let failing = report.failing();
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
}

fn finding(html: &mut Html, step: &StepReport) {
    html.tag("h3", &[], |html| {
        let place = format!("#{}", places::step(&step.product, &step.step));
        html.tag("a", &[("href", &place)], |html| html.name(&step.title));
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
