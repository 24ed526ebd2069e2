//! Fingerprints of what was counted, in pieces that are written once: with them a server knows what comes again without reading its log.
//!
//! A checkpoint names the pieces that belong to it; what no checkpoint names counts for nothing.

use crate::directory::Alone;
use crate::file::{FileKind, write_whole};
use crc32fast::hash;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// What is in one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Piece {
    /// The keys of requests.
    pub requests: Vec<u128>,
    /// Fingerprints of attempts.
    pub attempts: Vec<u64>,
    /// The ids of traces that are closed, in two halves.
    pub traces: Vec<(u64, u64)>,
}

/// The files of a folder, by number.
#[derive(Debug)]
pub struct Pieces {
    folder: PathBuf,
    next: u64,
}

/// Why a piece is no use.
#[derive(Debug, Error)]
pub enum PieceError {
    /// The system says so.
    #[error("{}: the fingerprints cannot be read", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Another version wrote it.
    #[error("{}: the fingerprints cannot be read", path.display())]
    Header {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: crate::file::HeaderError,
    },
    /// It is not as it was written.
    #[error("{}: the fingerprints are damaged", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
    },
}

impl Piece {
    /// How many fingerprints it has.
    pub fn len(&self) -> usize {
        self.requests.len() + self.attempts.len() + self.traces.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn write(&self) -> Vec<u8> {
        let mut body = Vec::with_capacity(24 + 16 * self.len());
        for count in [self.requests.len(), self.attempts.len(), self.traces.len()] {
            body.extend_from_slice(&(count as u64).to_le_bytes());
        }
        self.requests.iter().for_each(|key| body.extend_from_slice(&key.to_le_bytes()));
        self.attempts.iter().for_each(|print| body.extend_from_slice(&print.to_le_bytes()));
        for (high, low) in &self.traces {
            body.extend_from_slice(&high.to_le_bytes());
            body.extend_from_slice(&low.to_le_bytes());
        }
        body
    }

    /// What [`Piece::write`] wrote; `None` where it has other lengths than it says.
    fn read(body: &[u8]) -> Option<Self> {
        let (counts, mut rest) = body.split_at_checked(24)?;
        let mut take = |at: usize, bytes: usize| {
            let (taken, left) =
                rest.split_at_checked(usize::try_from(word(&counts[8 * at..])).ok()?.checked_mul(bytes)?)?;
            rest = left;
            Some(taken)
        };
        let (requests, attempts, traces) = (take(0, 16)?, take(1, 8)?, take(2, 16)?);
        let halves = |bytes: &[u8]| (word(bytes), word(&bytes[8..]));
        let key = |bytes: &[u8]| u128::from(word(bytes)) | u128::from(word(&bytes[8..])) << 64;
        rest.is_empty().then(|| Self {
            requests: requests.chunks_exact(16).map(key).collect(),
            attempts: attempts.chunks_exact(8).map(word).collect(),
            traces: traces.chunks_exact(16).map(halves).collect(),
        })
    }
}

impl Pieces {
    /// Those of a folder.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let next = numbers(folder)?.last().map_or(1, |last| last + 1);
        Ok(Self { folder: folder.to_owned(), next })
    }

    /// Writes another, durably; its number.
    ///
    /// # Errors
    /// It is not there.
    pub fn write(&mut self, piece: &Piece) -> io::Result<u64> {
        let body = piece.write();
        let mut bytes = FileKind::Fingerprints.header().to_vec();
        bytes.extend_from_slice(&hash(&body).to_le_bytes());
        bytes.extend_from_slice(&body);
        let number = self.next;
        write_whole(&self.path(number), &bytes)?;
        self.next += 1;
        Ok(number)
    }

    /// Reads one.
    ///
    /// # Errors
    /// It is missing, damaged, or of another version.
    pub fn read(&self, number: u64) -> Result<Piece, PieceError> {
        let path = self.path(number);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(source) => return Err(PieceError::Io { path, source }),
        };
        let rest = match FileKind::Fingerprints.after_header(&bytes) {
            Ok(rest) => rest,
            Err(source) => return Err(PieceError::Header { path, source }),
        };
        let whole = rest.split_at_checked(4).filter(|(sum, body)| *sum == hash(body).to_le_bytes());
        whole.and_then(|(_, body)| Piece::read(body)).ok_or(PieceError::Damaged { path })
    }

    /// Removes all but these. `alone` shows that nobody copies them.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn keep_only(&self, numbers_kept: &BTreeSet<u64>, _alone: &Alone) -> io::Result<()> {
        for number in numbers(&self.folder)?.difference(numbers_kept) {
            // One more than wanted does no harm.
            let _ = fs::remove_file(self.path(*number));
        }
        Ok(())
    }

    fn path(&self, number: u64) -> PathBuf {
        self.folder.join(format!("{number:020}.fingerprints"))
    }
}

fn numbers(folder: &Path) -> io::Result<BTreeSet<u64>> {
    let mut numbers = BTreeSet::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let number: Option<u64> = name.to_str().and_then(|name| name.strip_suffix(".fingerprints")?.parse().ok());
        numbers.extend(number);
    }
    Ok(numbers)
}

fn word(bytes: &[u8]) -> u64 {
    bytes[..8].iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte))
}
