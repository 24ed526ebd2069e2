//! Requests from the network into what [`Intake`] takes: OTLP over gRPC and over HTTP, and access logs.
//!
//! [`serve`] runs a port, [`Receiver`] makes what runs behind those for telemetry. Every byte of a body is reserved before it is
//! kept, every size is bounded before it is believed, and what cannot be taken is refused with a hint when to try again. Decodes
//! no telemetry; knows neither `/live`, `/ready` nor the HTTP API.

mod access_log;
mod body;
mod grpc;
mod http;
mod linger;
mod listener;
mod metrics;
mod problem;
mod stats;
mod unpack;
mod wire;

pub use listener::{Connections, ListenerLimits, serve};
pub use stats::{Answer, Protocol, ReceiveSnapshot, ReceiveStats};

use crate::auth::Guard;
use crate::buffer::Buffers;
use crate::intake::{Intake, Payload, Receipt, RequestKey, Submission};
use axum::Router;
use body::{Held, Room};
use milepost_annotate::Trust;
use problem::Problem;
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;
use unpack::{Encoding, Unpacker};

/// What one request may take.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Most bytes of a body as it is sent.
    pub max_body_bytes: usize,
    /// Most bytes of a body when it is decompressed.
    pub max_unpacked_bytes: usize,
    /// How many bytes one compressed byte may hold.
    pub max_ratio: usize,
    /// How long a body may take to arrive.
    pub body_timeout: Duration,
    /// How long a request may wait for memory before it is read.
    pub longest_wait: Duration,
    /// How long a request that was read waits for what becomes of it.
    pub longest_answer: Duration,
    /// Most requests at once, whatever they hold of memory.
    pub max_requests: usize,
    /// How many bodies are decompressed at once.
    pub unpack_threads: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // Four times what the Collector's own receivers take.
            max_body_bytes: 16 * 1024 * 1024,
            max_unpacked_bytes: 64 * 1024 * 1024,
            // Near the most that gzip can do; zstd can do far more, with zeros and for nobody's good.
            max_ratio: 1_000,
            body_timeout: Duration::from_secs(30),
            // The Collector gives up after 5 s, and reading and counting comes on top.
            longest_wait: Duration::from_secs(2),
            // Far longer than a disk takes under load, and what does not take longer is answered with what became of it.
            longest_answer: Duration::from_secs(10),
            max_requests: 4_096,
            unpack_threads: std::thread::available_parallelism().map_or(1, Into::into),
        }
    }
}

/// Receives telemetry. Clones are the same receiver.
#[derive(Clone, Debug)]
pub struct Receiver {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    intake: Intake,
    limits: Limits,
    stats: Arc<ReceiveStats>,
    room: Room,
    pace: Arc<linger::Pace>,
    buffers: Buffers,
    unpacker: Unpacker,
    requests: Semaphore,
    is_ready: AtomicBool,
}

/// What a request to one port is handled with.
#[derive(Clone, Debug)]
struct Port {
    shared: Arc<Shared>,
    guard: Guard,
}

/// The signals of OTLP.
#[derive(Clone, Copy, Debug)]
enum Signal {
    Traces,
    Logs,
    Metrics,
}

/// What is said of metrics, which OTLP lets a server reject in full while it accepts the request.
const METRICS_MESSAGE: &str = "metrics are taken as a sign that their service lives and not kept: steps are counted from traces, logs and access logs";

impl Receiver {
    /// A receiver that hands in to `intake`. It says that it is ready until it is told otherwise.
    pub fn new(intake: Intake, mut limits: Limits) -> Self {
        // What can never fit is too large, not to be tried again.
        limits.max_body_bytes = limits.max_body_bytes.min(intake.budget().capacity() / 4);
        // What is decompressed is for a moment there twice, beside the quarter that is not yet, and buffers are up to an eighth larger.
        limits.max_unpacked_bytes = limits.max_unpacked_bytes.min(intake.budget().capacity() / 16 * 5);
        let room = Room::new(intake.budget().clone(), limits.longest_wait);
        let buffers = Buffers::new(intake.budget().capacity());
        let unpacker = Unpacker::new(&limits, buffers.clone());
        let requests = Semaphore::new(limits.max_requests);
        let (stats, pace, is_ready) = (Arc::default(), Arc::default(), AtomicBool::new(true));
        Self { shared: Arc::new(Shared { intake, limits, stats, room, pace, buffers, unpacker, requests, is_ready }) }
    }

