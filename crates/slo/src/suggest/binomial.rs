//! The binomial distribution: how probable it is that so few of so many are bad.

use crate::interval::to_f64;

/// The probability that of `n` events at most `bad` are bad where each is with probability `share`: the exact sum, to about 1e-12 of it.
///
/// Terms are summed from the largest on downwards, each from the one before it.
pub fn at_most(bad: u64, n: u64, share: f64) -> f64 {
    if bad >= n || share <= 0.0 {
        return 1.0;
    }
    if share >= 1.0 {
        return 0.0;
    }
    let (mode, ratio) = (to_f64(n) * share, (1.0 - share) / share);
    if to_f64(bad) > mode {
        // The other tail is the shorter one. Its terms fall, too.
        return 1.0 - at_most(n - bad - 1, n, 1.0 - share);
    }
    let mut term = probability(bad, n, share);
    let (mut sum, mut k) = (term, bad);
    while k > 0 && term > sum * 1e-17 {
        term *= to_f64(k) / to_f64(n - k + 1) * ratio;
        sum += term;
        k -= 1;
    }
    sum.min(1.0)
}

/// The probability that exactly so many are; `bad` is below `n`. By Loader's saddle points (*Fast and Accurate Computation of Binomial Probabilities*,
/// 2000): differences of large logarithms never meet.
fn probability(bad: u64, n: u64, share: f64) -> f64 {
    if bad == 0 {
        return (to_f64(n) * (-share).ln_1p()).exp();
    }
    let (x, rest, all) = (to_f64(bad), to_f64(n - bad), to_f64(n));
    let stirling = beyond_stirling(n) - beyond_stirling(bad) - beyond_stirling(n - bad);
    let exponent = stirling - deviance(x, all * share) - deviance(rest, all * (1.0 - share));
    exponent.exp() * (all / (2.0 * std::f64::consts::PI * x * rest)).sqrt()
}

/// What ln(n!) is beyond Stirling's formula, for n from 1 on.
fn beyond_stirling(n: u64) -> f64 {
    const SMALL: u64 = 16;
    let x = to_f64(n);
    if n < SMALL {
        let factorial: f64 = (2..=n).map(|k| to_f64(k).ln()).sum();
        return factorial - (x * x.ln() - x + 0.5 * (2.0 * std::f64::consts::PI * x).ln());
    }
    let square = x * x;
    (1.0 / 12.0 - (1.0 / 360.0 - (1.0 / 1260.0 - 1.0 / (1680.0 * square)) / square) / square) / x
}

/// `x ln(x / mean) + mean - x`, exact where both are close.
fn deviance(x: f64, mean: f64) -> f64 {
    if (x - mean).abs() >= 0.1 * (x + mean) {
        return x * (x / mean).ln() + mean - x;
    }
    let v = (x - mean) / (x + mean);
    let (mut sum, mut power, mut odd) = ((x - mean) * v, 2.0 * x * v, 1.0);
    loop {
        power *= v * v;
        odd += 2.0;
        let next = sum + power / odd;
        if next == sum {
            return sum;
        }
        sum = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_bad_is_the_rule_of_three() {
        // 0.999^2995 = 5.0 %: of so many without a failure one is 95 % sure of 99.9 %.
        assert!((at_most(0, 2_995, 0.001) - 0.049_961_703_397).abs() < 1e-12);
        assert!((at_most(1, 2, 0.5) - 0.75).abs() < 1e-15);
        assert!((at_most(0, 5, 0.0), at_most(0, 5, 1.0), at_most(5, 5, 0.9)) == (1.0, 0.0, 1.0));
    }

    #[test]
    fn large_numbers_are_as_exact_as_small_ones() {
        // Term by term with 60 decimal digits.
        for (bad, n, exact) in [(950, 1_000_000, 0.057_745_541_815_486), (99_500, 100_000_000, 0.056_923_194_349_733)] {
            let sum = at_most(bad, n, 0.001);
            assert!((sum / exact - 1.0).abs() < 1e-11, "{sum} {exact}");
        }
    }

    proptest! {
        /// Against whole numbers: with a share of k/d all is a sum of integers over d^n.
        #[test]
        fn sums_are_those_of_whole_numbers(n in 1u64..=18, bad in 0u64..=18, (above, below) in (1u128..9, Just(9u128))) {
            let bad = bad.min(n);
            let choose = |k: u64| (0..k).fold(1u128, |product, i| product * u128::from(n - i) / u128::from(i + 1));
            let power = |base: u128, exponent: u64| (0..exponent).fold(1u128, |product, _| product * base);
            let sum: u128 = (0..=bad).map(|k| choose(k) * power(above, k) * power(below - above, n - k)).sum();
            #[expect(clippy::cast_precision_loss, reason = "compared to 1e-12")]
            let (exact, share) = (sum as f64 / power(below, n) as f64, above as f64 / below as f64);
            prop_assert!((at_most(bad, n, share) - exact).abs() < 1e-12, "{} {exact}", at_most(bad, n, share));
        }
    }
}
