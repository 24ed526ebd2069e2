//! What errors did, against a naive look at whole traces; read in parts by several readers with names of their own.

use crate::generate::{self, REGISTRY, Row, batch, row};
use milepost_facts::{
    AttemptsWithErrors, Errors, HarmCounter, NameTables, Renaming, Role, SliceColumn, SliceCounter, TimeSpan,
    TracedErrors,
};
use milepost_model::{Outcome, RuleId, StepId, Timestamp};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Events, errors by kind, and failed attempts by step.
type Told = BTreeMap<String, (u64, [u64; 4], BTreeMap<usize, u64>)>;

/// The time that is asked for.
fn span() -> TimeSpan {
    TimeSpan { from: None, to: Some(Timestamp::from_nanos(60_000_000_000)) }
}

/// No attempt of these was derived from its trace.
fn none_derived() -> RuleId {
    RuleId::new(99)
}

fn failed(row: &&Row) -> bool {
    matches!(row.outcome, Outcome::Failure | Outcome::Timeout)
}

fn has_trace(row: &Row) -> bool {
    row.trace.1 != 0 && row.span != 0
}

fn attempts_beside<'r>(rows: &'r [Row], of: &'r Row) -> impl Iterator<Item = &'r Row> {
    rows.iter().filter(|row| {
        has_trace(row) && row.trace == of.trace && row.role == Role::Step && row.step.is_some() && row.class == 0
    })
}

fn naive(rows: &[Row]) -> Told {
    let mut told = Told::new();
    for row in rows.iter().filter(|row| row.class == 0 && span().contains(row.time)) {
        let Some(operation) = row.operation else { continue };
        let (events, errors, _) = told.entry(operation.to_owned()).or_default();
        *events += 1;
        if !failed(&row) {
            continue;
        }
        let is_attempt = row.role == Role::Step && row.step.is_some();
        let kind = if !has_trace(row) {
            if is_attempt { 0 } else { 3 }
        } else if attempts_beside(rows, row).next().is_none() {
            2
        } else if attempts_beside(rows, row).any(|attempt| failed(&attempt)) {
            0
        } else {
            1
        };
        errors[kind] += 1;
    }
    for attempt in rows.iter().filter(|row| row.role == Role::Step && row.class == 0 && span().contains(row.time)) {
        let (Some(step), true) = (attempt.step, failed(&attempt)) else { continue };
        let beside = rows.iter().filter(|row| has_trace(row) && has_trace(attempt) && row.trace == attempt.trace);
        let counted = |row: &&Row| failed(row) && row.class == 0 && span().contains(row.time);
        let own = Some(attempt).filter(|row| !has_trace(row));
        let with: BTreeSet<&str> = beside.filter(counted).chain(own).filter_map(|row| row.operation).collect();
        for operation in with {
            *told.entry(operation.to_owned()).or_default().2.entry(step).or_default() += 1;
        }
    }
    told
}

fn told(harm: &HarmCounter, tables: &NameTables) -> Told {
    let of = |(id, harm): (_, &milepost_facts::Harm)| {
        let Errors { hurting, harmless, without_attempt, without_trace } = harm.errors;
        let steps = harm.failed_attempts.iter().map(|(step, count)| (step.index(), *count)).collect();
        let errors = [hurting, harmless, without_attempt, without_trace];
        Some((tables.operations.text(id)?.to_owned(), (harm.events, errors, steps)))
    };
    harm.operations().filter_map(of).collect()
}

/// Failed operations below a step's attempts, with attempts and failures.
fn naive_below(rows: &[Row], step: usize) -> BTreeMap<&str, (u64, u64)> {
    let mut below: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    let of_step = |row: &&Row| {
        let is_counted = row.class == 0 && row.outcome != Outcome::Abandoned && span().contains(row.time);
        row.role == Role::Step && row.step == Some(step) && has_trace(row) && is_counted
    };
    for attempt in rows.iter().filter(of_step) {
        let is_below = |row: &&Row| {
            has_trace(row) && row.trace == attempt.trace && !(row.role == Role::Step && row.step.is_some())
        };
        let operations: BTreeSet<&str> =
            rows.iter().filter(is_below).filter(failed).filter_map(|row| row.operation).collect();
        for operation in operations {
            let counts = below.entry(operation).or_default();
            counts.0 += 1;
            counts.1 += u64::from(failed(&attempt));
        }
    }
    below
}

proptest! {
    #[test]
    fn errors_and_attempts_find_each_other_as_in_whole_traces(
        rows in prop::collection::vec(row(), 0..60), readers in 1usize..4, cut in 1usize..20
    ) {
        // Spans come once.
        let mut seen = BTreeSet::new();
        let rows: Vec<Row> = rows.into_iter().filter(|row| !has_trace(row) || seen.insert((row.trace.1, row.span))).collect();
        let mut tables = generate::tables(&REGISTRY);
        let parts: Vec<Vec<&[Row]>> =
            (0..readers).map(|at| rows.chunks(cut).skip(at).step_by(readers).collect()).collect();
        let (mut errors, mut harm) = (TracedErrors::default(), HarmCounter::default());
        for part in &parts {
            let mut own = generate::tables(&REGISTRY);
            let (mut own_errors, mut own_harm) = (TracedErrors::default(), HarmCounter::default());
            for rows in part {
                let batch = batch(rows, &mut own);
                own_errors.add(&batch, span(), none_derived());
                own_harm.count_events(&batch, span(), none_derived());
                own_harm.count_untraced(&batch, span(), none_derived());
            }
            let names = Renaming::of(&own, &mut tables);
            errors.merge(own_errors, &names);
            harm.merge(own_harm, &names);
        }
        let errors = errors.by_trace();
        let mut found = Vec::new();
        for part in &parts {
            let mut attempts = AttemptsWithErrors::default();
            part.iter().for_each(|rows| errors.find(&batch(rows, &mut tables), span(), &mut attempts));
            found.push(attempts);
        }
        let mut slices = SliceCounter::default();
        prop_assert!(!errors.count(found, &mut slices, &mut harm));
        prop_assert_eq!(told(&harm, &tables), naive(&rows));

        for step in [0, 1] {
            let all: Vec<u32> = (0..).zip(&rows).filter(|(_, row)| row.step == Some(step) && row.role == Role::Step).map(|(at, _)| at).collect();
            slices.count(&batch(&rows, &mut tables), StepId::new(step), &all);
            let told: BTreeMap<String, (u64, u64)> = (slices.explain(StepId::new(step), &tables).into_iter())
                .filter(|slice| slice.column == SliceColumn::FailedOperation)
                .map(|slice| (slice.value, (slice.association.slice.attempts, slice.association.slice.failed)))
                .collect();
            let below = naive_below(&rows, step);
            // The strongest few are told, and those without a failed attempt are not.
            for (operation, counts) in told {
                prop_assert_eq!(below.get(operation.as_str()), Some(&counts));
            }
        }
    }
}
