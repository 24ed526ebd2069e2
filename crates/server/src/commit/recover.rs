//! Starting where the last process stopped, however it stopped: checkpoint, minute log, then the log from there.

use super::dedupe::Dedupe;
use super::group::Group;
use super::log::{Log, LogThread};
use super::record::{ClosedTraces, FactsHeader, read_keys};
use super::state::{Activation, CheckpointContents};
use super::thread::{Committer, chain};
use super::traces::LiveTraces;
use crate::counts::{Counter, Counts, SeriesKey};
use crate::intake::FileOffset;
use crate::registry_store::{self, Snapshot};
use crate::settings::{Ack, Settings};
use crate::shared::Shared;
use crate::version::{Version, Versions};
use milepost_facts::{FactBatch, Moved, NameTables, Renaming};
use milepost_model::{Minute, Timestamp};
use milepost_store::checkpoint::Checkpoint;
use milepost_store::wal::{self, Group as LoggedGroup, RecordKind, Writer};
use milepost_store::{Directory, Lsn, SeriesFile, SeriesId, checkpoint, minutes};
use std::collections::BTreeMap;
use std::sync::Arc;
use thiserror::Error;

/// Why the server cannot go on with what a directory has.
#[derive(Debug, Error)]
pub enum RecoverError {
    /// What is kept cannot be read or written.
    #[error("cannot use the data directory: {0}")]
    Store(String),
    /// No registry was ever active in it, and none is to be.
    #[error("the data directory has no registry")]
    NoRegistry,
    /// A registry that was active is gone.
    #[error("the registry `{digest}` was active and is not in the data directory any more: {why}")]
    Registry {
        /// Its hash.
        digest: String,
        /// What is wrong with it.
        why: String,
    },
}

/// What recovery has to say to whoever started the server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Facts that were counted again from the log.
    pub replayed: u64,
    /// What was lost, in words.
    pub damage: Vec<String>,
}

/// State while the log is read.
struct Replay {
    version: Arc<Version>,
    tables: NameTables,
    counter: Counter,
    counts: Counts,
    traces: Option<LiveTraces>,
    dedupe: Dedupe,
    activations: Vec<Activation>,
    checkpoint: Lsn,
    trace_bytes: usize,
    directory: Arc<Directory>,
    offsets: BTreeMap<String, FileOffset>,
    recovered: Recovered,
    failed: Option<RecoverError>,
}

fn store(error: &dyn std::error::Error) -> RecoverError {
    RecoverError::Store(chain(error))
}

/// Brings a directory to where it was, under the registry that was active. `first` is the registry of a directory that has none yet.
pub(crate) fn recover(
    settings: Settings,
    directory: Directory,
    first: Option<Snapshot>,
) -> Result<(Committer, LogThread, Arc<Shared>, Recovered), RecoverError> {
    let directory = Arc::new(directory);
    let mut recovered = Recovered::default();
    let (newest, damaged) = checkpoint::newest(&directory.checkpoints()).map_err(|error| store(&error))?;
    recovered.damage.extend(damaged.iter().map(|path| format!("{}: the checkpoint is damaged", path.display())));
    let lsn = newest.as_ref().map_or(Lsn(0), |checkpoint| checkpoint.lsn);
    let contents: CheckpointContents = match &newest {
        Some(checkpoint) => serde_json::from_slice(&checkpoint.contents).map_err(|error| store(&error))?,
        None => CheckpointContents::default(),
    };
    let mut lost = minutes::cut(&directory.minutes(), lsn, &contents.minutes).map_err(|error| store(&error))?;
    let (series, unnamed) = SeriesFile::open(&directory.minutes()).map_err(|error| store(&error))?;
    if unnamed > 0 {
        recovered.damage.push(format!("the names of {unnamed} series are lost"));
    }
    let mut counts = Counts::new(series);
    for rows in restore(&mut counts, &contents, lsn, &directory)? {
        if !lost.contains(&rows) {
            lost.push(rows);
        }
    }
    recovered.damage.extend(lost.iter().map(ToString::to_string));
    let mut replay = Replay::new(&settings, Arc::clone(&directory), first, contents.activations.clone(), counts, lsn)?;
    replay.recovered = recovered;
    replay.offsets = contents.offsets;
    let reading = wal::read(&directory.wal(), Lsn(0), |group| replay.group(group)).map_err(|error| store(&error))?;
    if let Some(error) = replay.failed {
        return Err(error);
    }
    let missing = wal::missing_after(&directory.wal(), lsn).map_err(|error| store(&error))?;
    replay.recovered.damage.extend(missing.iter().chain(&reading.damage).map(ToString::to_string));
    let mut writer = Writer::new(&directory.wal());
    if settings.ack == Ack::Memory {
        writer = writer.without_sync();
    }
    let (log, log_thread) = Log::new(writer, reading.next.max(lsn.next()));
    let offsets = std::mem::take(&mut replay.offsets);
    let Replay { version, tables, counter, counts, traces, dedupe, activations, recovered, .. } = replay;
    let workers = settings.workers;
    let shared = Shared::new(settings, directory, Versions::new(Arc::clone(&version)), counts, activations);
    shared.health.set_checkpoint(lsn, lsn);
    shared.health.note_lost(&lost);
    *shared.offsets() = offsets;
    let shared = Arc::new(shared);
    let committer = Committer {
        log,
        renamings: (0..workers).map(|_| Renaming::new(&tables)).collect(),
        group: Group::new(shared.now(), tables.dimensions.len()),
        sent: None,
        version,
        tables,
        counter,
        traces,
        dedupe,
        switching: None,
        checkpointed_at: shared.now(),
        last_checkpoint: lsn,
        minutes: contents.minutes,
        ticked_at: shared.now(),
        shared: Arc::clone(&shared),
    };
    Ok((committer, log_thread, shared, recovered))
}

