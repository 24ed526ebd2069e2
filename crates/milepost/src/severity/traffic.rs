//! What came of a step lately, beside what usually comes.

use milepost_impact::severity::Evidence;
use milepost_impact::{Baseline, Impact, Seen, Window};
use milepost_model::Minute;
use std::collections::VecDeque;

/// Attempts, those that failed, and those that were slow: of a minute, or of several.
pub(super) type Numbers = [u64; 3];

/// One step while time goes on.
#[derive(Debug, Default)]
pub(super) struct Traffic {
    /// The last minutes, as many as the longer window has.
    last: VecDeque<Numbers>,
    sums: [Numbers; 2],
    baseline: Baseline,
}

impl Traffic {
    /// Takes in a minute: what both windows hold that end with it, nothing while sources are silent. Of a minute that may not be over nothing is missed.
    pub(super) fn pass(
        &mut self,
        (minute, numbers): (Minute, Numbers),
        is_alive: bool,
        is_over: bool,
    ) -> Option<Evidence> {
        self.last.push_back(numbers);
        for (sums, window) in self.sums.iter_mut().zip(Window::ALL) {
            let leaves =
                usize::try_from(window.minutes()).ok().and_then(|length| self.last.len().checked_sub(length + 1));
            let leaves = leaves.map_or([0; 3], |at| self.last[at]);
            for ((sum, came), left) in sums.iter_mut().zip(numbers).zip(leaves) {
                *sum = *sum + came - left;
            }
        }
        if i64::try_from(self.last.len()).is_ok_and(|held| held > Window::Long.minutes()) {
            self.last.pop_front();
        }
        if !is_alive {
            return None;
        }
        let forecast = is_over.then(|| self.baseline.forecast(minute));
        let end = Minute::new(minute.number() + 1).start();
        let evidence = Window::ALL.map(|window| {
            let [attempts, failed, slow] = self.sums[window as usize];
            let seen = Seen::new(attempts, failed, 0, slow).unwrap_or_default();
            Impact::of(seen, forecast.and_then(|forecast| forecast.at(window, end)))
        });
        if is_over {
            self.baseline.observe(minute, numbers[0]);
        }
        Some(evidence)
    }

    /// What is usual is not learnt from an incident.
    pub(super) fn exclude(&mut self, from: Minute, until: Minute) {
        self.baseline.exclude(from, until);
    }

    /// Minutes that what is usual is learnt from.
    pub(super) fn covered_minutes(&self) -> u64 {
        self.baseline.covered_minutes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use milepost_impact::Attempts;

    /// A step with so many attempts in each minute of eight days.
    fn usual(attempts: u64) -> Traffic {
        let mut traffic = Traffic::default();
        for minute in 0..8 * 1_440 {
            traffic.pass((Minute::new(minute), [attempts, 0, 0]), true, true);
        }
        traffic
    }

    #[test]
    fn a_minute_that_is_cut_short_misses_nothing_and_its_failures_count() {
        let at = Minute::new(8 * 1_440);
        let [short, _] = usual(1_000).pass((at, [0; 3]), true, true).unwrap();
        assert!(short.missing > Attempts::whole(900), "{short:?}");
        let [short, long] = usual(1_000).pass((at, [9, 9, 0]), true, false).unwrap();
        assert_eq!((short.missing, long.missing, short.expected), (Attempts::NONE, Attempts::NONE, None));
        assert_eq!((short.seen.attempts(), short.seen.bad()), (4_009, 9));
    }

    #[test]
    fn windows_hold_their_minutes_and_silence_tells_nothing() {
        let mut traffic = Traffic::default();
        for minute in 0..40 {
            traffic.pass((Minute::new(minute), [minute.unsigned_abs(), 1, 0]), true, true);
        }
        assert_eq!(traffic.pass((Minute::new(40), [40, 1, 0]), false, true), None);
        let [short, long] = traffic.pass((Minute::new(41), [41, 1, 1]), true, true).unwrap();
        let sum = |from: u64| (from..=41).sum::<u64>();
        assert_eq!((short.seen.attempts(), short.seen.bad()), (sum(37), 6));
        assert_eq!((long.seen.attempts(), long.seen.bad()), (sum(12), 31));
    }
}
