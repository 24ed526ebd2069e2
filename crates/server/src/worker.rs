//! Threads that decode and annotate: requests in, facts with the names of the thread's own tables out.

use crate::budget::Reservation;
use crate::commit::Message;
use crate::intake::{FileOffset, Job, Payload, Receipt, Refusal, Reply, RequestKey, Submission};
use crate::shared::Shared;
use crate::version::Version;
use flume::RecvTimeoutError;
use hashbrown::HashMap;
use hashbrown::hash_map::Entry;
use milepost_facts::{FactBatch, NewNames, Told};
use milepost_ingest::{AcceptedTimes, LogSource, Recorder, SeenVersion, Setup, Stats, otlp, otlp::RejectReason};
use milepost_model::{LogFormat, Name};
use milepost_registry::did_you_mean;
use std::mem::take;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

/// What a thread hands on to be committed.
#[derive(Debug)]
pub(crate) enum Decoded {
    /// The facts of some requests.
    Facts(Box<DecodedFacts>),
    /// From here on the thread works by another version of the registry.
    Switched {
        /// The thread.
        worker: usize,
        /// The version's number.
        version: u64,
    },
}

/// The facts of some requests, one after the other.
#[derive(Debug)]
pub(crate) struct DecodedFacts {
    /// The thread, whose names these are.
    pub(crate) worker: usize,
    /// The version of the registry by which they were annotated.
    pub(crate) version: u64,
    pub(crate) batch: FactBatch,
    /// Names of the thread's tables that it has not told before.
    pub(crate) news: NewNames,
    pub(crate) requests: Vec<DecodedRequest>,
    /// The versions of services that the facts came from.
    pub(crate) versions: Vec<SeenVersion>,
    /// What happened on the way.
    pub(crate) stats: Stats,
}

/// One request and where its facts lie.
#[derive(Debug)]
pub(crate) struct DecodedRequest {
    pub(crate) key: RequestKey,
    /// Of a request that its sender named: the key of the name with the body.
    pub(crate) content: Option<RequestKey>,
    pub(crate) rows: Range<usize>,
    pub(crate) receipt: Receipt,
    pub(crate) offset: Option<FileOffset>,
    pub(crate) reply: Reply,
    /// Held until the request is answered.
    pub(crate) reservation: Reservation,
}

/// How long a thread without work waits before it looks for another version.
const IDLE: Duration = Duration::from_millis(50);
/// Most requests decoded into one batch.
const MAX_REQUESTS: usize = 1024;
/// Facts at which a batch is handed on.
const MAX_FACTS: usize = 16 * 1024;

/// One thread's state: everything that is valid for one version.
struct Worker {
    id: usize,
    version: Arc<Version>,
    recorder: Recorder,
    told: Told,
    logs: HashMap<Name, LogSource>,
}

/// Works until no more jobs can come.
pub(crate) fn run(id: usize, jobs: &flume::Receiver<Job>, shared: &Shared, commits: &flume::Sender<Message>) {
    let names_bytes = shared.settings.names_bytes();
    let mut worker = Worker::new(id, shared.versions.current(), names_bytes);
    loop {
        shared.health.pulses.beat(crate::pulse::Worker::Decoder(id));
        let first = match jobs.recv_timeout(IDLE) {
            Ok(job) => Some(job),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => return,
        };
        let current = shared.versions.current();
        if current.number != worker.version.number {
            worker = Worker::new(id, current, names_bytes);
            if commits.send(worker.switched()).is_err() {
                return;
            }
        }
        let Some(first) = first else { continue };
        worker.recorder.accepted = Some(AcceptedTimes::at(shared.now()));
        // What input makes a reader panic costs the requests of its batch, and not the thread.
        let message = match catch_unwind(AssertUnwindSafe(|| worker.decode(first, jobs))) {
            Ok(decoded) if decoded.requests.is_empty() && decoded.news.is_empty() => continue,
            Ok(decoded) => Message::Decoded(Decoded::Facts(Box::new(decoded))),
            Err(_) => {
                worker = Worker::new(id, Arc::clone(&worker.version), names_bytes);
                worker.switched()
            }
        };
        shared.full.note(worker.recorder.tables.full());
        if commits.send(message).is_err() {
            return;
        }
    }
}

impl Worker {
    fn new(id: usize, version: Arc<Version>, names_bytes: usize) -> Self {
        let recorder = Recorder::within(&version.setup, names_bytes);
        let told = Told::new(&recorder.tables);
        Self { id, version, recorder, told, logs: HashMap::new() }
    }

    fn switched(&self) -> Message {
        Message::Decoded(Decoded::Switched { worker: self.id, version: self.version.number })
    }

