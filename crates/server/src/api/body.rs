//! What bodies have in common.

use super::span::SpanBody;
use milepost_facts::Sketch;
use milepost_model::DurationNs;
use milepost_slo::{Counts, wilson};
use serde::Serialize;
use utoipa::ToSchema;

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Page<T> {
    /// The log sequence number up to which everything is counted in it.
    pub(super) as_of: u64,
    /// The version of the registry that it is told by.
    pub(super) registry_version: u64,
    /// The time that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) covered: Option<SpanBody>,
    /// The items, by their names.
    pub(super) items: Vec<T>,
    /// What to send as `cursor` for the next page; null on the last one.
    pub(super) next_cursor: Option<String>,
}

/// One thing.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Object<T> {
    /// The log sequence number up to which everything is counted in it.
    pub(super) as_of: u64,
    /// The version of the registry that it is told by.
    pub(super) registry_version: u64,
    /// The time that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) covered: Option<SpanBody>,
    #[serde(flatten)]
    pub(super) item: T,
}

/// Wilson interval of a ratio, at 95 %.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(super) struct Interval {
    pub(super) low: f64,
    pub(super) high: f64,
}

/// Latency in milliseconds, each off by at most the relative error.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(super) struct Latency {
    pub(super) p50: f64,
    pub(super) p95: f64,
    pub(super) p99: f64,
    pub(super) relative_error: f64,
}

pub(super) fn interval(counts: Counts) -> Option<Interval> {
    wilson(counts.good, counts.valid).map(|i| Interval { low: i.low, high: i.high })
}

pub(super) fn latency(sketch: &Sketch) -> Option<Latency> {
    let at = |per_mille| sketch.quantile(per_mille).map(millis);
    Some(Latency { p50: at(500)?, p95: at(950)?, p99: at(990)?, relative_error: Sketch::RELATIVE_ERROR })
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds are shown to a few digits")]
pub(super) fn millis(duration: DurationNs) -> f64 {
    duration.nanos() as f64 / 1e6
}
