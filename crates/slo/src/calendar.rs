//! Calendars: periods of time zones, and clock times as instants. The only module that knows time zones.
//!
//! Time-zone data is built in, so that every machine cuts periods alike; its version is shown beside numbers that depend on it.

mod zone;

pub use zone::{ClockTime, ClockTimeError, UnknownZone, Zone, time_zone_data_version};

use crate::period::Period;
use crate::{CalendarUnit, Window};
use milepost_model::{Minute, Timestamp};

/// Periods that follow each other: the first begins at an anchor, each as long as the calendar says.
///
/// A period begins at the anchor's time of day on the clock of the zone, or at the first instant after a gap in which that time does not exist;
/// where the clock shows it twice, at the first. A day that a month does not have is the month's last.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Calendar {
    zone: Zone,
    anchor: ClockTime,
    step: Step,
}

/// How far a period is from the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Step {
    Days(i32),
    Months(i32),
}

impl Step {
    fn of(unit: CalendarUnit, count: i32) -> Self {
        match unit {
            CalendarUnit::Day => Self::Days(count),
            CalendarUnit::Week => Self::Days(count.saturating_mul(7)),
            CalendarUnit::Month => Self::Months(count),
            CalendarUnit::Quarter => Self::Months(count.saturating_mul(3)),
            CalendarUnit::Year => Self::Months(count.saturating_mul(12)),
        }
    }

    /// About how many minutes.
    fn usual_minutes(self) -> i64 {
        match self {
            Self::Days(days) => i64::from(days) * 1_440,
            // A twelfth of 365.2425 days.
            Self::Months(months) => i64::from(months) * 43_829,
        }
    }
}

impl Calendar {
    /// The periods of a unit from local midnight: weeks from Monday, quarters and years from January.
    pub fn new(unit: CalendarUnit, zone: Zone) -> Self {
        let anchor = match unit {
            // 1970 began on a Thursday.
            CalendarUnit::Week => ClockTime::midnight(1970, 1, 5),
            _ => ClockTime::midnight(1970, 1, 1),
        };
        Self { zone, anchor, step: Step::of(unit, 1) }
    }

    /// Periods of `count` units from a time on the zone's clock on; before it they go on backwards.
    pub fn anchored(unit: CalendarUnit, count: u32, anchor: ClockTime, zone: Zone) -> Self {
        Self { zone, anchor, step: Step::of(unit, i32::try_from(count.max(1)).unwrap_or(i32::MAX)) }
    }

    /// The calendar of an SLO's window; `None` for a rolling one.
    pub fn of(window: &Window) -> Option<Result<Self, UnknownZone>> {
        let Window::Calendar(unit, zone) = window else { return None };
        Some(zone.parse().map(|zone| Self::new(*unit, zone)))
    }

    /// The zone whose clock it goes by.
    pub fn zone(&self) -> &Zone {
        &self.zone
    }

    /// The period that holds a minute; of one beyond the centuries that an instant can be in, the nearest.
    pub fn period(&self, at: Minute) -> Period {
        let at = at.clamp(Timestamp::from_nanos(i64::MIN).minute(), Timestamp::from_nanos(i64::MAX).minute());
        let first = self.start(0);
        let mut number = (at.number() - first.number()).div_euclid(self.step.usual_minutes());
        // Months differ from their mean by days at most, zones from UTC by hours: a few steps away.
        while self.start(number) > at {
            number -= 1;
        }
        while self.start(number + 1) <= at {
            number += 1;
        }
        Period::new(self.start(number), self.start(number + 1))
    }

    fn start(&self, number: i64) -> Minute {
        let date = match self.step {
            Step::Days(days) => self.anchor.plus_days(number.saturating_mul(i64::from(days))),
            Step::Months(months) => self.anchor.plus_months(number.saturating_mul(i64::from(months))),
        };
        self.zone.minute(date)
    }
}

#[cfg(test)]
mod tests;
