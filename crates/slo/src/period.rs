//! Stretches of whole minutes.

use crate::Window;
use crate::calendar::{Calendar, UnknownZone};
use milepost_model::{DurationNs, Minute, Timestamp};

const MINUTE_NANOS: u64 = DurationNs::from_seconds(60).nanos();
/// No window is longer: a century, so that sums of minutes never overflow.
pub(crate) const MOST_MINUTES: u64 = 100 * 366 * 24 * 60;

/// Whole UTC minutes from one up to another, which is not among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Period {
    /// The first minute.
    pub start: Minute,
    /// The minute after the last.
    pub end: Minute,
}

impl Period {
    /// The minutes from `start` to before `end`; none when that is not later.
    pub fn new(start: Minute, end: Minute) -> Self {
        Self { start, end: end.max(start) }
    }

    /// The last `minutes` up to `last`, with it.
    pub fn trailing(minutes: u64, last: Minute) -> Self {
        let end = last.number().saturating_add(1);
        let length = i64::try_from(minutes.min(MOST_MINUTES)).unwrap_or(i64::MAX);
        Self::new(Minute::new(end.saturating_sub(length)), Minute::new(end))
    }

    /// How many minutes it has.
    pub fn minutes(self) -> u64 {
        self.end.number().abs_diff(self.start.number())
    }

    /// Whether it has a minute.
    pub fn contains(self, minute: Minute) -> bool {
        self.start <= minute && minute < self.end
    }

    /// Its minutes, in order.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = Minute> {
        (self.start.number()..self.end.number()).map(Minute::new)
    }
}

/// Whole minutes of a duration, rounded up; at least one.
pub fn minutes_of(duration: DurationNs) -> u64 {
    duration.nanos().div_ceil(MINUTE_NANOS).clamp(1, MOST_MINUTES)
}

impl Window {
    /// What it covers at an instant: up to the running minute for a rolling window, the whole period for a calendar one.
    pub fn period(&self, at: Timestamp) -> Result<Period, UnknownZone> {
        match self {
            Self::Rolling(length) => Ok(Period::trailing(minutes_of(*length), at.minute())),
            Self::Calendar(unit, zone) => Ok(Calendar::new(*unit, zone.parse()?).period(at.minute())),
        }
    }
}
