//! `/metrics`: events by step, how long they took, and the server's own health, for Prometheus.

use super::text::Text;
use crate::counts::{Cell, Counts, SeriesKey, StepSeries};
use crate::receive::ReceiveStats;
use crate::shared::Shared;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use milepost_facts::Sketch;
use milepost_model::{DurationNs, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

/// Upper bounds of the classic buckets in seconds: those that OpenTelemetry recommends for HTTP, and three for batch work.
const BOUNDS: [f64; 17] =
    [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0, 30.0, 60.0, 300.0];
const OUTCOMES: [&str; 4] = ["success", "failure", "abandoned", "timeout"];

pub(super) async fn metrics(State(shared): State<Arc<Shared>>) -> impl IntoResponse {
    let mut text = Text::default();
    steps(&shared.counts(), &mut text);
    received(&shared, &mut text);
    kept(&shared, &mut text);
    process(&shared, &mut text);
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text.finish())
}

fn steps(counts: &Counts, text: &mut Text) {
    let mut events: BTreeMap<StepSeries, Cell> = BTreeMap::new();
    for (series, cell) in counts.totals() {
        if let Some(SeriesKey::Step(of)) = counts.series.key(series).and_then(SeriesKey::parse) {
            events.insert(of, *cell);
        }
    }
    text.family(
        "milepost_step_events_total",
        "counter",
        "Attempts of steps by how they ended, since the data directory was begun.",
    );
    for (of, cell) in &events {
        for (outcome, count) in OUTCOMES.iter().zip(cell) {
            let mut labels = labels(of).to_vec();
            labels.push(("outcome", outcome));
            text.sample("milepost_step_events_total", &labels, count);
        }
    }
    text.family(
        "milepost_step_duration_seconds",
        "histogram",
        "How long attempts took that were not abandoned, since the server was started.",
    );
    let mut durations: BTreeMap<StepSeries, &Latency> = BTreeMap::new();
    for (series, latency) in counts.latency_totals() {
        if let Some(SeriesKey::Latency(of)) = counts.series.key(series).and_then(SeriesKey::parse) {
            durations.insert(of, latency);
        }
    }
    durations.iter().for_each(|(of, latency)| histogram(of, latency, text));
}

/// How long all attempts took together.
pub(crate) type Latency = (Sketch, u128);

fn histogram(of: &StepSeries, (sketch, sum_nanos): &Latency, text: &mut Text) {
    for bound in BOUNDS {
        let mut labels = labels(of).to_vec();
        let bound_text = bound.to_string();
        labels.push(("le", &bound_text));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounds are small and above zero")]
        let nanos = DurationNs::from_nanos((bound * 1e9).round() as u64);
        text.sample("milepost_step_duration_seconds_bucket", &labels, sketch.at_most(nanos));
    }
    let mut labels = labels(of).to_vec();
    labels.push(("le", "+Inf"));
    text.sample("milepost_step_duration_seconds_bucket", &labels, sketch.len());
    labels.pop();
    #[expect(clippy::cast_precision_loss, reason = "a sum of seconds for people and rates")]
    let seconds = *sum_nanos as f64 / 1e9;
    text.sample("milepost_step_duration_seconds_sum", &labels, seconds);
    text.sample("milepost_step_duration_seconds_count", &labels, sketch.len());
}

fn labels(of: &StepSeries) -> [(&str, &str); 5] {
    [
        ("product", &of.product),
        ("objective", of.objective.as_deref().unwrap_or_default()),
        ("step", &of.step),
        ("method", of.method()),
        ("class", &of.class),
    ]
}

