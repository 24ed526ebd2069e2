//! What the parts of the server share: settings, counts, the current version, what happened to requests, and how everything is.

use crate::changes::Changes;
use crate::commit::Activation;
use crate::counts::Counts;
use crate::evaluate::Board;
use crate::full::Full;
use crate::incidents::IncidentBook;
use crate::intake::FileOffset;
use crate::ledger::Ledger;
use crate::prometheus::ImportNotes;
use crate::pulse::Pulses;
use crate::receive::ReceiveStats;
use crate::settings::Settings;
use crate::severity::SeverityBoard;
use crate::signs::Signs;
use crate::stop::Stop;
use crate::symptoms::Symptoms;
use crate::version::Versions;
use milepost_model::{DurationNs, Timestamp};
use milepost_store::minutes::LostRows;
use milepost_store::{Directory, Hour, Lsn};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Everything that more than one thread looks at.
#[derive(Debug)]
pub struct Shared {
    /// How the server was started.
    pub settings: Settings,
    /// Where it keeps what it has.
    pub directory: Arc<Directory>,
    /// The registry's current version.
    pub versions: Versions,
    /// What has become of incidents.
    pub incidents: IncidentBook,
    /// How its parts are.
    pub health: Health,
    /// Whether it ends.
    pub stop: Stop,
    /// When it was started.
    pub started: Timestamp,
    /// What was deployed, switched and configured.
    pub changes: Changes,
    /// Held while facts are gone through to explain failures.
    pub(crate) attributing: Mutex<()>,
    /// Held while facts are counted again for what was counted at an earlier record.
    pub(crate) counting_again: Mutex<()>,
    /// What names of telemetry do not fit into any more.
    pub(crate) full: Full,
    /// Signs of life that are not stored yet.
    pub(crate) signs: Signs,
    counts: RwLock<Counts>,
    ledger: Mutex<Ledger>,
    activations: Mutex<Vec<Activation>>,
    offsets: Mutex<BTreeMap<String, FileOffset>>,
    registry: Mutex<RegistryState>,
    traces: Mutex<Option<TraceStanding>>,
    symptoms: Mutex<Symptoms>,
    board: RwLock<Arc<Board>>,
    severity: RwLock<Arc<SeverityBoard>>,
    receive_stats: OnceLock<Arc<ReceiveStats>>,
    imports: Mutex<ImportNotes>,
    listens: OnceLock<[SocketAddr; 2]>,
}

/// Traces that trace rules are to judge; nothing of a registry without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceStanding {
    /// Traces that wait to be judged.
    pub waiting: usize,
    /// Their spans.
    pub spans: usize,
    /// When the first span of the oldest arrived, by the clock that nobody sets.
    pub oldest: Option<Timestamp>,
    /// Spans that came after their trace was judged, since the server was started.
    pub late_spans: u64,
}

/// The registry's folder against what is active.
#[derive(Clone, Debug, Default)]
pub struct RegistryState {
    /// What is wrong with the folder's present contents, rendered for people; `None` when they are active.
    pub refused: Option<String>,
    /// When the folder was looked at last.
    pub looked_at: Option<Timestamp>,
    /// When the active version became so.
    pub activated_at: Option<Timestamp>,
}

/// How the threads are, and what they could not do.
#[derive(Debug)]
pub struct Health {
    /// When something was heard of each thread.
    pub(crate) pulses: Pulses,
    /// Threads that ended while the server did not.
    ended: Mutex<Vec<String>>,
    storing: Mutex<Option<String>>,
    keeping: Mutex<Option<String>>,
    notifying: Mutex<Option<String>>,
    writing: Mutex<Option<String>>,
    flushed: AtomicU64,
    /// Memory that requests hold.
    pub(crate) reserved_bytes: AtomicU64,
    checkpoint: AtomicU64,
    older_checkpoint: AtomicU64,
    dedupe_window_nanos: AtomicU64,
    unread: AtomicU64,
    /// What is damaged of the log that no start reads, in words.
    log_damage: Mutex<Vec<String>>,
    /// Parts of the minute log that are lost, as far as they were met.
    lost: Mutex<BTreeMap<(Hour, usize), LostRows>>,
}

