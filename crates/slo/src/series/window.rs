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
