//! What goes on in a script: time passes, minutes come in, SLOs are judged each minute.

use super::clock::Clock;
use super::command::{Load, Loaded, Observed};
use super::correct::Correct;
use super::define::Definition;
use super::memory::Memory;
use super::points::{MOST_POINTS, Point};
use crate::{
    Cause, Correction, Counts, ErrorBudget, Evaluator, Exclusions, IndicatorIndex, Minutes as _, Period, Quality,
    SloState, Subject, View, minutes_of,
};
use milepost_model::Minute;
use std::collections::BTreeMap;

/// Minutes of a script before and after its start: three years each, so that a slip of the pen ends soon.
const MOST_MINUTES: i64 = 3 * 366 * 1_440;

/// A script's world.
#[derive(Debug, Default)]
pub(super) struct World {
    clock: Clock,
    pub(super) source: Memory,
    pub(super) slos: Vec<Promised>,
    /// What comes in when.
    coming: BTreeMap<Minute, Vec<(usize, Minute, Arrival)>>,
    running: Option<(Evaluator, Minute)>,
    /// How many points were loaded.
    points: usize,
    /// Counts what changes minutes that have passed.
    pub(super) rewrites: u64,
}

/// An SLO of a script.
#[derive(Debug)]
pub(super) struct Promised {
    pub(super) name: String,
    pub(super) definition: Definition,
    pub(super) indicator: IndicatorIndex,
    corrections: Vec<(Minute, Correction)>,
    observed: Observed,
}

#[derive(Clone, Debug)]
enum Arrival {
    Counts(Counts),
    Told(Cause, u64),
}

impl World {
    pub(super) fn clock(&self) -> Clock {
        self.clock
    }

    pub(super) fn start(&mut self, start: Minute) -> Result<(), String> {
        if self.running.is_some() || !self.coming.is_empty() || !self.slos.is_empty() {
            return Err("`start` comes before everything else, or after `clear`".to_owned());
        }
        self.clock.start = start;
        Ok(())
    }

    pub(super) fn define(&mut self, name: String, definition: Definition) -> Result<(), String> {
        if self.running.is_some() {
            return Err("SLOs are defined before the first `eval` or `replay`, or after `clear`".to_owned());
        }
        if self.slos.iter().any(|slo| slo.name == name) {
            return Err(format!("SLO `{name}` is defined twice"));
        }
        let series = self.source.place(definition.series.as_ref().unwrap_or(&name));
        let settles = i64::try_from(minutes_of(definition.settles)).unwrap_or(0);
        let settles = if definition.settles.nanos() == 0 { 0 } else { settles };
        let indicator = self.source.count(series, settles);
        let observed = Observed::default();
        let slo = Promised { name, definition, indicator, corrections: Vec::new(), observed };
        slo.subject(Minute::new(0)).map_err(|error| error.to_string())?;
        self.slos.push(slo);
        Ok(())
    }

    pub(super) fn load(&mut self, load: &Load) -> Result<(), String> {
        let now = self.running.as_ref().map(|(_, now)| *now);
        for line in &load.lines {
            let series = self.source.place(&line.series);
            self.points += line.points.len();
            if self.points > MOST_POINTS {
                return Err(format!("a script loads at most {MOST_POINTS} points, or `clear` begins anew"));
            }
            for (minute, point) in &line.points {
                self.check_time(*minute)?;
                let arrives = load.arrives.unwrap_or(*minute).max(*minute);
                if now.is_some_and(|now| arrives <= now) {
                    let at = self.clock.show(arrives);
                    return Err(format!("{at} has passed: what comes in late is written as `late at TIME`"));
                }
                if load.arrives.is_none() && line.cause.is_none() {
                    self.source.series(series).told(*minute);
                }
                self.point(series, line, (*minute, arrives), *point)?;
            }
        }
        Ok(())
    }

    fn point(
        &mut self,
        series: usize,
        line: &Loaded,
        (minute, arrives): (Minute, Minute),
        point: Point,
    ) -> Result<(), String> {
        let arrival = match (point, &line.cause) {
            (Point::Nothing, _) => return Ok(()),
            (Point::Silent, _) => {
                self.source.series(series).silence(minute);
                return Ok(());
            }
            (Point::Counts(counts), None) => Arrival::Counts(counts),
            (Point::Counts(counts), Some(cause)) => Arrival::Told(cause.clone(), counts.valid),
        };
        if arrives < self.clock.start {
            return self.take(series, minute, &arrival);
        }
        self.coming.entry(arrives).or_default().push((series, minute, arrival));
        Ok(())
    }

    /// Whether a minute is one that a script can have.
    pub(super) fn check_time(&self, minute: Minute) -> Result<(), String> {
        let distance = minute.number().abs_diff(self.clock.start.number());
        if distance <= MOST_MINUTES.unsigned_abs() {
            return Ok(());
        }
        Err(format!("{} is too far from the start: a script has three years before and after it", minute.start()))
    }

    /// Takes in what has come.
    fn take(&mut self, series: usize, minute: Minute, arrival: &Arrival) -> Result<(), String> {
        let recorded = self.source.series(series);
        match arrival {
            Arrival::Told(cause, bad) => recorded.tell(minute, cause.clone(), *bad),
            Arrival::Counts(counts) => {
                recorded.told(minute);
                recorded.add(minute, *counts)?;
                let Some((evaluator, now)) = &mut self.running else { return Ok(()) };
                self.rewrites += u64::from(minute < *now);
                for indicator in self.source.counting(series) {
                    evaluator.add(&self.source, indicator, minute, *counts);
                }
            }
        }
        Ok(())
    }

