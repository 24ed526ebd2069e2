//! What spent an error budget: by time, operation, error type and correction, with parts that sum to the whole exactly.

mod apportion;

use crate::{Counting, Counts, Exclusions, IndicatorIndex, Minutes, Period};
use apportion::apportion;
use milepost_model::Minute;
use std::collections::BTreeMap;

/// What an event was bad by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// An operation and its error type, as far as the event names them.
    Named {
        /// The operation.
        operation: Option<String>,
        /// The error type.
        error_type: Option<String>,
    },
    /// Bad events of which no cell tells.
    Untold,
    /// There were no events, and there should have been.
    NoData,
}

/// Bad events of a minute by what they were bad by.
pub trait Cells {
    /// The cells of a minute, in any order.
    fn cells(&self, minute: Minute) -> Vec<(Cause, u64)>;
}

/// What spent a budget. In units of the budget: events, slices, or billionths of slices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explanation {
    /// Bad units as they were recorded: what `causes` and `corrected` sum to.
    pub recorded: u64,
    /// Bad units that hold, without what corrections take out: what `causes` sum to, and `ranges`.
    pub spent: u64,
    /// By cause, the largest first.
    pub causes: Vec<(Cause, u64)>,
    /// By stretches of time with bad units, in order.
    pub ranges: Vec<Range>,
    /// What each correction took out, in the order they were given; below 0 where it took more good than bad from a slice.
    pub corrected: Vec<i128>,
}

/// A stretch of time that spent something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    /// From its first slice or minute to its last.
    pub period: Period,
    /// Bad units.
    pub spent: u64,
}

/// Stretches that are so many minutes apart at most are one.
pub const GAP_MINUTES: i64 = 5;

impl Explanation {
    /// Explains the units of an indicator that stand in a period.
    ///
    /// Of a minute that several corrections take out the first has it. A slice's bad units go to its causes by their bad events,
    /// the odd ones to the largest remainders.
    pub fn of(
        (source, cells): (&impl Minutes, &impl Cells),
        (indicator, counting): (IndicatorIndex, &Counting),
        corrections: &[Exclusions],
        period: Period,
        last: Minute,
    ) -> Self {
        let mut found = Self { corrected: vec![0; corrections.len()], ..Self::default() };
        let mut causes: BTreeMap<Cause, u64> = BTreeMap::new();
        let mut slice = counting.slice(period.start);
        if slice.start < period.start {
            slice = counting.slice(slice.end);
        }
        while slice.start < period.end && slice.start <= last {
            let bad = |corrections: &[Exclusions]| {
                units(source, (indicator, counting), corrections, slice, last).map_or(0, Counts::bad)
            };
            let recorded = bad(&[]);
            let mut before = recorded;
            for (index, corrected) in found.corrected.iter_mut().enumerate() {
                let after = bad(&corrections[..=index]);
                *corrected += i128::from(before) - i128::from(after);
                before = after;
            }
            found.recorded += recorded;
            found.spend(slice, before);
            if before > 0 {
                let minutes = taking_part(corrections, slice, last);
                attribute(source, indicator, cells, minutes, before, &mut causes);
            }
            slice = counting.slice(slice.end);
        }
        found.causes = causes.into_iter().collect();
        found.causes.sort_by_key(|(_, spent)| std::cmp::Reverse(*spent));
        found
    }

    /// What was spent by each operation, the largest first; the rest under `None`.
    pub fn by_operation(&self) -> Vec<(Option<&str>, u64)> {
        self.by(|cause| match cause {
            Cause::Named { operation, .. } => operation.as_deref(),
            Cause::Untold | Cause::NoData => None,
        })
    }

    /// What was spent by each error type, the largest first; the rest under `None`.
    pub fn by_error_type(&self) -> Vec<(Option<&str>, u64)> {
        self.by(|cause| match cause {
            Cause::Named { error_type, .. } => error_type.as_deref(),
            Cause::Untold | Cause::NoData => None,
        })
    }

    fn by<'e>(&'e self, key: impl Fn(&'e Cause) -> Option<&'e str>) -> Vec<(Option<&'e str>, u64)> {
        let mut sums: BTreeMap<Option<&str>, u64> = BTreeMap::new();
        self.causes.iter().for_each(|(cause, spent)| *sums.entry(key(cause)).or_default() += spent);
        let mut sums: Vec<_> = sums.into_iter().collect();
        sums.sort_by_key(|(_, spent)| std::cmp::Reverse(*spent));
        sums
    }

    fn spend(&mut self, slice: Period, bad: u64) {
        self.spent += bad;
        match self.ranges.last_mut() {
            _ if bad == 0 => {}
            Some(range) if slice.start.number() - range.period.end.number() <= GAP_MINUTES => {
                range.period.end = slice.end;
                range.spent += bad;
            }
            _ => self.ranges.push(Range { period: slice, spent: bad }),
        }
    }
}

/// The minutes of a slice that take part.
fn taking_part(corrections: &[Exclusions], slice: Period, last: Minute) -> Vec<Minute> {
    let is_kept = |minute: &Minute| *minute <= last && !corrections.iter().any(|taken| taken.holds(*minute));
    slice.iter().filter(is_kept).collect()
}

/// The units of a slice without what corrections take out; `None` where nothing takes part.
fn units(
    source: &impl Minutes,
    (indicator, counting): (IndicatorIndex, &Counting),
    corrections: &[Exclusions],
    slice: Period,
    last: Minute,
) -> Option<Counts> {
    let mut minutes = taking_part(corrections, slice, last);
    if counting.needs_coverage() {
        minutes.retain(|minute| source.is_covered(indicator, *minute));
    }
    let mut counts = Counts::default();
    minutes.iter().for_each(|minute| counts.add(source.minute(indicator, *minute)));
    (!minutes.is_empty()).then(|| counting.units(counts, slice.end <= last))
}

/// Shares out bad units among the causes of the minutes they come from.
fn attribute(
    source: &impl Minutes,
    indicator: IndicatorIndex,
    cells: &impl Cells,
    minutes: Vec<Minute>,
    spent: u64,
    causes: &mut BTreeMap<Cause, u64>,
) {
    let mut weights: BTreeMap<Cause, u64> = BTreeMap::new();
    for minute in minutes {
        let mut untold = source.minute(indicator, minute).bad();
        for (cause, bad) in cells.cells(minute) {
            // Cells never tell of more than was counted, whatever they say.
            let told = bad.min(untold);
            untold -= told;
            *weights.entry(cause).or_default() += told;
        }
        *weights.entry(Cause::Untold).or_default() += untold;
    }
    weights.retain(|_, bad| *bad > 0);
    if weights.is_empty() {
        weights.insert(Cause::NoData, 1);
    }
    let (names, weights): (Vec<Cause>, Vec<u64>) = weights.into_iter().unzip();
    for (cause, part) in names.into_iter().zip(apportion(spent, &weights)).filter(|(_, part)| *part > 0) {
        *causes.entry(cause).or_default() += part;
    }
}

#[cfg(test)]
mod tests;
