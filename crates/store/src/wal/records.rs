//! Records that are gathered to be written to the log in one piece: a group.

use super::{MAX_PAYLOAD_BYTES, RecordKind, frame};
use crate::lsn::Lsn;

/// A group that is not written yet.
#[derive(Debug)]
pub struct Records {
    first: Lsn,
    bytes: Vec<u8>,
    /// Where each record begins.
    starts: Vec<usize>,
}

impl Records {
    /// A group without records, the first of which gets an LSN.
    pub fn new(first: Lsn) -> Self {
        Self { first, bytes: Vec::new(), starts: Vec::new() }
    }

    /// Adds a record.
    ///
    /// # Panics
    /// With a payload longer than [`MAX_PAYLOAD_BYTES`].
    pub fn add(&mut self, kind: RecordKind, payload: &[u8]) -> Lsn {
        assert!(payload.len() <= MAX_PAYLOAD_BYTES, "a record of {} bytes", payload.len());
        let lsn = self.next();
        self.starts.push(self.bytes.len());
        frame::put(lsn, kind, payload, &mut self.bytes);
        lsn
    }

    /// The LSN of the first record.
    pub fn first(&self) -> Lsn {
        self.first
    }

    /// The LSN that the next record gets.
    pub fn next(&self) -> Lsn {
        Lsn(self.first.0 + self.starts.len() as u64)
    }

    /// Whether there is no record.
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// Begins another group in the same memory.
    pub fn begin(&mut self, first: Lsn) {
        self.first = first;
        self.bytes.clear();
        self.starts.clear();
    }

    /// The bytes of the group, in which each record says how many follow.
    pub(super) fn seal(&mut self) -> &[u8] {
        let count = self.starts.len();
        for (index, start) in self.starts.iter().enumerate() {
            let end = self.starts.get(index + 1).copied().unwrap_or(self.bytes.len());
            frame::seal(&mut self.bytes, *start, end, (count - 1 - index) as u32);
        }
        &self.bytes
    }
}