/// Puts into memory what the checkpoint and the minute log have of the last hours; what is lost of them.
fn restore(
    counts: &mut Counts,
    contents: &CheckpointContents,
    lsn: Lsn,
    directory: &Directory,
) -> Result<Vec<minutes::LostRows>, RecoverError> {
    for (series, cell) in &contents.totals {
        counts.restore_total(SeriesId(*series), *cell);
    }
    counts.newest = contents.newest.map(Timestamp::from_nanos);
    counts.received_at = contents.received_at.map(Timestamp::from_nanos);
    counts.lsn = lsn;
    counts.checkpointed(lsn);
    let Some(newest) = counts.newest else { return Ok(Vec::new()) };
    // Recent is by the clock; events may come a little ahead of it, and a clock that was set back must not hide what was counted.
    let now = newest.minute().number().max(Minute::new(0).number());
    let range = Minute::new(now - crate::counts::LATENCY_HOURS * 60)..Minute::new(now + 24 * 60);
    let mut is_latency: Vec<Option<bool>> = vec![None; counts.series.len()];
    let mut rows = Vec::new();
    let lost = minutes::read(&directory.minutes(), range, lsn, |row| rows.push(*row)).map_err(|error| store(&error))?;
    for row in rows {
        let Some(known) = is_latency.get_mut(row.series.0 as usize) else { continue };
        let latency = *known.get_or_insert_with(|| {
            let key = counts.series.key(row.series).and_then(SeriesKey::parse);
            matches!(key, Some(SeriesKey::Latency(_)))
        });
        counts.restore(&row, latency);
    }
    counts.trim(Minute::new(now));
    Ok(lost)
}

impl Replay {
    fn new(
        settings: &Settings,
        directory: Arc<Directory>,
        first: Option<Snapshot>,
        activations: Vec<Activation>,
        mut counts: Counts,
        lsn: Lsn,
    ) -> Result<Self, RecoverError> {
        // The log may begin under a version that is not the last one any more.
        let begins = wal::files(&directory.wal()).map_err(|error| store(&error))?;
        let begins = begins.first().map_or(lsn, |(first, _)| *first);
        let contents = CheckpointContents { activations, ..CheckpointContents::default() };
        let (version, activations) = match (contents.active_at(begins), first) {
            (Some(active), _) => (load(&directory, active.number, &active.digest)?, contents.activations),
            (None, Some(first)) => {
                registry_store::keep(&directory.registry(), &first).map_err(|error| store(&error))?;
                let activation = Activation { lsn: 0, number: 1, digest: first.digest.clone() };
                let contents = CheckpointContents { activations: vec![activation], ..CheckpointContents::default() };
                // So that the next start knows what was active, even if the folder has errors by then.
                let bytes = serde_json::to_vec(&contents).map_err(|error| store(&error))?;
                let first_checkpoint = Checkpoint { lsn, contents: bytes };
                checkpoint::write(&directory.checkpoints(), &first_checkpoint).map_err(|error| store(&error))?;
                (Arc::new(first.version(1)), contents.activations)
            }
            (None, None) => return Err(RecoverError::NoRegistry),
        };
        let tables = NameTables::new(&version.setup.registry, &version.setup.annotator);
        let trace_bytes = settings.trace_bytes();
        Ok(Self {
            counter: Counter::new(&version.setup.registry, &tables, &mut counts),
            traces: LiveTraces::new(&version, trace_bytes),
            dedupe: Dedupe::new(settings.dedupe_bytes()),
            version,
            tables,
            counts,
            activations,
            checkpoint: lsn,
            trace_bytes,
            directory,
            offsets: BTreeMap::new(),
            recovered: Recovered::default(),
            failed: None,
        })
    }

