//! Metrics of steps and SLOs, written to a Prometheus or what takes its remote write (version 1: protobuf in a block of snappy).

use super::family::{Family, Histogram, Value};
use super::metrics::product_families;
use crate::outbound::{Address, Answer, Client, Content, Patience, Post, PostError, Reach};
use crate::protobuf::{bytes_field, double_field, varint_field};
use crate::pulse::{LONG, Worker};
use crate::shared::Shared;
use bytes::Bytes;
use milepost_model::Timestamp;
use std::collections::VecDeque;
use std::time::{Duration, Instant};
use tokio::runtime;

/// Writes to one address.
#[derive(Debug)]
pub(crate) struct RemoteWriter {
    address: Address,
    client: Client,
    queue: Queue,
    patience: Patience,
    error: Option<String>,
}

/// Requests that wait, oldest first.
#[derive(Debug, Default)]
struct Queue {
    requests: VecDeque<Bytes>,
    bytes: usize,
}

/// What became of a request.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Taken,
    Later,
    Never,
}

/// How often metrics are read.
const EVERY: Duration = Duration::from_secs(15);
/// How often it is looked whether something waits.
const LOOK: Duration = Duration::from_secs(1);
/// For so long requests are sent before metrics are read again.
const ROUND: Duration = Duration::from_secs(10);
/// Most bytes that wait.
const WAITING_BYTES: usize = 8 << 20;
/// Series of a request: as many as Prometheus itself sends.
const SERIES: usize = 2_000;
/// By which those who scrape call what they scrape; here nobody else says it.
const JOB: (&str, &str) = ("job", "milepost");

impl RemoteWriter {
    pub(crate) fn new(address: Address, client: Client) -> Self {
        Self { address, client, queue: Queue::default(), patience: Patience::default(), error: None }
    }

    /// Writes until the server ends.
    pub(crate) fn run(mut self, shared: &Shared) {
        let runtime = match runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => return tracing::error!(%error, "metrics cannot be written"),
        };
        let mut due = Instant::now();
        loop {
            shared.health.pulses.beat_for(Worker::Writer, LONG);
            // As soon as there is something to say of SLOs.
            if Instant::now() >= due && shared.board().at.is_some() {
                due = Instant::now() + EVERY;
                let dropped = self.queue.push(requests(&product_families(shared), shared.now()));
                if dropped > 0 {
                    tracing::warn!(dropped, "metrics that could not be written are dropped");
                }
            }
            runtime.block_on(self.send(shared));
            shared.health.written(self.error.clone());
            if shared.stop.wait(LOOK) {
                return;
            }
        }
    }

    /// Sends what waits, in order: a series takes no sample that is older than its newest.
    async fn send(&mut self, shared: &Shared) {
        let began = Instant::now();
        while let Some(request) = self.queue.requests.front().cloned() {
            if !self.patience.is_over(Instant::now()) || began.elapsed() > ROUND || shared.stop.is_set() {
                return;
            }
            let headers = vec![("x-prometheus-remote-write-version", "0.1.0".to_owned())];
            let (address, content) = (&self.address, Content::Protobuf(request));
            let answer = self.client.post(Post { address, path: "", reach: Reach::Anywhere, headers, content }).await;
            self.note(&answer);
        }
    }

    fn note(&mut self, answer: &Result<Answer, PostError>) {
        let why = answer.as_ref().map_or_else(ToString::to_string, Answer::told);
        let why = format!("{}: {why}", self.address.origin());
        match answer.as_ref().map_or(Outcome::Later, |answer| outcome(answer.status)) {
            Outcome::Taken => {
                self.queue.pop();
                self.patience.succeed();
                self.error = None;
            }
            Outcome::Later => {
                tracing::warn!(error = why, "metrics could not be written");
                let asked = answer.as_ref().ok().and_then(|answer| answer.retry_after);
                self.patience.fail(Instant::now(), asked);
                self.error = Some(why);
            }
            Outcome::Never => {
                tracing::error!(error = why, "metrics are refused and dropped");
                self.queue.pop();
                self.error = Some(format!("{why}; these are dropped"));
            }
        }
    }
}

