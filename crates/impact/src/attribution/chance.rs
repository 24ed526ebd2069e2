//! How often chance alone looks like an association: the upper tail of the hypergeometric distribution, which is Fisher's exact test of one side.

use super::Tally;
use super::association::number;

/// How likely at least as many of the failed attempts would lie in the slice if failures fell on attempts at random; 1 where no more do than on average.
///
/// Exact in its terms up to the rounding of floats, for counts of any size.
pub fn chance(slice: Tally, all: Tally) -> f64 {
    let across = |one: u64, other: u64| u128::from(one) * u128::from(other);
    if across(slice.failed, all.attempts) <= across(slice.attempts, all.failed) {
        return 1.0;
    }
    let mut term = probability(slice, all).exp();
    let mut sum = term;
    let outside = number(all.attempts - slice.attempts) - number(all.failed);
    // Above the average each term is smaller than the one before.
    for failed in slice.failed..slice.attempts.min(all.failed) {
        let failed = number(failed);
        term *= (number(slice.attempts) - failed) * (number(all.failed) - failed)
            / ((failed + 1.0) * (outside + failed + 1.0));
        sum += term;
        if term < sum * 1e-12 {
            break;
        }
    }
    sum.min(1.0)
}

/// The logarithm of the probability that exactly as many lie in the slice.
fn probability(slice: Tally, all: Tally) -> f64 {
    let outside = Tally { attempts: all.attempts - slice.attempts, failed: all.failed - slice.failed };
    choices(slice) + choices(outside) - choices(all)
}

/// The logarithm of how many ways there are to choose the failed ones.
fn choices(of: Tally) -> f64 {
    ln_factorial(of.attempts) - ln_factorial(of.failed) - ln_factorial(of.attempts - of.failed)
}

/// Stirling's series, which below 16 is not exact enough.
fn ln_factorial(n: u64) -> f64 {
    if n < 16 {
        return (2..=n).map(number).product::<f64>().ln();
    }
    let x = number(n);
    let inverse = 1.0 / x;
    let correction = inverse * (1.0 / 12.0 - inverse * inverse * (1.0 / 360.0 - inverse * inverse / 1260.0));
    (x + 0.5) * x.ln() - x + 0.5 * std::f64::consts::TAU.ln() + correction
}
