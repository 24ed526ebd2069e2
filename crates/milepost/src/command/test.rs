//! `milepost test`: scripts that say what budgets and alerts should be, run against the maths that the server uses.

use crate::output;
use crate::reading;
use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};
use milepost_registry::Registry;
use milepost_slo::script::{Definition, Failure, Report, run};
use serde::Serialize;
use std::fmt::Write as _;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Run scripts that say what error budgets and burn alerts should be
///
/// A script loads minutes of counts, defines SLOs or takes them from a registry, and says what it expects at a time: how much of the budget is
/// spent, which alerts fire and since when. docs/test.md describes the language. Exits with 0 when all is as expected, with 1 when
/// something is not or a script cannot be understood, and with 2 when the command could not be run.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost test budgets.test
  milepost test --registry registry/ tests/*.test
  milepost test budgets.test --format json | jq '.files[].failures[]'

A script, budgets.test:
  slo send-mail 99.9% over 1d
  load 1m
      send-mail 100/100x1439 100/82   # valid/good, 1,439 minutes and one more
  eval at 23h59m send-mail
      expect budget_spent 12.5%       # 18 bad of 144 that may be
      expect page-1h firing since 23h59m")]
pub(crate) struct TestCommand {
    /// Scripts to run
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Folder with the registry whose SLOs scripts name
    #[arg(long, value_name = "DIR")]
    registry: Option<PathBuf>,
    /// Output for people or for programs
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Largest script: what is larger is no script.
const MAX_SCRIPT_BYTES: u64 = 4 * 1024 * 1024;

impl TestCommand {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let registry = match &self.registry {
            None => None,
            Some(folder) => match reading::load(folder)? {
                Some(registry) => Some(registry),
                None => return Ok(ExitCode::from(2)),
            },
        };
        let mut ran = Vec::new();
        for path in &self.files {
            let report = run(&read(path)?, |name| definition(registry.as_ref()?, name));
            ran.push((path.display().to_string(), report));
        }
        output::data(&match self.format {
            Format::Text => text(&ran),
            Format::Json => output::json(&Ran::of(&ran))?,
        })?;
        let is_met = ran.iter().all(|(_, report)| report.failures.is_empty());
        Ok(if is_met { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }
}

fn read(path: &Path) -> anyhow::Result<String> {
    let name = path.display();
    let file = std::fs::File::open(path).with_context(|| format!("`{name}` cannot be read"))?;
    let mut text = String::new();
    let read = file.take(MAX_SCRIPT_BYTES + 1).read_to_string(&mut text);
    if read.with_context(|| format!("`{name}` cannot be read"))? as u64 > MAX_SCRIPT_BYTES {
        bail!("`{name}` is larger than 4 MiB, which no script is");
    }
    Ok(text)
}

/// An SLO of the registry by its name, with its product before it where several products have one.
fn definition(registry: &Registry, name: &str) -> Option<Definition> {
    let is_named =
        |slo: &&milepost_slo::Slo| slo.name.as_str() == name || format!("{}/{}", slo.product, slo.name) == name;
    let mut found = registry.slos.iter().filter(is_named);
    let slo = found.next()?;
    found.next().is_none().then(|| Definition::of(slo))
}

fn text(ran: &[(String, Report)]) -> String {
    let mut out = String::new();
    for (file, report) in ran {
        for failure in &report.failures {
            let _ = writeln!(out, "{}:{}: {}", plain(file), failure.line, plain(&failure.message));
            if let Some(difference) = &failure.difference {
                let _ = writeln!(
                    out,
                    "  expected  {}\n  is        {}",
                    plain(&difference.expected),
                    plain(&difference.actual)
                );
            }
        }
    }
    let checks = ran.iter().map(|(_, report)| report.checks).sum();
    let failures: Vec<&Failure> = ran.iter().flat_map(|(_, report)| &report.failures).collect();
    let unread = failures.iter().filter(|failure| failure.difference.is_none()).count();
    let _ = write!(out, "{}, {}", output::count(ran.len(), "script"), output::count(checks, "expectation"));
    let _ = match (failures.len() - unread, unread) {
        (0, 0) => writeln!(out, ": all met"),
        (unmet, 0) => writeln!(out, ": {unmet} not met"),
        (0, unread) => writeln!(out, ": {} not understood", output::count(unread, "script")),
        (unmet, unread) => writeln!(out, ": {unmet} not met, {} not understood", output::count(unread, "script")),
    };
    out
}

/// With nothing in it that a terminal would obey.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// What was run, for programs.
#[derive(Serialize)]
struct Ran<'r> {
    checks: usize,
    files: Vec<RanFile<'r>>,
}

#[derive(Serialize)]
struct RanFile<'r> {
    file: &'r str,
    checks: usize,
    failures: Vec<RanFailure<'r>>,
}

/// `expected` and `actual` are null for a line that could not be understood.
#[derive(Serialize)]
struct RanFailure<'r> {
    line: usize,
    message: &'r str,
    expected: Option<&'r str>,
    actual: Option<&'r str>,
}

impl<'r> Ran<'r> {
    fn of(ran: &'r [(String, Report)]) -> Self {
        let failure = |failure: &'r Failure| RanFailure {
            line: failure.line,
            message: &failure.message,
            expected: failure.difference.as_ref().map(|difference| difference.expected.as_str()),
            actual: failure.difference.as_ref().map(|difference| difference.actual.as_str()),
        };
        let file = |(file, report): &'r (String, Report)| RanFile {
            file,
            checks: report.checks,
            failures: report.failures.iter().map(failure).collect(),
        };
        Self { checks: ran.iter().map(|(_, report)| report.checks).sum(), files: ran.iter().map(file).collect() }
    }
}
