//! What is committed together: facts, encoded while more come, and who waits for them.

use super::log::Log;
use super::record::FactsHeader;
use crate::budget::Reservation;
use crate::clock::Clock;
use crate::intake::{FileOffset, Receipt, Reply};
use milepost_facts::{FactBatch, FactBuilder, NameTables, Renaming};
use milepost_ingest::SeenVersion;
use milepost_model::Timestamp;
use milepost_store::wal::RecordKind;
use std::ops::Range;

/// A group: gathered, then on its way to the disk, then counted and answered.
#[derive(Debug)]
pub(crate) struct Group {
    /// When it was begun: when its facts were received.
    pub(crate) began: Timestamp,
    /// The same by the clock that nobody sets.
    pub(crate) arrived: Timestamp,
    /// Facts that are not encoded yet.
    facts: FactBuilder,
    /// Facts that are in the log's records.
    pub(crate) batches: Vec<FactBatch>,
    pub(crate) answers: Vec<(Reply, Receipt, Reservation)>,
    pub(crate) offsets: Vec<FileOffset>,
    /// The versions of services that its facts came from.
    pub(crate) versions: Vec<SeenVersion>,
}

/// Facts that are encoded as soon as so many are there: the records of some are not worth their names, and what is encoded late makes the disk wait.
const PIECE_FACTS: usize = 4096;
/// Facts of a group at most: about 4 MiB of log.
const GROUP_FACTS: usize = 64 * 1024;
/// Answers of a group at most.
const GROUP_ANSWERS: usize = 16 * 1024;

impl Group {
    /// One without facts, for those of some tables.
    pub(crate) fn new(clock: &Clock, tables: &NameTables) -> Self {
        Self {
            began: clock.now(),
            arrived: clock.steady(),
            facts: FactBuilder::new(tables),
            batches: Vec::new(),
            answers: Vec::new(),
            offsets: Vec::new(),
            versions: Vec::new(),
        }
    }

    /// It begins now.
    pub(crate) fn begin(&mut self, clock: &Clock) {
        (self.began, self.arrived) = (clock.now(), clock.steady());
    }

    /// Whether nobody waits for it.
    pub(crate) fn is_empty(&self) -> bool {
        self.answers.is_empty()
    }

    /// Whether it is sent on its way before more is added.
    pub(crate) fn is_full(&self) -> bool {
        let encoded: usize = self.batches.iter().map(FactBatch::len).sum();
        encoded + self.facts.len() >= GROUP_FACTS || self.answers.len() >= GROUP_ANSWERS
    }

    /// Adds facts of a thread's batch.
    pub(crate) fn append(&mut self, batch: &FactBatch, rows: Range<usize>, names: &Renaming) {
        self.facts.append(batch, rows, names);
    }

    /// Adds whoever waits.
    pub(crate) fn answer(&mut self, reply: Reply, receipt: Receipt, reservation: Reservation) {
        self.answers.push((reply, receipt, reservation));
    }

    /// Encodes facts that are worth it by now; with `all`, whatever there is.
    pub(crate) fn encode(&mut self, all: bool, version: u64, tables: &NameTables, log: &mut Log) {
        if self.facts.is_empty() || (!all && self.facts.len() < PIECE_FACTS) {
            return;
        }
        let batch = self.facts.take();
        FactsHeader { received_at: self.began, version }.write(&batch, tables, |payload| {
            log.add(RecordKind::Facts, payload);
        });
        self.batches.push(batch);
    }
}
