//! A copy of a data directory that a running server uses, and the way back.
//!
//! The copy recovers to a state that is not older than when it began. Nothing that is listed is removed while it is made, and what is copied later
//! has all that what is copied earlier needs: the catalog and its segments, then checkpoints, then the fingerprints and the minute log that they count on, then the log,
//! which goes on from all of them, then the registries that it names. Segments are never changed, so on the same file system they are linked, not
//! copied; keep what must outlive the disk elsewhere. A copy is complete once it has its list of files with their checksums, and becomes a data
//! directory only by [`restore`].

mod list;
mod restore;

pub use restore::restore;

use crate::catalog::Blocking;
use crate::directory::Directory;
use crate::error::StoreError;
use crate::file::checksum;
use crate::lsn::Lsn;
use crate::segment::Segment;
use list::{List, copy};
use milepost_model::Timestamp;
use std::fmt;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// What a copy has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Segments that are listed.
    pub segments: u64,
    /// The facts in them.
    pub facts: u64,
    /// The first and the last start of these facts.
    pub time: Option<(Timestamp, Timestamp)>,
    /// Up to which record of the log facts are in segments.
    pub flushed: Lsn,
    /// The last whole record of the log.
    pub last: Lsn,
    /// What is damaged or missing, by name.
    pub damage: Vec<String>,
}

impl fmt::Display for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} files, {} bytes: {} segments with {} facts", self.files, self.bytes, self.segments, self.facts)?;
        if let Some((first, last)) = self.time {
            write!(f, " from {first} to {last}")?;
        }
        write!(f, ", which have the log up to {}; the log goes on to {}", self.flushed, self.last)?;
        self.damage.iter().try_for_each(|damage| write!(f, "\ndamaged: {damage}"))
    }
}

impl Contents {
    fn of(segments: &[Segment], flushed: Lsn) -> Self {
        let first = segments.iter().map(|segment| segment.min_time).min();
        Self {
            segments: segments.len() as u64,
            facts: segments.iter().map(|segment| segment.rows).sum(),
            time: first.zip(segments.iter().map(|segment| segment.max_time).max()),
            flushed,
            ..Self::default()
        }
    }
}

/// Copies a data directory, also one that another process owns, to a new or empty folder.
///
/// # Errors
/// The folder holds something, or cannot be written.
pub fn backup(directory: &Directory, destination: &Path) -> Result<Contents, StoreError> {
    list::create_empty(destination)?;
    let _hold = directory.hold()?;
    let mut copying = Copying { from: directory.root(), to: destination, list: List::default(), damage: Vec::new() };
    let (segments, flushed) = copying.catalog(directory)?;
    for segment in &segments {
        copying.segment(segment)?;
    }
    copying.checkpoints()?;
    for folder in ["fingerprints", "minutes", "wal", "registry"] {
        copying.folder(Path::new(folder))?;
    }
    copying.file(Path::new("tokens"))?;
    copying.file(Path::new("alerts"))?;
    copying.file(Path::new("told"))?;
    copying.file(Path::new("incidents"))?;
    copying.file(Path::new("changes"))?;
    copying.file(Path::new("versions"))?;
    let Copying { list, damage, .. } = copying;
    let log = crate::wal::read(&destination.join("wal"), Lsn(0), |_| ())?;
    let mut contents = Contents::of(&segments, flushed);
    (contents.last, contents.damage) = (log.last, damage);
    (contents.files, contents.bytes) = (list.files.len() as u64, list.files.iter().map(|entry| entry.bytes).sum());
    list.write(destination)?;
    Ok(contents)
}

/// A copy that is being made.
struct Copying<'c> {
    from: &'c Path,
    to: &'c Path,
    list: List,
    damage: Vec<String>,
}

impl Copying<'_> {
    /// Copies the catalog; the segments that the copy lists, and up to where.
    fn catalog(&mut self, directory: &Directory) -> Result<(Vec<Segment>, Lsn), StoreError> {
        let path = self.to.join("catalog.sqlite");
        let catalog = Blocking::open(directory)?;
        catalog.copy_to(&path)?;
        catalog.close()?;
        File::open(&path).and_then(|file| file.sync_all()).map_err(StoreError::io("sync", &path))?;
        let copied = Blocking::at(&path, false)?;
        let listed = (copied.segments()?, copied.flushed()?);
        copied.close()?;
        let (bytes, crc32) = checksum(&path).map_err(StoreError::io("read", &path))?;
        self.list.add(Path::new("catalog.sqlite"), bytes, crc32);
        Ok(listed)
    }

    fn segment(&mut self, segment: &Segment) -> Result<(), StoreError> {
        let path = Path::new("segments").join(&segment.path);
        let (from, to) = (self.from.join(&path), self.to.join(&path));
        list::create_parents(self.to, &path)?;
        match fs::hard_link(&from, &to) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.damage.push(format!("`{}` is missing", from.display()));
                return Ok(());
            }
            // Another file system, or one without links.
            Err(_) => drop(copy(&from, &to)?),
        }
        self.list.add(&path, segment.bytes, segment.crc32);
        Ok(())
    }

    /// The newest checkpoints. A new one may replace an old one meanwhile; then it is looked for again.
    fn checkpoints(&mut self) -> Result<(), StoreError> {
        loop {
            let mut paths = files_in(self.from, Path::new("checkpoints"))?;
            paths.sort_by(|a, b| b.cmp(a));
            let mut copied = 0;
            for path in &paths {
                copied += usize::from(self.file(path)?);
            }
            if copied > 0 || paths.is_empty() {
                return Ok(());
            }
        }
    }

    fn folder(&mut self, folder: &Path) -> Result<(), StoreError> {
        let mut paths = files_in(self.from, folder)?;
        paths.sort();
        paths.iter().try_for_each(|path| self.file(path).map(drop))
    }

    /// Copies a file that may be gone; whether it was there.
    fn file(&mut self, path: &Path) -> Result<bool, StoreError> {
        list::create_parents(self.to, path)?;
        let Some((bytes, crc32)) = copy(&self.from.join(path), &self.to.join(path))? else { return Ok(false) };
        self.list.add(path, bytes, crc32);
        Ok(true)
    }
}

/// The files in a folder and in those within it, from a root on. Those that are still being written under another name are left out.
fn files_in(root: &Path, folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let full = root.join(folder);
    let mut files = Vec::new();
    for entry in fs::read_dir(&full).map_err(StoreError::io("read", &full))? {
        let entry = entry.map_err(StoreError::io("read", &full))?;
        let path = folder.join(entry.file_name());
        if entry.file_type().map_err(StoreError::io("read", &full))?.is_dir() {
            files.extend(files_in(root, &path)?);
        } else if path.extension().is_none_or(|extension| extension != "tmp") {
            files.push(path);
        }
    }
    Ok(files)
}
