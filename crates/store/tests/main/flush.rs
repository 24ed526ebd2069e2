//! From the log into segments: nothing lost and nothing twice, wherever it stops.

use crate::generate::{Row, sample};
use crate::harness::{Store, at, decoder};
use arrow_array::cast::AsArray as _;
use arrow_array::types::{TimestampNanosecondType, UInt64Type};
use milepost_facts::TraceId;
use milepost_model::Timestamp;
use milepost_store::segment::{self, Within};
use milepost_store::{Hour, Lsn, StoreError, flush, sweep};
use std::fs;

#[test]
fn facts_lie_in_files_of_their_hours_and_say_where_they_came_from() {
    let (_folder, mut store) = Store::new();
    store.append(&[at(0, 5), at(1, 7), at(0, 3)]);
    store.append(&[at(1, 0)]);
    let flushed = store.flush(store.last()).unwrap();
    let paths: Vec<_> = flushed.segments.iter().map(|segment| segment.path.as_str()).collect();
    assert_eq!(paths, ["1970-01-01/00/1-1-1-0.parquet", "1970-01-01/01/1-2-1-1.parquet"]);
    let second = &flushed.segments[1];
    assert_eq!((second.hour, second.rows, second.first_lsn, second.last_lsn), (Hour(1), 2, Lsn(1), Lsn(2)));
    assert_eq!((second.min_time, second.max_time), (Hour(1).start(), Timestamp::from_seconds(3607)));
    assert_eq!(second.bytes, fs::metadata(second.file(&store.directory)).unwrap().len());
    assert_eq!(store.catalog.segments().unwrap(), flushed.segments);

    let mut seen = Vec::new();
    segment::read(&store.directory, second, &Within::default(), |rows| {
        let lsns = rows.column_by_name("lsn").unwrap().as_primitive::<UInt64Type>().values().to_vec();
        let versions = rows.column_by_name("registry_version").unwrap().as_primitive::<UInt64Type>().values().to_vec();
        let received = rows.column_by_name("received_at").unwrap().as_primitive::<TimestampNanosecondType>();
        seen.push((lsns, versions, received.values().to_vec(), received.timezone().map(str::to_owned)));
    })
    .unwrap();
    assert_eq!(seen, [(vec![1, 2], vec![7, 7], vec![1, 2], Some("UTC".to_owned()))]);
}

#[test]
fn a_time_and_columns_are_read_without_the_rest() {
    let (_folder, mut store) = Store::new();
    store.append(&[at(0, 5), at(0, 6), at(1, 7), at(2, 0)]);
    let segments = store.flush(store.last()).unwrap().segments;
    let time = Timestamp::from_seconds(6)..Timestamp::from_seconds(7200);
    let within = Within { time: Some(time), columns: Some(&["step", "mood"]) };
    let mut seen = Vec::new();
    let damage = segment::read_all(&store.directory, &segments, &within, |segment, rows| {
        seen.push((segment.hour, rows.num_rows(), rows.num_columns()));
    });
    assert_eq!(seen, [(Hour(0), 1, 2), (Hour(1), 1, 2)]);
    assert!(damage.is_empty());
}

#[test]
fn a_flush_that_stops_before_the_catalog_has_it_leaves_nothing_behind() {
    let (_folder, mut store) = Store::new();
    store.append(&[at(0, 1), at(5, 2)]);
    store.flush(Lsn(1)).unwrap();
    store.append(&[at(0, 3)]);
    // A half written file, and whole ones without an entry.
    fs::write(store.directory.segments().join("9-0.tmp"), "PAR1").unwrap();
    let serial = store.catalog.next_serial().unwrap();
    let written = flush::write(&store.directory, serial, (Lsn(1), Lsn(2)), Timestamp::default(), decoder()).unwrap();
    assert!(written.segments[0].file(&store.directory).exists());
    let mut store = store.crash();
    assert!(!written.segments[0].file(&store.directory).exists());
    assert_eq!(store.catalog.flushed().unwrap(), Lsn(1));
    assert_eq!(store.read().0, store.facts);

    store.flush(Lsn(2)).unwrap();
    assert_eq!(store.read().0, store.facts);
    store.append(&[at(0, 4)]);
    let store = store.crash();
    assert_eq!(sweep(&store.directory, &store.catalog).unwrap().removed.len(), 0);
    assert_eq!(store.read().0, store.facts);
}

#[test]
fn a_flush_that_cannot_write_changes_nothing_and_can_be_tried_again() {
    let (_folder, mut store) = Store::new();
    store.append(&[at(0, 1), at(1, 1)]);
    let (segments, aside) = (store.directory.segments(), store.directory.root().join("aside"));
    fs::rename(&segments, &aside).unwrap();
    let failed = store.flush(store.last()).unwrap_err();
    assert!(matches!(&failed, StoreError::Io { path, .. } if path.starts_with(&segments)), "{failed}");
    fs::rename(&aside, &segments).unwrap();
    assert_eq!(store.read().0, store.facts);
    // A file where the folder of the second day would be: the first hour's segment goes again.
    store.append(&[at(24, 1)]);
    fs::write(segments.join("1970-01-02"), "").unwrap();
    store.flush(store.last()).unwrap_err();
    assert_eq!(store.catalog.snapshot().unwrap(), (Vec::new(), Lsn(0)));
    fs::remove_file(segments.join("1970-01-02")).unwrap();
    assert!(sweep(&store.directory, &store.catalog).unwrap().removed.is_empty());
    store.flush(store.last()).unwrap();
    assert_eq!(store.read().0, store.facts);
}

