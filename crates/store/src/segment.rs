//! Segments: facts of one hour of event time as a Parquet file that is never changed.
//!
//! A segment's columns are those of facts, by name, and where each fact came from: `received_at`, `registry_version`, `lsn`. Columns are only
//! ever added. The checksum of the whole file is in the catalog, since Parquet as we write it has none: a flipped bit costs this segment only, and
//! is named. Which files count says the catalog and nothing else.

mod columns;
mod read;
mod rows;
mod write;

pub use columns::{Opened, Wanted};
pub use read::{Damage, Within, read, read_all, verify, written_between};
pub use rows::{Decoded, received_at};
pub use write::Writer;

pub(crate) use read::missing;
pub(crate) use rows::{times, with_columns};

use crate::directory::Directory;
use crate::hour::Hour;
use crate::lsn::Lsn;
use milepost_model::Timestamp;
use std::path::PathBuf;

/// What the catalog has of a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Its file within the folder of segments.
    pub path: String,
    /// The hour in which its facts began.
    pub hour: Hour,
    /// The least LSN of its facts.
    pub first_lsn: Lsn,
    /// The greatest.
    pub last_lsn: Lsn,
    /// How many facts.
    pub rows: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// Bytes that its columns take in memory.
    pub memory_bytes: u64,
    /// The first start of a fact.
    pub min_time: Timestamp,
    /// The last.
    pub max_time: Timestamp,
    /// Of the file.
    pub crc32: u32,
    /// When it was written.
    pub created: Timestamp,
}

impl Segment {
    /// Its file in a data directory.
    pub fn file(&self, directory: &Directory) -> PathBuf {
        directory.segments().join(&self.path)
    }
}

/// Facts that are read or written at once.
pub(crate) const BATCH_ROWS: usize = 8192;
