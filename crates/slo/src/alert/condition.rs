//! When a tier is over: what its two windows hold against the budget.

use super::{AlertForm, AlertTier};
use crate::fraction::compare_products;
use crate::{Counts, Total};
use milepost_model::{DurationNs, Share, Target};

/// What a tier looks at.
#[derive(Clone, Copy, Debug)]
pub struct Burn {
    /// The units of the long window, and how many minutes it has.
    pub long: (Counts, u64),
    /// The units of the short window, and how many minutes it has.
    pub short: (Counts, u64),
    /// The units of a whole period.
    pub total: Total,
    /// The length of the SLO's window; of a calendar the shortest, so that one factor holds all year.
    pub period: DurationNs,
}

impl AlertTier {
    /// Whether both windows are over; decided in integers. A window without bad units never is.
    ///
    /// Share form: `bad(w) >= share x (w / long) x (1 - target) x total(P)`. Rate form: `bad(w) / valid(w) / (1 - target) > factor`.
    pub fn is_over(self, form: AlertForm, target: Target, burn: &Burn) -> bool {
        let (long, short) = (burn.long, burn.short);
        // The short window decides more often.
        long.0.bad() > 0
            && short.0.bad() > 0
            && match form {
                AlertForm::Share => self.spends(target, burn, short) && self.spends(target, burn, long),
                AlertForm::Rate => self.burns(target, burn, short.0) && self.burns(target, burn, long.0),
            }
    }

    /// Whether a window spends its part of the tier's share of the budget.
    fn spends(self, target: Target, burn: &Burn, (counts, minutes): (Counts, u64)) -> bool {
        let (above, below) = burn.total.parts();
        let spent = u128::from(counts.bad()) * u128::from(burn.long.1) * below;
        let one = u128::from(Target::ONE) * u128::from(Share::WHOLE.nanos());
        let share = u128::from(self.share.nanos()) * u128::from(target.allowed_bad_nanos());
        compare_products((spent, one), (u128::from(minutes) * above, share)).is_ge()
    }

    /// Whether a window burns faster than the tier's factor.
    fn burns(self, target: Target, burn: &Burn, counts: Counts) -> bool {
        let (factor, whole) = self.factor(burn.period);
        let bad = u128::from(counts.bad()) * u128::from(Target::ONE);
        let allowed = u128::from(counts.valid) * u128::from(target.allowed_bad_nanos());
        compare_products((bad, whole), (allowed, factor)).is_gt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PAGE: AlertTier = AlertTier::DEFAULT[0].1;
    const PERIOD: DurationNs = DurationNs::from_seconds(28 * 86_400);

    fn counts(valid: u64, bad: u64) -> Counts {
        Counts { valid, good: valid - bad }
    }

    fn is_over(form: AlertForm, long: Counts, short: Counts, total: u64) -> bool {
        let burn = Burn { long: (long, 60), short: (short, 5), total: Total::counted(total), period: PERIOD };
        PAGE.is_over(form, "99.9%".parse().unwrap(), &burn)
    }

    #[test]
    fn in_share_form_both_windows_must_spend_their_part() {
        // Of 6,000,000 in a period 6,000 may be bad: 2 % are 120 in an hour, and a twelfth of that, 10, in five minutes.
        let over = |long, short| is_over(AlertForm::Share, counts(9_000, long), counts(700, short), 6_000_000);
        assert!(over(120, 10));
        assert!(!over(119, 10) && !over(120, 9));
    }

    #[test]
    fn one_error_at_night_pages_in_rate_form_only() {
        // 1 of 20 is 50 times what 99.9 % allows, and next to nothing of what a period does.
        let night = counts(20, 1);
        assert!(is_over(AlertForm::Rate, night, night, 6_000_000));
        assert!(!is_over(AlertForm::Share, night, night, 6_000_000));
    }

    #[test]
    fn in_rate_form_exactly_the_factor_is_not_over() {
        // 13.44 x 0.1 % = 1.344 %.
        let over = |bad| is_over(AlertForm::Rate, counts(1_000_000, bad), counts(1_000_000, bad), 0);
        assert!(!over(13_440) && over(13_441));
    }

    #[test]
    fn nothing_bad_is_never_over_not_even_without_a_budget() {
        for form in AlertForm::ALL {
            assert!(!is_over(form, counts(10, 0), counts(10, 0), 0));
            assert!(!is_over(form, counts(0, 0), counts(0, 0), 0));
        }
        assert!(is_over(AlertForm::Share, counts(1, 1), counts(1, 1), 0));
    }

    proptest! {
        /// Against the formulas in numbers of any size, by fractions of two `f64`s away from equality.
        #[test]
        fn integers_decide_as_the_formulas_do(
            bad in 1u64..1 << 40, more in 0u64..1 << 40, total in 1u64..1 << 44, nanos in 1..Target::ONE, share in 1u64..=1_000_000_000
        ) {
            let target = Target::from_nanos(nanos).unwrap();
            let tier = AlertTier { share: Share::from_nanos(share).unwrap(), ..PAGE };
            let window = (counts(bad + more, bad), 60);
            let burn = Burn { long: window, short: window, total: Total::trailing(total, 40_320, 10_080), period: PERIOD };
            #[expect(clippy::cast_precision_loss, reason = "compared away from equality")]
            let float = |number: u64| number as f64;
            let (bad, allowed, share) = (float(bad), 1.0 - float(nanos) / 1e9, float(share) / 1e9);
            let ratio = bad / (share * allowed * float(total) * 4.0);
            if (ratio - 1.0).abs() > 1e-6 {
                prop_assert_eq!(tier.is_over(AlertForm::Share, target, &burn), ratio > 1.0);
            }
            let rate = bad / float(window.0.valid) / allowed / (share * 672.0).max(1.0);
            if (rate - 1.0).abs() > 1e-6 {
                prop_assert_eq!(tier.is_over(AlertForm::Rate, target, &burn), rate > 1.0);
            }
        }
    }
}
