//! What is written, read by derived structs of Prometheus' schema.

use super::*;
use crate::observe::text::{Dialect, text};
use milepost_model::DurationNs;
use prost::Message;
use std::collections::BTreeMap;

#[derive(Clone, PartialEq, Message)]
struct ReadFamily {
    #[prost(string, optional, tag = "1")]
    name: Option<String>,
    #[prost(string, optional, tag = "2")]
    help: Option<String>,
    #[prost(int32, optional, tag = "3")]
    kind: Option<i32>,
    #[prost(message, repeated, tag = "4")]
    metric: Vec<ReadMetric>,
}

#[derive(Clone, PartialEq, Message)]
struct ReadMetric {
    #[prost(message, repeated, tag = "1")]
    label: Vec<ReadLabel>,
    #[prost(message, optional, tag = "2")]
    gauge: Option<ReadNumber>,
    #[prost(message, optional, tag = "3")]
    counter: Option<ReadNumber>,
    #[prost(message, optional, tag = "7")]
    histogram: Option<ReadHistogram>,
}

#[derive(Clone, PartialEq, Message)]
struct ReadLabel {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    value: String,
}

#[derive(Clone, PartialEq, Message)]
struct ReadNumber {
    #[prost(double, tag = "1")]
    value: f64,
}

#[derive(Clone, PartialEq, Message)]
struct ReadHistogram {
    #[prost(uint64, tag = "1")]
    count: u64,
    #[prost(double, tag = "2")]
    sum: f64,
    #[prost(message, repeated, tag = "3")]
    bucket: Vec<ReadBucket>,
    #[prost(sint32, tag = "5")]
    schema: i32,
    #[prost(double, tag = "6")]
    zero_threshold: f64,
    #[prost(uint64, tag = "7")]
    zero_count: u64,
    #[prost(message, repeated, tag = "12")]
    positive_span: Vec<ReadSpan>,
    #[prost(sint64, repeated, packed = "false", tag = "13")]
    positive_delta: Vec<i64>,
}

#[derive(Clone, PartialEq, Message)]
struct ReadBucket {
    #[prost(uint64, tag = "1")]
    cumulative_count: u64,
    #[prost(double, tag = "2")]
    upper_bound: f64,
}

#[derive(Clone, PartialEq, Message)]
struct ReadSpan {
    #[prost(sint32, tag = "1")]
    offset: i32,
    #[prost(uint32, tag = "2")]
    length: u32,
}

fn read(mut bytes: &[u8]) -> Vec<ReadFamily> {
    let mut families = Vec::new();
    while !bytes.is_empty() {
        families.push(ReadFamily::decode_length_delimited(&mut bytes).expect("a family"));
    }
    families
}

/// 0, 1 ns, 5 ms twice, their neighbour, 1 s and 4 s.
fn durations() -> Family {
    let mut sketch = Sketch::default();
    let nanos = [0, 1, 5_000_000, 5_000_000, 5_060_000, 1_000_000_000, 4_000_000_000];
    nanos.iter().for_each(|nanos| sketch.record(DurationNs::from_nanos(*nanos)));
    let sum = nanos.iter().map(|nanos| u128::from(*nanos)).sum();
    let mut family = Family::new("took_seconds", Kind::Histogram, "How long.");
    family.add(&[("step", "a\"b\\ä\n")], Value::Histogram(Histogram::new(&sketch, sum)));
    family.add(&[("step", "none")], Value::Histogram(Histogram::new(&Sketch::default(), 0)));
    family
}

fn families() -> Vec<Family> {
    let mut events = Family::new("events_total", Kind::Counter, "Events.");
    events.add(&[("by", "rule"), ("class", "")], 300);
    events.add(&[("by", "claim"), ("class", "test")], 0);
    let empty = Family::new("nothing_total", Kind::Counter, "None.");
    vec![events, empty, Family::gauge("began_seconds", "When.", 1_700_000_000.25), durations()]
}

