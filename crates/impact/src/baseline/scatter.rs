//! How much more attempts scatter from one stretch of minutes to the next than single users who know nothing of each other would make them.
//!
//! Neighbouring stretches of 5 and of 30 minutes are compared: `sum((a - b)^2) / sum(a + b)` is 1 for independent attempts (the variance of a difference is the
//! sum of the expected numbers), and grows with bursts. Differences of neighbours take out what changes slowly (J. von Neumann, *Distribution
//! of the ratio of the mean square successive difference to the variance*, 1941).

use super::cells::DAYS;
use milepost_model::Minute;
use std::collections::VecDeque;

/// The stretches that are compared, in minutes: those of [`super::Window`], in its order.
const STRETCHES: [i64; 2] = [5, 30];
/// Minutes that are remembered one by one: two of the longest stretches.
const RECENT: usize = 60;

/// What neighbouring stretches of one length have shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pairs {
    /// The squares of their differences, summed.
    pub squares: u64,
    /// Their attempts, summed.
    pub attempts: u64,
}

/// Scatter by day, and the minutes that the next comparison needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Scatter {
    /// The oldest day, by its number since 1970.
    pub(super) first_day: i64,
    pub(super) days: VecDeque<[Pairs; 2]>,
    pub(super) recent: Recent,
}

/// The last minutes, one by one.
#[derive(Clone, Debug)]
pub(super) struct Recent {
    /// The newest minute, by its number since 1970.
    pub(super) newest: i64,
    /// Attempts by the minute's number modulo 60.
    pub(super) attempts: [u32; RECENT],
    /// A bit for each minute back from the newest that is known.
    pub(super) known: u64,
}

impl Default for Recent {
    fn default() -> Self {
        Self { newest: i64::MIN, attempts: [0; RECENT], known: 0 }
    }
}

impl PartialEq for Recent {
    fn eq(&self, other: &Self) -> bool {
        self.newest == other.newest && self.parts() == other.parts()
    }
}

impl Eq for Recent {}

impl Scatter {
    /// A minute is over. Only what comes in the order of time is compared.
    pub(super) fn observe(&mut self, minute: Minute, attempts: u64) {
        if !self.recent.push(minute.number(), attempts) {
            return;
        }
        let end = minute.number() + 1;
        for (at, stretch) in STRETCHES.into_iter().enumerate() {
            if end % stretch == 0
                && let Some(pair) = self.recent.pair(stretch)
                && let Some(day) = self.day(minute.number().div_euclid(1_440))
            {
                let pairs = &mut day[at];
                pairs.squares = pairs.squares.saturating_add(pair.squares);
                pairs.attempts = pairs.attempts.saturating_add(pair.attempts);
            }
        }
    }

    /// Minutes of a stretch are compared with nothing.
    pub(super) fn exclude(&mut self, from: Minute, until: Minute) {
        self.recent.forget(from.number(), until.number());
    }

    /// How many times the variance of independent attempts, at least once, for stretches of 5 and of 30 minutes.
    pub(super) fn dispersion(&self) -> [f64; 2] {
        let all = |at: usize| {
            let sum = |part: fn(&Pairs) -> u64| self.days.iter().map(|day| part(&day[at]) as f64).sum::<f64>();
            let attempts = sum(|pairs| pairs.attempts);
            if attempts > 0.0 { (sum(|pairs| pairs.squares) / attempts).max(1.0) } else { 1.0 }
        };
        [all(0), all(1)]
    }

    fn day(&mut self, day: i64) -> Option<&mut [Pairs; 2]> {
        let most = DAYS + 1;
        if self.days.is_empty() || day >= self.first_day + self.days.len() as i64 + most {
            self.days.clear();
            self.first_day = day;
        }
        while self.first_day + (self.days.len() as i64) <= day {
            self.days.push_back([Pairs::default(); 2]);
        }
        while self.days.len() as i64 > most {
            self.days.pop_front();
            self.first_day += 1;
        }
        self.days.get_mut(usize::try_from(day - self.first_day).ok()?)
    }
}

impl Recent {
    /// False when a minute is not later than the newest.
    fn push(&mut self, minute: i64, attempts: u64) -> bool {
        if minute <= self.newest {
            return false;
        }
        // At first the newest is as long ago as can be.
        let steps = u32::try_from(minute.saturating_sub(self.newest)).unwrap_or(u32::MAX);
        self.known = self.known.checked_shl(steps).unwrap_or(0) | 1;
        self.newest = minute;
        self.attempts[index(minute)] = u32::try_from(attempts).unwrap_or(u32::MAX);
        true
    }

    /// The last two stretches compared, when every minute of both is known.
    fn pair(&self, stretch: i64) -> Option<Pairs> {
        let mask = (1u64 << (2 * stretch)) - 1;
        if self.known & mask != mask {
            return None;
        }
        let sum = |from: i64| -> u64 { (from..from + stretch).map(|back| self.back(back)).sum() };
        let (late, early) = (sum(0), sum(stretch));
        let difference = late.abs_diff(early);
        Some(Pairs { squares: difference.saturating_mul(difference), attempts: late + early })
    }

    /// Attempts minute by minute, the newest first.
    pub(super) fn parts(&self) -> Vec<Option<u32>> {
        let minute = |back: i64| self.attempts[index(self.newest.saturating_sub(back))];
        (0..RECENT as i64).map(|back| (self.known & (1 << back) != 0).then(|| minute(back))).collect()
    }

    pub(super) fn restored(newest: i64, minutes: &[Option<u32>]) -> Self {
        let mut recent = Self { newest, ..Self::default() };
        for (back, attempts) in (0..RECENT as i64).zip(minutes) {
            if let Some(attempts) = attempts {
                recent.known |= 1 << back;
                recent.attempts[index(newest.saturating_sub(back))] = *attempts;
            }
        }
        recent
    }

    fn back(&self, minutes: i64) -> u64 {
        u64::from(self.attempts[index(self.newest - minutes)])
    }

    fn forget(&mut self, from: i64, until: i64) {
        for back in 0..RECENT as i64 {
            let minute = self.newest.saturating_sub(back);
            if (from..until).contains(&minute) {
                self.known &= !(1 << back);
            }
        }
    }
}

fn index(minute: i64) -> usize {
    minute.rem_euclid(RECENT as i64) as usize
}
