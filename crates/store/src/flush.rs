//! From the log into segments: the facts of a range of records, hour by hour, and then one entry in the catalog for all of them.
//!
//! Whatever stops it before the catalog has that entry, the log still has the facts and files without an entry count for nothing. Memory is
//! bounded by `BUFFERED_BYTES`: facts go into the open segment of their hour as they come, encoded and compressed.

use crate::catalog::Blocking;
use crate::directory::Directory;
use crate::error::StoreError;
use crate::files::remove_files;
use crate::hour::Hour;
use crate::lsn::Lsn;
use crate::segment::{Decoded, Segment, Writer, times};
use crate::wal::{self, RecordKind};
use arrow_array::{RecordBatch, UInt32Array};
use arrow_schema::ArrowError;
use arrow_select::take::take_record_batch;
use milepost_model::Timestamp;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What a flush did.
#[derive(Debug, Default)]
pub struct Flushed {
    /// The segments it wrote.
    pub segments: Vec<Segment>,
    /// Records of the log that are lost.
    pub damage: Vec<wal::Damage>,
    /// Up to which record facts are now in segments.
    pub up_to: Lsn,
}

/// Facts of a segment; more become another part.
const PART_ROWS: u64 = 256 * 1024;
/// Bytes of all open segments together that wait to be written; at more the largest is ended.
const BUFFERED_BYTES: usize = 12 << 20;
/// Segments open at once; late facts come from a day of hours at most, and each open one costs its buffers.
const OPEN_SEGMENTS: usize = 32;

/// Writes segments of the facts after what was flushed before, up to a record, and lists them.
///
/// `decode` is given every record of the range in order and returns its facts, if it has some; it starts under the registry that was active at
/// the first one. `now` is noted as the time at which segments were written.
///
/// # Errors
/// Nothing is listed, and it can be tried again.
pub fn flush<E>(
    directory: &Directory,
    catalog: &Blocking,
    up_to: Lsn,
    now: Timestamp,
    decode: impl FnMut(Lsn, RecordKind, &[u8]) -> Result<Option<Decoded>, E>,
) -> Result<Flushed, StoreError>
where
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let after = catalog.flushed()?;
    if up_to <= after {
        return Ok(Flushed { up_to: after, ..Flushed::default() });
    }
    let written = write(directory, catalog.next_serial()?, (after, up_to), now, decode)?;
    if let Err(error) = catalog.commit(&written.segments, up_to) {
        discard(directory, catalog, &written.segments);
        return Err(error);
    }
    Ok(written)
}

/// The first half of [`flush`]: durable segments that no catalog lists yet. `serial` is one that no other segment has.
///
/// # Errors
/// No segment is left.
pub fn write<E>(
    directory: &Directory,
    serial: u64,
    (after, up_to): (Lsn, Lsn),
    now: Timestamp,
    mut decode: impl FnMut(Lsn, RecordKind, &[u8]) -> Result<Option<Decoded>, E>,
) -> Result<Flushed, StoreError>
where
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let mut open =
        Open { folder: directory.segments(), serial, part: 0, now, writers: BTreeMap::new(), done: Vec::new() };
    let mut failed = None;
    let read = wal::read_between(&directory.wal(), after, up_to, |group| {
        let records = group.records.iter().filter(|(lsn, ..)| after < *lsn && *lsn <= up_to);
        for (lsn, kind, payload) in records.take_while(|_| failed.is_none()).collect::<Vec<_>>() {
            let decoded =
                decode(*lsn, *kind, payload).map_err(|error| StoreError::Decode { lsn: *lsn, source: error.into() });
            let added = decoded.and_then(|decoded| decoded.map_or(Ok(()), |decoded| open.add(decoded, *lsn)));
            if let Err(error) = added {
                failed = Some(error);
                break;
            }
        }
    });
    let finished = match (failed, read) {
        (Some(error), _) => Err(error),
        (None, Err(error)) => Err(error.into()),
        (None, Ok(reading)) => open.finish_all().map(|()| reading.damage),
    };
    match finished {
        Ok(damage) => Ok(Flushed { segments: open.done, damage, up_to }),
        Err(error) => {
            remove_files(directory, &open.done);
            Err(error)
        }
    }
}

