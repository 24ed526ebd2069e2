//! Sums that go on with time, against sums from all minutes.

use super::*;
use crate::calendar::Calendar;
use crate::{Budgeting, CalendarUnit, NoData, Period, SliType};
use milepost_model::DurationNs;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Minutes in memory.
#[derive(Clone, Debug, Default)]
struct Memory {
    minutes: BTreeMap<Minute, Counts>,
    uncovered: BTreeSet<Minute>,
}

impl Minutes for Memory {
    fn minute(&self, _: IndicatorIndex, minute: Minute) -> Counts {
        self.minutes.get(&minute).copied().unwrap_or_default()
    }

    fn is_covered(&self, _: IndicatorIndex, minute: Minute) -> bool {
        !self.uncovered.contains(&minute)
    }
}

/// What can happen.
#[derive(Clone, Debug)]
enum Event {
    /// So many minutes pass.
    Pass(i64),
    /// Something comes in that is so many minutes old; a negative age is ahead of time.
    Fact(i64, Counts),
}

const ZERO: IndicatorIndex = IndicatorIndex(0);
/// Some hours before the clock changes in Zurich, 2024-03-31T01:00Z.
const START: i64 = 28_530_900;

fn counts() -> impl Strategy<Value = Counts> {
    (1u64..50, 0u64..50).prop_map(|(valid, good)| Counts { valid, good: good.min(valid) })
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        2 => (1i64..40).prop_map(Event::Pass),
        // Now, ahead of time by the five minutes that are accepted, and late.
        3 => (0i64..2, counts()).prop_map(|(age, counts)| Event::Fact(age, counts)),
        1 => (-5i64..0, counts()).prop_map(|(age, counts)| Event::Fact(age, counts)),
        1 => (2i64..1_560, counts()).prop_map(|(age, counts)| Event::Fact(age, counts)),
    ]
}

fn counting() -> impl Strategy<Value = Counting> {
    let no_data = prop_oneof![Just(NoData::Skip), Just(NoData::Good), Just(NoData::Bad)];
    let calendar = Calendar::new(CalendarUnit::Day, "Europe/Zurich".parse().unwrap());
    (0u8..4, 1u64..90, no_data, any::<bool>()).prop_map(move |(kind, minutes, no_data, aligned)| {
        let slice = DurationNs::from_seconds(minutes * 60);
        let target = "50%".parse().unwrap();
        let (sli, budgeting) = match kind {
            0 => (SliType::Availability, Budgeting::Occurrences),
            1 => (SliType::Availability, Budgeting::Timeslices { slice, target, no_data }),
            2 => (SliType::Availability, Budgeting::RatioTimeslices { slice, no_data }),
            _ => (SliType::Throughput(10), Budgeting::Occurrences),
        };
        Counting::new(sli, budgeting, Some(&calendar).filter(|_| aligned))
    })
}

fn windows() -> Vec<WindowKey> {
    let calendar = |unit, zone: &str| WindowKey::Calendar(Calendar::new(unit, zone.parse().unwrap()));
    let mut keys: Vec<WindowKey> = [1, 5, 60, 90, 1_440].map(WindowKey::Rolling).into();
    keys.push(calendar(CalendarUnit::Day, "Europe/Zurich"));
    keys.push(calendar(CalendarUnit::Day, "America/New_York"));
    keys
}

/// The sum of the units whose minute is in a period, from all minutes.
fn oracle(series: &Series, source: &Memory, period: Period) -> Counts {
    let counting = series.counting().clone();
    let mut sum = Counts::default();
    for minute in period.iter().filter(|minute| counting.slice(*minute).start == *minute) {
        let slice = counting.slice(minute);
        let takes_part = |minute: &Minute| {
            let excluded = series.exclusions.as_ref().is_some_and(|exclusions| exclusions.holds(*minute));
            let unseen = counting.needs_coverage() && source.uncovered.contains(minute);
            *minute >= series.since && *minute <= series.last && !excluded && !unseen
        };
        let minutes: Vec<Minute> = slice.iter().filter(takes_part).collect();
        let mut counted = Counts::default();
        minutes.iter().for_each(|minute| counted.add(source.minute(ZERO, *minute)));
        if !minutes.is_empty() {
            sum.add(counting.units(counted, slice.end <= series.last));
        }
    }
    sum
}

