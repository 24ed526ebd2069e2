//! `milepost diff`: what has changed between two registries, in the words of the product.

use crate::output;
use crate::page::MOST_COLUMNS;
use crate::reading;
use crate::revision::Revision;
use clap::{Args, ValueEnum};
use milepost_registry::{Outcome, Registry, diff};
use std::path::Path;
use std::process::ExitCode;

/// What has changed between two registries, in the words of the product, and what each change does
///
/// A and B are folders, or folders of git revisions: `REVISION:FOLDER`, with the folder from the root of the repository. Formatting,
/// comments, and which file a document is in are no change. Exits with 0, or with 1 where `--exit-code` is given and something has
/// changed; 2 when a registry has errors or the command could not be run.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost diff HEAD:registry registry
  milepost diff HEAD~1:registry HEAD:registry
  milepost diff origin/main:registry registry --format markdown > changes.md
  milepost diff --exit-code old/registry new/registry
  milepost diff v1:registry v2:registry --format json | jq '.changes[] | {kind, name, change}'")]
pub(crate) struct DiffCommand {
    /// The registry before: a folder, or REVISION:FOLDER
    #[arg(value_name = "A")]
    before: String,
    /// The registry after: a folder, or REVISION:FOLDER
    #[arg(value_name = "B")]
    after: String,
    /// Output for people, for documents or for programs
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Exit with 1 when something has changed
    #[arg(long)]
    exit_code: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Markdown,
    Json,
}

impl DiffCommand {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        // Both are read before either is given up, so that one run tells everything.
        let (before, after) = (load(&self.before)?, load(&self.after)?);
        let (Some(before), Some(after)) = (before, after) else { return Ok(ExitCode::from(2)) };
        let diff = diff::diff(&before, &after);
        output::data(&match self.format {
            Format::Text => diff::text(&diff, output::width().min(MOST_COLUMNS)),
            Format::Markdown => diff::markdown(&diff),
            Format::Json => serde_json::to_string_pretty(&diff)? + "\n",
        })?;
        Ok(if self.exit_code && !diff.is_empty() { ExitCode::from(1) } else { ExitCode::SUCCESS })
    }
}

/// Reads one side. The errors of a folder are left to `check`, which cannot read a git revision.
fn load(side: &str) -> anyhow::Result<Option<Registry>> {
    let Some(revision) = Revision::of(side)? else { return reading::load(Path::new(side)) };
    let Outcome { registry, diagnostics } = revision.read()?;
    if registry.is_none() {
        output::note(&diagnostics.render(output::colour_on_stderr()));
        let errors = output::count(diagnostics.errors(), "error");
        output::note(&format!("{side}: {errors}. Only registries without errors can be compared.\n"));
    }
    Ok(registry)
}
