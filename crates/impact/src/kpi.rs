//! Impact on a KPI where attempts carry its value: messages, revenue, minutes watched.

use crate::baseline::Z99;
use crate::{Attempts, Impact};
use milepost_model::Share;

/// Values of a KPI in millionths of its unit, as sums: what money is counted in elsewhere, and fine enough for seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Values {
    count: u64,
    sum_micros: i128,
    /// The squares of millionths, summed; saturates.
    squares: u128,
}

/// Fewer values say too little of what one is worth, so that no lower bound is claimed from them.
const FEWEST_VALUES: u64 = 30;

impl Values {
    /// Adds the value of one attempt.
    pub fn add(&mut self, micros: i64) {
        let square = u128::from(micros.unsigned_abs()).pow(2);
        self.count += 1;
        self.sum_micros += i128::from(micros);
        self.squares = self.squares.saturating_add(square);
    }

    /// Adds all of others.
    pub fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.sum_micros += other.sum_micros;
        self.squares = self.squares.saturating_add(other.squares);
    }

    /// How many.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Their sum, in millionths.
    pub fn sum_micros(&self) -> i128 {
        self.sum_micros
    }

    /// The mean, and how far off it may be at 99 %; none of nothing.
    fn mean(&self) -> Option<(f64, f64)> {
        let count = self.count as f64;
        let mean = (self.count > 0).then(|| self.sum_micros as f64 / count)?;
        let variance = (self.squares as f64 / count - mean * mean).max(0.0);
        let error = if self.count < FEWEST_VALUES { f64::INFINITY } else { Z99 * (variance / (count - 1.0)).sqrt() };
        Some((mean, error))
    }
}

/// What a KPI's values say in a window, step by step.
#[derive(Clone, Copy, Debug, Default)]
pub struct KpiWindow {
    /// Of attempts that went well.
    pub kept: Values,
    /// Of bad attempts that carried a value.
    pub bad: Values,
    /// Of attempts in usual times, such as the day before: what one is worth.
    pub usual: Values,
    /// The impact by attempts.
    pub impact: Impact,
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
    /// Of a window; none when no value is known that says what an attempt is worth.
    pub fn of(window: &KpiWindow) -> Option<Self> {
        let KpiWindow { kept, bad, usual, impact } = window;
        let mut worth = *usual;
        if usual.count < FEWEST_VALUES {
            worth.merge(kept);
        }
        let without = Attempts::whole(impact.seen.bad().saturating_sub(bad.count));
        let (mean, error) = worth.mean()?;
        let of = |attempts: Attempts, each: f64| (attempts.to_f64() * each.max(0.0)) as i128;
        let surely = without.plus(impact.surely_missing);
        // As far above what is expected as the 1 % quantile lies below.
        let margin = impact.expected.map_or(Attempts::NONE, |expected| expected.attempts.less(expected.at_least));
        let most =
            without.plus(if impact.missing > Attempts::NONE { impact.missing.plus(margin) } else { Attempts::NONE });
        let lost_micros = bad.sum_micros + of(without.plus(impact.missing), mean);
        let low_micros = bad.sum_micros + of(surely, mean - error);
        let high_micros = error.is_finite().then(|| bad.sum_micros + of(most, mean + error));
        let all = kept.sum_micros + lost_micros;
        Some(Self {
            kept_micros: kept.sum_micros,
            lost_micros,
            low_micros,
            high_micros,
            share: share(lost_micros, all),
            at_least: share(low_micros, all),
        })
    }
}

/// A part of a whole, between nothing and all of it; nothing where refunds leave no whole.
fn share(part: i128, whole: i128) -> Share {
    let nanos = i128::from(Share::WHOLE.nanos());
    let part = part.clamp(0, whole.max(0));
    let nanos = part.checked_mul(nanos).and_then(|part| part.checked_div(whole)).unwrap_or(0);
    u64::try_from(nanos).ok().and_then(Share::from_nanos).unwrap_or(Share::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Expected, Seen};

    fn values(count: u64, micros: i64) -> Values {
        let mut values = Values::default();
        (0..count).for_each(|_| values.add(micros));
        values
    }

    #[test]
    fn what_bad_attempts_carry_is_lost_and_others_are_worth_as_much_as_usual() {
        // 100 attempts: 60 kept at 10, 20 bad that carry 50 each, 20 bad without a value, usually worth 10 each.
        let impact = Impact::of(Seen::new(100, 40, 0, 0).unwrap(), None);
        let window = KpiWindow {
            kept: values(60, 10_000_000),
            bad: values(20, 50_000_000),
            usual: values(1_000, 10_000_000),
            impact,
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
        let mut usual = values(50, 0);
        usual.merge(&values(50, 20_000_000));
        let window = KpiWindow { usual, impact: Impact::of(Seen::default(), Some(expected)), ..KpiWindow::default() };
        let kpi = KpiImpact::of(&window).unwrap();
        assert_eq!((kpi.lost_micros, kpi.share), (1_000_000_000, Share::WHOLE));
        // Worth 10, give or take 2.326 x 10 / sqrt(99) = 2.338; 80 to 120 of them.
        assert_eq!((kpi.low_micros / 1_000_000, kpi.high_micros.unwrap() / 1_000_000), (612, 1480));
    }

    #[test]
    fn few_values_give_no_bounds_and_none_give_no_impact() {
        let impact = Impact::of(Seen::new(50, 50, 0, 0).unwrap(), None);
        let window = |usual| KpiWindow { usual, impact, ..KpiWindow::default() };
        let kpi = KpiImpact::of(&window(values(29, 1_000_000))).unwrap();
        assert_eq!((kpi.lost_micros, kpi.low_micros, kpi.high_micros), (50_000_000, 0, None));
        assert_eq!(KpiImpact::of(&window(Values::default())), None);
    }

    #[test]
    fn refunds_make_no_share_negative() {
        let impact = Impact::of(Seen::new(50, 50, 0, 0).unwrap(), None);
        let window =
            KpiWindow { kept: values(10, -9_000_000), bad: values(50, 1_000_000), usual: values(90, 1), impact };
        let kpi = KpiImpact::of(&window).unwrap();
        assert_eq!((kpi.kept_micros, kpi.share), (-90_000_000, Share::ZERO));
    }
}
