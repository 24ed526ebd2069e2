//! Byte offsets of characters: the parser counts characters.

use saphyr_parser::Span;
use std::ops::Range;

/// The bytes at which the characters of a text begin.
pub(super) struct Offsets {
    /// Empty when every character is one byte.
    bytes: Vec<usize>,
    length: usize,
    /// How many characters stand before what is being read.
    base: usize,
}

impl Offsets {
    pub(super) fn new(source: &str) -> Self {
        let bytes = if source.is_ascii() { Vec::new() } else { source.char_indices().map(|(i, _)| i).collect() };
        Self { bytes, length: source.len(), base: 0 }
    }

    /// Counts from a byte on.
    pub(super) fn begin(&mut self, byte: usize) {
        self.base = if self.bytes.is_empty() { byte } else { self.bytes.partition_point(|at| *at < byte) };
    }

    pub(super) fn byte(&self, character: usize) -> usize {
        let character = self.base + character;
        let byte = if self.bytes.is_empty() { Some(character) } else { self.bytes.get(character).copied() };
        byte.unwrap_or(self.length).min(self.length)
    }

    pub(super) fn range(&self, span: Span) -> Range<usize> {
        let start = self.byte(span.start.index());
        start..self.byte(span.end.index()).max(start)
    }
}
