//! What attempts of a step are worth of a KPI: in both windows, and as a rule.

use super::places::{KpiSeries, Series};
use crate::counts::{Cell, Counts, add};
use milepost_impact::severity::{Evidence, KpiEvidence};
use milepost_impact::{KpiImpact, KpiSeen, Values, Window, Worth};
use milepost_model::Minute;
use milepost_store::SeriesId;
use std::ops::Range;

/// A KPI that a rule judges at a step, while time goes on.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct WorthLately {
    /// What one is worth that carries no number; none until it was looked at.
    usual: Option<Worth>,
    /// Of successes and of failures, in either window.
    windows: [[Values; 2]; 2],
}

impl WorthLately {
    /// Of those of a step that rules judge.
    pub(super) fn of(series: &Series) -> Vec<Self> {
        vec![Self::default(); series.judged.len()]
    }

    /// Learns what is usual: from the hours that are in memory, but for the longer window. While a step has a level it stays what it was.
    pub(super) fn learn(&mut self, counts: &Counts, of: &KpiSeries, running: Minute, is_hit: bool) {
        if self.usual.is_none() || !is_hit {
            let until = Minute::new(running.number() - Window::Long.minutes() + 1);
            self.usual = Some(usual(counts, of, counts.horizon()..until));
        }
    }

    /// Sums up both windows.
    pub(super) fn read(&mut self, counts: &Counts, of: &KpiSeries, running: Minute) {
        self.windows = Window::ALL.map(|window| {
            let minutes = Minute::new(running.number() - window.minutes() + 1)..Minute::new(running.number() + 1);
            [&of.kept, &of.failed].map(|series| values(counts, series, minutes.clone()))
        });
    }

    /// What both windows hold beside attempts.
    pub(super) fn evidence(&self, attempts: &Evidence) -> KpiEvidence {
        let worth = self.usual.unwrap_or(Worth::Usual(Values::default()));
        Window::ALL.map(|window| {
            let [kept, bad] = self.windows[window as usize];
            KpiImpact::of(&attempts[window as usize], &KpiSeen { kept, bad, worth })
        })
    }
}

/// What one attempt is worth that carries no number: as much as successes of some minutes did.
pub(super) fn usual(counts: &Counts, of: &KpiSeries, minutes: Range<Minute>) -> Worth {
    if of.is_carried { Worth::Usual(values(counts, &of.kept, minutes)) } else { Worth::One }
}

/// What series have of some minutes, the end not included, as far as memory has them.
pub(super) fn values(counts: &Counts, series: &[SeriesId], minutes: Range<Minute>) -> Values {
    let mut sum = Cell::default();
    if minutes.start < minutes.end {
        for recent in series.iter().filter_map(|series| counts.recent(*series)) {
            recent.range(minutes.clone()).for_each(|(_, cell)| add(&mut sum, cell));
        }
    }
    Values::from_numbers(sum)
}
