//! Metrics as delimited messages of `io.prometheus.client.MetricFamily`: the form that carries native histograms.
//!
//! The schema is Prometheus' `metrics.proto`, of proto2, whose repeated numbers are not packed. The tests read what is written with
//! derived structs of the same schema.

use super::family::{Family, Histogram, Kind, Sample, Value};
use crate::protobuf::{bytes_field, delimited, double_field, signed_field, varint_field};
use milepost_facts::Sketch;

/// Durations up to here are in the bucket of zero: what Prometheus' own clients use, and less than any that is not zero.
const ZERO_THRESHOLD_SECONDS: f64 = 2.938_735_877_055_719e-39;

/// Families as messages, each with its length before it.
pub(super) fn protobuf(families: &[Family]) -> Vec<u8> {
    let mut out = Vec::new();
    for of in families.iter().filter(|family| !family.samples.is_empty()) {
        delimited(&mut out, &family(of));
    }
    out
}

fn family(of: &Family) -> Vec<u8> {
    const NAME: u32 = 1;
    const HELP: u32 = 2;
    const TYPE: u32 = 3;
    const METRIC: u32 = 4;
    let kind = match of.kind {
        Kind::Counter => 0,
        Kind::Gauge => 1,
        Kind::Histogram => 4,
    };
    let mut out = Vec::new();
    bytes_field(&mut out, NAME, of.name.as_bytes());
    bytes_field(&mut out, HELP, of.help.as_bytes());
    varint_field(&mut out, TYPE, kind);
    of.samples.iter().for_each(|sample| bytes_field(&mut out, METRIC, &metric(sample, of.kind)));
    out
}

fn metric(of: &Sample, kind: Kind) -> Vec<u8> {
    const LABEL: u32 = 1;
    const GAUGE: u32 = 2;
    const COUNTER: u32 = 3;
    const HISTOGRAM: u32 = 7;
    let mut out = Vec::new();
    for (name, text) in &of.labels {
        bytes_field(&mut out, LABEL, &label(name, text));
    }
    let field = if kind == Kind::Counter { COUNTER } else { GAUGE };
    match &of.value {
        #[expect(clippy::cast_precision_loss, reason = "the form has no other numbers; exact up to 2^53")]
        Value::Whole(value) => bytes_field(&mut out, field, &number(*value as f64)),
        Value::Real(value) => bytes_field(&mut out, field, &number(*value)),
        Value::Histogram(value) => bytes_field(&mut out, HISTOGRAM, &histogram(value)),
    }
    out
}

fn label(name: &str, text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    bytes_field(&mut out, 1, name.as_bytes());
    bytes_field(&mut out, 2, text.as_bytes());
    out
}

fn number(value: f64) -> Vec<u8> {
    let mut out = Vec::new();
    double_field(&mut out, 1, value);
    out
}

fn histogram(of: &Histogram) -> Vec<u8> {
    const COUNT: u32 = 1;
    const SUM: u32 = 2;
    const BUCKET: u32 = 3;
    const SCHEMA: u32 = 5;
    const ZERO_THRESHOLD: u32 = 6;
    const ZERO_COUNT: u32 = 7;
    const POSITIVE_SPAN: u32 = 12;
    const POSITIVE_DELTA: u32 = 13;
    let mut out = Vec::new();
    varint_field(&mut out, COUNT, of.count);
    double_field(&mut out, SUM, of.sum_seconds);
    for (bound, count) in &of.classic {
        bytes_field(&mut out, BUCKET, &bucket(*bound, *count));
    }
    signed_field(&mut out, SCHEMA, i64::from(Sketch::SCHEMA));
    double_field(&mut out, ZERO_THRESHOLD, ZERO_THRESHOLD_SECONDS);
    varint_field(&mut out, ZERO_COUNT, of.zeros);
    for (offset, length) in spans(&of.native) {
        bytes_field(&mut out, POSITIVE_SPAN, &span(offset, length));
    }
    let mut before = 0;
    for (_, count) in &of.native {
        let count = count.cast_signed();
        signed_field(&mut out, POSITIVE_DELTA, count - before);
        before = count;
    }
    out
}

fn bucket(bound: f64, count: u64) -> Vec<u8> {
    let mut out = Vec::new();
    varint_field(&mut out, 1, count);
    double_field(&mut out, 2, bound);
    out
}

fn span(offset: i32, length: u64) -> Vec<u8> {
    let mut out = Vec::new();
    signed_field(&mut out, 1, i64::from(offset));
    varint_field(&mut out, 2, length);
    out
}

/// Runs of buckets without a gap: how many stand empty before each, the first counted from bucket 0, and how many it has.
fn spans(buckets: &[(i32, u64)]) -> Vec<(i32, u64)> {
    let mut spans: Vec<(i32, u64)> = Vec::new();
    let mut next = 0;
    for (bucket, _) in buckets {
        match spans.last_mut() {
            Some((_, length)) if *bucket == next => *length += 1,
            _ => spans.push((bucket - next, 1)),
        }
        next = bucket + 1;
    }
    spans
}

#[cfg(test)]
mod tests;
