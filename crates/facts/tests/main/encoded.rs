//! Facts through bytes and through other tables: what comes out is what went in, in full.

use crate::generate::{self, REGISTRY, row};
use milepost_facts::{FactBatch, FactBuilder, NameTables, Renaming, Told, to_record_batch};
use proptest::prelude::*;

fn tables() -> NameTables {
    generate::tables(&REGISTRY)
}

fn decoded(bytes: &[u8], tables: &mut NameTables) -> FactBatch {
    FactBatch::decode(bytes, tables).expect("encoded facts")
}

proptest! {
    #[test]
    fn encoded_facts_come_back_in_full_under_tables_of_another_order(
        rows in prop::collection::vec(row(), 0..60), from in any::<prop::sample::Index>(), first in prop::collection::vec(row(), 0..9)
    ) {
        let mut here = tables();
        let mut builder = FactBuilder::new(&here);
        rows.iter().for_each(|row| row.push(&mut builder, &mut here));
        let batch = builder.take();
        let from = if rows.is_empty() { 0 } else { from.index(rows.len()) };
        let mut bytes = Vec::new();
        batch.encode(from..rows.len(), &here, &mut bytes);

        // Other tables, in which names came in another order.
        let mut there = tables();
        let mut other = FactBuilder::new(&there);
        first.iter().for_each(|row| row.push(&mut other, &mut there));
        let back = decoded(&bytes, &mut there);
        let expected = to_record_batch(&batch, &here).unwrap().slice(from, rows.len() - from);
        prop_assert_eq!(to_record_batch(&back, &there).unwrap(), expected);
    }

    #[test]
    fn facts_of_several_readers_come_together_with_their_names(
        readers in prop::collection::vec(prop::collection::vec(prop::collection::vec(row(), 0..9), 0..4), 1..4)
    ) {
        let mut common = tables();
        let mut together = FactBuilder::new(&common);
        let mut straight = FactBuilder::new(&common);
        let mut expected_names = tables();
        for batches in readers {
            let mut own = tables();
            let (mut told, mut renaming) = (Told::new(&own), Renaming::new(&common));
            for rows in batches {
                let mut builder = FactBuilder::new(&own);
                rows.iter().for_each(|row| row.push(&mut builder, &mut own));
                rows.iter().skip(1).for_each(|row| row.push(&mut straight, &mut expected_names));
                renaming.learn(&told.news(&own), &mut common);
                together.append(&builder.take(), 1.min(rows.len())..rows.len(), &renaming);
            }
        }
        let expected = to_record_batch(&straight.take(), &expected_names).unwrap();
        prop_assert_eq!(to_record_batch(&together.take(), &common).unwrap(), expected);
    }

    #[test]
    fn bytes_that_no_encoder_wrote_are_refused_or_are_facts(bytes in prop::collection::vec(any::<u8>(), 0..200), layout in 1u8..=2) {
        let mut bytes = bytes;
        bytes.insert(0, layout);
        if let Ok(batch) = FactBatch::decode(&bytes, &mut tables()) {
            prop_assert!(batch.len() <= 1 << 24);
        }
    }

    #[test]
    fn what_is_cut_is_refused(rows in prop::collection::vec(row(), 1..9), at in any::<prop::sample::Index>()) {
        let mut here = tables();
        let mut builder = FactBuilder::new(&here);
        rows.iter().for_each(|row| row.push(&mut builder, &mut here));
        let mut bytes = Vec::new();
        builder.take().encode(0..rows.len(), &here, &mut bytes);
        // Without its last byte a piece lacks an interaction id's end, or a column's.
        prop_assert!(FactBatch::decode(&bytes[..at.index(bytes.len())], &mut here).is_err());
    }
}

#[test]
fn steps_of_two_products_with_one_name_stay_apart() {
    assert!(REGISTRY.steps.len() > 1);
    let tables = tables();
    let paths: Vec<_> =
        (1..tables.step_paths.len() as u32).map(|id| tables.step_paths.text(milepost_facts::NameId(id))).collect();
    assert_eq!(paths[0], Some(format!("{}/{}", REGISTRY.steps[0].product, REGISTRY.steps[0].name).as_str()));
}
