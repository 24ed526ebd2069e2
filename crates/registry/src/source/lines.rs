//! Where the lines of a text begin, so that places are counted without reading the text again.

use super::Position;
use std::ops::Range;

/// Bytes between two places whose characters are counted beforehand: bounds the counting for one column of a long line.
const STRIDE_BYTES: usize = 1024;

/// Line starts of one text, and counts of its characters.
#[derive(Clone, Debug)]
pub(super) struct Lines {
    /// Byte offset of each line's first character.
    starts: Vec<usize>,
    /// Characters that begin before each multiple of the stride; empty when every character is one byte.
    characters: Vec<usize>,
}

impl Lines {
    pub(super) fn new(text: &str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(at, _)| at + 1);
        let mut characters = Vec::new();
        if !text.is_ascii() {
            let mut count = 0;
            for chunk in text.as_bytes().chunks(STRIDE_BYTES) {
                characters.push(count);
                count += chunk.iter().filter(|b| begins_character(**b)).count();
            }
            characters.push(count);
        }
        Self { starts: std::iter::once(0).chain(breaks).collect(), characters }
    }

    pub(super) fn position(&self, text: &str, offset: usize) -> Position {
        let offset = offset.min(text.len());
        let line = self.index(offset);
        let column = self.characters_before(text, offset) - self.characters_before(text, self.starts[line]) + 1;
        Position { line: line + 1, column }
    }

    /// The line at an offset, without its line break.
    pub(super) fn line(&self, text: &str, offset: usize) -> Range<usize> {
        let line = self.index(offset);
        let start = self.starts[line];
        let end = self.starts.get(line + 1).map_or(text.len(), |next| next - 1);
        let end = if text[start..end].ends_with('\r') { end - 1 } else { end };
        start..end
    }

    fn index(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset) - 1
    }

    fn characters_before(&self, text: &str, offset: usize) -> usize {
        if self.characters.is_empty() {
            return offset;
        }
        let stride = offset / STRIDE_BYTES;
        let rest = &text.as_bytes()[stride * STRIDE_BYTES..offset];
        self.characters[stride] + rest.iter().filter(|b| begins_character(**b)).count()
    }
}

/// Whether a byte of UTF-8 is the first of a character.
fn begins_character(byte: u8) -> bool {
    byte & 0b1100_0000 != 0b1000_0000
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The obvious way.
    fn counted(text: &str, offset: usize) -> Position {
        let before = &text[..offset];
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        Position { line: before.matches('\n').count() + 1, column: before[start..].chars().count() + 1 }
    }

    #[test]
    fn every_place_is_where_counting_from_the_start_finds_it() {
        let long = "é🦀x".repeat(700);
        for text in ["", "a", "\n", "a\nbc\n\nd", "é\n🦀é: x\r\ny", &long, &format!("ascii\n{long}\n{long}end")] {
            let lines = Lines::new(text);
            for offset in (0..=text.len()).filter(|at| text.is_char_boundary(*at)) {
                assert_eq!(lines.position(text, offset), counted(text, offset), "{offset} of {text}");
            }
        }
    }

    #[test]
    fn a_line_ends_before_its_break() {
        let text = "one\r\ntwo\n\nthree";
        let lines = Lines::new(text);
        let line = |offset| &text[lines.line(text, offset)];
        assert_eq!(
            [line(0), line(4), line(5), line(9), line(12), line(15)],
            ["one", "one", "two", "", "three", "three"]
        );
    }
}
