//! Checkpoints: what a start needs so that it reads no more of the log than came after.

use super::dedupe::KeptDedupe;
use super::state::CheckpointContents;
use super::thread::{Committer, chain};
use milepost_model::Timestamp;
use milepost_store::checkpoint::{self, Checkpoint};
use milepost_store::minutes::Lengths;
use milepost_store::{Lsn, minutes};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What the last checkpoint left on the disk.
#[derive(Debug)]
pub(crate) struct Checkpointed {
    pub(crate) lsn: Lsn,
    /// A start reads the log after this, for the traces that were open.
    pub(crate) read_after: Lsn,
    /// The files of the minute log.
    pub(crate) minutes: Lengths,
    /// The pieces of fingerprints that it needs.
    pub(crate) pieces: BTreeSet<u64>,
}

impl Checkpointed {
    /// By what a checkpoint says.
    pub(crate) fn new(lsn: Lsn, contents: &CheckpointContents) -> Self {
        Self {
            lsn,
            read_after: contents.read_after(lsn),
            minutes: contents.minutes.clone(),
            pieces: contents.fingerprints.as_ref().map(KeptDedupe::pieces).unwrap_or_default(),
        }
    }
}

impl Committer {
    /// Appends what was counted to the minute log, writes the fingerprints that are on no disk yet, and says so in a checkpoint. Nothing is
    /// gathered or on its way, and nothing else counts meanwhile, so that whoever reads need not wait.
    pub(super) fn checkpoint(&mut self) -> Result<(), String> {
        self.commit_traces(self.shared.now());
        let shared = Arc::clone(&self.shared);
        let lsn = shared.counts().lsn;
        if lsn == self.last.lsn {
            return Ok(());
        }
        self.note_closed();
        let fingerprints = self.dedupe.keep(&mut self.pieces, shared.settings.clock.steady());
        let fingerprints = fingerprints.map_err(|error| chain(&error))?;
        let read_after = self.traces.as_mut().map_or(lsn, |traces| traces.needed_after(lsn));
        shared.counts_mut().series.sync().map_err(|error| chain(&error))?;
        let folder = shared.directory.minutes();
        let counts = shared.counts();
        // What a checkpoint that failed appended would count twice.
        let appended = minutes::cut(&folder, self.last.lsn, &self.last.minutes)
            .and_then(|_| minutes::append(&folder, lsn, &counts.deltas()))
            .and_then(|()| minutes::lengths(&folder));
        let contents = CheckpointContents {
            activations: shared.activations().clone(),
            received_at: counts.received_at.map(Timestamp::nanos),
            sources: counts.sources.received(),
            newest: counts.newest.map(Timestamp::nanos),
            totals: counts.totals().map(|(series, cell)| (series.0, *cell)).collect(),
            offsets: shared.offsets().clone(),
            minutes: appended.map_err(|error| chain(&error))?,
            imported: counts.imported.clone(),
            read_after: Some(read_after.0),
            fingerprints: Some(fingerprints),
        };
        drop(counts);
        let bytes = serde_json::to_vec(&contents).map_err(|error| chain(&error))?;
        let older = checkpoint::write(&shared.directory.checkpoints(), &Checkpoint { lsn, contents: bytes });
        let older = older.map_err(|error| chain(&error))?;
        shared.counts_mut().checkpointed(lsn);
        let before = std::mem::replace(&mut self.last, Checkpointed::new(lsn, &contents));
        shared.health.set_checkpoint(lsn, older.min(before.read_after));
        self.remove_pieces(before.pieces);
        Ok(())
    }

    /// Removes the fingerprints that none of the last two checkpoints needs.
    fn remove_pieces(&self, mut needed: BTreeSet<u64>) {
        needed.extend(&self.last.pieces);
        let alone = self.shared.directory.alone();
        let removed = alone.map_err(|error| chain(&error)).and_then(|alone| match alone {
            Some(alone) => self.pieces.keep_only(&needed, &alone).map_err(|error| chain(&error)),
            // Somebody copies them; the next checkpoint is soon.
            None => Ok(()),
        });
        if let Err(error) = removed {
            tracing::warn!(error, "fingerprints that nobody needs could not be removed");
        }
    }

    /// Keeps in mind which traces are closed, for whoever starts again.
    fn note_closed(&mut self) {
        if let Some(traces) = &mut self.traces {
            self.dedupe.note_closed(traces.take_done());
        }
    }

    /// Writes fingerprints between checkpoints, so that few wait for the next.
    pub(super) fn write_pieces(&mut self) {
        self.note_closed();
        if let Err(error) = self.dedupe.write_pieces(&mut self.pieces) {
            tracing::error!(%error, "fingerprints could not be written; the log has them");
        }
    }
}
