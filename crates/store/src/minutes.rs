//! The minute log: what was counted, by series and minute, in files of an hour each that only grow.
//!
//! Rows add up: a late event is one more row of its minute. Each append belongs to a checkpoint and bears its LSN, so that what was appended for one
//! that never was, or that is lost, is cut off again.

mod rows;
mod stored;

pub use stored::StoredHour;

use crate::block;
use crate::file::{FileKind, sync_folder};
use crate::hour::Hour;
use crate::lsn::Lsn;
use crate::series::SeriesId;
use milepost_model::Minute;
use rows::{Rows, encode, lsn_of};
use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::ops::Range;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Numbers of a row; what they count is the series' matter.
pub const VALUES: usize = 5;

/// What was counted of a series in a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    /// The series.
    pub series: SeriesId,
    /// The minute.
    pub minute: Minute,
    /// What was counted.
    pub values: [u64; VALUES],
}

/// Why the minute log cannot be used.
#[derive(Debug, Error)]
pub enum LogError {
    /// The system says so.
    #[error("cannot use the minute log `{}`", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// Part of a file that is lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostRows {
    /// The file.
    pub file: PathBuf,
    /// The hour whose rows it has.
    pub hour: Hour,
    /// Where in it, in bytes. Behind the end of the file where that, or all of it, is missing.
    pub bytes: Range<usize>,
}

impl std::fmt::Display for LostRows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (file, hour) = (self.file.display(), self.hour.start());
        let Range { start, end } = self.bytes;
        write!(f, "{file}: {} bytes at {start} are damaged: counts of the hour {hour} are missing", end - start)
    }
}

/// The length of each file in bytes, by its hour: what a checkpoint says, so that after it only files that grew have to be looked at.
pub type Lengths = BTreeMap<i64, u64>;

/// The length of each file.
///
/// # Errors
/// The folder cannot be read.
pub fn lengths(folder: &Path) -> Result<Lengths, LogError> {
    let length = |(hour, path): (i64, PathBuf)| match fs::metadata(&path) {
        Ok(metadata) => Ok((hour, metadata.len())),
        Err(source) => Err(LogError::Io { path, source }),
    };
    files(folder)?.into_iter().map(length).collect()
}

/// Cuts off what was appended after an LSN, in files that are not as long as they were then. Returns what is damaged before it in those, and what is
/// missing of them.
///
/// # Errors
/// A file cannot be read or cut.
pub fn cut(folder: &Path, after: Lsn, lengths: &Lengths) -> Result<Vec<LostRows>, LogError> {
    let files = files(folder)?;
    let mut lost = missing(folder, &files, lengths);
    for (hour, path) in files {
        let fails = |source| LogError::Io { path: path.clone(), source };
        let (length, then) = (fs::metadata(&path).map_err(fails)?.len(), lengths.get(&hour).copied());
        if then == Some(length) {
            continue;
        }
        if let Some(then) = then.filter(|then| *then > length) {
            lost.push(LostRows { file: path.clone(), hour: Hour(hour), bytes: length as usize..then as usize });
        }
        let bytes = fs::read(&path).map_err(fails)?;
        let mut end = FileKind::HEADER_BYTES.min(bytes.len());
        let mut is_after = false;
        let damage = block::each(&bytes, end, |place, payload| {
            is_after |= lsn_of(payload).is_none_or(|lsn| lsn > after);
            if !is_after {
                end = place.end;
            }
        });
        let before = damage.into_iter().filter(|range| range.start < end);
        lost.extend(before.map(|bytes| LostRows { file: path.clone(), hour: Hour(hour), bytes }));
        if end < bytes.len() {
            let file = OpenOptions::new().write(true).open(&path).map_err(fails)?;
            file.set_len(end as u64).and_then(|()| file.sync_all()).map_err(fails)?;
        }
    }
    Ok(lost)
}

/// Files that a checkpoint had and that are gone. Those before the first one that is there were removed for their age.
fn missing(folder: &Path, files: &[(i64, PathBuf)], lengths: &Lengths) -> Vec<LostRows> {
    let Some((first, _)) = files.first() else { return Vec::new() };
    let gone = lengths.range(first..).filter(|(hour, _)| files.binary_search_by_key(*hour, |(hour, _)| *hour).is_err());
    let lost = |(hour, length): (&i64, &u64)| LostRows {
        file: folder.join(file_name(*hour)),
        hour: Hour(*hour),
        bytes: 0..*length as usize,
    };
    gone.map(lost).collect()
}

