//! One record's frame: magic, length, LSN, kind, how many of its group follow, and the checksum of it all.

use super::{MAX_PAYLOAD_BYTES, RecordKind};
use crate::lsn::Lsn;

/// Bytes before a payload.
pub(super) const FRAME_BYTES: usize = 25;

/// What a record begins with, so that the next one is found when a length is damaged.
const MAGIC: [u8; 4] = [0xF3, b'M', b'P', 0x9E];

/// A record as it lies in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Frame<'b> {
    pub(super) lsn: Lsn,
    pub(super) kind: Option<RecordKind>,
    /// How many records of its group follow.
    pub(super) left: u32,
    pub(super) payload: &'b [u8],
}

/// What lies at a place of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found<'b> {
    Record(Frame<'b>),
    /// The file ends within a record.
    Cut,
    /// No record that was written so; one may follow.
    Damaged,
}

/// Puts a record behind others. Its place in the group is known only when the group is: [`seal`] completes it.
pub(super) fn put(lsn: Lsn, kind: RecordKind, payload: &[u8], into: &mut Vec<u8>) {
    into.extend_from_slice(&MAGIC);
    into.extend_from_slice(&(payload.len() as u32).to_le_bytes());
    into.extend_from_slice(&lsn.0.to_le_bytes());
    into.push(kind.code());
    into.extend_from_slice(&[0; 8]);
    into.extend_from_slice(payload);
}

/// Completes a record that begins at `start` and reaches to `end`.
pub(super) fn seal(bytes: &mut [u8], start: usize, end: usize, left: u32) {
    bytes[start + 17..start + 21].copy_from_slice(&left.to_le_bytes());
    let sum = checksum(&bytes[start..end]);
    bytes[start + 21..start + 25].copy_from_slice(&sum.to_le_bytes());
}

/// Of everything but the checksum itself.
fn checksum(record: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&record[..21]);
    hasher.update(&record[FRAME_BYTES..]);
    hasher.finalize()
}

/// Looks for a record at the beginning of some bytes.
pub(super) fn find(bytes: &[u8]) -> Found<'_> {
    let Some(header) = bytes.get(..FRAME_BYTES) else {
        // A record is cut only where it began as one.
        let seen = bytes.len().min(MAGIC.len());
        return if bytes[..seen] == MAGIC[..seen] { Found::Cut } else { Found::Damaged };
    };
    let word = |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
    let length = word(4) as usize;
    if header[..4] != MAGIC || length > MAX_PAYLOAD_BYTES {
        return Found::Damaged;
    }
    let Some(record) = bytes.get(..FRAME_BYTES + length) else { return Found::Cut };
    if word(21) != checksum(record) {
        return Found::Damaged;
    }
    let lsn = Lsn(u64::from(word(8)) | u64::from(word(12)) << 32);
    Found::Record(Frame {
        lsn,
        kind: RecordKind::from_code(header[16]),
        left: word(17),
        payload: &record[FRAME_BYTES..],
    })
}

/// Where the next record may begin, after the first byte.
pub(super) fn next_magic(bytes: &[u8]) -> Option<usize> {
    (1..bytes.len()).find(|at| bytes[*at..].starts_with(&MAGIC))
}
