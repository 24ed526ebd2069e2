//! What came of a step lately, beside what usually comes.

use super::ears::Alive;
use super::places::Series;
use super::usual::Usual;
use super::worth::WorthLately;
use crate::counts::{Cell, Counts};
use milepost_impact::severity::{Evidence, KpiEvidence};
use milepost_impact::{Baseline, Forecast, Impact, Seen, Window};
use milepost_model::{DurationNs, Minute, Outcome, Timestamp};

/// Attempts arrive so late at most, as a rule: what has not come by then is missing.
pub(super) const LATENESS: DurationNs = DurationNs::from_seconds(60);

/// Attempts that were not abandoned, those that failed, those that never ended, and of the others those that were slow.
pub(super) type Numbers = [u64; 4];

/// One step while time goes on.
#[derive(Debug, Default)]
pub(super) struct Traffic {
    sums: [Numbers; 2],
    /// What that is worth, of each KPI by which a rule judges it.
    pub(super) worth: Vec<WorthLately>,
    /// The running minute, and all that was ever counted, as of when the windows were summed up last: neither has changed as a rule.
    summed: Option<(Minute, [u64; 2])>,
    pub(super) usual: Usual,
    pub(super) forecast: Option<Forecast>,
}

impl Traffic {
    /// Of a step of which this is usual.
    pub(super) fn of(baseline: Baseline, series: &Series) -> Self {
        Self { usual: Usual::of(baseline), worth: WorthLately::of(series), ..Self::default() }
    }

    /// Learns what an attempt is worth, of each KPI by which a rule judges it.
    pub(super) fn value(&mut self, counts: &Counts, series: &Series, running: Minute, is_hit: bool) {
        self.worth.iter_mut().zip(&series.judged).for_each(|(worth, of)| worth.learn(counts, of, running, is_hit));
    }

    /// Sums up both windows, where anything has come, or a minute has passed.
    pub(super) fn read(&mut self, counts: &Counts, series: &Series, running: Minute) {
        let total = |series: &milepost_store::SeriesId| counts.total(*series);
        let attempts: u64 = series.attempts.iter().map(total).flat_map(|cell| cell[..4].to_vec()).sum();
        let judged = series.slow.as_ref().map_or(0, |series| total(series)[0]);
        let as_of = Some((running, [attempts, judged]));
        if self.summed == as_of {
            return;
        }
        self.summed = as_of;
        self.sums = Window::ALL.map(|window| numbers(counts, series, running, window));
        self.worth.iter_mut().zip(&series.judged).for_each(|(worth, of)| worth.read(counts, of, running));
    }

    /// The same of KPIs, where attempts can be seen.
    pub(super) fn kpis<'t>(&'t self, attempts: Option<&'t Evidence>) -> impl Iterator<Item = Option<KpiEvidence>> + 't {
        self.worth.iter().map(move |worth| attempts.map(|attempts| worth.evidence(attempts)))
    }

    /// What both windows hold as of now. Nothing is missed in a window that begins before telemetry of it came again, nor of the time since it came last:
    /// nobody knows what would have come.
    pub(super) fn evidence(&self, now: Timestamp, alive: Option<Alive>) -> Evidence {
        Window::ALL.map(|window| {
            let [attempts, failed, timed_out, slow] = self.sums[window as usize];
            let seen = Seen::new(attempts, failed, timed_out, slow).unwrap_or_default();
            let minutes = DurationNs::from_seconds(60 * window.minutes().unsigned_abs());
            let alive = alive.filter(|alive| now.since(alive.since) >= minutes);
            let until = alive.map(|alive| now.minus(LATENESS).min(alive.heard));
            let expected = self.forecast.zip(until).and_then(|(forecast, until)| forecast.at(window, until));
            Impact::of(seen, expected)
        })
    }
}

/// The numbers of a window that ends with the running minute.
fn numbers(counts: &Counts, series: &Series, running: Minute, window: Window) -> Numbers {
    let first = Minute::new(running.number() - window.minutes() + 1);
    of_minutes(counts, series, first, running)
}

/// What came of a step in some minutes, the last one included, as far as memory has them.
pub(super) fn of_minutes(counts: &Counts, series: &Series, first: Minute, last: Minute) -> Numbers {
    let mut sum = Cell::default();
    for of in &series.attempts {
        let minutes = counts.recent(*of).into_iter().flat_map(|recent| recent.range(first..=last));
        minutes.for_each(|(_, cell)| crate::counts::add(&mut sum, cell));
    }
    let (mut valid, mut good) = (0, 0);
    if let Some(recent) = series.slow.and_then(|of| counts.recent(of)) {
        recent.range(first..=last).for_each(|(_, cell)| {
            valid += cell[0];
            good += cell[1];
        });
    }
    let of = |outcome: Outcome| sum[outcome as usize];
    let [success, failed, timed_out] = [Outcome::Success, Outcome::Failure, Outcome::Timeout].map(of);
    // Those that were given up late are bad for the SLO, and no attempts here.
    [success + failed + timed_out, failed, timed_out, valid.saturating_sub(good).min(success)]
}
