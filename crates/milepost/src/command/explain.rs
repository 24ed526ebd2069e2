//! `milepost explain`: what a diagnostic code means, why it matters, and how to mend what it reports.

use crate::command::completions::Completed;
use crate::{output, page};
use anyhow::bail;
use clap::{Args, ValueEnum};
use milepost_registry::{Code, UnknownCode};
use serde::Serialize;
use std::fmt::Write as _;
use std::process::ExitCode;

/// What a diagnostic code means, why it matters, and how to mend what it reports
///
/// Without a code it lists all of them. Exits with 2 when there is no such code.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost explain MPN004
  milepost explain
  milepost explain --format json | jq -r '.codes[] | select(.severity == \"warning\").code'")]
pub(crate) struct ExplainCommand {
    /// The code, as `milepost check` shows it
    #[arg(value_name = "CODE", value_parser = Completed(codes), hide_possible_values = true)]
    code: Option<String>,
    /// Output for people, for documents or for programs
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

fn codes() -> Vec<&'static str> {
    Code::ALL.iter().map(|code| code.as_str()).collect()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Markdown,
    Json,
}

/// A code as other programs read it.
#[derive(Serialize)]
struct Record {
    code: &'static str,
    severity: milepost_registry::Severity,
    area: &'static str,
    meaning: &'static str,
    /// The page in Markdown; left out in the list of all codes.
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<&'static str>,
}

impl ExplainCommand {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let text = match &self.code {
            Some(text) => match text.parse() {
                Ok(code) => explained(code, self.format)?,
                Err(unknown) => bail!("{unknown}\nhelp: {}", help(&unknown)),
            },
            None => listed(self.format)?,
        };
        output::data(&text)?;
        Ok(ExitCode::SUCCESS)
    }
}

fn help(unknown: &UnknownCode) -> String {
    match unknown.near() {
        Some(near) => format!("did you mean `{}`? {}", near.as_str(), near.meaning()),
        None => "`milepost explain` lists all codes".to_owned(),
    }
}

fn explained(code: Code, format: Format) -> anyhow::Result<String> {
    Ok(match format {
        Format::Text => for_people(code.page()),
        Format::Markdown => code.page().to_owned(),
        Format::Json => output::json(&Record { page: Some(code.page()), ..record(code) })?,
    })
}

fn listed(format: Format) -> anyhow::Result<String> {
    Ok(match format {
        Format::Text => for_people(&list()),
        Format::Markdown => list(),
        Format::Json => {
            let codes: Vec<Record> = Code::ALL.iter().map(|code| record(*code)).collect();
            output::json(&serde_json::json!({ "codes": codes }))?
        }
    })
}

/// All codes by area, with their meanings, in Markdown.
fn list() -> String {
    let mut out =
        "# Diagnostic codes\n\n`milepost explain CODE` tells what a code means and how to mend it.\n".to_owned();
    let mut area = None;
    for code in Code::ALL {
        if area.replace(code.area()) != Some(code.area()) {
            let _ = write!(out, "\n## {}\n\n", code.area_title());
        }
        let _ = writeln!(out, "- `{}`: {}", code.as_str(), code.meaning());
    }
    out
}

fn for_people(markdown: &str) -> String {
    page::render(markdown, output::width().min(page::MOST_COLUMNS), output::colour_on_stdout())
}

fn record(code: Code) -> Record {
    Record {
        code: code.as_str(),
        severity: code.severity(),
        area: code.area_title(),
        meaning: code.meaning(),
        page: None,
    }
}