#[test]
fn what_is_in_segments_is_not_written_again() {
    let (_folder, mut store) = Store::new();
    store.append(&[at(0, 1)]);
    let segments = store.flush(Lsn(1)).unwrap().segments;
    assert!(store.flush(Lsn(1)).unwrap().segments.is_empty());
    let twice = store.catalog.commit(&segments, Lsn(2));
    assert!(matches!(twice, Err(StoreError::Flushed { flushed: Lsn(1), asked: Lsn(2) })));
    assert_eq!(store.read().0, store.facts);
}

#[test]
fn facts_that_cannot_be_decoded_stop_a_flush_and_name_their_record() {
    let (_folder, mut store) = Store::new();
    store.append(&[at(0, 1)]);
    store.append_record(b"\x09");
    let stopped = store.flush(store.last()).unwrap_err();
    assert!(matches!(stopped, StoreError::Decode { lsn: Lsn(2), .. }), "{stopped}");
    assert_eq!(store.catalog.flushed().unwrap(), Lsn(0));
    assert_eq!(sweep(&store.directory, &store.catalog).unwrap().removed.len(), 0);
}

#[test]
fn a_segment_that_is_missing_is_named() {
    let (_folder, mut store) = Store::new();
    store.append(&[at(0, 1), at(1, 1)]);
    let segments = store.flush(store.last()).unwrap().segments;
    fs::remove_file(segments[1].file(&store.directory)).unwrap();
    let damage = sweep(&store.directory, &store.catalog).unwrap().damage;
    assert_eq!(damage.len(), 1);
    let text = damage[0].to_string();
    assert!(text.contains("01/1-1-1-1.parquet") && text.contains("1 facts of the hour 1970-01-01T01:00:00Z"), "{text}");
    assert_eq!(store.read().0.len(), 1);
}

#[test]
fn a_flipped_bit_costs_its_segment_and_is_named() {
    let (_folder, mut store) = Store::new();
    store.append(&[at(0, 1), at(0, 2), at(1, 1)]);
    let segments = store.flush(store.last()).unwrap().segments;
    let path = segments[0].file(&store.directory);
    let whole = fs::read(&path).unwrap();
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 8);
        fs::write(&path, bytes).unwrap();
        assert!(segment::verify(&store.directory, &segments[0]).is_err(), "flipped at {at}");
        // Each is verified before it is read.
        if at % 1000 == 0 {
            let (facts, damage) = store.read();
            assert_eq!((facts.len(), damage.len()), (1, 1), "flipped at {at}");
            assert_eq!((&damage[0].path, damage[0].rows), (&path, 2));
        }
    }
    fs::write(&path, &whole[1..]).unwrap();
    assert!(store.read().1[0].why.contains("bytes"));
    fs::write(&path, whole).unwrap();
    assert_eq!(store.read().0, store.facts);
}

#[test]
fn another_registry_with_other_dimensions_begins_another_part() {
    let (_folder, mut store) = Store::new();
    store.append(&[at(0, 1)]);
    store.append(&[at(0, 2)]);
    let mut decode = decoder();
    let segments =
        flush::flush(&store.directory, &store.catalog, Lsn(2), Timestamp::default(), |lsn, kind, payload| {
            let mut decoded = decode(lsn, kind, payload)?;
            if let Some(decoded) = decoded.as_mut().filter(|_| lsn == Lsn(2)) {
                let region = decoded.facts.schema().index_of("region")?;
                decoded.facts.remove_column(region);
            }
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(decoded)
        })
        .unwrap()
        .segments;
    assert_eq!(segments.len(), 2);
    let (facts, damage) = store.read();
    assert_eq!((facts.len(), damage.len()), (2, 0));
}

#[test]
fn facts_of_more_hours_than_are_open_at_once_come_out_too() {
    let (_folder, mut store) = Store::new();
    for _ in 0..3 {
        let rows: Vec<Row> = (0..40).map(|hour| at(hour * 7 % 40, hour)).collect();
        store.append(&rows);
    }
    let segments = store.flush(store.last()).unwrap().segments;
    assert!(segments.len() > 40, "{}", segments.len());
    assert_eq!(store.read().0, store.facts);
}

/// A fact as services have them, with ids of its own.
pub(crate) fn one(n: u64, start: u64) -> Row {
    // Numbers without a pattern, by the finalizer of SplitMix64.
    let mixed = |n: u64| {
        let n = (n ^ (n >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let n = (n ^ (n >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        n ^ (n >> 31)
    };
    let random = mixed(n + 1);
    Row {
        time: Timestamp::from_nanos((start + random % 60_000_000_000) as i64),
        duration: Some(random % 400_000_000),
        service: Some("web"),
        operation: Some("web GET /search"),
        http_status: Some(if random % 50 == 0 { 500 } else { 200 }),
        step: Some((random % 2) as usize),
        trace: TraceId(random, mixed(random)),
        // The generator takes a sampling threshold from the lowest bits.
        span: mixed(!random) & !0x3FFF,
        dimensions: [Some("ab"), Some("b'c")],
        ..sample()
    }
}

#[test]
fn facts_with_ids_of_their_own_take_few_bytes() {
    let (_folder, mut store) = Store::new();
    for record in 0..40 {
        let rows: Vec<Row> = (0..500).map(|n| one(record * 500 + n, 0)).collect();
        store.append(&rows);
    }
    let segments = store.flush(store.last()).unwrap().segments;
    let [segment] = &segments[..] else { panic!("{segments:?}") };
    let bytes = segment.bytes / segment.rows;
    println!("{bytes} bytes a fact in Parquet, {} in memory", segment.memory_bytes / segment.rows);
    assert!(bytes < 90, "{bytes} bytes a fact");
    assert_eq!(store.read().0, store.facts);
}
