//! A backtest of an OpenSLO document: of what a server has imported from a Prometheus.

use super::{BacktestCommand, PastArgument, file_name, read_text, within};
use crate::backtest::{Basis, Told, Tried};
use crate::imported::{Imports, column};
use crate::output;
use anyhow::bail;
use milepost_registry::{OpenChange, Registry};
use milepost_server::{ImportedSlo, Stored};
use milepost_slo::Period;
use milepost_slo::backtest::{Past, Replay};
use milepost_slo::open::{OpenObjective, OpenSlo, OpenWindow};
use std::path::Path;
use std::process::ExitCode;

/// Whether an objective of an OpenSLO document has a name, with its product before it or without.
pub(super) fn is_named(slo: &ImportedSlo<'_>, name: &str) -> bool {
    let product = slo.slo.binding.as_ref().map(|binding| &binding.product);
    slo.name == name || product.is_some_and(|product| format!("{product}/{}", slo.name) == name)
}

impl BacktestCommand {
    /// The same as for other SLOs, over what was imported.
    pub(super) fn run_imported(
        &self,
        registry: &Registry,
        stored: Option<&Stored>,
        truths: Vec<Period>,
    ) -> anyhow::Result<ExitCode> {
        let name = &self.slo;
        let Some(stored) = stored else {
            bail!(
                "`{name}` is an OpenSLO document, which a Prometheus counts: files have nothing of it\nhelp: name the data directory of the server that asks Prometheus: `milepost backtest --data DIR --slo {name}`"
            )
        };
        let imports = Imports::read(registry, Some(stored), self.reading.asked().to)?;
        let all_of = ImportedSlo::of(registry);
        let Some(slo) = all_of.iter().find(|slo| is_named(slo, name)) else { bail!("there is no SLO `{name}`") };
        if let Err(why) = &slo.indicator {
            bail!("nobody counts `{name}`: {why}");
        }
        let (document, objective);
        let mut tried = vec![(slo.clone(), "now".to_owned())];
        if let Some(path) = &self.with {
            let Some(change) = read_change(path)? else { return Ok(ExitCode::from(1)) };
            (document, objective) = changed(slo, &change);
            let mut with = ImportedSlo { slo: &document, objective: &objective, ..slo.clone() };
            with.judge_alerts();
            if let Some(alerts) = change.alerts {
                (with.alerts, with.unjudged) = (alerts, Vec::new());
            }
            tried.push((with, format!("with {}", file_name(path))));
        }
        for (slo, column) in &tried {
            for why in &slo.unjudged {
                output::note(&format!("warning: {column}: {why}; it is not gone through\n"));
            }
        }
        let history = imports.history(slo, self.by_event_time);
        let Some(all) = history.period() else {
            bail!(
                "nothing was imported of `{name}`, so there is nothing to go through\nhelp: `milepost up --prometheus URL` imports it; `/api/v1/ingest` says below `imported` what keeps it from that"
            )
        };
        let period = self.period(all)?;
        let truths = within(truths, period);
        let past = match self.past {
            Some(PastArgument::None) => Past::None,
            Some(PastArgument::Quiet) | None => Past::Quiet,
        };
        let columns: anyhow::Result<Vec<_>> =
            tried.iter().map(|(slo, _)| column(registry, slo, &history, self.by_event_time)).collect();
        let replayed = Replay { history: &history, period, past }.run(&columns?);
        let told: Vec<Tried> = tried.into_iter().map(|(slo, column)| Tried::of_imported(&slo, column)).collect();
        let basis = Basis::of_imported((&history, self.by_event_time), past, all);
        self.tell(&Told::new(&told, &replayed, &truths, &basis))?;
        Ok(imports.exit_code(ExitCode::SUCCESS))
    }
}

/// A change of an OpenSLO document; nothing, said on standard error, when it has mistakes.
fn read_change(path: &Path) -> anyhow::Result<Option<OpenChange>> {
    let text = read_text(path)?;
    let (change, diagnostics) = OpenChange::read(&path.display().to_string(), &text);
    output::note(&diagnostics.render(output::colour_on_stderr()));
    Ok(change)
}

/// The document, and the objective in it, as they would be.
fn changed(slo: &ImportedSlo<'_>, change: &OpenChange) -> (OpenSlo, OpenObjective) {
    let (mut document, mut objective) = (slo.slo.clone(), slo.objective.clone());
    objective.target = change.target.unwrap_or(objective.target);
    if let Some(length) = change.window {
        document.window = OpenWindow::Rolling(length);
    }
    (document, objective)
}
