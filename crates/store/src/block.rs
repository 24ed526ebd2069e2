//! Checksummed blocks one after the other, in files that only grow: whole ones are given, what is damaged is stepped over.

use crc32fast::hash;
use std::ops::Range;

const MAGIC: [u8; 4] = [0xB7, b'm', b'p', 0xC4];
const FRAME_BYTES: usize = 12;
/// Longest block that is read: what a damaged length can claim.
const MAX_BYTES: usize = 256 << 20;

/// Appends a block.
pub(crate) fn put(payload: &[u8], into: &mut Vec<u8>) {
    into.extend_from_slice(&MAGIC);
    into.extend_from_slice(&(payload.len() as u32).to_le_bytes());
    into.extend_from_slice(&hash(payload).to_le_bytes());
    into.extend_from_slice(payload);
}

/// Gives each whole block with its place, and the places of what is damaged. What a crash cut at the end is no damage.
pub(crate) fn each<'b>(
    bytes: &'b [u8],
    from: usize,
    mut block: impl FnMut(Range<usize>, &'b [u8]),
) -> Vec<Range<usize>> {
    let mut damage: Vec<Range<usize>> = Vec::new();
    let mut at = from;
    while at < bytes.len() {
        if let Some(payload) = find(&bytes[at..]) {
            let end = at + FRAME_BYTES + payload.len();
            block(at..end, payload);
            at = end;
            continue;
        }
        let next = (at + 1..bytes.len()).find(|next| bytes[*next..].starts_with(&MAGIC));
        // A block of the right beginning with nothing behind it was cut.
        if next.is_none() && is_cut(&bytes[at..]) {
            break;
        }
        let end = next.unwrap_or(bytes.len());
        match damage.last_mut() {
            Some(last) if last.end == at => last.end = end,
            _ => damage.push(at..end),
        }
        at = end;
    }
    damage
}

fn find(bytes: &[u8]) -> Option<&[u8]> {
    let (header, rest) = bytes.split_at_checked(FRAME_BYTES)?;
    let word = |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
    let payload = rest.get(..word(4) as usize)?;
    (header[..4] == MAGIC && payload.len() <= MAX_BYTES && word(8) == hash(payload)).then_some(payload)
}

fn is_cut(bytes: &[u8]) -> bool {
    let seen = bytes.len().min(MAGIC.len());
    if bytes[..seen] != MAGIC[..seen] {
        return false;
    }
    match bytes.get(4..8) {
        Some(length) => {
            let length = u32::from_le_bytes([length[0], length[1], length[2], length[3]]) as usize;
            bytes.len() < FRAME_BYTES + length
        }
        None => true,
    }
}