/// What came in, and what became of it.
fn received(shared: &Shared, text: &mut Text) {
    let ledger = shared.ledger().clone();
    text.single("milepost_events_received_total", "counter", "Events in requests that were answered.", ledger.received);
    text.single("milepost_events_counted_total", "counter", "Events that were counted.", ledger.counted);
    text.single(
        "milepost_events_duplicate_total",
        "counter",
        "Events that had been counted before.",
        ledger.duplicates,
    );
    text.family("milepost_events_rejected_total", "counter", "Events that were not counted, by reason.");
    for (reason, count) in &ledger.rejected {
        text.sample("milepost_events_rejected_total", &[("reason", reason)], count);
    }
    text.family("milepost_events_annotated_total", "counter", "Events by how they came by their step.");
    for (origin, count) in &ledger.origins {
        text.sample("milepost_events_annotated_total", &[("by", origin)], count);
    }
    if let Some(received) = shared.receive_stats().map(ReceiveStats::snapshot) {
        text.family("milepost_requests_total", "counter", "Requests with telemetry, by protocol and answer.");
        for (protocol, answer, count) in received.answers.iter().filter(|(_, _, count)| *count > 0) {
            let labels = [("protocol", protocol.as_str()), ("answer", answer.as_str())];
            text.sample("milepost_requests_total", &labels, count);
        }
        text.family("milepost_received_bytes_total", "counter", "Bytes of requests with telemetry, as they were sent.");
        for (protocol, bytes, _) in &received.bytes {
            text.sample("milepost_received_bytes_total", &[("protocol", protocol.as_str())], bytes);
        }
    }
}

/// How far what was received is counted and stored.
fn kept(shared: &Shared, text: &mut Text) {
    let (newest, lsn) = {
        let counts = shared.counts();
        (counts.newest, counts.lsn)
    };
    if let Some(newest) = newest {
        let help = "Start of the newest event.";
        text.single("milepost_newest_event_timestamp_seconds", "gauge", help, seconds(newest));
    }
    text.single("milepost_log_sequence_number", "gauge", "Everything up to this record is counted.", lsn.0);
    text.single(
        "milepost_checkpoint_log_sequence_number",
        "gauge",
        "Everything up to this record is in the minute log.",
        shared.health.checkpoints().0.0,
    );
    text.single(
        "milepost_segments_log_sequence_number",
        "gauge",
        "Facts up to this record are in segments.",
        shared.health.flushed().0,
    );
    let window = shared.health.dedupe_window().nanos() / 1_000_000_000;
    text.single("milepost_duplicates_known_seconds", "gauge", "How far back duplicates are recognised.", window);
    let storing = u8::from(shared.health.storing_error().is_none());
    text.single("milepost_storing", "gauge", "1 when telemetry can be stored.", storing);
}

/// The state of the server itself.
fn process(shared: &Shared, text: &mut Text) {
    let failing = shared.health.thread_reasons().len();
    text.single(
        "milepost_failing_threads",
        "gauge",
        "Threads that ended, or of which nothing was heard for 4 s.",
        failing,
    );
    let refused = u8::from(shared.registry().refused.is_some());
    text.single("milepost_registry_refused", "gauge", "1 when the registry's folder has errors.", refused);
    let version = shared.versions.current();
    text.family("milepost_registry_info", "gauge", "The active registry.");
    let number = version.number.to_string();
    text.sample("milepost_registry_info", &[("version", &number), ("digest", &version.digest)], 1);
    let reserved = shared.health.reserved_bytes.load(Relaxed);
    text.single("milepost_requests_bytes", "gauge", "Memory that requests hold.", reserved);
    text.single("process_start_time_seconds", "gauge", "When the server was started.", seconds(shared.started));
    if let Some(resident) = resident_bytes() {
        text.single("process_resident_memory_bytes", "gauge", "Memory of the process.", resident);
    }
}

fn seconds(time: Timestamp) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 fit")]
    let seconds = (time.nanos() / 1_000_000) as f64 / 1e3;
    seconds
}

/// From the second number of `/proc/self/statm`, in pages of 4 KiB.
fn resident_bytes() -> Option<u64> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    statm.split_whitespace().nth(1)?.parse::<u64>().ok().map(|pages| pages * 4096)
}
