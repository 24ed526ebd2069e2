//! `/products/{product}/steps/{step}/series`: what was counted of a step, part by part of a time.

use super::ask::{AsOf, Ask};
use super::csv::Table;
use super::measure::{Attempts, group};
use super::problem::Problem;
use super::reply::Reply;
use super::steps::{DEFAULT_MINUTES, pairs};
use crate::counts::{Cell, Resolution, add};
use milepost_model::{DurationNs, Minute};
use milepost_store::SeriesId;
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

pub(super) fn of_step(ask: &Ask<'_>) -> Result<Reply, Problem> {
    let product = &ask.product()?.name;
    let step = ask.step(product)?;
    let name = ask.choice("resolution", &RESOLUTIONS.map(|(name, _)| name))?.unwrap_or("minute");
    let resolution = RESOLUTIONS.iter().find(|(known, _)| *known == name).map_or(Resolution::Minute, |(_, r)| *r);
    // Parts are whole, so that none is lower for where the time was cut.
    let span = ask.span(DEFAULT_MINUTES)?.widened(resolution.minutes());
    let parts = span.minutes() / resolution.minutes();
    if parts > MAX_PARTS {
        let right = format!(
            "the time has {parts} such parts, and at most {MAX_PARTS} are given; ask for a longer resolution or a shorter time"
        );
        return Err(Problem::bad("resolution", name, right));
    }
    let pairs: Vec<_> = pairs(ask, &[step]).into_iter().flatten().filter(|pair| pair.attempts.is_some()).collect();
    let series: Vec<SeriesId> = pairs.iter().filter_map(|pair| pair.attempts).collect();
    let (answer, lsn) = {
        let counts = ask.shared.counts();
        (counts.ask(&series, span.range(), resolution), counts.lsn)
    };
    let counted = ask.complete(answer)?;
    let mut sums: BTreeMap<(Minute, (String, String)), Cell> = BTreeMap::new();
    for (pair, parts) in pairs.iter().zip(counted) {
        for part in parts {
            add(sums.entry((part.start, group(pair))).or_default(), &part.cell);
        }
    }
    let point = |((start, (method, class)), cell): ((Minute, (String, String)), Cell)| {
        let end = Minute::new(start.number() + resolution.minutes()).start();
        let is_provisional = end.plus(SETTLING) > ask.now;
        Point { start: start.start().to_string(), method, class, attempts: Attempts::new(cell), is_provisional }
    };
    let body = SeriesBody {
        product: product.to_string(),
        step: step.name.to_string(),
        resolution: name,
        items: sums.into_iter().map(point).collect(),
    };
    ask.object(AsOf { lsn, span: Some(span) }, body, TABLE)
}
