//! The minutes of a script: what has come in so far.

use super::points::MOST_POINTS;
use crate::{Cause, Cells, Counts, IndicatorIndex, Minutes, is_alive};
use milepost_model::Minute;
use std::collections::{BTreeMap, BTreeSet};

/// Minutes of series, and which series each SLO counts; an SLO's indicator is its place in the script.
#[derive(Debug, Default)]
pub(super) struct Memory {
    series: Vec<Recorded>,
    indicators: Vec<Counted>,
}

#[derive(Debug)]
struct Counted {
    series: usize,
    /// How many minutes its windows end behind the running one.
    settles: i64,
}

/// What has come in of a series.
#[derive(Debug, Default)]
pub(super) struct Recorded {
    pub(super) name: String,
    /// The first minute that anything was said of.
    pub(super) since: Option<Minute>,
    /// The minute of the first of `counts`.
    first: i64,
    counts: Vec<Counts>,
    silent: BTreeSet<Minute>,
    cells: BTreeMap<Minute, Vec<(Cause, u64)>>,
}

impl Memory {
    /// The place of a series, which is made where there is none.
    pub(super) fn place(&mut self, name: &str) -> usize {
        if let Some(place) = self.series.iter().position(|series| series.name == name) {
            return place;
        }
        self.series.push(Recorded { name: name.to_owned(), ..Recorded::default() });
        self.series.len() - 1
    }

    /// Adds an SLO that counts a series.
    pub(super) fn count(&mut self, series: usize, settles: i64) -> IndicatorIndex {
        self.indicators.push(Counted { series, settles });
        IndicatorIndex(u32::try_from(self.indicators.len() - 1).unwrap_or(u32::MAX))
    }

    /// The SLOs that count a series.
    pub(super) fn counting(&self, series: usize) -> Vec<IndicatorIndex> {
        let of = self.indicators.iter().enumerate().filter(|(_, counted)| counted.series == series);
        of.map(|(index, _)| IndicatorIndex(u32::try_from(index).unwrap_or(u32::MAX))).collect()
    }

    pub(super) fn of(&self, indicator: IndicatorIndex) -> &Recorded {
        &self.series[self.indicators[indicator.0 as usize].series]
    }

    pub(super) fn series(&mut self, series: usize) -> &mut Recorded {
        &mut self.series[series]
    }
}

impl Recorded {
    /// Something is said of a minute.
    pub(super) fn told(&mut self, minute: Minute) {
        self.since = Some(self.since.map_or(minute, |since| since.min(minute)));
    }

    pub(super) fn add(&mut self, minute: Minute, counts: Counts) -> Result<(), String> {
        let number = minute.number();
        if self.counts.is_empty() {
            self.first = number;
        }
        let (first, end) = (self.first.min(number), (self.first + to_i64(self.counts.len())).max(number + 1));
        if to_usize(end - first) > MOST_POINTS {
            return Err(format!("the minutes of a series lie within {MOST_POINTS} of each other"));
        }
        let before = to_usize(self.first - first);
        self.counts.splice(0..0, std::iter::repeat_n(Counts::default(), before));
        self.first = first;
        self.counts.resize(to_usize(end - first), Counts::default());
        self.counts[to_usize(number - first)].add(counts);
        Ok(())
    }

    pub(super) fn tell(&mut self, minute: Minute, cause: Cause, bad: u64) {
        self.cells.entry(minute).or_default().push((cause, bad));
    }

    pub(super) fn silence(&mut self, minute: Minute) {
        self.silent.insert(minute);
    }

    /// Whether anything came from the source in the last two minutes, or comes now.
    pub(super) fn is_alive(&self, now: Minute) -> bool {
        let newest = (0..=4).map(|age| Minute::new(now.number() - age)).find(|minute| !self.silent.contains(minute));
        // The last of a minute comes at its end.
        let seen = newest.map(|minute| if minute == now { now } else { Minute::new(minute.number() + 1) }.start());
        is_alive(now.start(), seen)
    }
}

impl Minutes for Memory {
    fn minute(&self, indicator: IndicatorIndex, minute: Minute) -> Counts {
        let of = self.of(indicator);
        let index = usize::try_from(minute.number() - of.first).ok();
        index.and_then(|index| of.counts.get(index)).copied().unwrap_or_default()
    }

    fn is_covered(&self, indicator: IndicatorIndex, minute: Minute) -> bool {
        !self.of(indicator).silent.contains(&minute)
    }

    fn newest(&self, indicator: IndicatorIndex, running: Minute) -> Minute {
        Minute::new(running.number() - self.indicators[indicator.0 as usize].settles)
    }
}

impl Cells for Recorded {
    fn cells(&self, minute: Minute) -> Vec<(Cause, u64)> {
        self.cells.get(&minute).cloned().unwrap_or_default()
    }
}

fn to_i64(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn to_usize(number: i64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
