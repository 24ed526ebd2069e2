//! A process that is killed while it writes, flushes, merges and cuts: what it acknowledged is there, once.

use crate::generate::Row;
use crate::harness::{Facts, Store, at, later};
use milepost_store::compact::compact;
use milepost_store::{Lsn, wal};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

/// The facts of a record: which they are follows from its LSN.
fn rows(lsn: u64) -> Vec<Row> {
    let lsn = lsn as i64;
    (0..3).map(|at_once| at((lsn + at_once) % 3, lsn * 10 + at_once)).collect()
}

/// Writes until it is killed, and says what it acknowledged. Run by the test below as a process of its own.
#[test]
fn process_that_is_killed() {
    let Ok(root) = std::env::var("MILEPOST_TEST_IS_KILLED") else { return };
    let mut store = Store::start(Path::new(&root), Facts::default());
    loop {
        let lsn = store.append(&rows(store.records.next().0));
        println!("acknowledged {lsn}");
        if lsn.0.is_multiple_of(3) {
            store.flush(Lsn(lsn.0 - 1)).unwrap();
        }
        if lsn.0.is_multiple_of(7) {
            compact(&store.directory, &store.catalog, later()).unwrap();
        }
        if lsn.0.is_multiple_of(5) {
            store.log.rotate();
            let alone = store.directory.alone().unwrap().expect("nobody holds");
            wal::cut(&store.directory.wal(), store.catalog.flushed().unwrap().next(), &alone).unwrap();
        }
    }
}

#[test]
fn what_a_killed_process_acknowledged_is_there_once() {
    let folder = tempfile::TempDir::new().unwrap();
    let root = folder.path().join("data");
    let (_elsewhere, mut expected) = Store::new();
    for round in 0..8 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "kills::process_that_is_killed", "--nocapture"])
            .env("MILEPOST_TEST_IS_KILLED", &root)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut acknowledged = 0;
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let acknowledgements =
            lines.filter_map(|line| line.unwrap().strip_prefix("acknowledged ")?.parse::<u64>().ok());
        for lsn in acknowledgements.take(5 + round * 3) {
            acknowledged = lsn;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(acknowledged > 0);

        let store = Store::start(&root, Facts::default());
        assert!(store.last().0 >= acknowledged, "{} is not {acknowledged}", store.last());
        while expected.last() < store.last() {
            expected.append(&rows(expected.records.next().0));
        }
        let (facts, damage) = store.read();
        assert!(damage.is_empty());
        assert_eq!(facts, expected.facts, "after {} records", store.last());
    }
}
