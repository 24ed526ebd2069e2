//! What corrections take out, and which are refused.

use super::*;
use crate::calendar::{ClockTime, Zone};
use proptest::prelude::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn sponsors(author: &str, approver: &str) -> Sponsors {
    Sponsors { reason: "moved the database".to_owned(), author: author.to_owned(), approver: approver.to_owned() }
}

fn once(from: &str, to: &str) -> When {
    When::Once { from: at(from), to: at(to) }
}

fn recurrence(start: &str, zone: &str, duration: &str, rule: &str) -> Result<Recurrence, RecurrenceError> {
    let (start, zone): (ClockTime, Zone) = (start.parse().unwrap(), zone.parse().unwrap());
    Recurrence::new(start, zone, duration.parse().unwrap(), rule)
}

/// When those in a period begin, in UTC.
fn starts(start: &str, zone: &str, rule: &str, from: &str, to: &str) -> Vec<String> {
    let within = Period::new(at(from).minute(), at(to).minute());
    let periods = recurrence(start, zone, "30m", rule).unwrap().periods(within);
    periods.iter().map(|period| period.start.start().to_string()[..16].to_owned()).collect()
}

#[test]
fn somebody_else_must_agree_and_say_why() {
    let new = |sponsors| {
        Correction::new(
            once("2026-01-31T22:00Z", "2026-01-31T23:00Z"),
            Category::Maintenance,
            sponsors,
            at("2026-02-01"),
        )
    };
    assert!(new(sponsors("ada", "grace")).is_ok());
    assert_eq!(new(sponsors("ada", "Ada ")), Err(CorrectionError::SameApprover("ada".to_owned())));
    assert_eq!(new(sponsors("ada", " ")), Err(CorrectionError::NoName));
    assert_eq!(new(Sponsors { reason: " ".to_owned(), ..sponsors("ada", "grace") }), Err(CorrectionError::NoReason));
}

#[test]
fn nothing_older_than_thirty_days_is_corrected() {
    let new = |recorded| {
        Correction::new(
            once("2026-01-01T00:00Z", "2026-01-01T01:00Z"),
            Category::Other,
            sponsors("ada", "grace"),
            at(recorded),
        )
    };
    assert!(new("2026-01-31T00:00Z").is_ok());
    assert!(matches!(new("2026-01-31T00:00:01Z"), Err(CorrectionError::TooFarBack { .. })));
    let empty = once("2026-01-01T00:00Z", "2026-01-01T00:00Z");
    let empty = Correction::new(empty, Category::Other, sponsors("ada", "grace"), at("2026-01-01"));
    assert_eq!(empty, Err(CorrectionError::Empty));
}

#[test]
fn only_whole_minutes_are_taken_out() {
    let when = once("2026-01-31T22:00:30Z", "2026-01-31T22:05:30Z");
    let correction = Correction::new(when, Category::Deployment, sponsors("ada", "grace"), at("2026-02-01")).unwrap();
    let january = Period::new(at("2026-01-01").minute(), at("2026-02-01").minute());
    let taken = Exclusions::of([&correction], january);
    let taken: Vec<String> =
        taken.periods().iter().flat_map(|p| [p.start, p.end]).map(|m| m.start().to_string()).collect();
    assert_eq!(taken, ["2026-01-31T22:01:00Z", "2026-01-31T22:05:00Z"]);
    let february = Period::new(at("2026-02-01").minute(), at("2026-03-01").minute());
    assert!(Exclusions::of([&correction], february).is_empty());
}

#[test]
fn a_weekly_time_keeps_to_the_clock_over_its_changes() {
    // Zurich changes to summer time on 31 March 2024: 22:00 is 21:00Z before and 20:00Z after.
    let found = starts("2024-03-24 22:00", "Europe/Zurich", "FREQ=WEEKLY;BYDAY=SU", "2024-03-01", "2024-04-09");
    assert_eq!(found, ["2024-03-24T21:00", "2024-03-31T20:00", "2024-04-07T20:00"]);
    // 02:30 does not exist on that day.
    let found = starts("2024-03-30 02:30", "Europe/Zurich", "FREQ=DAILY", "2024-03-30", "2024-04-02");
    assert_eq!(found, ["2024-03-30T01:30", "2024-03-31T01:00", "2024-04-01T00:30"]);
}

