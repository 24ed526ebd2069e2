//! From counts to what is told: slices by name, in an order that depends on neither ids nor the order of facts.

use super::StepSlices;
use crate::batch::FactBatch;
use crate::names::NameId;
use crate::renaming::Renaming;
use crate::tables::NameTables;
use hashbrown::HashMap;
use milepost_impact::attribution::{Association, Pair, Tally, Value, pairs};
use milepost_model::GrpcStatus;
use std::cmp::Reverse;

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
    /// The second column and value of a slice by two.
    pub and: Option<(SliceColumn, String)>,
    /// Whether the value says what went wrong, rather than where.
    pub is_error: bool,
    /// How it goes with failure.
    pub association: Association,
}

/// What explains the failures of a step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Explanation {
    /// The attempts that were counted, and how many failed.
    pub all: Tally,
    /// What went wrong: error types, statuses, operations that failed below.
    pub errors: Vec<Slice>,
    /// Where and for whom: operations and dimensions in which more fail than chance gives, by one or by two.
    pub slices: Vec<Slice>,
    /// Whether attempts differ in so many ways that pairs were not counted.
    pub is_cut: bool,
}

/// The columns by which attempts are counted, in this order; dimensions follow.
const COLUMNS: [SliceColumn; 4] =
    [SliceColumn::Operation, SliceColumn::ErrorType, SliceColumn::HttpStatus, SliceColumn::GrpcStatus];
/// Most slices told of one step, and of one column.
const MAX_SLICES: usize = 8;
const MAX_PER_COLUMN: usize = 3;
/// Most errors, and most slices, where somebody asks for one step.
const MAX_OF_EXPLANATION: usize = 20;

impl SliceColumn {
    fn at(column: usize) -> Self {
        COLUMNS.get(column).copied().unwrap_or_else(|| Self::Dimension(column - COLUMNS.len()))
    }

    /// Whether a value says what went wrong, which is told even where all attempts fail alike.
    fn names_the_error(self, value: u32) -> bool {
        match self {
            Self::ErrorType | Self::FailedOperation => true,
            Self::HttpStatus => value >= 400,
            // One up from the code, and OK is no error.
            Self::GrpcStatus => value > 1,
            Self::Operation | Self::Dimension(_) => false,
        }
    }
}

/// The values of an attempt, one for each column.
pub(super) fn values(batch: &FactBatch, row: usize, values: &mut Vec<u32>) {
    values.clear();
    values.extend([
        batch.operation(row).0,
        batch.error(row).0,
        u32::from(batch.http_status(row)),
        // One up, so that OK is not NULL.
        u32::from(batch.grpc_status.value(row).wrapping_add(1)),
    ]);
    values.extend((0..batch.dimensions()).map(|at| batch.dimension(at, row).0));
}

/// The same by other tables.
pub(super) fn rename(values: &mut [u32], names: &Renaming) {
    for (column, value) in values.iter_mut().enumerate() {
        let ids = match SliceColumn::at(column) {
            SliceColumn::Operation | SliceColumn::FailedOperation => &names.operations,
            SliceColumn::ErrorType => &names.errors,
            SliceColumn::Dimension(at) => &names.dimensions[at],
            SliceColumn::HttpStatus | SliceColumn::GrpcStatus => continue,
        };
        *value = ids[*value as usize];
    }
}

/// The strongest few of a step.
pub(super) fn shortest(step: &StepSlices, tables: &NameTables) -> Vec<Slice> {
    let mut slices = told(step, tables);
    let mut told: HashMap<(SliceColumn, Option<SliceColumn>), usize> = HashMap::new();
    slices.retain(|slice| {
        let of_column = told.entry((slice.column, slice.and.as_ref().map(|(column, _)| *column))).or_default();
        *of_column += 1;
        *of_column <= MAX_PER_COLUMN
    });
    slices.truncate(MAX_SLICES);
    slices
}

impl Explanation {
    pub(super) fn of(step: &StepSlices, tables: &NameTables) -> Self {
        let (mut errors, mut slices): (Vec<_>, Vec<_>) =
            told(step, tables).into_iter().partition(|slice| slice.is_error);
        errors.truncate(MAX_OF_EXPLANATION);
        slices.truncate(MAX_OF_EXPLANATION);
        Self { all: step.attempts.total(), errors, slices, is_cut: step.attempts.is_cut() }
    }
}

/// Everything that is to be told, the strongest first.
fn told(step: &StepSlices, tables: &NameTables) -> Vec<Slice> {
    let all = step.attempts.total();
    if all.failed == 0 {
        return Vec::new();
    }
    let singles = step.attempts.singles();
    let of_attempts = singles.iter().map(|(value, tally)| (SliceColumn::at(value.column), value.value, *tally));
    let below = step.below.iter().map(|(operation, tally)| (SliceColumn::FailedOperation, operation.0, *tally));
    let mut slices = Vec::new();
    for (column, value, slice) in of_attempts.chain(below).filter(|(.., slice)| slice.failed > 0) {
        let (is_error, association) = (column.names_the_error(value), Association { slice, all });
        // What is true of every attempt tells nothing; nor does what chance explains.
        if (is_error || association.is_clear())
            && let Some(value) = text(column, value, tables)
        {
            slices.push(Slice { column, value, and: None, is_error, association });
        }
    }
    if !step.attempts.is_cut() {
        slices.extend(told_pairs(step, &singles, all, tables));
    }
    slices.sort_by(|a, b| order(a).cmp(&order(b)));
    slices
}

fn told_pairs<'s>(
    step: &'s StepSlices,
    singles: &HashMap<Value, Tally>,
    all: Tally,
    tables: &'s NameTables,
) -> impl Iterator<Item = Slice> + 's {
    // Errors are left out: what names the error has failed nearly always, and no second value makes it tell more.
    let columns: Vec<usize> =
        std::iter::once(0).chain((0..tables.dimensions.len()).map(|at| COLUMNS.len() + at)).collect();
    let singles =
        singles.iter().filter(|(value, _)| columns.contains(&value.column)).map(|(value, tally)| (*value, *tally));
    let found = pairs(step.attempts.iter(), &columns, &singles.collect(), all);
    found.into_iter().filter_map(move |(Pair(one, other), slice)| {
        let named = |value: Value| {
            let column = SliceColumn::at(value.column);
            Some((column, text(column, value.value, tables)?))
        };
        let (column, value) = named(one)?;
        Some(Slice {
            column,
            value,
            and: Some(named(other)?),
            is_error: false,
            association: Association { slice, all },
        })
    })
}

/// The strongest first; of equals those by one value, then by column and name.
fn order(slice: &Slice) -> impl Ord + '_ {
    (Reverse(slice.association.strength()), slice.and.is_some(), (slice.column, &slice.value), &slice.and)
}

fn text(column: SliceColumn, value: u32, tables: &NameTables) -> Option<String> {
    let name = match column {
        SliceColumn::Operation | SliceColumn::FailedOperation => tables.operations.text(NameId(value))?,
        SliceColumn::ErrorType => tables.errors.text(NameId(value))?,
        SliceColumn::Dimension(at) => tables.dimensions[at].text(NameId(value))?,
        SliceColumn::HttpStatus => return Some(value.to_string()),
        SliceColumn::GrpcStatus => return Some(GrpcStatus::from_code(i64::from(value) - 1)?.to_string()),
    };
    Some(name.to_owned())
}
