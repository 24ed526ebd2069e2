//! `milepost show`: what the registry holds, for people and for programs.

use crate::output;
use crate::reading;
use crate::show;
use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};
use milepost_registry::Registry;
use milepost_registry::show::{Shown, Topic};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Show what the registry holds: objectives, KPIs, RACI, severity, criticality, SLOs, budgets; and what is next
///
/// Without a topic: an overview of all of them.
#[derive(Debug, Args)]
#[command(after_help = topics(), after_long_help = format!("{}\n\n{EXAMPLES}", topics()))]
pub(crate) struct ShowCommand {
    /// Folder with the registry
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// What to show
    #[arg(value_parser = PossibleValuesParser::new(Topic::ALL.map(Topic::as_str)), hide_possible_values = true)]
    topic: Option<String>,
    /// Show this product only, when the registry has several
    #[arg(long, value_name = "NAME")]
    product: Option<String>,
    /// Output for people, for documents, for programs or for a browser
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

const EXAMPLES: &str = "Examples:
  milepost show registry/
  milepost show registry/ objectives
  milepost show registry/ raci --format markdown >> team.md
  milepost show registry/ slos --format html > slos.html
  milepost show registry/ steps --format json | jq -r '.steps[] | select(.slos == []).name'";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Markdown,
    Json,
    Html,
}

fn topics() -> String {
    let lines: Vec<String> = Topic::ALL.iter().map(|topic| format!("  {topic:<13}{}", topic.meaning())).collect();
    format!("Topics:\n{}", lines.join("\n"))
}

impl ShowCommand {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let Some(registry) = reading::load(&self.folder)? else { return Ok(ExitCode::from(1)) };
        let topic = self.topic.as_deref().map(str::parse).transpose()?;
        let shown = Shown::new(&registry, self.product.as_deref(), topic)?;
        output::data(&match self.format {
            Format::Text => show::render_text(&shown.pages(), output::width(), output::colour_on_stdout()),
            Format::Markdown => shown.markdown(),
            Format::Json => output::json(&shown)?,
            Format::Html => shown.html(),
        })?;
        if self.format == Format::Text && topic.is_none() {
            output::note(&next(&registry, &self.folder));
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The command that shows more, of a topic that has something.
fn next(registry: &Registry, folder: &Path) -> String {
    let topic = if registry.objectives.is_empty() { Topic::Engagement } else { Topic::Objectives };
    format!("More of a topic: milepost show {} {topic}\n", folder.display())
}
