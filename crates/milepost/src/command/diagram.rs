//! `milepost diagram`: objectives and their steps as a picture.

use crate::output;
use crate::reading;
use anyhow::Context as _;
use clap::{Args, ValueEnum};
use milepost_registry::diagram::{self, Selection};
use std::path::PathBuf;
use std::process::ExitCode;

/// Draw the flow diagram: objectives, their steps in order, and what they share
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost diagram registry/ > mail.svg
  milepost diagram registry/ --objective compose-mail --theme dark -o compose-mail.svg
  milepost diagram registry/ --format mermaid -o mail.mmd")]
pub(crate) struct DiagramCommand {
    /// Folder with the registry
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// A picture, or text that GitHub and many editors draw: a file `.mmd`, or a Markdown block `mermaid`
    #[arg(long, value_enum, default_value_t = Format::Svg)]
    format: Format,
    /// Draw this objective only; may be given several times
    #[arg(long = "objective", value_name = "NAME")]
    objectives: Vec<String>,
    /// Draw this product only, when the registry has several
    #[arg(long, value_name = "NAME")]
    product: Option<String>,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Colours of the picture; `auto` is what the viewer prefers
    #[arg(long, value_enum, default_value_t = Theme::Auto)]
    theme: Theme,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Svg,
    Mermaid,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Theme {
    Auto,
    Light,
    Dark,
}

impl From<Theme> for diagram::Theme {
    fn from(theme: Theme) -> Self {
        match theme {
            Theme::Auto => Self::Auto,
            Theme::Light => Self::Light,
            Theme::Dark => Self::Dark,
        }
    }
}

impl DiagramCommand {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let Some(registry) = reading::load(&self.folder)? else { return Ok(ExitCode::from(1)) };
        let selection = Selection::new(&registry, self.product.as_deref(), &self.objectives)?;
        let text = match self.format {
            Format::Svg => diagram::svg(&registry, &selection, self.theme.into(), &|_| None),
            Format::Mermaid => diagram::mermaid(&registry, &selection),
        };
        match &self.output {
            Some(path) => std::fs::write(path, text).with_context(|| format!("cannot write `{}`", path.display()))?,
            None => output::data(&text)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}
