//! Tests of the module that this file belongs to: what it says at which age, and an oracle that keeps every minute.

use super::*;
use crate::Attempts;
use milepost_model::Timestamp;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// 2026-03-02T00:00Z, a Monday.
const MONDAY: i64 = 29_540_160;
const DAY_MINUTES: i64 = 1_440;

fn minute(number: i64) -> Minute {
    Minute::new(MONDAY + number)
}

fn learnt(days: i64, attempts: impl Fn(i64) -> u64) -> Baseline {
    let mut baseline = Baseline::default();
    (0..days * DAY_MINUTES).for_each(|number| baseline.observe(minute(number), attempts(number)));
    baseline
}

/// What is expected of a window that ends with the end of a minute.
fn expected(baseline: &mut Baseline, number: i64, window: Window) -> Option<Expected> {
    baseline.forecast(minute(number)).at(window, minute(number + 1).start())
}

fn attempts(baseline: &mut Baseline, number: i64, window: Window) -> f64 {
    expected(baseline, number, window).unwrap().attempts.to_f64()
}

#[test]
fn the_days_begin_on_a_monday_and_the_first_is_one() {
    assert_eq!(minute(0).start(), "2026-03-02".parse::<Timestamp>().unwrap());
}

#[test]
fn below_seven_covered_days_it_says_nothing() {
    let mut baseline = learnt(7, |_| 10);
    assert_eq!(baseline.maturity(), Maturity::TimeOfDay);
    assert_eq!(attempts(&mut baseline, 7 * DAY_MINUTES, Window::Short), 50.0);
    assert_eq!(attempts(&mut baseline, 7 * DAY_MINUTES, Window::Long), 300.0);
    let mut young = Baseline::default();
    (1..7 * DAY_MINUTES).for_each(|number| young.observe(minute(number), 10));
    assert_eq!((young.maturity(), young.covered_minutes()), (Maturity::Young, 7 * 1_440 - 1));
    assert_eq!(expected(&mut young, 7 * DAY_MINUTES, Window::Short), None);
}

#[test]
fn a_stretch_that_is_over_is_expected_as_its_windows_were() {
    let mut baseline = learnt(8, |number| 10 + number.unsigned_abs() % 7 + number.unsigned_abs() / 60 % 24);
    let end = 8 * DAY_MINUTES - 100;
    for window in Window::ALL {
        let stretch = minute(end + 1 - window.minutes())..minute(end + 1);
        let (told, windowed) = (baseline.expected(stretch), expected(&mut baseline, end, window));
        assert_eq!(told, windowed, "{window:?}");
    }
    let hour = baseline.expected(minute(end)..minute(end + 60)).unwrap();
    let minutes = (end..end + 60).map(|number| baseline.expected(minute(number)..minute(number + 1)).unwrap());
    let (attempts, at_least) =
        minutes.fold((0, 0), |(all, least), one| (all + one.attempts.micros(), least + one.at_least.micros()));
    assert_eq!(hour.attempts.micros(), attempts);
    assert!(hour.at_least.micros() > at_least, "chance evens out over an hour");
    assert_eq!(baseline.expected(minute(end)..minute(end)), None);
    assert_eq!(baseline.expected(minute(0)..minute(1)), None, "no day came before");
}

#[test]
fn minutes_in_which_nobody_could_see_are_neither_quiet_nor_covered() {
    let mut baseline = Baseline::default();
    // Half of each day the source is silent.
    let seen = (0..14 * DAY_MINUTES).filter(|number| number % DAY_MINUTES < 720);
    seen.for_each(|number| baseline.observe(minute(number), 10));
    assert_eq!(baseline.covered_minutes(), 7 * 1_440);
    assert_eq!(attempts(&mut baseline, 14 * DAY_MINUTES + 600, Window::Short), 50.0);
    assert_eq!(expected(&mut baseline, 14 * DAY_MINUTES + 900, Window::Short), None, "never seen at that time of day");
}

