//! `milepost attribute`: what the failures of a step have in common, and what the errors of an operation did to steps.

use super::suggest::steps;
use crate::attribute::{Attributed, page};
use crate::output;
use crate::reading::Reading;
use crate::show;
use anyhow::bail;
use clap::{Args, ValueEnum};
use milepost_facts::{HarmCounter, NameTables, SliceCounter};
use milepost_ingest::Setup;
use milepost_registry::{Registry, did_you_mean};
use milepost_server::Stored;
use milepost_server::attribution::{ExplanationBody, HarmBody};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// From errors to steps, both ways: what the failures of a step have in common, and what the errors of an operation did
///
/// For each step that failed: the errors, and the operations and dimensions, alone or two together, in which more of its attempts failed than chance gives. For each
/// operation that failed: the share of each step's failures that it failed in, and the errors that hurt no step. Associations, to say where to look first: none
/// proves a cause. docs/attribution.md says how they are reckoned.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost attribute --data /var/lib/milepost --from 2026-01-31T14:00Z
  milepost attribute --data /var/lib/milepost --step send-mail
  milepost attribute --registry registry/ --operation 'outbox mail.v1.Outbox/Enqueue' spans/*.jsonl.zst
  milepost attribute --data /var/lib/milepost --format json | jq '.operations[] | {operation, steps}'")]
pub(crate) struct AttributeCommand {
    #[command(flatten)]
    reading: Reading,
    /// Only this step, by its name or by PRODUCT/NAME
    #[arg(long, value_name = "NAME", conflicts_with = "operation")]
    step: Option<String>,
    /// Only what the errors of this operation did, by the name that `report` and `status` give it
    #[arg(long, value_name = "NAME")]
    operation: Option<String>,
    /// Count the facts that a server stored in this data directory, instead of files; a running server is not disturbed
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Text for a terminal, Markdown for a document, or JSON for programs
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Markdown,
    Json,
}

/// What was counted, from wherever.
struct Counted<'c> {
    slices: &'c SliceCounter,
    harm: &'c HarmCounter,
    tables: &'c NameTables,
}

impl AttributeCommand {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let stored = self.data.as_deref().map(Stored::open).transpose()?;
        let registry = match &stored {
            Some(stored) => self.reading.registry_of(stored)?,
            None => self.reading.registry()?,
        };
        let Some(registry) = registry else { return Ok(ExitCode::from(1)) };
        let setup = Setup::new(registry);
        match &stored {
            Some(stored) => self.of_stored(stored, &setup),
            None => self.of_files(&setup),
        }
    }

    fn of_stored(&self, stored: &Stored, setup: &Setup) -> anyhow::Result<ExitCode> {
        // What is not there is told before anything is read.
        steps(&setup.registry, self.step.as_deref())?;
        let found = self.reading.attribute_stored(stored, setup)?;
        let counted = Counted { slices: &found.slices, harm: &found.harm, tables: &found.tables };
        let mut attributed = self.attributed(&setup.registry, &counted)?;
        attributed.facts = found.through.facts.0 + found.through.facts.1;
        attributed.has_all_errors = !found.is_cut;
        self.tell(&attributed, &setup.registry)?;
        Ok(if found.through.damage.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }

    fn of_files(&self, setup: &Arc<Setup>) -> anyhow::Result<ExitCode> {
        steps(&setup.registry, self.step.as_deref())?;
        let read = self.reading.read_to_attribute(setup)?;
        let Some(harm) = &read.counters.harm else { bail!("errors were not counted") };
        let counted = Counted { slices: &read.counters.slices, harm, tables: &read.recorder.tables };
        let mut attributed = self.attributed(&setup.registry, &counted)?;
        attributed.facts = read.recorder.stats.events;
        self.tell(&attributed, &setup.registry)?;
        Ok(read.exit_code())
    }

    fn attributed(&self, registry: &Registry, counted: &Counted<'_>) -> anyhow::Result<Attributed> {
        let Counted { slices, harm, tables } = counted;
        let span = self.reading.asked();
        let mut attributed = Attributed {
            from: span.from.map(|time| time.to_string()),
            to: span.to.map(|time| time.to_string()),
            facts: 0,
            has_all_errors: true,
            steps: Vec::new(),
            operations: Vec::new(),
        };
        if let Some(name) = &self.operation {
            match HarmBody::one(name, registry, harm, slices, tables) {
                Some(body) => attributed.operations.push(body),
                None => bail!("no event of the operation `{name}` was seen\nhelp: {}", nearest(name, counted)),
            }
            return Ok(attributed);
        }
        let wanted = steps(registry, self.step.as_deref())?;
        let mut bodies: Vec<_> =
            wanted.iter().map(|(id, _)| ExplanationBody::new(registry, *id, slices, tables)).collect();
        if self.step.is_none() {
            bodies.retain(|body| body.attempts.failed > 0);
            attributed.operations = HarmBody::all(registry, harm, slices, tables);
        }
        attributed.steps = bodies;
        Ok(attributed)
    }

    fn tell(&self, attributed: &Attributed, registry: &Registry) -> anyhow::Result<()> {
        let is_whole = self.step.is_none() && self.operation.is_none();
        let pages = || [page(attributed, registry, is_whole)];
        output::data(&match self.format {
            Format::Text => show::render_text(&pages(), output::width(), output::colour_on_stdout()),
            Format::Markdown => milepost_registry::show::markdown(&pages()),
            Format::Json => output::json(attributed)?,
        })?;
        Ok(())
    }
}

fn nearest(name: &str, counted: &Counted<'_>) -> String {
    let seen = counted.harm.operations();
    let mut known: Vec<&str> = seen.filter_map(|(id, _)| counted.tables.operations.text(id)).collect();
    known.sort_unstable();
    match known.is_empty() {
        true => "no operation was seen at all".to_owned(),
        false => did_you_mean(name, &known),
    }
}
