//! What bodies have in common.

use super::span::SpanBody;
use crate::shared::Shared;
use milepost_facts::Sketch;
use milepost_model::DurationNs;
use milepost_slo::{Counts, wilson};
use milepost_store::Hour;
use milepost_store::minutes::LostRows;
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
    /// Hours of it of which counts are lost, since a file is damaged: what is told of them is too low. Left out where nothing is lost.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub(super) incomplete: Vec<IncompleteBody>,
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
    /// Hours of it of which counts are lost, since a file is damaged: what is told of them is too low. Left out where nothing is lost.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub(super) incomplete: Vec<IncompleteBody>,
    #[serde(flatten)]
    pub(super) item: T,
}

/// Part of a file of counts that is lost.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Incomplete)]
pub(super) struct IncompleteBody {
    /// The file, in the data directory.
    file: String,
    /// The beginning of the hour whose counts it has.
    from: String,
    /// Its end.
    to: String,
    /// How much of the file is lost.
    bytes: u64,
}

/// What is known to be lost of some hours.
pub(super) fn incomplete(shared: &Shared, is_asked: impl Fn(Hour) -> bool) -> Vec<IncompleteBody> {
    let root = shared.directory.root();
    let lost = shared.health.lost().into_iter().filter(|lost| is_asked(lost.hour));
    let body = |lost: LostRows| IncompleteBody {
        file: lost.file.strip_prefix(root).unwrap_or(&lost.file).display().to_string(),
        from: lost.hour.start().to_string(),
        to: lost.hour.end().to_string(),
        bytes: lost.bytes.len() as u64,
    };
    lost.map(body).collect()
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
