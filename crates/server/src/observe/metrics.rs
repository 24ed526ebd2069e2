//! `/metrics`: events by step, how long they took, and the server's own health, for Prometheus.

use super::accept::Form;
use super::family::{Family, Histogram, Kind, Value};
use super::protobuf::protobuf;
use super::severity::severity;
use super::slos::{events, slos};
use super::text::{Dialect, text};
use crate::counts::{Cell, Counts, SeriesKey, StepSeries};
use crate::receive::ReceiveStats;
use crate::shared::Shared;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_TYPE, VARY};
use axum::response::IntoResponse;
use milepost_facts::{Sketch, Source};
use milepost_model::{Objective, Timestamp, TrafficClass};
use milepost_registry::Registry;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

const OUTCOMES: [&str; 4] = ["success", "failure", "abandoned", "timeout"];

pub(super) async fn metrics(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> impl IntoResponse {
    let form = Form::accepted(&headers);
    let families = families(&shared);
    let body = match form {
        Form::Text => Body::from(text(&families, Dialect::Prometheus)),
        Form::OpenMetrics => Body::from(text(&families, Dialect::OpenMetrics)),
        Form::Protobuf => Body::from(protobuf(&families)),
    };
    ([(CONTENT_TYPE, form.content_type()), (VARY, "accept")], body)
}

fn families(shared: &Shared) -> Vec<Family> {
    let mut families = product_families(shared);
    received(shared, &mut families);
    kept(shared, &mut families);
    process(shared, &mut families);
    families
}

/// The families about steps and SLOs.
pub(super) fn product_families(shared: &Shared) -> Vec<Family> {
    let version = shared.versions.current();
    let registry = &version.setup.registry;
    let mut families = steps(registry, &shared.counts());
    let mut counted = events(&registry.slos, &shared.counts());
    super::open::add_events(shared, &mut counted);
    families.push(counted);
    slos(shared, &mut families);
    severity(shared, &mut families);
    families
}

fn steps(registry: &Registry, counts: &Counts) -> Vec<Family> {
    let mut events: BTreeMap<StepSeries, Cell> = declared(registry).map(|of| (of, Cell::default())).collect();
    for (series, cell) in counts.totals() {
        if let Some(SeriesKey::Step(of)) = counts.series.key(series).and_then(SeriesKey::parse) {
            events.insert(of, *cell);
        }
    }
    let help = "Attempts of steps by how they ended, since the data directory was begun.";
    let mut attempts = Family::new("milepost_step_events_total", Kind::Counter, help);
    for (of, cell) in &events {
        for (outcome, count) in OUTCOMES.iter().zip(cell) {
            let mut labels = labels(of).to_vec();
            labels.push(("outcome", outcome));
            attempts.add(&labels, *count);
        }
    }
    let mut latencies: BTreeMap<StepSeries, &Latency> = BTreeMap::new();
    for (series, latency) in counts.latency_totals() {
        if let Some(SeriesKey::Latency(of)) = counts.series.key(series).and_then(SeriesKey::parse) {
            latencies.insert(of, latency);
        }
    }
    let help = "How long attempts took that were not abandoned, since the server was started.";
    let mut durations = Family::new("milepost_step_duration_seconds", Kind::Histogram, help);
    for (of, (sketch, sum_nanos)) in &latencies {
        durations.add(&labels(of), Value::Histogram(Histogram::new(sketch, *sum_nanos)));
    }
    vec![attempts, durations]
}

/// The attempts of users that there can be. They are told before the first one comes: to Prometheus a counter that begins with its first attempts has
/// not increased by them.
fn declared(registry: &Registry) -> impl Iterator<Item = StepSeries> {
    let measured = registry.steps.iter().filter(|step| !step.measure.is_empty());
    measured.flat_map(move |step| {
        let uses: Vec<&Objective> = registry.objectives_of(step).collect();
        // An attempt at a step of one objective is for that one, also where it does not say so.
        let without = (uses.len() != 1).then_some(None);
        let objectives = uses.into_iter().map(|objective| Some(objective.name.to_string())).chain(without);
        objectives.map(|objective| StepSeries {
            product: step.product.to_string(),
            step: step.name.to_string(),
            objective,
            source: Source::Service.as_str().to_owned(),
            class: TrafficClass::default().to_string(),
        })
    })
}

/// How long all attempts took together.
pub(crate) type Latency = (Sketch, u128);

fn labels(of: &StepSeries) -> [(&'static str, &str); 5] {
    [
        ("product", &of.product),
        ("objective", of.objective.as_deref().unwrap_or_default()),
        ("step", &of.step),
        ("method", of.method()),
        ("class", &of.class),
    ]
}

/// What came in, and what became of it.
fn received(shared: &Shared, families: &mut Vec<Family>) {
    let ledger = shared.ledger().clone();
    let by = |name, help, label, counts: &BTreeMap<&'static str, u64>| {
        let mut family = Family::new(name, Kind::Counter, help);
        counts.iter().for_each(|(text, count)| family.add(&[(label, text)], *count));
        family
    };
    families.extend([
        Family::counter("milepost_events_received_total", "Events in requests that were answered.", ledger.received),
        Family::counter("milepost_events_counted_total", "Events that were counted.", ledger.counted),
        Family::counter("milepost_events_duplicate_total", "Events that had been counted before.", ledger.duplicates),
        by("milepost_events_rejected_total", "Events that were not counted, by reason.", "reason", &ledger.rejected),
        Family::counter(
            "milepost_events_class_refused_total",
            "Events from a public listener that claimed another traffic class than interactive.",
            ledger.class_refused,
        ),
        Family::counter(
            "milepost_amounts_refused_total",
            "Numbers for KPIs that cannot be counted: no number, negative, or more than a billion. Their attempts are.",
            ledger.amounts_refused,
        ),
        by("milepost_events_annotated_total", "Events by how they came by their step.", "by", &ledger.origins),
    ]);
    let help = "1 for each table of names that is full: new names count as other.";
    let mut full = Family::new("milepost_names_full", Kind::Gauge, help);
    shared.full.tables().iter().for_each(|table| full.add(&[("table", table)], 1));
    families.push(full);
    let Some(received) = shared.receive_stats().map(ReceiveStats::snapshot) else { return };
    let help = "Requests with telemetry, by protocol and answer.";
    let mut requests = Family::new("milepost_requests_total", Kind::Counter, help);
    for (protocol, answer, count) in received.answers.iter().filter(|(_, _, count)| *count > 0) {
        requests.add(&[("protocol", protocol.as_str()), ("answer", answer.as_str())], *count);
    }
    let help = "Bytes of requests with telemetry, as they were sent.";
    let mut sent = Family::new("milepost_received_bytes_total", Kind::Counter, help);
    for (protocol, bytes, _) in &received.bytes {
        sent.add(&[("protocol", protocol.as_str())], *bytes);
    }
    families.extend([requests, sent]);
}

/// How far what was received is counted and stored.
fn kept(shared: &Shared, families: &mut Vec<Family>) {
    let (newest, lsn) = {
        let counts = shared.counts();
        (counts.newest, counts.lsn)
    };
    families.extend(newest.map(|newest| {
        Family::gauge("milepost_newest_event_timestamp_seconds", "Start of the newest event.", seconds(newest))
    }));
    let (checkpoint, flushed) = (shared.health.checkpoints().0.0, shared.health.flushed().0);
    let window = shared.health.dedupe_window().nanos() / 1_000_000_000;
    let lost = shared.health.lost().iter().map(|lost| lost.bytes.len() as u64).sum::<u64>();
    let storing = u64::from(shared.health.storing_error().is_none());
    families.extend([
        Family::gauge("milepost_log_sequence_number", "Everything up to this record is counted.", lsn.0),
        Family::gauge(
            "milepost_checkpoint_log_sequence_number",
            "Everything up to this record is in the minute log.",
            checkpoint,
        ),
        Family::gauge("milepost_segments_log_sequence_number", "Facts up to this record are in segments.", flushed),
        Family::gauge("milepost_duplicates_known_seconds", "How far back duplicates are recognised.", window),
        Family::gauge("milepost_counts_lost_bytes", "Bytes of the minute log that are damaged, as far as seen.", lost),
        Family::gauge("milepost_storing", "1 when telemetry can be stored.", storing),
    ]);
}

/// The state of the server itself.
fn process(shared: &Shared, families: &mut Vec<Family>) {
    let failing = shared.health.thread_reasons().len() as u64;
    let refused = u64::from(shared.registry().refused.is_some());
    let version = shared.versions.current();
    let mut info = Family::new("milepost_registry_info", Kind::Gauge, "The active registry.");
    info.add(&[("version", &version.number.to_string()), ("digest", &version.digest)], 1);
    let reserved = shared.health.reserved_bytes.load(Relaxed);
    families.extend([
        Family::gauge(
            "milepost_failing_threads",
            "Threads that ended, or of which nothing was heard for too long.",
            failing,
        ),
        Family::gauge("milepost_registry_refused", "1 when the registry's folder has errors.", refused),
        info,
        Family::gauge("milepost_requests_bytes", "Memory that requests hold.", reserved),
        Family::gauge("process_start_time_seconds", "When the server was started.", seconds(shared.started)),
    ]);
    families.extend(
        resident_bytes()
            .map(|resident| Family::gauge("process_resident_memory_bytes", "Memory of the process.", resident)),
    );
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
