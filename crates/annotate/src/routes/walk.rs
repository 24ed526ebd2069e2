//! A path taken apart, and the walk of its segments through the trie.

use super::{Entries, Guard, Level, Node, Routes, Stored};
use crate::words::{Word, Words};

/// One segment of a path.
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
    /// Takes a path apart: calls `part` with each segment, as far as a template could tell paths apart, and what templates look at in segments
    /// of its position. Empty segments do not count.
    pub(super) fn take_apart<'p>(&'p self, path: &'p str, words: &Words, mut part: impl FnMut(Part<'p>, &'p Level)) {
        static BEYOND: Level = Level { has_extensions: false, affixed: Vec::new() };
        let mut levels = self.levels.iter().chain(std::iter::once(&BEYOND));
        let mut rest = path.as_bytes();
        let mut start = 0;
        let mut level = levels.next();
        while let Some(this) = level {
            let length = until_slash(rest);
            if length > 0 {
                let text = &path[start..start + length];
                let extension = if this.has_extensions { extension(text, words) } else { Word::UNKNOWN };
                part(Part { text, word: words.find(text), extension }, this);
                level = levels.next();
            }
            start += length + 1;
            match rest.get(length + 1..) {
                Some(after) => rest = after,
                None => return,
            }
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

/// How many bytes come before the first slash. Segments are short: eight bytes at a time beat the set-up of a faster search.
#[inline]
fn until_slash(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    let mut at = 0;
    while let Some(chunk) = bytes[at..].first_chunk() {
        // A byte is nought where the slash was; taking one from it borrows into its highest bit.
        let text = u64::from_le_bytes(*chunk) ^ (ONES * u64::from(b'/'));
        let slashes = text.wrapping_sub(ONES) & !text & (ONES << 7);
        if slashes != 0 {
            return at + slashes.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    bytes[at..].iter().position(|byte| *byte == b'/').map_or(bytes.len(), |length| at + length)
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
