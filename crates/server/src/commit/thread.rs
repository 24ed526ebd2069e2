//! The thread: groups of facts from what the decoding threads send, one commit after the other.

use super::dedupe::Dedupe;
use super::record::{FactsHeader, write_keys};
use super::state::{Activation, CheckpointContents};
use super::traces::LiveTraces;
use crate::budget::Reservation;
use crate::counts::{Counter, SeriesKey};
use crate::intake::{FileOffset, Receipt, Refusal, Reply};
use crate::shared::Shared;
use crate::version::Version;
use crate::worker::{Decoded, DecodedFacts, DecodedRequest};
use flume::RecvTimeoutError;
use milepost_facts::{FactBuilder, Moved, NameTables, Renaming};
use milepost_model::{DurationNs, Timestamp};
use milepost_store::checkpoint::{self, Checkpoint};
use milepost_store::minutes::Lengths;
use milepost_store::wal::{RecordKind, Writer};
use milepost_store::{Lsn, minutes};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// What the thread is told.
#[derive(Debug)]
pub(crate) enum Message {
    /// Something from a thread that decodes.
    Decoded(Decoded),
    /// A registry is to become the active one.
    Activate(Arc<Version>, oneshot::Sender<Result<(), Refusal>>),
    /// A checkpoint is wanted now; the LSN up to which everything is in the minute log and in whole files of the log.
    Checkpoint(oneshot::Sender<Result<Lsn, String>>),
}

/// Everything that the thread owns.
pub(crate) struct Committer {
    pub(crate) shared: Arc<Shared>,
    pub(crate) wal: Writer,
    pub(crate) version: Arc<Version>,
    pub(crate) tables: NameTables,
    pub(crate) counter: Counter,
    pub(crate) traces: Option<LiveTraces>,
    pub(crate) dedupe: Dedupe,
    pub(crate) renamings: Vec<Renaming>,
    pub(crate) group: Group,
    pub(crate) switching: Option<Switching>,
    pub(crate) checkpointed_at: Timestamp,
    pub(crate) last_checkpoint: Lsn,
    /// The files of the minute log as the last checkpoint left them.
    pub(crate) minutes: Lengths,
    pub(crate) ticked_at: Timestamp,
}

/// What is committed together.
#[derive(Debug, Default)]
pub(crate) struct Group {
    facts: FactBuilder,
    answers: Vec<(Reply, Receipt, Reservation)>,
    offsets: Vec<FileOffset>,
}

/// Another version waits until no thread works by the one before.
pub(crate) struct Switching {
    version: Arc<Version>,
    activation: Activation,
    /// Threads that still may work by the one before.
    waits_for: Vec<usize>,
    held: Vec<DecodedFacts>,
    reply: oneshot::Sender<Result<(), Refusal>>,
}

/// How long the thread waits for messages before it looks at the clock.
const TICK: Duration = Duration::from_millis(100);
/// Facts at which a group is committed, though more wait: about 4 MiB of log.
const GROUP_FACTS: usize = 64 * 1024;
/// Messages of one group at most.
const GROUP_MESSAGES: usize = 4096;
/// How often the minute log gets what was counted.
const CHECKPOINT: DurationNs = DurationNs::from_seconds(60);
const SECOND: DurationNs = DurationNs::from_seconds(1);

