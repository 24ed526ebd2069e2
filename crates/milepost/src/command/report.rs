//! `milepost report`: reliability per step over telemetry files.

use crate::output;
use crate::reading::{self, Reading};
use crate::report::{self, SeriesBy};
use clap::{Args, ValueEnum};
use milepost_ingest::Setup;
use milepost_model::DurationNs;
use std::process::ExitCode;

/// Reliability per step over telemetry files: access logs and OTLP, as they come
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost report --registry registry/ access.log
  milepost report --registry registry/ --by hour spans/*.jsonl.zst
  zcat access.log.gz | milepost report --registry registry/ -
  milepost report --registry registry/ --format json spans.jsonl | jq '.steps[] | {step, ratio}'")]
pub(crate) struct ReportCommand {
    #[command(flatten)]
    reading: Reading,
    /// Also count by minute, hour or day (UTC)
    #[arg(long, value_enum, conflicts_with = "per_file")]
    by: Option<By>,
    /// Also count by file
    #[arg(long)]
    per_file: bool,
    /// Output for people, for documents or for programs
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
    Json,
}

impl ReportCommand {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let Some(registry) = reading::load(&self.reading.registry)? else { return Ok(ExitCode::from(1)) };
        let setup = Setup::new(&registry);
        let series = match (self.per_file, self.by) {
            (true, _) => SeriesBy::File,
            (false, Some(By::Minute)) => SeriesBy::Span(DurationNs::from_seconds(60)),
            (false, Some(By::Hour)) => SeriesBy::Span(DurationNs::from_seconds(3600)),
            (false, Some(By::Day)) => SeriesBy::Span(DurationNs::from_seconds(86_400)),
            (false, None) => SeriesBy::None,
        };
        let read = self.reading.read(&setup, series)?;
        let report = report::build(&read);
        output::data(&match self.format {
            Format::Json => format!("{}\n", serde_json::to_string_pretty(&report)?),
            Format::Markdown => report::render_markdown(&report),
            Format::Text => report::render_text(&report, output::width()),
        })?;
        Ok(read.exit_code())
    }
}
