//! The facts of a data directory, for whoever counts them again: those in segments, then those that only the log has.

mod imported;

pub use imported::{ImportedCounts, ImportedSlo};

use crate::commit::FactsHeader;
use crate::counts::{Cell, SeriesKey};
use crate::registry_store;
use milepost_facts::{FactBatch, NameTables, TimeSpan};
use milepost_model::{Minute, Timestamp};
use milepost_registry::Registry;
use milepost_store::catalog::Blocking;
use milepost_store::checkpoint::Checkpoint;
use milepost_store::segment::{self, Within};
use milepost_store::wal::{self, RecordKind};
use milepost_store::{Directory, Hour, Lsn, Segment, SeriesFile, StoreError, checkpoint, minutes};
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;
use thiserror::Error;

/// A data directory that is read while a server may write to it.
#[derive(Debug)]
pub struct Stored {
    pub(crate) directory: Directory,
}

/// When the facts of a batch were received.
#[derive(Clone, Copy, Debug)]
pub enum Received<'r> {
    /// Nothing tells.
    Unknown,
    /// All at once.
    At(Timestamp),
    /// Each by its row, in nanoseconds since 1970.
    Each(&'r [i64]),
}

impl Received<'_> {
    /// When the fact of a row was received.
    pub fn of(self, row: usize) -> Option<Timestamp> {
        match self {
            Self::Unknown => None,
            Self::At(time) => Some(time),
            Self::Each(times) => times.get(row).copied().map(Timestamp::from_nanos),
        }
    }
}

/// What was read.
#[derive(Clone, Debug, Default)]
pub struct ReadThrough {
    /// Facts up to here were given.
    pub lsn: Lsn,
    /// Facts in segments, and facts that only the log has.
    pub facts: (u64, u64),
    /// What is lost, in words.
    pub damage: Vec<String>,
}

/// Why a directory cannot be read.
#[derive(Debug, Error)]
pub enum StoredError {
    /// The store says so.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] wal::ReadError),
    /// The minute log cannot be read.
    #[error(transparent)]
    Minutes(#[from] minutes::LogError),
    /// It has no registry.
    #[error("no registry was ever active in `{0}`")]
    NoRegistry(String),
    /// Its registry cannot be used by this version.
    #[error("the registry `{digest}` that was active cannot be used: {why}; name the folder of one")]
    Registry {
        /// Its hash.
        digest: String,
        /// What is wrong with it.
        why: String,
    },
}

impl Stored {
    /// Opens a directory to read from.
    ///
    /// # Errors
    /// It is none.
    pub fn open(path: &Path) -> Result<Self, StoredError> {
        Ok(Self { directory: Directory::read_only(path)? })
    }

    /// The registry that was active last.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    pub fn registry(&self) -> Result<Registry, StoredError> {
        self.registry_with_texts().map(|(registry, _)| registry)
    }

    fn active_digest(&self) -> Result<Option<String>, StoredError> {
        let contents = self.newest_checkpoint()?.and_then(|checkpoint| crate::commit::contents(&checkpoint.contents));
        let mut digest = contents.and_then(|contents| contents.activations.last().map(|last| last.digest.clone()));
        wal::read(&self.directory.wal(), Lsn(0), |group| {
            for (lsn, kind, payload) in &group.records {
                if *kind == RecordKind::Registry
                    && let Some(activation) = crate::commit::activation(*lsn, payload)
                {
                    digest = Some(activation.digest);
                }
            }
        })?;
        if digest.is_none() {
            digest = registry_store::only(&self.directory.registry());
        }
        Ok(digest)
    }

    /// The segments there are, and up to which record they have the facts of the log.
    pub(crate) fn segments(&self) -> Result<(Vec<Segment>, Lsn), StoredError> {
        segments(&self.directory)
    }

