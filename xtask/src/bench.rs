//! `cargo xtask bench`: the criterion benches of all crates, then whole programs against their peers.
//!
//! A comparison is any executable file in `benches/compare/`. It runs Milepost and the peer in one go, prints both
//! numbers and fails when it could not compare. Timings are read by people; none of them fails a build.

use crate::tools::{self, Tools};
use crate::{run, say};
use anyhow::{Context as _, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

const COMPARISONS: &str = "benches/compare";

/// Runs the benches whose name contains `filter`; without one all benches and then all comparisons.
pub(crate) fn run(root: &Path, filter: Option<&str>) -> Result<()> {
    run::run(run::cargo(root).args(["bench", "--workspace"]).args(filter))?;
    if filter.is_some() {
        return Ok(());
    }
    let comparisons = comparisons(root)?;
    if comparisons.is_empty() {
        say::progress(format_args!("no comparisons: `{COMPARISONS}` holds no executable file"));
        return Ok(());
    }
    run::run(run::cargo(root).args(["build", "--release", "--package", "milepost"]))?;
    let tools = Tools::prepare(root, &[tools::Tool::Mtail, tools::Tool::Python]);
    let mut failed = Vec::new();
    for path in comparisons {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        say::progress(format_args!("== comparison {name}"));
        let mut command = Command::new(&path);
        if let Err(error) = run::run(command.current_dir(root).envs(tools.environment())) {
            say::progress(format_args!("error: {error:#}"));
            failed.push(name);
        }
    }
    if !failed.is_empty() {
        bail!("comparisons failed: {}", failed.join(", "));
    }
    Ok(())
}

fn comparisons(root: &Path) -> Result<Vec<PathBuf>> {
    let folder = root.join(COMPARISONS);
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut programs = Vec::new();
    for entry in std::fs::read_dir(&folder).with_context(|| format!("`{COMPARISONS}` cannot be read"))? {
        let path = entry?.path();
        if tools::is_executable(&path) {
            programs.push(path);
        }
    }
    programs.sort();
    Ok(programs)
}
