//! A data directory with a log of random facts, and everything that is in its segments, to compare.

use crate::generate::{self, REGISTRY, Row};
use milepost_facts::{FactBatch, NameTables, to_record_batch};
use milepost_model::Timestamp;
use milepost_store::catalog::Blocking;
use milepost_store::flush::{Flushed, flush};
use milepost_store::segment::{self, Damage, Decoded, Within};
use milepost_store::wal::{self, RecordKind};
use milepost_store::{Directory, Lsn, StoreError, sweep};
use std::path::Path;
use tempfile::TempDir;

/// Facts of any order, each as bytes that stand by themselves.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct Facts(Vec<Vec<u8>>);

impl Facts {
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    fn add(&mut self, batch: &FactBatch, tables: &NameTables) {
        let one = |row: usize| {
            let mut bytes = Vec::new();
            batch.encode(row..row + 1, tables, &mut bytes);
            bytes
        };
        self.0.extend((0..batch.len()).map(one));
        self.0.sort();
    }
}

impl std::fmt::Debug for Facts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} facts", self.len())
    }
}

/// A fact of an hour.
pub(crate) fn at(hour: i64, seconds: i64) -> Row {
    Row { time: Timestamp::from_seconds(hour * 3600 + seconds), ..generate::sample() }
}

/// When all hours of tests are over.
pub(crate) fn later() -> Timestamp {
    Timestamp::from_seconds(1_000_000_000)
}

/// A running store.
pub(crate) struct Store {
    pub(crate) directory: Directory,
    pub(crate) catalog: Blocking,
    pub(crate) log: wal::Writer,
    pub(crate) records: wal::Records,
    /// Everything that was acknowledged.
    pub(crate) facts: Facts,
}

impl Store {
    /// Starts on a directory, as after a crash or for the first time.
    pub(crate) fn start(root: &Path, facts: Facts) -> Self {
        let directory = Directory::open(root).expect("a free directory");
        let catalog = Blocking::open(&directory).expect("a catalog");
        sweep(&directory, &catalog).expect("a folder");
        let next = wal::read(&directory.wal(), Lsn(0), |_| ()).expect("a log").next;
        let log = wal::Writer::new(&directory.wal());
        Self { directory, catalog, log, records: wal::Records::new(next), facts }
    }

    pub(crate) fn new() -> (TempDir, Self) {
        let folder = TempDir::new().expect("a temporary folder");
        let store = Self::start(&folder.path().join("data"), Facts::default());
        (folder, store)
    }

    /// Everything stops, and starts again.
    pub(crate) fn crash(self) -> Self {
        let (root, facts) = (self.directory.root().to_owned(), self.facts);
        drop((self.directory, self.catalog, self.log));
        Self::start(&root, facts)
    }

    /// Acknowledges one record of facts.
    pub(crate) fn append(&mut self, rows: &[Row]) -> Lsn {
        let mut tables = generate::tables(&REGISTRY);
        let batch = generate::batch(rows, &mut tables);
        let mut bytes = Vec::new();
        batch.encode(0..rows.len(), &tables, &mut bytes);
        self.facts.add(&batch, &tables);
        self.append_record(&bytes)
    }

    /// Acknowledges one record of whatever bytes.
    pub(crate) fn append_record(&mut self, bytes: &[u8]) -> Lsn {
        let lsn = self.records.add(RecordKind::Facts, bytes);
        self.log.write(&mut self.records).expect("a disk with room");
        self.records.begin(self.records.next());
        lsn
    }

    /// The last record.
    pub(crate) fn last(&self) -> Lsn {
        Lsn(self.records.next().0 - 1)
    }

    pub(crate) fn flush(&self, up_to: Lsn) -> Result<Flushed, StoreError> {
        flush(&self.directory, &self.catalog, up_to, Timestamp::default(), decoder())
    }

    /// The facts in segments and, after those, in the log; and what is lost.
    pub(crate) fn read(&self) -> (Facts, Vec<Damage>) {
        let (mut facts, damage) = read_segments(&self.directory, &self.catalog);
        let mut decode = decoder();
        let mut tables = generate::tables(&REGISTRY);
        let flushed = self.catalog.flushed().expect("a catalog");
        wal::read(&self.directory.wal(), flushed, |group| {
            for (lsn, kind, payload) in group.records.iter().filter(|(lsn, ..)| *lsn > flushed) {
                let rows = decode(*lsn, *kind, payload).expect("encoded facts").expect("only facts").facts;
                facts.add(&FactBatch::from_record_batch(&rows, &mut tables).expect("facts"), &tables);
            }
        })
        .expect("a log");
        (facts, damage)
    }
}

/// The facts in the segments of a catalog, in order.
pub(crate) fn read_segments(directory: &Directory, catalog: &Blocking) -> (Facts, Vec<Damage>) {
    let (mut facts, mut tables) = (Facts::default(), generate::tables(&REGISTRY));
    let segments = catalog.segments().expect("a catalog");
    let damage = segment::read_all(directory, &segments, &Within::default(), |_, rows| {
        facts.add(&FactBatch::from_record_batch(&rows, &mut tables).expect("facts"), &tables);
    });
    (facts, damage)
}

/// Decodes records as a server does.
pub(crate) fn decoder()
-> impl FnMut(Lsn, RecordKind, &[u8]) -> Result<Option<Decoded>, Box<dyn std::error::Error + Send + Sync>> {
    let mut tables = generate::tables(&REGISTRY);
    move |lsn, kind, payload| {
        if kind != RecordKind::Facts {
            return Ok(None);
        }
        let facts = to_record_batch(&FactBatch::decode(payload, &mut tables)?, &tables)?;
        Ok(Some(Decoded { facts, received_at: Timestamp::from_nanos(lsn.0 as i64), registry_version: 7 }))
    }
}
