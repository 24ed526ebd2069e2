//! Reading the log again: what it has beyond the checkpoint is counted, and what was open there is opened again.

use super::dedupe::Dedupe;
use super::record::{ClosedTraces, FactsHeader, SignsRecord, read_keys};
use super::recover::{RecoverError, Recovered, store};
use super::state::{Activation, CheckpointContents};
use super::traces::LiveTraces;
use crate::counts::{Counter, Counts, Import, SeriesKey, Sign};
use crate::intake::FileOffset;
use crate::registry_store::{self, Snapshot};
use crate::settings::Settings;
use crate::version::Version;
use milepost_facts::{FactBatch, Moved, NameTables, TraceId};
use milepost_ingest::Setup;
use milepost_model::Timestamp;
use milepost_store::checkpoint::Checkpoint;
use milepost_store::wal::{self, Group as LoggedGroup, RecordKind};
use milepost_store::{Directory, Lsn, checkpoint};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is known of what was counted before the log is read.
pub(super) struct Known {
    pub(super) dedupe: Dedupe,
    /// Traces that were closed.
    pub(super) closed: Vec<TraceId>,
    /// Nothing is: the log has it.
    pub(super) is_of_log: bool,
    /// The log is read after this record.
    pub(super) read_after: Lsn,
    /// When the server starts, by the clock that nobody sets.
    pub(super) started: Timestamp,
}

/// State while the log is read.
pub(super) struct Replay {
    pub(super) version: Arc<Version>,
    pub(super) tables: NameTables,
    pub(super) counter: Counter,
    pub(super) counts: Counts,
    pub(super) traces: Option<LiveTraces>,
    pub(super) dedupe: Dedupe,
    /// Before the checkpoint, too, the log says what was counted.
    pub(super) is_of_log: bool,
    pub(super) started: Timestamp,
    pub(super) activations: Vec<Activation>,
    pub(super) checkpoint: Lsn,
    pub(super) trace_bytes: usize,
    pub(super) names_bytes: usize,
    pub(super) directory: Arc<Directory>,
    pub(super) offsets: BTreeMap<String, FileOffset>,
    pub(super) recovered: Recovered,
    pub(super) failed: Option<RecoverError>,
}

impl Replay {
    pub(super) fn new(
        settings: &Settings,
        directory: Arc<Directory>,
        first: Option<Snapshot>,
        contents: CheckpointContents,
        (mut counts, lsn): (Counts, Lsn),
        known: Known,
    ) -> Result<Self, RecoverError> {
        // The log may begin under a version that is not the last one any more.
        let begins = wal::files(&directory.wal()).map_err(|error| store(&error))?;
        let begins = begins.first().map_or(lsn, |(first, _)| *first).max(known.read_after);
        let offsets = contents.offsets.clone();
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
        let names_bytes = settings.names_bytes();
        let tables = NameTables::within(&version.setup.registry, &version.setup.annotator, names_bytes);
        let trace_bytes = settings.trace_bytes();
        let mut traces = LiveTraces::new(&version, trace_bytes, known.read_after);
        if let Some(traces) = &mut traces {
            known.closed.into_iter().for_each(|id| traces.forget(id));
        }
        Ok(Self {
            counter: Counter::new(&version.setup.registry, &tables, &mut counts),
            traces,
            dedupe: known.dedupe,
            is_of_log: known.is_of_log,
            started: known.started,
            version,
            tables,
            counts,
            activations,
            checkpoint: lsn,
            trace_bytes,
            names_bytes,
            directory,
            offsets,
            recovered: Recovered::default(),
            failed: None,
        })
    }

