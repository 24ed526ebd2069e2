//! Running sums: what an indicator has counted in each of some windows, kept exact as time goes on and as facts come in, late ones too.
//!
//! Knows no clock: minutes come in as arguments, what they counted from a [`Minutes`]. At each time a sum is that of a recomputation from all minutes,
//! which is what the tests compare it with.

mod exclusions;
mod read;
mod step;
mod window;

pub use exclusions::Exclusions;
pub(crate) use window::WindowIndex;
pub use window::WindowKey;

use crate::counting::{Counting, Grid};
use crate::{Counts, Period, Total};
use milepost_model::Minute;
use window::{CalendarSum, Sum};

/// An indicator by its place in the caller's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IndicatorIndex(pub u32);

/// Where minutes are known: in memory, in files, both.
///
/// It must say the same of a minute when the minute leaves a window as it said when it came in, but for what [`Series::add`] was told of since.
pub trait Minutes {
    /// What an indicator counted in a minute; nothing where nothing is known.
    fn minute(&self, indicator: IndicatorIndex, minute: Minute) -> Counts;

    /// What it counted in a period. A source with sums of hours or days does better than to add up minutes, which is how windows are read at the start.
    fn sum(&self, indicator: IndicatorIndex, period: Period) -> Counts {
        let mut sum = Counts::default();
        period.iter().for_each(|minute| sum.add(self.minute(indicator, minute)));
        sum
    }

    /// Whether the indicator's source was seen in a minute, so that nothing counted means that nothing happened.
    fn is_covered(&self, _indicator: IndicatorIndex, _minute: Minute) -> bool {
        true
    }

    /// The minute with which an indicator's windows end while `running` runs: the running one, or for what settles late the watermark's.
    fn newest(&self, _indicator: IndicatorIndex, running: Minute) -> Minute {
        running
    }
}

/// More minutes at once are read anew: a step asks for two minutes a window, so that a day of them costs about what reading four weeks does.
const MOST_STEPS: i64 = 1_440;

/// The sums of an indicator over windows that end with the same minute.
#[derive(Clone, Debug)]
pub struct Series {
    indicator: IndicatorIndex,
    grid: Grid,
    exclusions: Option<Exclusions>,
    /// The first minute of its history; nothing before it counts, not even as a slice without data.
    since: Minute,
    /// The last minute of every window.
    last: Minute,
    sums: Vec<Sum>,
    calendars: Vec<CalendarSum>,
}

impl Series {
    /// Reads the windows of an indicator up to `last`, with it, once.
    pub fn new(
        (indicator, since): (IndicatorIndex, Minute),
        counting: Counting,
        exclusions: Option<Exclusions>,
        windows: &[WindowKey],
        source: &impl Minutes,
        last: Minute,
    ) -> Self {
        let (sums, calendars) = window::of(windows, &counting, last);
        let grid = Grid::new(counting);
        let mut series = Self { indicator, grid, exclusions, since, last, sums, calendars };
        series.read(source);
        series
    }

    /// Whose sums they are.
    pub fn indicator(&self) -> IndicatorIndex {
        self.indicator
    }

    /// How its minutes become units.
    pub fn counting(&self) -> &Counting {
        self.grid.counting()
    }

    /// The last minute of its windows.
    pub fn last(&self) -> Minute {
        self.last
    }

    /// The first minute of its history.
    pub fn since(&self) -> Minute {
        self.since
    }

    /// The units of a window; `None` for one that it was not made with.
    pub fn sum(&self, window: &WindowKey) -> Option<Counts> {
        self.find(window).map(|index| self.at(index))
    }

    /// The units of a whole period of a window.
    pub fn total(&self, window: &WindowKey) -> Option<Total> {
        self.find(window).map(|index| self.total_at(index))
    }

    /// Has no window any more.
    pub(crate) fn retire(&mut self) {
        (self.sums, self.calendars) = (Vec::new(), Vec::new());
    }

    pub(crate) fn find(&self, window: &WindowKey) -> Option<WindowIndex> {
        window::find(window, self.counting(), &self.sums, &self.calendars)
    }

    pub(crate) fn at(&self, index: WindowIndex) -> Counts {
        match index {
            WindowIndex::Rolling(index) => self.sums[index].counts,
            WindowIndex::Calendar(index) => self.calendars[index].so_far,
        }
    }

