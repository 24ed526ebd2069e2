//! Impact on a KPI where attempts carry its value: messages, revenue, minutes watched.

use crate::baseline::Z99;
use crate::{Attempts, Lost};
use milepost_model::{Amount, Share};

/// Values of a KPI, as sums: exact, whatever their order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Values {
    count: u64,
    /// In millionths of its unit: what money is counted in elsewhere, and fine enough for seconds.
    sum_micros: u128,
    /// The squares of thousandths, summed: how far values differ need not be known more finely.
    squares: u128,
}

/// Fewer values say too little of what one is worth, so that no lower bound is claimed from them.
const FEWEST_VALUES: u64 = 30;

impl Values {
    /// So many attempts that are worth the same.
    pub fn of(count: u64, each: Amount) -> Self {
        let times = u128::from(count);
        let thousandths = u128::from((each.micros() + 500) / 1_000);
        Self { count, sum_micros: times * u128::from(each.micros()), squares: times * thousandths * thousandths }
    }

    /// Adds the value of one attempt.
    pub fn add(&mut self, amount: Amount) {
        self.merge(&Self::of(1, amount));
    }

    /// Adds all of others.
    pub fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.sum_micros += other.sum_micros;
        self.squares = self.squares.saturating_add(other.squares);
    }

    /// The same as numbers that may be added one by one: how many, whole units, millionths beyond them, and the squares in two parts.
    pub fn numbers(&self) -> [u64; 5] {
        let part = |number: u128| u64::try_from(number).unwrap_or(u64::MAX);
        let (units, squares) = (u128::from(Amount::ONE.micros()), self.squares);
        let low = squares & u128::from(u32::MAX);
        [self.count, part(self.sum_micros / units), part(self.sum_micros % units), part(low), part(squares >> 32)]
    }

    /// From such numbers, or their sums.
    pub fn from_numbers([count, units, micros, low, high]: [u64; 5]) -> Self {
        let sum_micros = u128::from(units) * u128::from(Amount::ONE.micros()) + u128::from(micros);
        Self { count, sum_micros, squares: u128::from(low) + (u128::from(high) << 32) }
    }

    /// How many.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Their sum, in millionths.
    pub fn sum_micros(&self) -> u128 {
        self.sum_micros
    }
}

/// What an attempt is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worth {
    /// One of the KPI's unit: successes are what it counts.
    One,
    /// As much as these, such as those of the hours before.
    Usual(Values),
}

impl Worth {
    /// The mean in millionths, and how far off it may be at 99 %; none of nothing.
    fn mean(self, kept: &Values) -> Option<(f64, f64)> {
        let Self::Usual(mut usual) = self else { return Some((Amount::ONE.micros() as f64, 0.0)) };
        if usual.count < FEWEST_VALUES {
            usual.merge(kept);
        }
        let count = usual.count as f64;
        let mean = (usual.count > 0).then(|| usual.sum_micros as f64 / count)?;
        let thousandths = mean / 1_000.0;
        let variance = (usual.squares as f64 / count - thousandths * thousandths).max(0.0);
        let error =
            if usual.count < FEWEST_VALUES { f64::INFINITY } else { 1_000.0 * Z99 * (variance / (count - 1.0)).sqrt() };
        Some((mean, error))
    }
}

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

/// How much of a KPI was lost, in millionths of its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KpiImpact {
    /// What came in.
    pub kept_micros: i128,
    /// What did not: values of bad attempts, and as much as usual for each that carried none or never came.
    pub lost_micros: i128,
    /// At least so much, at 99 %.
    pub low_micros: i128,
    /// At most so much, at 99 %; none when too few values are known.
    pub high_micros: Option<i128>,
    /// `lost / (kept + lost)`.
    pub share: Share,
    /// `low / (kept + lost)`.
    pub at_least: Share,
}

impl KpiImpact {
    /// Of a time; none when no value is known that says what an attempt is worth.
    pub fn of(window: &KpiWindow) -> Option<Self> {
        let KpiWindow { kept, bad, worth, lost } = window;
        let (mean, error) = worth.mean(kept)?;
        let told = signed(bad.sum_micros);
        // Those that carried a value are known; the others are worth as much as usual.
        let others = |attempts: Attempts, each: f64| {
            let without = attempts.less(Attempts::whole(bad.count));
            told + (without.to_f64() * each.max(0.0)) as i128
        };
        let kept_micros = signed(kept.sum_micros);
        let (lost_micros, low_micros) = (others(lost.gross, mean), others(lost.low, mean - error));
        let high_micros = error.is_finite().then(|| others(lost.high, mean + error));
        let all = kept_micros + lost_micros;
        let (share, at_least) = (share(lost_micros, all), share(low_micros, all));
        Some(Self { kept_micros, lost_micros, low_micros, high_micros, share, at_least })
    }
}

