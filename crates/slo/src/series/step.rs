//! One minute passes: what enters the windows, and what leaves them.

use super::{Minutes, Series};
use crate::{Counting, Counts};
use milepost_model::Minute;

impl Series {
    /// One minute passes.
    pub(super) fn step(&mut self, source: &impl Minutes) {
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
}
