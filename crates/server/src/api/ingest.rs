//! `/ingest`: what became of everything that was received, and how far it is kept.

mod flow;

use super::ask::Ask;
use super::body::{IncompleteBody, incomplete};
use super::csv::Table;
use super::problem::Problem;
use super::reply::Reply;
use super::sources::{self, ImportedSloBody};
use crate::counts::SeriesKey;
use crate::shared::{Shared, TraceStanding};
use crate::tail::Followed;
use milepost_model::DurationNs;
use milepost_store::SeriesId;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What became of events since the server was started, and how the server is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct IngestBody {
    /// When the server was started; what is counted below begins then.
    started: String,
    /// What holds between the next four numbers.
    equation: &'static str,
    /// Whether it holds.
    is_balanced: bool,
    received: u64,
    counted: u64,
    /// Events that had been counted before.
    duplicates: u64,
    /// Events that were not counted, by reason.
    rejected: BTreeMap<&'static str, u64>,
    /// Whole requests that had been counted before.
    repeated_requests: u64,
    /// Whole requests that were refused, by reason: nothing of them is among the events.
    refused_requests: BTreeMap<&'static str, u64>,
    /// Events that serve a step: by themselves, or by their trace.
    annotated: u64,
    /// Those by their trace: without a step of their own, in traces that a trace rule made an attempt of.
    annotated_by_trace: u64,
    /// Of those that serve a step: how many of each step of the registry, and how long ago the newest began.
    steps: Vec<flow::StepFlowBody>,
    /// Traces that trace rules judge; nothing where the registry has none.
    traces: Option<TracesBody>,
    /// Events by how they came by their step.
    origins: BTreeMap<&'static str, u64>,
    /// Events by what became of the annotation that they carried.
    claims: BTreeMap<&'static str, u64>,
    /// Events from a public listener whose annotation names another class than `interactive`: they were taken for interactive, unless a rule says
    /// otherwise.
    class_refused: u64,
    /// Numbers for KPIs that cannot be counted (no number, negative, or more than a billion), since the server was started; their attempts are.
    amounts_refused: u64,
    /// How far back duplicates are known, in seconds.
    dedupe_window_seconds: u64,
    /// Everything up to here is in the minute log.
    checkpoint: u64,
    /// Facts up to here are in segments.
    segments: u64,
    /// When the newest event began.
    newest_event: Option<String>,
    /// How long that is ago, in seconds.
    lag_seconds: Option<u64>,
    /// Where OTLP is received.
    listens: ListensBody,
    /// Access logs that are followed.
    followed: Vec<FollowedBody>,
    /// SLOs of OpenSLO documents, and how far their counts are imported.
    imported: Vec<ImportedSloBody>,
    /// Whether telemetry would be taken now.
    is_ready: bool,
    /// Hours of which counts are lost, since a file is damaged, as far as that was seen.
    incomplete_hours: Vec<IncompleteBody>,
    /// What people should look at.
    warnings: Vec<String>,
    /// Requests of users that serve no step, by operation, since the data directory was begun: the most frequent.
    unannotated: Vec<UnannotatedBody>,
}

/// What becomes of traces that trace rules judge.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Traces)]
pub(super) struct TracesBody {
    /// Traces that wait to be judged.
    waiting: usize,
    /// Their spans.
    waiting_spans: usize,
    /// How long the oldest of them waits, in seconds.
    oldest_seconds: Option<u64>,
    /// Traces that no rule fits, since the data directory was begun, as are the next two.
    unmatched: u64,
    /// Traces that were never whole, by reason: they count neither way.
    incomplete: BTreeMap<String, u64>,
    /// Traces that several steps fit equally well, by these steps: they count for none.
    ambiguous: BTreeMap<String, u64>,
    /// Spans that came after their trace was judged, since the server was started: they count neither way.
    late_spans: u64,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Unannotated)]
