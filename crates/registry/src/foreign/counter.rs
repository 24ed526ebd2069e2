//! PromQL as far as it has to be understood: selectors of series, and Sloth's queries without their window.
//!
//! A query over `[{{.window}}]` that only adds and takes away rates is the rate of what adds and takes away the counters, which is what OpenSLO calls
//! a counter. Of any other query nothing is changed.

/// The function whose windows are taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Rate,
    Increase,
}

/// Whether a query has a window to be put in.
pub(super) fn has_window(query: &str) -> bool {
    query.match_indices("{{").any(|(at, _)| window_length(&query[at..]).is_some())
}

/// The counters of a query, with the function that they stood in; `None` where it is more than sums of rates.
pub(super) fn counters(query: &str) -> Option<(String, Function)> {
    let mut out = String::with_capacity(query.len());
    let mut found: Option<Function> = None;
    let mut rest = query;
    // Within the parentheses of `by` and `without`, where names are labels.
    let mut labels = false;
    while let Some(c) = rest.chars().next() {
        let word = word(rest);
        if !word.is_empty() {
            let after = &rest[word.len()..];
            let function = match word {
                "rate" => Some(Function::Rate),
                "increase" => Some(Function::Increase),
                _ => None,
            };
            match (function, word) {
                (Some(function), _) if !labels => {
                    if found.is_some_and(|other| other != function) {
                        return None;
                    }
                    found = Some(function);
                    let (selector, after) = windowed(after)?;
                    out.push_str(selector);
                    rest = after;
                    continue;
                }
                (None, "sum" | "by" | "without") if !labels => labels = word != "sum",
                _ if labels => {}
                _ => return None,
            }
            out.push_str(word);
            rest = after;
            continue;
        }
        match c {
            '(' | ',' | '+' | '-' => {}
            ')' => labels = false,
            c if c.is_whitespace() => {}
            _ => return None,
        }
        out.push(c);
        rest = &rest[c.len_utf8()..];
    }
    Some((out.trim().to_owned(), found?))
}

/// Whether a text selects series and does nothing else, but for an offset.
pub(super) fn is_selector(text: &str) -> bool {
    let Some(after) = selector_length(text).map(|length| text[length..].trim()) else { return false };
    after.is_empty()
        || after.strip_prefix("offset").is_some_and(|offset| {
            let is_inner = |c: char| c.is_ascii_alphanumeric() || c == '-';
            offset.starts_with(char::is_whitespace) && offset.trim().chars().all(is_inner)
        })
}

/// Whether a selector asks for a value of a label.
pub(super) fn matches_label(selector: &str, label: &str) -> bool {
    let Some((_, matchers)) = selector.split_once('{') else { return false };
    let mut rest = matchers;
    while let Some(c) = rest.chars().next() {
        let name = word(rest);
        if name == label && rest[name.len()..].trim_start().starts_with('=') {
            return true;
        }
        let skipped = match c {
            '"' | '\'' | '`' => c.len_utf8() + text_length(&rest[1..], c).unwrap_or(rest.len() - 1),
            _ => name.len().max(c.len_utf8()),
        };
        rest = &rest[skipped..];
    }
    false
}

/// The length of the selector that a text begins with.
fn selector_length(text: &str) -> Option<usize> {
    let mut length = word(text).len();
    if let Some(matchers) = text[length..].trim_start().strip_prefix('{') {
        length = text.len() - matchers.len() + matchers_length(matchers)?;
    }
    (length > 0).then_some(length)
}

/// `(SELECTOR[{{.window}}])`: the selector, and what comes after.
fn windowed(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start().strip_prefix('(')?.trim_start();
    let (selector, after) = text.split_at(selector_length(text)?);
    let after = after.trim_start().strip_prefix('[')?.trim_start();
    let after = after[window_length(after)?..].trim_start().strip_prefix(']')?;
    Some((selector, after.trim_start().strip_prefix(')')?))
}

