//! `/products/{product}/steps/{step}/expected`: how many attempts usually come, part by part of a time.

use super::ask::{AsOf, Ask};
use super::csv::Table;
use super::problem::Problem;
use super::reply::Reply;
use super::series::{Parts, parts};
use super::severity::number;
use super::steps::DEFAULT_MINUTES;
use milepost_impact::Baseline;
use milepost_model::{Minute, StepPath};
use serde::Serialize;
use utoipa::ToSchema;

/// What is expected of a step by what severity is judged by: users' attempts that are not abandoned, as the service sees them.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ExpectedBody {
    product: String,
    step: String,
    /// How long a part is: `minute`, `hour` or `day`, in UTC.
    resolution: &'static str,
    /// The parts of which something is expected, in order: from the days before each; none before seven days are covered, and none of what is older than what
    /// is learnt from.
    items: Vec<ExpectedPoint>,
}

/// What is expected of a part.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ExpectedPoint {
    /// When it begins.
    start: String,
    /// As many as usual.
    attempts: f64,
    /// Fewer come in one of a hundred such parts.
    at_least: f64,
}

const TABLE: Table = Table::Rows(&["start", "attempts", "at_least"]);
/// A baseline remembers 29 days: before them nothing is looked for.
const MOST_MINUTES: i64 = 29 * 24 * 60;

pub(super) fn of_step(ask: &Ask<'_>) -> Result<Reply, Problem> {
    let product = &ask.product()?.name;
    let step = ask.step(product)?;
    let Parts { resolution, name, span } = parts(ask, DEFAULT_MINUTES)?;
    let board = ask.shared.severity();
    let of = (ask.version.number == board.version).then(|| board.product(product)).flatten();
    let of = of.ok_or(Problem::NotYet)?;
    let place = of.place(&StepPath { objective: None, step: step.name.clone() });
    let usual = place.and_then(|place| of.usual.get(place));
    let oldest = Minute::new(ask.now.minute().number() - MOST_MINUTES);
    let starts = (span.from.number()..span.to.number()).step_by(usize::try_from(resolution.minutes()).unwrap_or(1));
    let stretches = starts.map(|start| Minute::new(start)..Minute::new(start + resolution.minutes()));
    let mut baseline = usual.map(crate::severity::Usual::baseline).unwrap_or_default();
    let items = stretches.filter(|minutes| minutes.start >= oldest).filter_map(|minutes| point(&mut baseline, minutes));
    let items = items.collect();
    let body = ExpectedBody { product: product.to_string(), step: step.name.to_string(), resolution: name, items };
    ask.object(AsOf { lsn: board.lsn, span: Some(span) }, body, TABLE)
}

fn point(baseline: &mut Baseline, minutes: std::ops::Range<Minute>) -> Option<ExpectedPoint> {
    let start = minutes.start.start().to_string();
    let expected = baseline.expected(minutes)?;
    Some(ExpectedPoint { start, attempts: number(expected.attempts), at_least: number(expected.at_least) })
}
