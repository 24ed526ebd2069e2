//! `cargo xtask test`: the CI tier, the same on every machine.
//!
//! The parts run in one order and a failed part does not stop the next, so that one run tells everything. Full
//! counts of the long tests are no part of it.

mod runner;
mod table;

use crate::tools::{Tool, Tools};
use crate::{example, run, say, tidy, ui};
use anyhow::{Result, bail};
use clap::ValueEnum;
use std::path::Path;
use std::process::Command;
use std::time::Instant;
use table::{Row, Verdict};

/// A part of the tier; declared in the order in which the parts run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Part {
    /// Formatting (cargo fmt).
    Format,
    /// The pages of the server: types, how heavy the first one is, and tests of what they work out. The server is built with them afterwards.
    Ui,
    /// Compiler and clippy lints, warnings denied; types of the example product.
    Lints,
    /// House rules that no other tool checks (cargo xtask tidy).
    Tidy,
    /// Licences, duplicate versions, sources and advisories of dependencies (cargo-deny).
    Deny,
    /// All tests but the documentation's.
    Test,
    /// Journeys through the pages in a browser, with the example product under them.
    Journeys,
    /// Documentation builds without warnings and its examples run.
    Doc,
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::Ui => "ui",
            Self::Lints => "lints",
            Self::Tidy => "tidy",
            Self::Deny => "deny",
            Self::Test => "test",
            Self::Journeys => "journeys",
            Self::Doc => "doc",
        }
    }

    fn tools(self) -> &'static [Tool] {
        match self {
            Self::Deny => &[Tool::CargoDeny],
            Self::Lints | Self::Ui => &[Tool::Node],
            Self::Journeys => &[Tool::Chromium, Tool::Node],
            Self::Test => &[Tool::Alertmanager, Tool::Mtail, Tool::Node, Tool::Prometheus, Tool::Python],
            Self::Format | Self::Tidy | Self::Doc => &[],
        }
    }
}

/// Runs the parts in `only`, or all of them, and prints the time table; an error names the parts that failed.
pub(crate) fn run(root: &Path, only: &[Part]) -> Result<()> {
    let parts: Vec<Part> =
        Part::value_variants().iter().copied().filter(|part| only.is_empty() || only.contains(part)).collect();
    let mut rows = Vec::new();
    let mut wanted: Vec<Tool> = Vec::new();
    for tool in parts.iter().flat_map(|part| part.tools()) {
        if !wanted.contains(tool) {
            wanted.push(*tool);
        }
    }
    let mut tools = None;
    if !wanted.is_empty() {
        rows.push(timed("tools", || {
            let prepared = tools.insert(Tools::prepare(root, &wanted));
            Ok(tools_verdict(prepared, in_ci()))
        }));
    }
    let tools = tools.unwrap_or_else(|| Tools::prepare(root, &[]));
    let mut summary = Vec::new();
    for part in parts {
        rows.push(timed(part.name(), || match part {
            Part::Format => run::run(run::cargo(root).args(["fmt", "--all", "--check"])).map(|()| Verdict::Passed),
            Part::Ui => pages(root, &tools),
            Part::Lints => lints(root, &tools),
            Part::Tidy => tidy::run(root).map(|()| Verdict::Passed),
            Part::Deny => deny(root, &tools),
            Part::Test => runner::tests(root, &tools, &mut summary),
            Part::Journeys => journeys(root, &tools),
            Part::Doc => doc(root),
        }));
    }
    say::result(table::render(&rows));
    for line in summary {
        say::result(line);
    }
    let failed: Vec<&str> = rows.iter().filter(|row| row.failed()).map(|row| row.part).collect();
    if !failed.is_empty() {
        bail!("failed parts: {}", failed.join(", "));
    }
    Ok(())
}

fn timed(part: &'static str, work: impl FnOnce() -> Result<Verdict>) -> Row {
    say::progress(format_args!("== {part}"));
    let start = Instant::now();
    let verdict = work().unwrap_or_else(|error| {
        say::progress(format_args!("error: {error:#}"));
        Verdict::Failed(format!("{error:#}"))
    });
    Row { part, seconds: start.elapsed().as_secs_f64(), verdict }
}

/// CI must not pass because a check could not run; anyone else's machine may lack what it likes, out loud.
fn tools_verdict(tools: &Tools, in_ci: bool) -> Verdict {
    let missing: Vec<String> = tools.missing().iter().map(ToString::to_string).collect();
    for line in &missing {
        say::progress(line);
    }
    if missing.is_empty() {
        Verdict::Passed
    } else if in_ci {
        Verdict::Failed(missing.join("; "))
    } else {
        Verdict::Partly(missing.join("; "))
    }
}

fn in_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true" || value == "1")
}

fn lints(root: &Path, tools: &Tools) -> Result<Verdict> {
    let clippy = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
    run::run(run::cargo(root).args(clippy))?;
    if tools.path(Tool::Node).is_none() {
        return Ok(Verdict::Partly("the example product, for want of Node".to_owned()));
    }
    example::check(root).map(|()| Verdict::Passed)
}

fn pages(root: &Path, tools: &Tools) -> Result<Verdict> {
    if tools.path(Tool::Node).is_none() {
        return Ok(Verdict::Skipped("Node is missing".to_owned()));
    }
    ui::build(root)?;
    ui::test(root).map(|()| Verdict::Passed)
}

fn journeys(root: &Path, tools: &Tools) -> Result<Verdict> {
    let (Some(chromium), Some(_)) = (tools.path(Tool::Chromium), tools.path(Tool::Node)) else {
        return Ok(Verdict::Skipped("Chromium or Node is missing".to_owned()));
    };
    ui::build(root)?;
    // What the tests were built with, so that nothing is compiled twice.
    run::run(run::cargo(root).args(["test", "--workspace", "--lib", "--bins", "--tests", "--no-run", "--quiet"]))?;
    ui::journeys(root, &root.join("target/debug/milepost"), chromium).map(|()| Verdict::Passed)
}

fn deny(root: &Path, tools: &Tools) -> Result<Verdict> {
    let Some(program) = tools.path(Tool::CargoDeny) else {
        return Ok(Verdict::Skipped("cargo-deny is missing".to_owned()));
    };
    let cargo_deny = |arguments: &[&str]| run::run(Command::new(program).args(arguments).current_dir(root));
    cargo_deny(&["check", "--hide-inclusion-graph", "licenses", "bans", "sources"])?;
    if let Err(error) = cargo_deny(&["fetch", "db"]) {
        return Ok(Verdict::Partly(format!("advisories, whose database cannot be reached ({error:#})")));
    }
    cargo_deny(&["--offline", "check", "--hide-inclusion-graph", "advisories"]).map(|()| Verdict::Passed)
}

fn doc(root: &Path) -> Result<Verdict> {
    run::run(run::cargo(root).args(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))?;
    run::run(run::cargo(root).args(["test", "--workspace", "--doc", "--quiet"])).map(|()| Verdict::Passed)
}