impl Committer {
    /// Works until nobody can send any more, then writes a last checkpoint.
    pub(crate) fn run(mut self, messages: &flume::Receiver<Message>) {
        loop {
            match messages.recv_timeout(TICK) {
                Ok(message) => {
                    self.begin_group();
                    self.take(message);
                    for message in messages.try_iter().take(GROUP_MESSAGES) {
                        self.take(message);
                        if self.group.facts.len() >= GROUP_FACTS {
                            break;
                        }
                    }
                    self.commit();
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            self.tick();
        }
        if let Some(switching) = &mut self.switching {
            // No thread works by any version any more.
            switching.waits_for.clear();
            self.try_switch();
        }
        if let Err(error) = self.checkpoint() {
            tracing::error!(error, "the last checkpoint failed; the log has everything");
        }
    }

    fn begin_group(&mut self) {
        let now = self.shared.now();
        self.dedupe.advance(now);
        if self.group.facts.is_empty() {
            self.group.facts = FactBuilder::new(self.tables.dimensions.len());
        }
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Decoded(Decoded::Facts(facts)) => match &mut self.switching {
                Some(switching) if facts.version == switching.version.number => switching.held.push(*facts),
                _ => self.add(*facts),
            },
            Message::Decoded(Decoded::Switched { worker, version }) => self.switched(worker, version),
            Message::Activate(version, reply) => self.begin_switch(version, reply),
            Message::Checkpoint(reply) => {
                self.commit();
                let done = self.checkpoint().map(|()| {
                    self.wal.rotate();
                    self.last_checkpoint
                });
                let _ = reply.send(done);
            }
        }
    }

    /// Adds what requests brought to the group, save what was counted already.
    fn add(&mut self, decoded: DecodedFacts) {
        let DecodedFacts { worker, batch, news, requests, stats, .. } = decoded;
        self.renamings[worker].learn(&news, &mut self.tables);
        self.shared.ledger().note(&stats);
        for request in requests {
            let DecodedRequest { key, rows, mut receipt, reply, reservation, offset } = request;
            if !self.dedupe.is_new_request(key) {
                receipt.duplicates = receipt.accepted;
                receipt.is_repeated = true;
                self.group.answers.push((reply, receipt, reservation));
                continue;
            }
            self.group.offsets.extend(offset);
            // As a rule all of them are new, and one piece.
            let mut new = rows.start..rows.start;
            for row in rows {
                if batch.is_attempt(row) && !self.dedupe.is_new_attempt(&batch, row) {
                    receipt.duplicates += 1;
                    self.group.facts.append(&batch, new, &self.renamings[worker]);
                    new = row + 1..row + 1;
                } else {
                    new.end = row + 1;
                }
            }
            self.group.facts.append(&batch, new, &self.renamings[worker]);
            self.group.answers.push((reply, receipt, reservation));
        }
    }

    /// Makes the group durable, counts it, and answers.
    fn commit(&mut self) {
        let now = self.shared.now();
        let batch = self.group.facts.take();
        let answers = std::mem::take(&mut self.group.answers);
        let header = FactsHeader { received_at: now, version: self.version.number };
        header.write(&batch, &self.tables, |payload| {
            self.wal.add(RecordKind::Facts, payload);
        });
        write_keys(self.dedupe.keys_of_group(), |payload| {
            self.wal.add(RecordKind::Requests, payload);
        });
        let offsets = std::mem::take(&mut self.group.offsets);
        for offset in &offsets {
            self.wal.add(RecordKind::Offset, serde_json::json!(offset).to_string().as_bytes());
        }
        let written = self.write();
        match &written {
            Ok(lsn) => {
                self.dedupe.keep_group();
                let mut known = self.shared.offsets();
                known.extend(offsets.into_iter().map(|offset| (offset.path.clone(), offset)));
                drop(known);
                let mut counts = self.shared.counts_mut();
                self.counter.count(&batch, &self.tables, &mut counts);
                counts.lsn = *lsn;
                if !batch.is_empty() {
                    counts.received_at = Some(now);
                }
                drop(counts);
                if let Some(traces) = &mut self.traces {
                    traces.add(&batch, now);
                }
            }
            Err(_) => self.dedupe.forget_group(),
        }
        let mut ledger = self.shared.ledger();
        for (reply, receipt, reservation) in answers {
            let answer = match &written {
                Ok(_) => {
                    ledger.note_receipt(&receipt);
                    Ok(receipt)
                }
                Err(why) => Err(Refusal::NotStored(why.clone())),
            };
            drop(reservation);
            // Whoever asked may be gone.
            let _ = reply.send(answer);
        }
    }

    /// Writes what was added to the log, and remembers whether that works.
    fn write(&mut self) -> Result<Lsn, String> {
        // A group of nothing succeeds also on a full disk.
        let is_something = self.wal.group_bytes() > 0;
        let result = self.wal.commit().map_err(|error| chain(&error));
        if is_something {
            self.shared.health.stored(result.as_ref().err().cloned());
        }
        result
    }

    fn tick(&mut self) {
        let now = self.shared.now();
        self.shared.health.committer_is_alive();
        // A clock that was set back must not stop what is to be done by it.
        if now.since(self.ticked_at) < SECOND && now >= self.ticked_at {
            return;
        }
        self.ticked_at = now;
        // Whoever looks at readiness sends nothing until it is told that there is room again.
        if self.shared.health.storing_error().is_some() {
            self.shared.health.stored(self.wal.probe().err().map(|error| chain(&error)));
        }
        self.try_switch();
        if let Some(traces) = &mut self.traces {
            traces.advance(now);
        }
        self.commit_traces(now);
        self.shared.counts_mut().trim(now.minute());
        self.shared.health.set_dedupe_window(self.dedupe.window(now));
        if now.since(self.checkpointed_at) >= CHECKPOINT || now < self.checkpointed_at {
            self.checkpointed_at = now;
            if let Err(error) = self.checkpoint() {
                tracing::error!(error, "a checkpoint failed; the log has everything");
            }
        }
    }

    /// Makes what came of closed traces durable, and counts it.
    fn commit_traces(&mut self, now: Timestamp) {
        while let Some((batch, closed)) =
            self.traces.as_ref().and_then(|traces| traces.next(&self.version, &mut self.tables))
        {
            let header = FactsHeader { received_at: now, version: self.version.number };
            header.write(&batch, &self.tables, |payload| {
                self.wal.add(RecordKind::Derived, payload);
            });
            self.wal.add(RecordKind::Traces, &closed.write());
            // Tried again with the next tick, when there may be room for it.
            let Ok(lsn) = self.write() else { return };
            if let Some(traces) = &mut self.traces {
                traces.stored(closed.ids.len());
            }
            let mut counts = self.shared.counts_mut();
            self.counter.count(&batch, &self.tables, &mut counts);
            for (name, minute, count) in &closed.counts {
                let other = SeriesKey::Traces("other".to_owned()).text();
                let series = counts.series(name, &other);
                counts.add(series, *minute, &[*count, 0, 0, 0, 0]);
            }
            counts.lsn = lsn;
        }
    }

    /// Appends what was counted to the minute log, and says so in a checkpoint.
    fn checkpoint(&mut self) -> Result<(), String> {
        let shared = Arc::clone(&self.shared);
        let mut counts = shared.counts_mut();
        let lsn = counts.lsn;
        if lsn == self.last_checkpoint {
            return Ok(());
        }
        let folder = shared.directory.minutes();
        // What a checkpoint that failed appended would count twice.
        let appended = minutes::cut(&folder, self.last_checkpoint, &self.minutes)
            .and_then(|_| counts.series.sync())
            .and_then(|()| minutes::append(&folder, lsn, &counts.deltas()))
            .and_then(|()| minutes::lengths(&folder));
        let minutes = appended.map_err(|error| chain(&error))?;
        let contents = CheckpointContents {
            activations: shared.activations().clone(),
            received_at: counts.received_at.map(Timestamp::nanos),
            newest: counts.newest.map(Timestamp::nanos),
            totals: counts.totals().map(|(series, cell)| (series.0, *cell)).collect(),
            offsets: shared.offsets().clone(),
            minutes: minutes.clone(),
        };
        let contents = serde_json::to_vec(&contents).map_err(|error| chain(&error))?;
        let older = checkpoint::write(&shared.directory.checkpoints(), &Checkpoint { lsn, contents });
        let older = older.map_err(|error| chain(&error))?;
        counts.checkpointed(lsn);
        drop(counts);
        self.minutes = minutes;
        self.last_checkpoint = lsn;
        shared.health.set_checkpoint(lsn, older);
        Ok(())
    }
}

/// Changing the version of the registry.
impl Committer {
    fn begin_switch(&mut self, version: Arc<Version>, reply: oneshot::Sender<Result<(), Refusal>>) {
        if self.switching.is_some() {
            let _ = reply.send(Err(Refusal::Busy));
            return;
        }
        let waits_for = (0..self.renamings.len()).collect();
        let activation = Activation { lsn: 0, number: version.number, digest: version.digest.clone() };
        self.shared.versions.set(Arc::clone(&version));
        self.switching = Some(Switching { version, activation, waits_for, held: Vec::new(), reply });
    }

