//! `cargo xtask up`: from a fresh checkout to a first report.

use crate::{run, say};
use anyhow::{Context as _, Result, bail};
use std::path::{Path, PathBuf};

/// The product that a newcomer sees first: its registry, and below it what its servers logged.
const REGISTRY: &str = "examples/mail";
const TELEMETRY: &str = "examples/mail/telemetry";

const NEXT: &str = "
What to try next:
  cargo run --release -- annotate --registry examples/mail examples/mail/telemetry/*.gz
      which requests serve which step, and which serve none
  cargo run --release -- report --per-file --registry examples/mail examples/mail/telemetry/*.gz
      the two regions beside each other; `report --help` has more
  cargo run --release -- check examples/mail
      every mistake in a registry, in one run: misspell something in examples/mail/steps.yaml first
  cargo run --release -- report --registry DIR FILE...
      the same for your own product: docs/first-registry.md says how to write its registry; any access log will do";

/// Builds the release binary, showing progress, and runs the report on the example product.
pub(crate) fn run(root: &Path) -> Result<()> {
    let telemetry = telemetry(root)?;
    say::progress("Building Milepost. The first build takes a few minutes.");
    run::run(run::cargo(root).args(["build", "--release", "--package", "milepost"]))?;
    say::progress("\nAn hour of an example product, made up: what its web mail and the services behind it wrote down.");
    let mut command = run::cargo(root);
    command.args(["run", "--quiet", "--release", "--package", "milepost", "--", "report", "--registry", REGISTRY]);
    run::run(command.args(telemetry))?;
    say::progress(NEXT);
    Ok(())
}

fn telemetry(root: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(root.join(TELEMETRY))
        .with_context(|| format!("the example's telemetry folder `{TELEMETRY}` cannot be read"))?;
    let mut files = Vec::new();
    for entry in entries {
        let file = Path::new(TELEMETRY).join(entry?.file_name());
        if file.extension().is_some_and(|kind| kind == "gz") {
            files.push(file);
        }
    }
    if files.is_empty() {
        bail!("the example's telemetry folder `{TELEMETRY}` holds no telemetry; `cargo xtask generate` writes it");
    }
    files.sort();
    Ok(files)
}
