//! What an incident has cost so far: attempts that were bad or never came, before and after what users made up for later.

use crate::baseline::{Error, Z99};
use crate::{Attempts, Impact, Seen};

/// Minutes after the last missing one in which more traffic than usual counts as users coming back.
const REBOUND_MINUTES: u16 = 60;

/// One minute of a step, while an incident lasts and in the hour after.
#[derive(Clone, Copy, Debug)]
pub struct LossMinute {
    /// What came.
    pub seen: Seen,
    /// What was expected and how far off that may be, where there is a baseline.
    pub expected: Option<(Attempts, Error)>,
    /// Whether traffic is missing: seen is below what comes in one of a hundred windows.
    pub is_missing: bool,
}

/// Sums over the minutes of an incident at one step.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Loss {
    bad: u64,
    /// Minutes in which traffic was missing.
    short: Stretch,
    /// Minutes after those.
    after: Stretch,
    minutes_after: u16,
}

/// Minutes of a kind.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Stretch {
    seen: Attempts,
    expected: Attempts,
    /// The part by which hours differ, times what was expected.
    level: f64,
    scatter: f64,
}

/// Attempts lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lost {
    /// Bad ones and those that never came.
    pub gross: Attempts,
    /// Those less what came more than usual in the hour after: users who tried again.
    pub net: Attempts,
    /// At least so many, gross, at 99 %.
    pub low: Attempts,
    /// At most so many, gross, at 99 %.
    pub high: Attempts,
}

impl Loss {
    /// Adds a minute; minutes come in the order of time.
    pub fn add(&mut self, minute: &LossMinute) {
        self.bad = self.bad.saturating_add(minute.seen.bad());
        let Some((expected, error)) = minute.expected else { return };
        if minute.is_missing {
            self.short.add(minute.seen, expected, error);
            self.minutes_after = 0;
        } else if self.short.expected > Attempts::NONE && self.minutes_after < REBOUND_MINUTES {
            self.minutes_after += 1;
            self.after.add(minute.seen, expected, error);
        }
    }

    /// What it comes to.
    ///
    /// The interval takes what was expected in all missing minutes together, with an error of `sqrt(level^2 + z^2 x scatter / E)`: minutes of one day are
    /// off in the same direction, so that their errors do not cancel.
    pub fn lost(&self) -> Lost {
        let Stretch { seen, expected, .. } = self.short;
        let bad = Attempts::whole(self.bad);
        let missing = expected.less(seen);
        let error = Attempts::from_f64(expected.to_f64() * self.short.error());
        let back = self.after.seen.less(self.after.expected).min(missing);
        Lost {
            gross: bad.plus(missing),
            net: bad.plus(missing.less(back)),
            low: bad.plus(expected.less(error).less(seen)),
            high: bad.plus(expected.plus(error).less(seen)),
        }
    }
}

impl Lost {
    /// Of one window.
    pub fn of(impact: &Impact) -> Self {
        let bad = Attempts::whole(impact.seen.bad());
        // As far above what is expected as the 1 % quantile lies below.
        let margin = impact.expected.map_or(Attempts::NONE, |expected| expected.attempts.less(expected.at_least));
        let most = if impact.missing > Attempts::NONE { impact.missing.plus(margin) } else { Attempts::NONE };
        let gross = bad.plus(impact.missing);
        Self { gross, net: gross, low: bad.plus(impact.surely_missing), high: bad.plus(most) }
    }

    /// Of several steps that share no attempt.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            gross: self.gross.plus(other.gross),
            net: self.net.plus(other.net),
            low: self.low.plus(other.low),
            high: self.high.plus(other.high),
        }
    }
}

impl Stretch {
    fn add(&mut self, seen: Seen, expected: Attempts, error: Error) {
        self.seen = self.seen.plus(Attempts::whole(seen.attempts()));
        self.expected = self.expected.plus(expected);
        self.level += expected.to_f64() * error.level;
        self.scatter = self.scatter.max(error.scatter);
    }

    fn error(&self) -> f64 {
        let expected = self.expected.to_f64();
        if expected <= 0.0 {
            return 0.0;
        }
        let level = self.level / expected;
        (level * level + Z99 * Z99 * self.scatter / expected).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minute(attempts: u64, bad: u64, expected: u64, is_missing: bool) -> LossMinute {
        let error = Error { level: 0.1, scatter: 1.0 };
        let expected = Some((Attempts::whole(expected), error));
        LossMinute { seen: Seen::new(attempts, bad, 0, 0).unwrap(), expected, is_missing }
    }

    fn after(minutes: &[LossMinute]) -> Lost {
        let mut loss = Loss::default();
        minutes.iter().for_each(|minute| loss.add(minute));
        loss.lost()
    }

    #[test]
    fn what_came_back_is_taken_off_the_net_loss_only() {
        let outage = [minute(0, 0, 100, true); 10];
        let rebound = [minute(130, 1, 100, false); 10];
        let lost = after(&[&outage[..], &rebound[..]].concat());
        // 1,000 never came, 10 failed later, 300 tried again.
        assert_eq!((lost.gross, lost.net), (Attempts::whole(1_010), Attempts::whole(710)));
        assert!(lost.low < lost.gross && lost.gross < lost.high, "{lost:?}");
        // A tenth of 1,000, and chance: sqrt(0.1^2 + 2.326^2 / 1000) = 12.4 %.
        assert_eq!(lost.low.micros() / 1_000_000, 885);
    }

    #[test]
    fn more_than_usual_makes_no_loss_negative_and_counts_for_an_hour_only() {
        assert_eq!(after(&[minute(500, 0, 100, false); 5]), Lost::default());
        let mut minutes = vec![minute(0, 0, 100, true)];
        minutes.extend([minute(100, 0, 100, false); 60]);
        minutes.push(minute(900, 0, 100, false));
        assert_eq!(after(&minutes).net, Attempts::whole(100));
        minutes.insert(30, minute(900, 0, 100, false));
        assert_eq!(after(&minutes).net, Attempts::NONE);
    }

    #[test]
    fn without_a_baseline_only_what_was_bad_is_lost() {
        let seen = Seen::new(10, 4, 1, 2).unwrap();
        let lost = after(&[LossMinute { seen, expected: None, is_missing: false }; 3]);
        let all = Attempts::whole(21);
        assert_eq!(lost, Lost { gross: all, net: all, low: all, high: all });
    }
}
