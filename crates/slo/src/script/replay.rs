//! `replay`: goes through each minute, and compares every number and verdict with a recomputation from all minutes.
//!
//! The recomputation keeps sums from the first minute on, and takes differences: it shares no code with the running sums but for how a slice is judged.

use super::world::{Promised, World};
use super::{Difference, Failure, Mistake, Report};
use crate::calendar::Calendar;
use crate::{Burn, Counting, Counts, ErrorBudget, Exclusions, Minutes as _, Period, Total, View, Window, minutes_of};
use milepost_model::{DurationNs, Minute};

/// A difference in each of many minutes is told of the first ones.
const MOST_FAILURES: usize = 10;

pub(super) fn run(world: &mut World, line: usize, to: Minute, report: &mut Report) -> Result<(), Mistake> {
    let at = |message: String| Mistake::new(line, message);
    world.check_time(to).map_err(at)?;
    let mut oracles = Vec::new();
    let mut next = world.now().map_or(world.clock().start, |(_, now)| Minute::new(now.number() + 1));
    let before = report.failures.len();
    while next <= to {
        world.advance(next).map_err(at)?;
        if oracles.is_empty() {
            for slo in &world.slos {
                for view in [View::Corrected, View::Recorded] {
                    oracles.push(Oracle::new(slo, view).map_err(at)?);
                }
            }
        }
        for (index, oracle) in oracles.iter_mut().enumerate() {
            report.checks += 1;
            if report.failures.len() < before + MOST_FAILURES {
                report.failures.extend(oracle.check(world, index / 2, line).map_err(at)?);
            }
        }
        next = Minute::new(next.number() + 1);
    }
    Ok(())
}

/// The sums of all units of an SLO from the first minute up to each.
struct Oracle {
    view: View,
    counting: Counting,
    calendar: Option<Calendar>,
    exclusions: Exclusions,
    first: Minute,
    /// The units that stand before a minute, by its distance from the first; of slices that are over.
    before: Vec<Counts>,
    rewrites: Option<u64>,
    /// The calendar's period of the minute looked at last.
    period: Option<Period>,
}

impl Oracle {
    fn new(slo: &Promised, view: View) -> Result<Self, String> {
        let terms = &slo.definition.terms;
        let counting = Counting::of_terms(terms).map_err(|error| error.to_string())?;
        let calendar = Calendar::of(&terms.window).transpose().map_err(|error| error.to_string())?;
        let (first, exclusions) = (Minute::default(), Exclusions::default());
        Ok(Self { view, counting, calendar, exclusions, first, before: Vec::new(), rewrites: None, period: None })
    }

    fn check(&mut self, world: &World, slo: usize, line: usize) -> Result<Option<Failure>, String> {
        let (evaluator, now) = world.now()?;
        let last = world.last(slo, now);
        self.sum_up(world, slo, now, last);
        let promised = &world.slos[slo];
        let period = self.period.filter(|period| period.contains(last));
        self.period = period.or_else(|| self.calendar.as_ref().map(|calendar| calendar.period(last)));
        let expected = self.budget(world, promised, last);
        let actual = evaluator.budget(slo, self.view);
        let told = |what: &str, expected: String, actual: String| Failure {
            line,
            message: format!("{what} of {} at {}", promised.name, world.clock().show(now)),
            difference: Some(Difference { expected, actual }),
        };
        if expected != actual {
            return Ok(Some(told("the budget", format!("{expected:?}"), format!("{actual:?}"))));
        }
        if self.view == View::Recorded || evaluator.alerts(slo).frozen_since().is_some() {
            return Ok(None);
        }
        let terms = &promised.definition.terms;
        for (index, tier) in terms.alerts.tiers.iter().enumerate() {
            let window = |length: DurationNs| {
                let minutes = self.counting.alert_minutes(length);
                (self.sum(world, promised, Period::trailing(minutes, last), last), minutes)
            };
            let (long, short) = (window(tier.long), window(tier.short));
            let burn = Burn { long, short, total: expected.total, period: terms.window.shortest() };
            let is_over = tier.is_over(terms.alerts.form, terms.target, &burn);
            let is_firing = evaluator.alerts(slo).tiers()[index].is_firing();
            if is_over != is_firing || evaluator.burn(slo, index) != [long.0, short.0] {
                let expected = format!("over: {is_over}, {:?}", [long.0, short.0]);
                let actual = format!("firing: {is_firing}, {:?}", evaluator.burn(slo, index));
                return Ok(Some(told(&tier.name(), expected, actual)));
            }
        }
        Ok(None)
    }