    pub(super) fn correct(&mut self, correct: Correct) -> Result<(), String> {
        let now = self.running.as_ref().map(|(_, now)| *now);
        if now.is_some_and(|now| correct.recorded <= now) {
            return Err("it would have been recorded in the past: write `recorded TIME` below it".to_owned());
        }
        let slo = self.place(&correct.slo)?;
        self.slos[slo].corrections.push((correct.recorded, correct.correction));
        Ok(())
    }

    pub(super) fn observe(&mut self, slo: &str, observed: Observed) -> Result<(), String> {
        let slo = self.place(slo)?;
        self.slos[slo].observed = observed;
        Ok(())
    }

    /// The place of an SLO.
    pub(super) fn place(&self, name: &str) -> Result<usize, String> {
        let place = self.slos.iter().position(|slo| slo.name == name);
        place.ok_or_else(|| format!("there is no SLO `{name}`: define it with `slo {name} 99.9% over 28d`"))
    }

    /// Lets time go on to a minute, one after the other.
    pub(super) fn advance(&mut self, to: Minute) -> Result<(), String> {
        self.check_time(to)?;
        let mut next = match &self.running {
            Some((_, now)) if to < *now => {
                let at = self.clock.show(to);
                return Err(format!("{at} has passed: time goes forward, `clear` begins anew"));
            }
            Some((_, now)) => Minute::new(now.number() + 1),
            None if to < self.clock.start => return Err("nothing is judged before the start".to_owned()),
            None => self.clock.start,
        };
        while next <= to {
            self.tick(next)?;
            next = Minute::new(next.number() + 1);
        }
        Ok(())
    }

    /// A minute begins, all that comes in it has come, and SLOs are judged.
    fn tick(&mut self, now: Minute) -> Result<(), String> {
        let evaluator = match self.running.take() {
            Some((mut evaluator, _)) => {
                evaluator.advance(&self.source, now);
                self.record(&mut evaluator, now)?;
                evaluator
            }
            None => self.evaluator(now)?,
        };
        self.running = Some((evaluator, now));
        for (series, minute, arrival) in self.coming.remove(&now).unwrap_or_default() {
            self.take(series, minute, &arrival)?;
        }
        let source = &self.source;
        if let Some((evaluator, _)) = &mut self.running {
            evaluator.evaluate(now.start(), |indicator| source.of(indicator).is_alive(now), |_| {});
        }
        Ok(())
    }

    /// An evaluator by the corrections that are recorded by now.
    fn evaluator(&self, now: Minute) -> Result<Evaluator, String> {
        let subjects: Result<Vec<Subject>, String> = self.slos.iter().map(|slo| self.subject(slo, now)).collect();
        Ok(Evaluator::new(&subjects?, &self.source, now))
    }

    /// Takes in the corrections that are recorded now.
    fn record(&mut self, evaluator: &mut Evaluator, now: Minute) -> Result<(), String> {
        let is_new = |slo: &Promised| slo.corrections.iter().any(|(recorded, _)| *recorded == now);
        for (index, slo) in self.slos.iter().enumerate().filter(|(_, slo)| is_new(slo)) {
            evaluator.replace(index, &self.subject(slo, now)?, &self.source, now);
            self.rewrites += 1;
        }
        Ok(())
    }

    fn subject(&self, slo: &Promised, now: Minute) -> Result<Subject, String> {
        let subject = slo.subject(self.since(slo)).map_err(|error| error.to_string())?;
        Ok(subject.without(Exclusions::of(slo.corrections(now), self.horizon())))
    }

    fn horizon(&self) -> Period {
        let at = |sign| Minute::new(self.clock.start.number() + sign * MOST_MINUTES);
        Period::new(at(-1), at(1))
    }

    /// The first minute of an SLO's history.
    pub(super) fn since(&self, slo: &Promised) -> Minute {
        self.source.of(slo.indicator).since.unwrap_or(self.clock.start)
    }

    /// The evaluator and the running minute.
    pub(super) fn now(&self) -> Result<(&Evaluator, Minute), String> {
        self.running.as_ref().map(|(evaluator, now)| (evaluator, *now)).ok_or_else(|| "no time has passed".to_owned())
    }

    /// The last minute of an SLO's windows.
    pub(super) fn last(&self, slo: usize, now: Minute) -> Minute {
        self.source.newest(self.slos[slo].indicator, now)
    }

    /// The minutes that each recorded correction of an SLO takes out.
    pub(super) fn exclusions(&self, slo: usize, now: Minute) -> Vec<Exclusions> {
        self.slos[slo].corrections(now).map(|correction| Exclusions::of([correction], self.horizon())).collect()
    }

    /// The state of an SLO by a budget of it.
    pub(super) fn state(&self, slo: usize, budget: ErrorBudget, now: Minute) -> SloState {
        SloState::of(budget.target, budget.counts, &self.quality(slo, now))
    }

    /// What is known of an SLO's data beside its counts.
    pub(super) fn quality(&self, slo: usize, now: Minute) -> Quality {
        let promised = &self.slos[slo];
        Quality {
            is_alive: self.source.of(promised.indicator).is_alive(now),
            capture: promised.observed.capture,
            floor: promised.definition.method.floor(),
            abandoned: promised.observed.abandoned,
        }
    }

    pub(super) fn budget(&self, slo: usize, view: View) -> Result<ErrorBudget, String> {
        Ok(self.now()?.0.budget(slo, view))
    }
}

impl Promised {
    fn subject(&self, since: Minute) -> Result<Subject, crate::calendar::UnknownZone> {
        Subject::new(&self.definition.terms, self.indicator, since)
    }

    /// The corrections that are recorded by now.
    fn corrections(&self, now: Minute) -> impl Iterator<Item = &Correction> {
        self.corrections.iter().filter(move |(recorded, _)| *recorded <= now).map(|(_, correction)| correction)
    }
}
