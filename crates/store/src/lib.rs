//! What survives: the log of facts, checkpoints, the minute log, Parquet segments and their catalog, in one directory that one process owns.
//!
//! Everything that a server acknowledged is in its log ([`wal`]) first. Counts go to the minute log with each checkpoint, facts to Parquet segments;
//! the log is cut once both have what it holds. Files begin with magic, kind and version. What is damaged is found by checksum, named, and costs its
//! record only. Knows no SLO, no HTTP and no registry; facts are bytes here until they become segments.

pub mod backup;
pub mod catalog;
pub mod checkpoint;
pub mod compact;
pub mod fingerprints;
pub mod flush;
pub mod journal;
pub mod minutes;
pub mod retention;
pub mod segment;
pub mod wal;

mod block;
mod directory;
mod error;
mod file;
mod files;
mod hour;
mod lsn;
mod series;
mod sweep;

pub use catalog::Catalog;
pub use directory::{Alone, Directory, Hold};
pub use error::StoreError;
pub use file::{FileKind, HeaderError, write_whole};
pub use files::free_bytes;
pub use hour::Hour;
pub use lsn::Lsn;
pub use segment::Segment;
pub use series::{SeriesFile, SeriesId};
pub use sweep::{Swept, sweep};