/// Up to the brace that ends matchers, with it; braces in texts do not count.
fn matchers_length(text: &str) -> Option<usize> {
    let mut at = 0;
    loop {
        match text[at..].chars().next()? {
            '}' => return Some(at + 1),
            '{' => return None,
            quote @ ('"' | '\'' | '`') => at += 1 + text_length(&text[at + 1..], quote)?,
            c => at += c.len_utf8(),
        }
    }
}

/// Up to the quote that ends a text, with it.
pub(super) fn text_length(text: &str, quote: char) -> Option<usize> {
    let mut is_escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' if quote != '`' => is_escaped = true,
            c if c == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// The length of `{{.window}}`, with spaces or without, that a text begins with.
fn window_length(text: &str) -> Option<usize> {
    let inner = text.strip_prefix("{{")?.trim_start_matches(' ').strip_prefix(".window")?;
    let after = inner.trim_start_matches(' ').strip_prefix("}}")?;
    Some(text.len() - after.len())
}

/// The name that a text begins with: of a metric, a function or a label.
fn word(text: &str) -> &str {
    let is_inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ':');
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '_' | ':'));
    let length = text.find(|c: char| !is_inner(c)).unwrap_or(text.len());
    if begins { &text[..length] } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_of_rates_are_rates_of_sums() {
        let cases = [
            (r#"sum(rate(a{code=~"5..|4[0-9]}"}[{{.window}}]))"#, r#"sum(a{code=~"5..|4[0-9]}"})"#),
            ("(sum(rate(a[{{ .window }}])) - sum(rate(b [ {{.window}} ])))", "(sum(a) - sum(b))"),
            (
                "sum by (le, rate) (rate({__name__='x'}[{{.window}}]))\n+\nsum(rate(y[{{.window}}]))",
                "sum by (le, rate) ({__name__='x'})\n+\nsum(y)",
            ),
        ];
        for (query, expected) in cases {
            assert_eq!(counters(query), Some((expected.to_owned(), Function::Rate)), "{query}");
        }
        assert_eq!(counters("sum(increase(a[{{.window}}]))"), Some(("sum(a)".to_owned(), Function::Increase)));
    }

    #[test]
    fn selectors_are_known_from_other_expressions() {
        for text in ["up", "a:b{c=\"}\"}", "{__name__=~`x}`}", "up offset 5m", "up{} offset -1h30m"] {
            assert!(is_selector(text), "{text}");
        }
        for text in ["", "sum(up)", "up / 2", "up[5m]", "up{a=\"b}", "up offset", "up @ 5", "up{a=\"b\"} > 1"] {
            assert!(!is_selector(text), "{text}");
        }
        let with = |text: &str| matches_label(text, "le");
        assert!(with("a_bucket{le=\"1\"}") && with("a{x='le=',le =~ \"0.5|1\"}"));
        assert!(!with("le{x=\"le=1\"}") && !with("a{file=\"x\"}") && !with("le") && !with("a{le!=\"1\"}"));
    }

    #[test]
    fn what_is_more_than_that_is_left_alone() {
        for query in [
            "",
            "sum(a)",
            "sum(rate(a[5m]))",
            "sum(rate(a[{{.window}}])) / 2",
            "sum(rate(a[{{.window}}])) OR on() vector(0)",
            "sum_over_time((count(a < 0.75))[{{.window}}:])",
            "sum(rate(a[{{.window}}])) + sum(increase(b[{{.window}}]))",
            "max(rate(a[{{.window}}]))",
            "sum(rate(a[{{.window}}] offset 5m))",
            "sum(rate(a{b=\"c[{{.window}}]))",
            "1 - sum(rate(a[{{.window}}]))",
        ] {
            assert_eq!(counters(query), None, "{query}");
        }
        assert!(has_window("x[{{ .window }}]") && !has_window("x[5m] {{.other}}"));
    }
}
