//! How a slice of attempts goes with failure: coverage, precision, lift, and what orders slices.

use super::chance::chance;
use super::{MIN_FAILED, Tally};
use std::cmp::Ordering;

/// A slice of attempts within all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Association {
    /// Attempts of the slice.
    pub slice: Tally,
    /// All attempts, those of the slice with them.
    pub all: Tally,
}

/// From where to where a share or a lift lies, at 95 %.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// How well a slice explains the failures of a whole: the harmonic mean of coverage and precision, `2 f / (F + n)`, compared exactly. Only slices of
/// one whole can be compared.
#[derive(Clone, Copy, Debug)]
pub struct Strength {
    failed: u64,
    weight: u64,
}

/// How often chance may look like an association before a slice is told: one in forty, one side of 95 %.
const CHANCE: f64 = 0.025;
/// The same for any of several slices. By chance failures lie in one of them while they are few, so that only the first looks at an incident tell so.
const CHANCE_OF_ANY: f64 = 0.005;
/// 97.5 % quantile of the normal distribution.
const Z: f64 = 1.959_963_984_540_054;

impl Association {
    /// The share of all failed attempts that lie in the slice.
    pub fn coverage(self) -> f64 {
        share(self.slice.failed, self.all.failed)
    }

    /// The share of the slice's attempts that failed.
    pub fn precision(self) -> f64 {
        share(self.slice.failed, self.slice.attempts)
    }

    /// Precision over the share of all attempts that failed: how much likelier failure is in the slice.
    pub fn lift(self) -> f64 {
        self.coverage() / share(self.slice.attempts, self.all.attempts)
    }

    /// Where lift lies: the Wilson interval of coverage, over the slice's share of attempts.
    ///
    /// The failed attempts are a sample of all attempts, without any twice, and of those the slice's share is known. So the interval narrows as the
    /// failed ones become most of all (finite population correction).
    pub fn lift_range(self) -> Range {
        let (all, failed) = (number(self.all.attempts), number(self.all.failed));
        let (weight, lift) = (share(self.slice.attempts, self.all.attempts), self.lift());
        if self.slice.attempts == self.all.attempts || self.all.failed == self.all.attempts {
            return Range { low: lift, high: lift };
        }
        let sample = failed * (all - 1.0) / (all - failed);
        let covered = self.coverage();
        let centre = covered + Z * Z / (2.0 * sample);
        let spread = Z * (covered * (1.0 - covered) / sample + Z * Z / (4.0 * sample * sample)).sqrt();
        let scale = weight * (1.0 + Z * Z / sample);
        // Neither coverage nor precision is more than whole.
        let most = (1.0 / weight).min(all / failed);
        Range {
            low: ((centre - spread) / scale).clamp(0.0, lift),
            high: ((centre + spread) / scale).min(most).max(lift),
        }
    }

    /// What orders slices of the same whole.
    pub fn strength(self) -> Strength {
        Strength::new(self.slice, self.all)
    }

    /// Whether failure is likelier in the slice by more than chance: enough failed, and chance would have so many fail there in less than one case of
    /// forty.
    pub fn is_clear(self) -> bool {
        self.is_clear_by(CHANCE)
    }

    /// The same where the slice was picked from so many, and is looked at again and again while failures go on: chance would make any of them look so in less
    /// than one case of two hundred at each look (Bonferroni).
    pub fn is_clear_among(self, slices: usize) -> bool {
        self.is_clear_by(CHANCE_OF_ANY / number(slices.max(1) as u64))
    }

    pub(super) fn is_clear_by(self, most: f64) -> bool {
        self.slice.failed >= MIN_FAILED && chance(self.slice, self.all) < most
    }
}

impl Strength {
    pub(super) fn new(slice: Tally, all: Tally) -> Self {
        Self { failed: slice.failed, weight: all.failed.saturating_add(slice.attempts) }
    }
}

impl Ord for Strength {
    fn cmp(&self, other: &Self) -> Ordering {
        let across = |one: &Self, other: &Self| u128::from(one.failed) * u128::from(other.weight);
        across(self, other).cmp(&across(other, self))
    }
}

impl PartialOrd for Strength {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Strength {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Strength {}

fn share(part: u64, whole: u64) -> f64 {
    number(part) / number(whole)
}

/// The nearest float: counts beyond 2^53 lose digits that nobody is shown.
#[expect(clippy::cast_precision_loss, reason = "shares are shown to a few digits")]
pub(super) fn number(count: u64) -> f64 {
    count as f64
}
