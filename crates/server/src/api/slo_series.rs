//! `/products/{product}/slos/{slo}/series`: what an SLO's indicator counted, part by part of a time.

use super::ask::{AsOf, Ask};
use super::csv::Table;
use super::problem::Problem;
use super::reply::Reply;
use super::series::{Parts, parts};
use super::slos::wanted;
use super::steps::DEFAULT_MINUTES;
use milepost_slo::Counts;
use serde::Serialize;
use utoipa::ToSchema;

/// A series of an SLO.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SloSeriesBody {
    product: String,
    slo: String,
    /// How long a part is: `minute`, `hour` or `day`, in UTC.
    resolution: &'static str,
    /// The parts that have anything, in order; maintenance is not taken out of them.
    items: Vec<SloPoint>,
}

/// A part of a series.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SloPoint {
    /// When it begins.
    start: String,
    /// What the indicator takes for valid: events, whatever the SLO makes of them.
    valid: u64,
    /// Of those, the good ones.
    good: u64,
    ratio: Option<f64>,
    /// Whether events of it may still be on their way: it ended less than two minutes ago, or has not.
    is_provisional: bool,
}

const TABLE: Table = Table::Rows(&["start", "valid", "good", "ratio", "is_provisional"]);

pub(super) fn of_slo(ask: &Ask<'_>) -> Result<Reply, Problem> {
    let product = &ask.product()?.name;
    let slo = wanted(ask)?;
    let key = slo.series(ask);
    let Parts { resolution, name, span } = parts(ask, DEFAULT_MINUTES)?;
    let (answer, lsn) = {
        let counts = ask.shared.counts();
        let series = key.and_then(|key| counts.series.find(&key.text()));
        (counts.ask(series.as_slice(), span.range(), resolution), counts.lsn)
    };
    let counted = ask.complete(answer)?.into_iter().flatten();
    let point = |part: crate::counts::Part| {
        let [valid, good, ..] = part.cell;
        SloPoint {
            start: part.start.start().to_string(),
            valid,
            good,
            ratio: Counts { valid, good }.ratio(),
            is_provisional: Parts::is_provisional(part.start, resolution, ask.now),
        }
    };
    let body = SloSeriesBody {
        product: product.to_string(),
        slo: slo.name().to_owned(),
        resolution: name,
        items: counted.map(point).collect(),
    };
    ask.object(AsOf { lsn, span: Some(span) }, body, TABLE)
}
