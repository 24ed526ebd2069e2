//! Metrics in JSON: their data points are rejected one by one, and of each resource it is told whether its service has sent some.

use super::super::{RejectReason, Sink, metric};
use super::batch::Batch;
use super::lenient::{Elements, Fields, List, Object, Scalar, Shape, ignore};
use super::{Resource, ResourceState};
use milepost_annotate::Value;
use serde::de::MapAccess;
use std::mem::take;

/// From a resource's entry down to the data points: each list or object by its possible names.
const LEVELS: &[&[&str]] = &[
    &["scopeMetrics"],
    &["metrics"],
    &["gauge", "sum", "histogram", "exponentialHistogram", "summary"],
    &["dataPoints"],
];
/// Levels below a metric.
const BELOW_METRIC: usize = 2;

/// The entries of resources.
pub(super) struct ResourceMetrics<'b, 'de, 'r, S>(pub(super) Metrics<'b, 'de, 'r, S>);

/// What is below one level.
pub(super) struct Metrics<'b, 'de, 'r, S> {
    batch: &'b mut Batch<'de, 'r, S>,
    levels: &'static [&'static [&'static str]],
    seen: Seen,
}

/// What was seen of the metrics of a resource.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    /// The metric that is being read has data points, and a name that is another's.
    has_points: bool,
    is_of_others: bool,
    /// Some were of the service itself.
    has_own: bool,
}

impl<'b, 'de, 'r, S> Metrics<'b, 'de, 'r, S> {
    /// Those of a request.
    pub(super) fn new(batch: &'b mut Batch<'de, 'r, S>) -> Self {
        Self { batch, levels: LEVELS, seen: Seen::default() }
    }
}

impl<'de, S: Sink> Fields<'de> for ResourceMetrics<'_, 'de, '_, S> {
    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        if key == "resource" { Resource::read(self.0.batch, map) } else { self.0.field(key, map) }
    }
}

impl<'de, S: Sink> Elements<'de> for ResourceMetrics<'_, 'de, '_, S> {
    fn end(&mut self, _: Shape) {
        let resource = take(&mut self.0.batch.resource);
        if take(&mut self.0.seen).has_own {
            let service = resource.values.service().filter(|_| resource.state == ResourceState::Read);
            let name = service.and_then(|held| if let Value::Text(name) = held.value() { Some(name) } else { None });
            self.0.batch.sink.metrics_of(name);
        }
    }
}

impl<'de, S: Sink> Fields<'de> for Metrics<'_, 'de, '_, S> {
    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match self.levels.split_first() {
            Some((names, levels)) if names.contains(&key) => {
                let mut below = Metrics { batch: &mut *self.batch, levels, seen: self.seen };
                // Of the levels below, only the kinds of metric are objects.
                if levels.len() == 1 {
                    map.next_value_seed(Object(&mut below)).map(drop)?;
                } else {
                    map.next_value_seed(List(&mut below)).map(drop)?;
                }
                self.seen = below.seen;
                Ok(())
            }
            _ if key == "name" && self.levels.len() == BELOW_METRIC => {
                let name: Scalar<'_> = map.next_value()?;
                self.seen.is_of_others = matches!(&name, Scalar::Text(name) if !metric::is_own(name));
                Ok(())
            }
            _ => ignore(map),
        }
    }
}

impl<'de, S: Sink> Elements<'de> for Metrics<'_, 'de, '_, S> {
    fn end(&mut self, _: Shape) {
        match self.levels.len() {
            0 => {
                self.batch.sink.rejected(RejectReason::Metric);
                self.seen.has_points = true;
            }
            BELOW_METRIC => {
                self.seen.has_own |= self.seen.has_points && !self.seen.is_of_others;
                (self.seen.has_points, self.seen.is_of_others) = (false, false);
            }
            _ => {}
        }
    }
}
