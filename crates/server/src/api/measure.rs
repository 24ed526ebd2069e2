//! How reliable steps were, counted over a time.

use super::ask::{AsOf, Ask, Counted};
use super::body::{Interval, Latency, interval, latency};
use super::index::StepPair;
use super::problem::Problem;
use super::span::Span;
use crate::counts::{Cell, Counts, LATENCY_HOURS, Resolution, add};
use milepost_facts::Sketch;
use milepost_model::{Minute, TrafficClass};
use milepost_slo::Method;
use milepost_store::SeriesId;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Attempts of a step by one method, in one traffic class.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct Measured {
    /// How it was measured: `service`, `client`, `probe` or `end-to-end`.
    pub(super) method: String,
    /// The traffic class.
    pub(super) class: String,
    #[serde(flatten)]
    pub(super) attempts: Attempts,
    /// Over the whole hours that the time touches, of the last 24; none without durations there.
    pub(super) latency_ms: Option<Latency>,
    /// The last minute that has an attempt, of the last three hours; not told as of a record.
    pub(super) last_minute: Option<String>,
}

/// Attempts by how they ended.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(super) struct Attempts {
    /// Attempts that count: all but the abandoned.
    pub(super) valid: u64,
    /// Successes.
    pub(super) good: u64,
    /// Failures and timeouts.
    pub(super) failed: u64,
    pub(super) abandoned: u64,
    /// Of the failed, those that never ended.
    pub(super) timeouts: u64,
    /// Successes that were answered with a 4xx status.
    pub(super) client_errors: u64,
    /// Good over valid; null without data, which is not success.
    pub(super) ratio: Option<f64>,
    pub(super) interval: Option<Interval>,
}

impl Attempts {
    pub(super) fn new([success, failure, abandoned, timeouts, client_errors]: Cell) -> Self {
        let failed = failure + timeouts;
        let counts = milepost_slo::Counts { valid: success + failed, good: success };
        let (valid, good) = (counts.valid, counts.good);
        let (ratio, interval) = (counts.ratio(), interval(counts));
        Self { valid, good, failed, abandoned, timeouts, client_errors, ratio, interval }
    }
}

/// The method and class that users' SLOs count where they say nothing else.
pub(super) fn of_users() -> (String, String) {
    (Method::Service.as_str().to_owned(), TrafficClass::INTERACTIVE.to_owned())
}

/// Method and class of a series.
pub(super) fn group(pair: &StepPair) -> (String, String) {
    (pair.of.method().to_owned(), pair.of.class.clone())
}

#[derive(Default)]
struct Sum {
    cell: Cell,
    sketch: Sketch,
    last: Option<Minute>,
}

/// What was counted of each of some steps over a time; the files are read without a lock. A step has a row for its users also when there were none.
pub(super) fn measured(
    ask: &Ask<'_>,
    steps: &[Vec<StepPair>],
    span: Span,
) -> Result<(AsOf, Vec<Vec<Measured>>), Problem> {
    let attempts: Vec<SeriesId> = steps.iter().flatten().filter_map(|pair| pair.attempts).collect();
    let mut sums: Vec<Groups> = steps.iter().map(|_| BTreeMap::from([(of_users(), Sum::default())])).collect();
    let (read, lsn) = {
        let counts = ask.shared.counts();
        match ask.until(&counts)? {
            Some(until) => {
                let timed = steps.iter().flatten().filter_map(|pair| pair.latency);
                let series: Vec<SeriesId> = attempts.iter().copied().chain(timed).collect();
                (Counted::Then(counts.past(&series, span.range(), Resolution::Day, until)), until)
            }
            None => {
                each(steps, &mut sums, |pair, sum| {
                    sum.last = sum.last.max(last_minute(&counts, pair));
                    hours(&counts, pair, span, ask.now.minute()).for_each(|(_, sketch)| sum.sketch.merge(sketch));
                });
                (Counted::Now(counts.ask(&attempts, span.range(), Resolution::Day)), counts.lsn)
            }
        }
    };
    let (parts, latencies) = match read {
        Counted::Now(answer) => (ask.complete(answer)?, Vec::new()),
        Counted::Then(past) => {
            let then = ask.then(&past)?;
            (then.parts, then.latencies)
        }
    };
    let mut parts = parts.into_iter();
    let mut latencies = latencies.into_iter().skip(attempts.len());
    each(steps, &mut sums, |pair, sum| {
        if pair.attempts.is_some() {
            parts.next().into_iter().flatten().for_each(|part| add(&mut sum.cell, &part.cell));
        }
        if pair.latency.is_some() {
            latencies.next().into_iter().flatten().for_each(|(_, sketch)| sum.sketch.merge(&sketch));
        }
    });
    let rows = sums.into_iter().map(|groups| groups.into_iter().map(row).collect()).collect();
    Ok((AsOf { lsn, span: Some(span) }, rows))
}

type Groups = BTreeMap<(String, String), Sum>;

/// Gives each series with what it adds to.
fn each(steps: &[Vec<StepPair>], sums: &mut [Groups], mut give: impl FnMut(&StepPair, &mut Sum)) {
    for (pairs, groups) in steps.iter().zip(sums) {
        for pair in pairs {
            give(pair, groups.entry(group(pair)).or_default());
        }
    }
}

fn row(((method, class), sum): ((String, String), Sum)) -> Measured {
    Measured {
        method,
        class,
        attempts: Attempts::new(sum.cell),
        latency_ms: latency(&sum.sketch),
        last_minute: sum.last.map(|minute| minute.start().to_string()),
    }
}

fn last_minute(counts: &Counts, pair: &StepPair) -> Option<Minute> {
    counts.recent(pair.attempts?)?.last_key_value().map(|(minute, _)| *minute)
}

/// How long the attempts of a series took, by the whole hours that a time touches, as far as they are remembered.
pub(super) fn hours<'c>(
    counts: &'c Counts,
    pair: &StepPair,
    span: Span,
    now: Minute,
) -> impl Iterator<Item = (Minute, &'c Sketch)> {
    let hours = span.widened(60);
    // The oldest hour may be half forgotten.
    let oldest = Minute::new(now.number() - (LATENCY_HOURS - 1) * 60);
    let start = hours.from.max(oldest);
    let latency = pair.latency.and_then(|series| counts.latency(series)).filter(|_| start < hours.to);
    latency.into_iter().flat_map(move |latency| latency.range(start..hours.to)).map(|(hour, sketch)| (*hour, sketch))
}