    /// OTLP over gRPC, and its health service: what is served on port 4317.
    pub fn grpc(&self, guard: Guard) -> Router {
        grpc::router(Port { shared: Arc::clone(&self.shared), guard })
    }

    /// OTLP over HTTP, and access logs: what is served on port 4318.
    pub fn http(&self, guard: Guard) -> Router {
        http::router(Port { shared: Arc::clone(&self.shared), guard })
    }

    /// What was received so far.
    pub fn stats(&self) -> &Arc<ReceiveStats> {
        &self.shared.stats
    }

    /// Memory that requests hold.
    pub fn reserved_bytes(&self) -> usize {
        self.shared.intake.budget().reserved()
    }

    /// Memory that is set apart for requests that wait to be read.
    pub fn waiting_bytes(&self) -> usize {
        self.shared.room.waiting_bytes()
    }

    /// Gives memory back that requests do not need any more; to be called every few seconds.
    pub fn trim(&self) {
        self.shared.buffers.trim();
    }

    /// What the health service of gRPC answers from now on.
    pub fn set_ready(&self, is_ready: bool) {
        self.shared.is_ready.store(is_ready, Ordering::Relaxed);
    }
}

impl Shared {
    /// A place among the requests that are worked on.
    fn place(&self) -> Result<SemaphorePermit<'_>, Problem> {
        self.requests.try_acquire().map_err(|_| Problem::busy())
    }

    /// Decompresses a body and hands it in. Without a key it is known by its bytes.
    async fn submit(
        &self,
        held: Held,
        encoding: Encoding,
        payload: Payload,
        key: Option<RequestKey>,
        (protocol, trust): (Protocol, Trust),
    ) -> Result<Receipt, Problem> {
        let of_body = payload.clone();
        let look = move |body: &[u8]| match key {
            Some(named) => (named, Some(named.with_body(&of_body, body))),
            None => (RequestKey::of_body(&of_body, body), None),
        };
        let (held, (key, content)) = self.unpacker.unpack(held, encoding, look).await?;
        self.stats.unpacked(protocol, held.bytes.len());
        // In protobuf and in lines no bytes are no events; in JSON they are a mistake, which whoever reads it explains.
        if held.bytes.is_empty() && !matches!(payload, Payload::TracesJson | Payload::LogsJson) {
            return Ok(Receipt::default());
        }
        let (body, reservation) = (held.bytes, held.reservation);
        let submission = Submission { payload, body, key, content, trust, reservation, offset: None };
        // It keeps its memory until the threads are done with it, however long nobody waits for that any more.
        match timeout(self.limits.longest_answer, self.intake.submit(submission)).await {
            Ok(answer) => Ok(answer?),
            Err(_) => Err(Problem::Unanswered(self.limits.longest_answer)),
        }
    }

    /// Decompresses a body of metrics and counts their data points. None of them is used, save that they came: their service lives.
    async fn count_metrics(
        &self,
        held: Held,
        encoding: Encoding,
        is_json: bool,
        protocol: Protocol,
    ) -> Result<u64, Problem> {
        let intake = self.intake.clone();
        let count = move |body: &[u8]| metrics::data_points(body, is_json, &intake);
        let (held, counted) = self.unpacker.unpack(held, encoding, count).await?;
        self.stats.unpacked(protocol, held.bytes.len());
        counted
    }
}

/// How many events were rejected, and why, in words for the sender.
fn rejection(receipt: &Receipt) -> (u64, String) {
    let count = receipt.all_rejected();
    let mut message = String::new();
    for (reason, of_reason) in &receipt.rejected {
        let separator = if message.is_empty() { "" } else { ", " };
        write!(message, "{separator}{of_reason} {reason}").expect("a string takes all that is written");
    }
    if count > 0 {
        message.insert_str(0, "events that were not counted, by reason: ");
    }
    (count, message)
}

/// What is counted of a receipt.
fn answer_of(receipt: &Receipt) -> Answer {
    match (receipt.is_repeated, receipt.all_rejected()) {
        (true, _) => Answer::Repeated,
        (false, 0) => Answer::Accepted,
        (false, _) => Answer::Partial,
    }
}