    /// Decodes a request, and more that wait, as long as one batch holds them.
    fn decode(&mut self, first: Job, jobs: &flume::Receiver<Job>) -> DecodedFacts {
        let mut requests = Vec::new();
        let mut next = Some(first);
        while let Some(job) = next {
            requests.extend(self.request(job));
            let is_full = requests.len() >= MAX_REQUESTS || self.recorder.pending() >= MAX_FACTS;
            next = if is_full { None } else { jobs.try_recv().ok() };
        }
        let stats = Stats::new(&self.version.setup.registry);
        DecodedFacts {
            worker: self.id,
            version: self.version.number,
            batch: self.recorder.take_batch(),
            news: self.told.news(&self.recorder.tables),
            requests,
            versions: self.recorder.take_versions(),
            stats: std::mem::replace(&mut self.recorder.stats, stats),
        }
    }

    /// Decodes one request; `None` when it was refused and answered.
    fn request(&mut self, job: Job) -> Option<DecodedRequest> {
        let Job { submission, reply } = job;
        let from = self.recorder.pending();
        let earlier = take(&mut self.recorder.stats.rejected);
        self.recorder.trust = submission.trust;
        let read = self.read(&submission.payload, &submission.body);
        let rejected = std::mem::replace(&mut self.recorder.stats.rejected, earlier);
        for (reason, count) in &rejected {
            *self.recorder.stats.rejected.entry(reason).or_default() += count;
        }
        let rows = from..self.recorder.pending();
        // What was read of it before it broke lies in the batch, and belongs to no request.
        if let Err(refusal) = read {
            // Whoever asked may be gone.
            let _ = reply.send(Err(refusal));
            return None;
        }
        let receipt =
            Receipt { accepted: rows.len() as u64, rejected: rejected.into_iter().collect(), ..Receipt::default() };
        let Submission { key, content, reservation, offset, .. } = submission;
        Some(DecodedRequest { key, content, rows, receipt, reply, reservation, offset })
    }

    fn read(&mut self, payload: &Payload, body: &[u8]) -> Result<(), Refusal> {
        let setup = Arc::clone(&self.version.setup);
        let plan = &setup.plan;
        match payload {
            Payload::TracesProto | Payload::LogsProto => {
                let before = self.recorder.pending();
                match payload {
                    Payload::TracesProto => otlp::proto::read_traces(body, plan, &mut self.recorder),
                    _ => otlp::proto::read_logs(body, plan, &mut self.recorder),
                }
                let is_broken = self.recorder.stats.rejected.contains_key(RejectReason::Envelope.text());
                if is_broken && self.recorder.pending() == before {
                    return Err(Refusal::Unreadable("the body is no OTLP request in protobuf".to_owned()));
                }
            }
            Payload::TracesJson | Payload::LogsJson => {
                if let Err(error) = otlp::json::read(body, plan, &mut self.recorder) {
                    self.recorder.stats.reject(error.reason(), None);
                    return Err(Refusal::Unreadable(error.to_string()));
                }
            }
            Payload::AccessLog(service) => {
                log(&mut self.logs, service.as_ref(), &setup)?.read_lines(body, &mut self.recorder);
            }
        }
        Ok(())
    }
}

/// The log of a service, from those opened before or from the registry.
fn log<'l>(
    logs: &'l mut HashMap<Name, LogSource>,
    service: Option<&Name>,
    setup: &Setup,
) -> Result<&'l mut LogSource, Refusal> {
    let (service, format) = with_log(service, setup)?;
    match logs.entry(service.clone()) {
        Entry::Occupied(known) => Ok(known.into_mut()),
        Entry::Vacant(entry) => {
            let source = LogSource::new(service.as_str(), format, setup);
            Ok(entry.insert(source.map_err(|error| Refusal::Unreadable(error.to_string()))?))
        }
    }
}

/// The service that is named, or the only one with an access log, and how that is written.
fn with_log<'s>(service: Option<&Name>, setup: &'s Setup) -> Result<(&'s Name, &'s LogFormat), Refusal> {
    let services = setup.registry.services.iter();
    let all: Vec<_> = services.filter_map(|service| Some((&service.name, service.access_log.as_ref()?))).collect();
    let names = || all.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>();
    let refused = |message: String| Err(Refusal::Unreadable(message));
    match (service, &all[..]) {
        (None, [only]) => Ok(*only),
        (None, []) => refused("no service of the registry has `accessLog:`".to_owned()),
        (None, _) => {
            refused(format!("say whose log it is: `/v1/access-logs?service=NAME` with one of {}", names().join(", ")))
        }
        (Some(name), _) => match all.iter().find(|(known, _)| *known == name) {
            Some(found) => Ok(*found),
            None => refused(format!(
                "the registry has no service `{name}` with `accessLog:`: {}",
                did_you_mean(name.as_str(), &names())
            )),
        },
    }
}
