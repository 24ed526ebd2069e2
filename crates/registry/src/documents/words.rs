//! Values that several kinds of documents have: criticalities, stages, dates, step paths, lists of names.

use super::check_duplicates;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::quote::quote;
use crate::reader::{Fields, Reader};
use crate::source::Spanned;
use crate::yaml::Node;
use milepost_model::{Criticality, Date, Name, Stage, StepPath};

/// Most entries of a list of steps, tags or names: people read them.
pub(super) const MAX_NAMES: usize = 100;

pub(super) fn read_criticality(node: &Node, reader: &mut Reader<'_>) -> Option<Spanned<Criticality>> {
    let levels = Criticality::ALL.map(|c| (c.as_str(), c));
    reader.choice(node, "a criticality", &levels).map(|c| reader.spanned(node, c))
}

pub(super) fn read_stage(fields: &mut Fields<'_>, reader: &mut Reader<'_>) -> Stage {
    let stages = Stage::ALL.map(|s| (s.as_str(), s));
    fields.optional("stage").and_then(|n| reader.choice(n, "a stage", &stages)).unwrap_or_default()
}

pub(super) fn read_date(node: &Node, reader: &mut Reader<'_>) -> Option<Spanned<Date>> {
    let text = reader.text(node, "a date")?;
    let is_written_right = text.len() == "2026-01-31".len()
        && text.bytes().enumerate().all(|(at, b)| if matches!(at, 4 | 7) { b == b'-' } else { b.is_ascii_digit() });
    if is_written_right && text.parse::<Date>().is_err() {
        let message = format!("there is no day {}", quote(text));
        let diagnostic = Diagnostic::new(Code::BadValue, reader.place(node), message);
        reader.report(diagnostic.help("write a month from 01 to 12, and a day that the month has"));
        return None;
    }
    reader.parse(node, "a date", Code::BadValue)
}

pub(super) fn read_path(node: &Node, reader: &mut Reader<'_>) -> Option<Spanned<StepPath>> {
    let slash = |text: &str| text.replacen(['.', '>', ':'], "/", 1).replace(' ', "");
    reader.parse_or(node, "a step, or `objective/step`", Code::BadName, slash)
}

/// Steps and uses of steps, each once.
pub(super) fn read_paths(node: &Node, what: &str, reader: &mut Reader<'_>) -> Vec<Spanned<StepPath>> {
    let items = reader.filled_list(node, what, "name at least one step, or remove the key");
    let items = reader.at_most(MAX_NAMES, items, node, what);
    let paths: Vec<_> = items.iter().filter_map(|n| read_path(n, reader)).collect();
    check_duplicates(&paths, "step", reader);
    paths
}

/// Criticalities, each once.
pub(super) fn read_criticalities(node: &Node, reader: &mut Reader<'_>) -> Vec<Criticality> {
    let items = reader.filled_list(node, "`criticality`", "name at least one, or remove the key");
    let read: Vec<_> = items.iter().filter_map(|n| read_criticality(n, reader)).collect();
    check_duplicates(&read, "criticality", reader);
    read.into_iter().map(|c| c.value).collect()
}

/// Names of one sort, each once.
pub(super) fn read_names(node: &Node, key: &str, one: &str, reader: &mut Reader<'_>) -> Vec<Spanned<Name>> {
    let what = format!("`{key}`");
    let items = reader.filled_list(node, &what, &format!("name at least one {one}, or remove the key"));
    let items = reader.at_most(MAX_NAMES, items, node, &what);
    let names: Vec<_> = items.iter().filter_map(|n| reader.name(n, &format!("the name of a {one}"))).collect();
    check_duplicates(&names, one, reader);
    names
}
