//! What came in, in the order in which it came in.

use crate::{Counts, IndicatorIndex, Minutes, Period};
use milepost_model::Minute;

/// Counts of a minute of an indicator, and the minute in which they came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// Whose they are.
    pub indicator: IndicatorIndex,
    /// The minute that they are of.
    pub minute: Minute,
    /// What was counted.
    pub counts: Counts,
    /// The minute in which that became known; that of the events where nothing is known of it.
    pub received: Minute,
}

/// Everything that came in.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// By the minute in which they came.
    arrivals: Vec<Arrival>,
    /// The minutes in which anything at all came from the sources, each once, in order.
    heard: Vec<Minute>,
}

impl History {
    /// From arrivals in any order, and the minutes in which anything came from their sources, be it of other indicators.
    pub fn new(arrivals: impl IntoIterator<Item = Arrival>, heard: impl IntoIterator<Item = Minute>) -> Self {
        let mut arrivals: Vec<Arrival> = arrivals.into_iter().filter(|arrival| arrival.counts.valid > 0).collect();
        arrivals.sort_by_key(|arrival| (arrival.received, arrival.minute, arrival.indicator));
        let mut heard: Vec<Minute> = heard.into_iter().chain(arrivals.iter().map(|arrival| arrival.received)).collect();
        heard.sort_unstable();
        heard.dedup();
        Self { arrivals, heard }
    }

    /// What came in, by the minute in which it did.
    pub fn arrivals(&self) -> &[Arrival] {
        &self.arrivals
    }

    /// From the first minute that anything was counted of to the last in which anything came in; `None` where nothing was counted.
    pub fn period(&self) -> Option<Period> {
        let first = self.arrivals.iter().map(|arrival| arrival.minute).min()?;
        let newest = self.arrivals.iter().map(|arrival| arrival.minute.max(arrival.received)).max()?;
        let last = self.heard.last().copied().map_or(newest, |heard| heard.max(newest));
        Some(Period::new(first, Minute::new(last.number() + 1)))
    }

    /// The minute in which anything was heard last up to a minute, with it.
    pub(super) fn heard_by(&self, now: Minute) -> Option<Minute> {
        let after = self.heard.partition_point(|minute| *minute <= now);
        after.checked_sub(1).map(|at| self.heard[at])
    }
}

/// What is known of a history at a time, and what is taken for the time before it.
#[derive(Debug)]
pub(super) struct Known {
    first: i64,
    /// By indicator, a minute after the other from the first.
    minutes: Vec<Vec<Counts>>,
    /// By indicator, how many attempts so many minutes had: spread evenly over the time before the first. Nothing without one.
    before: Vec<Option<(u64, u64)>>,
    /// How many minutes the windows of an indicator end behind the running one.
    settles: Vec<i64>,
}

impl Known {
    pub(super) fn new(first: Minute, indicators: usize) -> Self {
        let (minutes, before) = (vec![Vec::new(); indicators], vec![None; indicators]);
        Self { first: first.number(), minutes, before, settles: vec![0; indicators] }
    }

    pub(super) fn take(&mut self, arrival: &Arrival) {
        let Ok(at) = usize::try_from(arrival.minute.number() - self.first) else { return };
        let minutes = &mut self.minutes[arrival.indicator.0 as usize];
        if minutes.len() <= at {
            minutes.resize(at + 1, Counts::default());
        }
        minutes[at].add(arrival.counts);
    }

    /// Lets an indicator have had so many attempts in so many minutes before the first, all good.
    pub(super) fn had(&mut self, indicator: IndicatorIndex, valid: u64, minutes: u64) {
        self.before[indicator.0 as usize] = Some((valid, minutes.max(1)));
    }

    pub(super) fn settles(&mut self, indicator: IndicatorIndex, minutes: u64) {
        self.settles[indicator.0 as usize] = i64::try_from(minutes).unwrap_or(i64::MAX / 2);
    }
}

impl Minutes for Known {
    fn minute(&self, indicator: IndicatorIndex, minute: Minute) -> Counts {
        let distance = minute.number() - self.first;
        let Ok(at) = usize::try_from(distance) else {
            let Some((valid, minutes)) = self.before[indicator.0 as usize] else { return Counts::default() };
            return evenly(valid, minutes, distance.unsigned_abs());
        };
        self.minutes[indicator.0 as usize].get(at).copied().unwrap_or_default()
    }

    fn newest(&self, indicator: IndicatorIndex, running: Minute) -> Minute {
        Minute::new(running.number() - self.settles[indicator.0 as usize])
    }
}

/// What the minute so many minutes before the first had: whole attempts, of which any stretch has its part to less than one.
fn evenly(valid: u64, minutes: u64, distance: u64) -> Counts {
    let up_to = |distance: u64| u128::from(distance) * u128::from(valid) / u128::from(minutes);
    let counted = u64::try_from(up_to(distance) - up_to(distance - 1)).unwrap_or(u64::MAX);
    Counts { valid: counted, good: counted }
}
