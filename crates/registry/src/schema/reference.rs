//! The tables of keys in the reference, written into a page between the marks that name them.

use super::kinds;
use super::table::{Field, List, Mapping, Need, Shape};
use std::fmt::Write as _;

const BEGIN: &str = "<!-- keys of ";
const BEGIN_END: &str = " -->";
const END: &str = "<!-- end of keys -->";

/// The page with its tables filled in; an error names what is missing on it or unknown.
pub(super) fn fill(page: &str) -> Result<String, String> {
    let tables = kinds::mappings();
    let mut left: Vec<&str> = tables.iter().map(|mapping| mapping.name).collect();
    let mut out = String::with_capacity(page.len() * 2);
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let _ = writeln!(out, "{line}");
        let Some(name) = line.strip_prefix(BEGIN).and_then(|rest| rest.strip_suffix(BEGIN_END)) else { continue };
        let table = tables.iter().find(|mapping| mapping.name == name);
        out.push_str(&markdown(table.ok_or_else(|| format!("there is no table of the keys of `{name}`"))?));
        left.retain(|other| *other != name);
        if !lines.any(|line| line == END) {
            return Err(format!("`{END}` is missing after the table of `{name}`"));
        }
        let _ = writeln!(out, "{END}");
    }
    match left.first() {
        Some(name) => Err(format!("the page lacks the line `{BEGIN}{name}{BEGIN_END}`")),
        None => Ok(out),
    }
}

fn markdown(mapping: &Mapping) -> String {
    let of = mapping.of.map_or_else(String::new, |of| format!(" of {of}"));
    let mut out = format!("\n| key{of} | | meaning | example |\n|---|---|---|---|\n");
    for field in mapping.fields {
        let need = match field.need {
            Need::Required => "required",
            Need::Optional => "",
            Need::When(when) => when,
        };
        let example = field.example.replace('|', "\\|");
        let _ = writeln!(out, "| `{}` | {need} | {} | `{example}` |", field.name, meaning(field));
    }
    out.push('\n');
    out
}

/// What it means, what it can be, and what holds without it.
fn meaning(field: &Field) -> String {
    let values = values(&field.shape);
    match field.default {
        _ if !values.is_empty() => format!("{}: {}", field.meaning, listed(&values, field.default)),
        Some(default) => format!("{}; `{default}` by default", field.meaning),
        None => field.meaning.to_owned(),
    }
}

/// The words that a value can be, where it can be nothing else.
fn values(shape: &Shape) -> Vec<&'static str> {
    match shape {
        Shape::Choice(values) => values(),
        Shape::List(List { items: Shape::Choice(values), .. }) => values(),
        _ => Vec::new(),
    }
}

/// `a`, `b` (the default) or `c`.
fn listed(values: &[&str], default: Option<&str>) -> String {
    let quoted = values.iter().map(|value| match default {
        Some(default) if default == *value => format!("`{value}` (the default)"),
        _ => format!("`{value}`"),
    });
    let mut words: Vec<String> = quoted.collect();
    let last = words.pop().unwrap_or_default();
    if words.is_empty() { last } else { format!("{} or {last}", words.join(", ")) }
}
