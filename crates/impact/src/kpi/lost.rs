//! What is lost of a KPI in a time: what an incident costs.

use super::values::{Values, Worth};
use crate::{Attempts, Lost};

/// What a KPI's values say of a time, step by step.
#[derive(Clone, Copy, Debug)]
pub struct KpiWindow {
    /// Of attempts that went well.
    pub kept: Values,
    /// Of attempts that failed and carried a value.
    pub bad: Values,
    /// What one is worth.
    pub worth: Worth,
    /// Attempts that failed or never came. Slow ones are not lost: what was asked for was done.
    pub lost: Lost,
}

/// What is lost of a KPI, in millionths of its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LostKpi {
    /// The estimate.
    pub lost_micros: i128,
    /// At least so much.
    pub low_micros: i128,
    /// At most so much, where that is known.
    pub high_micros: Option<i128>,
}

impl LostKpi {
    /// Of a time; none when no value is known that says what an attempt is worth.
    pub fn of(window: &KpiWindow) -> Option<Self> {
        let KpiWindow { kept, bad, worth, lost } = window;
        let each = worth.each(kept, bad)?;
        let told = signed(bad.sum_micros());
        // Those that carried a value are known; the others are worth as much as usual.
        let others = |attempts: Attempts, each: f64| {
            let without = attempts.less(Attempts::whole(bad.count()));
            told + (without.to_f64() * each.max(0.0)) as i128
        };
        Some(Self {
            lost_micros: others(lost.gross, each.mean),
            low_micros: others(lost.low, each.mean - each.error),
            high_micros: each.error.is_finite().then(|| others(lost.high, each.mean + each.error)),
        })
    }

    /// Of several steps, or of times one after the other.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            lost_micros: self.lost_micros.saturating_add(other.lost_micros),
            low_micros: self.low_micros.saturating_add(other.low_micros),
            high_micros: self.high_micros.zip(other.high_micros).map(|(high, more)| high.saturating_add(more)),
        }
    }
}

fn signed(micros: u128) -> i128 {
    i128::try_from(micros).unwrap_or(i128::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Expected, Impact, Seen};
    use milepost_model::Amount;

    fn whole(number: i64) -> Amount {
        Amount::from_whole(number).unwrap()
    }

    fn failed(attempts: u64, failed: u64) -> Lost {
        Lost::of(&Impact::of(Seen::new(attempts, failed, 0, 0).unwrap(), None))
    }

    #[test]
    fn what_bad_attempts_carry_is_lost_and_others_are_worth_as_much_as_usual() {
        // 100 attempts: 60 kept at 10, 20 bad that carry 50 each, 20 bad without a value, usually worth 10 each.
        let window = KpiWindow {
            kept: Values::of(60, whole(10)),
            bad: Values::of(20, whole(50)),
            worth: Worth::Usual(Values::of(1_000, whole(10))),
            lost: failed(100, 40),
        };
        // All are worth the same: nothing is unsure.
        let micros = 1_200_000_000;
        let exactly = LostKpi { lost_micros: micros, low_micros: micros, high_micros: Some(micros) };
        assert_eq!(LostKpi::of(&window), Some(exactly));
    }

    #[test]
    fn what_never_came_is_lost_within_the_forecast_and_what_one_is_worth() {
        let expected = Expected { attempts: Attempts::whole(100), at_least: Attempts::whole(80) };
        let mut usual = Values::of(50, whole(0));
        usual.merge(&Values::of(50, whole(20)));
        let lost = Lost::of(&Impact::of(Seen::default(), Some(expected)));
        let (kept, bad) = (Values::default(), Values::default());
        let kpi = LostKpi::of(&KpiWindow { kept, bad, worth: Worth::Usual(usual), lost }).unwrap();
        assert_eq!(kpi.lost_micros, 1_000_000_000);
        // Worth 10, give or take 2.326 x 10 / sqrt(99) = 2.338; 80 to 120 of them.
        assert_eq!((kpi.low_micros / 1_000_000, kpi.high_micros.unwrap() / 1_000_000), (612, 1480));
    }

    #[test]
    fn few_values_give_no_bounds_none_tell_nothing_and_a_count_of_successes_needs_none() {
        let window = |worth| KpiWindow { kept: Values::default(), bad: Values::default(), worth, lost: failed(50, 50) };
        let kpi = LostKpi::of(&window(Worth::Usual(Values::of(29, whole(1))))).unwrap();
        assert_eq!((kpi.lost_micros, kpi.low_micros, kpi.high_micros), (50_000_000, 0, None));
        assert_eq!(LostKpi::of(&window(Worth::Usual(Values::default()))), None);
        let kpi = LostKpi::of(&window(Worth::One)).unwrap();
        assert_eq!((kpi.lost_micros, kpi.low_micros, kpi.high_micros), (50_000_000, 50_000_000, Some(50_000_000)));
    }
}
