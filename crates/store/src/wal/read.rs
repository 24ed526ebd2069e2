//! Reading the log back: whole groups in order, and what was damaged by name.

use super::frame::{self, Found, Frame};
use super::gap::Gaps;
use super::{RecordKind, writer::file_name};
use crate::file::FileKind;
use crate::lsn::Lsn;
use memmap2::MmapMut;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Records that were made durable together, in order.
#[derive(Debug, Default)]
pub struct Group<'b> {
    /// LSN, kind and payload of each that is whole.
    pub records: Vec<(Lsn, RecordKind, &'b [u8])>,
    /// The LSN of its last record.
    pub last: Lsn,
}

/// Part of the log that is lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The file.
    pub file: PathBuf,
    /// Where in it.
    pub offset: u64,
    /// How many bytes from there on; none where the whole file is missing.
    pub bytes: u64,
    /// The records that are lost, by the LSNs of their neighbours: after the first, before the second. The second is open where the log ends.
    pub between: (Lsn, Option<Lsn>),
}

impl std::fmt::Display for Damage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.bytes == 0 {
            write!(f, "{}: the file is missing: lost are the records after {}", self.file.display(), self.between.0)?;
            return self.between.1.map_or(Ok(()), |before| write!(f, " and before {before}"));
        }
        write!(
            f,
            "{}: {} bytes at {} are damaged: lost are the records after {}",
            self.file.display(),
            self.bytes,
            self.offset,
            self.between.0
        )?;
        self.between.1.map_or(Ok(()), |before| write!(f, " and before {before}"))
    }
}

/// What reading found beside groups.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// The LSN that the log goes on with.
    pub next: Lsn,
    /// The last record that is whole, or what was asked for the records after.
    pub last: Lsn,
    /// What is lost.
    pub damage: Vec<Damage>,
    /// Bytes at ends of files that a crash left of groups that nobody was told of.
    pub torn_bytes: u64,
}

/// Why the log cannot be read.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The system says so.
    #[error("cannot read the log `{}`", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file is of another version.
    #[error("cannot read the log `{}`", path.display())]
    Header {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: crate::file::HeaderError,
    },
}

/// The files of a log, in order, each with its first LSN.
///
/// # Errors
/// The folder cannot be read.
pub fn files(folder: &Path) -> Result<Vec<(Lsn, PathBuf)>, ReadError> {
    let fails = |source| ReadError::Io { path: folder.to_owned(), source };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(fails)? {
        let path = entry.map_err(fails)?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let whole = name.strip_suffix(".wal");
        let number = whole.or_else(|| abandoned(name).map(|(number, _)| number));
        let first = number.and_then(|number| number.parse().ok()).map(Lsn);
        if let Some(first) = first.filter(|first| whole.is_none() || file_name(*first) == name) {
            files.push((first, path));
        }
    }
    files.sort();
    Ok(files)
}

/// Gives the groups that have a record after an LSN, in order.
///
/// # Errors
/// A file cannot be read at all.
pub fn read(folder: &Path, after: Lsn, each: impl FnMut(&Group<'_>)) -> Result<Reading, ReadError> {
    read_between(folder, after, Lsn(u64::MAX), each)
}

/// Gives the groups that have a record after an LSN and up to another, in order. Other records of these groups come along.
///
/// # Errors
/// A file cannot be read at all.
pub fn read_between(
    folder: &Path,
    after: Lsn,
    up_to: Lsn,
    mut each: impl FnMut(&Group<'_>),
) -> Result<Reading, ReadError> {
    let mut each = |group: &Group<'_>| {
        if group.records.first().is_none_or(|(first, ..)| *first <= up_to) {
            each(group);
        }
    };
    let files = files(folder)?;
    let mut reading = Reading { next: after.next(), ..Reading::default() };
    let mut gaps = Gaps::after(folder, after);
    for (index, (first, path)) in files.iter().enumerate() {
        let following = files.get(index + 1).map(|(first, _)| *first);
        // All of it lies before, or behind.
        if following.is_some_and(|following| following.0 <= after.0 + 1) || *first > up_to {
            continue;
        }
        let (bytes, length) = match read_file(path) {
            Ok(read) => read,
            // Cut by the server while somebody else reads.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                gaps.was_cut();
                continue;
            }
            Err(source) => return Err(ReadError::Io { path: path.clone(), source }),
        };
        let end = path.file_name().and_then(|name| name.to_str()).and_then(abandoned);
        let bytes = &bytes[..end.map_or(length, |(_, end)| length.min(end))];
        // What is damaged up to the end of a file says already that all is lost up to here.
        if reading.damage.last().is_none_or(|damage| damage.between.1.is_some()) {
            reading.damage.extend(gaps.before(*first));
        }
        let mut file = OneFile { path, first: *first, following, after, reading: &mut reading };
        file.read(bytes, &mut each)?;
        gaps.was_read(*first, reading.next);
    }
    reading.last = Lsn(reading.next.0 - 1);
    // How many records are lost at the end is unknown; none of their LSNs is given again.
    if reading.damage.last().is_some_and(|damage| damage.between.1.is_none()) {
        reading.next.0 += MOST_LOST;
    }
    Ok(reading)
}

