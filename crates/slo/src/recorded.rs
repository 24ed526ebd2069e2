//! What was recorded of an indicator, counted as a whole: as the windows of a server count it, over all the time that it covers.
//!
//! Called by reports. What goes on with time is [`crate::Series`], which counts here, too.

use crate::{Counting, Counts, IndicatorIndex, Minutes, Period, Series, WindowKey};
use milepost_model::Minute;
use std::collections::BTreeMap;

/// The minutes of one indicator, with what each has counted.
#[derive(Clone, Copy, Debug)]
pub struct Recorded<'m>(pub &'m BTreeMap<Minute, Counts>);

impl Minutes for Recorded<'_> {
    fn minute(&self, _indicator: IndicatorIndex, minute: Minute) -> Counts {
        self.0.get(&minute).copied().unwrap_or_default()
    }

    fn sum(&self, _indicator: IndicatorIndex, period: Period) -> Counts {
        let mut sum = Counts::default();
        self.0.range(period.start..period.end).for_each(|(_, counts)| sum.add(*counts));
        sum
    }
}

impl Recorded<'_> {
    /// The units of a period: what a window has that holds all of it, while its last minute runs.
    ///
    /// A slice that the beginning cuts counts by what the period has of it. The one that goes on at the end counts as it stands, and only if it has
    /// events; the running minute of a throughput only once it has enough.
    pub fn units(self, counting: &Counting, period: Period) -> Counts {
        if period.minutes() == 0 {
            return Counts::default();
        }
        let last = Minute::new(period.end.number() - 1);
        let window = WindowKey::Rolling(period.minutes().saturating_add(counting.slice_minutes()));
        let of = (IndicatorIndex(0), period.start);
        let series = Series::new(of, counting.clone(), None, std::slice::from_ref(&window), &self, last);
        series.sum(&window).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Budgeting, Evaluator, NoData, SliType, Subject, Terms, View, Window};
    use milepost_model::DurationNs;
    use proptest::prelude::*;

    const FIVE: DurationNs = DurationNs::from_seconds(300);

    fn minutes(counts: &[(i64, u64, u64)]) -> BTreeMap<Minute, Counts> {
        let counts = counts.iter();
        counts.map(|(minute, valid, good)| (Minute::new(*minute), Counts { valid: *valid, good: *good })).collect()
    }

    fn units(recorded: &[(i64, u64, u64)], sli: SliType, budgeting: Budgeting, from: i64, to: i64) -> (u64, u64) {
        let counting = Counting::new(sli, budgeting, None);
        let period = Period::new(Minute::new(from), Minute::new(to));
        let units = Recorded(&minutes(recorded)).units(&counting, period);
        (units.valid, units.good)
    }

    #[test]
    fn occurrences_are_summed() {
        let recorded = [(0, 10, 9), (7, 5, 5)];
        assert_eq!(units(&recorded, SliType::Availability, Budgeting::Occurrences, 0, 8), (15, 14));
        assert_eq!(units(&recorded, SliType::Availability, Budgeting::Occurrences, 0, 0), (0, 0));
    }

    #[test]
    fn slices_are_whole_and_one_without_events_is_what_it_was_promised_to_be() {
        // The slices from -5, 0, 5 and 10; the one from 10 has no valid event, and goes on.
        let recorded = [(-1, 4, 2), (3, 10, 9), (5, 10, 10), (11, 0, 0)];
        let target = "95%".parse().unwrap();
        let slices = |no_data| Budgeting::Timeslices { slice: FIVE, target, no_data };
        let availability = |budgeting, to| units(&recorded, SliType::Availability, budgeting, -1, to);
        assert_eq!(availability(slices(NoData::Skip), 12), (3, 1));
        assert_eq!(availability(slices(NoData::Bad), 12), (3, 1));
        // In minute 15 it is over.
        assert_eq!(availability(slices(NoData::Bad), 16), (4, 1));
        let ratio = Budgeting::RatioTimeslices { slice: FIVE, no_data: NoData::Skip };
        assert_eq!(availability(ratio, 12), (3_000_000_000, 900_000_000 + 1_000_000_000 + 500_000_000));
    }

    #[test]
    fn a_minute_without_events_has_too_little_throughput_once_it_is_over() {
        let recorded = [(0, 12, 10), (2, 9, 9)];
        assert_eq!(units(&recorded, SliType::Throughput(10), Budgeting::Occurrences, 0, 3), (2, 1));
        assert_eq!(units(&recorded, SliType::Throughput(10), Budgeting::Occurrences, 0, 4), (3, 1));
    }

    proptest! {
        /// The same facts give the same number as in the server, whose evaluator has gone through the minutes one by one.
        #[test]
        fn what_is_recorded_counts_as_it_did_live(
            recorded in proptest::collection::btree_map(0i64..200, (0u64..5, 0u64..5), 0..60), end in 1i64..200, kind in 0..4
        ) {
            let recorded: Vec<(i64, u64, u64)> = recorded.into_iter().map(|(at, (valid, good))| (at, valid, good.min(valid))).collect();
            let slice = FIVE;
            let (sli, budgeting) = match kind {
                0 => (SliType::Availability, Budgeting::Occurrences),
                1 => (SliType::Throughput(2), Budgeting::Occurrences),
                2 => (SliType::Availability, Budgeting::RatioTimeslices { slice, no_data: NoData::Good }),
                _ => (SliType::Availability, Budgeting::Timeslices { slice, target: "50%".parse().unwrap(), no_data: NoData::Bad }),
            };
            let terms = Terms {
                target: "99%".parse().unwrap(),
                window: Window::Rolling("1d".parse().unwrap()),
                sli,
                budgeting,
                alerts: crate::Alerts { form: crate::AlertForm::Share, tiers: Vec::new() },
            };
            let known = minutes(&recorded);
            let source = Recorded(&known);
            let subject = Subject::new(&terms, IndicatorIndex(0), Minute::new(0)).unwrap();
            let mut evaluator = Evaluator::new(&[subject], &source, Minute::new(0));
            (1..end).for_each(|minute| evaluator.advance(&source, Minute::new(minute)));
            let live = evaluator.budget(0, View::Corrected).counts;
            prop_assert_eq!(units(&recorded, sli, budgeting, 0, end), (live.valid, live.good));
        }
    }
}
