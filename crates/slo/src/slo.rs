//! Service level objectives: an indicator, a target and a window.

use crate::{Alerts, Indicator, SliType};
use milepost_model::{DurationNs, Name, Target};
use std::fmt;

/// What a step promises: an indicator that must reach a target over a window.
#[derive(Clone, Debug)]
pub struct Slo {
    /// The product it belongs to.
    pub product: Name,
    /// Its name, unique in the product.
    pub name: Name,
    /// What people call it.
    pub title: String,
    /// Why it is what it is, in words.
    pub description: String,
    /// What is counted.
    pub indicator: Indicator,
    /// The share of counted events that must be good.
    pub target: Target,
    /// The time over which.
    pub window: Window,
    /// What the share is of.
    pub budgeting: Budgeting,
    /// When somebody is told that the budget is being spent.
    pub alerts: Alerts,
}

impl Slo {
    /// Whether it takes the counts of each minute to judge it, or only their sum.
    pub fn needs_minutes(&self) -> bool {
        matches!(self.indicator.sli, SliType::Throughput(_)) || self.budgeting != Budgeting::Occurrences
    }
}

/// The time over which a target holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Window {
    /// The last so much time: whole UTC minutes, the running one included.
    Rolling(DurationNs),
    /// A calendar period in a time zone.
    Calendar(CalendarUnit, String),
}

/// A period of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CalendarUnit {
    /// From local midnight.
    Day,
    /// From Monday.
    Week,
    /// From the first.
    Month,
    /// From the first of January, April, July and October.
    Quarter,
    /// From the first of January.
    Year,
}

impl CalendarUnit {
    /// All units, shortest first.
    pub const ALL: [Self; 5] = [Self::Day, Self::Week, Self::Month, Self::Quarter, Self::Year];

    /// The name in registry files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }
}

impl Window {
    /// The longest that is measured: two years and a day.
    pub const LONGEST: DurationNs = DurationNs::from_seconds(731 * 86_400);

    /// The last so much time; `None` where that is no whole minutes, or longer than is measured.
    pub fn rolling(length: DurationNs) -> Option<Self> {
        const MINUTE: u64 = DurationNs::from_seconds(60).nanos();
        let is_whole = length.nanos() > 0 && length.nanos().is_multiple_of(MINUTE);
        (is_whole && length <= Self::LONGEST).then_some(Self::Rolling(length))
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rolling(duration) => write!(f, "{duration}"),
            Self::Calendar(unit, zone) => write!(f, "calendar {} ({zone})", unit.as_str()),
        }
    }
}

/// What the share of a target is of, as in OpenSLO.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Budgeting {
    /// Of events.
    #[default]
    Occurrences,
    /// Of slices of time in each of which the share of good events must reach a target of its own.
    Timeslices {
        /// How long a slice is: a multiple of a minute.
        slice: DurationNs,
        /// The share of good events that makes a slice good.
        target: Target,
        /// What a slice without valid events is.
        no_data: NoData,
    },
    /// Of slices of time, each counted by its share of good events.
    RatioTimeslices {
        /// How long a slice is: a multiple of a minute.
        slice: DurationNs,
        /// What a slice without valid events is.
        no_data: NoData,
    },
}

/// What a slice of time without valid events is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NoData {
    /// It counts neither way.
    #[default]
    Skip,
    /// It is good: nobody asked, nobody was let down.
    Good,
    /// It is bad: there should have been something.
    Bad,
}

impl NoData {
    /// All, the default first.
    pub const ALL: [Self; 3] = [Self::Skip, Self::Good, Self::Bad];

    /// The name in registry files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Skip => "skip",
            Self::Good => "good",
            Self::Bad => "bad",
        }
    }
}
