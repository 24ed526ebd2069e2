//! How every file begins, and how files and folders are made durable.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use thiserror::Error;

/// The kinds of files, each with the version in which it is written; the one before is still read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A piece of the log.
    Wal,
    /// Where counting starts again.
    Checkpoint,
    /// An hour of the minute log.
    MinuteLog,
    /// What says that a folder is a data directory.
    Directory,
    /// The list of the files of a backup.
    Backup,
    /// The names of series.
    Series,
    /// The states of alerts.
    Alerts,
    /// What was counted, by fingerprints.
    Fingerprints,
    /// What receivers of alerts were told.
    Told,
    /// What has happened to incidents.
    Incidents,
    /// What was deployed, switched and configured.
    Changes,
    /// The versions of services that were seen.
    Versions,
}

/// What every file begins with.
const MAGIC: [u8; 8] = *b"milepost";

impl FileKind {
    /// Bytes before the first record.
    pub const HEADER_BYTES: usize = 12;

    fn code_and_version(self) -> (u16, u16) {
        match self {
            Self::Wal => (1, 1),
            Self::Checkpoint => (2, 1),
            Self::MinuteLog => (3, 1),
            Self::Directory => (4, 1),
            Self::Backup => (5, 1),
            Self::Series => (6, 1),
            Self::Alerts => (7, 1),
            Self::Fingerprints => (8, 1),
            Self::Told => (9, 1),
            Self::Incidents => (10, 1),
            Self::Changes => (11, 1),
            Self::Versions => (12, 1),
        }
    }

    /// The beginning of a file of this kind.
    pub fn header(self) -> [u8; Self::HEADER_BYTES] {
        let (code, version) = self.code_and_version();
        let mut header = [0; Self::HEADER_BYTES];
        header[..8].copy_from_slice(&MAGIC);
        header[8..10].copy_from_slice(&code.to_le_bytes());
        header[10..].copy_from_slice(&version.to_le_bytes());
        header
    }

    /// What follows the beginning of a file of this kind.
    ///
    /// # Errors
    /// It is no such file, or one of a version that is not read.
    pub fn after_header(self, bytes: &[u8]) -> Result<&[u8], HeaderError> {
        let (header, rest) = bytes.split_at_checked(Self::HEADER_BYTES).ok_or(HeaderError::Short)?;
        let number = |at: usize| u16::from_le_bytes([header[at], header[at + 1]]);
        let (code, version) = self.code_and_version();
        if header[..8] != MAGIC || number(8) != code {
            return Err(HeaderError::Foreign);
        }
        match number(10) {
            found if found == version || found > 0 && found + 1 == version => Ok(rest),
            found => Err(HeaderError::Version { found, newest: version }),
        }
    }
}

/// Why the beginning of a file is not that of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum HeaderError {
    /// It is cut.
    #[error("the file ends before its header does")]
    Short,
    /// It is another kind of file.
    #[error("this is another kind of file")]
    Foreign,
    /// Another version of the software wrote it.
    #[error("the file has version {found}, and up to {newest} are read")]
    Version {
        /// Its version.
        found: u16,
        /// The newest that is read.
        newest: u16,
    },
}

/// Makes the names in a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Writes a file that is there wholly or not at all, and durable.
///
/// # Errors
/// It is not there, or is what it was.
pub fn write_whole(path: &Path, contents: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let temporary = path.with_extension("tmp");
    let mut file = File::create(&temporary)?;
    file.write_all(contents)?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    sync_folder(folder)
}

/// The length and CRC-32 of a file, read piece by piece.
pub(crate) fn checksum(path: &Path) -> io::Result<(u64, u32)> {
    let mut summed = Summed::new(io::sink());
    let mut file = io::BufReader::with_capacity(PIECE_BYTES, File::open(path)?);
    io::copy(&mut file, &mut summed)?;
    Ok(summed.sum())
}

/// Bytes read at once of a file that is not needed as a whole.
const PIECE_BYTES: usize = 256 * 1024;

/// Counts and sums up what is written through it.
#[derive(Debug)]
pub(crate) struct Summed<W> {
    pub(crate) inner: W,
    bytes: u64,
    hasher: crc32fast::Hasher,
}

impl<W> Summed<W> {
    pub(crate) fn new(inner: W) -> Self {
        Self { inner, bytes: 0, hasher: crc32fast::Hasher::new() }
    }

    /// The length and CRC-32 of what was written.
    pub(crate) fn sum(&self) -> (u64, u32) {
        (self.bytes, self.hasher.clone().finalize())
    }
}

impl<W: Write> Write for Summed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
