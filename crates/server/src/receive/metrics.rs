//! Requests of metrics, which are counted and not kept; that they came is a sign of life.

use super::problem::Problem;
use crate::intake::Intake;
use milepost_annotate::{FieldPlan, Slots};
use milepost_ingest::otlp::{self, LogRecord, RejectReason, Sink, Span};

/// The data points of a request.
#[derive(Debug)]
struct DataPoints<'i> {
    intake: &'i Intake,
    count: u64,
    is_broken: bool,
}

impl Sink for DataPoints<'_> {
    fn span(&mut self, _: &Span, _: &Slots<'_>) {}

    fn log(&mut self, _: &LogRecord, _: &Slots<'_>) {}

    fn rejected(&mut self, reason: RejectReason) {
        match reason {
            RejectReason::Metric => self.count += 1,
            _ => self.is_broken = true,
        }
    }

    fn metrics_of(&mut self, service: Option<&str>) {
        self.intake.note_sign(service);
    }
}

/// How many data points a request has; whose they are is noted.
pub(crate) fn data_points(body: &[u8], is_json: bool, intake: &Intake) -> Result<u64, Problem> {
    let mut points = DataPoints { intake, count: 0, is_broken: false };
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::Budget;
    use crate::signs::Signs;

    #[test]
    fn metrics_of_services_that_the_registry_names_are_their_signs_and_others_only_say_that_something_came() {
        let signs = Signs::default();
        signs.listen(["web"].into_iter());
        let intake = Intake::new(Budget::new(1 << 20)).0.with_signs(signs.clone());
        let of = |service: &str| {
            let resource =
                serde_json::json!({"attributes": [{"key": "service.name", "value": {"stringValue": service}}]});
            let metrics = serde_json::json!([{"name": "m", "sum": {"dataPoints": [{}, {}]}}]);
            let entry = serde_json::json!({"resource": resource, "scopeMetrics": [{"metrics": metrics}]});
            let body = serde_json::json!({ "resourceMetrics": [entry] }).to_string();
            assert_eq!(data_points(body.as_bytes(), true, &intake).unwrap(), 2);
            signs.take()
        };
        assert_eq!(signs.take(), None);
        assert_eq!(of("web"), Some(vec!["web".to_owned()]));
        assert_eq!(of("db"), Some(Vec::new()));
        assert_eq!(signs.take(), None, "each is told once");
    }
}