    fn group(&mut self, group: &LoggedGroup<'_>) {
        if self.failed.is_some() {
            return;
        }
        // Before the checkpoint everything is counted; it is read for what was received, and for the traces that were open.
        let counts = group.last > self.checkpoint;
        for (lsn, kind, payload) in &group.records {
            match kind {
                RecordKind::Facts => self.facts(payload, counts, true),
                RecordKind::Derived => self.facts(payload, counts, false),
                RecordKind::Requests => read_keys(payload).for_each(|key| {
                    self.dedupe.is_new_request(key);
                }),
                RecordKind::Traces => self.traces(payload, counts),
                RecordKind::Registry => self.registry(*lsn, payload),
                RecordKind::Offset => {
                    if let Ok(offset) = serde_json::from_slice::<FileOffset>(payload) {
                        self.offsets.insert(offset.path.clone(), offset);
                    }
                }
            }
        }
        self.dedupe.send_group();
        self.dedupe.keep_group();
        if counts {
            self.counts.lsn = group.last;
        }
    }

    fn facts(&mut self, payload: &[u8], counts: bool, are_events: bool) {
        let decoded = FactsHeader::read(payload)
            .and_then(|(header, columns)| Some((header, FactBatch::decode(columns, &mut self.tables).ok()?)));
        let Some((header, batch)) = decoded else {
            self.recovered.damage.push("a record of facts is of another version".to_owned());
            return;
        };
        if counts {
            self.counter.count(&batch, &self.tables, &mut self.counts);
            self.recovered.replayed += batch.len() as u64;
            self.counts.received_at = self.counts.received_at.max(Some(header.received_at));
        }
        if are_events {
            self.dedupe.advance(header.received_at);
            for row in (0..batch.len()).filter(|row| batch.is_attempt(*row)) {
                self.dedupe.is_new_attempt(&batch, row);
            }
            if let Some(traces) = &mut self.traces {
                traces.add(&batch, header.received_at);
            }
        }
    }

    fn traces(&mut self, payload: &[u8], counts: bool) {
        let Some(closed) = ClosedTraces::read(payload) else { return };
        if let Some(traces) = &mut self.traces {
            closed.ids.iter().for_each(|id| traces.forget(*id));
        }
        if counts {
            for (name, minute, count) in &closed.counts {
                let series = self.counts.series.id(name);
                self.counts.add(series, *minute, &[*count, 0, 0, 0, 0]);
            }
        }
    }

    fn registry(&mut self, lsn: Lsn, payload: &[u8]) {
        let Some(activation) = super::activation(lsn, payload) else {
            self.recovered.damage.push(format!("the activation of a registry at {lsn} is of another version"));
            return;
        };
        if self.version.number >= activation.number {
            return;
        }
        match load(&self.directory, activation.number, &activation.digest) {
            Ok(version) => {
                let mut tables = NameTables::new(&version.setup.registry, &version.setup.annotator);
                self.traces = match self.traces.take() {
                    Some(traces) => traces.moved(&version, &Moved::new(&self.tables, &mut tables)),
                    None => LiveTraces::new(&version, self.trace_bytes),
                };
                self.counter = Counter::new(&version.setup.registry, &tables, &mut self.counts);
                self.tables = tables;
                self.version = version;
                if self.activations.iter().all(|known| known.number != activation.number) {
                    self.activations.push(activation);
                }
            }
            Err(error) => self.failed = Some(error),
        }
    }
}

fn load(directory: &Directory, number: u64, digest: &str) -> Result<Arc<Version>, RecoverError> {
    let snapshot = registry_store::load(&directory.registry(), digest);
    let snapshot = snapshot.map_err(|why| RecoverError::Registry { digest: digest.to_owned(), why })?;
    Ok(Arc::new(snapshot.version(number)))
}