    /// The registry that was active last, and the texts that it was read from, by their paths.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    pub fn registry_with_texts(&self) -> Result<(Registry, Vec<(String, String)>), StoredError> {
        let none = || StoredError::NoRegistry(self.directory.root().display().to_string());
        let digest = self.active_digest()?.ok_or_else(none)?;
        match registry_store::load(&self.directory.registry(), &digest) {
            Ok(snapshot) => Ok((snapshot.registry, snapshot.texts)),
            Err(why) => Err(StoredError::Registry { digest, why }),
        }
    }

    /// Gives what the minute log has, up to the last checkpoint, of the series that are wanted; what is damaged is left out, in words.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn minutes(
        &self,
        is_wanted: impl Fn(&SeriesKey) -> bool,
        mut each: impl FnMut(&SeriesKey, Minute, &Cell),
    ) -> Result<Vec<String>, StoredError> {
        let _hold = self.directory.hold()?;
        let Some(checkpoint) = self.newest_checkpoint()? else { return Ok(Vec::new()) };
        self.minutes_until(checkpoint.lsn, is_wanted, &mut each)
    }

    fn newest_checkpoint(&self) -> Result<Option<Checkpoint>, StoredError> {
        let folder = self.directory.checkpoints();
        let newest = checkpoint::newest(&folder);
        Ok(newest.map_err(|source| StoreError::Io { action: "read", path: folder, source })?.0)
    }

    /// What the minute log has up to a checkpoint. Whoever asks holds the directory.
    fn minutes_until(
        &self,
        lsn: Lsn,
        is_wanted: impl Fn(&SeriesKey) -> bool,
        mut each: impl FnMut(&SeriesKey, Minute, &Cell),
    ) -> Result<Vec<String>, StoredError> {
        let names = SeriesFile::read(&self.directory.minutes())?;
        let wanted: Vec<Option<SeriesKey>> =
            names.iter().map(|name| SeriesKey::parse(name).filter(|key| is_wanted(key))).collect();
        let all = Minute::new(i64::MIN)..Minute::new(i64::MAX);
        let lost = minutes::read(&self.directory.minutes(), all, lsn, |row| {
            if let Some(Some(key)) = wanted.get(row.series.0 as usize) {
                each(key, row.minute, &row.values);
            }
        })?;
        Ok(lost.iter().map(ToString::to_string).collect())
    }

    /// How many bytes its segments take, and how many facts they have.
    ///
    /// # Errors
    /// The catalog cannot be read.
    pub fn stored_bytes(&self) -> Result<(u64, u64), StoredError> {
        let (segments, _) = self.segments()?;
        Ok(segments.iter().fold((0, 0), |sum, segment| (sum.0 + segment.bytes, sum.1 + segment.rows)))
    }

    /// The instant before which facts of a time were removed, by their age or for their size; nothing where all of it is kept.
    ///
    /// # Errors
    /// The catalog cannot be read.
    pub fn removed_before(&self, span: TimeSpan) -> Result<Option<Timestamp>, StoredError> {
        if !self.directory.catalog().exists() {
            return Ok(None);
        }
        let catalog = Blocking::open(&self.directory)?;
        let kept_from = catalog.kept_from()?.map(Hour::start);
        catalog.close()?;
        Ok(kept_from.filter(|kept_from| span.from.is_none_or(|from| from < *kept_from)))
    }

    /// Gives all facts of a time, each once, with names by the tables, and when they were received.
    ///
    /// # Errors
    /// The catalog or the log cannot be read. What is damaged is told and left out.
    pub fn read(
        &self,
        span: TimeSpan,
        tables: &mut NameTables,
        mut each: impl FnMut(FactBatch, Received<'_>, &mut NameTables),
    ) -> Result<ReadThrough, StoredError> {
        let _hold = self.directory.hold()?;
        let (segments, flushed) = self.segments()?;
        let mut through = ReadThrough { lsn: flushed, ..ReadThrough::default() };
        let within = Within { time: time_range(span), columns: None };
        let (mut of_another_version, mut in_log) = (0, 0);
        let damage =
            segment::read_all(&self.directory, &segments, &within, |_, rows| {
                match FactBatch::from_record_batch(&rows, tables) {
                    Ok(batch) => {
                        through.facts.0 += batch.len() as u64;
                        let received = segment::received_at(&rows).map_or(Received::Unknown, Received::Each);
                        each(batch, received, tables);
                    }
                    Err(_) => of_another_version += rows.num_rows(),
                }
            });
        through.damage.extend(damage.iter().map(ToString::to_string));
        self.read_log(flushed, None, &mut through, tables, |batch, received, tables| {
            in_log += batch.len() as u64;
            each(batch, received, tables);
        })?;
        through.facts.1 += in_log;
        if of_another_version > 0 {
            through.damage.push(format!("{of_another_version} facts are of another version"));
        }
        Ok(through)
    }

    /// Gives the facts that only the log has: those after a record, up to another where there is one.
    pub(crate) fn read_log(
        &self,
        flushed: Lsn,
        last: Option<Lsn>,
        through: &mut ReadThrough,
        tables: &mut NameTables,
        mut each: impl FnMut(FactBatch, Received<'_>, &mut NameTables),
    ) -> Result<(), StoredError> {
        let mut of_another_version = 0;
        let reading = wal::read(&self.directory.wal(), flushed, |group| {
            for (lsn, kind, payload) in &group.records {
                let is_wanted = *lsn > flushed && last.is_none_or(|last| *lsn <= last);
                if !is_wanted || !matches!(kind, RecordKind::Facts | RecordKind::Derived) {
                    continue;
                }
                let read = FactsHeader::read(payload);
                match read.map(|(header, columns)| (header, FactBatch::decode(columns, tables))) {
                    Some((header, Ok(batch))) => each(batch, Received::At(header.received_at), tables),
                    _ => of_another_version += 1,
                }
            }
            through.lsn = through.lsn.max(group.last);
        })?;
        through.damage.extend(reading.damage.iter().map(ToString::to_string));
        if of_another_version > 0 {
            through.damage.push(format!("{of_another_version} records of the log are of another version"));
        }
        Ok(())
    }
}

/// The segments there are, and up to which record they have the facts of the log.
fn segments(directory: &Directory) -> Result<(Vec<Segment>, Lsn), StoredError> {
    // A server that was never there long enough to begin it has all facts in its log.
    if !directory.catalog().exists() {
        return Ok((Vec::new(), Lsn(0)));
    }
    let catalog = Blocking::open(directory)?;
    let listed = catalog.snapshot()?;
    catalog.close()?;
    Ok(listed)
}

/// Facts by the records that brought them.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    /// When they began.
    pub(crate) time: Range<Timestamp>,
    /// The record after which they came.
    pub(crate) after: Lsn,
    /// The last record that may have them.
    pub(crate) until: Lsn,
}

