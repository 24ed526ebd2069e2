//! Windows read as a whole: at the start, and where too much has changed.

use super::{Minutes, Series};
use crate::{Counting, Counts, Period};
use milepost_model::Minute;

/// The far end of a sum.
#[derive(Clone, Copy, Debug)]
pub(super) enum Edge {
    Rolling(usize),
    Trailing(usize),
    Period(usize),
}

impl Series {
    /// Sums every window from all of its minutes.
    pub(super) fn read(&mut self, source: &impl Minutes) {
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
    pub(super) fn edges(&self) -> Vec<(Minute, Edge)> {
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
}
