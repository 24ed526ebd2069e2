//! A disk without room: nothing is lost, nothing is left lying, and with room again it goes on.

use crate::harness::{Facts, Store, at};
use milepost_store::{Lsn, free_bytes, sweep};
use std::fs;
use std::path::Path;
use std::process::Command;

/// A small file system of its own, for as long as it lives.
struct Small(tempfile::TempDir);

impl Small {
    fn new(bytes: u64) -> Option<Self> {
        let folder = tempfile::TempDir::new().expect("a temporary folder");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={bytes}"), "none"])
            .arg(folder.path())
            .status()
            .is_ok_and(|status| status.success());
        mounted.then_some(Self(folder))
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        // Lazily, since a test that fails still has its files open.
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

/// Leaves so many bytes free.
fn fill(ballast: &Path, folder: &Path, free: u64) {
    let room = free_bytes(folder).expect("a file system");
    fs::write(ballast, vec![1; room.saturating_sub(free) as usize]).expect("room for the ballast");
}

#[test]
fn a_full_disk_stops_a_flush_at_any_byte_and_costs_nothing() {
    let Some(small) = Small::new(2 << 20) else {
        println!("SKIPPED: a small file system needs the right to mount one");
        return;
    };
    let mut store = Store::start(&small.0.path().join("data"), Facts::default());
    let ballast = small.0.path().join("ballast");
    for hour in 0..3 {
        let rows: Vec<_> = (0..200).map(|n| crate::flush::one(n, hour * 3_600_000_000_000)).collect();
        store.append(&rows);
    }
    let mut stopped = 0;
    // Pages of the file system, one more at each attempt.
    for pages in 0..40 {
        fill(&ballast, small.0.path(), pages * 4096);
        let flushed = store.flush(store.last());
        fs::remove_file(&ballast).unwrap();
        match flushed {
            Ok(_) => break,
            Err(error) => {
                stopped += 1;
                assert!(error.is_full(), "{pages} pages: {error:?}");
                assert_eq!(store.catalog.snapshot().unwrap(), (Vec::new(), Lsn(0)));
                let left = sweep(&store.directory, &store.catalog).unwrap().removed;
                assert!(left.is_empty(), "{pages} pages: {left:?}");
            }
        }
    }
    assert!(stopped > 3, "{stopped} attempts were stopped");
    assert_eq!(store.catalog.flushed().unwrap(), Lsn(3));
    assert_eq!(store.read().0, store.facts);
    store.append(&[at(0, 1)]);
    let store = store.crash();
    assert_eq!(store.read().0, store.facts);
}
