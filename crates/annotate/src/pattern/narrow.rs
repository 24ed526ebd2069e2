//! What of a long regular expression matched: its alternatives that had no part in it left out, for explaining one event.

use super::TextPattern;
use std::ops::Range;

/// An expression up to this long is told whole, in bytes.
const SHORT_BYTES: usize = 60;

impl TextPattern {
    /// The pattern as text; of a long expression only the alternatives by which it matches the value.
    pub(crate) fn told(&self, value: &str) -> String {
        let narrow = if self.is_regex() { narrow(&self.text, self.ignore_case, value) } else { self.text.clone() };
        match narrow == self.text {
            true => self.to_string(),
            false => format!("regex {narrow} (part of a longer one)"),
        }
    }
}

/// Leaves alternatives out, of the longest alternation first, as long as the value still matches. Only what is known to match is left out of,
/// so reading an odd expression wrongly does no harm.
fn narrow(expression: &str, ignore_case: bool, value: &str) -> String {
    let mut text = expression.to_owned();
    while text.len() > SHORT_BYTES {
        let matches = |text: &String| TextPattern::regex(text, ignore_case).is_ok_and(|pattern| pattern.matches(value));
        let narrower = alternations(&text).into_iter().find_map(|alternatives| {
            let whole = alternatives.first()?.start..alternatives.last()?.end;
            let with =
                |only: &Range<usize>| format!("{}{}{}", &text[..whole.start], &text[only.clone()], &text[whole.end..]);
            alternatives.iter().map(with).find(matches)
        });
        match narrower {
            Some(narrower) => text = narrower,
            None => break,
        }
    }
    text
}

/// The alternatives of each group that has several, and of the whole, longest first.
fn alternations(text: &str) -> Vec<Vec<Range<usize>>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut open: Vec<(Vec<Range<usize>>, usize)> = vec![(Vec::new(), after_flags(text))];
    let mut at = open[0].1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            b'[' => at = end_of_class(bytes, at),
            b'(' => open.push((Vec::new(), after_group_name(text, at + 1))),
            b'|' => {
                if let Some((alternatives, start)) = open.last_mut() {
                    alternatives.push(*start..at);
                    *start = at + 1;
                }
            }
            b')' if open.len() > 1 => found.extend(open.pop().map(|group| close(group, at))),
            _ => {}
        }
        at += 1;
    }
    found.extend(open.pop().map(|group| close(group, bytes.len())));
    found.retain(|alternatives| alternatives.len() > 1 && alternatives.iter().all(|a| text.get(a.clone()).is_some()));
    found.sort_by_key(|alternatives| std::cmp::Reverse(alternatives.last().map(|a| a.end - alternatives[0].start)));
    found
}

fn close((mut alternatives, start): (Vec<Range<usize>>, usize), end: usize) -> Vec<Range<usize>> {
    alternatives.push(start.min(end)..end);
    alternatives
}

/// Behind flags for the whole expression, which each alternative needs: `(?i)`.
fn after_flags(text: &str) -> usize {
    let end = text.strip_prefix("(?").and_then(|rest| rest.find(|c: char| !c.is_ascii_alphabetic() && c != '-'));
    end.map(|length| length + 2).filter(|end| text.as_bytes()[*end] == b')').map_or(0, |end| end + 1)
}

/// Behind what says how a group is kept: `?:`, `?i:`, `?<name>`.
fn after_group_name(text: &str, start: usize) -> usize {
    match text[start..].strip_prefix('?').and_then(|rest| rest.find([':', '>', ')'])) {
        Some(length) if text.as_bytes()[start + 1 + length] != b')' => start + length + 2,
        _ => start,
    }
}

/// The bracket that ends a class.
fn end_of_class(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() && (bytes[at] != b']' || at == start + 1) {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn told(expression: &str, value: &str) -> String {
        TextPattern::regex(expression, false).unwrap().told(value)
    }

    #[test]
    fn a_long_expression_is_told_by_the_alternatives_that_matched() {
        let scanners =
            r"(?i)^/+([^/]+/+){0,2}(wp-(login|config|signup|cron)[^/]*|wp-(admin|content|includes)|xmlrpc\.php)(/|$)";
        assert_eq!(
            told(scanners, "/blog/XMLRPC.php"),
            r"regex (?i)^/+([^/]+/+){0,2}(xmlrpc\.php)(/|$) (part of a longer one)"
        );
        let long = "alpha-[|)(]-alpha|beta-beta-beta|(?i:gamma|delta)-gamma|epsilon\\|epsilon-epsilon";
        assert_eq!(told(long, "beta-beta-beta"), "regex beta-beta-beta (part of a longer one)");
        assert_eq!(told(long, "alpha-)-alpha"), "regex alpha-[|)(]-alpha (part of a longer one)");
        assert_eq!(told(long, "epsilon|epsilon-epsilon"), "regex epsilon\\|epsilon-epsilon (part of a longer one)");
        assert_eq!(told("short|other", "other"), "regex short|other");
        assert_eq!(TextPattern::glob("*bot*", true).unwrap().told("Examplebot"), "*bot*");
    }

    proptest! {
        #[test]
        fn what_is_told_of_an_expression_still_matches(expression in "[ab()|?:\\[\\]\\\\é]{55,75}", value in "[abé]{0,9}") {
            let narrow = narrow(&expression, false, &value);
            if narrow != expression {
                prop_assert!(TextPattern::regex(&narrow, false).unwrap().matches(&value));
            }
        }

        #[test]
        fn of_alternatives_without_specials_the_first_that_matched_is_left(
            words in prop::collection::vec("[ab]{20,25}", 3..6), at in 0usize..3
        ) {
            let first = words.iter().find(|word| words[at].contains(*word)).unwrap();
            prop_assert_eq!(&narrow(&words.join("|"), false, &words[at]), first);
        }
    }
}
