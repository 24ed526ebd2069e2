//! `cargo xtask tidy`: the house rules that no compiler, linter or formatter checks.
//!
//! Each check is a pure function from the [`Checkout`] to findings, but for the one that compares generated files with
//! what their programs write; each finding says where it is and what would be right. A rule that cannot be checked belongs into nobody's memory: check it, or leave it out.

mod architecture;
mod dependencies;
mod exceptions;
mod generated;
mod headers;
mod links;
mod manifest;
mod markdown;
mod packages;
mod size;
mod source;
mod words;

use crate::checkout::Checkout;
use crate::say;
use anyhow::{Result, bail};
use std::fmt;
use std::path::Path;

type Check = fn(&Checkout) -> Vec<Finding>;

const CHECKS: [Check; 7] = [
    dependencies::check,
    packages::check,
    size::check,
    headers::check,
    words::check,
    architecture::check,
    links::check,
];

/// Something that is against a house rule.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    path: String,
    /// Counted from 1; 0 when it is about the file as a whole.
    line: usize,
    message: String,
}

impl Finding {
    fn new(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, message: message.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.path, self.message),
            line => write!(f, "{}:{line}: {}", self.path, self.message),
        }
    }
}

/// Runs all checks on the checkout at `root` and prints their findings; an error when there are any.
pub(crate) fn run(root: &Path) -> Result<()> {
    let checkout = Checkout::read(root)?;
    let mut findings: Vec<Finding> = CHECKS.iter().flat_map(|check| check(&checkout)).collect();
    findings.extend(generated::check(root));
    findings.sort();
    for finding in &findings {
        say::progress(finding);
    }
    if !findings.is_empty() {
        bail!("tidy found {} to mend", findings.len());
    }
    say::progress(format_args!("tidy: {} files, nothing to mend", checkout.files().len()));
    Ok(())
}

/// Findings as lines, for tests.
#[cfg(test)]
fn lines(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(ToString::to_string).collect()
}
