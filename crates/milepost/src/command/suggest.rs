//! `milepost suggest`: targets and thresholds that history supports, beside what criticality asks for, and SLOs that make no sense.

use super::backtest::Format;
use crate::imported::Imports;
use crate::output;
use crate::reading::Reading;
use crate::recording::{Recording, Wanted};
use crate::show;
use crate::suggest::{Question, Suggestions, pages};
use anyhow::bail;
use clap::Args;
use milepost_facts::TimeSpan;
use milepost_ingest::Setup;
use milepost_model::{DurationNs, Share, Step, StepId};
use milepost_registry::{Registry, did_you_mean};
use milepost_server::Stored;
use milepost_slo::suggest::Confidence;
use milepost_slo::{Method, Period};
use std::path::PathBuf;
use std::process::ExitCode;

/// Targets that history supports, with what confidence, beside what the criticality of each step asks for
///
/// Goes through recorded attempts and says which availability target and which latency threshold the next window keeps, and which SLOs are out of reach,
/// stricter than anybody asks for, or without effect. Each number has its reason with `--step`. docs/suggest.md says how it is reckoned.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost suggest --data /var/lib/milepost
  milepost suggest --data /var/lib/milepost --step send-mail
  milepost suggest --registry registry/ --step send-mail access.log.*.gz
  milepost suggest --data /var/lib/milepost --format json | jq -r '.steps[].slos[] | select(.findings != []).name'")]
pub(crate) struct SuggestCommand {
    #[command(flatten)]
    reading: Reading,
    /// Only this step, by its name or by PRODUCT/NAME, with each number and its reason
    #[arg(long, value_name = "NAME")]
    step: Option<String>,
    /// Go through what a server stored in this data directory, instead of files; a running server is not disturbed
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The window that targets are for
    #[arg(long, value_name = "DURATION", default_value = "28d")]
    window: DurationNs,
    /// How sure to be, above 50% and below 100%
    #[arg(long, value_name = "SHARE", default_value = "95%")]
    confidence: Share,
    /// Text for a terminal, Markdown for a document, one HTML page, or JSON for programs
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

impl SuggestCommand {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let Some(confidence) = Confidence::new(self.confidence) else {
            bail!(
                "`--confidence {}` is no confidence\nhelp: write a share above 50% and below 100%, such as `95%`",
                self.confidence
            );
        };
        let stored = self.data.as_deref().map(Stored::open).transpose()?;
        let Some((registry, _)) = self.reading.registry_with_texts(stored.as_ref())? else {
            return Ok(ExitCode::from(1));
        };
        let setup = Setup::new(registry);
        let registry = &*setup.registry;
        let steps = steps(registry, self.step.as_deref())?;
        let of_steps = registry.slos.iter().filter_map(|slo| {
            let step = registry.step(&slo.product, &slo.indicator.path.step)?;
            let is_asked = slo.indicator.method == Method::Service && steps.iter().any(|(id, _)| *id == step);
            is_asked.then_some((step, &slo.indicator))
        });
        let wanted =
            Wanted { indicators: of_steps.collect(), steps: steps.clone(), by_event_time: true, ..Wanted::default() };
        let read = self.reading.read_history(stored.as_ref(), &setup, &wanted)?;
        let Some(recording) = &read.counters.recording else { bail!("nothing was recorded") };
        // Refuses what was cut off.
        recording.history()?;
        let imports = Imports::read(registry, stored.as_ref(), self.reading.asked().to)?;
        let period = asked_period((recording, &imports), self.reading.asked())?;
        let question = Question { period, window: self.window, confidence };
        let found = Suggestions::new(registry, (recording, &imports), &steps, question);
        let pages = pages(&found);
        output::data(&match self.format {
            Format::Text => show::render_text(&pages, output::width(), output::colour_on_stdout()),
            Format::Markdown => milepost_registry::show::markdown(&pages),
            Format::Html => milepost_registry::show::html(&pages),
            Format::Json => output::json(&found)?,
        })?;
        Ok(imports.exit_code(read.exit_code()))
    }
}

/// The time that is asked for, within that in which anything was recorded.
pub(super) fn asked_period(
    (recording, imports): (&Recording, &Imports<'_>),
    asked: TimeSpan,
) -> anyhow::Result<Period> {
    let Some(heard) = recording.heard().or_else(|| imports.period(imports.slos())) else {
        bail!("nothing was recorded\nhelp: `milepost report` with the same input says what there is");
    };
    let from = asked.from.map_or(heard.start, |from| from.minute().max(heard.start));
    let period = Period::new(from, asked.to.map_or(heard.end, |to| to.minute().min(heard.end)));
    if period.minutes() == 0 {
        let (from, to) = (heard.start.start(), heard.end.start());
        bail!("nothing was recorded in the time that is asked for: there is telemetry from {from} to {to}");
    }
    Ok(period)
}

/// The step of a name, or all; those of most importance first.
pub(super) fn steps<'r>(registry: &'r Registry, name: Option<&str>) -> anyhow::Result<Vec<(StepId, &'r Step)>> {
    let all = registry.steps.iter().enumerate().map(|(at, step)| (StepId::new(at), step));
    let Some(name) = name else {
        let mut all: Vec<_> = all.collect();
        let level = |step: &Step| {
            let path = milepost_model::StepPath { objective: None, step: step.name.clone() };
            registry.criticality(&step.product, &path).map(|found| found.criticality)
        };
        all.sort_by_key(|(_, step)| (step.product.clone(), std::cmp::Reverse(level(step))));
        return Ok(all);
    };
    let is_named = |step: &Step| step.name.as_str() == name || format!("{}/{}", step.product, step.name) == name;
    let found: Vec<_> = all.filter(|(_, step)| is_named(step)).collect();
    match found.len() {
        1 => Ok(found),
        0 => {
            let known: Vec<&str> = registry.steps.iter().map(|step| step.name.as_str()).collect();
            bail!("there is no step `{name}`\nhelp: {}", did_you_mean(name, &known))
        }
        _ => bail!("several products have a step `{name}`\nhelp: write the product before it, such as `mail/{name}`"),
    }
}
