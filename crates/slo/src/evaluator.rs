//! Many SLOs at once: the series they share, and what of them changes each second and each minute.
//!
//! Knows no clock and no storage; who calls it says what time it is, what came in, and whose source is alive. Each round costs by what has changed
//! and, once a minute, by the number of windows; never by how much history there is.

mod plan;
mod subject;

pub use subject::{Subject, Terms};

use crate::series::WindowIndex;
use crate::{
    AlertChange, AlertForm, AlertState, AlertTier, Burn, Counts, ErrorBudget, IndicatorIndex, Minutes, Period, Series,
};
use milepost_model::{DurationNs, Minute, Target, Timestamp};
use plan::Plan;

/// The evaluation of many SLOs; an SLO is known by its place in the list they were given in.
#[derive(Debug)]
pub struct Evaluator {
    series: Vec<Series>,
    slos: Vec<Watched>,
    indicators: Vec<OfIndicator>,
    changed: Vec<usize>,
}

/// Something about an SLO's alerts that has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transition {
    /// Which SLO.
    pub slo: usize,
    /// When it was seen.
    pub at: Timestamp,
    /// What.
    pub change: AlertChange,
}

/// Whether what corrections take out is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum View {
    /// What holds: without the minutes that corrections take out.
    Corrected,
    /// As it was recorded.
    Recorded,
}

#[derive(Debug, Default)]
struct OfIndicator {
    series: Vec<usize>,
    slos: Vec<usize>,
    is_silent: bool,
}

/// An SLO with where its windows are.
#[derive(Debug)]
struct Watched {
    target: Target,
    form: AlertForm,
    period: DurationNs,
    corrected: Place,
    recorded: Place,
    tiers: Vec<AlertTier>,
    windows: Vec<TierWindows>,
    state: AlertState,
    is_changed: bool,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    series: usize,
    window: WindowIndex,
}

#[derive(Clone, Copy, Debug)]
struct TierWindows {
    long: WindowIndex,
    short: WindowIndex,
}

impl Evaluator {
    /// Reads the windows of all SLOs up to `running`, once.
    pub fn new(subjects: &[Subject], source: &impl Minutes, running: Minute) -> Self {
        let mut plan = Plan::default();
        for subject in subjects {
            plan.add(subject, None);
            plan.add(subject, subject.exclusions());
        }
        let series: Vec<Series> = plan.series(source, running);
        let slos: Vec<Watched> = subjects.iter().map(|subject| plan.watched(subject, &series)).collect();
        let mut indicators: Vec<OfIndicator> = Vec::new();
        let count = subjects.iter().map(|subject| subject.indicator.0 as usize + 1).max().unwrap_or(0);
        indicators.resize_with(count, OfIndicator::default);
        for (index, series) in series.iter().enumerate() {
            indicators[series.indicator().0 as usize].series.push(index);
        }
        for (index, subject) in subjects.iter().enumerate() {
            indicators[subject.indicator.0 as usize].slos.push(index);
        }
        let mut evaluator = Self { series, slos, indicators, changed: Vec::new() };
        (0..evaluator.slos.len()).for_each(|slo| evaluator.mark(slo));
        evaluator
    }

    /// Puts other terms in the place of an SLO's: an edited target, tier or window, or a correction. Only its own windows are read anew, where no
    /// other SLO has them. Alerts go on as they are when the tiers are the same, and begin anew otherwise.
    pub fn replace(&mut self, slo: usize, subject: &Subject, source: &impl Minutes, running: Minute) {
        let mut plan = Plan::default();
        plan.add(subject, None);
        plan.add(subject, subject.exclusions());
        let first = self.series.len();
        let series = plan.series(source, running);
        let mut watched = plan.watched(subject, &series);
        watched.corrected.series += first;
        watched.recorded.series += first;
        let of = &mut self.indicators;
        let count = (subject.indicator.0 as usize + 1).max(of.len());
        of.resize_with(count, OfIndicator::default);
        of[subject.indicator.0 as usize].series.extend(first..first + series.len());
        self.series.extend(series);
        let before = std::mem::replace(&mut self.slos[slo], watched);
        if before.tiers == self.slos[slo].tiers {
            self.slos[slo].state = before.state;
        }
        self.slos[slo].is_changed = before.is_changed;
        for series in [before.corrected.series, before.recorded.series] {
            self.retire(series);
        }
        self.indicators.iter_mut().for_each(|of| of.slos.retain(|known| *known != slo));
        self.indicators[subject.indicator.0 as usize].slos.push(slo);
        self.mark(slo);
    }

    /// A series that no SLO looks at any more costs nothing from now on.
    fn retire(&mut self, series: usize) {
        let is_used = |slo: &Watched| slo.corrected.series == series || slo.recorded.series == series;
        if !self.slos.iter().any(is_used) {
            self.series[series].retire();
            self.indicators.iter_mut().for_each(|of| of.series.retain(|known| *known != series));
        }
    }

