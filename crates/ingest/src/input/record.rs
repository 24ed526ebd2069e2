//! Records: the units that inputs are cut into, whatever cuts them.

use super::{DocumentReader, Input, InputError, InputKind, LineReader, MessageReader};
use crate::access_log;

/// The longest record that can be asked for. The Collector's batches are a few MiB; its own limit for one is 64 MiB.
pub const MAX_RECORD_BYTES: usize = 64 * 1024 * 1024;

/// How long records may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// A line of an access log, without its line break.
    pub line_bytes: usize,
    /// A line or message of OTLP; of a compressed message, before and after decompression.
    pub message_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { line_bytes: access_log::MAX_LINE_BYTES, message_bytes: MAX_RECORD_BYTES }
    }
}

/// One record, or one that was stepped over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Record<'a> {
    /// Its bytes: a line without its line break, or a message decompressed.
    Bytes(&'a [u8]),
    /// It was not read; the next one is.
    Skipped(Skipped),
}

/// Why a record was stepped over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Skipped {
    /// Longer than its bound.
    #[error("the record is {bytes} bytes long, more than are read of one")]
    TooLong {
        /// Its length.
        bytes: u64,
    },
    /// A compressed message that cannot be decompressed.
    #[error("the message's zstd frame cannot be decompressed")]
    CorruptMessage,
    /// A compressed message that grows beyond the bound.
    #[error("the message is longer when decompressed than is read of one")]
    TooLongDecompressed,
    /// A compressed message that grows as no telemetry does.
    #[error("the message grows more than a thousandfold when decompressed")]
    RatioTooHigh,
}

impl Skipped {
    /// The reason's name in counts and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TooLong { .. } => "too-long",
            Self::CorruptMessage => "corrupt-message",
            Self::TooLongDecompressed => "too-long-decompressed",
            Self::RatioTooHigh => "ratio-too-high",
        }
    }
}

/// Cuts an input into records as its kind asks.
pub enum RecordReader {
    /// Text lines.
    Lines(LineReader),
    /// Messages, each after its length.
    Messages(MessageReader),
    /// One document.
    Document(DocumentReader),
}

impl RecordReader {
    pub(super) fn new(input: Input, kind: InputKind, limits: Limits) -> Self {
        match kind {
            InputKind::Empty | InputKind::AccessLog => Self::Lines(LineReader::new(input, limits.line_bytes)),
            InputKind::OtlpJsonLines => Self::Lines(LineReader::new(input, limits.message_bytes)),
            InputKind::OtlpJsonDocument => Self::Document(DocumentReader::new(input, limits.message_bytes)),
            InputKind::OtlpJsonMessages | InputKind::OtlpProtoMessages => {
                Self::Messages(MessageReader::new(input, limits.message_bytes))
            }
        }
    }

    /// The next record; `None` at the end.
    ///
    /// # Errors
    /// The input cannot be read on. After an error there is nothing more.
    pub fn next_record(&mut self) -> Result<Option<Record<'_>>, InputError> {
        match self {
            Self::Lines(reader) => reader.next_line(),
            Self::Messages(reader) => reader.next_message(),
            Self::Document(reader) => reader.next_document(),
        }
    }

    /// The number of the record that was last handed out, from 1: its line, where records are lines.
    pub fn number(&self) -> u64 {
        match self {
            Self::Lines(reader) => reader.line_number(),
            Self::Messages(reader) => reader.message_number(),
            Self::Document(_) => 1,
        }
    }

    /// The byte of the decompressed input at which that record begins; of a message, its length before it.
    pub fn offset(&self) -> u64 {
        match self {
            Self::Lines(reader) => reader.offset(),
            Self::Messages(reader) => reader.offset(),
            Self::Document(_) => 0,
        }
    }
}