impl Written {
    /// Gives them, each once, of segments and of the log; the hours that have segments, and up to which record those have all facts.
    ///
    /// # Errors
    /// The catalog, a segment or the log cannot be read.
    pub(crate) fn read(
        &self,
        directory: &Directory,
        tables: &mut NameTables,
        mut each: impl FnMut(FactBatch, &NameTables),
    ) -> Result<(BTreeSet<Hour>, Lsn), StoredError> {
        let _hold = directory.hold()?;
        let (segments, flushed) = segments(directory)?;
        let hours = segments.iter().map(|segment| segment.hour).collect();
        let is_wanted = |segment: &&Segment| segment.last_lsn > self.after && segment.first_lsn <= self.until;
        let wanted: Vec<Segment> = segments.iter().filter(is_wanted).cloned().collect();
        let within = Within { time: Some(self.time.clone()), columns: None };
        // What is damaged is told at the start and by whoever reads all.
        segment::read_all(directory, &wanted, &within, |_, rows| {
            let rows = segment::written_between(&rows, self.after, self.until);
            if let Some(batch) = rows.and_then(|rows| FactBatch::from_record_batch(&rows, tables).ok()) {
                each(batch, tables);
            }
        });
        let after = self.after.max(flushed);
        wal::read(&directory.wal(), after, |group| {
            for (lsn, kind, payload) in &group.records {
                let is_of_facts = matches!(kind, RecordKind::Facts | RecordKind::Derived);
                if !is_of_facts || *lsn <= after || *lsn > self.until {
                    continue;
                }
                let columns = FactsHeader::read(payload).map(|(_, columns)| columns);
                if let Some(batch) = columns.and_then(|columns| FactBatch::decode(columns, tables).ok()) {
                    each(batch, tables);
                }
            }
        })?;
        Ok((hours, flushed))
    }
}

fn time_range(span: TimeSpan) -> Option<std::ops::Range<Timestamp>> {
    if span.from.is_none() && span.to.is_none() {
        return None;
    }
    let (first, last) = (Timestamp::from_nanos(i64::MIN), Timestamp::from_nanos(i64::MAX));
    Some(span.from.unwrap_or(first)..span.to.unwrap_or(last))
}
