//! The example product: whether it is built, and building it. `up` runs it, and tests do.

use crate::run;
use anyhow::Result;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where it is.
pub(crate) const APP: &str = "examples/mail/app";

/// The version of Node, where it is there with npm.
pub(crate) fn node_version() -> Option<String> {
    run::answer(Command::new("npm").arg("--version"))?;
    run::answer(Command::new("node").arg("--version"))
}

/// Installs what it needs and builds it, unless it is built already.
pub(crate) fn build(root: &Path) -> Result<()> {
    if is_built(root) {
        return Ok(());
    }
    run::run(Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(root.join(APP)))
}

/// Checks its types and lints, without running it: its own tests take as long as all of ours.
pub(crate) fn check(root: &Path) -> Result<()> {
    run::run(Command::new("npm").args(["run", "--silent", "check"]).current_dir(root.join(APP)))
}

/// Whether it was built from what it is now.
pub(crate) fn is_built(root: &Path) -> bool {
    let app = root.join(APP);
    let modified = |path: PathBuf| path.metadata().and_then(|metadata| metadata.modified()).ok();
    let Some(built) = modified(app.join("build/main.js")) else { return false };
    let sources = std::fs::read_dir(app.join("src")).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut sources = sources.chain([app.join("package-lock.json"), app.join("tsconfig.json")]);
    sources.all(|path| modified(path).is_some_and(|modified| modified <= built))
}
