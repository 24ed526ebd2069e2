//! Periods over daylight saving changes, gaps at midnight, leap years and the date line.

use super::*;
use proptest::prelude::*;

fn minute(text: &str) -> Minute {
    text.parse::<Timestamp>().unwrap().minute()
}

fn calendar(unit: CalendarUnit, zone: &str) -> Calendar {
    Calendar::new(unit, zone.parse().unwrap())
}

/// Start and end of the period that holds an instant, in UTC.
fn bounds(unit: CalendarUnit, zone: &str, at: &str) -> [String; 2] {
    let period = calendar(unit, zone).period(minute(at));
    [period.start, period.end].map(|minute| minute.start().to_string())
}

#[test]
fn a_day_has_23_or_25_hours_when_the_clock_changes() {
    let hours = |zone: &str, at: &str| calendar(CalendarUnit::Day, zone).period(minute(at)).minutes();
    // Zurich: 31 March and 27 October 2024; New York: 10 March and 3 November 2024.
    assert_eq!(hours("Europe/Zurich", "2024-03-31T12:00Z"), 23 * 60);
    assert_eq!(hours("Europe/Zurich", "2024-10-27T12:00Z"), 25 * 60);
    assert_eq!(hours("America/New_York", "2024-03-10T18:00Z"), 23 * 60);
    assert_eq!(hours("America/New_York", "2024-11-03T18:00Z"), 25 * 60);
    // Lord Howe moves its clock by half an hour.
    assert_eq!(hours("Australia/Lord_Howe", "2024-10-05T20:00Z"), 23 * 60 + 30);
    assert_eq!(hours("Australia/Lord_Howe", "2024-04-06T20:00Z"), 24 * 60 + 30);
}

#[test]
fn months_of_three_zones_begin_at_local_midnight() {
    let month = CalendarUnit::Month;
    // The clock changes within the month: the end is an hour earlier in UTC than the start.
    let zurich = ["2024-02-29T23:00:00Z", "2024-03-31T22:00:00Z"];
    assert_eq!(bounds(month, "Europe/Zurich", "2024-03-15T00:00Z"), zurich);
    let new_york = ["2024-11-01T04:00:00Z", "2024-12-01T05:00:00Z"];
    assert_eq!(bounds(month, "America/New_York", "2024-11-15T00:00Z"), new_york);
    let sydney = ["2024-03-31T13:00:00Z", "2024-04-30T14:00:00Z"];
    assert_eq!(bounds(month, "Australia/Sydney", "2024-04-15T00:00Z"), sydney);
}

#[test]
fn a_period_begins_after_a_gap_at_midnight() {
    // In Santiago midnight of 8 September 2024 does not exist.
    let santiago = ["2024-09-08T04:00:00Z", "2024-09-09T03:00:00Z"];
    assert_eq!(bounds(CalendarUnit::Day, "America/Santiago", "2024-09-08T12:00Z"), santiago);
    // With a time of day within the gap, the period begins with the first instant after it, not later.
    let anchor: ClockTime = "2024-09-01 00:30".parse().unwrap();
    let days = Calendar::anchored(CalendarUnit::Day, 1, anchor, "America/Santiago".parse().unwrap());
    assert_eq!(days.period(minute("2024-09-08T12:00Z")).start, minute("2024-09-08T04:00:00Z"));
}

#[test]
fn a_midnight_that_comes_twice_begins_the_day_once() {
    // Havana goes from 01:00 back to midnight on 3 November 2024.
    let havana = ["2024-11-03T04:00:00Z", "2024-11-04T05:00:00Z"];
    assert_eq!(bounds(CalendarUnit::Day, "America/Havana", "2024-11-03T04:30Z"), havana);
    assert_eq!(bounds(CalendarUnit::Day, "America/Havana", "2024-11-03T05:30Z"), havana);
}

