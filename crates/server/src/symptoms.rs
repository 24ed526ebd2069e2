//! What users' attempts of the last minutes were hit by: kept in memory, for whoever says why a step is hit.
//!
//! The thread that counts notes attempts when they are durable; who watches incidents asks. A start, and a new version of the registry, begins anew: what was
//! hit before stands in its incidents.

mod failed;
mod lately;

pub(crate) use failed::{Failed, FailedBy};

use failed::OfStep;
use milepost_facts::{FactBatch, NameTables};
use milepost_model::{ClassId, Minute, Outcome, StepId};

/// The attempts of the last minutes, by step.
#[derive(Debug, Default)]
pub(crate) struct Symptoms {
    /// The version of the registry by which names and steps are numbered.
    version: u64,
    failed: Vec<OfStep>,
}

impl Symptoms {
    /// Notes the attempts of users in a batch of facts that came in a minute.
    pub(crate) fn note(&mut self, (batch, tables): (&FactBatch, &NameTables), version: u64, now: Minute) {
        self.begin(version);
        for row in 0..batch.len() {
            let outcome = batch.outcome(row);
            let Some(step) = batch.step(row).filter(|_| batch.is_attempt(row) && batch.class(row) == ClassId::new(0))
            else {
                continue;
            };
            if outcome == Outcome::Abandoned {
                continue;
            }
            if self.failed.len() <= step.index() {
                self.failed.resize_with(step.index() + 1, OfStep::default);
            }
            self.failed[step.index()].note((batch, row), tables, outcome != Outcome::Success, now);
        }
    }

    /// What the failures of a step have in common, of attempts that came in the minutes up to one.
    pub(crate) fn failed(&self, version: u64, step: StepId, now: Minute) -> Failed {
        let of = self.failed.get(step.index()).filter(|_| self.version == version);
        of.map(|of| of.failed(now)).unwrap_or_default()
    }

    fn begin(&mut self, version: u64) {
        if self.version != version {
            *self = Self { version, ..Self::default() };
        }
    }
}
