//! Requests of metrics, which are counted and not kept.

use super::problem::Problem;
use milepost_annotate::{FieldPlan, Slots};
use milepost_ingest::otlp::{self, LogRecord, RejectReason, Sink, Span};

/// The data points of a request.
#[derive(Debug, Default)]
struct DataPoints {
    count: u64,
    is_broken: bool,
}

impl Sink for DataPoints {
    fn span(&mut self, _: &Span, _: &Slots<'_>) {}

    fn log(&mut self, _: &LogRecord, _: &Slots<'_>) {}

    fn rejected(&mut self, reason: RejectReason) {
        match reason {
            RejectReason::Metric => self.count += 1,
            _ => self.is_broken = true,
        }
    }
}

/// How many data points a request has.
pub(crate) fn data_points(body: &[u8], is_json: bool) -> Result<u64, Problem> {
    let mut points = DataPoints::default();
    if is_json {
        otlp::json::read(body, &FieldPlan::default(), &mut points).map_err(|e| Problem::unreadable(e.to_string()))?;
    } else {
        otlp::proto::read_metrics(body, &mut points);
    }
    if points.is_broken && points.count == 0 {
        return Err(Problem::unreadable("the body is no OTLP request of metrics"));
    }
    Ok(points.count)
}
