//! `milepost schema`: the JSON Schema of registry files, for editors.

use crate::output;
use clap::Args;
use std::process::ExitCode;

/// Print the JSON Schema of registry files, by which editors complete and explain their keys
///
/// It knows what can be seen in one document; `milepost check` knows the rest.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  milepost schema > milepost.schema.json

In the first line of a file, for editors with the YAML language server:
  # yaml-language-server: $schema=../milepost.schema.json")]
pub(crate) struct SchemaCommand {}

impl SchemaCommand {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        output::data(&milepost_registry::schema::json())?;
        Ok(ExitCode::SUCCESS)
    }
}
