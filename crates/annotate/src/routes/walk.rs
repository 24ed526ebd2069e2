//! A path taken apart, and the walk of its segments through the trie.

use super::{Entries, Guard, Node, Routes, Stored};
use crate::words::{Word, Words};

/// Where one segment of a path is, and the word that it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment {
    start: usize,
    end: usize,
    pub(super) word: Word,
}

impl Segment {
    /// No segment.
    const NONE: Self = Self { start: 0, end: 0, word: Word::UNKNOWN };
}

/// One segment of a path, with all that templates look at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part<'p> {
    pub(super) text: &'p str,
    /// The segment as a word.
    pub(super) word: Word,
    /// Its extension as a word, such as `.csv`, where templates have extensions and something stands before it.
    pub(super) extension: Word,
}

impl Part<'_> {
    /// No segment.
    pub(super) const NONE: Self = Self { text: "", word: Word::UNKNOWN, extension: Word::UNKNOWN };
}

impl Routes {
    /// Takes a path apart into segments, as far as a template could tell paths apart; tells how many. Empty segments do not count. `copy` is
    /// overwritten.
    pub(super) fn take_apart(
        &self,
        path: &str,
        words: &Words,
        copy: &mut Vec<u8>,
        segments: &mut Vec<Segment>,
    ) -> usize {
        let most = self.levels.len() + 1;
        if segments.len() < most {
            segments.resize(most, Segment::NONE);
        }
        let mut ends = Ends::new(path, copy);
        let mut count = 0;
        for segment in &mut segments[..most] {
            let Some((start, end)) = ends.next() else { break };
            let word = match ends.copy[start..].first_chunk() {
                Some(text) if end - start <= Words::SHORT_BYTES => words.find_first_of(text, end - start),
                _ => words.find(&path[start..end]),
            };
            *segment = Segment { start, end, word };
            count += 1;
        }
        count
    }

    /// A segment with what templates look at in it, beside its word.
    pub(super) fn part<'p>(&self, path: &'p str, position: usize, segment: Segment, words: &Words) -> Part<'p> {
        let text = &path[segment.start..segment.end];
        let has_extensions = self.levels.get(position).is_some_and(|level| level.has_extensions);
        Part {
            text,
            word: segment.word,
            extension: if has_extensions { extension(text, words) } else { Word::UNKNOWN },
        }
    }

    /// Calls `found` with everything whose template fits the path and whose guard lets the event in, in no particular order. Visits each node at
    /// most once, so the work is bounded by the templates whatever the path.
    pub(super) fn walk(&self, parts: &[Part<'_>], event: Guard, found: &mut impl FnMut(Stored)) {
        if let Some(root) = self.nodes.first() {
            self.walk_from(root, parts, event, found);
        }
    }

    /// As deep as the deepest template, which has [`milepost_model::PathTemplate::MAX_SEGMENTS`] at most.
    fn walk_from(&self, node: &Node, parts: &[Part<'_>], event: Guard, found: &mut impl FnMut(Stored)) {
        node.rests.offer(event, found);
        let Some((part, parts)) = parts.split_first() else {
            node.ends.offer(event, found);
            return;
        };
        let mut walk = |child: u32| self.walk_from(&self.nodes[child as usize], parts, event, found);
        child(&node.literals, part.word).map(&mut walk);
        child(&node.extensions, part.extension).map(&mut walk);
        let affixed = node.affixed.iter().filter(|(_, shape, _)| shape.matches(part.text));
        affixed.for_each(|(.., child)| walk(*child));
        node.parameter.map(&mut walk);
    }
}

/// Where the segments of a path that are not empty start and end. All slashes of a window are found at once, so that no segment waits for the
/// one before it.
struct Ends<'c> {
    /// The path with a slash behind it, and so many zeros that sixteen bytes can be read from anywhere in it.
    copy: &'c [u8],
    start: usize,
    window: usize,
    /// The slashes of the window that are still ahead.
    slashes: u64,
}

impl<'c> Ends<'c> {
    /// One bit for each byte.
    const WINDOW_BYTES: usize = 64;

    fn new(path: &str, copy: &'c mut Vec<u8>) -> Self {
        copy.clear();
        copy.extend_from_slice(path.as_bytes());
        copy.extend_from_slice(b"/\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
        Self { copy, start: 0, window: 0, slashes: slashes(copy) }
    }

    #[inline]
    fn next(&mut self) -> Option<(usize, usize)> {
        loop {
            if self.slashes == 0 {
                self.window += Self::WINDOW_BYTES;
                self.slashes = slashes(self.copy.get(self.window..)?);
                continue;
            }
            let end = self.window + self.slashes.trailing_zeros() as usize;
            self.slashes &= self.slashes - 1;
            let start = std::mem::replace(&mut self.start, end + 1);
            if start < end {
                return Some((start, end));
            }
        }
    }
}

/// Which of the next 64 bytes are slashes, a bit for each, the first lowest. The last seven bytes of a copy are never slashes.
#[inline]
fn slashes(bytes: &[u8]) -> u64 {
    let (chunks, _) = bytes.as_chunks();
    chunks.iter().take(8).rev().fold(0, |found, chunk| found << 8 | slashes_of(*chunk))
}

/// Which of eight bytes are slashes.
#[inline]
fn slashes_of(bytes: [u8; 8]) -> u64 {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const LOW: u64 = u64::from_le_bytes([0x7f; 8]);
    // A byte is nought where the slash was; only of such a byte the highest bit stays clear.
    let text = u64::from_le_bytes(bytes) ^ (ONES * u64::from(b'/'));
    let found = !(((text & LOW) + LOW) | text | LOW);
    // The highest bits of all bytes, side by side.
    (found >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

fn child(children: &[(Word, u32)], word: Word) -> Option<u32> {
    if children.len() <= Entries::FEW {
        return children.iter().find(|(known, _)| *known == word).map(|(_, child)| *child);
    }
    children.binary_search_by_key(&word, |(known, _)| *known).ok().map(|place| children[place].1)
}

fn extension(segment: &str, words: &Words) -> Word {
    match memchr::memrchr(b'.', segment.as_bytes()) {
        None | Some(0) => Word::UNKNOWN,
        Some(dot) => words.find(&segment[dot..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn segments_are_what_slashes_part_and_their_words_those_of_their_texts(
            path in "[/a\0é]{0,20}([/ab.]{0,9}|[ab/]{120,140})", known in prop::collection::vec("[ab\0é]{1,18}", 0..9)
        ) {
            let mut words = Words::default();
            let segments: Vec<&str> = path.split('/').filter(|text| !text.is_empty()).collect();
            known.iter().map(String::as_str).chain(segments.iter().copied().step_by(2)).for_each(|text| assert_ne!(words.add(text), Word::UNKNOWN));
            let mut routes = Routes::default();
            routes.levels.resize_with(path.len(), Default::default);
            let mut found = Vec::new();
            let count = routes.take_apart(&path, &words, &mut Vec::new(), &mut found);
            let parts: Vec<(String, Word)> =
                found[..count].iter().map(|s| (path[s.start..s.end].to_owned(), s.word)).collect();
            let expected: Vec<(String, Word)> = segments.iter().map(|text| ((*text).to_owned(), words.find(text))).collect();
            prop_assert_eq!(parts, expected);
        }
    }
}
