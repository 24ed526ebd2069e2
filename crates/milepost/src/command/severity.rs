//! `milepost severity`: how bad what was recorded was, by the rules of the product, and why.

use super::backtest::Format;
use super::suggest::{asked_period, steps};
use crate::imported::Imports;
use crate::output;
use crate::reading::Reading;
use crate::recording::Wanted;
use crate::severity::{Found, Question, end_of, latency, page};
use crate::show;
use anyhow::bail;
use clap::Args;
use milepost_ingest::Setup;
use milepost_model::{Kpi, Name, Step, StepId, Timestamp};
use milepost_registry::Registry;
use milepost_server::Stored;
use milepost_slo::Period;
use std::path::PathBuf;
use std::process::ExitCode;

/// How bad it was: the severity of each step over time, by the product's rules, and why
///
/// Goes through recorded attempts minute by minute: what was hit of each step in the last 5 and 30 minutes, what never came of what usually does, and which rule of the
/// severity policy holds. `--at` explains the verdict of a time line by line. docs/severity.md says how it is reckoned.
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
        steps.sort_by_key(|(id, step)| (step.product.clone(), *id));
        let indicators = steps.iter().filter_map(|(id, step)| Some((*id, latency(registry, step)?)));
        let wanted = Wanted {
            indicators: indicators.collect(),
            steps: steps.clone(),
            kpis: steps.iter().flat_map(|(id, step)| carried(registry, step).map(|kpi| (*id, kpi))).collect(),
            by_event_time: true,
        };
        let read = self.reading.read_history(stored.as_ref(), &setup, &wanted)?;
        let Some(recording) = &read.counters.recording else { bail!("nothing was recorded") };
        // Refuses what was cut off.
        recording.history()?;
        let mut period = asked_period((recording, &Imports::default()), self.reading.asked())?;
        if let Some(at) = self.at {
            let end = end_of(at);
            if end <= period.start || end > period.end {
                let (from, to) = (period.start.start(), period.end.start());
                bail!("nothing was recorded for `--at {at}`\nhelp: there is telemetry from {from} to {to}");
            }
            period = Period::new(period.start, end);
        }
        let question = Question { period, is_of_end: self.at.is_some() };
        let of_product = |(product, steps): &(&Name, Vec<(StepId, &Step)>)| {
            Found::new(registry, recording, (product, steps), question)
        };
        let found: Vec<Found> = by_product(&steps).iter().map(of_product).collect();
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

/// The KPIs that attempts of a step carry numbers for.
fn carried<'r>(registry: &'r Registry, step: &'r Step) -> impl Iterator<Item = &'r Kpi> {
    let kpis: &[Kpi] = registry.product(&step.product).map_or(&[], |product| &product.kpis);
    registry.judged_step(step, kpis).subject.kpis.into_iter().filter(|kpi| kpi.value.is_some())
}

/// Steps that stand next to each other by product, each product once.
fn by_product<'r>(steps: &[(StepId, &'r Step)]) -> Vec<(&'r Name, Vec<(StepId, &'r Step)>)> {
    let chunks = steps.chunk_by(|(_, one), (_, other)| one.product == other.product);
    chunks.filter_map(|chunk| Some((&chunk.first()?.1.product, chunk.to_vec()))).collect()
}
