//! Counts of the last minutes.

use milepost_impact::attribution::Tally;
use milepost_model::Minute;
use std::collections::VecDeque;

/// Attempts by the minute in which they came, the oldest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Lately(VecDeque<(Minute, Tally)>);

/// As long as the shorter window of impact.
const MINUTES: i64 = 5;

impl Lately {
    /// Counts an attempt, and forgets what is older than the last minutes.
    pub(super) fn count(&mut self, is_hit: bool, now: Minute) {
        match self.0.back_mut() {
            Some((minute, tally)) if *minute == now => tally.count(is_hit),
            _ => {
                let mut tally = Tally::default();
                tally.count(is_hit);
                self.0.push_back((now, tally));
                while self.0.front().is_some_and(|(minute, _)| is_old(*minute, now)) {
                    self.0.pop_front();
                }
            }
        }
    }

    /// What came in the minutes up to one.
    pub(super) fn sum(&self, now: Minute) -> Tally {
        let mut sum = Tally::default();
        self.0.iter().filter(|(minute, _)| !is_old(*minute, now)).for_each(|(_, tally)| sum.add(*tally));
        sum
    }
}

fn is_old(minute: Minute, now: Minute) -> bool {
    now.number() - minute.number() > MINUTES
}