impl Shared {
    /// Of a server that starts.
    pub(crate) fn new(
        settings: Settings,
        directory: Arc<Directory>,
        versions: Versions,
        counts: Counts,
        activations: Vec<Activation>,
        (incidents, changes): (IncidentBook, Changes),
    ) -> Self {
        Self {
            health: Health::new(&settings),
            stop: Stop::default(),
            started: settings.clock.now(),
            attributing: Mutex::default(),
            counting_again: Mutex::default(),
            settings,
            directory,
            versions,
            full: Full::default(),
            incidents,
            changes,
            signs: Signs::default(),
            counts: RwLock::new(counts),
            ledger: Mutex::default(),
            activations: Mutex::new(activations),
            offsets: Mutex::default(),
            registry: Mutex::default(),
            traces: Mutex::default(),
            symptoms: Mutex::default(),
            board: RwLock::default(),
            severity: RwLock::default(),
            receive_stats: OnceLock::new(),
            imports: Mutex::default(),
            listens: OnceLock::new(),
        }
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        self.settings.clock.now()
    }

    pub(crate) fn set_receive_stats(&self, stats: Arc<ReceiveStats>) {
        // Set once, when the ports are served.
        let _ = self.receive_stats.set(stats);
    }

    /// What happened to requests on the ports; nothing where none is served.
    pub(crate) fn receive_stats(&self) -> Option<&ReceiveStats> {
        self.receive_stats.get().map(|stats| &**stats)
    }

    pub(crate) fn set_listens(&self, grpc: SocketAddr, http: SocketAddr) {
        // Set once, as above.
        let _ = self.listens.set([grpc, http]);
    }

    /// Where OTLP/gRPC and OTLP/HTTP are received; nothing where they are not.
    pub(crate) fn listens(&self) -> [Option<SocketAddr>; 2] {
        self.listens.get().map_or([None, None], |addresses| addresses.map(Some))
    }

    /// Whether telemetry would be taken.
    pub fn is_ready(&self) -> bool {
        self.health.thread_reasons().is_empty() && self.health.storing_error().is_none()
    }

    /// What was counted, to read.
    pub fn counts(&self) -> RwLockReadGuard<'_, Counts> {
        self.counts.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn counts_mut(&self) -> RwLockWriteGuard<'_, Counts> {
        self.counts.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// What happened to requests.
    pub fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Which versions of the registry were activated, as far back as the log may reach.
    pub(crate) fn activations(&self) -> MutexGuard<'_, Vec<Activation>> {
        self.activations.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How far followed files were read, durably.
    pub(crate) fn offsets(&self) -> MutexGuard<'_, BTreeMap<String, FileOffset>> {
        self.offsets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How far a followed file was read.
    pub(crate) fn offset(&self, path: &Path) -> Option<FileOffset> {
        self.offsets().get(&path.display().to_string()).cloned()
    }

