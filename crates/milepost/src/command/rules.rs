//! `milepost rules`: the shipped rules, to start one's own from.

use crate::output;
use clap::Args;
use std::process::ExitCode;

/// Print the shipped rules for crawlers, scanners, monitors and tests
///
/// They hold for every registry, unless it has a document of the same kind and name: save them into the registry and edit them.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  milepost rules > registry/agents.yaml")]
pub(crate) struct RulesCommand {}

impl RulesCommand {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        output::data(milepost_registry::AGENT_RULES)?;
        Ok(ExitCode::SUCCESS)
    }
}