    /// Adds what came in for an indicator to its minute; the source has taken it in already.
    pub fn add(&mut self, source: &impl Minutes, indicator: IndicatorIndex, minute: Minute, counts: Counts) {
        let Some(of) = self.indicators.get(indicator.0 as usize) else { return };
        for series in &of.series {
            self.series[*series].add(source, minute, counts);
        }
        self.mark_all(indicator);
    }

    /// Adds what came in for an indicator in all of a period at once, and says whether it did: only where that is the same as adding minute after
    /// minute, since each event is a unit, nothing is taken out, and no window begins or ends in the period.
    pub fn add_period(&mut self, indicator: IndicatorIndex, period: Period, counts: Counts) -> bool {
        let Some(of) = self.indicators.get(indicator.0 as usize) else { return true };
        if !of.series.iter().all(|series| self.series[*series].is_alike_in(period)) {
            return false;
        }
        for series in &of.series {
            self.series[*series].add_alike(period, counts);
        }
        self.mark_all(indicator);
        true
    }

    /// Lets time go on until `running` runs; the SLOs whose windows have moved are judged in the next round.
    pub fn advance(&mut self, source: &impl Minutes, running: Minute) {
        for index in 0..self.series.len() {
            let series = &mut self.series[index];
            let (indicator, before) = (series.indicator(), series.last());
            series.advance(source, source.newest(indicator, running));
            if series.last() != before {
                self.mark_all(indicator);
            }
        }
    }

    /// Judges the SLOs that have changed since the last round, and tells what has changed of their alerts.
    pub fn evaluate(
        &mut self,
        now: Timestamp,
        is_alive: impl Fn(IndicatorIndex) -> bool,
        mut tell: impl FnMut(Transition),
    ) {
        for index in 0..self.indicators.len() {
            let indicator = IndicatorIndex(u32::try_from(index).unwrap_or(u32::MAX));
            let is_silent = !is_alive(indicator);
            if std::mem::replace(&mut self.indicators[index].is_silent, is_silent) != is_silent {
                self.mark_all(indicator);
            }
        }
        for slo in std::mem::take(&mut self.changed) {
            let watched = &mut self.slos[slo];
            watched.is_changed = false;
            let series = &self.series[watched.corrected.series];
            let is_silent = self.indicators[series.indicator().0 as usize].is_silent;
            watched.judge(series, now, is_silent, &mut |change| tell(Transition { slo, at: now, change }));
        }
    }

    /// The error budget of an SLO as of its last minute.
    pub fn budget(&self, slo: usize, view: View) -> ErrorBudget {
        let watched = &self.slos[slo];
        let Place { series, window } = watched.place(view);
        let series = &self.series[series];
        ErrorBudget { target: watched.target, counts: series.at(window), total: series.total_at(window) }
    }

    /// What the windows of an SLO's tier hold: long and short.
    pub fn burn(&self, slo: usize, tier: usize) -> [Counts; 2] {
        let watched = &self.slos[slo];
        let series = &self.series[watched.corrected.series];
        let windows = watched.windows[tier];
        [series.at(windows.long), series.at(windows.short)]
    }

    /// The alerts of an SLO.
    pub fn alerts(&self, slo: usize) -> &AlertState {
        &self.slos[slo].state
    }

    /// Puts back alerts as they were stored.
    pub fn restore(&mut self, slo: usize, state: AlertState) {
        let watched = &mut self.slos[slo];
        if state.tiers().len() == watched.tiers.len() {
            watched.state = state;
        }
    }

    /// The last minute of an SLO's windows.
    pub fn last(&self, slo: usize) -> Minute {
        self.series[self.slos[slo].corrected.series].last()
    }

    fn mark_all(&mut self, indicator: IndicatorIndex) {
        for position in 0..self.indicators[indicator.0 as usize].slos.len() {
            self.mark(self.indicators[indicator.0 as usize].slos[position]);
        }
    }

    fn mark(&mut self, slo: usize) {
        if !std::mem::replace(&mut self.slos[slo].is_changed, true) {
            self.changed.push(slo);
        }
    }
}

impl Watched {
    fn place(&self, view: View) -> Place {
        match view {
            View::Corrected => self.corrected,
            View::Recorded => self.recorded,
        }
    }

    fn judge(&mut self, series: &Series, now: Timestamp, is_silent: bool, tell: &mut impl FnMut(AlertChange)) {
        if is_silent {
            self.state.freeze(now, tell);
            return;
        }
        let total = series.total_at(self.corrected.window);
        let of = |index| (series.at(index), series.minutes_at(index));
        let is_over = |tier: usize| {
            let windows = self.windows[tier];
            let burn = Burn { long: of(windows.long), short: of(windows.short), total, period: self.period };
            self.tiers[tier].is_over(self.form, self.target, &burn)
        };
        self.state.observe(&self.tiers, now, is_over, tell);
    }
}

#[cfg(test)]
mod tests;