pub(super) struct UnannotatedBody {
    operation: String,
    events: u64,
    failed: u64,
}

#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = Listens)]
pub(super) struct ListensBody {
    /// The address of OTLP/gRPC.
    otlp_grpc: Option<String>,
    /// The address of OTLP/HTTP and access logs.
    otlp_http: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Followed)]
pub(super) struct FollowedBody {
    /// The service that writes it.
    service: String,
    /// The file.
    file: String,
    /// Whether it is there now.
    exists: bool,
    /// How far it was read and counted.
    bytes_read: u64,
}

const ENOUGH: DurationNs = DurationNs::from_seconds(300);
pub(super) fn health(ask: &Ask<'_>) -> Result<Reply, Problem> {
    let top = ask.top()?;
    let shared = ask.shared;
    let unannotated = unannotated(ask, top);
    let newest = shared.counts().newest;
    let ledger = shared.ledger().clone();
    let rejected: u64 = ledger.rejected.values().sum();
    let body = IngestBody {
        started: shared.started.to_string(),
        equation: "received = counted + duplicates + all that is rejected",
        is_balanced: ledger.received == ledger.counted + ledger.duplicates + rejected,
        received: ledger.received,
        counted: ledger.counted,
        duplicates: ledger.duplicates,
        rejected: ledger.rejected,
        repeated_requests: ledger.repeated_requests,
        refused_requests: flow::refused(shared),
        annotated: ledger.annotated + ledger.annotated_by_trace,
        annotated_by_trace: ledger.annotated_by_trace,
        steps: flow::steps(ask, &ledger.steps),
        traces: shared.traces().map(|standing| traces(ask, standing)),
        origins: ledger.origins,
        claims: ledger.claims,
        class_refused: ledger.class_refused,
        amounts_refused: ledger.amounts_refused,
        dedupe_window_seconds: seconds(shared.health.dedupe_window()),
        checkpoint: shared.health.checkpoints().0.0,
        segments: shared.health.flushed().0,
        newest_event: newest.map(|newest| newest.to_string()),
        lag_seconds: newest.map(|newest| seconds(ask.now.since(newest))),
        listens: listens(shared),
        followed: shared.settings.followed.iter().map(|followed| followed_body(shared, followed)).collect(),
        imported: sources::imported(ask),
        is_ready: shared.is_ready(),
        incomplete_hours: incomplete(shared, |_| true),
        warnings: warnings(ask),
        unannotated,
    };
    ask.object(ask.as_of(), body, Table::Fields)
}

fn listens(shared: &Shared) -> ListensBody {
    let [grpc, http] = shared.listens().map(|address| address.map(|address| address.to_string()));
    ListensBody { otlp_grpc: grpc, otlp_http: http }
}

fn followed_body(shared: &Shared, followed: &Followed) -> FollowedBody {
    FollowedBody {
        service: followed.service.to_string(),
        file: followed.path.display().to_string(),
        exists: followed.path.is_file(),
        bytes_read: shared.offset(&followed.path).map_or(0, |offset| offset.offset),
    }
}

fn seconds(duration: DurationNs) -> u64 {
    duration.nanos() / 1_000_000_000
}