    /// The traces that wait to be judged, as of the last second.
    pub fn traces(&self) -> Option<TraceStanding> {
        *self.traces.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_traces(&self, standing: Option<TraceStanding>) {
        *self.traces.lock().unwrap_or_else(PoisonError::into_inner) = standing;
    }

    /// What came of asking sources of counts, by the indicator's id.
    pub(crate) fn imports(&self) -> MutexGuard<'_, ImportNotes> {
        self.imports.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What attempts of the last minutes were hit by.
    pub(crate) fn symptoms(&self) -> MutexGuard<'_, Symptoms> {
        self.symptoms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is known of SLOs as of the last round.
    pub fn board(&self) -> Arc<Board> {
        Arc::clone(&self.board.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn set_board(&self, board: Board) {
        let board = Arc::new(board);
        let before = std::mem::replace(&mut *self.board.write().unwrap_or_else(PoisonError::into_inner), board);
        // It takes a while where there are many SLOs, and nobody waits for it here.
        drop(before);
    }

    /// How bad it is as of the last round.
    pub fn severity(&self) -> Arc<SeverityBoard> {
        Arc::clone(&self.severity.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn set_severity(&self, board: SeverityBoard) {
        *self.severity.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(board);
    }

    /// The registry's folder against what is active.
    pub fn registry(&self) -> MutexGuard<'_, RegistryState> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Health {
    fn new(settings: &Settings) -> Self {
        Self {
            pulses: Pulses::new(settings.clock.clone(), settings.followed.len(), settings.workers),
            ended: Mutex::default(),
            storing: Mutex::default(),
            keeping: Mutex::default(),
            notifying: Mutex::default(),
            writing: Mutex::default(),
            flushed: AtomicU64::new(0),
            reserved_bytes: AtomicU64::new(0),
            checkpoint: AtomicU64::new(0),
            older_checkpoint: AtomicU64::new(0),
            dedupe_window_nanos: AtomicU64::new(0),
            unread: AtomicU64::new(0),
            log_damage: Mutex::default(),
            lost: Mutex::default(),
        }
    }

    pub(crate) fn has_ended(&self, thread: String) {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner).push(thread);
    }

    /// The threads that ended while the server did not: by a panic, which its log tells.
    pub fn ended_threads(&self) -> Vec<String> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn stored(&self, error: Option<String>) {
        *self.storing.lock().unwrap_or_else(PoisonError::into_inner) = error;
    }

    pub(crate) fn kept(&self, error: Option<String>) {
        *self.keeping.lock().unwrap_or_else(PoisonError::into_inner) = error;
    }

    pub(crate) fn notified(&self, error: Option<String>) {
        *self.notifying.lock().unwrap_or_else(PoisonError::into_inner) = error;
    }

    /// Why somebody could not be told of alerts; `None` when all is well.
    pub fn notifying_error(&self) -> Option<String> {
        self.notifying.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn written(&self, error: Option<String>) {
        *self.writing.lock().unwrap_or_else(PoisonError::into_inner) = error;
    }

    /// Why metrics could not be written to where they are kept; `None` when all is well.
    pub fn writing_error(&self) -> Option<String> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Why facts cannot be moved into segments; `None` when all is well.
    pub fn keeping_error(&self) -> Option<String> {
        self.keeping.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes what is lost of the minute log, and tells of what was not known.
    pub(crate) fn note_lost(&self, lost: &[LostRows]) {
        /// A file that is broken all over says no more than its first parts.
        const MOST: usize = 1_000;
        let mut known = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
        for rows in lost {
            let at = (rows.hour, rows.bytes.start);
            if known.len() < MOST && known.insert(at, rows.clone()).is_none() {
                tracing::error!("{rows}");
            }
        }
    }

    /// What is lost of the minute log, by hour.
    pub fn lost(&self) -> Vec<LostRows> {
        self.lost.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    pub(crate) fn set_flushed(&self, lsn: Lsn) {
        self.flushed.store(lsn.0, Relaxed);
    }

    /// Facts up to here are in segments.
    pub fn flushed(&self) -> Lsn {
        Lsn(self.flushed.load(Relaxed))
    }

    pub(crate) fn set_checkpoint(&self, lsn: Lsn, older: Lsn) {
        self.checkpoint.store(lsn.0, Relaxed);
        self.older_checkpoint.store(older.0, Relaxed);
    }

    pub(crate) fn set_unread(&self, lsn: Lsn) {
        self.unread.store(lsn.0, Relaxed);
    }

    /// The start read the log after this record.
    pub(crate) fn unread(&self) -> Lsn {
        Lsn(self.unread.load(Relaxed))
    }

    pub(crate) fn note_log_damage(&self, damage: Vec<String>) {
        *self.log_damage.lock().unwrap_or_else(PoisonError::into_inner) = damage;
    }

    /// What is damaged of the log that the start did not read: counts have it already.
    pub fn log_damage(&self) -> Vec<String> {
        self.log_damage.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_dedupe_window(&self, window: DurationNs) {
        self.dedupe_window_nanos.store(window.nanos(), Relaxed);
    }

    /// How far back duplicates are known.
    pub fn dedupe_window(&self) -> DurationNs {
        DurationNs::from_nanos(self.dedupe_window_nanos.load(Relaxed))
    }

    /// The last checkpoint, and the one before, from which on the log is needed.
    pub fn checkpoints(&self) -> (Lsn, Lsn) {
        (Lsn(self.checkpoint.load(Relaxed)), Lsn(self.older_checkpoint.load(Relaxed)))
    }

    /// Why nothing can be stored; `None` when all is well.
    pub fn storing_error(&self) -> Option<String> {
        self.storing.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Why the process should be started anew, in words: threads that ended, and threads of which nothing was heard for too long.
    pub fn thread_reasons(&self) -> Vec<String> {
        let ended = self.ended_threads().into_iter().map(|thread| format!("the thread `{thread}` has ended"));
        let silent = self.silent_threads().into_iter();
        ended.chain(silent.map(|thread| format!("nothing was heard of the thread `{thread}` for too long"))).collect()
    }

    /// The threads of which nothing was heard for too long.
    pub fn silent_threads(&self) -> Vec<String> {
        self.pulses.silent().iter().map(ToString::to_string).collect()
    }
}
