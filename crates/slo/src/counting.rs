//! From minutes to the units in which a target is counted: events, or slices of time.
//!
//! A unit stands at a minute: an event at its own, a slice at its first. A window holds the units of the minutes that it holds, which is how one
//! way of adding serves every kind of budgeting.

use crate::calendar::{Calendar, UnknownZone};
use crate::period::{Period, minutes_of};
use crate::{Budgeting, Counts, NoData, SliType, Terms};
use milepost_model::{DurationNs, Minute, Target};

/// How minutes become units.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Counting {
    /// Each event is a unit.
    Events,
    /// Each slice of time is a unit; of ratio slices 1e9 units.
    Slices(Slices),
}

/// Slices of time, and when one is good.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Slices {
    minutes: i64,
    judge: Judge,
    no_data: NoData,
    /// Slices begin with each of its periods, whose last may be short; aligned to 1970 without.
    calendar: Option<Calendar>,
}

/// When a slice is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Judge {
    /// From this share of good events on, in units of 1e-9.
    Share(u64),
    /// By its share of good events.
    Ratio,
    /// From so many good events on; without events it has too few.
    Rate(u64),
}

impl Counting {
    /// How an SLO counts by its terms.
    pub fn of_terms(terms: &Terms) -> Result<Self, UnknownZone> {
        let calendar = Calendar::of(&terms.window).transpose()?;
        Ok(Self::new(terms.sli, terms.budgeting, calendar.as_ref()))
    }

    /// How a type of SLI is counted with a budgeting, within the periods of a calendar if there is one.
    pub fn new(sli: SliType, budgeting: Budgeting, calendar: Option<&Calendar>) -> Self {
        let slices = |slice, judge, no_data| Self::slices(slice, judge, no_data, calendar);
        match (sli, budgeting) {
            (SliType::Throughput(rate), _) => slices(DurationNs::from_seconds(60), Judge::Rate(rate), NoData::Bad),
            (_, Budgeting::Occurrences) => Self::Events,
            (_, Budgeting::Timeslices { slice, target, no_data }) => {
                slices(slice, Judge::Share(target.nanos()), no_data)
            }
            (_, Budgeting::RatioTimeslices { slice, no_data }) => slices(slice, Judge::Ratio, no_data),
        }
    }

    /// Slices that are good from a share of good events on, in units of 1e-9, which may be all.
    pub(crate) fn by_share(slice: DurationNs, share_nanos: u64, calendar: Option<&Calendar>) -> Self {
        Self::slices(slice, Judge::Share(share_nanos), NoData::Skip, calendar)
    }

    /// Slices by their share of good events.
    pub(crate) fn by_ratio(slice: DurationNs, calendar: Option<&Calendar>) -> Self {
        Self::slices(slice, Judge::Ratio, NoData::Skip, calendar)
    }

    fn slices(slice: DurationNs, judge: Judge, no_data: NoData, calendar: Option<&Calendar>) -> Self {
        let minutes = i64::try_from(minutes_of(slice)).unwrap_or(i64::MAX);
        // Of whole minutes there is only one alignment.
        let calendar = calendar.filter(|_| minutes > 1).cloned();
        Self::Slices(Slices { minutes, judge, no_data, calendar })
    }

