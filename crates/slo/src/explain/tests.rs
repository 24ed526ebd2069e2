//! Parts against the whole.

use super::*;
use crate::{Budgeting, NoData, Series, SliType, WindowKey};
use proptest::prelude::*;

#[derive(Debug, Default)]
struct Memory {
    minutes: BTreeMap<Minute, Counts>,
    cells: BTreeMap<Minute, Vec<(Cause, u64)>>,
}

impl Minutes for Memory {
    fn minute(&self, _: IndicatorIndex, minute: Minute) -> Counts {
        self.minutes.get(&minute).copied().unwrap_or_default()
    }
}

impl Cells for Memory {
    fn cells(&self, minute: Minute) -> Vec<(Cause, u64)> {
        self.cells.get(&minute).cloned().unwrap_or_default()
    }
}

const ZERO: IndicatorIndex = IndicatorIndex(0);

fn cause(operation: &str, error_type: &str) -> Cause {
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    Cause::Named { operation: some(operation), error_type: some(error_type) }
}

fn period(from: i64, to: i64) -> Period {
    Period::new(Minute::new(from), Minute::new(to))
}

fn explain(source: &Memory, counting: &Counting, corrections: &[Exclusions], to: i64) -> Explanation {
    Explanation::of((source, source), (ZERO, counting), corrections, period(0, to), period(0, to))
}

#[test]
fn a_budget_is_spent_by_operations_error_types_times_and_nobody_knows_what() {
    let mut source = Memory::default();
    for (minute, valid, bad) in [(0, 100, 5), (1, 100, 3), (40, 50, 10)] {
        source.minutes.insert(Minute::new(minute), Counts { valid, good: valid - bad });
    }
    source.cells.insert(Minute::new(0), vec![(cause("smtp", "timeout"), 4), (cause("db", ""), 1)]);
    source.cells.insert(Minute::new(1), vec![(cause("smtp", "refused"), 1)]);
    source.cells.insert(Minute::new(40), vec![(cause("db", "timeout"), 10)]);
    let maintenance = Exclusions::new([period(40, 50)]);
    let found = explain(&source, &Counting::Events, &[maintenance], 60);
    // 5 + 3 + 10 were bad, of which the maintenance takes out 10.
    assert_eq!((found.recorded, found.spent, found.corrected.as_slice()), (18, 8, [10].as_slice()));
    assert_eq!(found.by_operation(), [(Some("smtp"), 5), (None, 2), (Some("db"), 1)]);
    assert_eq!(found.by_error_type(), [(Some("timeout"), 4), (None, 3), (Some("refused"), 1)]);
    assert_eq!(found.ranges, [Range { period: period(0, 2), spent: 8 }]);
}

#[test]
fn a_slice_without_events_that_counts_as_bad_is_spent_by_no_data() {
    let budgeting =
        Budgeting::Timeslices { slice: "5m".parse().unwrap(), target: "90%".parse().unwrap(), no_data: NoData::Bad };
    let counting = Counting::new(SliType::Availability, budgeting, None);
    let mut source = Memory::default();
    source.minutes.insert(Minute::new(7), Counts { valid: 10, good: 8 });
    source.cells.insert(Minute::new(7), vec![(cause("smtp", "timeout"), 2)]);
    let found = explain(&source, &counting, &[], 15);
    // Slices 0-4 and 5-9 are bad; the last still runs.
    assert_eq!(found.causes, [(cause("smtp", "timeout"), 1), (Cause::NoData, 1)]);
}

#[test]
fn a_slice_in_which_history_begins_counts_by_what_there_is_of_it() {
    let budgeting =
        Budgeting::Timeslices { slice: "5m".parse().unwrap(), target: "90%".parse().unwrap(), no_data: NoData::Bad };
    let counting = Counting::new(SliType::Availability, budgeting, None);
    let source = Memory::default();
    // Of the slices that begin at 0, 5 and 10 the first was never seen, the second from 7 on, and the last still runs.
    let found = Explanation::of((&source, &source), (ZERO, &counting), &[], period(0, 20), period(7, 13));
    assert_eq!(found.ranges, [Range { period: period(5, 10), spent: 1 }]);
}

fn counting() -> impl Strategy<Value = Counting> {
    (0u8..3, 1u64..20).prop_map(|(kind, minutes)| {
        let slice = milepost_model::DurationNs::from_seconds(60 * minutes);
        let budgeting = match kind {
            0 => Budgeting::Occurrences,
            1 => Budgeting::Timeslices { slice, target: "80%".parse().unwrap(), no_data: NoData::Bad },
            _ => Budgeting::RatioTimeslices { slice, no_data: NoData::Skip },
        };
        Counting::new(SliType::Availability, budgeting, None)
    })
}

proptest! {
    #[test]
    fn parts_sum_to_the_whole_and_the_whole_is_the_budgets(
        counting in counting(),
        minutes in proptest::collection::btree_map(0i64..240, (1u64..50, 0u64..50, proptest::collection::vec((0usize..4, 0u64..30), 0..4)), 0..80),
        corrections in proptest::collection::vec(proptest::collection::vec((0i64..240, 1i64..40), 1..3), 0..3),
        since in 0i64..240, length in 1u64..300,
    ) {
        let names = [cause("smtp", "timeout"), cause("smtp", ""), cause("", "refused"), cause("db", "timeout")];
        let mut source = Memory::default();
        for (minute, (valid, bad, cells)) in minutes {
            let bad = bad.min(valid);
            source.minutes.insert(Minute::new(minute), Counts { valid, good: valid - bad });
            source.cells.insert(Minute::new(minute), cells.into_iter().map(|(name, bad)| (names[name].clone(), bad)).collect());
        }
        let corrections: Vec<Exclusions> = corrections.iter().map(|stretches| {
            Exclusions::new(stretches.iter().map(|(from, length)| period(*from, from + length)))
        }).collect();
        let (last, window) = (Minute::new(239), WindowKey::Rolling(length));
        let seen = period(since, 240);
        let found = Explanation::of((&source, &source), (ZERO, &counting), &corrections, window.period(&counting, last), seen);
        prop_assert_eq!(found.causes.iter().map(|(_, spent)| spent).sum::<u64>(), found.spent);
        prop_assert_eq!(found.ranges.iter().map(|range| range.spent).sum::<u64>(), found.spent);
        prop_assert_eq!(found.by_operation().iter().map(|(_, spent)| spent).sum::<u64>(), found.spent);
        prop_assert_eq!(found.by_error_type().iter().map(|(_, spent)| spent).sum::<u64>(), found.spent);
        prop_assert_eq!(i128::from(found.spent) + found.corrected.iter().sum::<i128>(), i128::from(found.recorded));
        // The budget of the same minutes has spent as much, with and without.
        let all = Exclusions::new(corrections.iter().flat_map(|taken| taken.periods().to_vec()));
        for (exclusions, spent) in [(None, found.recorded), (Some(all), found.spent)] {
            let series = Series::new((ZERO, seen.start), counting.clone(), exclusions, std::slice::from_ref(&window), &source, last);
            prop_assert_eq!(series.sum(&window).map(Counts::bad), Some(spent));
        }
    }
}