    pub(super) fn group(&mut self, group: &LoggedGroup<'_>) {
        if self.failed.is_some() {
            return;
        }
        // Before the checkpoint everything is counted; it is read for the traces that were open, and for what was received where only it says that.
        let counts = group.last > self.checkpoint;
        let notes = counts || self.is_of_log;
        for (lsn, kind, payload) in &group.records {
            match kind {
                RecordKind::Facts => self.facts(payload, counts, notes),
                RecordKind::Derived => self.derived(payload, counts),
                RecordKind::Requests if notes => read_keys(payload).for_each(|key| {
                    self.dedupe.is_new_request(key);
                }),
                RecordKind::Requests => {}
                RecordKind::Traces => self.traces(payload, counts),
                RecordKind::Counts => self.import(payload, counts),
                RecordKind::Signs => self.signs(payload, counts),
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

    fn facts(&mut self, payload: &[u8], counts: bool, notes: bool) {
        if !notes && self.traces.is_none() {
            return;
        }
        let Some((header, batch)) = self.decode(payload) else { return };
        if counts {
            self.count(header, &batch);
            let sign = Sign { received_at: header.received_at, heard_at: header.received_at };
            self.counts.sources.hear(&batch, &self.tables, sign);
        }
        // The clock may have been ahead when they came; nothing came later than now.
        let arrived = header.received_at.min(self.started);
        if notes {
            // What is known by fingerprints grew no older by wall time, which may have been set meanwhile.
            self.dedupe.advance(if self.is_of_log { arrived } else { self.started });
            for row in (0..batch.len()).filter(|row| batch.is_attempt(*row)) {
                self.dedupe.is_new_attempt(&batch, row);
            }
        }
        if let Some(traces) = &mut self.traces {
            traces.add(&batch, arrived);
        }
    }

    fn derived(&mut self, payload: &[u8], counts: bool) {
        if counts && let Some((header, batch)) = self.decode(payload) {
            self.count(header, &batch);
        }
    }

    fn decode(&mut self, payload: &[u8]) -> Option<(FactsHeader, FactBatch)> {
        let decoded = FactsHeader::read(payload)
            .and_then(|(header, columns)| Some((header, FactBatch::decode(columns, &mut self.tables).ok()?)));
        if decoded.is_none() {
            self.recovered.damage.push("a record of facts is of another version".to_owned());
        }
        decoded
    }

    fn count(&mut self, header: FactsHeader, batch: &FactBatch) {
        self.counter.count(batch, &self.tables, &mut self.counts);
        self.recovered.replayed += batch.len() as u64;
        self.counts.received_at = self.counts.received_at.max(Some(header.received_at));
    }

    fn traces(&mut self, payload: &[u8], counts: bool) {
        let Some(closed) = ClosedTraces::read(payload) else { return };
        if let Some(traces) = &mut self.traces {
            closed.ids.iter().for_each(|id| traces.forget(*id));
        }
        if counts {
            for (name, minute, count) in &closed.counts {
                let series = self.counts.series(name, &SeriesKey::of_others(name));
                self.counts.add(series, *minute, &[*count, 0, 0, 0, 0]);
            }
        }
    }

    fn import(&mut self, payload: &[u8], counts: bool) {
        match Import::read(payload) {
            Some(import) if counts => self.counts.import(&import),
            Some(_) => {}
            None => self.recovered.damage.push("a record of counts is of another version".to_owned()),
        }
    }

    fn signs(&mut self, payload: &[u8], counts: bool) {
        match SignsRecord::read(payload) {
            Some(record) if counts => {
                let sign = Sign { received_at: record.at(), heard_at: record.at() };
                self.counts.hear(&record.services, sign);
            }
            Some(_) => {}
            None => self.recovered.damage.push("a record of signs of life is of another version".to_owned()),
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
                let Setup { registry, annotator, .. } = &*version.setup;
                let mut tables = NameTables::within(registry, annotator, self.names_bytes);
                self.traces = match self.traces.take() {
                    Some(traces) => traces.moved(&version, &Moved::new(&self.tables, &mut tables)),
                    None => LiveTraces::new(&version, self.trace_bytes, lsn),
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
