//! Stretches of time that come again and again.

use super::rule::{Frequency, Rule, RuleDay, RuleEnd};
use super::{RuleError, touches};
use crate::Period;
use crate::calendar::{ClockTime, Zone};
use crate::period::minutes_of;
use milepost_model::{DurationNs, Minute};
use std::fmt;

/// A stretch of time on the clock of a zone that comes again by a rule of RFC 5545.
///
/// A time that the clock skips is the first instant after the gap; one that it shows twice is the first. A month without the day is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recurrence {
    start: ClockTime,
    zone: Zone,
    minutes: u64,
    rule: Rule,
    /// The rule as written.
    text: String,
}

/// `30m from 2026-01-04T22:00 in Europe/Zurich, FREQ=WEEKLY`
impl fmt::Display for Recurrence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let duration = DurationNs::from_seconds(self.minutes * 60);
        write!(f, "{duration} from {} in {}, {}", self.start, self.zone, self.text)
    }
}

/// Why something is no [`Recurrence`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecurrenceError {
    /// The rule cannot be read.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// The duration is no number of minutes within the bounds.
    #[error("a recurring correction lasts whole minutes, at most 7 d each time")]
    Duration,
    /// The rule does not have the first.
    #[error("the first, {first}, is on no day that the rule names")]
    FirstNotInRule {
        /// When it would begin.
        first: ClockTime,
    },
}

/// Longest of them: what takes longer is not taken out again and again.
const LONGEST: DurationNs = DurationNs::from_seconds(7 * 86_400);
const MINUTE: DurationNs = DurationNs::from_seconds(60);
/// More steps than this are not followed: a century of days. Each is looked at when a window is read.
const MOST_STEPS: i64 = 36_600;

impl Recurrence {
    /// So long from a time on the zone's clock, and again by the rule, such as `FREQ=WEEKLY;BYDAY=SU`.
    pub fn new(start: ClockTime, zone: Zone, duration: DurationNs, rule: &str) -> Result<Self, RecurrenceError> {
        let whole = duration.nanos() > 0 && duration.nanos().is_multiple_of(MINUTE.nanos()) && duration <= LONGEST;
        if !whole {
            return Err(RecurrenceError::Duration);
        }
        let recurrence =
            Self { start, zone, minutes: minutes_of(duration), rule: rule.parse()?, text: rule.to_owned() };
        // RFC 5545 leaves undefined what happens otherwise.
        if recurrence.days_of(0).first() != Some(&start) {
            return Err(RecurrenceError::FirstNotInRule { first: start });
        }
        Ok(recurrence)
    }

    /// The minute with which the first begins.
    pub fn first(&self) -> Minute {
        self.zone.minute(self.start)
    }

    /// Those that touch a period, in order.
    pub fn periods(&self, within: Period) -> Vec<Period> {
        let mut found = Vec::new();
        let mut left = match self.rule.end {
            RuleEnd::Count(count) => count,
            _ => u32::MAX,
        };
        for time in (0..MOST_STEPS).flat_map(|step| self.days_of(step)) {
            let first = self.zone.minute(time);
            if left == 0 || first >= within.end || !self.is_before_end(time, first) {
                break;
            }
            left -= 1;
            let length = i64::try_from(self.minutes).unwrap_or(i64::MAX);
            let period = Period::new(first, Minute::new(first.number().saturating_add(length)));
            found.extend(Some(period).filter(|period| touches(*period, within)));
        }
        found
    }

    fn is_before_end(&self, time: ClockTime, first: Minute) -> bool {
        match self.rule.end {
            RuleEnd::Never | RuleEnd::Count(_) => true,
            RuleEnd::Instant(last) => first.start() <= last,
            RuleEnd::Day(last) => time.days_since(last) <= 0,
        }
    }

    /// The times of the rule's so-manieth day, week, month or year from the start on, in order.
    fn days_of(&self, step: i64) -> Vec<ClockTime> {
        let step = step.saturating_mul(i64::from(self.rule.interval));
        let mut times = match self.rule.frequency {
            Frequency::Daily => vec![self.start.plus_days(step)],
            Frequency::Weekly if self.rule.days.is_empty() => vec![self.start.plus_days(step.saturating_mul(7))],
            Frequency::Weekly => {
                let monday = self.start.plus_days(step.saturating_mul(7) - i64::from(self.start.weekday()));
                (0..7).map(|day| monday.plus_days(day)).collect()
            }
            Frequency::Monthly if self.rule.days.is_empty() => self.same_day(step),
            Frequency::Monthly => self.month(step),
            Frequency::Yearly => self.same_day(step.saturating_mul(12)),
        };
        times.retain(|time| *time >= self.start && self.is_named(*time));
        times
    }

    /// The start's day, if the month has it.
    fn same_day(&self, months: i64) -> Vec<ClockTime> {
        let time = self.start.plus_months(months);
        Some(time).filter(|time| time.day_of_month() == self.start.day_of_month()).into_iter().collect()
    }

    /// All days of a month at the start's time of day.
    fn month(&self, months: i64) -> Vec<ClockTime> {
        let first = self.start.plus_days(1 - i64::from(self.start.day_of_month())).plus_months(months);
        (0..31).map(|day| first.plus_days(day)).filter(|time| time.months_since(first) == 0).collect()
    }

    /// Whether the rule names the day of the week, and which of the month's it is.
    fn is_named(&self, time: ClockTime) -> bool {
        let days = &self.rule.days;
        days.is_empty() || days.iter().any(|day| day.weekday == time.weekday() && is_the_ordinal(*day, time))
    }
}

fn is_the_ordinal(day: RuleDay, time: ClockTime) -> bool {
    let Some(ordinal) = day.ordinal else { return true };
    // The first is the one before which a week earlier is another month, and so on.
    let weeks = i64::from(ordinal.unsigned_abs());
    let towards = |weeks: i64| if ordinal > 0 { time.plus_days(-7 * weeks) } else { time.plus_days(7 * weeks) };
    towards(weeks - 1).months_since(time) == 0 && towards(weeks).months_since(time) != 0
}
