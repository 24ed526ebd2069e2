//! `milepost report`: reliability per step over telemetry files.

use crate::output;
use crate::reading::Reading;
use crate::report::{self, SeriesBy};
use clap::{Args, ValueEnum};
use milepost_ingest::Setup;
use milepost_model::DurationNs;
use milepost_server::Stored;
use std::path::PathBuf;
use std::process::ExitCode;

/// Reliability per step over telemetry files: access logs and OTLP, as they come
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost report --registry registry/ access.log
  milepost report --registry registry/ --by hour spans/*.jsonl.zst
  milepost report --registry registry/ --format html access.log.*.gz > report.html
  zcat access.log.gz | milepost report --registry registry/ -
  milepost report --data /var/lib/milepost --from 2026-01-31T14:00Z
  milepost report --registry registry/ --format json spans.jsonl | jq '.steps[] | {step, ratio}'")]
pub(crate) struct ReportCommand {
    #[command(flatten)]
    reading: Reading,
    /// Count the facts that a server stored in this data directory, instead of files; a running server is not disturbed
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Also count by minute, hour or day (UTC); HTML is by what fits the time covered
    #[arg(long, value_enum, conflicts_with = "per_file")]
    by: Option<By>,
    /// Also count by file
    #[arg(long)]
    per_file: bool,
    /// Text for a terminal, Markdown for a document, one HTML page with charts to send around, or JSON for programs
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum By {
    Minute,
    Hour,
    Day,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Markdown,
    Html,
    Json,
}

impl ReportCommand {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let stored = self.data.as_deref().map(Stored::open).transpose()?;
        let registry = match &stored {
            Some(stored) => self.reading.registry_of(stored)?,
            None => self.reading.registry()?,
        };
        let Some(registry) = registry else { return Ok(ExitCode::from(1)) };
        let setup = Setup::new(registry);
        let registry = &*setup.registry;
        let series = match (self.per_file, self.by) {
            (true, _) => SeriesBy::File,
            (false, Some(By::Minute)) => SeriesBy::Span(DurationNs::from_seconds(60)),
            (false, Some(By::Hour)) => SeriesBy::Span(DurationNs::from_seconds(3600)),
            (false, Some(By::Day)) => SeriesBy::Span(DurationNs::from_seconds(86_400)),
            (false, None) if self.format == Format::Html => SeriesBy::Fitting,
            (false, None) => SeriesBy::None,
        };
        let read = match &stored {
            Some(stored) => self.reading.read_stored(stored, &setup, series)?,
            None => self.reading.read(&setup, series)?,
        };
        let report = report::build(&read);
        output::data(&match self.format {
            Format::Json => format!("{}\n", serde_json::to_string_pretty(&report)?),
            Format::Html => report::render_html(&report, registry, &command_line(std::env::args().skip(1))),
            Format::Markdown => report::render_markdown(&report),
            Format::Text => report::render_text(&report, output::width()),
        })?;
        Ok(read.exit_code())
    }
}

/// The command as it can be typed into a shell again.
fn command_line(arguments: impl Iterator<Item = String>) -> String {
    std::iter::once("milepost".to_owned())
        .chain(arguments.map(|argument| quoted(&argument)))
        .collect::<Vec<_>>()
        .join(" ")
}

fn quoted(argument: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./=:,@%+".contains(c);
    match !argument.is_empty() && argument.chars().all(is_plain) {
        true => argument.to_owned(),
        false => format!("'{}'", argument.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_says_to_a_shell_what_was_said_to_the_program() {
        let arguments = ["report", "--registry=a b", "it's.log", "", "$HOME"].map(str::to_owned);
        assert_eq!(command_line(arguments.into_iter()), r"milepost report '--registry=a b' 'it'\''s.log' '' '$HOME'");
    }
}