#[test]
fn intervals_days_counts_and_ends_are_those_of_the_rfc() {
    let utc = |start, rule, to| starts(start, "UTC", rule, "2024-01-01", to);
    assert_eq!(
        utc("2024-01-02 10:00", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,FR", "2024-02-01"),
        ["2024-01-02T10:00", "2024-01-05T10:00", "2024-01-16T10:00", "2024-01-19T10:00", "2024-01-30T10:00"]
    );
    assert_eq!(
        utc("2024-01-31 10:00", "FREQ=MONTHLY;COUNT=3", "2025-01-01"),
        ["2024-01-31T10:00", "2024-03-31T10:00", "2024-05-31T10:00"]
    );
    assert_eq!(
        utc("2024-01-26 10:00", "FREQ=MONTHLY;BYDAY=-1FR;COUNT=3", "2025-01-01"),
        ["2024-01-26T10:00", "2024-02-23T10:00", "2024-03-29T10:00"]
    );
    assert_eq!(
        utc("2024-01-07 10:00", "FREQ=MONTHLY;BYDAY=1SU;INTERVAL=2;COUNT=2", "2025-01-01"),
        ["2024-01-07T10:00", "2024-03-03T10:00"]
    );
    assert_eq!(
        utc("2024-02-29 10:00", "FREQ=YEARLY", "2033-01-01"),
        ["2024-02-29T10:00", "2028-02-29T10:00", "2032-02-29T10:00"]
    );
    // The last day is among them, and so is what begins at the last instant.
    assert_eq!(utc("2024-01-01 10:00", "FREQ=DAILY;UNTIL=20240103", "2025-01-01").len(), 3);
    assert_eq!(utc("2024-01-01 10:00", "RRULE:FREQ=DAILY;UNTIL=20240103T100000Z", "2025-01-01").len(), 3);
    assert_eq!(utc("2024-01-01 10:00", "FREQ=DAILY;UNTIL=20240103T095959Z", "2025-01-01").len(), 2);
    assert_eq!(utc("2024-01-05 10:00", "FREQ=DAILY;BYDAY=FR,MO;COUNT=3", "2025-01-01").len(), 3);
}

#[test]
fn what_is_not_read_is_refused_with_what_would_be_right() {
    let told = |rule: &str| recurrence("2024-01-01 10:00", "UTC", "30m", rule).unwrap_err().to_string();
    assert_eq!(told(""), "`` is not a part of a rule: write `KEY=VALUE`, with `;` between parts");
    assert_eq!(told("INTERVAL=2"), "a rule needs `FREQ=DAILY`, `WEEKLY`, `MONTHLY` or `YEARLY`");
    assert!(told("FREQ=DAILY;BYHOUR=3").starts_with("`BYHOUR` is not read here"));
    assert!(told("FREQ=HOURLY").starts_with("`FREQ` cannot be `HOURLY`"));
    assert!(told("FREQ=DAILY;INTERVAL=0").starts_with("`INTERVAL` cannot be `0`"));
    assert!(told("FREQ=DAILY;BYDAY=XX").starts_with("`BYDAY` cannot be `XX`"));
    assert!(told("FREQ=DAILY;BYDAY=é").starts_with("`BYDAY` cannot be `é`"));
    assert!(told("FREQ=DAILY;UNTIL=2024-01-01").starts_with("`UNTIL` cannot be"));
    assert!(told("FREQ=DAILY;UNTIL=20240101T10€000Z").starts_with("`UNTIL` cannot be"));
    assert_eq!(told("FREQ=DAILY;COUNT=1;UNTIL=20240101"), "a rule has COUNT or UNTIL, not both");
    assert_eq!(told("FREQ=DAILY;FREQ=DAILY"), "`FREQ` stands twice in the rule");
    assert!(told("FREQ=WEEKLY;BYDAY=1SU").contains("write FREQ=MONTHLY"));
    assert!(told("FREQ=WEEKLY;WKST=SU").starts_with("`WKST` cannot be `SU`"));
    // 1 January 2024 was a Monday.
    assert_eq!(told("FREQ=WEEKLY;BYDAY=TU"), "the first, 2024-01-01 10:00:00, is on no day that the rule names");
    assert!(recurrence("2024-01-01 10:00", "UTC", "8d", "FREQ=DAILY").is_err());
}

proptest! {
    /// By stepping through each minute's date.
    #[test]
    fn a_rule_has_exactly_the_days_that_it_names(interval in 1i64..4, mask in 1u8..128, first in 0i64..400) {
        let start = "2024-01-01 10:00".parse::<ClockTime>().unwrap().plus_days(first);
        let names = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
        let mask = mask | 1 << start.weekday();
        let days: Vec<&str> = (0..7).filter(|day| mask >> day & 1 == 1).map(|day| names[day]).collect();
        let rule = format!("FREQ=WEEKLY;INTERVAL={interval};BYDAY={}", days.join(","));
        let recurrence = Recurrence::new(start, Zone::utc(), "30m".parse().unwrap(), &rule).unwrap();
        let within = Period::new(recurrence.first(), Minute::new(recurrence.first().number() + 60 * 1_440));
        let found: Vec<Minute> = recurrence.periods(within).iter().map(|period| period.start).collect();
        let expected: Vec<Minute> = (0..60).filter(|day| {
            let week = (day + i64::from(start.weekday())) / 7;
            week % interval == 0 && mask >> start.plus_days(*day).weekday() & 1 == 1
        }).map(|day| Minute::new(recurrence.first().number() + day * 1_440)).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn no_text_makes_a_rule_panic(text in "(FREQ=(DAILY|WEEKLY|MONTHLY))?[;=A-Z0-9,é-]{0,30}") {
        let _ = recurrence("2024-01-01 10:00", "UTC", "30m", &text);
    }
}