#[test]
fn a_native_histogram_has_the_buckets_of_the_sketch() {
    let read = read(&protobuf(&[durations()]));
    let histogram = read[0].metric[0].histogram.as_ref().expect("a histogram");
    assert_eq!((histogram.schema, histogram.count, histogram.zero_count), (6, 7, 1));
    assert!(histogram.zero_threshold > 0.0 && histogram.zero_threshold < 1e-9);
    let (mut at, mut count, mut deltas) = (0, 0, histogram.positive_delta.iter());
    let mut buckets = Vec::new();
    for span in &histogram.positive_span {
        at += span.offset;
        for _ in 0..span.length {
            count += deltas.next().expect("a delta for each bucket");
            buckets.push((at, count));
            at += 1;
        }
    }
    assert_eq!(deltas.next(), None);
    // log2(1e-9) x 64 = -1913.4, log2(0.005) x 64 = -489.2 and log2(0.00506) x 64 = -488.1, rounded up.
    assert_eq!(buckets, [(-1913, 1), (-489, 2), (-488, 1), (0, 1), (128, 1)]);
    let lengths: Vec<u32> = histogram.positive_span.iter().map(|span| span.length).collect();
    assert_eq!(lengths, [1, 2, 1, 1], "neighbours share a span");
}

#[test]
fn a_histogram_without_observations_is_a_native_one_too() {
    let read = read(&protobuf(&[durations()]));
    let histogram = read[0].metric[1].histogram.as_ref().expect("a histogram");
    assert_eq!((histogram.count, histogram.sum, histogram.schema), (0, 0.0, 6));
    assert!(histogram.zero_threshold > 0.0 && histogram.positive_span.is_empty());
}

/// Each line of the text that is no comment, as what the messages say it must be.
fn lines(families: &[ReadFamily]) -> BTreeMap<String, f64> {
    let mut lines = BTreeMap::new();
    for (family, metric) in families.iter().flat_map(|family| family.metric.iter().map(move |metric| (family, metric)))
    {
        let name = family.name.as_deref().expect("a name");
        let escaped = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        let labels: Vec<String> =
            metric.label.iter().map(|label| format!("{}=\"{}\"", label.name, escaped(&label.value))).collect();
        let mut line = |suffix: &str, more: Option<String>, value| {
            let labels = labels.iter().cloned().chain(more).collect::<Vec<_>>().join(",");
            let labels = if labels.is_empty() { labels } else { format!("{{{labels}}}") };
            lines.insert(format!("{name}{suffix}{labels}"), value);
        };
        for number in metric.counter.iter().chain(&metric.gauge) {
            line("", None, number.value);
        }
        let Some(histogram) = &metric.histogram else { continue };
        for bucket in &histogram.bucket {
            let bound = bucket.upper_bound;
            let bound = if bound.is_finite() { format!("{bound:?}") } else { "+Inf".to_owned() };
            line("_bucket", Some(format!("le=\"{bound}\"")), bucket.cumulative_count as f64);
        }
        line("_sum", None, histogram.sum);
        line("_count", None, histogram.count as f64);
    }
    lines
}

#[test]
fn text_and_protobuf_tell_the_same_numbers() {
    let families = families();
    let read = read(&protobuf(&families));
    for dialect in [Dialect::Prometheus, Dialect::OpenMetrics] {
        let text = text(&families, dialect);
        let samples = text.lines().filter(|line| !line.starts_with('#'));
        let told: BTreeMap<String, f64> = samples
            .map(|line| line.rsplit_once(' ').expect("a value"))
            .map(|(series, value)| (series.to_owned(), value.parse().expect("a number")))
            .collect();
        assert_eq!(told, lines(&read), "{dialect:?}");
        assert_eq!(told["took_seconds_count{step=\"a\\\"b\\\\ä\\n\"}"], 7.0);
    }
    for family in &read {
        let wanted = families.iter().find(|of| Some(of.name) == family.name.as_deref()).expect("the family");
        assert_eq!(family.help.as_deref(), Some(wanted.help));
        let kind = match family.kind.unwrap_or_default() {
            0 => Kind::Counter,
            1 => Kind::Gauge,
            _ => Kind::Histogram,
        };
        assert_eq!(kind, wanted.kind);
    }
    assert_eq!(read.len(), 3, "a family without samples is left out");
}
