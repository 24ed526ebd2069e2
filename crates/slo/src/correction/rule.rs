//! Recurrence rules: a part of RFC 5545.
//!
//! `FREQ` is `DAILY`, `WEEKLY`, `MONTHLY` or `YEARLY`, with `INTERVAL`, `BYDAY` (not with `YEARLY`; with ordinals such as `1SU` or `-1FR` only with
//! `MONTHLY`), and `COUNT` or `UNTIL`. Weeks begin on Monday. Anything else is refused rather than read in part.

use crate::calendar::ClockTime;
use milepost_model::{TimeError, Timestamp};
use std::str::FromStr;

/// A rule as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) frequency: Frequency,
    pub(super) interval: u16,
    pub(super) days: Vec<RuleDay>,
    pub(super) end: RuleEnd,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frequency {
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// A day of the week: every one, or the so-manieth of a month, from its end when negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RuleDay {
    pub(super) weekday: u8,
    pub(super) ordinal: Option<i8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RuleEnd {
    Never,
    /// After so many.
    Count(u32),
    /// None begins later than this instant.
    Instant(Timestamp),
    /// None begins later than the clock shows this day.
    Day(ClockTime),
}

/// Why a text is no recurrence rule, or one that is not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// Not `KEY=VALUE` parts with semicolons between them.
    #[error("`{0}` is not a part of a rule: write `KEY=VALUE`, with `;` between parts")]
    Part(String),
    /// A key that RFC 5545 has not, or that is not read.
    #[error("`{0}` is not read here: a rule has FREQ, INTERVAL, BYDAY, and COUNT or UNTIL")]
    Key(String),
    /// A key that stands twice.
    #[error("`{0}` stands twice in the rule")]
    Twice(String),
    /// A value that the key cannot have.
    #[error("`{key}` cannot be `{value}`: {right}")]
    Value {
        /// The key.
        key: &'static str,
        /// What is written.
        value: String,
        /// What would be right.
        right: &'static str,
    },
    /// No frequency.
    #[error("a rule needs `FREQ=DAILY`, `WEEKLY`, `MONTHLY` or `YEARLY`")]
    NoFrequency,
    /// Keys that do not go together.
    #[error("{0}")]
    Together(&'static str),
}

const FREQUENCIES: [(&str, Frequency); 4] = [
    ("DAILY", Frequency::Daily),
    ("WEEKLY", Frequency::Weekly),
    ("MONTHLY", Frequency::Monthly),
    ("YEARLY", Frequency::Yearly),
];
const WEEKDAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
const KEYS: [&str; 6] = ["FREQ", "INTERVAL", "BYDAY", "COUNT", "UNTIL", "WKST"];

impl FromStr for Rule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        let text = text.strip_prefix("RRULE:").unwrap_or(text);
        let mut values: [Option<&str>; KEYS.len()] = [None; KEYS.len()];
        for part in text.split(';') {
            let (key, value) = part.split_once('=').ok_or_else(|| RuleError::Part(part.to_owned()))?;
            let place = KEYS.iter().position(|known| *known == key).ok_or_else(|| RuleError::Key(key.to_owned()))?;
            if values[place].replace(value).is_some() {
                return Err(RuleError::Twice(key.to_owned()));
            }
        }
        let [frequency, interval, days, count, until, week_start] = values;
        let frequency = frequency.ok_or(RuleError::NoFrequency)?;
        let found = FREQUENCIES.iter().find(|(name, _)| *name == frequency);
        let (_, frequency) = found.ok_or_else(|| wrong("FREQ", frequency, "DAILY, WEEKLY, MONTHLY or YEARLY"))?;
        if let Some(other) = week_start.filter(|start| *start != "MO") {
            return Err(wrong("WKST", other, "weeks begin on Monday, MO"));
        }
        let days = days.map_or(Ok(Vec::new()), read_days)?;
        check_days(*frequency, &days)?;
        let end = match (count, until) {
            (Some(_), Some(_)) => return Err(RuleError::Together("a rule has COUNT or UNTIL, not both")),
            (Some(count), None) => RuleEnd::Count(read_number("COUNT", count)?),
            (None, Some(until)) => read_until(until)?,
            (None, None) => RuleEnd::Never,
        };
        let interval = interval.map_or(Ok(1), |text| read_number("INTERVAL", text))?;
        Ok(Self { frequency: *frequency, interval, days, end })
    }
}

fn wrong(key: &'static str, value: &str, right: &'static str) -> RuleError {
    RuleError::Value { key, value: value.to_owned(), right }
}

fn read_number<N: FromStr + PartialOrd + From<u8>>(key: &'static str, text: &str) -> Result<N, RuleError> {
    let number = text.parse::<N>().ok().filter(|number| *number > N::from(0));
    number.ok_or_else(|| wrong(key, text, "write a whole number above 0"))
}

fn read_days(text: &str) -> Result<Vec<RuleDay>, RuleError> {
    let right = "write days such as `MO,WE`, or with a number such as `1SU` or `-1FR`";
    let day = |text: &str| {
        let (ordinal, name) = text.split_at_checked(text.len().checked_sub(2)?)?;
        let weekday = u8::try_from(WEEKDAYS.iter().position(|known| *known == name)?).ok()?;
        let ordinal = match ordinal {
            "" => None,
            digits => Some(digits.parse::<i8>().ok().filter(|number| (1..=5).contains(&number.abs()))?),
        };
        Some(RuleDay { weekday, ordinal })
    };
    text.split(',').map(|text| day(text).ok_or_else(|| wrong("BYDAY", text, right))).collect()
}

fn check_days(frequency: Frequency, days: &[RuleDay]) -> Result<(), RuleError> {
    match frequency {
        Frequency::Yearly if !days.is_empty() => Err(RuleError::Together("BYDAY does not go with FREQ=YEARLY here")),
        Frequency::Daily | Frequency::Weekly if days.iter().any(|day| day.ordinal.is_some()) => {
            Err(RuleError::Together("the first or last of a weekday is of a month: write FREQ=MONTHLY"))
        }
        _ => Ok(()),
    }
}

/// `20260131T220000Z`, or `20260131`.
fn read_until(text: &str) -> Result<RuleEnd, RuleError> {
    let right = "write a day, `20260131`, or an instant in UTC, `20260131T220000Z`";
    let error = || wrong("UNTIL", text, right);
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (date, time) = text.split_at_checked(8).filter(|(date, _)| digits(date)).ok_or_else(error)?;
    let date = format!("{}-{}-{}", &date[..4], &date[4..6], &date[6..]);
    if time.is_empty() {
        return date.parse().map(RuleEnd::Day).map_err(|_| error());
    }
    let clock = time.strip_prefix('T').and_then(|time| time.strip_suffix('Z'));
    let clock = clock.filter(|clock| clock.len() == 6 && digits(clock)).ok_or_else(error)?;
    let instant = format!("{date}T{}:{}:{}Z", &clock[..2], &clock[2..4], &clock[4..]);
    instant.parse().map(RuleEnd::Instant).map_err(|_: TimeError| error())
}
