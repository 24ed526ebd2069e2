//! `milepost check`: everything that is wrong with a registry, in one run.

use crate::output;
use clap::{Args, ValueEnum};
use milepost_model::{Date, Timestamp};
use milepost_registry::{Diagnostics, Outcome, ReadOptions, Registry, Severity};
use milepost_server::ImportedSlo;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

/// Report every mistake in a registry: code, place, the text underlined, what would be right.
///
/// Findings go to standard error, as those of compilers do, and the summary to standard output; `--format json` has all on standard output.
/// Exits with 0 when the registry can be used, 1 when it has errors (or warnings, if denied), 2 when the command could not be run.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost check registry/
  milepost check --deny warnings registry/
  milepost check --format json registry/ | jq '.diagnostics[].code'")]
pub(crate) struct Check {
    /// Folder with the registry's YAML files, in any layout
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Output for people or for programs
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Take warnings for errors
    #[arg(long, value_enum)]
    deny: Option<Deny>,
    /// The day to check due dates by, such as 2026-01-31 [default: today in UTC]
    #[arg(long, value_name = "DATE")]
    today: Option<Date>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Deny {
    Warnings,
}

impl Check {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let Outcome { registry, diagnostics } = ReadOptions { today: self.today.or_else(today) }.read(&self.folder);
        match self.format {
            Format::Json => {
                let value = serde_json::json!({
                    "errors": diagnostics.errors(),
                    "warnings": diagnostics.warnings(),
                    "notes": diagnostics.notes(),
                    "diagnostics": diagnostics.records(),
                });
                output::data(&format!("{}\n", serde_json::to_string_pretty(&value)?))?;
            }
            Format::Text => {
                output::note(&diagnostics.render(output::colour_on_stderr()));
                match &registry {
                    Some(registry) => {
                        let (contents, found) = (contents(registry), found(&diagnostics));
                        output::data(&format!("{}: {contents}{found}\n", self.folder.display()))?;
                        output::note(&open_slo_note(registry));
                    }
                    None => output::note(&format!("{}:{}\n", self.folder.display(), found(&diagnostics))),
                }
                output::note(&explain_hint(&diagnostics));
            }
        }
        let denied = self.deny == Some(Deny::Warnings) && diagnostics.warnings() > 0;
        Ok(if diagnostics.errors() > 0 || denied { ExitCode::from(1) } else { ExitCode::SUCCESS })
    }
}

/// The day that it is in UTC; `None` where the machine's clock is before 1970.
pub(crate) fn today() -> Option<Date> {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs();
    Some(Date::of(Timestamp::from_seconds(i64::try_from(seconds).ok()?)))
}

/// How to learn more of the first error; nothing without errors.
fn explain_hint(diagnostics: &Diagnostics) -> String {
    let first = diagnostics.iter().map(|d| d.code).find(|code| code.severity() == Severity::Error);
    first.map_or_else(String::new, |code| {
        format!("What {0} means and how to mend it: milepost explain {0}\n", code.as_str())
    })
}

fn contents(registry: &Registry) -> String {
    let mut parts = vec![
        output::count(registry.products.len(), "product"),
        output::count(registry.objectives.len(), "objective"),
        output::count(registry.steps.len(), "step"),
        output::count(registry.services.len(), "service"),
        rules(registry),
        output::count(registry.slos.len(), "SLO"),
    ];
    if !registry.open_slos.is_empty() {
        parts.push(output::count(registry.open_slos.len(), "OpenSLO SLO"));
    }
    parts.join(", ") + "."
}

/// Those of the registry, and those that ship with Milepost apart.
fn rules(registry: &Registry) -> String {
    let own = registry.rules.len() + registry.trace_rules.len() - registry.shipped_rules;
    match registry.shipped_rules {
        0 => output::count(own, "rule"),
        shipped => format!("{} and {shipped} shipped", output::count(own, "rule")),
    }
}

/// Who counts OpenSLO documents, and which nobody counts; nothing where there are none.
fn open_slo_note(registry: &Registry) -> String {
    let all = registry.open_slos.len();
    if all == 0 {
        return String::new();
    }
    let bound = registry.open_slos.iter().filter(|slo| slo.binding.is_some()).count();
    let mut note = format!("OpenSLO: {} checked, {bound} bound to a step.", output::count(all, "SLO"));
    note.push_str(if bound > 0 { " `milepost up --prometheus URL` counts and judges those.\n" } else { "\n" });
    for slo in ImportedSlo::of(registry) {
        if let Err(why) = slo.indicator {
            // Writing to a string cannot fail.
            let _ = writeln!(note, "  `{}` will not be measured: {why}", slo.name);
        }
    }
    note
}

fn found(diagnostics: &Diagnostics) -> String {
    let counts = [(diagnostics.errors(), "error"), (diagnostics.warnings(), "warning"), (diagnostics.notes(), "note")];
    let some = counts.into_iter().filter(|(number, _)| *number > 0);
    let told: Vec<String> = some.map(|(number, noun)| output::count(number, noun)).collect();
    if told.is_empty() { " Nothing wrong.".to_owned() } else { format!(" {}.", told.join(", ")) }
}
