//! Values of a KPI as sums, and what one attempt is worth.

use crate::baseline::Z99;
use milepost_model::Amount;

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

    /// The squares of thousandths, summed.
    pub(crate) fn squares(&self) -> u128 {
        self.squares
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
    /// What one is worth, where this says anything of it, or else what is kept now and what bad ones carry.
    pub(crate) fn each(self, kept: &Values, bad: &Values) -> Option<Each> {
        let Self::Usual(mut usual) = self else { return Some(Each::ONE) };
        if usual.count < FEWEST_VALUES {
            usual.merge(kept);
            usual.merge(bad);
        }
        let count = usual.count as f64;
        let mean = (usual.count > 0).then(|| usual.sum_micros as f64 / count)?;
        let (thousandths, square) = (mean / 1_000.0, usual.squares as f64 / count);
        let variance = (square - thousandths * thousandths).max(0.0);
        let error =
            if usual.count < FEWEST_VALUES { f64::INFINITY } else { 1_000.0 * Z99 * (variance / (count - 1.0)).sqrt() };
        Some(Each { mean, error, square })
    }
}

/// What one attempt is worth that carries no number, in millionths.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Each {
    pub(crate) mean: f64,
    /// How far off the mean may be at 99 %; without end when too few values are known.
    pub(crate) error: f64,
    /// The mean of the squares of thousandths.
    pub(crate) square: f64,
}

impl Each {
    /// A success that counts as one.
    const ONE: Self = Self { mean: 1e6, error: 0.0, square: 1e6 };
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
