//! Facts through record batches: what comes back is what was written, whatever the tables were and whatever columns there are.

use crate::generate::{self, REGISTRY, batch, row};
use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use milepost_facts::{FactBatch, NotFactColumns, to_record_batch};
use proptest::prelude::*;
use std::sync::Arc;

/// The same rows with a column changed, added or, without one, left out.
fn with(rows: &RecordBatch, name: &str, column: Option<ArrayRef>) -> RecordBatch {
    let schema = rows.schema();
    let old = schema.fields().iter().map(|field| field.name().as_str()).zip(rows.columns().iter().cloned());
    let others = old.filter(|(other, _)| *other != name);
    let columns = others.chain(column.map(|column| (name, column))).map(|(name, column)| (name, column, true));
    RecordBatch::try_from_iter_with_nullable(columns).expect("columns of one length")
}

fn text(text: &str, rows: usize) -> Option<ArrayRef> {
    Some(Arc::new(StringArray::from(vec![text; rows])))
}

proptest! {
    #[test]
    fn facts_come_back_from_columns_in_any_order_under_tables_of_another(
        rows in prop::collection::vec(row(), 0..60), first in prop::collection::vec(row(), 0..9), order in any::<u64>()
    ) {
        let mut here = generate::tables(&REGISTRY);
        let facts = batch(&rows, &mut here);
        let written = to_record_batch(&facts, &here).unwrap();
        let mut columns: Vec<usize> = (0..written.num_columns()).collect();
        columns.sort_by_key(|at| (*at as u64 + 1).wrapping_mul(order | 1));

        // Tables in which names came in another order.
        let mut there = generate::tables(&REGISTRY);
        batch(&first, &mut there);
        let back = FactBatch::from_record_batch(&written.project(&columns).unwrap(), &mut there).unwrap();
        prop_assert_eq!(to_record_batch(&back, &there).unwrap(), written);
    }

    #[test]
    fn a_column_that_is_missing_is_null_and_changes_no_other(rows in prop::collection::vec(row(), 1..20), at in any::<prop::sample::Index>()) {
        let mut tables = generate::tables(&REGISTRY);
        let facts = batch(&rows, &mut tables);
        let written = to_record_batch(&facts, &tables).unwrap();
        let name = written.schema().field(at.index(written.num_columns())).name().clone();
        // Names of steps and objectives need their product; the rest stands alone.
        prop_assume!(name != "time" && name != "product");
        let less = with(&written, &name, None);
        let back = to_record_batch(&FactBatch::from_record_batch(&less, &mut tables).unwrap(), &tables).unwrap();
        let without = if name == "step" { with(&less, "product", None) } else { less };
        for field in without.schema().fields().iter().filter(|field| !(name == "step" && field.name() == "objective")) {
            let (ours, theirs) = (back.column_by_name(field.name()), without.column_by_name(field.name()));
            prop_assert_eq!(ours, theirs, "{} without {}", field.name(), name);
        }
    }
}

#[test]
fn what_is_not_known_is_passed_over_or_named() {
    let mut tables = generate::tables(&REGISTRY);
    let facts = batch(&[generate::sample(), generate::sample()], &mut tables);
    let written = to_record_batch(&facts, &tables).unwrap();
    let mut read = |rows: &RecordBatch| FactBatch::from_record_batch(rows, &mut tables);

    let more = with(&written, "mood", text("good", 2));
    assert_eq!(read(&more).unwrap().step(0), facts.step(0));
    let elsewhere = with(&written, "step", text("fly", 2));
    assert_eq!(read(&elsewhere).unwrap().step(1), None);
    let other_product = with(&written, "product", text("bank", 2));
    assert_eq!(read(&other_product).unwrap().step(1), None);
    let newer = with(&written, "outcome", text("postponed", 2));
    let expected = NotFactColumns::Unknown { column: "outcome", text: "postponed".to_owned() };
    assert_eq!(read(&newer).unwrap_err(), expected);
    let wrong = with(&written, "service", Some(Arc::new(Int64Array::from(vec![1, 2]))));
    assert_eq!(read(&wrong).unwrap_err(), NotFactColumns::Type("service".to_owned()));
    assert_eq!(read(&with(&written, "time", None)).unwrap_err(), NotFactColumns::NoTime);
    let torn = with(&written, "trace_id", text("no trace é at all, 32 and more bytes", 2));
    assert!(read(&torn).unwrap().trace(0).is_none());
}