fn signed(micros: u128) -> i128 {
    i128::try_from(micros).unwrap_or(i128::MAX)
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

impl From<KpiImpact> for LostKpi {
    fn from(KpiImpact { lost_micros, low_micros, high_micros, .. }: KpiImpact) -> Self {
        Self { lost_micros, low_micros, high_micros }
    }
}

/// A part of a whole, between nothing and all of it.
fn share(part: i128, whole: i128) -> Share {
    let nanos = i128::from(Share::WHOLE.nanos());
    let part = part.clamp(0, whole.max(0));
    let nanos = part.checked_mul(nanos).and_then(|part| part.checked_div(whole)).unwrap_or(0);
    u64::try_from(nanos).ok().and_then(Share::from_nanos).unwrap_or(Share::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Expected, Impact, Seen};
    use proptest::prelude::*;

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
        let kpi = KpiImpact::of(&window).unwrap();
        assert_eq!((kpi.kept_micros, kpi.lost_micros), (600_000_000, 1_200_000_000));
        assert_eq!(kpi.share, "66.6666666%".parse().unwrap());
        // All are worth the same: nothing is unsure.
        assert_eq!((kpi.low_micros, kpi.high_micros), (1_200_000_000, Some(1_200_000_000)));
    }

    #[test]
    fn what_never_came_is_lost_within_the_forecast_and_what_one_is_worth() {
        let expected = Expected { attempts: Attempts::whole(100), at_least: Attempts::whole(80) };
        let mut usual = Values::of(50, whole(0));
        usual.merge(&Values::of(50, whole(20)));
        let lost = Lost::of(&Impact::of(Seen::default(), Some(expected)));
        let (kept, bad) = (Values::default(), Values::default());
        let kpi = KpiImpact::of(&KpiWindow { kept, bad, worth: Worth::Usual(usual), lost }).unwrap();
        assert_eq!((kpi.lost_micros, kpi.share), (1_000_000_000, Share::WHOLE));
        // Worth 10, give or take 2.326 x 10 / sqrt(99) = 2.338; 80 to 120 of them.
        assert_eq!((kpi.low_micros / 1_000_000, kpi.high_micros.unwrap() / 1_000_000), (612, 1480));
    }

    #[test]
    fn few_values_give_no_bounds_none_give_no_impact_and_a_count_of_successes_needs_none() {
        let window = |worth| KpiWindow { kept: Values::default(), bad: Values::default(), worth, lost: failed(50, 50) };
        let kpi = KpiImpact::of(&window(Worth::Usual(Values::of(29, whole(1))))).unwrap();
        assert_eq!((kpi.lost_micros, kpi.low_micros, kpi.high_micros), (50_000_000, 0, None));
        assert_eq!(KpiImpact::of(&window(Worth::Usual(Values::default()))), None);
        let kpi = KpiImpact::of(&window(Worth::One)).unwrap();
        assert_eq!((kpi.lost_micros, kpi.low_micros, kpi.high_micros), (50_000_000, 50_000_000, Some(50_000_000)));
    }

    proptest! {
        #[test]
        fn numbers_added_one_by_one_are_those_of_all_values(
            parts in prop::collection::vec(prop::collection::vec(0..=Amount::MOST.micros(), 0..20), 0..20)
        ) {
            let (mut all, mut numbers) = (Values::default(), [0u64; 5]);
            for micros in &parts {
                let mut values = Values::default();
                micros.iter().for_each(|micros| values.add(Amount::from_micros(*micros).unwrap()));
                all.merge(&values);
                numbers.iter_mut().zip(values.numbers()).for_each(|(sum, more)| *sum += more);
            }
            let sum: u128 = parts.iter().flatten().map(|micros| u128::from(*micros)).sum();
            prop_assert_eq!(all.sum_micros(), sum);
            prop_assert_eq!(Values::from_numbers(numbers), all);
        }
    }
}