    pub(crate) fn total_at(&self, index: WindowIndex) -> Total {
        let history = self.last.number().saturating_sub(self.since.number()).saturating_add(1);
        let history = u64::try_from(history).unwrap_or(0);
        match index {
            WindowIndex::Rolling(index) => {
                let sum = &self.sums[index];
                Total::trailing(sum.counts.valid, sum.minutes, history)
            }
            WindowIndex::Calendar(index) => {
                let calendar = &self.calendars[index];
                let trailing = &calendar.trailing;
                Total::trailing(trailing.counts.valid, trailing.minutes, history).or_counted(calendar.so_far.valid)
            }
        }
    }

    pub(crate) fn minutes_at(&self, index: WindowIndex) -> u64 {
        match index {
            WindowIndex::Rolling(index) => self.sums[index].minutes,
            WindowIndex::Calendar(index) => self.calendars[index].trailing.minutes,
        }
    }

    /// Lets time go on to a minute, which becomes the last of every window; an earlier one changes nothing.
    pub fn advance(&mut self, source: &impl Minutes, to: Minute) {
        if self.sums.is_empty() && self.calendars.is_empty() {
            self.last = self.last.max(to);
        }
        if to.number().saturating_sub(self.last.number()) > MOST_STEPS {
            self.last = to;
            self.calendars.iter_mut().for_each(|calendar| calendar.move_to(to));
            self.read(source);
        }
        while self.last < to {
            self.step(source);
        }
    }

    /// Adds what came in to its minute, now or late. The source has taken it in already.
    ///
    /// A minute after the last is left to [`Series::advance`], which finds it in the source.
    pub fn add(&mut self, source: &impl Minutes, minute: Minute, counts: Counts) {
        if minute < self.since {
            self.since = minute;
            self.read(source);
            return;
        }
        if minute > self.last || !self.takes_part(source, minute) {
            return;
        }
        if *self.counting() == Counting::Events {
            self.apply(minute, Counts::default(), counts);
            return;
        }
        let slice = self.grid.slice(minute);
        let (after, _) = self.slice_counts(source, slice.start, slice.end);
        let before = Counts { valid: after.valid - counts.valid, good: after.good - counts.good };
        let is_over = slice.end <= self.last;
        let counting = self.grid.counting();
        let (before, after) = (counting.units(before, is_over), counting.units(after, is_over));
        self.apply(slice.start, before, after);
    }

    /// Whether an event counts in the same windows in whichever minute of a period it was.
    pub(crate) fn is_alike_in(&self, period: Period) -> bool {
        *self.counting() == Counting::Events
            && self.exclusions.is_none()
            && self.since <= period.start
            && period.end.number() <= self.last.number().saturating_add(1)
            && self.edges().iter().all(|(first, _)| *first <= period.start || *first >= period.end)
    }

    /// Adds what came in to a period in which all minutes are alike.
    pub(crate) fn add_alike(&mut self, period: Period, counts: Counts) {
        self.apply(period.start, Counts::default(), counts);
    }

    /// The units that stand at a minute.
    fn units_beginning_at(&mut self, source: &impl Minutes, minute: Minute) -> Counts {
        let slice = self.grid.slice(minute);
        if slice.start == minute { self.units(source, slice.start, slice.end) } else { Counts::default() }
    }

    /// The units of a slice by what is known of it up to the last minute.
    fn units(&self, source: &impl Minutes, start: Minute, end: Minute) -> Counts {
        let (counts, counted) = self.slice_counts(source, start, end);
        if counted { self.counting().units(counts, end <= self.last) } else { Counts::default() }
    }

    /// What a slice has counted up to the last minute, and whether any of its minutes takes part.
    fn slice_counts(&self, source: &impl Minutes, start: Minute, end: Minute) -> (Counts, bool) {
        let (mut counts, mut counted) = (Counts::default(), false);
        for number in start.max(self.since).number()..end.number().min(self.last.number() + 1) {
            let minute = Minute::new(number);
            if self.takes_part(source, minute) {
                counts.add(source.minute(self.indicator, minute));
                counted = true;
            }
        }
        (counts, counted)
    }

    fn takes_part(&self, source: &impl Minutes, minute: Minute) -> bool {
        !self.is_excluded(minute) && (!self.counting().needs_coverage() || source.is_covered(self.indicator, minute))
    }

    fn is_excluded(&self, minute: Minute) -> bool {
        self.exclusions.as_ref().is_some_and(|exclusions| exclusions.holds(minute))
    }

    /// Units at a minute have become others.
    fn apply(&mut self, at: Minute, before: Counts, after: Counts) {
        if before == after {
            return;
        }
        let last = self.last;
        for sum in self.sums.iter_mut().filter(|sum| sum.first(last) <= at) {
            sum.counts.replace(before, after);
        }
        for calendar in &mut self.calendars {
            calendar.replace(at, last, before, after);
        }
    }
}

#[cfg(test)]
mod tests;
