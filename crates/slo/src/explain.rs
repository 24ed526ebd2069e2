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
    /// Explains the units of an indicator that stand in a period, of the minutes that were `seen`: from the first of its history to the last of its
    /// windows.
    ///
    /// Of a minute that several corrections take out the first has it. A slice's bad units go to its causes by their bad events,
    /// the odd ones to the largest remainders.
    pub fn of(
        (source, cells): (&impl Minutes, &impl Cells),
        (indicator, counting): (IndicatorIndex, &Counting),
        corrections: &[Exclusions],
        period: Period,
        seen: Period,
    ) -> Self {
        let mut found = Self { corrected: vec![0; corrections.len()], ..Self::default() };
        let mut causes: BTreeMap<Cause, u64> = BTreeMap::new();
        let slices = Slices { source, indicator, counting, seen };
        let mut slice = counting.slice(period.start.max(counting.slice(seen.start).start));
        if slice.start < period.start {
            slice = counting.slice(slice.end);
        }
        while slice.start < period.end.min(seen.end) {
            let recorded = slices.bad(&[], slice);
            let mut before = recorded;
            for (index, corrected) in found.corrected.iter_mut().enumerate() {
                if corrections[index].touches(slice) {
                    let after = slices.bad(&corrections[..=index], slice);
                    *corrected += i128::from(before) - i128::from(after);
                    before = after;
                }
            }
            found.recorded += recorded;
            found.spend(slice, before);
            if before > 0 {
                let minutes = slices.taking_part(corrections, slice);
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

/// What slices are made of.
struct Slices<'s, M> {
    source: &'s M,
    indicator: IndicatorIndex,
    counting: &'s Counting,
    seen: Period,
}

impl<M: Minutes> Slices<'_, M> {
    /// The minutes of a slice that take part.
    fn taking_part(&self, corrections: &[Exclusions], slice: Period) -> Vec<Minute> {
        let seen = Period::new(slice.start.max(self.seen.start), slice.end.min(self.seen.end));
        let is_kept = |minute: &Minute| !corrections.iter().any(|taken| taken.holds(*minute));
        let mut minutes: Vec<Minute> = seen.iter().filter(is_kept).collect();
        if self.counting.needs_coverage() {
            minutes.retain(|minute| self.source.is_covered(self.indicator, *minute));
        }
        minutes
    }

    /// The bad units of a slice without what corrections take out.
    fn bad(&self, corrections: &[Exclusions], slice: Period) -> u64 {
        let minutes = self.taking_part(corrections, slice);
        if minutes.is_empty() {
            return 0;
        }
        let mut counts = Counts::default();
        minutes.iter().for_each(|minute| counts.add(self.source.minute(self.indicator, *minute)));
        // The last minute still runs, and the slice with it.
        self.counting.units(counts, slice.end < self.seen.end).bad()
    }
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
