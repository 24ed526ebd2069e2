//! The windows of a series: trailing ones by their length, and periods of calendars.

use crate::calendar::{Calendar, UnknownZone};
use crate::counting::Counting;
use crate::period::{Period, minutes_of};
use crate::{Counts, Window};
use milepost_model::{DurationNs, Minute};

/// A window by what it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum WindowKey {
    /// The last so many minutes, rounded up to whole slices.
    Rolling(u64),
    /// The present period of a calendar, up to the last minute.
    Calendar(Calendar),
}

impl WindowKey {
    /// The last so much time.
    pub fn rolling(length: DurationNs) -> Self {
        Self::Rolling(minutes_of(length))
    }

    /// The window of an SLO.
    pub fn of(window: &Window) -> Result<Self, UnknownZone> {
        Ok(match window {
            Window::Rolling(length) => Self::rolling(*length),
            Window::Calendar(unit, zone) => Self::Calendar(Calendar::new(*unit, zone.parse()?)),
        })
    }

    /// The minutes of the window that ends with a minute: those of whole slices, or of the present period so far.
    pub fn period(&self, counting: &Counting, last: Minute) -> Period {
        match self {
            Self::Rolling(minutes) => Period::trailing(counting.whole_slices(*minutes), last),
            Self::Calendar(calendar) => {
                Period::new(calendar.period(last).start, Minute::new(last.number().saturating_add(1)))
            }
        }
    }
}

/// A window by its place in a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WindowIndex {
    Rolling(usize),
    Calendar(usize),
}

/// The sum of a window that ends with the last minute.
#[derive(Clone, Debug)]
pub(super) struct Sum {
    pub(super) minutes: u64,
    pub(super) counts: Counts,
}

impl Sum {
    fn new(minutes: u64) -> Self {
        Self { minutes, counts: Counts::default() }
    }

    /// The first of its minutes.
    pub(super) fn first(&self, last: Minute) -> Minute {
        Period::trailing(self.minutes, last).start
    }
}

/// The sums of a calendar: of the present period, and of the trailing minutes that are as many as the period has.
#[derive(Clone, Debug)]
pub(super) struct CalendarSum {
    calendar: Calendar,
    pub(super) period: Period,
    pub(super) so_far: Counts,
    pub(super) trailing: Sum,
}

impl CalendarSum {
    fn new(calendar: Calendar, last: Minute) -> Self {
        let period = calendar.period(last);
        Self { calendar, period, so_far: Counts::default(), trailing: Sum::new(period.minutes()) }
    }

    /// Goes to the period of a minute, with its length; the sums are then those of other minutes.
    pub(super) fn move_to(&mut self, minute: Minute) {
        self.period = self.calendar.period(minute);
        self.trailing.minutes = self.period.minutes();
    }

    /// A period begins with nothing counted.
    pub(super) fn begin(&mut self, minute: Minute) {
        self.move_to(minute);
        self.so_far = Counts::default();
    }

    pub(super) fn replace(&mut self, at: Minute, last: Minute, before: Counts, after: Counts) {
        if self.trailing.first(last) <= at {
            self.trailing.counts.replace(before, after);
        }
        if self.period.start <= at {
            self.so_far.replace(before, after);
        }
    }
}

/// Empty sums of windows, each once, the trailing ones by length.
pub(super) fn of(keys: &[WindowKey], counting: &Counting, last: Minute) -> (Vec<Sum>, Vec<CalendarSum>) {
    let mut lengths: Vec<u64> = Vec::new();
    let mut calendars: Vec<CalendarSum> = Vec::new();
    for key in keys {
        match key {
            WindowKey::Rolling(minutes) => lengths.push(counting.whole_slices(*minutes)),
            WindowKey::Calendar(calendar) if calendars.iter().any(|known| known.calendar == *calendar) => {}
            WindowKey::Calendar(calendar) => calendars.push(CalendarSum::new(calendar.clone(), last)),
        }
    }
    lengths.sort_unstable();
    lengths.dedup();
    (lengths.into_iter().map(Sum::new).collect(), calendars)
}

pub(super) fn find(
    key: &WindowKey,
    counting: &Counting,
    sums: &[Sum],
    calendars: &[CalendarSum],
) -> Option<WindowIndex> {
    match key {
        WindowKey::Rolling(minutes) => {
            let minutes = counting.whole_slices(*minutes);
            sums.binary_search_by_key(&minutes, |sum| sum.minutes).ok().map(WindowIndex::Rolling)
        }
        WindowKey::Calendar(calendar) => {
            calendars.iter().position(|known| known.calendar == *calendar).map(WindowIndex::Calendar)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Budgeting, CalendarUnit, NoData, SliType};
    use milepost_model::Timestamp;

    fn from(window: &Window, counting: &Counting) -> String {
        let last = "2026-11-25T20:30:10Z".parse::<Timestamp>().unwrap().minute();
        let period = WindowKey::of(window).unwrap().period(counting, last);
        assert_eq!(period.end.start().to_string(), "2026-11-25T20:31:00Z");
        period.start.start().to_string()
    }

    #[test]
    fn windows_begin_where_they_should() {
        let rolling = Window::Rolling("28d".parse().unwrap());
        assert_eq!(from(&rolling, &Counting::Events), "2026-10-28T20:31:00Z");
        let slices = Budgeting::RatioTimeslices { slice: "7m".parse().unwrap(), no_data: NoData::Skip };
        let slices = Counting::new(SliType::Availability, slices, None);
        // 1,440 minutes are 206 slices of seven, rounded up.
        assert_eq!(from(&Window::Rolling("1d".parse().unwrap()), &slices), "2026-11-24T20:29:00Z");
        let starts = CalendarUnit::ALL.map(|unit| from(&Window::Calendar(unit, "UTC".to_owned()), &Counting::Events));
        let days = ["2026-11-25", "2026-11-23", "2026-11-01", "2026-10-01", "2026-01-01"];
        assert_eq!(starts.to_vec(), days.map(|day| format!("{day}T00:00:00Z")).to_vec());
        let berlin = Window::Calendar(CalendarUnit::Day, "Europe/Berlin".to_owned());
        assert_eq!(from(&berlin, &Counting::Events), "2026-11-24T23:00:00Z");
    }
}
