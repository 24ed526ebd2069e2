//! `/products/{product}/steps/{step}/series`: what was counted of a step, part by part of a time.

use super::ask::{AsOf, Ask};
use super::body::{Latency, latency};
use super::csv::Table;
use super::index::StepPair;
use super::measure::{Attempts, group, hours};
use super::problem::Problem;
use super::reply::Reply;
use super::span::Span;
use super::steps::{DEFAULT_MINUTES, pairs};
use crate::counts::{Cell, Counts, Part, Resolution, add};
use milepost_facts::Sketch;
use milepost_model::{DurationNs, Minute, Timestamp};
use milepost_store::{Lsn, SeriesId};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A series of a step.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SeriesBody {
    product: String,
    step: String,
    /// How long a part is: `minute`, `hour` or `day`, in UTC.
    resolution: &'static str,
    /// The parts that have an attempt, in order; one for each method and class.
    items: Vec<Point>,
    /// How long they took, by the whole hours that the time touches, of the last 24; hours without durations are left out.
    latency: Vec<LatencyPoint>,
}

/// How long attempts of an hour took.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LatencyPoint {
    /// When the hour begins.
    start: String,
    method: String,
    class: String,
    #[serde(flatten)]
    latency_ms: Latency,
}

/// A part of a series.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Point {
    /// When it begins.
    start: String,
    method: String,
    class: String,
    #[serde(flatten)]
    attempts: Attempts,
    /// Whether events of it may still be on their way: it ended less than two minutes ago, or has not.
    is_provisional: bool,
}

/// Parts at most: a week of minutes. More would be no chart.
const MAX_PARTS: i64 = 10_000;
/// How long after a minute all of its events have come, as a rule.
const SETTLING: DurationNs = DurationNs::from_seconds(120);
const RESOLUTIONS: [(&str, Resolution); 3] =
    [("minute", Resolution::Minute), ("hour", Resolution::Hour), ("day", Resolution::Day)];

const TABLE: Table = Table::Rows(&[
    "start",
    "method",
    "class",
    "valid",
    "good",
    "failed",
    "abandoned",
    "timeouts",
    "client_errors",
    "ratio",
    "interval.low",
    "interval.high",
    "is_provisional",
]);

/// Into what parts a time is cut.
pub(super) struct Parts {
    pub(super) resolution: Resolution,
    /// Its name.
    pub(super) name: &'static str,
    /// Whole parts, so that none is lower for where the time was cut.
    pub(super) span: Span,
}

impl Parts {
    /// Whether events of a part may still be on their way.
    pub(super) fn is_provisional(start: Minute, resolution: Resolution, now: Timestamp) -> bool {
        Minute::new(start.number() + resolution.minutes()).start().plus(SETTLING) > now
    }
}

/// The parts that are asked for, of the last minutes where no time is.
pub(super) fn parts(ask: &Ask<'_>, default_minutes: i64) -> Result<Parts, Problem> {
    let name = ask.choice("resolution", &RESOLUTIONS.map(|(name, _)| name))?.unwrap_or("minute");
    let resolution = RESOLUTIONS.iter().find(|(known, _)| *known == name).map_or(Resolution::Minute, |(_, r)| *r);
    let span = ask.span(default_minutes)?.widened(resolution.minutes());
    let count = span.minutes() / resolution.minutes();
    if count > MAX_PARTS {
        let right = format!(
            "the time has {count} such parts, and at most {MAX_PARTS} are given; ask for a longer resolution or a shorter time"
        );
        return Err(Problem::bad("resolution", name, right));
    }
    Ok(Parts { resolution, name, span })
}

pub(super) fn of_step(ask: &Ask<'_>) -> Result<Reply, Problem> {
    let product = &ask.product()?.name;
    let step = ask.step(product)?;
    let Parts { resolution, name, span } = parts(ask, DEFAULT_MINUTES)?;
    let pairs: Vec<_> = pairs(ask, &[step]).into_iter().flatten().collect();
    let counted: Vec<_> = pairs.iter().filter_map(|pair| Some((group(pair), pair.attempts?))).collect();
    let series: Vec<SeriesId> = counted.iter().map(|(_, series)| *series).collect();
    let (parts, latency, lsn) = read(ask, &pairs, &series, (span, resolution))?;
    let mut sums: BTreeMap<(Minute, (String, String)), Cell> = BTreeMap::new();
    for ((group, _), parts) in counted.iter().zip(parts) {
        for part in parts {
            add(sums.entry((part.start, group.clone())).or_default(), &part.cell);
        }
    }
    let point = |((start, (method, class)), cell): ((Minute, (String, String)), Cell)| {
        let is_provisional = Parts::is_provisional(start, resolution, ask.now);
        Point { start: start.start().to_string(), method, class, attempts: Attempts::new(cell), is_provisional }
    };
    let body = SeriesBody {
        product: product.to_string(),
        step: step.name.to_string(),
        resolution: name,
        items: sums.into_iter().map(point).collect(),
        latency,
    };
    ask.object(AsOf { lsn, span: Some(span) }, body, TABLE)
}

/// The parts of each series, how long attempts took, and up to which record both are.
type Counted = (Vec<Vec<Part>>, Vec<LatencyPoint>, Lsn);

/// The parts of the series of attempts, and how long those took.
fn read(
    ask: &Ask<'_>,
    pairs: &[StepPair],
    attempts: &[SeriesId],
    (span, resolution): (Span, Resolution),
) -> Result<Counted, Problem> {
    let timed: Vec<(&StepPair, SeriesId)> = pairs.iter().filter_map(|pair| Some((pair, pair.latency?))).collect();
    let series: Vec<SeriesId> = attempts.iter().copied().chain(timed.iter().map(|(_, series)| *series)).collect();
    let (past, lsn) = {
        let counts = ask.shared.counts();
        match ask.until(&counts)? {
            None => {
                let latency = latencies(&counts, pairs, span, ask.now.minute());
                let (answer, lsn) = (counts.ask(attempts, span.range(), resolution), counts.lsn);
                // Files are read without anybody waiting.
                drop(counts);
                return Ok((ask.complete(answer)?, latency, lsn));
            }
            Some(until) => (counts.past(&series, span.range(), resolution, until), until),
        }
    };
    let then = ask.then(&past)?;
    let mut sums: BTreeMap<(Minute, (String, String)), Sketch> = BTreeMap::new();
    for ((pair, _), hours) in timed.iter().zip(&then.latencies[attempts.len()..]) {
        for (hour, sketch) in hours {
            sums.entry((*hour, group(pair))).or_default().merge(sketch);
        }
    }
    let mut parts = then.parts;
    parts.truncate(attempts.len());
    Ok((parts, points(sums), lsn))
}

/// How long the attempts of each hour took, by method and class.
fn latencies(counts: &Counts, pairs: &[StepPair], span: Span, now: Minute) -> Vec<LatencyPoint> {
    let mut sums: BTreeMap<(Minute, (String, String)), Sketch> = BTreeMap::new();
    for pair in pairs {
        for (hour, sketch) in hours(counts, pair, span, now) {
            sums.entry((hour, group(pair))).or_default().merge(sketch);
        }
    }
    points(sums)
}

fn points(sums: BTreeMap<(Minute, (String, String)), Sketch>) -> Vec<LatencyPoint> {
    let point = |((hour, (method, class)), sketch): ((Minute, (String, String)), Sketch)| {
        Some(LatencyPoint { start: hour.start().to_string(), method, class, latency_ms: latency(&sketch)? })
    };
    sums.into_iter().filter_map(point).collect()
}
