//! SLOs of OpenSLO documents as commands about history go through them: what a server has imported of each, minute by minute.
//!
//! Called by `backtest`, `suggest` and `cost`. Nobody is asked: the counts are in the data directory.

use crate::output;
use anyhow::Context as _;
use milepost_model::{Minute, Step, Timestamp};
use milepost_registry::{Promised, Registry};
use milepost_server::{ImportedCounts, ImportedSlo, Stored};
use milepost_slo::backtest::{Arrival, Column, History, Past, Replay, Replayed};
use milepost_slo::open::{OpenBudgeting, SliKind};
use milepost_slo::{Counts, IndicatorIndex, Period};
use std::collections::BTreeMap;
use std::process::ExitCode;

/// How many minutes after it began a minute is known, as the server asks for it: once it has been over for 90 seconds.
const SETTLES_MINUTES: u64 = 2;

/// The SLOs of a registry that a Prometheus counts, with what there is of each.
#[derive(Debug, Default)]
pub(crate) struct Imports<'r> {
    slos: Vec<ImportedSlo<'r>>,
    counts: BTreeMap<String, ImportedCounts>,
    /// What is damaged, in words.
    damage: Vec<String>,
}

impl<'r> Imports<'r> {
    /// What a data directory has of them before a time; nothing without one. What is damaged is told.
    pub(crate) fn read(registry: &'r Registry, stored: Option<&Stored>, to: Option<Timestamp>) -> anyhow::Result<Self> {
        let Some(stored) = stored.filter(|_| !registry.open_slos.is_empty()) else { return Ok(Self::default()) };
        let (mut counts, damage) = stored.imported()?;
        for damage in &damage {
            output::note(&format!("warning: {damage}\n"));
        }
        if let Some(to) = to.map(Timestamp::minute) {
            for of in counts.values_mut() {
                of.minutes.retain(|minute, _| *minute < to);
                of.through = of.through.map(|through| through.min(to));
            }
        }
        let slos = ImportedSlo::of(registry).into_iter().filter(|slo| slo.slo.binding.is_some()).collect();
        Ok(Self { slos, counts, damage })
    }

    /// 1 where something is damaged, else that of what else was read.
    pub(crate) fn exit_code(&self, of_others: ExitCode) -> ExitCode {
        if self.damage.is_empty() { of_others } else { ExitCode::from(1) }
    }

    /// All of them, in the order of the registry.
    pub(crate) fn slos(&self) -> &[ImportedSlo<'r>] {
        &self.slos
    }

    /// Those of a step and its uses, as services measure it.
    pub(crate) fn of_step<'s>(&'s self, step: &'s Step) -> impl Iterator<Item = &'s ImportedSlo<'r>> {
        let is_of = |slo: &&ImportedSlo<'_>| {
            let binding = slo.slo.binding.as_ref();
            binding.is_some_and(|of| of.product == step.product && of.path.step == step.name)
        };
        self.slos.iter().filter(is_of)
    }

    /// What there is of one within a period.
    pub(crate) fn period_within(&self, slo: &ImportedSlo<'_>, period: Period) -> Period {
        let nothing = Period::new(period.start, period.start);
        let Some(of) = self.period([slo]) else { return nothing };
        let (start, end) = (of.start.max(period.start), of.end.min(period.end));
        if start < end { Period::new(start, end) } else { nothing }
    }

    /// What one has counted, by minute.
    pub(crate) fn minutes(&self, slo: &ImportedSlo<'_>) -> BTreeMap<Minute, Counts> {
        self.counts_of(slo).map(|counts| counts.minutes.clone()).unwrap_or_default()
    }

    fn counts_of(&self, slo: &ImportedSlo<'_>) -> Option<&ImportedCounts> {
        self.counts.get(slo.indicator.as_ref().ok()?)
    }

    /// From the first minute in which any of some counted something to the last that is imported.
    pub(crate) fn period<'s>(&self, slos: impl IntoIterator<Item = &'s ImportedSlo<'s>>) -> Option<Period> {
        let of = |slo: &ImportedSlo<'_>| {
            let counts = self.counts_of(slo)?;
            let (first, _) = counts.minutes.iter().find(|(_, counts)| counts.valid > 0)?;
            let (last, _) = counts.minutes.last_key_value()?;
            Some((*first, counts.through.unwrap_or(*last).max(Minute::new(last.number() + 1))))
        };
        let all: Vec<(Minute, Minute)> = slos.into_iter().filter_map(of).collect();
        Some(Period::new(all.iter().map(|of| of.0).min()?, all.iter().map(|of| of.1).max()?))
    }

    /// What came in of one, when it would have come in live. While it was imported its source is taken to have told of each minute.
    pub(crate) fn history(&self, slo: &ImportedSlo<'_>, by_event_time: bool) -> History {
        let later = i64::try_from(settling(by_event_time)).unwrap_or(0);
        let received = |minute: Minute| Minute::new(minute.number() + later);
        let heard = self.period([slo]).into_iter().flat_map(Period::iter).map(received);
        let arrivals = self.minutes(slo).into_iter().map(|(minute, counts)| Arrival {
            indicator: IndicatorIndex(0),
            minute,
            counts,
            received: received(minute),
        });
        History::new(arrivals, heard)
    }
}

/// How many minutes the windows of an imported SLO end behind the running one.
fn settling(by_event_time: bool) -> u64 {
    if by_event_time { 0 } else { SETTLES_MINUTES }
}

/// An SLO as it is replayed over its history, with the maintenances of the registry.
pub(crate) fn column(
    registry: &Registry,
    slo: &ImportedSlo<'_>,
    history: &History,
    by_event_time: bool,
) -> anyhow::Result<Column> {
    let since = history.period().map_or(Minute::new(0), |all| all.start);
    let subject = slo.subject(IndicatorIndex(0), since).with_context(|| format!("`{}` has no window", slo.name))?;
    let maintenances = Promised::of_open(slo.slo).into_iter().flat_map(|of| registry.maintenances_of(of));
    Ok(Column::new(subject).settling(settling(by_event_time)).maintained(maintenances, history))
}

/// What one would have done in a period, whose time before is taken to have been well: a Prometheus keeps less than a window, as a rule. Nothing
/// of one that was not imported.
pub(crate) fn replayed(
    registry: &Registry,
    imports: &Imports<'_>,
    slo: &ImportedSlo<'_>,
    period: Period,
) -> anyhow::Result<Option<Replayed>> {
    let period = imports.period_within(slo, period);
    if period.minutes() == 0 {
        return Ok(None);
    }
    let history = imports.history(slo, false);
    let column = column(registry, slo, &history, false)?;
    Ok(Replay { history: &history, period, past: Past::Quiet }.run(&[column]).pop())
}

/// What it says of its step, and who counts it.
pub(crate) fn promise(slo: &ImportedSlo<'_>) -> String {
    let kind = slo.slo.binding.as_ref().and_then(|binding| binding.kind);
    let kind = SliKind::NAMED.iter().find(|(_, known)| Some(*known) == kind);
    format!("{}, counted by Prometheus", kind.map_or("good of all", |(name, _)| name))
}

/// Whether the share of its target is of events, and not of time.
pub(crate) fn is_of_events(slo: &ImportedSlo<'_>) -> bool {
    slo.is_ratio && slo.objective.budgeting == OpenBudgeting::Occurrences
}
