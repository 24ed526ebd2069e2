//! Running sums: what an indicator has counted in each of some windows, kept exact as time goes on and as facts come in, late ones too.
//!
//! Knows no clock: minutes come in as arguments, what they counted from a [`Minutes`]. At each time a sum is that of a recomputation from all minutes,
//! which is what the tests compare it with.

mod exclusions;
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

/// The far end of a sum.
#[derive(Clone, Copy, Debug)]
enum Edge {
    Rolling(usize),
    Trailing(usize),
    Period(usize),
}

/// More minutes at once than this are read anew: the time a series was left alone is then longer than most of its windows.
const MOST_STEPS: i64 = 3 * 1_440;

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

    /// Sums every window from all of its minutes.
    fn read(&mut self, source: &impl Minutes) {
        let mut edges = self.edges();
        // Furthest back last: what is summed when an edge is passed is the sum of its window.
        edges.sort_unstable_by_key(|(first, _)| std::cmp::Reverse(*first));
        if *self.counting() == Counting::Events && self.exclusions.is_none() {
            self.read_events(source, edges);
        } else {
            self.read_slices(source, edges);
        }
    }

    /// From one edge to the next, as the source sums it.
    fn read_events(&mut self, source: &impl Minutes, edges: Vec<(Minute, Edge)>) {
        let (mut summed, mut end) = (Counts::default(), Minute::new(self.last.number() + 1));
        for (first, edge) in edges {
            let from = first.max(self.since).min(end);
            summed.add(source.sum(self.indicator, Period::new(from, end)));
            end = from;
            self.set(edge, summed);
        }
    }

    /// Slice after slice.
    fn read_slices(&mut self, source: &impl Minutes, edges: Vec<(Minute, Edge)>) {
        let oldest = edges.last().map_or(self.last, |(first, _)| *first);
        let mut edges = edges.into_iter().peekable();
        let (mut summed, mut slice) = (Counts::default(), self.grid.slice(self.last));
        let stop = oldest.max(self.grid.slice(self.since).start);
        while slice.start >= stop {
            while let Some((_, edge)) = edges.next_if(|(first, _)| *first > slice.start) {
                self.set(edge, summed);
            }
            summed.add(self.units(source, slice.start, slice.end));
            slice = self.grid.slice(Minute::new(slice.start.number() - 1));
        }
        edges.for_each(|(_, edge)| self.set(edge, summed));
    }

    /// Every sum with the first minute of what it is of.
    fn edges(&self) -> Vec<(Minute, Edge)> {
        let sums = self.sums.iter().enumerate().map(|(index, sum)| (sum.first(self.last), Edge::Rolling(index)));
        let calendars = self.calendars.iter().enumerate().flat_map(|(index, calendar)| {
            let trailing = (calendar.trailing.first(self.last), Edge::Trailing(index));
            [trailing, (calendar.period.start, Edge::Period(index))]
        });
        sums.chain(calendars).collect()
    }

    fn set(&mut self, edge: Edge, counts: Counts) {
        match edge {
            Edge::Rolling(index) => self.sums[index].counts = counts,
            Edge::Trailing(index) => self.calendars[index].trailing.counts = counts,
            Edge::Period(index) => self.calendars[index].so_far = counts,
        }
    }

    /// One minute passes.
    fn step(&mut self, source: &impl Minutes) {
        for index in 0..self.sums.len() {
            let leaving = self.sums[index].first(self.last);
            let units = self.units_beginning_at(source, leaving);
            self.sums[index].counts.remove(units);
        }
        for index in 0..self.calendars.len() {
            self.pass_calendar(source, index);
        }
        let (entering, running) = (Minute::new(self.last.number() + 1), self.grid.slice(self.last));
        let before = self.over_matters().then(|| self.units(source, running.start, running.end));
        self.last = entering;
        if let Some(before) = before {
            let after = self.units(source, running.start, running.end);
            self.apply(running.start, before, after);
        }
        if !(before.is_some() && running.contains(entering)) {
            self.enter(source, entering);
        }
    }

    /// What the minute that begins a slice brings: mostly nothing yet.
    fn enter(&mut self, source: &impl Minutes, entering: Minute) {
        let slice = self.grid.slice(entering);
        let units = self.units(source, slice.start, slice.end);
        self.apply(slice.start, Counts::default(), units);
    }

    /// Moves the edges of a calendar's windows for the minute that begins.
    fn pass_calendar(&mut self, source: &impl Minutes, index: usize) {
        let entering = Minute::new(self.last.number() + 1);
        let first = self.calendars[index].trailing.first(self.last);
        let is_new = !self.calendars[index].period.contains(entering);
        if is_new {
            self.calendars[index].begin(entering);
        }
        // Under the new length the far edge moves by the difference of the two, and by the minute that passes.
        let edge = self.calendars[index].trailing.first(entering);
        for minute in first.number()..edge.number() {
            let units = self.units_beginning_at(source, Minute::new(minute));
            self.calendars[index].trailing.counts.remove(units);
        }
        for minute in edge.number()..first.number() {
            let units = self.units_beginning_at(source, Minute::new(minute));
            self.calendars[index].trailing.counts.add(units);
        }
    }

    /// Whether a slice's units can change when it ends.
    fn over_matters(&self) -> bool {
        *self.counting() != Counting::Events
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
