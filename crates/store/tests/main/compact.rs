//! Small segments of one hour: merged in order, once, and only when that is safe.

use crate::harness::{Store, at, later};
use arrow_array::cast::AsArray as _;
use arrow_array::types::TimestampNanosecondType;
use milepost_model::Timestamp;
use milepost_store::compact::{compact, plan};
use milepost_store::segment::{self, Within};
use milepost_store::{Directory, Hour, Lsn, Segment};
use std::fs;

/// A store with a segment of each record.
fn flushed(store: &mut Store, seconds: &[i64]) {
    for second in seconds {
        store.append(&[at(second / 3600, second % 3600)]);
        store.flush(store.last()).expect("a store that works");
    }
}

#[test]
fn segments_of_an_hour_become_one_in_order_of_time() {
    let (_folder, mut store) = Store::new();
    flushed(&mut store, &[50, 10, 3700, 40, 20]);
    let before = store.catalog.segments().unwrap();
    let compacted = compact(&store.directory, &store.catalog, later()).unwrap().unwrap();
    assert_eq!((compacted.removed.len(), compacted.added.len(), compacted.damage.len()), (4, 1, 0));
    let merged = &compacted.added[0];
    assert_eq!((merged.first_lsn, merged.last_lsn, merged.rows, merged.hour), (Lsn(1), Lsn(5), 4, Hour(0)));
    let mut starts = Vec::new();
    segment::read(&store.directory, merged, &Within::default(), |rows| {
        starts.extend(rows.column_by_name("time").unwrap().as_primitive::<TimestampNanosecondType>().values().to_vec());
    })
    .unwrap();
    assert_eq!(starts, [10, 20, 40, 50].map(|second| Timestamp::from_seconds(second).nanos()));
    assert_eq!(store.read().0, store.facts);
    let gone = before.iter().filter(|segment| !segment.file(&store.directory).exists());
    assert_eq!(gone.count(), 4);
    // Again it finds nothing to do.
    let again = compact(&store.directory, &store.catalog, later()).unwrap().unwrap();
    assert!(again.removed.is_empty() && again.added.is_empty());
}

#[test]
fn an_hour_that_runs_and_files_that_are_held_stay_as_they_are() {
    let (_folder, mut store) = Store::new();
    flushed(&mut store, &[10, 20]);
    let running = compact(&store.directory, &store.catalog, Timestamp::from_seconds(3600)).unwrap().unwrap();
    assert!(running.added.is_empty());
    let reader = Directory::read_only(store.directory.root()).unwrap();
    let hold = reader.hold().unwrap();
    assert!(compact(&store.directory, &store.catalog, later()).unwrap().is_none());
    drop(hold);
    assert_eq!(compact(&store.directory, &store.catalog, later()).unwrap().unwrap().added.len(), 1);
}

#[test]
fn a_damaged_segment_is_named_and_keeps_no_other_hour_from_being_merged() {
    let (_folder, mut store) = Store::new();
    flushed(&mut store, &[10, 20, 3700, 3800]);
    let damaged = store.catalog.segments().unwrap()[0].file(&store.directory);
    let mut bytes = fs::read(&damaged).unwrap();
    bytes[40] ^= 1;
    fs::write(&damaged, bytes).unwrap();
    let compacted = compact(&store.directory, &store.catalog, later()).unwrap().unwrap();
    assert_eq!((compacted.added.len(), compacted.added[0].hour), (1, Hour(1)));
    assert_eq!(compacted.damage.len(), 1);
    assert_eq!(compacted.damage[0].path, damaged);
    assert_eq!(store.read().0.len(), 3);
}

/// A segment of an hour as the catalog has it.
fn listed(lsn: u64, hour: i64, rows: u64) -> Segment {
    Segment {
        path: lsn.to_string(),
        hour: Hour(hour),
        first_lsn: Lsn(lsn),
        last_lsn: Lsn(lsn),
        rows,
        bytes: rows * 40,
        memory_bytes: rows * 300,
        min_time: Hour(hour).start(),
        max_time: Hour(hour).start(),
        crc32: 0,
        created: Timestamp::default(),
    }
}

#[test]
fn a_merged_segment_has_a_bound_and_few_late_facts_wait() {
    let sizes = |segments: &[Segment]| -> Vec<Vec<u64>> {
        let groups = plan(segments, later());
        groups.iter().map(|group| group.iter().map(|segment| segment.rows).collect()).collect()
    };
    let of = |rows: &[u64]| -> Vec<Segment> { (0..).zip(rows).map(|(lsn, rows)| listed(lsn, 0, *rows)).collect() };
    assert_eq!(sizes(&of(&[20_000, 20_000, 20_000, 20_000])), [[20_000, 20_000], [20_000, 20_000]]);
    assert_eq!(sizes(&of(&[40_000, 20_000, 262_144])), Vec::<Vec<u64>>::new());
    // A few facts behind an hour that was merged; then enough of them, or too many files.
    assert_eq!(sizes(&of(&[20_000, 100])), Vec::<Vec<u64>>::new());
    assert_eq!(sizes(&of(&[20_000, 1_200, 1_300])), [[20_000, 1_200, 1_300]]);
    let mut trickle = vec![20_000];
    trickle.resize(16, 1);
    assert_eq!(sizes(&of(&trickle)), std::slice::from_ref(&trickle));
    assert_eq!(sizes(&[listed(1, 0, 5), listed(2, 1, 5)]), Vec::<Vec<u64>>::new());
}