#[test]
fn the_running_minute_is_expected_as_far_as_it_has_passed() {
    let mut baseline = learnt(7, |_| 12);
    let forecast = baseline.forecast(minute(7 * DAY_MINUTES));
    let at = |seconds| {
        let until = Timestamp::from_seconds(minute(7 * DAY_MINUTES).start().nanos() / 1_000_000_000 + seconds);
        forecast.at(Window::Short, until).unwrap().attempts.to_f64()
    };
    assert_eq!([at(-5), at(0), at(15), at(60), at(90)], [47.0, 48.0, 51.0, 60.0, 60.0]);
}

#[test]
fn the_error_is_chance_where_days_are_alike_and_wide_where_they_differ() {
    let alike = expected(&mut learnt(8, |_| 100), 8 * DAY_MINUTES + 700, Window::Short).unwrap();
    // 500 less 2.326 x sqrt(500) = 448, less what a median of eight days may be off.
    assert!((440_000_000..448_000_000).contains(&alike.at_least.micros()), "{alike:?}");
    let differ = |number: i64| 100 + 15 * (number / DAY_MINUTES % 2) as u64;
    let differ = expected(&mut learnt(8, differ), 8 * DAY_MINUTES + 700, Window::Short).unwrap();
    // Four days of 500 and four of 575: logarithms differ by 0.0747, x 2.998 x 1.061 = 0.2376.
    assert!((385_000_000..425_000_000).contains(&differ.at_least.micros()), "{differ:?}");
}

#[test]
fn weekdays_have_levels_of_their_own_after_three_weeks_and_weekends_are_possible_before() {
    let weekly = |number: i64| if number / DAY_MINUTES % 7 < 5 { 100 } else { 40 };
    let saturday = |week: i64| week * 7 * DAY_MINUTES + 5 * DAY_MINUTES + 600;
    let mut one = learnt(8, weekly);
    let expected_then = expected(&mut one, saturday(1), Window::Long).unwrap();
    assert_eq!(expected_then.attempts, Attempts::whole(3_000));
    assert!(
        expected_then.at_least < Attempts::whole(1_200),
        "a Saturday like the last is no outage: {expected_then:?}"
    );
    let mut three = learnt(21, weekly);
    assert_eq!(three.maturity(), Maturity::Weekdays);
    let saturday = expected(&mut three, saturday(3), Window::Long).unwrap();
    assert!((1_195_000_000..1_205_000_000).contains(&saturday.attempts.micros()), "{saturday:?}");
    assert!(saturday.at_least > Attempts::whole(1_000), "{saturday:?}");
}

#[test]
fn a_change_for_good_is_followed_after_a_week_and_weekdays_stay_what_they_are() {
    // For four weeks twice as much as from then on, and on weekends always 0.4 of that.
    let weekly = |number: i64| if number / DAY_MINUTES % 7 < 5 { 50 } else { 20 };
    let halved = |number: i64| weekly(number) * if number < 28 * DAY_MINUTES { 2 } else { 1 };
    let near = |days: i64, from: u64, to: u64| {
        let window = expected(&mut learnt(days, halved), days * DAY_MINUTES + 600, Window::Long).unwrap();
        assert!((from * 1_000_000..=to * 1_000_000).contains(&window.attempts.micros()), "{days}: {window:?}");
    };
    near(28, 2_990, 3_010);
    // The tenth day after it is a Thursday, the twelfth a Saturday.
    near(38, 1_490, 1_510);
    near(40, 590, 610);
    near(42, 1_490, 1_510);
}

