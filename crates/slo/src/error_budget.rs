//! Error budgets of windows that go on with time: what is allowed is a share of a whole period's traffic, seen or expected.

use crate::{Counts, Fraction};
use milepost_model::Target;

/// With less history than this, a period's total is scaled up as if it were this long: a day has nights and peaks.
pub const LEAST_HISTORY_MINUTES: u64 = 24 * 60;

/// The units of a whole period: what was counted, scaled up where there is less history. Exact: `valid x times / over`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Total {
    valid: u64,
    times: u64,
    over: u64,
}

impl Total {
    /// What was counted, as it is.
    pub fn counted(valid: u64) -> Self {
        Self { valid, times: 1, over: 1 }
    }

    /// The units of the last `period_minutes`, of which there are so many minutes of history.
    ///
    /// With less history than the period it is scaled up by `period / history`, the history taken for 24 h at least.
    pub fn trailing(valid: u64, period_minutes: u64, history_minutes: u64) -> Self {
        if history_minutes >= period_minutes {
            return Self::counted(valid);
        }
        let over = history_minutes.max(LEAST_HISTORY_MINUTES.min(period_minutes)).max(1);
        Self { valid, times: period_minutes, over }
    }

    /// The larger of the two: a calendar period's budget is never smaller than by what is counted of it already.
    #[must_use]
    pub fn or_counted(self, valid: u64) -> Self {
        let scaled = u128::from(self.valid) * u128::from(self.times);
        if u128::from(valid) * u128::from(self.over) > scaled { Self::counted(valid) } else { self }
    }

    /// Whether it is scaled up.
    pub fn is_estimate(self) -> bool {
        self.times != self.over
    }

    /// As a fraction.
    pub fn fraction(self) -> Fraction {
        let (above, below) = self.parts();
        Fraction::new(above, below).expect("a total is over at least one minute")
    }

    /// Its numerator and denominator.
    pub(crate) fn parts(self) -> (u128, u128) {
        (u128::from(self.valid) * u128::from(self.times), u128::from(self.over))
    }
}

/// The error budget of a target: what a whole period allows, and what its window has of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ErrorBudget {
    /// The share that must be good.
    pub target: Target,
    /// The units of the window.
    pub counts: Counts,
    /// The units of a whole period.
    pub total: Total,
}

impl ErrorBudget {
    /// The units that may be bad, `(1 - target) x total`.
    pub fn allowed(self) -> Fraction {
        let (above, below) = self.total.parts();
        let allowed = u128::from(self.target.allowed_bad_nanos());
        Fraction::new(above.saturating_mul(allowed), below * u128::from(Target::ONE)).expect("a total is over minutes")
    }

    /// The share of the budget that is spent: 1 when all of it is, more when overspent; `None` without units.
    pub fn spent(self) -> Option<Fraction> {
        self.share_of(self.counts.bad())
    }

    /// The share of the budget that so many bad units are.
    pub fn share_of(self, bad: u64) -> Option<Fraction> {
        let (above, below) = self.total.parts();
        let allowed = above.checked_mul(u128::from(self.target.allowed_bad_nanos()))?;
        Fraction::new(u128::from(bad) * u128::from(Target::ONE) * below, allowed)
    }
}

/// How fast a budget burns: `(bad / valid) / (1 - target)`, 1 when it lasts exactly a period; `None` without units.
///
/// Source: *The Site Reliability Workbook*, chapter 5.
pub fn burn_rate(counts: Counts, target: Target) -> Option<Fraction> {
    let above = u128::from(counts.bad()) * u128::from(Target::ONE);
    Fraction::new(above, u128::from(counts.valid) * u128::from(target.allowed_bad_nanos()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DAY: u64 = 1_440;

    fn spent(bad: u64, total: Total) -> String {
        let counts = Counts { valid: bad + 1_000, good: 1_000 };
        ErrorBudget { target: "99.9%".parse().unwrap(), counts, total }.spent().unwrap().percent()
    }

    #[test]
    fn a_whole_period_of_history_is_not_scaled() {
        // 1,000,000 x 0.1 % = 1,000 may be bad.
        let total = Total::trailing(1_000_000, 28 * DAY, 28 * DAY);
        assert_eq!((spent(125, total), total.is_estimate()), ("12.5%".to_owned(), false));
    }

    #[test]
    fn less_history_is_scaled_up_to_the_period() {
        // A week of 28 days saw a quarter.
        assert_eq!(spent(125, Total::trailing(250_000, 28 * DAY, 7 * DAY)), "12.5%");
        assert!(Total::trailing(250_000, 28 * DAY, 7 * DAY).is_estimate());
    }

    #[test]
    fn history_counts_as_a_day_at_least_or_as_the_period_where_that_is_shorter() {
        // 1,000 in the first hour are taken for those of a day: 28,000 in the period, of which 28 may be bad.
        assert_eq!(spent(7, Total::trailing(1_000, 28 * DAY, 60)), "25%");
        // A period of six hours is not scaled down to a day.
        assert_eq!(spent(1, Total::trailing(1_000, 360, 60)), "100%");
    }

    #[test]
    fn a_calendar_period_has_at_least_the_budget_of_what_it_has_counted() {
        let trailing = Total::trailing(1_000, 30 * DAY, 30 * DAY);
        assert_eq!(trailing.or_counted(4_000), Total::counted(4_000));
        assert_eq!(trailing.or_counted(500), trailing);
    }

    #[test]
    fn the_burn_rate_is_how_many_periods_worth_are_spent_in_one() {
        let rate = |valid, good| burn_rate(Counts { valid, good }, "99%".parse().unwrap());
        assert_eq!(rate(1_000, 856), Fraction::new(144, 10));
        assert_eq!(rate(0, 0), None);
    }

    proptest! {
        #[test]
        fn a_total_grows_with_what_is_counted_and_never_shrinks_it(
            valid in 0u64..1 << 40, period in 1u64..1_000_000, history in 0u64..2_000_000
        ) {
            let total = Total::trailing(valid, period, history);
            prop_assert!(total.fraction() >= Total::counted(valid).fraction());
            prop_assert!(total.fraction() <= Total::counted(valid * (period / DAY.min(period) + 1)).fraction());
            prop_assert!(Total::trailing(valid + 1, period, history).fraction() > total.fraction());
        }
    }
}
