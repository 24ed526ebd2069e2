//! What is kept by age and size, and the log that is cut.

use crate::harness::{Store, at};
use milepost_model::Timestamp;
use milepost_store::catalog::Blocking;
use milepost_store::retention::{Keep, retain};
use milepost_store::{Directory, Hour, Lsn, StoreError, free_bytes, sweep, wal};

/// A store with one segment in each of some hours.
fn with_hours(hours: &[i64]) -> (tempfile::TempDir, Store) {
    let (folder, mut store) = Store::new();
    let rows: Vec<_> = hours.iter().map(|hour| at(*hour, 1)).collect();
    store.append(&rows);
    store.flush(store.last()).expect("a store that works");
    (folder, store)
}

fn hours(store: &Store) -> Vec<i64> {
    store.catalog.segments().expect("a store that works").iter().map(|segment| segment.hour.0).collect()
}

#[test]
fn hours_that_are_too_old_go_with_their_files() {
    let (_folder, store) = with_hours(&[0, 1, 24, 49]);
    let keep = Keep { days: Some(1), bytes: None };
    let now = Timestamp::from_seconds(49 * 3600);
    let removed = retain(&store.directory, &store.catalog, keep, now).unwrap().unwrap();
    assert_eq!(removed.iter().map(|segment| segment.hour).collect::<Vec<_>>(), [Hour(0), Hour(1)]);
    assert!(removed.iter().all(|segment| !segment.file(&store.directory).exists()));
    // The hour that ended exactly a day ago is kept.
    assert_eq!(hours(&store), [24, 49]);
    assert_eq!(store.read().0.len(), 2);
    assert!(retain(&store.directory, &store.catalog, keep, now).unwrap().unwrap().is_empty());
    assert!(sweep(&store.directory, &store.catalog).unwrap().damage.is_empty());
}

#[test]
fn what_was_removed_is_known_to_whoever_opens_the_catalog() {
    let (_folder, store) = with_hours(&[0, 5, 9]);
    let kept_from = |store: &Store| Blocking::open(&store.directory).unwrap().kept_from().unwrap();
    assert_eq!(kept_from(&store), None);
    let keep = |bytes| Keep { days: None, bytes: Some(bytes) };
    let removed = retain(&store.directory, &store.catalog, keep(0), Timestamp::default()).unwrap().unwrap();
    assert_eq!((removed.len(), kept_from(&store)), (2, Some(Hour(6))));
    // It is never earlier than it was.
    let reader = Directory::read_only(store.directory.root()).unwrap();
    assert!(store.catalog.remove(&[]).unwrap());
    assert_eq!(Blocking::open(&reader).unwrap().kept_from().unwrap(), Some(Hour(6)));
}

#[test]
fn the_oldest_hours_go_until_the_rest_fits_and_the_newest_stays() {
    let (_folder, store) = with_hours(&[0, 1, 2, 3]);
    let bytes: Vec<u64> = store.catalog.segments().unwrap().iter().map(|segment| segment.bytes).collect();
    let keep = |bytes| Keep { days: None, bytes: Some(bytes) };
    let retained = |keep| retain(&store.directory, &store.catalog, keep, Timestamp::default()).unwrap().unwrap().len();
    assert_eq!(retained(keep(bytes.iter().sum())), 0);
    assert_eq!((retained(keep(bytes[2] + bytes[3])), hours(&store)), (2, vec![2, 3]));
    assert_eq!((retained(keep(0)), hours(&store)), (1, vec![3]));
    assert_eq!(retained(Keep::default()), 0);
}

#[test]
fn nothing_goes_while_somebody_holds_files() {
    let (_folder, store) = with_hours(&[0, 1]);
    let reader = Directory::read_only(store.directory.root()).unwrap();
    let hold = reader.hold().unwrap();
    let keep = Keep { days: Some(0), bytes: None };
    let now = Timestamp::from_seconds(1_000_000);
    assert!(retain(&store.directory, &store.catalog, keep, now).unwrap().is_none());
    assert_eq!(store.read().0, store.facts);
    drop(hold);
    assert_eq!(retain(&store.directory, &store.catalog, keep, now).unwrap().unwrap().len(), 2);
}

#[test]
fn a_stop_before_the_files_go_leaves_no_damage() {
    let (_folder, store) = with_hours(&[0, 1]);
    let old = store.catalog.segments().unwrap()[0].clone();
    assert!(store.catalog.remove(std::slice::from_ref(&old)).unwrap());
    assert!(!store.catalog.remove(std::slice::from_ref(&old)).unwrap());
    let store = store.crash();
    assert!(!old.file(&store.directory).exists());
    assert!(sweep(&store.directory, &store.catalog).unwrap().damage.is_empty());
    assert_eq!(hours(&store), [1]);
}

#[test]
fn the_log_is_cut_by_whole_files_that_are_below() {
    let (_folder, mut store) = Store::new();
    for _ in 0..4 {
        store.append(&[at(0, 1)]);
        store.append(&[at(0, 2)]);
        store.log.rotate();
    }
    let alone = store.directory.alone().unwrap().unwrap();
    let folder = store.directory.wal();
    let first = |folder| wal::files(folder).unwrap()[0].0;
    assert!(wal::cut(&folder, Lsn(2), &alone).unwrap().is_empty());
    assert_eq!((wal::cut(&folder, Lsn(3), &alone).unwrap().len(), first(&folder)), (1, Lsn(3)));
    assert_eq!((wal::cut(&folder, Lsn(6), &alone).unwrap().len(), first(&folder)), (1, Lsn(5)));
    assert_eq!((wal::cut(&folder, Lsn(100), &alone).unwrap().len(), first(&folder)), (1, Lsn(7)));
    assert_eq!(wal::read(&folder, Lsn(6), |_| ()).unwrap().next, Lsn(9));
}

#[test]
fn free_space_is_that_of_the_file_system() {
    let (folder, _store) = Store::new();
    assert!(free_bytes(folder.path()).unwrap() > 0);
    assert!(matches!(free_bytes(&folder.path().join("nothing")), Err(StoreError::Io { .. })));
}
