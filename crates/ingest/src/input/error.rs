//! What goes wrong with an input as a whole. Records that are wrong are [`super::Skipped`].

use super::Compression;
use std::fmt;
use std::io;

/// Why an input cannot be read, or not to its end. What was read before an error still counts.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// It is not there, or not ours to read.
    #[error("cannot open `{name}`")]
    Open {
        /// The input.
        name: String,
        /// What the system says.
        source: io::Error,
    },
    /// A folder.
    #[error("`{name}` is a folder; name the files in it")]
    Folder {
        /// The input.
        name: String,
    },
    /// A known format that is not read.
    #[error("`{name}` is {format}, which is not read; {remedy}")]
    Unsupported {
        /// The input.
        name: String,
        /// The format, with its article.
        format: &'static str,
        /// What to do.
        remedy: &'static str,
    },
    /// None of the known formats.
    #[error(
        "`{name}` is neither an access log nor OTLP: what is read is text with one request a line, OTLP as JSON, or OTLP messages with their length before them, each plain, gzip or zstd"
    )]
    Unrecognised {
        /// The input.
        name: String,
    },
    /// It ends before it should.
    #[error("`{name}` breaks off {place}: {missing} is missing; copy the file again")]
    Truncated {
        /// The input.
        name: String,
        /// Where.
        place: Place,
        /// What is not there.
        missing: &'static str,
    },
    /// The compressed stream cannot be decompressed further.
    #[error("`{name}` is damaged {place}: its {compression} stream cannot be decompressed further")]
    Corrupt {
        /// The input.
        name: String,
        /// Where.
        place: Place,
        /// How it is compressed.
        compression: Compression,
        /// What the decoder says.
        source: io::Error,
    },
    /// The system cannot read on.
    #[error("cannot read `{name}` {place}")]
    Read {
        /// The input.
        name: String,
        /// Where.
        place: Place,
        /// What the system says.
        source: io::Error,
    },
}

impl InputError {
    /// The reason's name in counts and reports.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Open { .. } => "cannot-open",
            Self::Folder { .. } => "folder",
            Self::Unsupported { .. } => "unsupported",
            Self::Unrecognised { .. } => "unrecognised",
            Self::Truncated { .. } => "truncated",
            Self::Corrupt { .. } => "corrupt",
            Self::Read { .. } => "unreadable",
        }
    }

    /// The error of a read that failed at `place`.
    pub(super) fn of_read(name: &str, place: Place, compression: Compression, source: io::Error) -> Self {
        let name = name.to_owned();
        // What the system reports carries its number; what decoders report does not.
        let by_system = source.raw_os_error().is_some();
        match compression {
            Compression::Zstd if source.to_string().contains("too much memory") => Self::Unsupported {
                name,
                format: "a zstd stream that takes more than 128 MiB of memory to decompress",
                remedy: "decompress it first: `zstd --long=31 -dc FILE | ... -`",
            },
            Compression::None => Self::Read { name, place, source },
            _ if source.kind() == io::ErrorKind::UnexpectedEof => {
                Self::Truncated { name, place, missing: "the end of the compressed stream" }
            }
            _ if by_system => Self::Read { name, place, source },
            _ => Self::Corrupt { name, place, compression, source },
        }
    }
}

/// How far an input was read. Offsets are in the decompressed text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// How many whole records were read.
    pub records: u64,
    /// What a record is.
    pub unit: &'static str,
    /// The byte at which the next one begins.
    pub offset: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.unit, self.records) {
            ("", _) | (_, 0) => write!(f, "at byte {}", self.offset),
            (unit, records) => write!(f, "after {unit} {records}, at byte {}", self.offset),
        }
    }
}