    /// Brings the sums up to the slice that runs; from the first minute on where something that has passed has changed.
    fn sum_up(&mut self, world: &World, slo: usize, now: Minute, last: Minute) {
        let promised = &world.slos[slo];
        if self.rewrites != Some(world.rewrites) {
            self.rewrites = Some(world.rewrites);
            if self.view == View::Corrected {
                let taken = world.exclusions(slo, now);
                self.exclusions = Exclusions::new(taken.iter().flat_map(|taken| taken.periods().to_vec()));
            }
            self.first = self.counting.slice(world.since(promised)).start;
            self.before = vec![Counts::default()];
        }
        let running = self.counting.slice(last);
        loop {
            let next = Minute::new(self.first.number() + i64::try_from(self.before.len()).unwrap_or(0) - 1);
            if next >= running.start {
                return;
            }
            let mut sum = self.before.last().copied().unwrap_or_default();
            let slice = self.counting.slice(next);
            if slice.start == next {
                sum.add(self.units(world, promised, slice, last));
            }
            self.before.push(sum);
        }
    }

    /// The units of a slice, from its minutes.
    fn units(&self, world: &World, promised: &Promised, slice: Period, last: Minute) -> Counts {
        let (mut counted, mut any) = (Counts::default(), false);
        let since = world.since(promised);
        for minute in slice.iter().filter(|minute| *minute >= since && *minute <= last) {
            let is_seen = !self.counting.needs_coverage() || world.source.is_covered(promised.indicator, minute);
            if is_seen && !self.exclusions.holds(minute) {
                counted.add(world.source.minute(promised.indicator, minute));
                any = true;
            }
        }
        if any { self.counting.units(counted, slice.end <= last) } else { Counts::default() }
    }

    /// The units that stand in a period, which ends with the last minute.
    fn sum(&self, world: &World, promised: &Promised, period: Period, last: Minute) -> Counts {
        let running = self.counting.slice(last);
        let at = |minute: Minute| {
            let index = usize::try_from(minute.number() - self.first.number()).unwrap_or(0);
            self.before[index.min(self.before.len() - 1)]
        };
        let (all, left) = (at(running.start), at(period.start));
        let mut sum = Counts { valid: all.valid - left.valid, good: all.good - left.good };
        if period.start <= running.start {
            sum.add(self.units(world, promised, running, last));
        }
        sum
    }

    fn budget(&self, world: &World, promised: &Promised, last: Minute) -> ErrorBudget {
        let terms = &promised.definition.terms;
        let history = last.number() - world.since(promised).number() + 1;
        let history = u64::try_from(history).unwrap_or(0);
        let trailing = |minutes| self.sum(world, promised, Period::trailing(minutes, last), last);
        let (counts, total) = match (self.period, &terms.window) {
            (Some(period), _) => {
                let so_far = Period::new(period.start, Minute::new(last.number() + 1));
                let counts = self.sum(world, promised, so_far, last);
                let minutes = period.minutes();
                (counts, Total::trailing(trailing(minutes).valid, minutes, history).or_counted(counts.valid))
            }
            (None, Window::Rolling(length)) => {
                let minutes = self.counting.whole_slices(minutes_of(*length));
                let counts = trailing(minutes);
                (counts, Total::trailing(counts.valid, minutes, history))
            }
            (None, Window::Calendar(..)) => (Counts::default(), Total::counted(0)),
        };
        ErrorBudget { target: terms.target, counts, total }
    }
}