/// Removes segments that the catalog does not list. Where it cannot say, they stay until the next start.
fn discard(directory: &Directory, catalog: &Blocking, segments: &[Segment]) {
    let unlisted: Vec<_> =
        segments.iter().filter(|segment| matches!(catalog.lists(segment), Ok(false))).cloned().collect();
    remove_files(directory, &unlisted);
}

/// The segments that are being written, one an hour.
struct Open {
    folder: PathBuf,
    serial: u64,
    part: u32,
    now: Timestamp,
    writers: BTreeMap<Hour, Writer>,
    done: Vec<Segment>,
}

impl Open {
    fn add(&mut self, decoded: Decoded, lsn: Lsn) -> Result<(), StoreError> {
        let folder = self.folder.clone();
        let fails = StoreError::columns::<ArrowError>(&folder);
        let by_hour = decoded.into_rows(lsn).and_then(|rows| by_hour(&rows)).map_err(fails)?;
        for (hour, rows) in by_hour {
            self.add_to(hour, &rows)?;
        }
        self.make_room()
    }

    fn add_to(&mut self, hour: Hour, rows: &RecordBatch) -> Result<(), StoreError> {
        // Another registry may have other dimensions; those are columns of another part.
        let is_done =
            |writer: &Writer| writer.rows() >= PART_ROWS || writer.schema().fields() != rows.schema().fields();
        if self.writers.get(&hour).is_some_and(is_done) {
            self.finish(hour)?;
        }
        if !self.writers.contains_key(&hour) {
            let writer = Writer::new(&self.folder, hour, (self.serial, self.part), &rows.schema())?;
            self.part += 1;
            self.writers.insert(hour, writer);
        }
        let writer = self.writers.get_mut(&hour).expect("opened above");
        writer.write(rows)
    }

    fn make_room(&mut self) -> Result<(), StoreError> {
        loop {
            let buffered: usize = self.writers.values().map(Writer::buffered_bytes).sum();
            if buffered <= BUFFERED_BYTES && self.writers.len() <= OPEN_SEGMENTS {
                return Ok(());
            }
            let largest = self.writers.iter().max_by_key(|(_, writer)| writer.buffered_bytes()).map(|(hour, _)| *hour);
            self.finish(largest.expect("without any there is room"))?;
        }
    }

    fn finish(&mut self, hour: Hour) -> Result<(), StoreError> {
        if let Some(writer) = self.writers.remove(&hour) {
            self.done.push(writer.finish(self.now)?);
        }
        Ok(())
    }

    fn finish_all(&mut self) -> Result<(), StoreError> {
        while let Some(hour) = self.writers.keys().next().copied() {
            self.finish(hour)?;
        }
        Ok(())
    }
}

/// Rows by the hour in which they began; mostly all of them began in one.
fn by_hour(rows: &RecordBatch) -> Result<Vec<(Hour, RecordBatch)>, ArrowError> {
    let hours: Vec<Hour> = times(rows)?.iter().map(|time| Hour::of(Timestamp::from_nanos(*time))).collect();
    let Some(first) = hours.first() else { return Ok(Vec::new()) };
    if hours.iter().all(|hour| hour == first) {
        return Ok(vec![(*first, rows.clone())]);
    }
    let mut positions: BTreeMap<Hour, Vec<u32>> = BTreeMap::new();
    for (position, hour) in (0..).zip(&hours) {
        positions.entry(*hour).or_default().push(position);
    }
    let taken = |(hour, positions)| take_record_batch(rows, &UInt32Array::from(positions)).map(|rows| (hour, rows));
    positions.into_iter().map(taken).collect()
}
