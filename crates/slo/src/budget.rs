//! Counts of an indicator, and the error budget they leave.

use milepost_model::Target;

/// What an indicator counted: exact, and added without loss.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Counts {
    /// Events that count.
    pub valid: u64,
    /// Of those, the good ones.
    pub good: u64,
}

impl Counts {
    /// Valid events that were not good.
    pub fn bad(self) -> u64 {
        self.valid - self.good
    }

    /// Adds other counts of the same indicator.
    pub fn add(&mut self, other: Self) {
        self.valid += other.valid;
        self.good += other.good;
    }

    /// Takes away counts that are part of these.
    pub(crate) fn remove(&mut self, part: Self) {
        self.valid -= part.valid;
        self.good -= part.good;
    }

    /// A part of these counts has become another.
    pub(crate) fn replace(&mut self, before: Self, after: Self) {
        self.add(after);
        self.remove(before);
    }

    /// Good over valid; `None` without valid events, which is no data and not success.
    pub fn ratio(self) -> Option<f64> {
        (self.valid > 0).then(|| crate::interval::to_f64(self.good) / crate::interval::to_f64(self.valid))
    }
}

/// Whether a target was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The share of good events reached the target.
    Met,
    /// It did not.
    Missed,
    /// There were no valid events, or too many of them cannot be judged.
    Unknown,
}

impl Verdict {
    /// The name in reports and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Missed => "missed",
            Self::Unknown => "unknown",
        }
    }
}

/// The error budget of a target over the events of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    counts: Counts,
    target: Target,
}

impl Budget {
    /// The budget of `target` over what was counted.
    pub fn new(target: Target, counts: Counts) -> Self {
        Self { counts, target }
    }

    /// Events that may be bad, `(1 - target) x valid`, in units of 1e-9 events: exact.
    pub fn allowed_bad_nanos(self) -> u128 {
        u128::from(self.target.allowed_bad_nanos()) * u128::from(self.counts.valid)
    }

    /// The share of the budget that is spent: 1 when all of it is, more when overspent. `None` without valid events.
    pub fn spent(self) -> Option<f64> {
        if self.counts.valid == 0 {
            return None;
        }
        let bad_nanos = u128::from(self.counts.bad()) * u128::from(Target::ONE);
        #[expect(clippy::cast_precision_loss, reason = "the one division at the end of exact sums")]
        let spent = bad_nanos as f64 / self.allowed_bad_nanos() as f64;
        Some(spent)
    }

    /// Whether the target is met, decided in integers.
    pub fn verdict(self) -> Verdict {
        match self.counts.valid {
            0 => Verdict::Unknown,
            _ if self.target.is_met(self.counts.good, self.counts.valid) => Verdict::Met,
            _ => Verdict::Missed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn budget(target: &str, valid: u64, good: u64) -> Budget {
        Budget::new(target.parse().unwrap(), Counts { valid, good })
    }

    #[test]
    fn a_budget_of_one_in_a_thousand_is_spent_by_one_in_a_thousand() {
        assert_eq!(budget("99.9%", 1000, 999).spent(), Some(1.0));
        assert_eq!(budget("99.9%", 1000, 999).verdict(), Verdict::Met);
        assert_eq!(budget("99.9%", 1000, 998).verdict(), Verdict::Missed);
        assert_eq!(budget("99.9%", 1000, 998).spent(), Some(2.0));
    }

    #[test]
    fn no_data_is_neither_met_nor_spent() {
        assert_eq!(budget("99%", 0, 0).verdict(), Verdict::Unknown);
        assert_eq!(budget("99%", 0, 0).spent(), None);
    }

    proptest! {
        #[test]
        fn a_target_is_met_when_at_most_the_whole_budget_is_spent(
            nanos in 1..Target::ONE, valid in 1u64..=u64::MAX / Target::ONE, bad_share in 0u64..1000
        ) {
            let good = valid - valid / 1000 * bad_share;
            let budget = Budget::new(Target::from_nanos(nanos).unwrap(), Counts { valid, good });
            let within = u128::from(valid - good) * u128::from(Target::ONE) <= budget.allowed_bad_nanos();
            prop_assert_eq!(budget.verdict() == Verdict::Met, within);
        }
    }
}