/// What a status means, as the specification of remote write says it.
fn outcome(status: u16) -> Outcome {
    match status {
        200..300 => Outcome::Taken,
        429 | 500.. => Outcome::Later,
        _ => Outcome::Never,
    }
}

impl Queue {
    /// Adds requests; how many of the oldest had to go.
    fn push(&mut self, requests: Vec<Bytes>) -> usize {
        self.bytes += requests.iter().map(Bytes::len).sum::<usize>();
        self.requests.extend(requests);
        let mut dropped = 0;
        while self.bytes > WAITING_BYTES && self.requests.len() > 1 {
            self.pop();
            dropped += 1;
        }
        dropped
    }

    fn pop(&mut self) {
        self.bytes -= self.requests.pop_front().map_or(0, |request| request.len());
    }
}

/// Families as requests, all of one time.
fn requests(families: &[Family], at: Timestamp) -> Vec<Bytes> {
    let millis = u64::try_from(at.nanos() / 1_000_000).unwrap_or(0);
    let mut all = Vec::new();
    for family in families {
        for sample in &family.samples {
            let labels: Vec<_> = sample.labels.iter().map(|(name, text)| (*name, &**text)).collect();
            let mut add = |suffix: &str, more: Option<(&str, &str)>, value: f64| {
                let name = format!("{}{suffix}", family.name);
                all.push(series(&name, labels.iter().copied().chain(more), value, millis));
            };
            match &sample.value {
                #[expect(clippy::cast_precision_loss, reason = "the form has no other numbers; exact up to 2^53")]
                Value::Whole(value) => add("", None, *value as f64),
                Value::Real(value) => add("", None, *value),
                Value::Histogram(histogram) => parts(histogram, add),
            }
        }
    }
    all.chunks(SERIES).map(compressed).collect()
}

/// A histogram as the series that it is in text.
#[expect(clippy::cast_precision_loss, reason = "the form has no other numbers; exact up to 2^53")]
fn parts(of: &Histogram, mut add: impl FnMut(&str, Option<(&str, &str)>, f64)) {
    for (bound, count) in &of.classic {
        let bound = if bound.is_finite() { format!("{bound:?}") } else { "+Inf".to_owned() };
        add("_bucket", Some(("le", &bound)), *count as f64);
    }
    add("_sum", None, of.sum_seconds);
    add("_count", None, of.count as f64);
}

/// A `TimeSeries` with one sample. Its labels are sorted, and none is empty, as the specification wants it.
fn series<'l>(name: &'l str, labels: impl Iterator<Item = (&'l str, &'l str)>, value: f64, millis: u64) -> Vec<u8> {
    let mut labels: Vec<_> = labels.chain([("__name__", name), JOB]).filter(|(_, text)| !text.is_empty()).collect();
    labels.sort_unstable();
    let mut out = Vec::new();
    for (name, text) in labels {
        let mut label = Vec::new();
        bytes_field(&mut label, 1, name.as_bytes());
        bytes_field(&mut label, 2, text.as_bytes());
        bytes_field(&mut out, 1, &label);
    }
    let mut sample = Vec::new();
    double_field(&mut sample, 1, value);
    varint_field(&mut sample, 2, millis);
    bytes_field(&mut out, 2, &sample);
    out
}

/// A `WriteRequest` of some series.
fn compressed(series: &[Vec<u8>]) -> Bytes {
    let mut out = Vec::new();
    series.iter().for_each(|series| bytes_field(&mut out, 1, series));
    let compressed = snap::raw::Encoder::new().compress_vec(&out);
    compressed.expect("a request is far below 4 GiB").into()
}

#[cfg(test)]
mod tests;
