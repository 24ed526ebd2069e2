//! Minutes that take no part.

use crate::Period;
use milepost_model::Minute;

/// Stretches of minutes that count neither way: sorted, and none touching another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Exclusions {
    periods: Vec<Period>,
}

impl Exclusions {
    /// From stretches in any order, which may overlap.
    pub fn new(periods: impl IntoIterator<Item = Period>) -> Self {
        let mut sorted: Vec<Period> = periods.into_iter().filter(|period| period.minutes() > 0).collect();
        sorted.sort_unstable_by_key(|period| (period.start, period.end));
        let mut merged: Vec<Period> = Vec::with_capacity(sorted.len());
        for period in sorted {
            match merged.last_mut() {
                Some(before) if before.end >= period.start => before.end = before.end.max(period.end),
                _ => merged.push(period),
            }
        }
        Self { periods: merged }
    }

    /// Whether a minute is excluded.
    pub fn holds(&self, minute: Minute) -> bool {
        let after = self.periods.partition_point(|period| period.end <= minute);
        self.periods.get(after).is_some_and(|period| period.contains(minute))
    }

    /// Whether any minute of a period is excluded.
    pub fn touches(&self, period: Period) -> bool {
        let after = self.periods.partition_point(|excluded| excluded.end <= period.start);
        period.minutes() > 0 && self.periods.get(after).is_some_and(|excluded| excluded.start < period.end)
    }

    /// The stretches, in order.
    pub fn periods(&self) -> &[Period] {
        &self.periods
    }

    /// Whether nothing is excluded.
    pub fn is_empty(&self) -> bool {
        self.periods.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_minute_is_excluded_when_any_stretch_has_it(
            stretches in proptest::collection::vec((0i64..100, 0i64..20), 0..10), at in -5i64..130
        ) {
            let periods = stretches.iter().map(|(start, length)| Period::new(Minute::new(*start), Minute::new(start + length)));
            let any = stretches.iter().any(|(start, length)| (*start..start + length).contains(&at));
            prop_assert_eq!(Exclusions::new(periods).holds(Minute::new(at)), any);
        }

        #[test]
        fn a_period_is_touched_when_any_of_its_minutes_is_excluded(
            stretches in proptest::collection::vec((0i64..100, 0i64..20), 0..10), start in -5i64..130, minutes in 0i64..15
        ) {
            let periods = stretches.iter().map(|(start, length)| Period::new(Minute::new(*start), Minute::new(start + length)));
            let exclusions = Exclusions::new(periods);
            let period = Period::new(Minute::new(start), Minute::new(start + minutes));
            prop_assert_eq!(exclusions.touches(period), period.iter().any(|minute| exclusions.holds(minute)));
        }
    }
}
