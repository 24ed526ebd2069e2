//! The thread that moves what the log has into Parquet segments, cuts the log behind it, and lets go of what is too old.

use crate::commit::{Activation, FactsHeader, Message};
use crate::pulse::{LONG, Worker};
use crate::registry_store;
use crate::rounds::Turn;
use crate::shared::Shared;
use milepost_facts::{FactBatch, NameTables, to_record_batch};
use milepost_model::DurationNs;
use milepost_store::catalog::Blocking;
use milepost_store::retention::{self, Keep};
use milepost_store::segment::Decoded;
use milepost_store::wal::{self, RecordKind};
use milepost_store::{Directory, Lsn, StoreError, compact, flush, minutes};
use std::fs;
use std::time::{Duration, SystemTime};
use tokio::sync::oneshot;

/// How often it looks whether there is something to do.
const EVERY: Duration = Duration::from_secs(1);
/// The log is kept at least so long, so that duplicates are known after a restart.
const DUPLICATES_KNOWN: Duration = Duration::from_secs(600);
/// Size of the log from which on facts are moved, however young they are.
const LOG_BYTES: u64 = 128 << 20;
/// The minute log is kept for longer than facts, so that every window of an SLO, and the year before, can be told.
const MINUTES_KEPT: DurationNs = DurationNs::from_seconds(400 * 86_400);
/// What [`DUPLICATES_KNOWN`] may cost at most.
const MOST_LOG_BYTES: u64 = 1 << 30;

/// Works until the server ends.
pub(crate) fn run(shared: &Shared, catalog: Blocking, messages: &flume::Sender<Message>, mut turn: Turn) {
    works(shared);
    check_log(shared);
    let clock = &shared.settings.clock;
    let mut flushed_at = clock.steady();
    loop {
        shared.health.pulses.beat(Worker::Keeper);
        if turn.rest(shared, EVERY) {
            break;
        }
        let now = clock.steady();
        let is_due = now.since(flushed_at) >= shared.settings.segments_every;
        if is_due || log_bytes(&shared.directory) >= LOG_BYTES + cut_bytes(shared) {
            flushed_at = now;
            match keep(shared, &catalog, messages) {
                Ok(()) => shared.health.kept(None),
                Err(error) => {
                    tracing::error!(error, "facts could not be moved into segments; the log has them");
                    shared.health.kept(Some(error));
                }
            }
        }
    }
    if let Err(error) = catalog.close() {
        tracing::warn!(%error, "the catalog was not closed");
    }
}

/// Looks through the part of the log that the start did not read, since counts have it already: damage there is told all the same.
fn check_log(shared: &Shared) {
    let unread = shared.health.unread();
    if unread == Lsn(0) {
        return;
    }
    match wal::read_between(&shared.directory.wal(), Lsn(0), unread, |_| works(shared)) {
        Ok(reading) => {
            // What lies behind it in the same file was told at the start.
            let damage = reading.damage.iter().filter(|damage| damage.between.0 < unread);
            let damage: Vec<String> = damage.map(ToString::to_string).collect();
            damage.iter().for_each(|damage| tracing::error!("{damage}"));
            shared.health.note_log_damage(damage);
        }
        Err(error) => tracing::error!(%error, "the log cannot be looked through"),
    }
}

/// The part of the log that segments have already and that is kept for other reasons.
fn cut_bytes(shared: &Shared) -> u64 {
    let flushed = shared.health.flushed();
    let files = wal::files(&shared.directory.wal()).unwrap_or_default();
    let before = files.iter().zip(files.iter().skip(1)).filter(|(_, (next, _))| next.0 <= flushed.0 + 1);
    before.map(|((_, path), _)| fs::metadata(path).map_or(0, |metadata| metadata.len())).sum()
}

fn log_bytes(directory: &Directory) -> u64 {
    let files = wal::files(&directory.wal()).unwrap_or_default();
    files.iter().map(|(_, path)| fs::metadata(path).map_or(0, |metadata| metadata.len())).sum()
}

/// It goes on with work that takes as long as files are large.
fn works(shared: &Shared) {
    shared.health.pulses.beat_for(Worker::Keeper, LONG);
}

