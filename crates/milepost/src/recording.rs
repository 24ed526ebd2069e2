//! What is recorded of indicators, minute by minute, with when it was received: to be gone through again.
//!
//! Counted beside the report while telemetry is read. Where facts are gone, what the minute log of a server has stands in for them, hour by hour.

mod arrived;
mod attempts;

pub(crate) use arrived::Arrived;
pub(crate) use attempts::Attempts;

use anyhow::bail;
use milepost_facts::{FactBatch, IndicatorCounter, NameTables};
use milepost_model::{Minute, Outcome, Step, StepId, Timestamp, TrafficClass};
use milepost_registry::Registry;
use milepost_server::{Cell, Received, SeriesKey, Stored};
use milepost_slo::backtest::{Arrival, History};
use milepost_slo::{Counts, Indicator, IndicatorId, IndicatorIndex, Period};
use std::collections::{BTreeMap, HashMap, HashSet};

/// What is to be recorded.
#[derive(Debug, Default)]
pub(crate) struct Wanted<'r> {
    /// Indicators, each with its step.
    pub(crate) indicators: Vec<(StepId, &'r Indicator)>,
    /// Steps whose attempts are counted whatever SLOs there are, each with its product and name.
    pub(crate) steps: Vec<(StepId, &'r Step)>,
    /// Attempts count as received when they began, whatever is known.
    pub(crate) by_event_time: bool,
    /// What came to the second, of all steps of a registry, instead of all that.
    pub(crate) arrived: Option<&'r Registry>,
}

/// What was recorded.
#[derive(Debug)]
pub(crate) struct Recording {
    counter: IndicatorCounter,
    places: HashMap<IndicatorId, usize>,
    /// By the place of the indicator, the minute, and the minute in which it was received.
    arrivals: HashMap<(usize, Minute, Minute), Counts>,
    heard: HashSet<Minute>,
    attempts: HashMap<StepId, Attempts>,
    steps: HashMap<(String, String), StepId>,
    pub(crate) arrived: Option<Arrived>,
    by_event_time: bool,
    /// There was more than is held.
    is_cut: bool,
    /// Valid events of which it is known when they were received, and others.
    pub(crate) received: u64,
    pub(crate) assumed: u64,
    /// Hours for which the minute log stands in, and there are no facts.
    pub(crate) hours_from_log: usize,
}

/// Most pairs of a minute and when it was received, of all indicators: about 300 MB.
const MAX_ARRIVALS: usize = 1 << 22;

impl Recording {
    pub(crate) fn new(wanted: &Wanted<'_>, tables: &NameTables) -> Self {
        let indicators = wanted.indicators.iter().map(|(step, indicator)| (*step, *indicator, true));
        let counter = IndicatorCounter::new(indicators, tables);
        Self {
            places: counter.ids().map(|(at, id)| (id, at)).collect(),
            counter,
            arrivals: HashMap::new(),
            heard: HashSet::new(),
            attempts: wanted.steps.iter().map(|(step, _)| (*step, Attempts::default())).collect(),
            steps: (wanted.steps.iter())
                .map(|(id, step)| ((step.product.to_string(), step.name.to_string()), *id))
                .collect(),
            arrived: wanted.arrived.map(|registry| Arrived::new(registry, tables)),
            by_event_time: wanted.by_event_time,
            is_cut: false,
            received: 0,
            assumed: 0,
            hours_from_log: 0,
        }
    }

    /// Notes that anything came from the sources.
    pub(crate) fn hear(&mut self, batch: &FactBatch, received: Received<'_>) {
        if let Some(arrived) = &mut self.arrived {
            let received = if self.by_event_time { Received::Unknown } else { received };
            arrived.hear(batch, received);
        }
        match received {
            Received::At(time) if !self.by_event_time => {
                self.heard.insert(time.minute());
            }
            _ => (0..batch.len()).for_each(|row| {
                let time = received.of(row).filter(|_| !self.by_event_time).unwrap_or_else(|| batch.time(row));
                self.heard.insert(time.minute());
            }),
        }
    }

    /// Counts attempts of a step.
    pub(crate) fn count(
        &mut self,
        (batch, tables): (&FactBatch, &NameTables),
        step: StepId,
        rows: &[u32],
        received: Received<'_>,
    ) {
        if let Some(arrived) = &mut self.arrived {
            let received = if self.by_event_time { Received::Unknown } else { received };
            return arrived.count((batch, tables), step, rows, received);
        }
        if let Some(attempts) = self.attempts.get_mut(&step) {
            attempts.count(batch, rows);
        }
        let mut groups: BTreeMap<Option<Minute>, Vec<u32>> = BTreeMap::new();
        for row in rows {
            let time = received.of(*row as usize).filter(|_| !self.by_event_time);
            groups.entry(time.map(Timestamp::minute)).or_default().push(*row);
        }
        for (came, rows) in groups {
            let (arrivals, is_cut) = (&mut self.arrivals, &mut self.is_cut);
            let known = if came.is_some() { &mut self.received } else { &mut self.assumed };
            let each = |at, minute, counts: Counts| {
                let key = (at, minute, came.unwrap_or(minute));
                if arrivals.len() >= MAX_ARRIVALS && !arrivals.contains_key(&key) {
                    *is_cut = true;
                } else {
                    *known += counts.valid;
                    arrivals.entry(key).or_default().add(counts);
                }
            };
            self.counter.each((batch, tables), step, &rows, each, |_, _| {});
        }
    }

    /// Adds what the minute log of a server has of hours in which there are fewer facts, or none. What is damaged is told.
    pub(crate) fn add_minutes(&mut self, stored: &Stored, to: Option<Timestamp>) -> anyhow::Result<Vec<String>> {
        let places: HashMap<String, usize> = self.places.iter().map(|(id, at)| (id.to_string(), *at)).collect();
        let is_wanted =
            |key: &SeriesKey| matches!(key, SeriesKey::Indicator(_) | SeriesKey::Step(_) | SeriesKey::Heard(_));
        let mut logged: HashMap<(usize, i64), BTreeMap<Minute, Counts>> = HashMap::new();
        let mut heard: HashMap<i64, HashSet<Minute>> = HashMap::new();
        let mut steps: HashMap<(StepId, i64), BTreeMap<Minute, Counts>> = HashMap::new();
        if let Some(arrived) = &mut self.arrived {
            return arrived.add_minutes(stored, to, |minute| _ = self.heard.insert(minute));
        }
        let signs = &mut self.heard;
        let damage = stored.minutes(is_wanted, |key, minute, cell| {
            let (hour, is_asked) = (minute.number().div_euclid(60), to.is_none_or(|to| minute.start() < to));
            match key {
                SeriesKey::Indicator(id) if is_asked => {
                    let Some(at) = places.get(id) else { return };
                    let counts = Counts { valid: cell[0], good: cell[1] };
                    logged.entry((*at, hour)).or_default().entry(minute).or_default().add(counts);
                }
                SeriesKey::Step(of) if is_asked => {
                    heard.entry(hour).or_default().insert(minute);
                    let step = self.steps.get(&(of.product.clone(), of.step.clone()));
                    if let Some(step) =
                        step.filter(|_| of.method() == "service" && of.class == TrafficClass::INTERACTIVE)
                    {
                        let counts = availability(cell);
                        steps.entry((*step, hour)).or_default().entry(minute).or_default().add(counts);
                    }
                }
                SeriesKey::Heard(_) if is_asked => _ = signs.insert(minute),
                _ => {}
            }
        })?;
        self.stand_in(steps, &heard);
        let mut recorded: HashMap<(usize, i64), u64> = HashMap::new();
        for ((at, minute, _), counts) in &self.arrivals {
            *recorded.entry((*at, minute.number().div_euclid(60))).or_default() += counts.valid;
        }
        logged.retain(|of, minutes| valid(minutes) > recorded.get(of).copied().unwrap_or(0));
        self.arrivals.retain(|(at, minute, _), counts| {
            let stays = !logged.contains_key(&(*at, minute.number().div_euclid(60)));
            if !stays {
                self.received = self.received.saturating_sub(counts.valid);
            }
            stays
        });
        self.hours_from_log = logged.keys().map(|(_, hour)| *hour).collect::<HashSet<_>>().len();
        for ((at, hour), minutes) in logged {
            self.assumed += valid(&minutes);
            self.heard.extend(heard.get(&hour).into_iter().flatten());
            self.arrivals.extend(minutes.into_iter().map(|(minute, counts)| ((at, minute, minute), counts)));
        }
        Ok(damage)
    }

    /// Puts attempts of the minute log in the place of hours in which there are fewer.
    fn stand_in(
        &mut self,
        steps: HashMap<(StepId, i64), BTreeMap<Minute, Counts>>,
        heard: &HashMap<i64, HashSet<Minute>>,
    ) {
        for ((step, hour), logged) in steps {
            let Some(Attempts { minutes, .. }) = self.attempts.get_mut(&step) else { continue };
            let of_hour = || Minute::new(hour * 60)..Minute::new(hour * 60 + 60);
            let recorded: u64 = minutes.range(of_hour()).map(|(_, counts)| counts.valid).sum();
            if valid(&logged) > recorded {
                minutes.retain(|minute, _| !of_hour().contains(minute));
                minutes.extend(logged);
                self.heard.extend(heard.get(&hour).into_iter().flatten());
            }
        }
    }

    /// An indicator by its place in the history.
    pub(crate) fn index(&self, indicator: &Indicator) -> anyhow::Result<IndicatorIndex> {
        match self.places.get(&indicator.id()).map(|at| u32::try_from(*at)) {
            Some(Ok(at)) => Ok(IndicatorIndex(at)),
            _ => bail!("the indicator of `{}` was not recorded", indicator.path),
        }
    }

    /// The attempts of a step.
    pub(crate) fn attempts(&self, step: StepId) -> Option<&Attempts> {
        self.attempts.get(&step)
    }

    /// What an indicator has counted, by the minutes that it is of.
    pub(crate) fn minutes(&self, indicator: &Indicator) -> BTreeMap<Minute, Counts> {
        let mut minutes: BTreeMap<Minute, Counts> = BTreeMap::new();
        let Some(place) = self.places.get(&indicator.id()) else { return minutes };
        for ((_, minute, _), counts) in self.arrivals.iter().filter(|((at, ..), _)| at == place) {
            minutes.entry(*minute).or_default().add(*counts);
        }
        minutes
    }

    /// From the first minute in which anything came from the sources to the last.
    pub(crate) fn heard(&self) -> Option<Period> {
        let (first, last) = (self.heard.iter().min()?, self.heard.iter().max()?);
        Some(Period::new(*first, Minute::new(last.number() + 1)))
    }

    /// All of it.
    pub(crate) fn history(&self) -> anyhow::Result<History> {
        if self.is_cut {
            bail!("there are more minutes than can be held\nhelp: ask for less with `--to`, or leave out files");
        }
        let arrivals = self.arrivals.iter().map(|((at, minute, received), counts)| Arrival {
            indicator: IndicatorIndex(u32::try_from(*at).unwrap_or(u32::MAX)),
            minute: *minute,
            counts: *counts,
            received: *received,
        });
        Ok(History::new(arrivals, self.heard.iter().copied()))
    }
}

fn valid(minutes: &BTreeMap<Minute, Counts>) -> u64 {
    minutes.values().map(|counts| counts.valid).sum()
}

/// What the cell of a step says of its availability.
fn availability(cell: &Cell) -> Counts {
    let of = |outcome: Outcome| cell[outcome as usize];
    let good = of(Outcome::Success);
    Counts { valid: good + of(Outcome::Failure) + of(Outcome::Timeout), good }
}
