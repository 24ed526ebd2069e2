//! Copies of a store that goes on writing, and what comes back from them.

use crate::harness::{Facts, Store, at, later};
use milepost_store::backup::{Contents, backup, restore};
use milepost_store::compact::compact;
use milepost_store::{Directory, Lsn, StoreError};
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// A store with facts in segments, more of them in the log, and files of each kind.
fn filled() -> (tempfile::TempDir, Store) {
    let (folder, mut store) = Store::new();
    for second in 0..6 {
        store.append(&[at(second % 2, second)]);
        if second == 1 || second == 3 {
            store.flush(store.last()).expect("a store that works");
        }
    }
    let root = store.directory.root();
    fs::write(root.join("checkpoints/4"), "counters").expect("a store that works");
    fs::write(root.join("checkpoints/5.tmp"), "half").expect("a store that works");
    fs::write(root.join("minutes/1970-01-01"), "minutes").expect("a store that works");
    fs::create_dir(root.join("registry/abc")).expect("a store that works");
    fs::write(root.join("registry/abc/shop.yaml"), "kind: Product").expect("a store that works");
    (folder, store)
}

/// Starts on what was restored; its facts.
fn restored(copy: &Path, to: &Path) -> (Contents, Facts) {
    let contents = restore(copy, to).expect("a store that works");
    let store = Store::start(to, Facts::default());
    (contents, store.read().0)
}

#[test]
fn a_copy_comes_back_with_everything() {
    let (folder, store) = filled();
    let (copy, to) = (folder.path().join("copy"), folder.path().join("restored"));
    // By another process, which does not own the directory.
    let reader = Directory::read_only(store.directory.root()).unwrap();
    let made = backup(&reader, &copy).unwrap();
    assert_eq!((made.segments, made.facts, made.flushed, made.last), (4, 4, Lsn(4), Lsn(6)));
    let (contents, facts) = restored(&copy, &to);
    assert_eq!(contents, made);
    assert_eq!(facts, store.facts);
    let text = contents.to_string();
    assert!(text.contains("4 segments with 4 facts from 1970-01-01T00:00:00Z to 1970-01-01T01:00:03Z"), "{text}");
    assert!(text.ends_with("which have the log up to 4; the log goes on to 6"), "{text}");
    assert_eq!(fs::read_to_string(to.join("registry/abc/shop.yaml")).unwrap(), "kind: Product");
    assert_eq!(fs::read_to_string(to.join("minutes/1970-01-01")).unwrap(), "minutes");
    assert_eq!(fs::read_dir(to.join("checkpoints")).unwrap().count(), 1);
}

#[test]
fn a_copy_holds_off_removal_only_while_it_is_made() {
    let (folder, store) = filled();
    let copy = folder.path().join("copy");
    backup(&store.directory, &copy).unwrap();
    // What is merged and removed since then is in the copy still.
    assert!(!compact(&store.directory, &store.catalog, later()).unwrap().unwrap().removed.is_empty());
    let (contents, facts) = restored(&copy, &folder.path().join("restored"));
    assert!(contents.damage.is_empty());
    assert_eq!(facts, store.facts);
}

#[test]
fn a_copy_of_a_store_that_goes_on_is_not_older_than_when_it_began() {
    let (folder, mut store) = filled();
    let is_over = AtomicBool::new(false);
    let root = store.directory.root().to_owned();
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut second = 100;
            while !is_over.load(Ordering::Relaxed) {
                store.append(&[at(second % 3, second)]);
                second += 1;
                if second % 7 == 0 {
                    store.flush(store.last()).unwrap();
                    compact(&store.directory, &store.catalog, later()).unwrap();
                }
                if second % 20 == 0 {
                    store.log.rotate();
                }
            }
            store
        });
        let reader = Directory::read_only(&root).unwrap();
        let mut before = Lsn(6);
        for round in 0..6 {
            let (copy, to) = (folder.path().join(format!("copy-{round}")), folder.path().join(format!("to-{round}")));
            let made = backup(&reader, &copy).unwrap();
            assert!(made.last >= before, "{made}");
            let (contents, facts) = restored(&copy, &to);
            assert_eq!(contents, made);
            // One fact a record, each once.
            assert_eq!(facts.len() as u64, made.last.0);
            before = made.last;
        }
        is_over.store(true, Ordering::Relaxed);
        let store = writer.join().unwrap();
        assert_eq!(store.read().0, store.facts);
    });
}

#[test]
fn damage_in_a_copy_is_named_and_costs_no_other() {
    let (folder, store) = filled();
    let copy = folder.path().join("copy");
    backup(&store.directory, &copy).unwrap();
    let segment = store.catalog.segments().unwrap()[0].path.clone();
    let damaged = copy.join("segments").join(segment);
    // The copy links segments; a damaged disk would have both.
    let mut bytes = fs::read(&damaged).unwrap();
    bytes[50] ^= 4;
    fs::remove_file(&damaged).unwrap();
    fs::write(&damaged, bytes).unwrap();
    fs::remove_file(copy.join("minutes/1970-01-01")).unwrap();
    let (contents, facts) = restored(&copy, &folder.path().join("restored"));
    assert_eq!(contents.damage.len(), 2, "{contents}");
    assert!(contents.damage[0].contains(&*damaged.to_string_lossy()), "{contents}");
    assert!(contents.damage[1].contains("minutes/1970-01-01` is missing"), "{contents}");
    assert_eq!(facts.len(), store.facts.len() - 1);
}

#[test]
fn what_was_restored_is_read_before_any_server_had_it() {
    let (folder, store) = filled();
    let (copy, to) = (folder.path().join("copy"), folder.path().join("restored"));
    backup(&store.directory, &copy).unwrap();
    restore(&copy, &to).unwrap();
    assert!(Directory::read_only(&to).unwrap().hold().is_ok());
    // Somebody who copied the folder without it.
    fs::remove_file(to.join("hold")).unwrap();
    assert!(Directory::read_only(&to).unwrap().hold().is_ok());
}

#[test]
fn a_log_that_is_damaged_at_its_end_goes_on_to_its_last_whole_record() {
    let (folder, store) = filled();
    let copy = folder.path().join("copy");
    backup(&store.directory, &copy).unwrap();
    let log = fs::read_dir(copy.join("wal")).unwrap().map(|entry| entry.unwrap().path()).max().unwrap();
    let mut bytes = fs::read(&log).unwrap();
    *bytes.last_mut().unwrap() ^= 4;
    fs::write(&log, bytes).unwrap();
    let contents = restore(&copy, &folder.path().join("restored")).unwrap();
    assert_eq!(contents.last, Lsn(5));
    let text = contents.to_string();
    assert!(text.contains("the log goes on to 5\n") && text.contains("lost are the records after 5"), "{text}");
}

#[test]
fn what_is_not_empty_or_not_complete_is_refused() {
    let (folder, store) = filled();
    let copy = folder.path().join("copy");
    backup(&store.directory, &copy).unwrap();
    assert!(matches!(backup(&store.directory, &copy), Err(StoreError::NotEmpty { .. })));
    assert!(matches!(restore(&copy, store.directory.root()), Err(StoreError::NotEmpty { .. })));
    // A copy is no data directory.
    assert!(matches!(Directory::open(&copy), Err(StoreError::Foreign { .. })));
    fs::remove_file(copy.join("backup.list")).unwrap();
    let refused = restore(&copy, &folder.path().join("to")).unwrap_err();
    assert!(refused.to_string().contains("is no complete backup"), "{refused}");
    assert!(!folder.path().join("to").exists());
}