#[test]
fn bursts_make_the_lower_end_lower() {
    let even = expected(&mut learnt(8, |_| 20), 8 * DAY_MINUTES, Window::Short).unwrap();
    // A hundred in each fifth minute of ten, so that stretches of five differ.
    let bursts = |number: i64| if number % 10 < 5 { 0 } else { 40 };
    let bursts = expected(&mut learnt(8, bursts), 8 * DAY_MINUTES, Window::Short).unwrap();
    assert!(even.at_least > Attempts::whole(70), "{even:?}");
    assert_eq!(bursts.at_least, Attempts::NONE, "half of the time nothing comes in five minutes");
}

#[test]
fn what_an_incident_covers_is_not_learnt_whenever_it_is_told() {
    let outage = |number: i64| if (3_000..3_100).contains(&(number % 4_320)) { 0 } else { 10 };
    let mut before = Baseline::default();
    let mut after = learnt(9, outage);
    for start in [3_000, 7_320, 11_640] {
        before.exclude(minute(start), minute(start + 100));
        after.exclude(minute(start), minute(start + 100));
    }
    (0..9 * DAY_MINUTES).for_each(|number| before.observe(minute(number), outage(number)));
    // 100 minutes touch seven slots of 15.
    assert_eq!(before.covered_minutes(), 9 * 1_440 - 3 * 7 * 15);
    assert_eq!(before.cells, after.cells);
    assert_eq!(attempts(&mut after, 9 * DAY_MINUTES + 130, Window::Long), 300.0);
}

#[test]
fn a_minute_told_twice_counts_once_and_late_attempts_count_too() {
    let mut baseline = learnt(7, |_| 10);
    let once = baseline.clone();
    (0..100).for_each(|number| baseline.observe(minute(number), 99));
    assert_eq!(baseline, once);
    (0..7).for_each(|day| (0..15).for_each(|number| baseline.add_late(minute(day * DAY_MINUTES + 600 + number), 5)));
    // 15 a minute in the middle of the slot, and on a line to the 10 of the slots beside it: 15 - 5 x (2 + 1 + 0 + 1 + 2) / 15 of five minutes.
    let found = attempts(&mut baseline, 7 * DAY_MINUTES + 609, Window::Short);
    assert!((found - 73.0).abs() < 1e-4, "{found}");
}

#[test]
fn memory_is_bounded_and_old_days_are_forgotten() {
    let mut baseline = learnt(60, |number| if number < 30 * DAY_MINUTES { 1_000 } else { 10 });
    let snapshot = baseline.snapshot();
    assert_eq!((snapshot.attempts.len(), snapshot.scatter.len()), (29 * 96, 29));
    assert_eq!(baseline.covered_minutes(), 29 * 1_440);
    assert_eq!(attempts(&mut baseline, 60 * DAY_MINUTES, Window::Short), 50.0);
    baseline.observe(minute(0), 7);
    assert_eq!(baseline.snapshot(), snapshot, "what is too long ago is left out");
}

