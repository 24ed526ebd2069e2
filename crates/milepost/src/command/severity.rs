//! `milepost severity`: how bad what was recorded was, by the rules of the product, and why.

use super::backtest::Format;
use super::suggest::{asked_period, steps};
use crate::imported::Imports;
use crate::output;
use crate::reading::Reading;
use crate::recording::Wanted;
use crate::severity::{Found, Question, page};
use crate::show;
use anyhow::bail;
use clap::Args;
use milepost_ingest::Setup;
use milepost_model::Timestamp;
use milepost_server::Stored;
use milepost_slo::{Period, SILENCE};
use std::path::PathBuf;
use std::process::ExitCode;

/// How bad it was: the severity of each step over time, by the product's rules, and why
///
/// Goes through what came as a running server does, second by second: what was hit of each step in the last 5 and 30 minutes, what never came of what usually does, and
/// which rule of the severity policy holds. `--at` explains the verdict of a time line by line. docs/severity.md says how it is reckoned.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost severity --data /var/lib/milepost
  milepost severity --data /var/lib/milepost --at 2026-01-31T14:25Z --step send-mail
  milepost severity --registry registry/ spans/*.jsonl.zst
  milepost severity --data /var/lib/milepost --format json | jq '.[].spells[]'")]
pub(crate) struct SeverityCommand {
    #[command(flatten)]
    reading: Reading,
    /// Explain the verdict of this time, line by line
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    /// Only this step, by its name or by PRODUCT/NAME
    #[arg(long, value_name = "NAME")]
    step: Option<String>,
    /// Go through what a server stored in this data directory, instead of files; a running server is not disturbed
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Take events as known when they were over, whenever they were received: how bad it was, and not what a server could say then
    #[arg(long)]
    by_event_time: bool,
    /// Text for a terminal, Markdown for a document, one HTML page, or JSON for programs
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

impl SeverityCommand {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let stored = self.data.as_deref().map(Stored::open).transpose()?;
        let Some((registry, _)) = self.reading.registry_with_texts(stored.as_ref())? else {
            return Ok(ExitCode::from(1));
        };
        let setup = Setup::new(registry);
        let registry = &*setup.registry;
        let mut steps = steps(registry, self.step.as_deref())?;
        steps.sort_by_key(|(id, _)| *id);
        let wanted = Wanted { arrived: Some(registry), by_event_time: self.by_event_time, ..Wanted::default() };
        let read = self.reading.read_history(stored.as_ref(), &setup, &wanted)?;
        let Some(recording) = &read.counters.recording else { bail!("nothing was recorded") };
        let period = asked_period((recording, &Imports::default()), self.reading.asked())?;
        let question = self.question(period)?;
        let Some(arrived) = &recording.arrived else { bail!("nothing was recorded") };
        let found = Found::all(&setup, arrived, &steps, question);
        let pages: Vec<_> = found.iter().map(page).collect();
        output::data(&match self.format {
            Format::Text => show::render_text(&pages, output::width(), output::colour_on_stdout()),
            Format::Markdown => milepost_registry::show::markdown(&pages),
            Format::Html => milepost_registry::show::html(&pages),
            Format::Json => output::json(&found)?,
        })?;
        Ok(read.exit_code())
    }
}

impl SeverityCommand {
    /// From when to when, of what is recorded.
    fn question(&self, period: Period) -> anyhow::Result<Question> {
        let (from, to) = (period.start.start(), period.end.start());
        // What waits to have lasted for long enough is judged, as long as sources may be silent. Of what comes after `--to` nothing is known.
        let last = if self.reading.asked().to.is_some() { to } else { to.plus(SILENCE) };
        let Some(at) = self.at else { return Ok(Question { from, to, until: last, is_of_end: false }) };
        let until = Timestamp::from_seconds(at.nanos().div_euclid(1_000_000_000));
        if until <= from || until > last {
            bail!("nothing was recorded for `--at {at}`\nhelp: there is telemetry from {from} to {to}");
        }
        Ok(Question { from, to: until, until, is_of_end: true })
    }
}
