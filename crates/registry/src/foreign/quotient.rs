//! Shares that a query computes: one sum of rates divided by another, as counters that can be counted for themselves.

use super::counter::{counters, text_length};

/// A share that a query computes from counters: the counters of its numerator and of its denominator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Quotient {
    pub(super) part: String,
    pub(super) total: String,
    /// Whether the share is what is left of one: `1 - part / total`.
    pub(super) is_rest: bool,
}

/// The counters of a query that is one sum of rates divided by another; `None` where it is more than that.
pub(super) fn quotient(query: &str) -> Option<Quotient> {
    let mut text = within_parentheses(query);
    let rest = text.strip_prefix('1').and_then(|rest| rest.trim_start().strip_prefix('-'));
    let is_rest = rest.is_some();
    if let Some(rest) = rest {
        text = within_parentheses(rest);
    }
    let mut operators = operators(text)?;
    let (Some((at, '/')), None) = (operators.next(), operators.next()) else { return None };
    let (part, total) = (&text[..at], &text[at + 1..]);
    // By group there are several shares, and one of sums is none of them.
    if [part, total].iter().any(|side| has_grouping(side)) {
        return None;
    }
    match (counters(part)?, counters(total)?) {
        ((part, function), (total, other)) if function == other => Some(Quotient { part, total, is_rest }),
        _ => None,
    }
}

/// The operators of arithmetic that stand in no parentheses, with their places; `None` where parentheses or texts do not end.
fn operators(text: &str) -> Option<std::vec::IntoIter<(usize, char)>> {
    let (mut at, mut depth, mut found) = (0, 0_usize, Vec::new());
    while let Some(c) = text[at..].chars().next() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.checked_sub(1)?,
            '"' | '\'' | '`' => at += text_length(&text[at + 1..], c)?,
            '+' | '-' | '*' | '/' | '%' | '^' if depth == 0 => found.push((at, c)),
            _ => {}
        }
        at += c.len_utf8();
    }
    (depth == 0).then(|| found.into_iter())
}

/// What stands in parentheses that go around all of a text.
fn within_parentheses(text: &str) -> &str {
    let text = text.trim();
    let Some(inner) = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) else { return text };
    // In `(a) / (b)` the first one ends before the last one does.
    if operators(inner).is_some() { within_parentheses(inner) } else { text }
}

fn has_grouping(text: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ':');
    text.split(|c: char| !is_word(c)).any(|word| matches!(word, "by" | "without"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_of_rates_by_another_is_a_share_of_counters() {
        let told = |query: &str| quotient(query).map(|of| (of.part, of.total, of.is_rest));
        let share = |is_rest| Some(("sum(a{x=\"/\"})".to_owned(), "sum(b)".to_owned(), is_rest));
        for query in [
            "sum(rate(a{x=\"/\"}[{{.window}}])) / sum(rate(b[{{.window}}]))",
            "(sum(rate(a{x=\"/\"}[{{.window}}]))\n/\nsum(rate(b[{{.window}}])))",
        ] {
            assert_eq!(told(query), share(false), "{query}");
            assert_eq!(told(&format!("1 - {query}")), share(true), "{query}");
            assert_eq!(told(&format!("(1 - ({query}))")), share(true), "{query}");
        }
        let sums = "(sum(rate(a[{{.window}}])) - sum(rate(b[{{.window}}]))) / (sum(rate(c[{{.window}}])))";
        assert_eq!(told(sums), Some(("(sum(a) - sum(b))".to_owned(), "(sum(c))".to_owned(), false)));
    }

    #[test]
    fn any_other_share_is_left_alone() {
        let (a, b) = ("sum(rate(a[{{.window}}]))", "sum(rate(b[{{.window}}]))");
        for query in [
            a.to_owned(),
            format!("{a} / {b} / 2"),
            format!("{a} - {a} / {b}"),
            format!("2 - {a} / {b}"),
            format!("{a} / on(x) {b}"),
            format!("{a} / sum(increase(b[{{{{.window}}}}]))"),
            "sum by (x) (rate(a[{{.window}}])) / sum by (x) (rate(b[{{.window}}]))".to_owned(),
            format!("({a} / {b}"),
            format!("{a}) / ({b}"),
            "'".to_owned(),
            "1 -".to_owned(),
            "()/()".to_owned(),
        ] {
            assert_eq!(quotient(&query), None, "{query}");
        }
    }
}
