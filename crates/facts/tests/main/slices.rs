//! Slices against a naive count of everything.

use crate::counting::{Arrivals, arrivals};
use crate::generate::{self, DIMENSIONS, REGISTRY, Row, batch};
use milepost_facts::{Attempts, NameTables, Renaming, Seen, Slice, SliceColumn, SliceCounter, TimeSpan};
use milepost_impact::attribution::{Association, Tally, chance};
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

/// Everything that would be told of a step, in order: all slices by one value and by two, counted and judged one by one.
fn naive(arrivals: &Arrivals, step: StepId) -> Vec<Slice> {
    let (attempts, _) = arrivals.attempts(TimeSpan::default());
    let counted: Vec<&Row> = (attempts.iter())
        .filter(|row| row.step == Some(step.index()) && row.class == 0 && row.outcome != Outcome::Abandoned)
        .collect();
    let tally = |rows: &[&Row]| Tally {
        attempts: rows.len() as u64,
        failed: rows.iter().filter(|row| row.outcome != Outcome::Success).count() as u64,
    };
    let all = tally(&counted);
    let mut by_value: BTreeMap<(SliceColumn, String), Vec<&Row>> = BTreeMap::new();
    let mut by_two: BTreeMap<[(SliceColumn, String); 2], Vec<&Row>> = BTreeMap::new();
    for row in &counted {
        let values = values(row);
        let places = || values.iter().filter(|(column, _)| is_place(*column));
        for (at, one) in places().enumerate() {
            places().skip(at + 1).for_each(|two| by_two.entry([one.clone(), two.clone()]).or_default().push(row));
        }
        values.into_iter().for_each(|value| by_value.entry(value).or_default().push(row));
    }
    let mut slices = Vec::new();
    for ((column, value), rows) in &by_value {
        let (association, is_error) = (Association { slice: tally(rows), all }, names_the_error(*column, value));
        if association.slice.failed > 0 && (is_error || association.is_clear()) {
            slices.push(Slice { column: *column, value: value.clone(), and: None, is_error, association });
        }
    }
    for ([one, two], rows) in by_two {
        let slice = tally(&rows);
        let parents = [&one, &two].map(|value| tally(&by_value[value]));
        let strength = |slice| Association { slice, all }.strength();
        let is_stronger = parents.iter().all(|parent| strength(slice) > strength(*parent));
        let is_clear =
            [all, parents[0], parents[1]].iter().all(|whole| slice.failed >= 3 && chance(slice, *whole) < 0.001);
        if is_stronger && is_clear {
            let ((column, value), association) = (one, Association { slice, all });
            slices.push(Slice { column, value, and: Some(two), is_error: false, association });
        }
    }
    // Stable: equals stay in order of column and value, those by one first.
    slices.sort_by_key(|slice| std::cmp::Reverse(slice.association.strength()));
    slices
}

/// Errors have a value by themselves; what two values explain is where.
fn is_place(column: SliceColumn) -> bool {
    matches!(column, SliceColumn::Operation | SliceColumn::Dimension(_))
}

fn names_the_error(column: SliceColumn, value: &str) -> bool {
    match column {
        SliceColumn::ErrorType => true,
        SliceColumn::HttpStatus => value.parse::<u16>().is_ok_and(|status| status >= 400),
        SliceColumn::GrpcStatus => value != "OK",
        _ => false,
    }
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
            let mut room: BTreeMap<(SliceColumn, Option<SliceColumn>), usize> = BTreeMap::new();
            let expected: Vec<Slice> = (naive(&arrivals, step).into_iter())
                .filter(|slice| {
                    let second = slice.and.as_ref().map(|(column, _)| *column);
                    let of_column = room.entry((slice.column, second)).or_default();
                    *of_column += 1;
                    *of_column <= 3
                })
                .take(8)
                .collect();
            prop_assert_eq!(told, expected);
        }
    }

    #[test]
    fn what_several_readers_counted_by_names_of_their_own_is_what_one_counts(arrivals in arrivals(), turns in 1usize..4) {
        let mut tables = generate::tables(&REGISTRY);
        let whole = counted(&arrivals, &mut tables);
        let (mut attempts, mut seen) = (Attempts::default(), Seen::default());
        let mut readers: Vec<(NameTables, SliceCounter)> =
            (0..turns).map(|_| (generate::tables(&REGISTRY), SliceCounter::default())).collect();
        for (at, part) in arrivals.batches().into_iter().enumerate() {
            let (own, slices) = &mut readers[at % turns];
            let batch = batch(part, own);
            attempts.split(&batch, REGISTRY.steps.len(), TimeSpan::default(), Some(&mut seen));
            attempts.by_step().for_each(|(step, rows)| slices.count(&batch, step, rows));
        }
        let (mut common, mut merged) = (generate::tables(&REGISTRY), SliceCounter::default());
        for (own, slices) in readers {
            merged.merge(slices, &Renaming::of(&own, &mut common));
        }
        for step in [0, 1].map(StepId::new) {
            prop_assert_eq!(merged.explanation(step, &common), whole.explanation(step, &tables));
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
    let association = slice.association;
    assert_eq!((association.slice.attempts, association.slice.failed), (2, 2));
    assert_eq!((association.coverage(), association.precision(), association.lift()), (0.5, 1.0, 1.0));
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

#[test]
fn a_version_in_a_region_is_told_before_either() {
    let mut tables = generate::tables(&REGISTRY);
    let row = |region, version, outcome| Row {
        dimensions: [Some(region), Some(version)],
        outcome,
        operation: None,
        http_status: None,
        ..generate::sample()
    };
    let mut rows = Vec::new();
    for (region, version, failed, attempts) in
        [("eu", "1", 0, 80), ("us", "1", 0, 80), ("us", "2", 0, 20), ("eu", "2", 18, 20)]
    {
        let outcome = |at| if at < failed { Outcome::Failure } else { Outcome::Success };
        rows.extend((0..attempts).map(|at| row(region, version, outcome(at))));
    }
    let batch = batch(&rows, &mut tables);
    let mut slices = SliceCounter::default();
    let all: Vec<u32> = (0..200).collect();
    slices.count(&batch, StepId::new(0), &all);
    let told = slices.explanation(StepId::new(0), &tables).slices;
    let named = |slice: &Slice| (slice.value.clone(), slice.and.clone().map(|(_, value)| value));
    let text = str::to_owned;
    assert_eq!(
        told.iter().map(named).collect::<Vec<_>>(),
        [(text("eu"), Some(text("2"))), (text("2"), None), (text("eu"), None)]
    );
    assert_eq!(told[0].association.slice, Tally { attempts: 20, failed: 18 });
}
