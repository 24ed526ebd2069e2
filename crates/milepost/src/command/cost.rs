//! `milepost cost`: what each SLO costs, which to retire, and what is missing.

use super::backtest::Format;
use super::suggest::{asked_period, steps};
use crate::cost::{Cost, Measured, pages};
use crate::imported::{self, Imports};
use crate::output;
use crate::reading::Reading;
use crate::recording::Wanted;
use crate::show;
use crate::suggest::{Question, Suggestions};
use anyhow::bail;
use clap::Args;
use milepost_ingest::Setup;
use milepost_model::DurationNs;
use milepost_server::Stored;
use milepost_slo::backtest::{Column, Past, Replay, Replayed};
use milepost_slo::suggest::Confidence;
use milepost_slo::{Method, Slo, Subject, Terms};
use std::path::PathBuf;
use std::process::ExitCode;

/// What each SLO costs: events, bytes, processor time, pages, tickets and reviews; which to retire, and which are missing
///
/// Goes through recorded attempts like `milepost backtest`, for all SLOs at once, and lists every live step by type of SLO and method.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost cost --data /var/lib/milepost
  milepost cost --registry registry/ access.log.*.gz
  milepost cost --data /var/lib/milepost --format json | jq -r '.slos[] | select(.retire).name'")]
pub(crate) struct CostCommand {
    #[command(flatten)]
    reading: Reading,
    /// Go through what a server stored in this data directory, instead of files; a running server is not disturbed
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Text for a terminal, Markdown for a document, one HTML page, or JSON for programs
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// What targets are suggested for where an SLO's own window does not say.
const WINDOW: DurationNs = DurationNs::from_seconds(28 * 86_400);

impl CostCommand {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let stored = self.data.as_deref().map(Stored::open).transpose()?;
        let Some((registry, _)) = self.reading.registry_with_texts(stored.as_ref())? else {
            return Ok(ExitCode::from(1));
        };
        let setup = Setup::new(registry);
        let registry = &*setup.registry;
        let steps = steps(registry, None)?;
        let indicators = registry.slos.iter().filter_map(|slo| {
            let step = registry.step(&slo.product, &slo.indicator.path.step)?;
            (slo.indicator.method == Method::Service).then_some((step, &slo.indicator))
        });
        let wanted = Wanted {
            indicators: indicators.collect(),
            steps: steps.clone(),
            by_event_time: false,
            ..Wanted::default()
        };
        let read = self.reading.read_history(stored.as_ref(), &setup, &wanted)?;
        let Some(recording) = &read.counters.recording else { bail!("nothing was recorded") };
        let history = recording.history()?;
        let imports = Imports::read(registry, stored.as_ref(), self.reading.asked().to)?;
        let period = asked_period((recording, &imports), self.reading.asked())?;
        let mut columns = Vec::new();
        for slo in registry.slos.iter().filter(|slo| slo.indicator.method == Method::Service) {
            let indicator = recording.index(&slo.indicator)?;
            let subject = Subject::new(&Terms::of(slo), indicator, period.start)?;
            columns.push(Column::new(subject).maintained(registry.maintenances_of(slo.into()), &history));
        }
        let past = if stored.is_some() { Past::None } else { Past::Quiet };
        let mut replayed = Replay { history: &history, period, past }.run(&columns).into_iter();
        let replayed: Vec<(&Slo, Option<Replayed>)> = (registry.slos.iter())
            .map(|slo| (slo, (slo.indicator.method == Method::Service).then(|| replayed.next()).flatten()))
            .collect();
        let question = Question { period, window: WINDOW, confidence: Confidence::USUAL };
        let suggestions = Suggestions::new(registry, (recording, &imports), &steps, question);
        let measured =
            Measured { stored: stored.as_ref().map(Stored::stored_bytes).transpose()?, minutes: period.minutes() };
        let of_slos: Vec<(&Slo, Option<&Replayed>)> =
            replayed.iter().map(|(slo, replayed)| (*slo, replayed.as_ref())).collect();
        let mut of_imports = Vec::new();
        for slo in imports.slos() {
            of_imports.push((slo, imported::replayed(registry, &imports, slo, period)?));
        }
        let cost = Cost::new(registry, (&of_slos, &of_imports), &suggestions, measured);
        let pages = pages(&cost);
        output::data(&match self.format {
            Format::Text => show::render_text(&pages, output::width(), output::colour_on_stdout()),
            Format::Markdown => milepost_registry::show::markdown(&pages),
            Format::Html => milepost_registry::show::html(&pages),
            Format::Json => output::json(&cost)?,
        })?;
        Ok(imports.exit_code(read.exit_code()))
    }
}
