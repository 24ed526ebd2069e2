//! Sums of KPIs: those of going through facts one by one, whatever their order and however they come.

use crate::generate::{self, REGISTRY, Row, row, sample};
use milepost_facts::{
    Attempts, FactBatch, KpiCounter, KpiPlan, KpiSum, NameTables, Role, Seen, Source, TimeSpan, to_record_batch,
};
use milepost_model::{Amount, Outcome, StepId};
use proptest::prelude::*;

/// Revenue, orders, found and searches, as the registry has them.
const KPIS: usize = 4;

fn tables() -> NameTables {
    generate::tables(&REGISTRY)
}

fn counted(batches: &[FactBatch], tables: &NameTables) -> Vec<KpiSum> {
    let mut counter = KpiCounter::new(KpiPlan::new(&REGISTRY, tables));
    let (mut attempts, mut seen) = (Attempts::default(), Seen::default());
    for batch in batches {
        attempts.split(batch, REGISTRY.steps.len(), TimeSpan::default(), Some(&mut seen));
        attempts.by_step().for_each(|(step, rows)| counter.count(batch, step, rows));
    }
    counter.sums().to_vec()
}

/// What each fact is worth of each KPI, by the words of the registry: `pay` of revenue and orders, `browse/search` of found, `buy/search` of searches.
fn by_hand(rows: &[Row]) -> Vec<KpiSum> {
    let mut sums = vec![KpiSum::default(); KPIS];
    let mut seen = std::collections::HashSet::new();
    for row in rows.iter().filter(|row| row.role == Role::Step && row.step.is_some()) {
        let is_known = row.trace.is_none() || row.span == 0;
        if !is_known && !seen.insert((row.trace, row.span)) {
            continue;
        }
        let is_of = [
            row.step == Some(1),
            row.step == Some(1),
            row.step == Some(0) && row.objective == Some(1),
            row.step == Some(0) && row.objective == Some(0),
        ];
        let worth = [row.amounts[0], Some(Amount::ONE), row.amounts[1], Some(Amount::ONE)];
        for kpi in (0..KPIS).filter(|kpi| is_of[*kpi] && row.class == 0 && row.source == Source::Service) {
            let is_failed = matches!(row.outcome, Outcome::Failure | Outcome::Timeout);
            sums[kpi].failed += u64::from(is_failed);
            match (row.outcome, worth[kpi]) {
                (Outcome::Success, Some(amount)) => sums[kpi].kept.add(amount),
                (Outcome::Success, None) => sums[kpi].without += 1,
                (_, Some(amount)) if is_failed && [0, 2].contains(&kpi) => sums[kpi].bad.add(amount),
                _ => {}
            }
        }
    }
    sums
}

/// Events that come again are the same in all they say.
fn consistent(rows: Vec<Row>) -> Vec<Row> {
    let mut first: std::collections::HashMap<_, Row> = std::collections::HashMap::new();
    rows.into_iter().map(|row| *first.entry((row.trace, row.span)).or_insert(row)).collect()
}

proptest! {
    #[test]
    fn sums_are_those_of_each_fact_in_any_order_and_however_batches_are_cut(
        rows in prop::collection::vec(row(), 0..60), cut in any::<prop::sample::Index>(), turned in any::<bool>()
    ) {
        let rows = consistent(rows);
        let expected = by_hand(&rows);
        let mut moved = rows;
        if turned {
            moved.reverse();
        }
        let at = if moved.is_empty() { 0 } else { cut.index(moved.len()) };
        let mut tables = tables();
        let batches = [generate::batch(&moved[..at], &mut tables), generate::batch(&moved[at..], &mut tables)];
        prop_assert_eq!(counted(&batches, &tables), expected.clone());

        // Through the log, and through segments.
        let (mut logged, mut stored) = (Vec::new(), Vec::new());
        for batch in &batches {
            let mut bytes = Vec::new();
            batch.encode(0..batch.len(), &tables, &mut bytes);
            logged.push(bytes);
            stored.push(to_record_batch(batch, &tables).unwrap());
        }
        let mut there = self::tables();
        let logged: Vec<_> = logged.iter().map(|bytes| FactBatch::decode(bytes, &mut there).unwrap()).collect();
        prop_assert_eq!(counted(&logged, &there), expected.clone());
        let mut there = self::tables();
        let stored: Vec<_> = stored.iter().map(|rows| FactBatch::from_record_batch(rows, &mut there).unwrap()).collect();
        prop_assert_eq!(counted(&stored, &there), expected);
    }
}

#[test]
fn what_was_stored_before_a_kpi_was_declared_has_no_number_of_it() {
    let sold = Row { step: Some(1), amounts: [Amount::from_whole(5).ok(), None], ..sample() };
    let mut own = tables();
    let batch = generate::batch(&[sold, sold], &mut own);
    assert_eq!(counted(std::slice::from_ref(&batch), &own)[0].kept.sum_micros(), 10_000_000);
    // As a registry without these KPIs has it: neither the column nor the layout with it.
    own.kpi_names.clear();
    let rows = to_record_batch(&batch, &own).unwrap();
    assert!(rows.schema().fields().iter().all(|field| !field.name().starts_with("kpi.")));
    let mut without = generate::tables(&REGISTRY);
    without.kpi_names.clear();
    let plain = FactBatch::from_record_batch(&rows, &mut without).unwrap();
    let mut bytes = Vec::new();
    plain.encode(0..2, &without, &mut bytes);
    assert_eq!(bytes[0], 1, "the first layout");
    let mut later = tables();
    for back in [FactBatch::decode(&bytes, &mut later), Ok(FactBatch::from_record_batch(&rows, &mut later).unwrap())] {
        let back = back.unwrap();
        assert_eq!((0..2).map(|row| back.amount(0, row)).collect::<Vec<_>>(), [None, None]);
        assert_eq!(counted(&[back], &later)[0], KpiSum { without: 2, ..KpiSum::default() });
    }
    assert_eq!(REGISTRY.step(&REGISTRY.products[0].name, &REGISTRY.steps[1].name), Some(StepId::new(1)));
}