#[test]
fn a_day_that_a_zone_left_out_is_no_period() {
    // Samoa crossed the date line: 30 December 2011 does not exist there.
    let after = ["2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"];
    assert_eq!(bounds(CalendarUnit::Day, "Pacific/Apia", "2011-12-30T10:00Z"), after);
    let before = ["2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z"];
    assert_eq!(bounds(CalendarUnit::Day, "Pacific/Apia", "2011-12-30T09:59Z"), before);
}

#[test]
fn a_leap_day_lengthens_its_month_quarter_and_year() {
    let days = |unit, at: &str| calendar(unit, "UTC").period(minute(at)).minutes() / 1_440;
    assert_eq!([2023, 2024].map(|year| days(CalendarUnit::Month, &format!("{year}-02-10"))), [28, 29]);
    assert_eq!([2023, 2024].map(|year| days(CalendarUnit::Quarter, &format!("{year}-02-10"))), [90, 91]);
    assert_eq!([1900, 2000, 2024].map(|year| days(CalendarUnit::Year, &format!("{year}-07-10"))), [365, 366, 366]);
    assert_eq!(bounds(CalendarUnit::Week, "UTC", "2024-03-03"), ["2024-02-26T00:00:00Z", "2024-03-04T00:00:00Z"]);
}

#[test]
fn day_31_is_the_last_day_of_shorter_months() {
    let anchor: ClockTime = "2023-12-31 00:00".parse().unwrap();
    let months = Calendar::anchored(CalendarUnit::Month, 1, anchor, Zone::utc());
    let start = |at: &str| months.period(minute(at)).start.start().to_string();
    assert_eq!(start("2024-02-28T23:59Z"), "2024-01-31T00:00:00Z");
    assert_eq!(start("2024-02-29T00:00Z"), "2024-02-29T00:00:00Z");
    // Clamping does not stick: March has its 31st again.
    assert_eq!(start("2024-03-31T00:00Z"), "2024-03-31T00:00:00Z");
    let two_weeks = Calendar::anchored(CalendarUnit::Week, 2, anchor, Zone::utc());
    assert_eq!(two_weeks.period(minute("2024-01-14T00:00Z")).start, minute("2024-01-14T00:00Z"));
}

#[test]
fn unknown_zones_are_told_with_the_version_of_the_data() {
    assert!(time_zone_data_version().starts_with("20"), "{}", time_zone_data_version());
    let told = "Europe/Atlantis".parse::<Zone>().unwrap_err().to_string();
    assert!(told.starts_with("`Europe/Atlantis` is not a time zone") && told.contains(time_zone_data_version()));
}

#[test]
fn a_clock_time_has_no_zone() {
    for text in ["2024-01-31T10:00Z", "2024-01-31T10:00+01:00", "2024-01-31T10-05", "", "31.1.2024", "2024-02-30"] {
        assert_eq!(text.parse::<ClockTime>(), Err(ClockTimeError), "{text}");
    }
    assert_eq!("2024-01-31".parse::<ClockTime>().unwrap().to_string(), "2024-01-31 00:00:00");
}

#[test]
fn minutes_that_no_instant_has_end_the_search() {
    let year = calendar(CalendarUnit::Year, "Europe/Zurich");
    assert!(year.period(Minute::new(i64::MIN)).start < year.period(Minute::new(i64::MAX)).start);
}

proptest! {
    /// By any zone with changes of clock, and at the years around which there are such changes.
    #[test]
    fn every_minute_is_in_exactly_one_period_and_neighbours_touch(
        at in -10_000_000i64..60_000_000, unit in 0usize..5,
        zone in proptest::sample::select(vec!["UTC", "Europe/Zurich", "America/Havana", "Australia/Lord_Howe", "Pacific/Apia"])
    ) {
        let calendar = calendar(CalendarUnit::ALL[unit], zone);
        let at = Minute::new(at);
        let period = calendar.period(at);
        prop_assert!(period.contains(at));
        prop_assert_eq!(calendar.period(period.start), period);
        prop_assert_eq!(calendar.period(Minute::new(period.end.number() - 1)), period);
        prop_assert_eq!(calendar.period(period.end).start, period.end);
    }
}
