//! What people are told of an SLO's expressions and slices: their own terms, and the usual ones in words.
//!
//! Called by `show` and `diff`; which expressions there are is decided in `slo` and `resolve`.

use milepost_model::DurationNs;
use milepost_slo::open::OpenBudgeting;
use milepost_slo::{Budgeting, NoData, SliType};

/// An expression without what is said already: step, objective, method, class, and the threshold, which is said where it can be read.
pub(crate) fn own_terms(expression: &str, sli: SliType) -> String {
    let said = ["step = '", "objective = '", "source = '", "role = '", "class = '"];
    let own = expression.split(" AND ").filter(|term| !said.iter().any(|start| term.starts_with(start)));
    let text = own.collect::<Vec<_>>().join(" AND ");
    match sli {
        SliType::Latency(threshold) => text.replace(&threshold.nanos().to_string(), "the threshold"),
        _ => text,
    }
}

/// The usual terms of the types of SLOs in words, of attempts; none for those that somebody has written.
pub(crate) fn in_words(terms: &str) -> Option<&'static str> {
    let known = [
        ("outcome = 'success'", "successes"),
        ("duration_ns <= the threshold AND outcome = 'success'", "successes within the threshold"),
        ("outcome <> 'abandoned'", "attempts that are not abandoned"),
        (
            "(duration_ns > the threshold AND outcome = 'abandoned' OR outcome = 'success') AND duration_ns IS NOT NULL",
            "successes, and abandoned attempts that took longer than the threshold",
        ),
        ("outcome IS NOT NULL", "attempts"),
    ];
    known.iter().find(|(expression, _)| *expression == terms).map(|(_, words)| *words)
}

/// What the share of a target is of: `events`, or `5-minute slices, each good from 98% on`.
pub(crate) fn share_of(budgeting: Budgeting) -> String {
    match budgeting {
        Budgeting::Occurrences => "events".to_owned(),
        Budgeting::Timeslices { slice, target, no_data } => {
            format!("{}, each good from {target} on{}", slices(slice), without_data(no_data))
        }
        Budgeting::RatioTimeslices { slice, no_data } => {
            format!("{}, each by its share of good events{}", slices(slice), without_data(no_data))
        }
    }
}

/// The same of an OpenSLO objective.
pub(crate) fn open_share_of(budgeting: OpenBudgeting) -> String {
    match budgeting {
        OpenBudgeting::Occurrences => "events".to_owned(),
        OpenBudgeting::Timeslices { slice, target } => format!("{}, each good from {target} on", slices(slice)),
        OpenBudgeting::RatioTimeslices { slice } => format!("{}, each by its share of good events", slices(slice)),
    }
}

/// Slices by how long they are: `5-minute slices`.
fn slices(slice: DurationNs) -> String {
    let minutes = slice.nanos() / DurationNs::from_seconds(60).nanos();
    match minutes.is_multiple_of(60) && minutes > 0 {
        true => format!("{}-hour slices", minutes / 60),
        false => format!("{minutes}-minute slices"),
    }
}

fn without_data(no_data: NoData) -> &'static str {
    match no_data {
        NoData::Skip => "",
        NoData::Good => ", without events good",
        NoData::Bad => ", without events bad",
    }
}
