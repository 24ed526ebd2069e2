//! Confidence intervals of a share.

/// A two-sided confidence interval of a share, both ends between 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// The 97.5 % point of the normal distribution: two-sided 95 %.
const Z95: f64 = 1.959_963_984_540_054;

/// The Wilson score interval at 95 % for `good` of `valid`; `None` without events.
///
/// Source: E. B. Wilson, *Probable inference, the law of succession, and statistical inference*, 1927.
pub fn wilson(good: u64, valid: u64) -> Option<Interval> {
    if valid == 0 {
        return None;
    }
    let n = to_f64(valid);
    let p = to_f64(good) / n;
    let z2 = Z95 * Z95;
    let centre = p + z2 / (2.0 * n);
    let spread = Z95 * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z2 / n;
    // The ends are exact where all or none are good; rounding must not say otherwise.
    let low = if good == 0 { 0.0 } else { ((centre - spread) / scale).max(0.0) };
    let high = if good == valid { 1.0 } else { ((centre + spread) / scale).min(1.0) };
    Some(Interval { low, high })
}

/// The nearest float: counts beyond 2^53 lose digits that no interval shows.
#[expect(clippy::cast_precision_loss, reason = "an interval is shown to a few digits")]
pub(crate) fn to_f64(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_values() {
        // 9 of 10: Wilson 95 % is [0.5958, 0.9821] in every textbook table.
        let interval = wilson(9, 10).unwrap();
        assert!((interval.low - 0.5958).abs() < 1e-4 && (interval.high - 0.9821).abs() < 1e-4, "{interval:?}");
        assert_eq!(wilson(0, 0), None);
        assert_eq!(wilson(10, 10).unwrap().high, 1.0);
        assert_eq!(wilson(0, 10).unwrap().low, 0.0);
    }

    proptest! {
        #[test]
        fn the_share_lies_inside_and_both_ends_solve_the_score_equation(valid in 1u64..100_000, part in 0.0f64..=1.0) {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count in range")]
            let good = (to_f64(valid) * part) as u64;
            let interval = wilson(good, valid).unwrap();
            let p = to_f64(good) / to_f64(valid);
            prop_assert!(interval.low <= p + 1e-12 && p <= interval.high + 1e-12);
            // An end q is where the distance of p is z standard errors of q itself.
            for q in [interval.low, interval.high] {
                if q > 0.0 && q < 1.0 {
                    let z = (p - q).abs() / (q * (1.0 - q) / to_f64(valid)).sqrt();
                    prop_assert!((z - Z95).abs() < 1e-6, "{} {}", q, z);
                }
            }
        }
    }
}
