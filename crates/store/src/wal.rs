//! The log: what was acknowledged, in order, in checksummed records.
//!
//! [`Records`] are gathered into a group, which a [`Writer`] writes in one piece and makes durable with one `fdatasync`. A group is read back wholly or,
//! where a crash cut it, not at all. [`read`] gives back the groups; a damaged record is named and stepped over, and the others of its group stand.
//! A file whose `fdatasync` failed is never written again: what became of its pages is unknown.

mod cut;
mod frame;
mod gap;
mod read;
mod records;
mod writer;

pub use cut::cut;
pub use gap::missing_after;
pub use read::{Damage, Group, ReadError, Reading, files, read, read_between};
pub use records::Records;
pub use writer::{WriteError, Writer};

/// What a record holds. Codes are never given to another kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RecordKind {
    /// Encoded facts of events.
    Facts,
    /// Encoded facts of attempts that were derived from others.
    Derived,
    /// The keys of the requests whose facts the group has.
    Requests,
    /// A registry becomes the active one.
    Registry,
    /// How far a followed file was read.
    Offset,
    /// What became of traces.
    Traces,
    /// Counts by minute that come from elsewhere.
    Counts,
    /// Something came that has no events.
    Signs,
}

impl RecordKind {
    const ALL: [Self; 8] = [
        Self::Facts,
        Self::Derived,
        Self::Requests,
        Self::Registry,
        Self::Offset,
        Self::Traces,
        Self::Counts,
        Self::Signs,
    ];

    fn code(self) -> u8 {
        match self {
            Self::Facts => 1,
            Self::Requests => 2,
            Self::Registry => 3,
            Self::Offset => 4,
            Self::Traces => 5,
            Self::Derived => 6,
            Self::Counts => 7,
            Self::Signs => 8,
        }
    }

    fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// Longest payload of a record: what a flipped bit can cost.
pub const MAX_PAYLOAD_BYTES: usize = 64 * 1024;