    /// What a unit is, for people: `events`, `slices`, `billionths of slices`.
    pub fn unit(&self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Slices(Slices { judge: Judge::Rate(_), .. }) => "minutes",
            Self::Slices(Slices { judge: Judge::Ratio, .. }) => "billionths of slices",
            Self::Slices(_) => "slices",
        }
    }

    /// Minutes rounded up to whole slices.
    pub fn whole_slices(&self, minutes: u64) -> u64 {
        let slice = self.slice_minutes();
        minutes.div_ceil(slice).max(1).saturating_mul(slice)
    }

    /// The minutes that an alert looks at: whole slices, two at least, since of the one that has just begun nobody knows anything.
    ///
    /// With one alone an alert would resolve whenever a slice begins, and fire again a moment later.
    pub fn alert_minutes(&self, length: DurationNs) -> u64 {
        let least = if *self == Self::Events { 1 } else { 2 };
        self.whole_slices(minutes_of(length)).max(least * self.slice_minutes())
    }

    /// How long a slice is, in minutes; 1 for events.
    pub fn slice_minutes(&self) -> u64 {
        match self {
            Self::Events => 1,
            Self::Slices(slices) => slices.minutes.unsigned_abs(),
        }
    }

    /// Whether a minute in which the source was not seen takes no part, since it would otherwise count as one without events.
    pub(crate) fn needs_coverage(&self) -> bool {
        matches!(self, Self::Slices(Slices { judge: Judge::Rate(_), .. }))
    }

    /// The slice that holds a minute; of events the minute alone.
    pub fn slice(&self, at: Minute) -> Period {
        let Self::Slices(slices) = self else { return Period::trailing(1, at) };
        let within = slices.calendar.as_ref().map(|calendar| calendar.period(at));
        slices.of(at, within)
    }

    /// The units of a slice: of what it has counted, when it goes on (`is_over: false`) or has ended.
    pub fn units(&self, counts: Counts, is_over: bool) -> Counts {
        let Self::Slices(slices) = self else { return counts };
        let one = if slices.judge == Judge::Ratio { Target::ONE } else { 1 };
        let whole = |good| Counts { valid: one, good };
        match slices.judge {
            Judge::Rate(rate) if counts.good >= rate => whole(1),
            Judge::Rate(_) if is_over => whole(0),
            Judge::Rate(_) => Counts::default(),
            _ if counts.valid == 0 => match slices.no_data {
                // What goes on may still have events.
                NoData::Good if is_over => whole(one),
                NoData::Bad if is_over => whole(0),
                _ => Counts::default(),
            },
            Judge::Share(share) => whole(u64::from(reaches(counts, share))),
            Judge::Ratio => whole(share_nanos(counts)),
        }
    }
}

impl Slices {
    /// The slice that holds a minute, within a period of the calendar if there is one.
    fn of(&self, at: Minute, within: Option<Period>) -> Period {
        let origin = within.map_or(0, |period| period.start.number());
        let start = origin + (at.number() - origin).div_euclid(self.minutes) * self.minutes;
        let end = within.map_or(i64::MAX, |period| period.end.number()).min(start + self.minutes);
        Period::new(Minute::new(start), Minute::new(end))
    }
}

/// Slices found again quickly: the calendar's periods that were asked for last.
#[derive(Clone, Debug)]
pub(crate) struct Grid {
    counting: Counting,
    periods: Vec<Period>,
}

impl Grid {
    /// The present period and the one before hold the edges of most windows.
    const PERIODS: usize = 3;

    pub(crate) fn new(counting: Counting) -> Self {
        Self { counting, periods: Vec::new() }
    }

    pub(crate) fn counting(&self) -> &Counting {
        &self.counting
    }

    pub(crate) fn slice(&mut self, at: Minute) -> Period {
        let Counting::Slices(slices) = &self.counting else { return Period::trailing(1, at) };
        let Some(calendar) = &slices.calendar else { return slices.of(at, None) };
        if let Some(known) = self.periods.iter().find(|period| period.contains(at)) {
            return slices.of(at, Some(*known));
        }
        let period = calendar.period(at);
        if self.periods.len() == Self::PERIODS {
            self.periods.remove(0);
        }
        self.periods.push(period);
        slices.of(at, Some(period))
    }
}

fn reaches(counts: Counts, share_nanos: u64) -> bool {
    u128::from(counts.good) * u128::from(Target::ONE) >= u128::from(counts.valid) * u128::from(share_nanos)
}

