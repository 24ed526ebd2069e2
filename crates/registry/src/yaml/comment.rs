//! Comments that nobody meant: in `{contact: #web}` the `#` swallows the bracket, and the parser complains lines later.
//!
//! Looks at text alone, since the parser has not told of the bracket by then. Called by `problem`.

use std::ops::Range;

/// A comment with a closing bracket in it, and the bracket that is open therefore.
pub(super) struct Swallowed {
    pub(super) bracket: usize,
    pub(super) comment: Range<usize>,
}

/// The last such comment of a document before a place, when its bracket is still open there.
pub(super) fn swallowed(source: &str, document: usize, at: usize) -> Option<Swallowed> {
    let end = source[at..].find('\n').map_or(source.len(), |length| at + length);
    let mut open: Vec<usize> = Vec::new();
    let mut found = None;
    let (mut quote, mut before, mut word_before, mut skip_until) = (None, '\n', '\n', document);
    for (offset, c) in source[document..end].char_indices() {
        let place = document + offset;
        if place < skip_until {
            continue;
        }
        let begins_value = matches!(word_before, ':' | '-' | ',' | '[' | '{' | '\n');
        match (quote, c) {
            (Some('"'), '\\') => skip_until = place + 2,
            (Some(mark), _) => quote = Some(mark).filter(|mark| *mark != c),
            (None, '"' | '\'') if begins_value || before == c => quote = Some(c),
            (None, '#') if before.is_whitespace() => {
                let length = source[place..end].find('\n').unwrap_or(end - place);
                let comment = place..place + length;
                if let Some(bracket) = open.last().filter(|_| source[comment.clone()].contains(['}', ']'])) {
                    found = Some(Swallowed { bracket: *bracket, comment });
                }
                skip_until = place + length;
            }
            // Outside of brackets, text may have some of its own.
            (None, '[' | '{') if begins_value || !open.is_empty() => open.push(place),
            (None, ']' | '}') => {
                open.pop();
                found = found.filter(|_| !open.is_empty());
            }
            _ => {}
        }
        before = c;
        if c == '\n' || !c.is_whitespace() {
            word_before = c;
        }
    }
    found
}
