//! Slices: what failing attempts of a step have in common, in one dimension. An association, not a proof.

use crate::batch::FactBatch;
use crate::names::NameId;
use crate::tables::NameTables;
use hashbrown::HashMap;
use milepost_model::{ClassId, GrpcStatus, Outcome, StepId};

/// A column to slice by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SliceColumn {
    /// The operation at which the attempt was measured.
    Operation,
    /// What went wrong.
    ErrorType,
    /// HTTP status.
    HttpStatus,
    /// gRPC status.
    GrpcStatus,
    /// A dimension, by its position.
    Dimension(usize),
    /// An operation that failed below the attempt, in its trace.
    FailedOperation,
}

/// A slice of a step's attempts, with how many of them failed.
#[derive(Clone, Debug, PartialEq)]
pub struct Slice {
    /// What it is a slice by.
    pub column: SliceColumn,
    /// The value that its attempts share.
    pub value: String,
    /// Attempts in it.
    pub attempts: u64,
    /// Of those, failed.
    pub failed: u64,
    /// The share of all failed attempts that lie in it.
    pub coverage: f64,
    /// The share of its attempts that failed.
    pub precision: f64,
    /// Precision over the share of all attempts that failed.
    pub lift: f64,
}

/// Counts attempts and failures by step, column and value.
#[derive(Debug, Default)]
pub struct SliceCounter {
    steps: HashMap<StepId, StepSlices>,
}

#[derive(Debug, Default)]
struct StepSlices {
    total: Tally,
    /// Values are ids of names, or statuses; 0 is none. How many there can be is bounded by the tables of names.
    by_value: HashMap<(SliceColumn, u32), Tally>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    attempts: u64,
    failed: u64,
}

/// Most slices told of one step.
const MAX_SLICES: usize = 8;
/// Most slices told of one column.
const MAX_PER_COLUMN: usize = 3;

impl SliceCounter {
    /// Counts the interactive attempts among the given rows of a step.
    pub fn count(&mut self, batch: &FactBatch, step: StepId, rows: &[u32]) {
        let slices = self.steps.entry(step).or_default();
        for row in rows.iter().map(|row| *row as usize) {
            let outcome = batch.outcome(row);
            if outcome == Outcome::Abandoned || batch.class(row) != ClassId::new(0) {
                continue;
            }
            let failed = outcome != Outcome::Success;
            slices.total.add(failed);
            let mut add = |column, value: u32| {
                if value != 0 {
                    slices.by_value.entry((column, value)).or_default().add(failed);
                }
            };
            add(SliceColumn::Operation, batch.operation(row).0);
            add(SliceColumn::ErrorType, batch.error(row).0);
            add(SliceColumn::HttpStatus, u32::from(batch.http_status(row)));
            // One up, so that OK is not NULL.
            add(SliceColumn::GrpcStatus, u32::from(batch.grpc_status.value(row).wrapping_add(1)));
            for dimension in 0..batch.dimensions() {
                add(SliceColumn::Dimension(dimension), batch.dimension(dimension, row).0);
            }
        }
    }

    /// Counts one attempt in whose trace an operation failed.
    pub fn count_failed_operation(&mut self, step: StepId, operation: NameId, failed: bool) {
        let slices = self.steps.entry(step).or_default();
        slices.by_value.entry((SliceColumn::FailedOperation, operation.0)).or_default().add(failed);
    }

    /// The slices that tell most of a step's failures: those with more failures than the step at large, by the harmonic mean of coverage and
    /// precision.
    pub fn explain(&self, step: StepId, tables: &NameTables) -> Vec<Slice> {
        let Some(StepSlices { total, by_value }) = self.steps.get(&step).filter(|slices| slices.total.failed > 0)
        else {
            return Vec::new();
        };
        let mut slices: Vec<Slice> = (by_value.iter())
            .filter(|(_, tally)| tally.failed > 0)
            .filter_map(|((column, value), tally)| slice(*column, *value, *tally, *total, tables))
            .collect();
        slices.sort_by(|a, b| {
            b.strength().total_cmp(&a.strength()).then_with(|| (a.column, &a.value).cmp(&(b.column, &b.value)))
        });
        let mut per_column: HashMap<SliceColumn, usize> = HashMap::new();
        slices.retain(|slice| {
            let told = per_column.entry(slice.column).or_default();
            *told += 1;
            *told <= MAX_PER_COLUMN
        });
        slices.truncate(MAX_SLICES);
        slices
    }
}

impl Tally {
    fn add(&mut self, failed: bool) {
        self.attempts += 1;
        self.failed += u64::from(failed);
    }
}

impl Slice {
    fn strength(&self) -> f64 {
        2.0 * self.coverage * self.precision / (self.coverage + self.precision)
    }
}

fn slice(column: SliceColumn, value: u32, tally: Tally, total: Tally, tables: &NameTables) -> Option<Slice> {
    let coverage = share(tally.failed, total.failed);
    let precision = share(tally.failed, tally.attempts);
    let lift = precision / share(total.failed, total.attempts);
    // What is true of every attempt tells nothing; nor does what fails less than the rest. What names the error tells what went wrong even where
    // all attempts fail.
    let names_the_error = match column {
        SliceColumn::ErrorType | SliceColumn::FailedOperation => true,
        SliceColumn::HttpStatus => value >= 400,
        // One up from the code, and OK is no error.
        SliceColumn::GrpcStatus => value > 1,
        SliceColumn::Operation | SliceColumn::Dimension(_) => false,
    };
    if lift <= 1.0 && !names_the_error {
        return None;
    }
    let value = match column {
        SliceColumn::Operation | SliceColumn::FailedOperation => tables.operations.text(NameId(value))?.to_owned(),
        SliceColumn::ErrorType => tables.errors.text(NameId(value))?.to_owned(),
        SliceColumn::HttpStatus => value.to_string(),
        SliceColumn::GrpcStatus => GrpcStatus::from_code(i64::from(value) - 1)?.to_string(),
        SliceColumn::Dimension(at) => tables.dimensions[at].text(NameId(value))?.to_owned(),
    };
    Some(Slice { column, value, attempts: tally.attempts, failed: tally.failed, coverage, precision, lift })
}

#[expect(clippy::cast_precision_loss, reason = "a share is shown to a few digits")]
fn share(part: u64, whole: u64) -> f64 {
    part as f64 / whole as f64
}
