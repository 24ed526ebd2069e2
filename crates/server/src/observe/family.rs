//! What `/metrics` says, before it is written in one of its forms: families of samples.

use milepost_facts::Sketch;
use milepost_model::DurationNs;

/// Samples of one name.
#[derive(Debug)]
pub(super) struct Family {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// What it is, in one line without quotes.
    pub(super) help: &'static str,
    pub(super) samples: Vec<Sample>,
}

/// What a family's samples are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Counter,
    Gauge,
    Histogram,
}

/// A value, and what it is of.
#[derive(Debug)]
pub(super) struct Sample {
    pub(super) labels: Vec<(&'static str, String)>,
    pub(super) value: Value,
}

#[derive(Debug)]
pub(super) enum Value {
    Whole(u64),
    Real(f64),
    Histogram(Histogram),
}

/// Durations in classic buckets and in those of a sketch.
#[derive(Debug)]
pub(super) struct Histogram {
    pub(super) count: u64,
    pub(super) sum_seconds: f64,
    /// Upper bounds in seconds, each with all durations up to it; the last one's bound is infinite.
    pub(super) classic: Vec<(f64, u64)>,
    pub(super) zeros: u64,
    /// The buckets of a native histogram that hold anything, in order, each with what it holds.
    pub(super) native: Vec<(i32, u64)>,
}

/// Upper bounds of the classic buckets in seconds: those that OpenTelemetry recommends for HTTP, and three for batch work.
const BOUNDS: [f64; 17] =
    [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0, 30.0, 60.0, 300.0];

impl Family {
    pub(super) fn new(name: &'static str, kind: Kind, help: &'static str) -> Self {
        Self { name, kind, help, samples: Vec::new() }
    }

    /// A counter of one sample.
    pub(super) fn counter(name: &'static str, help: &'static str, value: u64) -> Self {
        Self::single(name, Kind::Counter, help, value)
    }

    /// A gauge of one sample.
    pub(super) fn gauge(name: &'static str, help: &'static str, value: impl Into<Value>) -> Self {
        Self::single(name, Kind::Gauge, help, value)
    }

    fn single(name: &'static str, kind: Kind, help: &'static str, value: impl Into<Value>) -> Self {
        let mut family = Self::new(name, kind, help);
        family.add(&[], value);
        family
    }

    pub(super) fn add(&mut self, labels: &[(&'static str, &str)], value: impl Into<Value>) {
        let labels = labels.iter().map(|(label, text)| (*label, (*text).to_owned())).collect();
        self.samples.push(Sample { labels, value: value.into() });
    }
}

impl Kind {
    /// Its name in the text forms.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

impl From<u64> for Value {
    fn from(value: u64) -> Self {
        Self::Whole(value)
    }
}

impl From<f64> for Value {
    fn from(seconds: f64) -> Self {
        Self::Real(seconds)
    }
}

impl Histogram {
    /// Of durations that took `sum_nanos` together.
    pub(super) fn new(sketch: &Sketch, sum_nanos: u128) -> Self {
        let finite = BOUNDS.iter().map(|bound| (*bound, sketch.at_most(nanos(*bound))));
        #[expect(clippy::cast_precision_loss, reason = "a sum of seconds for people and rates")]
        let sum_seconds = sum_nanos as f64 / 1e9;
        Self {
            count: sketch.len(),
            sum_seconds,
            classic: finite.chain([(f64::INFINITY, sketch.len())]).collect(),
            zeros: sketch.zeros(),
            native: sketch.native_buckets().collect(),
        }
    }
}

fn nanos(seconds: f64) -> DurationNs {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounds are small and above zero")]
    let nanos = (seconds * 1e9).round() as u64;
    DurationNs::from_nanos(nanos)
}
