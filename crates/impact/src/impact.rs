//! Impact of a step over a window: which part of its attempts failed, were slow, or never came.

use crate::baseline::{Expected, Z99};
use crate::{Attempts, Threshold};
use milepost_model::{Share, Target};

/// What was seen of a step in a window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    attempts: u64,
    failed: u64,
    timed_out: u64,
    slow: u64,
}

impl Seen {
    /// All attempts, those that failed, those that never ended, and those that succeeded later than the step's latency threshold; none when the parts
    /// are more than the whole.
    pub fn new(attempts: u64, failed: u64, timed_out: u64, slow: u64) -> Option<Self> {
        let bad = failed.checked_add(timed_out)?.checked_add(slow)?;
        (bad <= attempts).then_some(Self { attempts, failed, timed_out, slow })
    }

    /// Attempts, whatever came of them.
    pub fn attempts(self) -> u64 {
        self.attempts
    }

    /// Failures.
    pub fn failed(self) -> u64 {
        self.failed
    }

    /// Attempts that never ended.
    pub fn timed_out(self) -> u64 {
        self.timed_out
    }

    /// Successes that came too late.
    pub fn slow(self) -> u64 {
        self.slow
    }

    /// Attempts that users had trouble with: failures, timeouts and slow successes.
    pub fn bad(self) -> u64 {
        self.failed + self.timed_out + self.slow
    }

    fn plus(self, other: Self) -> Self {
        Self {
            attempts: self.attempts.saturating_add(other.attempts),
            failed: self.failed.saturating_add(other.failed),
            timed_out: self.timed_out.saturating_add(other.timed_out),
            slow: self.slow.saturating_add(other.slow),
        }
    }
}

/// How much of a step, or of several, was hit in a window, and what that consists of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Impact {
    /// What came.
    pub seen: Seen,
    /// What was expected, where there is a baseline; of several steps of those that have one.
    pub expected: Option<Expected>,
    /// How many never came: `E - seen` where `seen < Q`, else none.
    pub missing: Attempts,
    /// How many at least never came: `max(0, Q - seen)`.
    pub surely_missing: Attempts,
    /// What the impact is a part of: `max(E, seen)`.
    pub base: Attempts,
    /// `(bad + missing) / max(E, seen)`, rounded down to 1e-9.
    pub share: Share,
    /// Its lower bound at 99 %: `(seen x W + max(0, Q - seen)) / max(E, seen)`, W the one-sided Wilson bound of `bad / seen`.
    pub at_least: Share,
}

impl Impact {
    /// Fewer attempts say too little, in `max(E, seen)`.
    pub const FEWEST_ATTEMPTS: Attempts = Attempts::whole(20);
    /// Fewer are chance, in `bad + missing`.
    pub const FEWEST_HIT: Attempts = Attempts::whole(3);

    /// Of one step. Without a baseline nothing is missing, and as many are expected as were seen.
    pub fn of(seen: Seen, expected: Option<Expected>) -> Self {
        let came = Attempts::whole(seen.attempts);
        let (missing, surely_missing) = match expected {
            Some(expected) if came < expected.at_least => (expected.attempts.less(came), expected.at_least.less(came)),
            _ => (Attempts::NONE, Attempts::NONE),
        };
        let base = expected.map_or(came, |expected| expected.attempts.max(came));
        Self { seen, expected, missing, surely_missing, base, ..Self::default() }.judged()
    }

