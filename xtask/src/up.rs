//! `cargo xtask up`: from a fresh checkout to a first report.

use crate::{run, say};
use anyhow::{Context as _, Result, bail};
use std::path::{Path, PathBuf};

/// The product that a newcomer sees first: its registry, and below it what its servers logged.
const REGISTRY: &str = "examples/mail";
const TELEMETRY: &str = "examples/mail/telemetry";

const NEXT: &str = "
What to try next:
  cargo run --release -- report --help                 the report on your own registry and logs
  cargo run --release -- check examples/mail           every mistake in a registry, in one run
  cargo run --release -- --help                        everything else";

/// Builds the release binary, showing progress, and runs the report on the example product.
pub(crate) fn run(root: &Path) -> Result<()> {
    let telemetry = telemetry(root)?;
    say::progress("Building Milepost and reading the example product. The first build takes a few minutes.");
    let mut command = run::cargo(root);
    command.args(["run", "--release", "--package", "milepost", "--", "report", "--registry", REGISTRY]);
    run::run(command.args(telemetry))?;
    say::progress(NEXT);
    Ok(())
}

fn telemetry(root: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(root.join(TELEMETRY))
        .with_context(|| format!("the example's telemetry folder `{TELEMETRY}` cannot be read"))?;
    let mut files = Vec::new();
    for entry in entries {
        files.push(Path::new(TELEMETRY).join(entry?.file_name()));
    }
    if files.is_empty() {
        bail!("the example's telemetry folder `{TELEMETRY}` is empty");
    }
    files.sort();
    Ok(files)
}