/// A file's bytes, at the beginning of memory that goes back to the system as a whole: allocators keep what is so large.
fn read_file(path: &Path) -> io::Result<(MmapMut, usize)> {
    let mut file = File::open(path)?;
    let most = file.metadata()?.len();
    let mut memory = MmapMut::map_anon(usize::try_from(most.max(1)).map_err(io::Error::other)?)?;
    let mut length = 0;
    while length < memory.len() {
        match file.read(&mut memory[length..]) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok((memory, length))
}

/// The number and the end of a file behind whose end lies what was never acknowledged and could not be cut off; see [`super::Writer`].
fn abandoned(name: &str) -> Option<(&str, usize)> {
    let (number, end) = name.split_once(ABANDONED)?;
    Some((number, end.parse().ok().filter(|end| *end > FileKind::HEADER_BYTES)?))
}

/// What stands between them in its name.
pub(super) const ABANDONED: &str = ".abandoned-at-";

/// More records than one damaged file can have held.
const MOST_LOST: u64 = 1 << 32;

/// One file of the log while it is read.
struct OneFile<'r> {
    path: &'r Path,
    first: Lsn,
    following: Option<Lsn>,
    after: Lsn,
    reading: &'r mut Reading,
}

impl OneFile<'_> {
    fn read(&mut self, bytes: &[u8], each: &mut impl FnMut(&Group<'_>)) -> Result<(), ReadError> {
        if bytes.len() < FileKind::HEADER_BYTES {
            self.reading.torn_bytes += bytes.len() as u64;
            return Ok(());
        }
        let damaged_header = FileKind::Wal.after_header(bytes).err();
        if let Some(source @ crate::file::HeaderError::Version { .. }) = damaged_header {
            return Err(ReadError::Header { path: self.path.to_owned(), source });
        }
        let mut at = FileKind::HEADER_BYTES;
        let mut last = Lsn(self.first.0.saturating_sub(1));
        if damaged_header.is_some() {
            self.damaged(0, at, last);
        }
        let mut group = Group::default();
        // Where the records begin that no complete group has yet.
        let mut group_start = at;
        while at < bytes.len() {
            match frame::find(&bytes[at..]) {
                Found::Record(frame) => {
                    self.bound_damage(frame.lsn);
                    at += frame::FRAME_BYTES + frame.payload.len();
                    last = frame.lsn;
                    take(&mut group, frame);
                    if frame.left == 0 {
                        self.give(&mut group, each);
                        group_start = at;
                    }
                }
                Found::Cut if !self.goes_on_after(last) && frame::next_magic(&bytes[at..]).is_none() => {
                    // A crash cut the group; nobody was told of it.
                    self.reading.torn_bytes += (bytes.len() - group_start) as u64;
                    return Ok(());
                }
                Found::Cut | Found::Damaged => {
                    let skipped = frame::next_magic(&bytes[at..]).unwrap_or(bytes.len() - at);
                    self.damaged(at, skipped, last);
                    at += skipped;
                }
            }
        }
        // The last record of the group is damaged, not cut: it was written whole, so that the rest of its group counts.
        if !group.records.is_empty() {
            let damage_at_end = self.reading.damage.last().is_some_and(|d| {
                d.file == self.path && d.offset + d.bytes == bytes.len() as u64 && d.offset >= group_start as u64
            });
            if damage_at_end {
                group.last = self.following.map_or(group.last, |following| Lsn(following.0 - 1));
                self.give(&mut group, each);
            } else {
                self.reading.torn_bytes += (bytes.len() - group_start) as u64;
            }
        }
        Ok(())
    }

    /// Whether the next file shows that more was acknowledged of this one.
    fn goes_on_after(&self, last: Lsn) -> bool {
        self.following.is_some_and(|following| following > last.next())
    }

    fn give(&mut self, group: &mut Group<'_>, each: &mut impl FnMut(&Group<'_>)) {
        if group.last > self.after {
            each(group);
        }
        self.reading.next = self.reading.next.max(group.last.next());
        *group = Group::default();
    }

    /// Notes damage, or makes the last longer.
    fn damaged(&mut self, offset: usize, bytes: usize, after: Lsn) {
        let (offset, bytes) = (offset as u64, bytes as u64);
        match self.reading.damage.last_mut() {
            Some(last) if last.file == self.path && last.offset + last.bytes == offset => last.bytes += bytes,
            _ => self.reading.damage.push(Damage { file: self.path.to_owned(), offset, bytes, between: (after, None) }),
        }
    }

    /// The first whole record after damage says where the loss ends.
    fn bound_damage(&mut self, lsn: Lsn) {
        if let Some(last) = self.reading.damage.last_mut()
            && last.file == self.path
            && last.between.1.is_none()
        {
            last.between.1 = Some(lsn);
        }
    }
}

fn take<'b>(group: &mut Group<'b>, frame: Frame<'b>) {
    group.last = Lsn(frame.lsn.0 + u64::from(frame.left));
    // A kind that is not known is of a newer version; what it says cannot be used.
    if let Some(kind) = frame.kind {
        group.records.push((frame.lsn, kind, frame.payload));
    }
}
