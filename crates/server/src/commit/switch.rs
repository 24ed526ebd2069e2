//! Changing the version of the registry: what was annotated under one is committed under it, before the next is active.

use super::followed::Followed;
use super::group::Group;
use super::state::{Activation, CheckpointContents};
use super::thread::Committer;
use super::traces::LiveTraces;
use crate::counts::Counter;
use crate::intake::Refusal;
use crate::version::Version;
use crate::worker::DecodedFacts;
use milepost_facts::{Moved, NameTables, Renaming};
use milepost_store::Lsn;
use milepost_store::wal::RecordKind;
use std::sync::Arc;
use tokio::sync::oneshot;

/// Another version waits until no thread works by the one before.
pub(crate) struct Switching {
    version: Arc<Version>,
    activation: Activation,
    /// Threads that still may work by the one before.
    waits_for: Vec<usize>,
    held: Vec<DecodedFacts>,
    reply: oneshot::Sender<Result<(), Refusal>>,
}

impl Switching {
    /// Keeps facts that were annotated under the version that waits; gives back others.
    pub(crate) fn hold(&mut self, facts: DecodedFacts) -> Option<DecodedFacts> {
        if facts.version != self.version.number {
            return Some(facts);
        }
        self.held.push(facts);
        None
    }
}

impl Committer {
    pub(crate) fn begin_switch(&mut self, version: Arc<Version>, reply: oneshot::Sender<Result<(), Refusal>>) {
        if self.switching.is_some() {
            let _ = reply.send(Err(Refusal::Busy));
            return;
        }
        let waits_for = (0..self.renamings.len()).collect();
        let activation = Activation { lsn: 0, number: version.number, digest: version.digest.clone() };
        self.shared.versions.set(Arc::clone(&version));
        self.switching = Some(Switching { version, activation, waits_for, held: Vec::new(), reply });
    }

    pub(crate) fn switched(&mut self, worker: usize, version: u64) {
        if version == self.version.number {
            // The thread began anew, with tables that nobody was told of.
            self.renamings[worker] = Renaming::new(&self.tables);
            return;
        }
        let Some(switching) = &mut self.switching else { return };
        switching.waits_for.retain(|waited| *waited != worker);
        self.try_switch();
    }

    /// No thread works by any version any more.
    pub(crate) fn end_switch(&mut self) {
        if let Some(switching) = &mut self.switching {
            switching.waits_for.clear();
            self.try_switch();
        }
    }

    /// Activates the version that waits, when no thread works by the one before any more.
    pub(crate) fn try_switch(&mut self) {
        let Some(switching) = self.switching.take_if(|switching| switching.waits_for.is_empty()) else { return };
        // What was annotated under the version before comes before the record.
        self.settle();
        self.commit_traces(self.shared.now());
        let Activation { number, digest, .. } = &switching.activation;
        let record = serde_json::json!({ "number": number, "digest": digest }).to_string();
        self.log.add(RecordKind::Registry, record.as_bytes());
        let Ok(lsn) = self.write_now() else {
            // Tried again with each tick; until then nothing is acknowledged, and what waits holds its memory.
            self.switching = Some(switching);
            return;
        };
        let Switching { version, activation, held, reply, .. } = switching;
        self.note_activation(Activation { lsn: lsn.0, ..activation });
        self.activate(version, lsn);
        self.shared.counts_mut().lsn = lsn;
        held.into_iter().for_each(|facts| self.add(facts));
        let _ = reply.send(Ok(()));
    }

    fn note_activation(&mut self, activation: Activation) {
        let mut activations = self.shared.activations();
        activations.push(activation);
        let surplus = activations.len().saturating_sub(CheckpointContents::MAX_ACTIVATIONS);
        activations.drain(..surplus);
    }

    /// Counts by another version from here on.
    fn activate(&mut self, version: Arc<Version>, lsn: Lsn) {
        let registry = &version.setup.registry;
        let mut tables = NameTables::within(registry, &version.setup.annotator, self.shared.settings.names_bytes());
        self.traces = match self.traces.take() {
            Some(traces) => traces.moved(&version, &Moved::new(&self.tables, &mut tables)),
            None => LiveTraces::new(&version, self.shared.settings.trace_bytes(), lsn),
        };
        self.followed = Followed::new(&version, self.shared.settings.course_bytes());
        self.tables = tables;
        let mut counts = self.shared.counts_mut();
        self.counter = Counter::new(registry, &self.tables, &mut counts);
        self.shared.full.keep_only(&counts.full().collect::<Vec<_>>());
        drop(counts);
        self.shared.signs.listen(registry.services.iter().map(|of| of.name.as_str()));
        self.renamings.iter_mut().for_each(|renaming| *renaming = Renaming::new(&self.tables));
        self.group = Group::new(&self.shared.settings.clock, &self.tables);
        self.version = version;
    }
}
