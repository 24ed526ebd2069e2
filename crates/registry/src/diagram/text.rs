//! Text as it is drawn: cleaned, measured and broken into lines.
//!
//! Nobody knows which font a viewer has. Widths are those of the widest one that is common, so that text which fits here fits everywhere.

use crate::visible::visible;
use std::iter::Peekable;

/// The widths of the characters from space to tilde, in hundredths of the font's size: for each the widest of DejaVu Sans, Liberation Sans and
/// Noto Sans.
const WIDTHS: [u8; 95] = [
    32, 41, 46, 84, 64, 96, 78, 28, 40, 40, 56, 84, 32, 37, 32, 38, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 34, 34, 84,
    84, 84, 56, 102, 69, 69, 73, 78, 67, 62, 78, 76, 34, 50, 67, 56, 91, 76, 79, 67, 79, 73, 67, 62, 74, 69, 99, 69,
    67, 69, 40, 38, 40, 84, 56, 50, 62, 64, 55, 64, 62, 36, 64, 64, 28, 28, 58, 28, 98, 64, 62, 64, 64, 42, 53, 40, 64,
    60, 82, 60, 60, 53, 64, 56, 64, 84,
];

/// A size of text, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Font {
    pub(super) size: usize,
    pub(super) bold: bool,
}

impl Font {
    pub(super) const fn regular(size: usize) -> Self {
        Self { size, bold: false }
    }

    pub(super) const fn bold(size: usize) -> Self {
        Self { size, bold: true }
    }

    /// The width of a text in pixels, rather too wide than too narrow.
    pub(super) fn width(self, text: &str) -> usize {
        let hundredths: usize = text.chars().map(hundredths).sum();
        // Bold letters are up to a fifth wider.
        let hundredths = if self.bold { hundredths * 6 / 5 } else { hundredths };
        (hundredths * self.size).div_ceil(100)
    }

    /// Breaks a text into lines of at most this width, at spaces and behind hyphens where there are any. What is left after the last line is cut.
    pub(super) fn wrap(self, text: &str, width: usize, max_lines: usize) -> Vec<String> {
        let mut pieces = pieces(text).peekable();
        let mut lines = Vec::new();
        while pieces.peek().is_some() && lines.len() < max_lines {
            let line = self.line(&mut pieces, width);
            lines.push(line);
        }
        if pieces.peek().is_some()
            && let Some(last) = lines.last_mut()
        {
            *last = self.cut(&format!("{last}…"), width);
        }
        lines
    }

    fn line<'t>(self, pieces: &mut Peekable<impl Iterator<Item = &'t str>>, width: usize) -> String {
        let mut line = String::new();
        while let Some(piece) = pieces.peek() {
            let fits = self.width(&line) + self.width(piece.trim_end()) <= width;
            if !fits && !line.is_empty() {
                break;
            }
            line.push_str(piece);
            pieces.next();
        }
        line.trim_end().to_owned()
    }

    /// A line with its end cut off as far as it has to be, and an ellipsis there.
    fn cut(self, line: &str, width: usize) -> String {
        let mut text = line.strip_suffix('…').unwrap_or(line).to_owned();
        while self.width(&text) + self.width("…") > width && text.pop().is_some() {}
        format!("{}…", text.trim_end())
    }
}

/// Longest piece of a text that is never broken, in characters: words of one's language are shorter, and names break at hyphens.
const MAX_PIECE: usize = 14;

/// A text in pieces between which a line can end.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text.trim_start();
    std::iter::from_fn(move || {
        let end = piece_end(rest);
        let (piece, after) = rest.split_at(end);
        rest = after;
        (!piece.is_empty()).then_some(piece)
    })
}

fn piece_end(text: &str) -> usize {
    for (count, (at, c)) in text.char_indices().enumerate() {
        let breaks = c == ' ' || (c == '-' && count > 0) || hundredths(c) >= 100;
        if breaks || count + 1 == MAX_PIECE {
            let rest = &text[at + c.len_utf8()..];
            return text.len() - rest.trim_start_matches(' ').len();
        }
    }
    text.len()
}

fn hundredths(c: char) -> usize {
    match u32::from(c) {
        code @ 0x20..=0x7e => usize::from(WIDTHS[(code - 0x20) as usize]),
        0x300..=0x36f | 0x200b..=0x200f | 0xfe00..=0xfe0f => 0,
        0xa0..=0x2fff => 95,
        0x3000..=0xffff => 105,
        _ => 165,
    }
}

/// Most characters of a text that are shown or told at all: a tooltip longer than this is not read.
const MAX_CHARACTERS: usize = 600;

/// A text on one line without what cannot be seen, could turn what stands beside it around, or may not stand in XML.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::new();
    for (count, c) in text.chars().filter_map(visible).enumerate() {
        if count == MAX_CHARACTERS {
            out.push('…');
            break;
        }
        if c != ' ' || !(out.is_empty() || out.ends_with(' ')) {
            out.push(c);
        }
    }
    out.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FONT: Font = Font::regular(13);

    #[test]
    fn text_breaks_at_spaces_behind_hyphens_and_else_anywhere() {
        assert_eq!(FONT.wrap("Open compose dialog", 90, 4), ["Open", "compose", "dialog"]);
        assert_eq!(FONT.wrap("search-ordinary-trains", 90, 4), ["search-", "ordinary-", "trains"]);
        assert!(FONT.wrap(&"m".repeat(63), 150, 9).iter().all(|line| FONT.width(line) <= 200));
        assert_eq!(FONT.wrap("", 90, 4), [""; 0]);
    }

    #[test]
    fn what_does_not_fit_is_cut_with_an_ellipsis() {
        assert_eq!(FONT.wrap("one two three four", 60, 2), ["one two", "three…"]);
        assert_eq!(FONT.wrap("Someone writes a message", 100, 1), ["Someone…"]);
    }

    #[test]
    fn plain_text_is_one_line_that_turns_nothing_around() {
        assert_eq!(plain(" a\n\tb\u{1b}[31m \u{202e}c\u{feff} "), "a b[31m c");
        assert_eq!(plain("שלום עולם"), "שלום עולם");
        assert_eq!(plain(&"x".repeat(10_000)).chars().count(), MAX_CHARACTERS + 1);
    }

    proptest! {
        #[test]
        fn lines_are_never_wider_than_asked_for(text in "\\PC{0,200}", width in 182_usize..400, lines in 1_usize..6) {
            let text = plain(&text);
            let wrapped = FONT.wrap(&text, width, lines);
            prop_assert!(wrapped.len() <= lines);
            for line in &wrapped {
                prop_assert!(FONT.width(line) <= width, "{line}");
            }
        }

        #[test]
        fn a_text_with_room_loses_nothing_but_spaces_at_breaks(text in "[a-z -]{0,100}") {
            let text = plain(&text);
            let wrapped = FONT.wrap(&text, 190, 100);
            prop_assert_eq!(wrapped.concat().replace(' ', ""), text.replace(' ', ""));
        }
    }
}
