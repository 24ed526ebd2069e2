//! How many there were, from what two sources saw of them.

use crate::{Counts, Fraction};

/// Attempts that a source and another one saw, and those that both did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Capture {
    measured: u64,
    other: u64,
    both: u64,
}

/// The share that is good, of all there were; 'assumes independent loss'.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// If all that was not measured was bad.
    pub worst: Fraction,
    /// If all of it was good.
    pub best: Fraction,
}

impl Capture {
    /// `None` when both saw more than either did.
    pub fn new(measured: u64, other: u64, both: u64) -> Option<Self> {
        (both <= measured && both <= other).then_some(Self { measured, other, both })
    }

    /// The share of what the other source saw that this one saw too; `None` when the other saw nothing.
    pub fn completeness(self) -> Option<Fraction> {
        Fraction::new(u128::from(self.both), u128::from(self.other))
    }

    /// How many there were, `(measured + 1)(other + 1) / (both + 1) - 1`: never fewer than the two saw.
    ///
    /// Source: D. G. Chapman, *Some properties of the hypergeometric distribution*, 1951.
    pub fn estimate(self) -> Fraction {
        let [measured, other, both] = [self.measured, self.other, self.both].map(|n| u128::from(n) + 1);
        Fraction::new(measured.saturating_mul(other) - both, both).expect("one more than a count is above 0")
    }

    /// How many there were beside so many that were counted, in proportion to the estimate, rounded up.
    pub(super) fn missing(self, valid: u64) -> u64 {
        let all = self.estimate();
        // N / measured - 1 = (above - measured x below) / (measured x below).
        let measured = u128::from(self.measured).saturating_mul(all.below());
        let rest = all.above().saturating_sub(measured);
        let missing = match rest.checked_mul(u128::from(valid)) {
            Some(product) => product.div_ceil(measured.max(1)),
            None => rest.div_ceil(measured.max(1)).saturating_mul(u128::from(valid)),
        };
        u64::try_from(missing).unwrap_or(u64::MAX)
    }

    /// `[good / N, (good + N - measured) / N]`, with N in proportion where the indicator counts only some of what was measured. `None` without data.
    pub(super) fn bounds(self, counts: Counts) -> Option<Bounds> {
        if counts.valid == 0 || self.measured == 0 {
            return None;
        }
        let all = self.estimate();
        // N of measured are to the indicator's N as measured is to valid: shares of valid, times measured / N.
        let seen = |part: u64| u128::from(part).checked_mul(u128::from(self.measured))?.checked_mul(all.below());
        let whole = u128::from(counts.valid).checked_mul(all.above());
        let (Some(good), Some(bad), Some(whole)) = (seen(counts.good), seen(counts.bad()), whole) else {
            return self.rounded_bounds(counts);
        };
        Some(Bounds { worst: Fraction::new(good, whole)?, best: Fraction::new(whole - bad, whole)? })
    }

    /// Of numbers too large for that: by completeness in units of 1e-9, rounded down.
    fn rounded_bounds(self, counts: Counts) -> Option<Bounds> {
        const ONE: u128 = 1_000_000_000;
        let all = self.estimate();
        let seen = (u128::from(self.measured).checked_mul(ONE)? / (all.above() / all.below()).max(1)).min(ONE);
        let whole = u128::from(counts.valid) * ONE;
        let (good, bad) = (u128::from(counts.good) * seen, u128::from(counts.bad()) * seen);
        Some(Bounds { worst: Fraction::new(good, whole)?, best: Fraction::new(whole - bad, whole)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn chapmans_estimate_is_that_of_the_textbook() {
        // Marked 10, caught 15, of which 5 were marked: 11 x 16 / 6 - 1 = 28.33.
        let capture = Capture::new(10, 15, 5).unwrap();
        assert_eq!(capture.estimate(), Fraction::new(85, 3).unwrap());
        assert_eq!(capture.completeness(), Fraction::new(1, 3));
        assert_eq!(Capture::new(4, 15, 5), None);
        assert_eq!(Capture::new(7, 0, 0).unwrap().completeness(), None);
    }

    #[test]
    fn what_was_not_measured_is_bad_at_worst_and_good_at_best() {
        // 899 measured, 999 seen elsewhere, 899 by both: N = 900 x 1000 / 900 - 1 = 999. 890 good.
        let capture = Capture::new(899, 999, 899).unwrap();
        let bounds = capture.bounds(Counts { valid: 899, good: 890 }).unwrap();
        assert_eq!(bounds.worst, Fraction::new(890, 999).unwrap());
        assert_eq!(bounds.best, Fraction::new(990, 999).unwrap());
    }

    #[test]
    fn numbers_beyond_what_can_be_exact_are_bounded_all_the_same() {
        let huge = u64::MAX / 2;
        let capture = Capture::new(huge, huge, huge - huge / 100).unwrap();
        let bounds = capture.bounds(Counts { valid: huge, good: huge / 2 }).unwrap();
        assert!(bounds.worst < Fraction::new(1, 2).unwrap() && Fraction::new(1, 2).unwrap() < bounds.best);
    }

    proptest! {
        #[test]
        fn the_estimate_is_no_less_than_was_seen_and_the_bounds_hold_the_measured_share(
            both in 0u64..1_000, only in 0u64..1_000, elsewhere in 0u64..1_000, good in 0u64..2_000
        ) {
            let capture = Capture::new(both + only, both + elsewhere, both).unwrap();
            let seen = u128::from(both + only + elsewhere);
            prop_assert!(capture.estimate() >= Fraction::new(seen, 1).unwrap());
            let counts = Counts { valid: both + only, good: good.min(both + only) };
            if let Some(bounds) = capture.bounds(counts) {
                let share = Fraction::new(u128::from(counts.good), u128::from(counts.valid)).unwrap();
                prop_assert!(bounds.worst <= share && share <= bounds.best);
                if only == 0 && elsewhere == 0 {
                    prop_assert_eq!(bounds, Bounds { worst: share, best: share });
                }
            }
        }
    }
}