    fn switched(&mut self, worker: usize, version: u64) {
        if version == self.version.number {
            // The thread began anew, with tables that nobody was told of.
            self.renamings[worker] = Renaming::new(&self.tables);
            return;
        }
        let Some(switching) = &mut self.switching else { return };
        switching.waits_for.retain(|waited| *waited != worker);
        self.try_switch();
    }

    /// Activates the version that waits, when no thread works by the one before any more.
    fn try_switch(&mut self) {
        let Some(switching) = self.switching.take_if(|switching| switching.waits_for.is_empty()) else { return };
        // What was annotated under the version before comes before the record.
        self.commit();
        self.commit_traces(self.shared.now());
        let Activation { number, digest, .. } = &switching.activation;
        let lsn = self.wal.add(
            RecordKind::Registry,
            serde_json::json!({ "number": number, "digest": digest }).to_string().as_bytes(),
        );
        if self.write().is_err() {
            // Tried again with each tick; until then nothing is acknowledged, and what waits holds its memory.
            self.switching = Some(switching);
            return;
        }
        let Switching { version, activation, held, reply, .. } = switching;
        self.note_activation(Activation { lsn: lsn.0, ..activation });
        self.activate(version);
        self.shared.counts_mut().lsn = lsn;
        self.begin_group();
        held.into_iter().for_each(|facts| self.add(facts));
        self.commit();
        let _ = reply.send(Ok(()));
    }

    pub(crate) fn note_activation(&mut self, activation: Activation) {
        let mut activations = self.shared.activations();
        activations.push(activation);
        let surplus = activations.len().saturating_sub(CheckpointContents::MAX_ACTIVATIONS);
        activations.drain(..surplus);
    }

    /// Counts by another version from here on.
    pub(crate) fn activate(&mut self, version: Arc<Version>) {
        let registry = &version.setup.registry;
        let mut tables = NameTables::new(registry, &version.setup.annotator);
        self.traces = match self.traces.take() {
            Some(traces) => traces.moved(&version, &Moved::new(&self.tables, &mut tables)),
            None => LiveTraces::new(&version, self.shared.settings.trace_bytes()),
        };
        self.tables = tables;
        self.counter = Counter::new(registry, &self.tables, &mut self.shared.counts_mut());
        self.renamings.iter_mut().for_each(|renaming| *renaming = Renaming::new(&self.tables));
        self.group.facts = FactBuilder::new(self.tables.dimensions.len());
        self.version = version;
    }
}

/// An error with what is behind it, for messages.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
