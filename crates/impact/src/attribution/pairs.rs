//! Slices of two values, such as a version in a region: those that tell more than either value alone, and no counting of those that cannot.
//!
//! A pair has no more failed attempts than the rarer of its values, and no fewer attempts than failed ones. So its strength is at most `2 m / (F + m)`, where
//! `m` is that value's failed attempts; a pair whose bound is no better than what one of its values has already is never counted. Once the failed ones of a
//! pair are known, the same bound is tighter, and all its attempts are counted only where it still could be better. No bound drops a pair that would be told.

use super::association::{Association, Strength};
use super::{MIN_FAILED, Tally};
use std::collections::HashMap;

/// A value of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Value {
    /// The position of the column.
    pub column: usize,
    /// The value's number, which is not 0.
    pub value: u32,
}

/// Attempts that are alike in each column.
#[derive(Clone, Copy, Debug)]
pub struct Combination<'a> {
    /// A value for each column; 0 is none.
    pub values: &'a [u32],
    /// How many such attempts there were.
    pub tally: Tally,
}

/// A slice of two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pair(pub Value, pub Value);

/// How often chance may look like a pair that tells more than its values: far less than of single values, since there are so many more pairs.
pub(super) const CHANCE_OF_PAIR: f64 = 0.001;

/// The pairs of values of these columns that tell more of the failures than each of their values does, in order.
///
/// `singles` are the tallies of all values of those columns over the same attempts as the combinations.
pub fn pairs<'a>(
    combinations: impl Iterator<Item = Combination<'a>> + Clone,
    columns: &[usize],
    singles: &HashMap<Value, Tally>,
    all: Tally,
) -> Vec<(Pair, Tally)> {
    let search = Search { singles, all };
    let mut failed: HashMap<Pair, u64> = HashMap::new();
    for combination in combinations.clone().filter(|combination| combination.tally.failed > 0) {
        each_pair(combination.values, columns, |pair| {
            if let Some(known) = failed.get_mut(&pair) {
                *known += combination.tally.failed;
            } else if search.could_beat_its_values(pair, search.most_failed(pair)) {
                failed.insert(pair, combination.tally.failed);
            }
        });
    }
    failed.retain(|pair, failed| *failed >= MIN_FAILED && search.could_beat_its_values(*pair, *failed));
    if failed.is_empty() {
        return Vec::new();
    }
    let mut tallies: HashMap<Pair, Tally> = failed.keys().map(|pair| (*pair, Tally::default())).collect();
    for combination in combinations {
        each_pair(combination.values, columns, |pair| {
            if let Some(tally) = tallies.get_mut(&pair) {
                tally.add(combination.tally);
            }
        });
    }
    let mut told: Vec<(Pair, Tally)> =
        tallies.into_iter().filter(|(pair, tally)| search.is_told(*pair, *tally)).collect();
    told.sort_unstable_by_key(|(pair, _)| *pair);
    told
}

/// What is known before pairs are counted.
pub(super) struct Search<'s> {
    pub(super) singles: &'s HashMap<Value, Tally>,
    pub(super) all: Tally,
}

impl Search<'_> {
    fn values(&self, Pair(one, other): Pair) -> [Tally; 2] {
        [one, other].map(|value| self.singles.get(&value).copied().unwrap_or_default())
    }

    /// The failed attempts that a pair has at most.
    fn most_failed(&self, pair: Pair) -> u64 {
        let [one, other] = self.values(pair);
        one.failed.min(other.failed)
    }

    /// Whether a pair with so many failed attempts, or fewer, could explain the failures better than each of its values.
    fn could_beat_its_values(&self, pair: Pair, failed: u64) -> bool {
        let values = self.values(pair);
        // Attempts with one value that lack the other are no more than all that lack it; the rest have both.
        let overlap = (values[0].attempts + values[1].attempts).saturating_sub(self.all.attempts);
        let best = Strength::new(Tally { attempts: failed.max(overlap), failed }, self.all);
        values.iter().all(|value| best > Strength::new(*value, self.all))
    }

    /// Whether a pair is told: it explains the failures better than each of its values, and by more than chance, also among the attempts of either.
    pub(super) fn is_told(&self, pair: Pair, slice: Tally) -> bool {
        let strength = Strength::new(slice, self.all);
        let is_clear = |all: Tally| Association { slice, all }.is_clear_by(CHANCE_OF_PAIR);
        let values = self.values(pair);
        values.iter().all(|value| strength > Strength::new(*value, self.all))
            && is_clear(self.all)
            && values.into_iter().all(is_clear)
    }
}

pub(super) fn each_pair(values: &[u32], columns: &[usize], mut each: impl FnMut(Pair)) {
    for (at, first) in columns.iter().enumerate().filter(|(_, column)| values[**column] != 0) {
        for second in columns[at + 1..].iter().filter(|column| values[**column] != 0) {
            let value = |column: usize| Value { column, value: values[column] };
            each(Pair(value(*first), value(*second)));
        }
    }
}
