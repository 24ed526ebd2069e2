//! Slices: what failing attempts of a step have in common, by one value or by two. An association, not a proof.
//!
//! Here attempts are counted by what they are alike in, and what is told is named; what explains how well is scored by [`milepost_impact::attribution`].

mod combinations;
mod explain;

pub use explain::{Explanation, Slice, SliceColumn};

use crate::batch::FactBatch;
use crate::names::NameId;
use crate::renaming::Renaming;
use crate::tables::NameTables;
use combinations::Combinations;
use hashbrown::HashMap;
use milepost_impact::attribution::Tally;
use milepost_model::{ClassId, Outcome, StepId};

/// Counts attempts and failures by step and by what attempts are alike in.
#[derive(Debug, Default)]
pub struct SliceCounter {
    steps: HashMap<StepId, StepSlices>,
    key: Vec<u32>,
}

#[derive(Debug, Default)]
struct StepSlices {
    attempts: Combinations,
    /// Attempts in whose trace an operation failed, by the operation.
    below: HashMap<NameId, Tally>,
}

impl SliceCounter {
    /// Counts the interactive attempts among the given rows of a step.
    pub fn count(&mut self, batch: &FactBatch, step: StepId, rows: &[u32]) {
        let slices = self.steps.entry(step).or_default();
        for row in rows.iter().map(|row| *row as usize) {
            let outcome = batch.outcome(row);
            if outcome == Outcome::Abandoned || batch.class(row) != ClassId::new(0) {
                continue;
            }
            explain::values(batch, row, &mut self.key);
            slices.attempts.count(&self.key, outcome != Outcome::Success);
        }
    }

    /// Counts one attempt in whose trace an operation failed.
    pub fn count_failed_operation(&mut self, step: StepId, operation: NameId, failed: bool) {
        self.steps.entry(step).or_default().below.entry(operation).or_default().count(failed);
    }

    /// The attempts that were counted of a step.
    pub fn total(&self, step: StepId) -> Tally {
        self.steps.get(&step).map(|slices| slices.attempts.total()).unwrap_or_default()
    }

    /// Adds what another counted, with its names by other tables.
    pub fn merge(&mut self, other: Self, names: &Renaming) {
        for (step, theirs) in other.steps {
            let ours = self.steps.entry(step).or_default();
            ours.attempts.merge(theirs.attempts, |values| explain::rename(values, names));
            for (operation, tally) in theirs.below {
                ours.below.entry(names.operation(operation)).or_default().add(tally);
            }
        }
    }

    /// What tells most of a step's failures: those slices with more failures than chance gives them, and the errors themselves, by the harmonic mean of
    /// coverage and precision. At most three of a column or a pair of columns.
    pub fn explain(&self, step: StepId, tables: &NameTables) -> Vec<Slice> {
        self.steps.get(&step).map_or_else(Vec::new, |slices| explain::shortest(slices, tables))
    }

    /// The same with more of each, the errors apart from what they have in common.
    pub fn explanation(&self, step: StepId, tables: &NameTables) -> Explanation {
        self.steps.get(&step).map_or_else(Explanation::default, |slices| Explanation::of(slices, tables))
    }
}
