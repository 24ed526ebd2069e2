//! YAML written: block style, in the order that it is given, texts so that every reader of YAML 1.1 and 1.2 takes them for texts.
//!
//! Reading is `registry`'s matter.

use std::fmt::Write as _;

/// A value to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Yaml {
    /// A text, quoted where it could be taken for something else.
    Text(String),
    /// A number or a truth value, as it stands.
    Bare(String),
    /// A key with nothing behind it.
    Nothing,
    /// Several values.
    List(Vec<Yaml>),
    /// Values by key.
    Map(Vec<(String, Yaml)>),
}

impl Yaml {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Something that is printed as a number, or as `true` or `false`.
    pub(crate) fn number(number: impl std::fmt::Display) -> Self {
        Self::Bare(format!("{number}"))
    }

    /// A mapping of these keys, without those that have no value.
    pub(crate) fn map<const N: usize>(entries: [(&str, Option<Self>); N]) -> Self {
        Self::Map(self::entries(entries))
    }

    /// As a document that ends with a line break.
    pub(crate) fn document(&self) -> String {
        let mut out = String::new();
        match self {
            Self::Map(entries) if !entries.is_empty() => map(&mut out, entries, 0),
            Self::List(items) if !items.is_empty() => list(&mut out, items, 0),
            scalar => {
                out.push_str(&inline(scalar, 0));
                out.push('\n');
            }
        }
        out
    }
}

/// Keys with their values, without those that have none.
pub(crate) fn entries<const N: usize>(entries: [(&str, Option<Yaml>); N]) -> Vec<(String, Yaml)> {
    entries.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
}

fn map(out: &mut String, entries: &[(String, Yaml)], depth: usize) {
    for (at, (key, value)) in entries.iter().enumerate() {
        // The first entry stands behind what began the line.
        if at > 0 || depth == 0 {
            indent(out, depth);
        }
        // Writing to a string cannot fail.
        let _ = write!(out, "{}:", scalar(key));
        match value {
            Yaml::Map(entries) if !entries.is_empty() => {
                out.push('\n');
                indent(out, depth + 1);
                map(out, entries, depth + 1);
            }
            Yaml::List(items) if !items.is_empty() => {
                out.push('\n');
                list(out, items, depth + 1);
            }
            Yaml::Nothing => out.push('\n'),
            value => {
                let _ = writeln!(out, " {}", inline(value, depth + 1));
            }
        }
    }
}

fn list(out: &mut String, items: &[Yaml], depth: usize) {
    for item in items {
        indent(out, depth);
        out.push_str("- ");
        match item {
            Yaml::Map(entries) if !entries.is_empty() => map(out, entries, depth + 1),
            Yaml::List(items) if !items.is_empty() => {
                out.push('\n');
                list(out, items, depth + 1);
            }
            value => {
                out.push_str(&inline(value, depth + 1));
                out.push('\n');
            }
        }
    }
}

fn indent(out: &mut String, depth: usize) {
    (0..depth).for_each(|_| out.push_str("  "));
}

/// A value that stands behind its key or hyphen.
fn inline(value: &Yaml, depth: usize) -> String {
    match value {
        Yaml::Text(text) if is_block(text) => block(text, depth),
        Yaml::Text(text) => scalar(text),
        Yaml::Bare(text) => text.clone(),
        Yaml::Nothing => "null".to_owned(),
        Yaml::List(_) => "[]".to_owned(),
        Yaml::Map(_) => "{}".to_owned(),
    }
}

/// Whether a text of several lines can stand as they are: nothing that a block would lose.
fn is_block(text: &str) -> bool {
    let is_plain = |line: &str| !line.ends_with(char::is_whitespace) && !line.chars().any(char::is_control);
    text.contains('\n')
        && !text.starts_with(char::is_whitespace)
        && text.strip_suffix('\n').unwrap_or(text).split('\n').all(is_plain)
        && !text.contains(is_break)
        && !text.ends_with("\n\n")
}

fn block(text: &str, depth: usize) -> String {
    let mut out = if text.ends_with('\n') { "|" } else { "|-" }.to_owned();
    for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        out.push('\n');
        if !line.is_empty() {
            indent(&mut out, depth);
            out.push_str(line);
        }
    }
    out
}

/// A text on one line: as it stands where every reader takes it for that text, else between quotes.
fn scalar(text: &str) -> String {
    match text {
        text if is_plain(text) || is_duration(text) => text.to_owned(),
        // Queries are full of double quotes.
        text if text.contains('"')
            && !text.contains('\'')
            && !text.contains(|c: char| c.is_control() || is_break(c)) =>
        {
            format!("'{text}'")
        }
        text => quoted(text),
    }
}

/// A number with a unit, such as `28d`, which nobody takes for a number.
fn is_duration(text: &str) -> bool {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    digits > 0 && matches!(&text[digits..], "m" | "h" | "d" | "w" | "M" | "Q" | "Y")
}

fn is_plain(text: &str) -> bool {
    const WORDS: [&str; 10] = ["true", "false", "yes", "no", "on", "off", "null", "y", "n", "nan"];
    let begins = |c: char| c.is_ascii_alphabetic() || c == '_' || c == '/';
    let is_inner = |c: char| {
        c.is_alphanumeric() || matches!(c, ' ' | '_' | '-' | '.' | '/' | '(' | ')' | ',' | '%' | '+' | ':' | '=' | ';')
    };
    text.starts_with(begins)
        && text.chars().all(|c| is_inner(c) && !is_break(c))
        && !text.contains(": ")
        && !text.ends_with([':', ' '])
        && !WORDS.contains(&&*text.to_ascii_lowercase())
}

/// What some readers take for the end of a line.
fn is_break(c: char) -> bool {
    matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}')
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() || is_break(c) => {
                let _ = match u32::from(c) {
                    code @ 0..=0xff => write!(out, "\\x{code:02x}"),
                    code => write!(out, "\\u{code:04x}"),
                };
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_values_are_indented_below_their_keys() {
        let rule = Yaml::map([("record", Some(Yaml::text("a:b"))), ("expr", Some(Yaml::text("x\n/\ny")))]);
        let value = Yaml::map([
            ("groups", Some(Yaml::List(vec![rule, Yaml::List(vec![Yaml::number(1)])]))),
            ("left", None),
            ("empty", Some(Yaml::Map(Vec::new()))),
        ]);
        let expected = "groups:\n  - record: a:b\n    expr: |-\n      x\n      /\n      y\n  - \n    - 1\nempty: {}\n";
        assert_eq!(value.document(), expected);
    }

    #[test]
    fn what_could_be_taken_for_something_else_is_quoted() {
        for text in [
            "",
            "0.5",
            "1e3",
            "true",
            "No",
            "a: b",
            "{{.window}}",
            "# x",
            "- x",
            "a\tb",
            "x ",
            "~",
            "a\u{2028}b",
            "*a",
            "it's \"x\"",
        ] {
            assert!(scalar(text).starts_with('"'), "{text}: {}", scalar(text));
        }
        for text in ["mail", "compose-mail/send-mail", "slo:sli_error:ratio_rate5m", "Send mail", "a, b", "28d"] {
            assert_eq!(scalar(text), text);
        }
        assert_eq!(scalar("x{a=\"b\"}"), "'x{a=\"b\"}'");
    }
}
