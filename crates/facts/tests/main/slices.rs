//! Slices against a naive count of everything.

use crate::counting::{Arrivals, arrivals};
use crate::generate::{self, DIMENSIONS, REGISTRY, Row, batch};
use milepost_facts::{Attempts, NameTables, Seen, Slice, SliceColumn, SliceCounter, TimeSpan};
use milepost_model::{Outcome, StepId};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// What an attempt shares with others of its slices.
fn values(row: &Row) -> Vec<(SliceColumn, String)> {
    let text = |column, text: Option<&str>| text.map(|text| (column, text.to_owned()));
    let mut values = vec![
        text(SliceColumn::Operation, row.operation),
        text(SliceColumn::ErrorType, row.error),
        row.http_status.map(|status| (SliceColumn::HttpStatus, status.to_string())),
        row.grpc_status.map(|status| (SliceColumn::GrpcStatus, status.to_string())),
    ];
    values.extend((0..DIMENSIONS.len()).map(|at| text(SliceColumn::Dimension(at), row.dimensions[at])));
    values.into_iter().flatten().collect()
}

fn strength(slice: &Slice) -> f64 {
    2.0 * slice.coverage * slice.precision / (slice.coverage + slice.precision)
}

#[expect(clippy::cast_precision_loss, reason = "counts of a test")]
fn naive(arrivals: &Arrivals, step: StepId) -> Vec<Slice> {
    let (attempts, _) = arrivals.attempts(TimeSpan::default());
    let counted: Vec<&Row> = (attempts.iter())
        .filter(|row| row.step == Some(step.index()) && row.class == 0 && row.outcome != Outcome::Abandoned)
        .collect();
    let failed = |rows: &[&Row]| rows.iter().filter(|row| row.outcome != Outcome::Success).count();
    let mut by_value: BTreeMap<(SliceColumn, String), Vec<&Row>> = BTreeMap::new();
    for row in &counted {
        values(row).into_iter().for_each(|value| by_value.entry(value).or_default().push(row));
    }
    let all_failed = failed(&counted) as f64;
    let mut slices = Vec::new();
    for ((column, value), rows) in by_value.into_iter().filter(|(_, rows)| failed(rows) > 0) {
        let (attempts, failed) = (rows.len() as u64, failed(&rows) as u64);
        let (coverage, precision) = (failed as f64 / all_failed, failed as f64 / attempts as f64);
        let lift = precision / (all_failed / counted.len() as f64);
        let names_the_error = match column {
            SliceColumn::ErrorType => true,
            SliceColumn::HttpStatus => value.parse::<u16>().is_ok_and(|status| status >= 400),
            SliceColumn::GrpcStatus => value != "OK",
            _ => false,
        };
        if lift > 1.0 || names_the_error {
            slices.push(Slice { column, value, attempts, failed, coverage, precision, lift });
        }
    }
    // Stable: equals stay in order of column and value.
    slices.sort_by(|a, b| strength(b).total_cmp(&strength(a)));
    slices
}

fn counted(arrivals: &Arrivals, tables: &mut NameTables) -> SliceCounter {
    let (mut attempts, mut seen, mut slices) = (Attempts::default(), Seen::default(), SliceCounter::default());
    for part in arrivals.batches() {
        let batch = batch(part, tables);
        attempts.split(&batch, REGISTRY.steps.len(), TimeSpan::default(), Some(&mut seen));
        attempts.by_step().for_each(|(step, rows)| slices.count(&batch, step, rows));
    }
    slices
}

proptest! {
    #[test]
    fn slices_are_those_of_a_naive_count(arrivals in arrivals()) {
        let mut tables = generate::tables(&REGISTRY);
        let slices = counted(&arrivals, &mut tables);
        for step in [0, 1].map(StepId::new) {
            let told = slices.explain(step, &tables);
            let mut room: BTreeMap<SliceColumn, usize> = BTreeMap::new();
            let expected: Vec<Slice> = (naive(&arrivals, step).into_iter())
                .filter(|slice| {
                    let of_column = room.entry(slice.column).or_default();
                    *of_column += 1;
                    *of_column <= 3
                })
                .take(8)
                .collect();
            prop_assert_eq!(told, expected);
        }
    }
}

#[test]
fn an_operation_that_failed_below_is_told_even_when_all_attempts_fail() {
    let mut tables = generate::tables(&REGISTRY);
    let row = Row { outcome: Outcome::Timeout, operation: None, ..generate::sample() };
    let batch = batch(&[row; 4], &mut tables);
    let mut slices = SliceCounter::default();
    let step = StepId::new(0);
    let below = tables.operations.id("web GET /help");
    slices.count_failed_operation(step, below, true);
    assert_eq!(slices.explain(step, &tables), []);
    slices.count(&batch, step, &[0, 1, 2, 3]);
    slices.count_failed_operation(step, below, true);
    let told = slices.explain(step, &tables);
    let [slice] = &told[..] else { panic!("{told:?}") };
    assert_eq!((slice.column, slice.value.as_str()), (SliceColumn::FailedOperation, "web GET /help"));
    assert_eq!((slice.attempts, slice.failed), (2, 2));
    assert_eq!((slice.coverage, slice.precision, slice.lift), (0.5, 1.0, 1.0));
}

#[test]
fn what_serves_everyone_alike_and_a_step_that_never_fails_explain_nothing() {
    let mut tables = generate::tables(&REGISTRY);
    let fine = Row { operation: Some("web GET /search"), ..generate::sample() };
    let failed = Row { outcome: Outcome::Failure, http_status: Some(500), ..fine };
    let batch = batch(&[fine, fine, failed], &mut tables);
    let mut slices = SliceCounter::default();
    let step = StepId::new(0);
    slices.count(&batch, step, &[0, 1]);
    assert_eq!(slices.explain(step, &tables), []);
    slices.count(&batch, step, &[2]);
    let told = slices.explain(step, &tables);
    assert_eq!(told.iter().map(|slice| slice.value.as_str()).collect::<Vec<_>>(), ["500"]);
    assert_eq!(slices.explain(StepId::new(1), &tables), []);
}