/// Good of valid events in units of 1e-9, rounded down.
fn share_nanos(counts: Counts) -> u64 {
    let nanos = u128::from(counts.good) * u128::from(Target::ONE) / u128::from(counts.valid);
    u64::try_from(nanos).unwrap_or(Target::ONE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CalendarUnit;
    use milepost_model::Timestamp;

    const FIVE: DurationNs = DurationNs::from_seconds(300);

    fn counting(budgeting: Budgeting) -> Counting {
        Counting::new(SliType::Availability, budgeting, None)
    }

    fn units(counting: &Counting, valid: u64, good: u64, is_over: bool) -> (u64, u64) {
        let units = counting.units(Counts { valid, good }, is_over);
        (units.valid, units.good)
    }

    #[test]
    fn a_slice_is_good_from_its_target_on_whatever_its_traffic() {
        let target = "95%".parse().unwrap();
        let slices = counting(Budgeting::Timeslices { slice: FIVE, target, no_data: NoData::Skip });
        assert_eq!(units(&slices, 20, 19, false), (1, 1));
        assert_eq!(units(&slices, 1_000_000, 949_999, true), (1, 0));
        assert_eq!(units(&slices, 0, 0, true), (0, 0));
    }

    #[test]
    fn ratio_slices_are_summed_in_billionths_rounded_down() {
        let slices = counting(Budgeting::RatioTimeslices { slice: FIVE, no_data: NoData::Skip });
        assert_eq!(units(&slices, 3, 2, true), (1_000_000_000, 666_666_666));
        assert_eq!(units(&slices, 7, 7, false), (1_000_000_000, 1_000_000_000));
    }

    #[test]
    fn a_slice_without_events_counts_when_it_is_over_and_only_if_told_to() {
        for (no_data, over) in [(NoData::Skip, (0, 0)), (NoData::Good, (1, 1)), (NoData::Bad, (1, 0))] {
            let target = "95%".parse().unwrap();
            let slices = counting(Budgeting::Timeslices { slice: FIVE, target, no_data });
            assert_eq!((units(&slices, 0, 0, false), units(&slices, 0, 0, true)), ((0, 0), over), "{no_data:?}");
        }
    }

    #[test]
    fn a_minute_has_enough_throughput_at_once_and_too_little_when_it_is_over() {
        let minutes = Counting::new(SliType::Throughput(10), Budgeting::Occurrences, None);
        assert_eq!([units(&minutes, 12, 10, false), units(&minutes, 12, 9, false)], [(1, 1), (0, 0)]);
        assert_eq!([units(&minutes, 12, 9, true), units(&minutes, 0, 0, true)], [(1, 0), (1, 0)]);
    }

    #[test]
    fn slices_begin_with_1970_or_with_their_period() {
        let target = "95%".parse().unwrap();
        let hour = Budgeting::Timeslices { slice: "1h".parse().unwrap(), target, no_data: NoData::Skip };
        let minute = |text: &str| text.parse::<Timestamp>().unwrap().minute();
        let start = |counting: &Counting, at: &str| counting.slice(minute(at)).start.start().to_string();
        assert_eq!(start(&counting(hour), "2024-04-07T00:45Z"), "2024-04-07T00:00:00Z");
        // Midnight of Lord Howe is at 13:00 before the change and at 13:30 after it.
        let calendar = Calendar::new(CalendarUnit::Day, "Australia/Lord_Howe".parse().unwrap());
        let daily = Counting::new(SliType::Availability, hour, Some(&calendar));
        assert_eq!(start(&daily, "2024-04-08T00:45Z"), "2024-04-08T00:30:00Z");
        // The day of 24 h 30 min ends with half a slice.
        let last = daily.slice(minute("2024-04-07T13:15Z"));
        assert_eq!((last.start, last.minutes()), (minute("2024-04-07T13:00Z"), 30));
        assert_eq!((daily.whole_slices(5), daily.whole_slices(61)), (60, 120));
        assert_eq!((daily.alert_minutes(FIVE), Counting::Events.alert_minutes(FIVE)), (120, 5));
    }
}
