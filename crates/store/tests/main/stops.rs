//! Facts in are facts out, whatever is flushed and merged, and wherever that stops.

use crate::generate::{Row, row};
use crate::harness::{Store, decoder, later};
use milepost_model::Timestamp;
use milepost_store::compact::{compact, merge, plan};
use milepost_store::{Lsn, flush, wal};
use proptest::prelude::*;

/// What a store does, or does in part before everything stops.
#[derive(Clone, Debug)]
enum Step {
    Append(Vec<Row>),
    /// So many records before the last one stay in the log only.
    Flush(u64),
    Compact,
    Cut,
    Stop,
    /// Segments are durable, and no catalog lists them.
    StopBeforeCommit,
    /// The merged segment is durable, and no catalog lists it.
    StopBeforeReplace,
    /// It is listed, and the files of those that it replaces are there.
    StopBeforeRemoval,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => prop::collection::vec(row(), 0..9).prop_map(Step::Append),
        4 => (0u64..3).prop_map(Step::Flush),
        2 => Just(Step::Compact),
        1 => Just(Step::Cut),
        1 => Just(Step::Stop),
        1 => Just(Step::StopBeforeCommit),
        1 => Just(Step::StopBeforeReplace),
        1 => Just(Step::StopBeforeRemoval),
    ]
}

fn done(mut store: Store, step: Step) -> Store {
    let groups = || plan(&store.catalog.segments().expect("a store that works"), later());
    let merged = |group: &[_]| {
        merge(&store.directory, group, store.catalog.next_serial().expect("a store that works"), later())
            .expect("a store that works")
    };
    match step {
        Step::Append(rows) => drop(store.append(&rows)),
        Step::Flush(before) => {
            store.flush(Lsn(store.last().0.saturating_sub(before))).expect("a store that works");
        }
        Step::Compact => {
            let compacted =
                compact(&store.directory, &store.catalog, later()).expect("a store that works").expect("nobody holds");
            assert!(compacted.damage.is_empty());
        }
        Step::Cut => {
            store.log.rotate();
            let alone = store.directory.alone().expect("a store that works").expect("nobody holds");
            wal::cut(&store.directory.wal(), store.catalog.flushed().expect("a store that works").next(), &alone)
                .expect("a store that works");
        }
        Step::Stop => return store.crash(),
        Step::StopBeforeCommit => {
            let range = (store.catalog.flushed().expect("a store that works"), store.last());
            let serial = store.catalog.next_serial().expect("a store that works");
            flush::write(&store.directory, serial, range, Timestamp::default(), decoder()).expect("a store that works");
            return store.crash();
        }
        Step::StopBeforeReplace => {
            groups().iter().for_each(|group| drop(merged(group)));
            return store.crash();
        }
        Step::StopBeforeRemoval => {
            for group in groups() {
                assert!(store.catalog.replace(&group, &merged(&group)).expect("a store that works"));
            }
            return store.crash();
        }
    }
    store
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn facts_come_out_as_they_went_in_wherever_it_stops(steps in prop::collection::vec(step(), 1..24)) {
        let (_folder, mut store) = Store::new();
        for step in steps {
            store = done(store, step);
        }
        let (facts, damage) = store.read();
        prop_assert!(damage.is_empty());
        prop_assert!(facts == store.facts, "{:?} of {:?}", facts, store.facts);

        // Everything in segments, and one of each hour where few were written.
        store.flush(store.last()).unwrap();
        compact(&store.directory, &store.catalog, later()).unwrap();
        prop_assert!(plan(&store.catalog.segments().unwrap(), later()).is_empty());
        let store = store.crash();
        prop_assert!(store.read().0 == store.facts);
    }
}