fn warnings(ask: &Ask<'_>) -> Vec<String> {
    let shared = ask.shared;
    let window = shared.health.dedupe_window();
    // Nothing older is known when nothing older was received.
    let is_short = window < ENOUGH && ask.now.since(shared.started) > ENOUGH;
    let short = is_short.then(|| {
        format!(
            "duplicates are recognised for {} s only: what is sent again later counts twice; more memory helps",
            seconds(window)
        )
    });
    let storing = shared.health.storing_error().map(|error| format!("telemetry cannot be stored: {error}"));
    let keeping = shared.health.keeping_error().map(|error| format!("facts cannot be moved into segments: {error}"));
    let telling = shared.health.notifying_error().map(|error| format!("alerts cannot be told: {error}"));
    let writing = shared.health.writing_error().map(|error| format!("metrics cannot be written: {error}"));
    let refused = shared.registry().refused.is_some();
    let refused = refused.then(|| "the registry's folder has errors; the version before stays active".to_owned());
    let threads = shared.health.silent_threads();
    let silent = (!threads.is_empty()).then(|| format!("nothing is heard of threads: {}", threads.join(", ")));
    let absent = shared.settings.followed.iter().filter(|followed| !followed.path.is_file());
    let absent = absent.map(|followed| format!("`{}` is to be followed and is not there", followed.path.display()));
    let lost = shared.health.lost().len();
    let lost = (lost > 0)
        .then(|| format!("counts are lost in {lost} places of the minute log: `incomplete_hours` says which"));
    let damage = shared.health.log_damage().into_iter().map(|damage| format!("{damage}; counts have them"));
    let all = lost.into_iter().chain(damage).chain(short).chain(storing).chain(keeping).chain(telling).chain(writing);
    let full = shared.full.warnings();
    all.chain(full).chain(refused).chain(silent).chain(absent).chain(sources::warnings(ask)).collect()
}

fn traces(ask: &Ask<'_>, standing: TraceStanding) -> TracesBody {
    let series = ask.index.of(ask.shared).traces().to_vec();
    let now = ask.shared.settings.clock.steady();
    let mut body = TracesBody {
        waiting: standing.waiting,
        waiting_spans: standing.spans,
        oldest_seconds: standing.oldest.map(|oldest| seconds(now.since(oldest))),
        unmatched: 0,
        incomplete: BTreeMap::new(),
        ambiguous: BTreeMap::new(),
        late_spans: standing.late_spans,
    };
    let counts = ask.shared.counts();
    for id in series {
        let count = counts.total(id)[0];
        let Some(SeriesKey::Traces(what)) = counts.series.key(id).and_then(SeriesKey::parse) else { continue };
        match what.split_once('|') {
            Some(("incomplete", reason)) => *body.incomplete.entry(reason.to_owned()).or_default() += count,
            Some(("ambiguous", steps)) => *body.ambiguous.entry(steps.to_owned()).or_default() += count,
            _ => body.unmatched += count,
        }
    }
    body
}

/// Requests that serve no step, as far as they do not by their trace.
fn unannotated(ask: &Ask<'_>, top: usize) -> Vec<UnannotatedBody> {
    let _alone = ask.index.alone();
    let known = ask.index.of(ask.shared);
    let (series, by_trace) = (known.unannotated().to_vec(), known.by_trace().to_vec());
    drop(known);
    let counts = ask.shared.counts();
    let mut served: BTreeMap<String, [u64; 2]> = BTreeMap::new();
    for id in by_trace {
        if let Some(SeriesKey::ByTrace { failed, operation }) = counts.series.key(id).and_then(SeriesKey::parse) {
            served.entry(operation).or_default()[usize::from(failed)] += counts.total(id)[0];
        }
    }
    let left = |id: &SeriesId| {
        let mut cell = counts.total(*id);
        if !served.is_empty()
            && let Some(SeriesKey::Unannotated(operation)) = counts.series.key(*id).and_then(SeriesKey::parse)
            && let Some(served) = served.get(&operation)
        {
            cell.iter_mut().zip(served).for_each(|(all, by_trace)| *all = all.saturating_sub(*by_trace));
        }
        cell
    };
    let mut all: Vec<_> = series.iter().map(|id| (left(id), *id)).filter(|(cell, _)| cell[0] > 0).collect();
    all.sort_by_key(|(cell, id)| (std::cmp::Reverse(cell[0]), *id));
    let named = all.into_iter().take(top).filter_map(|(cell, id)| match SeriesKey::parse(counts.series.key(id)?)? {
        SeriesKey::Unannotated(operation) => Some(UnannotatedBody { operation, events: cell[0], failed: cell[1] }),
        _ => None,
    });
    named.collect()
}
