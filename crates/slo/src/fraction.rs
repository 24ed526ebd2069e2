//! Exact fractions: integers until somebody looks at them.

use milepost_model::Share;
use std::cmp::Ordering;
use std::fmt;

/// A fraction of two whole numbers, compared exactly; the lower one is above 0.
#[derive(Clone, Copy, Debug)]
pub struct Fraction {
    above: u128,
    below: u128,
}

impl Fraction {
    /// `above / below`; `None` when that divides by nothing.
    pub fn new(above: u128, below: u128) -> Option<Self> {
        (below > 0).then_some(Self { above, below })
    }

    /// The upper number.
    pub fn above(self) -> u128 {
        self.above
    }

    /// The lower number.
    pub fn below(self) -> u128 {
        self.below
    }

    /// The nearest float, to be shown and never to decide by.
    #[expect(clippy::cast_precision_loss, reason = "the one division at the end of exact sums")]
    pub fn to_f64(self) -> f64 {
        self.above as f64 / self.below as f64
    }

    /// In units of 1e-9, rounded down; saturates.
    pub fn nanos(self) -> u128 {
        const ONE: u128 = 1_000_000_000;
        let (whole, rest) = (self.above / self.below, self.above % self.below);
        // The rest is less than what it is divided by, which may be too large to be multiplied.
        let fraction = match rest.checked_mul(ONE) {
            Some(nanos) => nanos / self.below,
            None => (rest / (self.below / ONE)).min(ONE - 1),
        };
        whole.saturating_mul(ONE).saturating_add(fraction)
    }

    /// As a percentage of at most seven decimals, rounded down, with no trailing zeros: `12.5%`.
    pub fn percent(self) -> String {
        let nanos = self.nanos();
        let decimals = format!("{:07}", nanos % 10_000_000);
        match decimals.trim_end_matches('0') {
            "" => format!("{}%", nanos / 10_000_000),
            digits => format!("{}.{digits}%", nanos / 10_000_000),
        }
    }
}

impl From<Share> for Fraction {
    fn from(share: Share) -> Self {
        Self { above: u128::from(share.nanos()), below: u128::from(Share::WHOLE.nanos()) }
    }
}

impl Ord for Fraction {
    fn cmp(&self, other: &Self) -> Ordering {
        compare_products((self.above, other.below), (other.above, self.below))
    }
}

impl PartialOrd for Fraction {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Fraction {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Fraction {}

impl fmt::Display for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.percent())
    }
}

/// How one product compares with another, exact for all numbers.
pub(crate) fn compare_products(left: (u128, u128), right: (u128, u128)) -> Ordering {
    // Almost always both fit.
    match (left.0.checked_mul(left.1), right.0.checked_mul(right.1)) {
        (Some(left), Some(right)) => left.cmp(&right),
        _ => wide_product(left.0, left.1).cmp(&wide_product(right.0, right.1)),
    }
}

/// A product in 256 bits: its upper and its lower half.
fn wide_product(a: u128, b: u128) -> (u128, u128) {
    const LOW: u128 = u64::MAX as u128;
    let (a_high, a_low, b_high, b_low) = (a >> 64, a & LOW, b >> 64, b & LOW);
    let low = a_low * b_low;
    // Each of the two is below 2^128 - 2^65, so that a carry of 64 bits fits.
    let middle = a_high * b_low + (low >> 64);
    let other = a_low * b_high + (middle & LOW);
    (a_high * b_high + (middle >> 64) + (other >> 64), (other << 64) | (low & LOW))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_fraction_is_shown_as_a_percentage_rounded_down() {
        let percent = |above, below| Fraction::new(above, below).unwrap().percent();
        assert_eq!(percent(1, 8), "12.5%");
        assert_eq!(percent(2, 3), "66.6666666%");
        assert_eq!(percent(7, 2), "350%");
        assert_eq!(percent(0, 5), "0%");
        assert!(Fraction::new(1, 0).is_none());
        assert_eq!(Fraction::new(u128::MAX / 2, u128::MAX).unwrap().nanos(), 500_000_000);
    }

    proptest! {
        /// Against sums of 16-bit digits, as one multiplies on paper.
        #[test]
        fn wide_products_are_those_on_paper(a: u128, b: u128) {
            let digits = |number: u128| (0..8).map(move |i| (number >> (16 * i)) as u16);
            let mut paper = [0u64; 17];
            for (i, x) in digits(a).enumerate() {
                for (j, y) in digits(b).enumerate() {
                    let product = u64::from(x) * u64::from(y);
                    paper[i + j] += product & 0xffff;
                    paper[i + j + 1] += product >> 16;
                }
            }
            for i in 0..16 {
                paper[i + 1] += paper[i] >> 16;
                paper[i] &= 0xffff;
            }
            let half = |digits: &[u64]| digits.iter().rev().fold(0u128, |n, digit| n << 16 | u128::from(*digit));
            prop_assert_eq!(wide_product(a, b), (half(&paper[8..16]), half(&paper[..8])));
        }

        #[test]
        fn equal_fractions_are_equal_however_they_are_written(above: u64, below in 1u64.., times in 1u64..) {
            let (above, below, times) = (u128::from(above), u128::from(below), u128::from(times));
            prop_assert_eq!(Fraction::new(above, below), Fraction::new(above * times, below * times));
            prop_assert!(Fraction::new(above + 1, below) > Fraction::new(above * times, below * times));
        }
    }
}