fn check(series: &Series, source: &Memory) -> Result<(), TestCaseError> {
    for key in windows() {
        let (period, trailing) = match &key {
            WindowKey::Rolling(minutes) => {
                (Period::trailing(series.counting().whole_slices(*minutes), series.last), None)
            }
            WindowKey::Calendar(calendar) => {
                let period = calendar.period(series.last);
                let end = Minute::new(series.last.number() + 1);
                (Period::new(period.start, end), Some(Period::trailing(period.minutes(), series.last)))
            }
        };
        prop_assert_eq!(series.sum(&key), Some(oracle(series, source, period)), "{:?} at {:?}", key, series.last);
        if let (Some(trailing), Some(index)) = (trailing, series.find(&key)) {
            let WindowIndex::Calendar(index) = index else { unreachable!("a calendar") };
            prop_assert_eq!(series.calendars[index].trailing.counts, oracle(series, source, trailing));
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// At every minute and after every fact, in any order of arrival, with what is late, ahead of time, excluded and unseen.
    #[test]
    fn sums_are_those_of_a_recomputation_at_each_time(
        counting in counting(),
        events in proptest::collection::vec(event(), 1..30),
        excluded in proptest::collection::vec((-500i64..2_000, 1i64..90), 0..4),
        unseen in proptest::collection::btree_set(-500i64..2_000, 0..40),
        since in -2_000i64..100,
    ) {
        let period = |(from, length): (i64, i64)| Period::new(Minute::new(START + from), Minute::new(START + from + length));
        let exclusions = Some(Exclusions::new(excluded.into_iter().map(period))).filter(|found| !found.is_empty());
        let mut source = Memory { uncovered: unseen.into_iter().map(|at| Minute::new(START + at)).collect(), ..Memory::default() };
        let since = Minute::new(START + since);
        let mut series = Series::new((ZERO, since), counting, exclusions, &windows(), &source, Minute::new(START));
        check(&series, &source)?;
        for event in events {
            match event {
                Event::Pass(minutes) => series.advance(&source, Minute::new(series.last.number() + minutes)),
                Event::Fact(age, counts) => {
                    let minute = Minute::new(series.last.number() - age);
                    source.minutes.entry(minute).or_default().add(counts);
                    series.add(&source, minute, counts);
                }
            }
            check(&series, &source)?;
        }
        // One that reads all of it at once has the same sums: a merge of everything, in another order.
        let again = Series::new((ZERO, series.since), series.counting().clone(), series.exclusions.clone(), &windows(), &source, series.last);
        for key in windows() {
            prop_assert_eq!(series.sum(&key), again.sum(&key));
            prop_assert_eq!(series.total(&key), again.total(&key));
        }
    }
}

#[test]
fn a_series_left_alone_for_days_reads_its_windows_anew() {
    let mut source = Memory::default();
    let mut series =
        Series::new((ZERO, Minute::new(START)), Counting::Events, None, &windows(), &source, Minute::new(START));
    let later = Minute::new(START + 10 * 1_440);
    source.minutes.insert(later, Counts { valid: 3, good: 2 });
    series.advance(&source, later);
    assert_eq!(series.sum(&WindowKey::Rolling(5)), Some(Counts { valid: 3, good: 2 }));
    assert!(check(&series, &source).is_ok());
    // Time does not go back.
    series.advance(&source, Minute::new(START));
    assert_eq!(series.last(), later);
}

/// Periods that end at and around the far end of each window, one that history begins in, and the running one.
#[test]
fn what_came_of_a_period_counts_at_once_as_it_does_minute_by_minute() {
    let last = Minute::new(START);
    let since = Minute::new(START - 3_000);
    let series = Series::new((ZERO, since), Counting::Events, None, &windows(), &Memory::default(), last);
    let mut alike = 0;
    for (length, end) in [1, 7, 60].into_iter().flat_map(|length| (-5..3_010).map(move |back| (length, START - back))) {
        let period = Period::new(Minute::new(end - length), Minute::new(end));
        if !series.is_alike_in(period) {
            continue;
        }
        alike += 1;
        let (mut at_once, mut one_by_one, one) = (series.clone(), series.clone(), Counts { valid: 3, good: 2 });
        let length = length.unsigned_abs();
        at_once.add_alike(period, Counts { valid: 3 * length, good: 2 * length });
        period.iter().for_each(|minute| one_by_one.add(&Memory::default(), minute, one));
        for key in windows() {
            assert_eq!(at_once.sum(&key), one_by_one.sum(&key), "{key:?} of {length} minutes until {end}");
        }
    }
    // Of minutes all that are not ahead and not before the history; of hours those that hold the far end of no window.
    assert!((3_000 + 2_800..9_000 - 120).contains(&alike), "{alike}");
    let slices = Budgeting::Timeslices {
        slice: DurationNs::from_seconds(60),
        target: "50%".parse().unwrap(),
        no_data: NoData::Skip,
    };
    let slices = Counting::new(SliType::Availability, slices, None);
    let of =
        |counting, exclusions| Series::new((ZERO, since), counting, exclusions, &windows(), &Memory::default(), last);
    let period = Period::new(Minute::new(START - 10), Minute::new(START - 9));
    let excluded = Exclusions::new([Period::new(Minute::new(START - 100), Minute::new(START - 99))]);
    assert!(!of(slices, None).is_alike_in(period) && !of(Counting::Events, Some(excluded)).is_alike_in(period));
}

#[test]
fn a_window_that_was_not_asked_for_has_no_sum() {
    let series =
        Series::new((ZERO, Minute::new(0)), Counting::Events, None, &windows(), &Memory::default(), Minute::new(9));
    assert_eq!(series.sum(&WindowKey::Rolling(7)), None);
}
