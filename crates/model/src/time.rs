//! Instants, minutes and durations, in integers of one unit each.
//!
//! Calendars and time zones are not here: an instant is nanoseconds since 1970 in UTC, and nothing else.

use crate::NoSuchDay;
use std::fmt;
use std::str::FromStr;

const NANOS_PER_SECOND: i64 = 1_000_000_000;
const NANOS_PER_MINUTE: i64 = 60 * NANOS_PER_SECOND;
const SECONDS_PER_DAY: i64 = 86_400;

/// An instant: nanoseconds since 1970-01-01 in UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The instant `nanos` nanoseconds after 1970 began.
    pub fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// The instant `seconds` after 1970 began; saturates at the ends of what can be held.
    pub fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(NANOS_PER_SECOND))
    }

    /// The instant of a UTC calendar date and time. `None` when it is no date or cannot be held.
    pub fn from_civil(date: (i64, u32, u32), time: (u32, u32, u32), nanos: u32) -> Option<Self> {
        let (year, month, day) = date;
        let (hour, minute, second) = time;
        let valid_day = (1..=12).contains(&month) && (1..=days_in_month(year, month)).contains(&day);
        // A leap second is read as the second after it, as POSIX time does.
        if !valid_day || hour > 23 || minute > 59 || second > 60 || nanos >= 1_000_000_000 {
            return None;
        }
        let seconds = days_from_civil(year, month, day)
            .checked_mul(SECONDS_PER_DAY)?
            .checked_add(i64::from(hour * 3600 + minute * 60 + second))?;
        seconds.checked_mul(NANOS_PER_SECOND)?.checked_add(i64::from(nanos)).map(Self)
    }

    /// Nanoseconds since 1970.
    pub fn nanos(self) -> i64 {
        self.0
    }

    /// The whole UTC minute that holds this instant.
    pub fn minute(self) -> Minute {
        Minute(self.0.div_euclid(NANOS_PER_MINUTE))
    }

    /// The midnight in UTC with which its day began.
    pub(crate) fn start_of_day(self) -> Self {
        const NANOS_PER_DAY: i64 = SECONDS_PER_DAY * NANOS_PER_SECOND;
        // The first day that can be held began before the first instant that can.
        Self(self.0.div_euclid(NANOS_PER_DAY).saturating_mul(NANOS_PER_DAY))
    }

    /// The instant `duration` later; saturates.
    #[must_use]
    pub fn plus(self, duration: DurationNs) -> Self {
        Self(self.0.saturating_add_unsigned(duration.0))
    }

    /// The instant `duration` earlier; saturates.
    #[must_use]
    pub fn minus(self, duration: DurationNs) -> Self {
        Self(self.0.saturating_sub_unsigned(duration.0))
    }

    /// The time from `earlier` to this instant; zero when it is not later.
    pub fn since(self, earlier: Self) -> DurationNs {
        DurationNs(u64::try_from(i128::from(self.0) - i128::from(earlier.0)).unwrap_or(0))
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC, with as many decimals as needed: `2022-08-23T12:28:00Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.div_euclid(NANOS_PER_SECOND);
        let nanos = self.0.rem_euclid(NANOS_PER_SECOND);
        let (year, month, day) = civil_from_days(seconds.div_euclid(SECONDS_PER_DAY));
        let second = seconds.rem_euclid(SECONDS_PER_DAY);
        write!(f, "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60)?;
        if nanos != 0 {
            write!(f, ".{}", format!("{nanos:09}").trim_end_matches('0'))?;
        }
        f.write_str("Z")
    }
}

/// Why a text is not a [`Timestamp`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// It is written in another way, or has an hour, a minute or an offset that is none.
    #[error("a time is written like `2026-01-31T14:05:00Z`, `2026-01-31T14:05+01:00` or `2026-01-31` (UTC)")]
    Form,
    /// The calendar has no such day.
    #[error(transparent)]
    Day(#[from] NoSuchDay),
}

impl FromStr for Timestamp {
    type Err = TimeError;

    /// Reads RFC 3339; the time of day, its seconds and the offset may be left out (midnight, zero, UTC).
    fn from_str(text: &str) -> Result<Self, TimeError> {
        let wrong = || NoSuchDay::in_text(text).map_or(TimeError::Form, TimeError::Day);
        parse_rfc3339(text.as_bytes()).ok_or_else(wrong)
    }
}

fn parse_rfc3339(text: &[u8]) -> Option<Timestamp> {
    let (date, rest) = text.split_at_checked(10)?;
    let number = |t: &[u8]| -> Option<u32> {
        t.iter().try_fold(0u32, |n, b| b.is_ascii_digit().then(|| n * 10 + u32::from(b - b'0')))
    };
    if date[4] != b'-' || date[7] != b'-' {
        return None;
    }
    let date = (i64::from(number(&date[..4])?), number(&date[5..7])?, number(&date[8..10])?);
    let Some((b'T' | b't' | b' ', rest)) = rest.split_first() else {
        return if rest.is_empty() { Timestamp::from_civil(date, (0, 0, 0), 0) } else { None };
    };
    let (clock, mut rest) = rest.split_at_checked(5)?;
    if clock[2] != b':' {
        return None;
    }
    let (mut second, mut nanos) = (0, 0);
    if let Some(after) = rest.strip_prefix(b":") {
        let (digits, after) = after.split_at_checked(2)?;
        second = number(digits)?;
        rest = after;
        if let Some(fraction) = rest.strip_prefix(b".").or_else(|| rest.strip_prefix(b",")) {
            let length = fraction.iter().take_while(|b| b.is_ascii_digit()).count();
            if length == 0 {
                return None;
            }
            let digits = fraction[..length].iter().chain(std::iter::repeat(&b'0')).take(9);
            nanos = digits.fold(0, |n, digit| n * 10 + u32::from(digit - b'0'));
            rest = &fraction[length..];
        }
    }
    let local = Timestamp::from_civil(date, (number(&clock[..2])?, number(&clock[3..5])?, second), nanos)?;
    let offset_minutes = match rest {
        [] | b"Z" | b"z" => 0,
        [sign @ (b'+' | b'-'), zone @ ..] => {
            let (hours, minutes) = match zone.len() {
                5 if zone[2] == b':' => (number(&zone[..2])?, number(&zone[3..])?),
                4 => (number(&zone[..2])?, number(&zone[2..])?),
                _ => return None,
            };
            let minutes = (hours < 24 && minutes < 60).then(|| i64::from(hours * 60 + minutes))?;
            if *sign == b'-' { -minutes } else { minutes }
        }
        _ => return None,
    };
    local.0.checked_sub(offset_minutes * NANOS_PER_MINUTE).map(Timestamp)
}

/// Days from 1970-01-01 to a date of the proleptic Gregorian calendar (Hinnant, *chrono-compatible date algorithms*).
fn days_from_civil(year: i64, month: u32, day: u32) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = i64::from((153 * ((month + 9) % 12) + 2) / 5 + day - 1);
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The inverse of [`days_from_civil`].
fn civil_from_days(days: i64) -> (i64, u32, u32) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, u32::try_from(month).unwrap_or(1), u32::try_from(day).unwrap_or(1))
}

fn days_in_month(year: i64, month: u32) -> u32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// A whole UTC minute: minutes since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Minute(i64);

impl Minute {
    /// The minute by its number since 1970.
    pub fn new(minutes: i64) -> Self {
        Self(minutes)
    }

    /// Minutes since 1970.
    pub fn number(self) -> i64 {
        self.0
    }

    /// The instant at which the minute begins; saturates.
    pub fn start(self) -> Timestamp {
        Timestamp(self.0.saturating_mul(NANOS_PER_MINUTE))
    }
}

/// A length of time in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DurationNs(u64);

/// Why a text is not a [`DurationNs`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct DurationError {
    /// What was probably meant.
    meant: Option<DurationNs>,
}

impl fmt::Display for DurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a duration is a whole number with a unit (ns, us, ms, s, m, h, d, w), such as `300ms` or `28d`")?;
        self.meant.map_or(Ok(()), |meant| write!(f, ": did you mean `{meant}`?"))
    }
}

/// Units of durations, longest first, in nanoseconds.
const UNITS: [(&str, u64); 8] = [
    ("w", 604_800_000_000_000),
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

impl DurationNs {
    /// A duration of so many nanoseconds.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// A duration of so many milliseconds; saturates.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis.saturating_mul(1_000_000))
    }

    /// A duration of so many seconds; saturates.
    pub const fn from_seconds(seconds: u64) -> Self {
        Self(seconds.saturating_mul(1_000_000_000))
    }

    /// Nanoseconds.
    pub const fn nanos(self) -> u64 {
        self.0
    }
}

impl FromStr for DurationNs {
    type Err = DurationError;

    /// Reads `300ms`, `28d` or a sum such as `1h30m`.
    fn from_str(text: &str) -> Result<Self, DurationError> {
        whole_units(text).ok_or_else(|| DurationError { meant: decimal_with_word(text) })
    }
}

/// A sum of whole numbers with units.
fn whole_units(text: &str) -> Option<DurationNs> {
    let mut total: u64 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let letters = rest[digits..].bytes().take_while(u8::is_ascii_alphabetic).count();
        let (number, unit) = rest[..digits + letters].split_at(digits);
        let (_, nanos) = UNITS.iter().find(|(name, _)| *name == unit)?;
        total = number.parse::<u64>().ok().and_then(|n| n.checked_mul(*nanos)).and_then(|n| total.checked_add(n))?;
        rest = &rest[digits + letters..];
    }
    (!text.is_empty()).then_some(DurationNs(total))
}

/// One number, perhaps with a fraction, and a unit as people say it: `0.5s`, `30 days`.
fn decimal_with_word(text: &str) -> Option<DurationNs> {
    let text = text.trim().to_ascii_lowercase();
    let (number, word) = text.split_at(text.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | ','))?);
    let unit = match word.trim() {
        "milliseconds" | "millisecond" | "msec" | "msecs" => "ms",
        "seconds" | "second" | "sec" | "secs" => "s",
        "minutes" | "minute" | "min" | "mins" => "m",
        "hours" | "hour" | "hr" | "hrs" => "h",
        "days" | "day" => "d",
        "weeks" | "week" => "w",
        other => other,
    };
    let (_, nanos) = UNITS.iter().find(|(name, _)| *name == unit)?;
    let (whole, fraction) = number.split_once(['.', ',']).unwrap_or((number, ""));
    // More digits than that are no slip.
    let scale = 10_u64.checked_pow(u32::try_from(fraction.len()).ok().filter(|length| *length <= 6)?)?;
    let digits: u64 = format!("{whole}{fraction}").parse().ok()?;
    let total = digits.checked_mul(*nanos)?;
    total.is_multiple_of(scale).then(|| DurationNs(total / scale)).filter(|meant| meant.0 > 0)
}

impl fmt::Display for DurationNs {
    /// The largest unit that divides it: `300ms`, `28d`, `90m`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.pad("0s");
        }
        // Weeks are read but not written: 28d is what people say.
        let (unit, nanos) =
            UNITS[1..].iter().find(|(_, nanos)| self.0.is_multiple_of(*nanos)).unwrap_or(&UNITS[UNITS.len() - 1]);
        f.pad(&format!("{}{unit}", self.0 / nanos))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_duration_as_people_say_it_is_told_as_it_is_written() {
        let told = |text: &str| text.parse::<DurationNs>().unwrap_err().to_string();
        for (text, meant) in
            [("0.5s", "500ms"), ("30 days", "30d"), ("1,5 h", "90m"), ("5 Minutes", "5m"), ("10min", "10m")]
        {
            assert!(told(text).ends_with(&format!(": did you mean `{meant}`?")), "{}", told(text));
        }
        for text in ["", "s", "soon", "0.3333333333s", "0 days", "1.2.3s", "99999999999999999999d", "é"] {
            assert!(told(text).ends_with("or `28d`"), "{}", told(text));
        }
    }

    #[test]
    fn times_are_read_with_and_without_seconds_offset_and_fraction() {
        for (text, printed) in [
            ("2022-08-23T12:28:00Z", "2022-08-23T12:28:00Z"),
            ("2022-08-23T14:28+02:00", "2022-08-23T12:28:00Z"),
            ("2022-08-23T14:28:01.250+0200", "2022-08-23T12:28:01.25Z"),
            ("2024-02-29", "2024-02-29T00:00:00Z"),
            ("1969-12-31T23:59:59.999999999Z", "1969-12-31T23:59:59.999999999Z"),
            ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
        ] {
            assert_eq!(text.parse::<Timestamp>().unwrap().to_string(), printed);
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "2022",
            "2022-13-01",
            "2023-02-29",
            "2022-08-23T25:00Z",
            "2022-08-23T12:00:00+25:00",
            "2022-08-23T12:00:00.Z",
        ] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
    }

    #[test]
    fn durations_have_units_and_sums() {
        for (text, nanos) in [("300ms", 300_000_000), ("28d", 28 * 86_400_000_000_000), ("1h30m", 5_400_000_000_000)] {
            assert_eq!(text.parse::<DurationNs>().unwrap().nanos(), nanos);
        }
        for text in ["", "5", "ms", "1.5s", "-1s", "99999999999w", "1 s", "µs"] {
            assert!(text.parse::<DurationNs>().is_err(), "{text}");
        }
        assert_eq!("4w".parse::<DurationNs>().unwrap().to_string(), "28d");
    }

    proptest! {
        #[test]
        fn a_printed_time_reads_back(nanos in -60_000_000_000_000_000i64..i64::MAX) {
            let time = Timestamp::from_nanos(nanos);
            prop_assert_eq!(time.to_string().parse::<Timestamp>(), Ok(time));
        }

        #[test]
        fn a_printed_duration_reads_back(nanos in 0..u64::MAX) {
            let duration = DurationNs::from_nanos(nanos);
            prop_assert_eq!(duration.to_string().parse::<DurationNs>(), Ok(duration));
        }

        #[test]
        fn an_instant_lies_in_its_minute(nanos in i64::MIN / 2..i64::MAX / 2) {
            let time = Timestamp::from_nanos(nanos);
            let start = time.minute().start();
            prop_assert!(start <= time && time.since(start).nanos() < 60_000_000_000);
        }
    }
}