fn keep(shared: &Shared, catalog: &Blocking, messages: &flume::Sender<Message>) -> Result<(), String> {
    works(shared);
    let (reply, answer) = oneshot::channel();
    if messages.send(Message::Checkpoint(reply)).is_err() {
        return Ok(());
    }
    let Ok(checkpointed) = answer.blocking_recv() else { return Ok(()) };
    let up_to = checkpointed?;
    let told = |error: StoreError| crate::commit::chain(&error);
    let after = catalog.flushed().map_err(told)?;
    let mut decoder = Decoder::new(shared, after);
    let flushed = flush::flush(&shared.directory, catalog, up_to, shared.now(), |lsn, kind, payload| {
        works(shared);
        decoder.decode(lsn, kind, payload)
    });
    let flushed = flushed.map_err(told)?;
    for damage in &flushed.damage {
        tracing::error!(%damage, "part of the log is lost");
    }
    shared.health.set_flushed(flushed.up_to);
    cut(shared, flushed.up_to).map_err(|error| error.to_string())?;
    works(shared);
    let now = shared.now();
    let compacted = compact::compact(&shared.directory, catalog, now).map_err(told)?;
    for damage in compacted.iter().flat_map(|compacted| &compacted.damage) {
        tracing::error!(%damage, "a segment is damaged");
    }
    works(shared);
    let keep = Keep { days: Some(shared.settings.keep_days), bytes: Some(shared.settings.keep_bytes) };
    retention::retain(&shared.directory, catalog, keep, now).map_err(told)?;
    let oldest = now.minus(MINUTES_KEPT).minute();
    minutes::remove_before(&shared.directory.minutes(), oldest).map_err(|error| crate::commit::chain(&error))?;
    Ok(())
}

/// Removes what nobody needs of the log any more.
fn cut(shared: &Shared, flushed: Lsn) -> Result<(), Box<dyn std::error::Error>> {
    let files = wal::files(&shared.directory.wal())?;
    let mut bytes = log_bytes(&shared.directory);
    let now = SystemTime::now();
    let mut before = shared.health.checkpoints().1.min(flushed).next();
    for (first, path) in files {
        let metadata = fs::metadata(&path)?;
        let age = now.duration_since(metadata.modified()?).unwrap_or_default();
        if age < DUPLICATES_KNOWN && bytes <= MOST_LOG_BYTES {
            before = before.min(first);
            break;
        }
        bytes -= metadata.len();
    }
    if let Some(alone) = shared.directory.alone()? {
        wal::cut(&shared.directory.wal(), before, &alone)?;
    }
    Ok(())
}

/// Facts of the log under the version that was active at each record.
pub(crate) struct Decoder<'s> {
    shared: &'s Shared,
    activations: Vec<Activation>,
    tables: Option<(u64, NameTables)>,
    after: Lsn,
}

impl<'s> Decoder<'s> {
    fn new(shared: &'s Shared, after: Lsn) -> Self {
        Self { shared, activations: shared.activations().clone(), tables: None, after }
    }

    fn decode(&mut self, lsn: Lsn, kind: RecordKind, payload: &[u8]) -> Result<Option<Decoded>, String> {
        if !matches!(kind, RecordKind::Facts | RecordKind::Derived) || lsn <= self.after {
            return Ok(None);
        }
        let (header, columns) = FactsHeader::read(payload).ok_or("the record has no header")?;
        let tables = self.tables(header.version)?;
        let batch = FactBatch::decode(columns, tables).map_err(|error| error.to_string())?;
        let facts = to_record_batch(&batch, tables).map_err(|error| error.to_string())?;
        Ok(Some(Decoded { facts, received_at: header.received_at, registry_version: header.version }))
    }

    fn tables(&mut self, version: u64) -> Result<&mut NameTables, String> {
        if self.tables.as_ref().is_none_or(|(known, _)| *known != version) {
            let activation = self.activations.iter().find(|activation| activation.number == version);
            let activation = activation.ok_or_else(|| format!("the registry of version {version} is not known"))?;
            let snapshot = registry_store::load(&self.shared.directory.registry(), &activation.digest)?;
            let setup = snapshot.version(version).setup;
            self.tables = Some((version, NameTables::new(&setup.registry, &setup.annotator)));
        }
        self.tables.as_mut().map(|(_, tables)| tables).ok_or_else(|| "no registry".to_owned())
    }
}
