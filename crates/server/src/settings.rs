//! How a server is started. Flags, `MILEPOST_*` variables and keys of `milepost.yaml` have these names.

use crate::clock::Clock;
use crate::counts::CountBounds;
use crate::notify::Receivers;
use crate::outbound::Address;
use crate::prometheus::{Source, SourceToken};
use crate::receive::ListenerLimits;
use crate::tail::Followed;
use milepost_annotate::Trust;
use milepost_model::DurationNs;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Everything that can be set, apart from the registry.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The folder with the registry.
    pub registry: PathBuf,
    /// The folder that it keeps everything in.
    pub data: PathBuf,
    /// Where OTLP/gRPC is received.
    pub listen_grpc: SocketAddr,
    /// Where OTLP/HTTP and access logs are received.
    pub listen_http: SocketAddr,
    /// Where the HTTP API, `/metrics` and the pages are.
    pub listen_api: SocketAddr,
    /// Most memory that it takes, in bytes.
    pub memory_bytes: usize,
    /// When requests are answered.
    pub ack: Ack,
    /// Access logs that are followed.
    pub followed: Vec<Followed>,
    /// Threads that decode.
    pub workers: usize,
    /// How long facts stay in the log alone before they are in Parquet segments, too.
    pub segments_every: DurationNs,
    /// Facts that are older than so many days are removed.
    pub keep_days: u32,
    /// The oldest facts beyond so many bytes are removed.
    pub keep_bytes: u64,
    /// How far those are believed who send OTLP/gRPC.
    pub trust_grpc: Trust,
    /// How far those are believed who send OTLP/HTTP and access logs.
    pub trust_http: Trust,
    /// By which it counts.
    pub clock: Clock,
    /// Who is told of burn alerts.
    pub receivers: Receivers,
    /// Where metrics are written to.
    pub remote_write: Option<Address>,
    /// A file of authorities whose certificates are believed beside those of the system, in PEM.
    pub ca_file: Option<PathBuf>,
    /// Who is asked for the counts of OpenSLO documents.
    pub sources: Vec<Source>,
    /// What some of them want to see.
    pub source_tokens: Vec<SourceToken>,
    /// Tokens are asked for on this machine, too.
    pub requires_tokens: bool,
}

/// When requests are answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ack {
    /// Once their facts are on the disk.
    #[default]
    Disk,
    /// Once their facts are with the operating system: lost when the machine stops, not when the process does.
    Memory,
}

/// A connection may hold an eighth of this without a request; one port alone takes no more than that part of the memory cap.
const CONNECTION_BYTES: usize = 128 * 1024;
/// What the program itself takes, its threads, the registry, and moving facts from the log into segments.
const FIXED_BYTES: usize = 84 << 20;
/// Shares by use of what is left of the memory cap, in percent. The rest is for answers of the API, and what the allocator loses.
const REQUESTS_PERCENT: usize = 30;
const TRACES_PERCENT: usize = 14;
const DEDUPE_PERCENT: usize = 10;
const NAMES_PERCENT: usize = 12;
const SERIES_PERCENT: usize = 14;
const PENDING_PERCENT: usize = 6;
/// The courses of attempts take one part of so many of what traces may take.
const TRACES_BY_COURSES: usize = 8;
/// Tables of names there are beside those of the threads that decode: the common ones, and those of the next version while it is activated.
const TABLES_BESIDE: usize = 2;

impl Settings {
    /// Those of a server by itself: on free ports of this machine, with what is stored durable and kept, and nobody who is asked, followed or told.
    pub fn alone(registry: PathBuf, data: PathBuf) -> Self {
        let free = SocketAddr::from(([127, 0, 0, 1], 0));
        Self {
            registry,
            data,
            listen_grpc: free,
            listen_http: free,
            listen_api: free,
            memory_bytes: 256 << 20,
            ack: Ack::Disk,
            followed: Vec::new(),
            workers: 1,
            segments_every: DurationNs::from_seconds(600),
            keep_days: u32::MAX,
            keep_bytes: u64::MAX,
            trust_grpc: Trust::Internal,
            trust_http: Trust::Internal,
            clock: Clock::default(),
            receivers: Receivers::default(),
            remote_write: None,
            ca_file: None,
            sources: Vec::new(),
            source_tokens: Vec::new(),
            requires_tokens: false,
        }
    }

    /// Memory of requests on their way.
    pub fn request_bytes(&self) -> usize {
        self.share(REQUESTS_PERCENT)
    }

    /// Memory of open traces.
    pub fn trace_bytes(&self) -> usize {
        self.share(TRACES_PERCENT) - self.course_bytes()
    }

    /// Memory of how attempts went whose traces are closed.
    pub(crate) fn course_bytes(&self) -> usize {
        self.share(TRACES_PERCENT) / TRACES_BY_COURSES
    }

    /// Memory of what was counted already.
    pub fn dedupe_bytes(&self) -> usize {
        self.share(DEDUPE_PERCENT)
    }

    /// Memory of names that telemetry brings, for each table of them.
    pub(crate) fn names_bytes(&self) -> usize {
        self.share(NAMES_PERCENT) / (self.workers + TABLES_BESIDE)
    }

    /// Memory of what is counted by names of telemetry.
    pub(crate) fn count_bounds(&self) -> CountBounds {
        CountBounds { series_bytes: self.share(SERIES_PERCENT), pending_bytes: self.share(PENDING_PERCENT) }
    }

    /// Most connections of a port at once.
    pub fn connections(&self) -> usize {
        ListenerLimits::default().max_connections.min(self.memory_bytes / CONNECTION_BYTES)
    }

    fn share(&self, percent: usize) -> usize {
        self.memory_bytes.saturating_sub(FIXED_BYTES).max(self.memory_bytes / 4) / 100 * percent
    }
}