    /// Of several steps together, by attempts: sums of what came, of what is missing and of what it is a part of. Whoever sums takes no step twice,
    /// as itself and as one of its uses.
    pub fn pooled<'i>(impacts: impl IntoIterator<Item = &'i Self>) -> Self {
        let add = |sum: Self, one: &Self| Self {
            seen: sum.seen.plus(one.seen),
            expected: match (sum.expected, one.expected) {
                (Some(a), Some(b)) => {
                    Some(Expected { attempts: a.attempts.plus(b.attempts), at_least: a.at_least.plus(b.at_least) })
                }
                (a, b) => a.or(b),
            },
            missing: sum.missing.plus(one.missing),
            surely_missing: sum.surely_missing.plus(one.surely_missing),
            base: sum.base.plus(one.base),
            ..sum
        };
        impacts.into_iter().fold(Self::default(), add).judged()
    }

    /// Attempts that were hit: `bad + missing`.
    pub fn hit(&self) -> Attempts {
        Attempts::whole(self.seen.bad()).plus(self.missing)
    }

    /// Whether there is enough traffic, and enough of it hit, to say anything.
    pub fn is_enough(&self) -> bool {
        self.base >= Self::FEWEST_ATTEMPTS && self.hit() >= Self::FEWEST_HIT
    }

    /// Whether it is over a threshold for sure. What SLOs tolerate is left out of [`Threshold::ANY`] only.
    pub fn passes(&self, threshold: Threshold, tolerated: Tolerated) -> bool {
        if threshold != Threshold::ANY {
            return self.is_enough() && self.at_least > threshold.share();
        }
        let is_over = |part: Self, tolerated| part.is_enough() && part.at_least > tolerated;
        is_over(*self, tolerated.most())
            || (is_over(self.of_failures(), tolerated.failures) || is_over(self.of_slowness(), tolerated.slow))
    }

    /// Whether it is so low that a rule may be lowered: under 0.8 times what it must be more than; of [`Threshold::ANY`] failures and slowness each.
    pub fn is_well_under(&self, threshold: Threshold, tolerated: Tolerated) -> bool {
        let is_under =
            |part: Self, limit: Share| part.share == Share::ZERO || part.share.nanos() * 10 < limit.nanos() * 8;
        if threshold != Threshold::ANY {
            return is_under(*self, threshold.share());
        }
        is_under(*self, tolerated.most())
            && is_under(self.of_failures(), tolerated.failures)
            && is_under(self.of_slowness(), tolerated.slow)
    }

    /// The part that failed, never ended or never came.
    pub(crate) fn of_failures(&self) -> Self {
        Self { seen: Seen { slow: 0, ..self.seen }, share: Share::ZERO, at_least: Share::ZERO, ..*self }.judged()
    }

    /// The part that came too late.
    fn of_slowness(&self) -> Self {
        let (missing, surely_missing) = (Attempts::NONE, Attempts::NONE);
        let seen = Seen { failed: 0, timed_out: 0, ..self.seen };
        Self { seen, missing, surely_missing, share: Share::ZERO, at_least: Share::ZERO, ..*self }.judged()
    }

    fn judged(mut self) -> Self {
        // Nothing is hit almost always.
        if self.seen.bad() == 0 && self.missing == Attempts::NONE {
            return self;
        }
        let base = u128::from(self.base.micros());
        self.share = part(u128::from(self.hit().micros()) * NANOS, base);
        let bound = wilson_lower(self.seen.bad(), self.seen.attempts);
        let surely_bad = u128::from(Attempts::whole(self.seen.attempts).micros()) * u128::from(bound);
        self.at_least = part(surely_bad + u128::from(self.surely_missing.micros()) * NANOS, base);
        self
    }
}

/// What is tolerated of a step's attempts where only [`Threshold::ANY`] is asked for.
///
/// A promise about slowness says nothing of failures: one that lets a quarter be slow must not hide that one of ten fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tolerated {
    /// Of failures, timeouts and what never comes.
    pub failures: Share,
    /// Of slowness.
    pub slow: Share,
}

impl Tolerated {
    /// The same of both.
    pub const fn both(share: Share) -> Self {
        Self { failures: share, slow: share }
    }

    /// By the targets of the availability and the latency SLOs in use: the largest `1 - target` of each kind, and 1 % without one.
    pub fn by(availability: impl IntoIterator<Item = Target>, latency: impl IntoIterator<Item = Target>) -> Self {
        Self { failures: allowed(availability), slow: allowed(latency) }
    }

    /// Of all that can be wrong together.
    pub fn most(self) -> Share {
        self.failures.max(self.slow)
    }

    /// Of each the more lenient.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self { failures: self.failures.max(other.failures), slow: self.slow.max(other.slow) }
    }
}

fn allowed(targets: impl IntoIterator<Item = Target>) -> Share {
    let allowed = targets.into_iter().map(Target::allowed_bad_nanos).max();
    allowed.and_then(Share::from_nanos).unwrap_or(Share::from_percent(1))
}

pub(crate) const NANOS: u128 = Share::WHOLE.nanos() as u128;

/// The one division: nanos of a whole, at most all of it.
pub(crate) fn part(above: u128, base: u128) -> Share {
    let nanos = (above / base.max(1)).min(NANOS);
    Share::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)).unwrap_or(Share::WHOLE)
}

/// The lower end of the one-sided 99 % Wilson interval of `bad / seen`, in 1e-9, rounded down.
pub(crate) fn wilson_lower(bad: u64, seen: u64) -> u64 {
    wilson_lower_of(bad as f64 / seen as f64, seen as f64)
}

/// The same of a share of so many, which need not be whole; nothing of none.
///
/// Source: E. B. Wilson, *Probable inference, the law of succession, and statistical inference*, 1927.
pub(crate) fn wilson_lower_of(share: f64, of: f64) -> u64 {
    if share <= 0.0 || of <= 0.0 {
        return 0;
    }
    let z2 = Z99 * Z99;
    let spread = Z99 * (share * (1.0 - share) / of + z2 / (4.0 * of * of)).sqrt();
    let low = (share + z2 / (2.0 * of) - spread) / (1.0 + z2 / of);
    // A cast takes what is not a number as nothing.
    (low.clamp(0.0, 1.0) * 1e9) as u64
}

#[cfg(test)]
mod tests;
