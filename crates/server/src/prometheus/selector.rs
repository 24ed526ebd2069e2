//! The counters behind a sum: asked for one by one, so that the restart of one is not taken for that of all.
//!
//! What a sum of counters grows by is the sum of what each grows by; only the latter can be told when one of them begins anew.

/// The selector in `sum(selector)`, also with `by` or `without`; any other query as it is.
pub(super) fn without_sum(query: &str) -> &str {
    summed(query).filter(|inner| is_selector(inner)).unwrap_or(query)
}

fn summed(query: &str) -> Option<&str> {
    let mut rest = query.trim().strip_prefix("sum")?.trim_start();
    for grouping in ["by", "without"] {
        if let Some(labels) = rest.strip_prefix(grouping) {
            let (_, after) = labels.trim_start().strip_prefix('(')?.split_once(')')?;
            rest = after.trim_start();
        }
    }
    Some(rest.strip_prefix('(')?.strip_suffix(')')?.trim())
}

/// Whether text is a name of a metric, labels in braces, or both, and nothing else.
fn is_selector(text: &str) -> bool {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    let labels = text.trim_start_matches(is_of_name);
    let Some(inner) = labels.trim_start().strip_prefix('{') else { return labels.is_empty() && !text.is_empty() };
    let mut quote = None;
    let mut characters = inner.char_indices();
    while let Some((at, c)) = characters.next() {
        match (quote, c) {
            (Some('"' | '\''), '\\') => {
                characters.next();
            }
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'' | '`') => quote = Some(c),
            (None, '}') => return inner[at + 1..].trim().is_empty(),
            (None, _) => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_of_one_selector_is_asked_for_without_it() {
        for (query, asked) in [
            ("sum(a_total)", "a_total"),
            (" sum ( a_total{code=~\"5..\",path='/x)}'} ) ", "a_total{code=~\"5..\",path='/x)}'}"),
            ("sum by (code) (a:b{})", "a:b{}"),
            ("sum without(pod)({__name__=\"a\"})", "{__name__=\"a\"}"),
        ] {
            assert_eq!(without_sum(query), asked);
        }
        for query in [
            "a_total",
            "sum(a) + sum(b)",
            "sum(a + b)",
            "sum(rate(a[5m]))",
            "sum(a) by (code)",
            "sum()",
            "summary_total",
            "sum(a offset 5m)",
            "sum(a{b=\"}\")",
            "max(a)",
        ] {
            assert_eq!(without_sum(query), query);
        }
    }
}
