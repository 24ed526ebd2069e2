//! What users have written, quoted in messages: on one line, of bounded length, and with nothing in it that a terminal would obey.

use std::fmt::Write as _;

/// Most characters quoted of one text: the place shows the rest.
const MAX_QUOTED_CHARACTERS: usize = 80;

/// The text between backticks, cut when it is long.
pub(crate) fn quote(text: &str) -> String {
    format!("`{}`", bounded(text, MAX_QUOTED_CHARACTERS))
}

/// The text without control characters and with at most so many characters.
pub(crate) fn bounded(text: &str, max_characters: usize) -> String {
    let end = text.char_indices().nth(max_characters).map(|(at, _)| at);
    let mut out = String::with_capacity(end.unwrap_or(text.len()));
    for c in text[..end.unwrap_or(text.len())].chars() {
        if c.is_control() {
            let _ = write!(out, "{}", c.escape_default());
        } else {
            out.push(c);
        }
    }
    if end.is_some() {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_text_is_short_and_says_what_cannot_be_seen() {
        assert_eq!(quote("send-mail"), "`send-mail`");
        assert_eq!(quote("a\nb\u{1b}[31m"), "`a\\nb\\u{1b}[31m`");
        assert_eq!(quote(&"é".repeat(81)), format!("`{}…`", "é".repeat(80)));
    }
}
