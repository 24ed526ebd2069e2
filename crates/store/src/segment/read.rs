//! Reading segments: none gives a row before its checksum is right, so that what is damaged is lost as a whole and counted nowhere in part.

use super::rows::times;
use super::{BATCH_ROWS, Segment};
use crate::directory::Directory;
use crate::file::checksum;
use crate::lsn::Lsn;
use arrow_array::cast::AsArray as _;
use arrow_array::types::UInt64Type;
use arrow_array::{BooleanArray, RecordBatch};
use arrow_select::filter::filter_record_batch;
use milepost_model::Timestamp;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::errors::ParquetError;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::PathBuf;
use thiserror::Error;

/// A segment that is lost.
#[derive(Debug, Error)]
#[error("the segment `{}` is lost with {rows} facts of the hour {hour}: {why}", path.display())]
pub struct Damage {
    /// Its file.
    pub path: PathBuf,
    /// The facts that it had.
    pub rows: u64,
    /// The beginning of their hour.
    pub hour: Timestamp,
    /// What is wrong.
    pub why: String,
}

/// What to read of segments.
#[derive(Clone, Debug, Default)]
pub struct Within<'w> {
    /// Facts that began in this time; all of them without one.
    pub time: Option<Range<Timestamp>>,
    /// Columns by name, those that are not there left out; all of them without a list. `time` always comes along.
    pub columns: Option<&'w [&'w str]>,
}

impl Within<'_> {
    /// Whether a segment can have facts of the time.
    pub fn overlaps(&self, segment: &Segment) -> bool {
        self.time.as_ref().is_none_or(|time| segment.min_time < time.end && time.start <= segment.max_time)
    }

    fn of(&self, rows: RecordBatch) -> Result<RecordBatch, ParquetError> {
        let Some(time) = &self.time else { return Ok(rows) };
        let starts = times(&rows)?;
        let time = time.start.nanos()..time.end.nanos();
        if starts.iter().all(|start| time.contains(start)) {
            return Ok(rows);
        }
        let within: BooleanArray = starts.iter().map(|start| Some(time.contains(start))).collect();
        Ok(filter_record_batch(&rows, &within)?)
    }
}

/// Gives the facts of all segments that can have some, and what is lost of them.
pub fn read_all(
    directory: &Directory,
    segments: &[Segment],
    within: &Within<'_>,
    mut each: impl FnMut(&Segment, RecordBatch),
) -> Vec<Damage> {
    let wanted = segments.iter().filter(|segment| within.overlaps(segment));
    wanted.filter_map(|segment| read(directory, segment, within, |rows| each(segment, rows)).err()).collect()
}

/// Gives the facts of a segment, batch by batch.
///
/// # Errors
/// It is not what was written. Then no batch was given, unless the file changed while it was read.
pub fn read(
    directory: &Directory,
    segment: &Segment,
    within: &Within<'_>,
    mut each: impl FnMut(RecordBatch),
) -> Result<(), Damage> {
    verify(directory, segment)?;
    let fails = |error: ParquetError| damage(directory, segment, error.to_string());
    let mut read = || -> Result<(), ParquetError> {
        let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(segment.file(directory))?)?;
        let mask = match within.columns {
            Some(names) => ProjectionMask::columns(builder.parquet_schema(), names.iter().copied().chain(["time"])),
            None => ProjectionMask::all(),
        };
        for rows in builder.with_projection(mask).with_batch_size(BATCH_ROWS).build()? {
            let rows = within.of(rows?)?;
            if rows.num_rows() > 0 {
                each(rows);
            }
        }
        Ok(())
    };
    read().map_err(fails)
}

/// The facts of a batch that records after one and up to another have brought; nothing where there is none, or where the rows do not say.
pub fn written_between(rows: &RecordBatch, after: Lsn, until: Lsn) -> Option<RecordBatch> {
    let lsns = rows.column_by_name("lsn")?.as_primitive_opt::<UInt64Type>()?;
    let within: BooleanArray =
        lsns.iter().map(|lsn| Some(lsn.is_some_and(|lsn| lsn > after.0 && lsn <= until.0))).collect();
    let rows = filter_record_batch(rows, &within).ok()?;
    (rows.num_rows() > 0).then_some(rows)
}

/// Compares a segment's file with its checksum.
///
/// # Errors
/// It is not what was written.
pub fn verify(directory: &Directory, segment: &Segment) -> Result<(), Damage> {
    match checksum(&segment.file(directory)) {
        Ok(found) if found == (segment.bytes, segment.crc32) => Ok(()),
        Ok((bytes, _)) if bytes != segment.bytes => {
            Err(damage(directory, segment, format!("it has {bytes} bytes and was written with {}", segment.bytes)))
        }
        Ok(_) => Err(damage(directory, segment, "its checksum is wrong".to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(missing(directory, segment)),
        Err(error) => Err(damage(directory, segment, error.to_string())),
    }
}

/// A segment that is listed and not there.
pub(crate) fn missing(directory: &Directory, segment: &Segment) -> Damage {
    damage(directory, segment, "its file is missing".to_owned())
}

pub(super) fn damage(directory: &Directory, segment: &Segment, why: String) -> Damage {
    Damage { path: segment.file(directory), rows: segment.rows, hour: segment.hour.start(), why }
}
