//! Inputs: files and standard input, decompressed, told apart by content, and cut into records with bounded memory.
//!
//! [`Input::open`] recognises gzip and zstd by their first bytes, not by names. [`Input::kind`] looks at the beginning
//! and says what an input holds; [`Input::records`] cuts it accordingly: lines ([`LineReader`]), messages with their
//! length before them ([`MessageReader`]), or one document. What a record means is for [`crate::access_log`] and the OTLP
//! readers.
//!
//! Memory is bounded whatever the input says of itself: a record longer than its bound is stepped over and reported as
//! [`Skipped`], and compressed streams are never held whole, so that a decompression bomb costs time alone. The bounds:
//! [`Limits`], [`SNIFF_BYTES`], and [`ZSTD_WINDOW_LOG`] for what a zstd stream may make its decoder remember.

mod document;
mod error;
mod lines;
mod messages;
mod open;
mod record;
mod sniff;

pub use document::DocumentReader;
pub use error::{InputError, Place};
pub use lines::LineReader;
pub use messages::{MAX_RATIO, MessageReader, RATIO_FLOOR_BYTES};
pub use open::{Compression, Input, Progress, ZSTD_WINDOW_LOG};
pub use record::{Limits, MAX_RECORD_BYTES, Record, RecordReader, Skipped};
pub use sniff::{InputKind, SNIFF_BYTES};

#[cfg(test)]
mod tests;
