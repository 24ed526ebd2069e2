//! The files and functions that may be longer than the limits: `xtask/tidy-exceptions.txt`.
//!
//! One line each: `path` or `path::function`, `|`, the size now or `exempt`, `|`, the reason. A size may only shrink.

use super::Finding;
use std::collections::BTreeSet;

/// Where the exceptions are kept.
pub(crate) const PATH: &str = "xtask/tidy-exceptions.txt";

/// The exceptions, and which of them are still needed.
pub(crate) struct Exceptions<'a> {
    entries: Vec<Entry<'a>>,
    needed: BTreeSet<&'a str>,
    findings: Vec<Finding>,
}

struct Entry<'a> {
    line: usize,
    name: &'a str,
    allowance: Allowance,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Allowance {
    /// Any size, as for a table of data; on a path it covers the functions of the file.
    Exempt,
    /// Exactly this many lines of code.
    Size(usize),
}

impl<'a> Exceptions<'a> {
    /// Reads the exceptions; lines that cannot be read become findings.
    pub(crate) fn read(text: &'a str) -> Self {
        let mut exceptions = Self { entries: Vec::new(), needed: BTreeSet::new(), findings: Vec::new() };
        for (index, line) in text.lines().enumerate() {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            match entry(index + 1, line) {
                Some(entry) => exceptions.entries.push(entry),
                None => exceptions.found(index + 1, "must read `path or path::function | size or exempt | reason`"),
            }
        }
        exceptions
    }

    /// What is wrong with something that is longer than its limit; nothing when an exception covers it.
    pub(crate) fn excuse(&mut self, path: &str, function: Option<&str>, size: usize, limit: usize) -> Option<String> {
        let name = function.map_or_else(|| path.to_owned(), |function| format!("{path}::{function}"));
        let own = self.entries.iter().find(|entry| entry.name == name);
        let covering = || self.entries.iter().find(|e| e.name == path && e.allowance == Allowance::Exempt);
        let Some(entry) = own.or_else(covering) else {
            let what = function.map_or_else(|| "the file".to_owned(), |function| format!("function `{function}`"));
            return Some(format!(
                "{what} has {size} lines of code and the limit is {limit}; split it, or if that would make it worse \
                 add `{name} | {size} | reason` to {PATH}"
            ));
        };
        let (name, line, allowance) = (entry.name, entry.line, entry.allowance);
        self.needed.insert(name);
        match allowance {
            Allowance::Size(was) if size > was => {
                return Some(format!("`{name}` grew from {was} to {size} lines of code; an exception may only shrink"));
            }
            Allowance::Size(was) if size < was => {
                self.found(line, &format!("`{name}` has shrunk to {size} lines of code; lower {was} to {size}"));
            }
            Allowance::Size(_) | Allowance::Exempt => {}
        }
        None
    }

    /// Everything that is wrong with the exceptions themselves, once all files were looked at.
    pub(crate) fn finish(mut self) -> Vec<Finding> {
        let unneeded: Vec<(usize, &str)> = self
            .entries
            .iter()
            .filter(|entry| !self.needed.contains(entry.name))
            .map(|entry| (entry.line, entry.name))
            .collect();
        for (line, name) in unneeded {
            self.found(line, &format!("`{name}` is within the limits, or gone; remove this line"));
        }
        self.findings
    }

    fn found(&mut self, line: usize, message: &str) {
        self.findings.push(Finding::new(PATH, line, message));
    }
}

fn entry(line: usize, text: &str) -> Option<Entry<'_>> {
    let mut fields = text.split('|').map(str::trim);
    let (name, allowance, reason) = (fields.next()?, fields.next()?, fields.next()?);
    let allowance = match allowance {
        "exempt" => Allowance::Exempt,
        size => Allowance::Size(size.parse().ok()?),
    };
    (!name.is_empty() && !reason.is_empty()).then_some(Entry { line, name, allowance })
}
