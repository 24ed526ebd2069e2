//! Attempts by all their values at once: what slices by one value and by two are summed from. Bounded: beyond the bound only single values are counted.

use hashbrown::HashMap;
use milepost_impact::attribution::{Combination, Tally, Value};

/// Attempts of a step, counted by what they are alike in.
#[derive(Debug, Default)]
pub(super) struct Combinations {
    total: Tally,
    /// By the values of all columns; 0 is none.
    whole: HashMap<Box<[u32]>, Tally>,
    /// Attempts beyond the bound, by each of their values. How many there can be is bounded by the tables of names.
    singles: HashMap<Value, Tally>,
    is_cut: bool,
}

/// Most combinations that are counted of a step, about 4 MB: far more than there are where columns have to do with each other. Where a column has
/// thousands of values, pairs with it would each have too few attempts to say anything.
pub(super) const MAX_COMBINATIONS: usize = 1 << 15;

impl Combinations {
    /// Counts an attempt.
    pub(super) fn count(&mut self, values: &[u32], failed: bool) {
        self.total.count(failed);
        self.add(values, Tally { attempts: 1, failed: u64::from(failed) });
    }

    /// Adds those of another, whose values are changed to what they are here.
    pub(super) fn merge(&mut self, other: Self, rename: impl Fn(&mut [u32])) {
        self.total.add(other.total);
        self.is_cut |= other.is_cut;
        for (mut values, tally) in other.whole {
            rename(&mut values);
            self.add(&values, tally);
        }
        for (value, tally) in other.singles {
            let mut values = vec![0; value.column + 1];
            values[value.column] = value.value;
            // Only the one column has a value.
            rename(&mut values);
            self.add_singles(&values, tally);
        }
    }

    pub(super) fn total(&self) -> Tally {
        self.total
    }

    /// Whether there were more combinations than are counted, so that nothing is known of pairs.
    pub(super) fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// What was counted; all of it unless there was more than the bound.
    pub(super) fn iter(&self) -> impl Iterator<Item = Combination<'_>> + Clone {
        self.whole.iter().map(|(values, tally)| Combination { values, tally: *tally })
    }

    /// All attempts by each of their values.
    pub(super) fn singles(&self) -> HashMap<Value, Tally> {
        let mut singles = self.singles.clone();
        for (values, tally) in &self.whole {
            each_value(values, |value| singles.entry(value).or_default().add(*tally));
        }
        singles
    }

    fn add(&mut self, values: &[u32], tally: Tally) {
        if let Some(known) = self.whole.get_mut(values) {
            known.add(tally);
        } else if self.whole.len() < MAX_COMBINATIONS {
            self.whole.insert(values.into(), tally);
        } else {
            self.is_cut = true;
            self.add_singles(values, tally);
        }
    }

    fn add_singles(&mut self, values: &[u32], tally: Tally) {
        each_value(values, |value| self.singles.entry(value).or_default().add(tally));
    }
}

fn each_value(values: &[u32], mut each: impl FnMut(Value)) {
    for (column, value) in values.iter().copied().enumerate().filter(|(_, value)| *value != 0) {
        each(Value { column, value });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beyond_the_bound_single_values_stay_exact_and_pairs_are_not_known() {
        let mut counted = Combinations::default();
        let many = MAX_COMBINATIONS as u32 + 100;
        for value in 1..=many {
            counted.count(&[value, 1 + value % 2], value.is_multiple_of(4));
        }
        assert!(counted.is_cut());
        let singles = counted.singles();
        assert_eq!(counted.total(), Tally { attempts: u64::from(many), failed: u64::from(many / 4) });
        let even = singles[&Value { column: 1, value: 1 }];
        assert_eq!(even, Tally { attempts: u64::from(many / 2), failed: u64::from(many / 4) });
        assert_eq!(singles.len(), many as usize + 2);
        let mut merged = Combinations::default();
        merged.count(&[1, 1], true);
        merged.merge(counted, |values| values[0] *= 2);
        assert_eq!(merged.singles()[&Value { column: 1, value: 1 }].attempts, even.attempts + 1);
        assert_eq!(
            merged.singles()[&Value { column: 0, value: 2 * many }],
            Tally { attempts: 1, failed: u64::from(many.is_multiple_of(4)) }
        );
    }
}
