//! The catalog: read by others, stopped at any time, damaged, and of another version.

use crate::harness::{Store, at};
use milepost_store::catalog::Blocking;
use milepost_store::{Catalog, Directory, Lsn, StoreError};
use std::fs;

/// A directory as a killed process leaves it, with the catalog's own log still to be read.
fn killed(store: &Store, to: &std::path::Path) -> Directory {
    fs::create_dir(to).expect("a store that works");
    for entry in fs::read_dir(store.directory.root()).expect("a store that works") {
        let entry = entry.expect("a store that works");
        if entry.file_type().expect("a store that works").is_file() {
            fs::copy(entry.path(), to.join(entry.file_name())).expect("a store that works");
        }
    }
    Directory::read_only(to).expect("a store that works")
}

#[test]
fn a_reader_sees_what_was_committed_while_the_owner_runs_and_after_it_was_killed() {
    let (folder, mut store) = Store::new();
    let reader = Directory::read_only(store.directory.root()).unwrap();
    let catalog = Blocking::open(&reader).unwrap();
    for second in 1..4 {
        store.append(&[at(0, second)]);
        let segments = store.flush(store.last()).unwrap().segments;
        let (seen, flushed) = catalog.snapshot().unwrap();
        assert_eq!((seen.last(), flushed), (segments.last(), store.last()));
    }
    assert!(catalog.next_serial().is_err(), "a reader writes nothing");
    let after = Blocking::open(&killed(&store, &folder.path().join("killed"))).unwrap();
    assert_eq!(after.snapshot().unwrap(), store.catalog.snapshot().unwrap());
    // And after it ended by itself.
    let root = store.directory.root().to_owned();
    drop(catalog);
    store.catalog.close().unwrap();
    let ended = Blocking::open(&Directory::read_only(&root).unwrap()).unwrap();
    assert_eq!(ended.flushed().unwrap(), Lsn(3));
}

#[test]
fn a_catalog_of_a_newer_version_is_refused() {
    let (_folder, store) = Store::new();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let path = store.directory.catalog();
    drop(store.catalog);
    runtime.block_on(async {
        use sqlx::{ConnectOptions as _, Connection as _};
        let mut connection = sqlx::sqlite::SqliteConnectOptions::new().filename(&path).connect().await.unwrap();
        sqlx::query("INSERT INTO schema_version VALUES (99)").execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        let refused = Catalog::open(&store.directory).await.unwrap_err();
        assert!(matches!(refused, StoreError::CatalogVersion { found: 99, newest: 2, .. }), "{refused}");
    });
}

#[test]
fn a_catalog_that_is_none_is_named() {
    let (_folder, store) = Store::new();
    let path = store.directory.catalog();
    store.catalog.close().unwrap();
    fs::write(&path, "no catalog at all, and long enough to be taken for one").unwrap();
    let refused = Blocking::open(&store.directory).unwrap_err();
    assert!(matches!(&refused, StoreError::CatalogDamaged { .. }), "{refused}");
    let refused = refused.to_string();
    assert!(refused.contains(&path.display().to_string()) && refused.contains("`milepost restore "), "{refused}");
}

#[test]
fn a_catalog_with_damage_in_it_is_refused_with_the_way_out_and_never_taken_for_an_empty_one() {
    let (_folder, mut store) = Store::new();
    for second in 1..50 {
        store.append(&[at(0, second)]);
        store.flush(store.last()).unwrap();
    }
    let path = store.directory.catalog();
    store.catalog.close().unwrap();
    let whole = fs::read(&path).unwrap();
    let mut refused = 0;
    for page in 0..whole.len() / 4096 {
        let mut bytes = whole.clone();
        bytes[page * 4096..(page + 1) * 4096].fill(0xa5);
        fs::write(&path, &bytes).unwrap();
        if let Err(error) = Blocking::open(&store.directory) {
            assert!(error.to_string().contains("`milepost restore "), "page {page}: {error}");
            refused += 1;
        }
    }
    // A page that is free says nothing.
    assert!(refused >= 4, "{refused} of {} pages", whole.len() / 4096);
}

#[test]
fn segments_without_a_catalog_are_not_taken_for_what_a_crash_left() {
    let (_folder, mut store) = Store::new();
    store.append(&[at(0, 1)]);
    let segments = store.flush(store.last()).unwrap().segments;
    let (path, aside) = (store.directory.catalog(), store.directory.root().join("aside"));
    store.catalog.close().unwrap();
    fs::rename(&path, &aside).unwrap();
    let refused = Blocking::open(&store.directory).unwrap_err();
    assert!(matches!(&refused, StoreError::NoCatalog { .. }), "{refused}");
    assert!(refused.to_string().contains("`milepost restore "), "{refused}");
    assert!(segments[0].file(&store.directory).exists() && !path.exists());
    fs::rename(&aside, &path).unwrap();
    assert_eq!(Blocking::open(&store.directory).unwrap().segments().unwrap(), segments);
}

/// Handlers of a server wait for it on any thread.
#[test]
fn what_is_asked_can_be_awaited_on_any_thread() {
    fn on_any_thread<T: Send>(_asked: T) {}
    let (_folder, store) = Store::new();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let catalog = Catalog::open(&store.directory).await.unwrap();
        on_any_thread(catalog.commit(&[], Lsn(0)));
        on_any_thread(catalog.remove(&[]));
        on_any_thread(catalog.snapshot());
    });
}