/// Appends rows for a checkpoint, and makes them durable.
///
/// # Errors
/// Some are not durable; [`cut`] takes them back.
pub fn append(folder: &Path, lsn: Lsn, rows: &[Row]) -> Result<(), LogError> {
    let mut hours: BTreeMap<i64, Vec<Row>> = BTreeMap::new();
    for row in rows {
        hours.entry(row.minute.number().div_euclid(60)).or_default().push(*row);
    }
    let mut is_new = false;
    for (hour, mut rows) in hours {
        rows.sort_unstable();
        let path = folder.join(file_name(hour));
        let write = || {
            let mut file = OpenOptions::new().append(true).create(true).open(&path)?;
            let mut bytes = Vec::new();
            if file.metadata()?.len() == 0 {
                bytes.extend_from_slice(&FileKind::MinuteLog.header());
                is_new = true;
            }
            block::put(&encode(lsn, hour, &rows), &mut bytes);
            file.write_all(&bytes)?;
            file.sync_data()
        };
        let mut write = write;
        write().map_err(|source| LogError::Io { path: path.clone(), source })?;
    }
    if is_new {
        sync_folder(folder).map_err(|source| LogError::Io { path: folder.to_owned(), source })?;
    }
    Ok(())
}

/// Gives the rows of some minutes, the end not included, as far as a checkpoint has them. Returns what is damaged.
///
/// # Errors
/// A file cannot be read.
pub fn read(
    folder: &Path,
    minutes: Range<Minute>,
    to: Lsn,
    mut each: impl FnMut(&Row),
) -> Result<Vec<LostRows>, LogError> {
    let mut lost = Vec::new();
    let hours = minutes.start.number().div_euclid(60)..=minutes.end.number().saturating_sub(1).div_euclid(60);
    for (hour, path) in files(folder)? {
        if !hours.contains(&hour) {
            continue;
        }
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            // Removed for its age while somebody else reads.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(source) => return Err(LogError::Io { path, source }),
        };
        let damage = block::each(&bytes, FileKind::HEADER_BYTES.min(bytes.len()), |_, payload| {
            if lsn_of(payload).is_some_and(|lsn| lsn <= to) {
                // Whole by its checksum, so it can only be of another version, which the header would have said.
                let Ok(rows) = Rows::read(payload, hour) else { return };
                (0..rows.len()).filter(|at| minutes.contains(&rows.minute(*at))).for_each(|at| each(&rows.row(at)));
            }
        });
        lost.extend(damage.into_iter().map(|bytes| LostRows { file: path.clone(), hour: Hour(hour), bytes }));
    }
    Ok(lost)
}

/// The checkpoints that appended something to the hours of some minutes, the end not included: each with its hour, as the files have them.
///
/// # Errors
/// A file cannot be read.
pub fn appended(folder: &Path, minutes: Range<Minute>) -> Result<Vec<(Hour, Lsn)>, LogError> {
    let hours = minutes.start.number().div_euclid(60)..=minutes.end.number().saturating_sub(1).div_euclid(60);
    let mut found = Vec::new();
    for (hour, path) in files(folder)?.into_iter().filter(|(hour, _)| hours.contains(hour)) {
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(source) => return Err(LogError::Io { path, source }),
        };
        block::each(&bytes, FileKind::HEADER_BYTES.min(bytes.len()), |_, payload| {
            found.extend(lsn_of(payload).map(|lsn| (Hour(hour), lsn)));
        });
    }
    Ok(found)
}

/// Removes the hours that end before a minute; how many they were.
///
/// # Errors
/// A file cannot be removed.
pub fn remove_before(folder: &Path, minute: Minute) -> Result<usize, LogError> {
    let mut removed = 0;
    for (hour, path) in files(folder)? {
        if (hour + 1) * 60 <= minute.number() {
            fs::remove_file(&path).map_err(|source| LogError::Io { path, source })?;
            removed += 1;
        }
    }
    Ok(removed)
}

/// The files of a folder, each with its hour, in order.
fn files(folder: &Path) -> Result<Vec<(i64, PathBuf)>, LogError> {
    let fails = |source| LogError::Io { path: folder.to_owned(), source };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(fails)? {
        let path = entry.map_err(fails)?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if let Some(hour) = name.strip_suffix(".minutes").and_then(|hour| hour.parse().ok()) {
            files.push((hour, path));
        }
    }
    files.sort();
    Ok(files)
}

/// The length in bytes of the file of an hour, counted from 1970; `None` where there is none.
pub fn length(folder: &Path, hour: i64) -> Option<u64> {
    fs::metadata(folder.join(file_name(hour))).ok().map(|metadata| metadata.len())
}

/// Hours since 1970, so that files sort as their hours do.
fn file_name(hour: i64) -> String {
    format!("{hour:09}.minutes")
}
