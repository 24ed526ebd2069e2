//! Spans per CPU-second from a request's bytes to its answer: decoded, annotated, deduplicated, logged and counted, with and without waiting
//! for the disk. What the network costs is not in it.
//!
//! `cargo bench -p milepost-server --bench intake`. CPU time is the process's own, by `/proc/self/stat`.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "in a bench a panic is the report, and what it prints is the result"
)]

use bytes::Bytes;
use milepost_model::DurationNs;
use milepost_server::{Ack, Payload, RequestKey, Server, Settings, Submission};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use tempfile::TempDir;

/// Requests that wait at once: what a few collectors with their queues send.
const CONCURRENT: usize = 64;
const SPANS: u64 = 1_000_000;
const ROUNDS: usize = 5;

fn main() {
    for (spans, count) in [(1000, SPANS), (10, SPANS / 5)] {
        let mut memory = Vec::new();
        let mut disk = Vec::new();
        // Alternating, so that what else the machine does strikes both; the first round warms up.
        for round in 0..=ROUNDS {
            let rates = (measure(Ack::Memory, spans, count), measure(Ack::Disk, spans, count));
            if round > 0 {
                memory.push(rates.0);
                disk.push(rates.1);
            }
        }
        for (name, rates) in [("memory", &memory), ("disk", &disk)] {
            let (cpu, wall) = (of(rates, |rate| rate.0), of(rates, |rate| rate.1));
            println!(
                "{name}, {spans} spans a request: {:.0} spans per CPU-second ({:.0} to {:.0}), {:.0} per second ({:.0} to {:.0})",
                cpu[1], cpu[0], cpu[2], wall[1], wall[0], wall[2]
            );
        }
        println!("disk over memory: {:.2}", of(&disk, |rate| rate.1)[1] / of(&memory, |rate| rate.1)[1]);
    }
}

/// The least, the median and the most of some rates.
fn of(rates: &[(f64, f64)], pick: fn(&(f64, f64)) -> f64) -> [f64; 3] {
    let mut rates: Vec<f64> = rates.iter().map(pick).collect();
    rates.sort_by(f64::total_cmp);
    [rates[0], rates[rates.len() / 2], rates[rates.len() - 1]]
}

fn measure(ack: Ack, spans: u64, count: u64) -> (f64, f64) {
    let folder = TempDir::new().unwrap();
    let local = "127.0.0.1:0".parse().unwrap();
    let settings = Settings {
        registry: Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/mail"),
        data: folder.path().join("data"),
        listen_grpc: local,
        listen_http: local,
        listen_api: local,
        memory_bytes: 1 << 30,
        ack,
        followed: Vec::new(),
        workers: std::thread::available_parallelism().unwrap().get(),
        segments_every: DurationNs::from_seconds(3600),
        keep_days: 30,
        keep_bytes: 1 << 40,
        requires_tokens: false,
    };
    let server = Server::start(settings).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let bodies: Vec<Bytes> = (0..count / spans).map(|at| body(1 + at * spans, spans)).collect();
    let bodies = Arc::new(bodies);
    let next = Arc::new(AtomicU64::new(0));
    let (began, cpu) = (Instant::now(), cpu_seconds());
    runtime.block_on(async {
        let senders: Vec<_> = (0..CONCURRENT)
            .map(|_| {
                let (bodies, next, intake) = (Arc::clone(&bodies), Arc::clone(&next), server.intake.clone());
                tokio::spawn(async move {
                    while let Some(body) = bodies.get(usize::try_from(next.fetch_add(1, Relaxed)).unwrap()) {
                        let reservation = intake.budget().try_reserve(body.len()).expect("memory enough");
                        let key = RequestKey::of_body(&Payload::TracesProto, body);
                        let (payload, body) = (Payload::TracesProto, body.clone());
                        let submission = Submission { payload, body, key, reservation, offset: None };
                        intake.submit(submission).await.unwrap();
                    }
                })
            })
            .collect();
        for sender in senders {
            sender.await.unwrap();
        }
    });
    let (wall, cpu) = (began.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    let counted = server.shared.ledger().counted;
    assert_eq!(counted, count / spans * spans);
    server.stop();
    (counted as f64 / cpu, counted as f64 / wall)
}

/// A request with spans of three services, each with the attributes that semantic conventions ask for.
fn body(first: u64, count: u64) -> Bytes {
    let now = u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos()).unwrap();
    let text = |key: &str, value: &str| attribute(key, Value::StringValue(value.to_owned()));
    let span = |id: u64| {
        let route = ["/inbox", "/messages", "/login"][(id % 3) as usize];
        Span {
            trace_id: (u128::from(id) << 64 | u128::from(id)).to_be_bytes().to_vec(),
            span_id: id.to_be_bytes().to_vec(),
            name: format!("GET {route}"),
            kind: 2,
            start_time_unix_nano: now - 1_000_000_000 - id % 1000 * 1_000_000,
            end_time_unix_nano: now - 900_000_000,
            attributes: vec![
                text("http.request.method", if id.is_multiple_of(3) { "GET" } else { "POST" }),
                text("http.route", route),
                text("url.path", route),
                text("url.scheme", "https"),
                text("server.address", "mail.example.com"),
                text(
                    "user_agent.original",
                    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36",
                ),
                text("network.protocol.version", "1.1"),
                text("client.address", "192.0.2.7"),
                attribute("http.response.status_code", Value::IntValue(if id.is_multiple_of(50) { 503 } else { 200 })),
            ],
            ..Span::default()
        }
    };
    let resource = Resource {
        attributes: vec![
            text("service.name", "webmail"),
            text("cloud.region", "eu-west"),
            text("service.version", "2.4.0"),
        ],
        ..Resource::default()
    };
    let scope_spans = vec![ScopeSpans { spans: (first..first + count).map(span).collect(), ..ScopeSpans::default() }];
    let resource_spans = vec![ResourceSpans { resource: Some(resource), scope_spans, ..ResourceSpans::default() }];
    Bytes::from(ExportTraceServiceRequest { resource_spans }.encode_to_vec())
}

fn attribute(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}

/// User and system time of this process, by the 14th and 15th number of `/proc/self/stat`, in hundredths of a second.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks: f64 = fields[11..13].iter().map(|ticks| ticks.parse::<f64>().unwrap()).sum();
    ticks / 100.0
}