/// A number of attempts that looks like chance and is the same for a seed and minute.
fn made(seed: u64, number: i64) -> u64 {
    let mixed = (number.unsigned_abs().wrapping_add(seed << 20)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ mixed >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 58
}

/// Every minute that may be learnt from, by its number.
struct Oracle(BTreeMap<i64, u64>);

impl Oracle {
    /// The median over past days of a slot's rate a minute.
    fn rate(&self, slot: i64) -> Option<f64> {
        let mut rates = Vec::new();
        for day in 1..=28 {
            let first = (slot - day * 96) * 15;
            let minutes: Vec<u64> = self.0.range(first..first + 15).map(|(_, attempts)| *attempts).collect();
            if minutes.len() >= 8 {
                rates.push(minutes.iter().sum::<u64>() as f64 / minutes.len() as f64);
            }
        }
        rates.sort_by(f64::total_cmp);
        let half = rates.len() / 2;
        match rates.len() {
            0..3 => None,
            odd if odd % 2 == 1 => Some(rates[half]),
            _ => Some(f64::midpoint(rates[half - 1], rates[half])),
        }
    }

    fn expected(&self, end: i64, minutes: i64) -> Option<f64> {
        let mut sum = 0.0;
        for number in end - minutes + 1..=end {
            let slot = number.div_euclid(15);
            let middle = self.rate(slot)?;
            let off = (number - slot * 15) as f64 + 0.5 - 7.5;
            let other = self.rate(if off < 0.0 { slot - 1 } else { slot + 1 }).unwrap_or(middle);
            sum += middle + (other - middle) * off.abs() / 15.0;
        }
        Some(sum)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Against medians of rates over every single minute, with silent and excluded stretches and in any order.
    #[test]
    fn what_is_expected_is_what_the_minutes_say(
        seed in 0u64..1_000,
        silent in proptest::collection::vec((0i64..17_000, 1i64..400), 0..12),
        excluded in proptest::collection::vec((0i64..17_000, 1i64..400), 0..5),
        asked in proptest::collection::vec(13 * DAY_MINUTES..13 * DAY_MINUTES + 2_000, 4),
    ) {
        let within = |stretches: &[(i64, i64)], number: i64| stretches.iter().any(|(from, length)| (*from..from + length).contains(&number));
        let mut oracle = Oracle(BTreeMap::new());
        let mut numbers: Vec<i64> = (0..13 * DAY_MINUTES).filter(|number| !within(&silent, *number)).collect();
        let slots: Vec<(i64, i64)> = excluded.iter().map(|(from, length)| {
            let first = (MONDAY + from).div_euclid(15) * 15 - MONDAY;
            let end = ((MONDAY + from + length - 1).div_euclid(15) + 1) * 15 - MONDAY;
            (first, end - first)
        }).collect();
        for number in numbers.iter().filter(|number| !within(&slots, **number)) {
            oracle.0.insert(MONDAY + number, made(seed, *number));
        }
        let mut baseline = Baseline::default();
        numbers.iter().for_each(|number| baseline.observe(minute(*number), made(seed, *number)));
        excluded.iter().for_each(|(from, length)| baseline.exclude(minute(*from), minute(from + length)));
        prop_assert_eq!(baseline.covered_minutes(), oracle.0.len() as u64);
        for number in asked {
            for window in Window::ALL {
                let found = expected(&mut baseline, number, window).map(|expected| expected.attempts.to_f64());
                let wanted = oracle.expected(MONDAY + number, window.minutes());
                let is_same = found.zip(wanted).map_or(found == wanted, |(found, wanted)| (found - wanted).abs() < 1e-3);
                prop_assert!(is_same, "{:?} {:?}", found, wanted);
            }
        }
        // In another order, with the exclusions in between, the same is remembered.
        numbers.sort_by_key(|number| made(seed ^ 1, *number));
        let mut shuffled = Baseline::default();
        for (at, number) in numbers.iter().enumerate() {
            if at == 7_000 {
                excluded.iter().for_each(|(from, length)| shuffled.exclude(minute(*from), minute(from + length)));
            }
            shuffled.observe(minute(*number), made(seed, *number));
        }
        prop_assert_eq!(&shuffled.cells, &baseline.cells);
    }

    /// Written down and read back at any time, with whatever it has been asked before, it goes on as if nothing had been.
    #[test]
    fn what_is_written_down_reads_back(seed in 0u64..1_000, cut in 0i64..12_000, asked in 0i64..20_000) {
        let mut straight = learnt(0, |_| 0);
        let mut restored = straight.clone();
        for number in 0..12_000 {
            straight.observe(minute(number), made(seed, number));
            restored.observe(minute(number), made(seed, number));
            if number == cut {
                restored.forecast(minute(asked));
                restored = Baseline::restored(&restored.snapshot());
            }
        }
        prop_assert_eq!(restored.snapshot(), straight.snapshot());
        prop_assert_eq!(restored.forecast(minute(asked)), straight.forecast(minute(asked)));
        prop_assert_eq!(restored, straight);
    }
}
