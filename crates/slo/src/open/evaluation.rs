//! What OpenSLO declares, as it is evaluated: periods from an anchor, slices that may have to be without fault.

use super::{OpenBudgeting, OpenObjective, OpenWindow, Shorthand, ShorthandUnit};
use crate::calendar::{Calendar, ClockTimeError, UnknownZone};
use crate::{CalendarUnit, Counting, IndicatorIndex, Subject, WindowKey};
use milepost_model::{DurationNs, Minute};

/// Why an OpenSLO window has no periods.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenWindowError {
    /// A time zone that is not known.
    #[error(transparent)]
    Zone(#[from] UnknownZone),
    /// A start that is no time.
    #[error(transparent)]
    Start(#[from] ClockTimeError),
    /// A unit that no calendar has.
    #[error("a calendar window is of days, weeks, months, quarters or years, not `{0}`")]
    Unit(Shorthand),
}

impl OpenWindow {
    /// Its periods; `None` for a rolling window.
    pub fn calendar(&self) -> Option<Result<Calendar, OpenWindowError>> {
        let Self::Calendar { length, start, time_zone } = self else { return None };
        Some(periods(*length, start, time_zone))
    }

    /// Its length; of a calendar period about the shortest that it can have.
    pub fn shortest(&self) -> DurationNs {
        match self {
            Self::Rolling(length) => *length,
            Self::Calendar { length, .. } => {
                let days = match length.unit {
                    ShorthandUnit::Month => 28,
                    _ => return length.duration(),
                };
                DurationNs::from_seconds(u64::from(length.count).saturating_mul(days * 86_400))
            }
        }
    }
}

fn periods(length: Shorthand, start: &str, time_zone: &str) -> Result<Calendar, OpenWindowError> {
    let unit = match length.unit {
        ShorthandUnit::Day => CalendarUnit::Day,
        ShorthandUnit::Week => CalendarUnit::Week,
        ShorthandUnit::Month => CalendarUnit::Month,
        ShorthandUnit::Quarter => CalendarUnit::Quarter,
        ShorthandUnit::Year => CalendarUnit::Year,
        ShorthandUnit::Minute | ShorthandUnit::Hour => return Err(OpenWindowError::Unit(length)),
    };
    Ok(Calendar::anchored(unit, length.count, start.parse()?, time_zone.parse()?))
}

impl Subject {
    /// An objective of an OpenSLO document, without alerts: its policies are of another form.
    pub fn of_open(
        objective: &OpenObjective,
        window: &OpenWindow,
        indicator: IndicatorIndex,
        since: Minute,
    ) -> Result<Self, OpenWindowError> {
        let counting = Counting::of_open(objective, window)?;
        let key = (WindowKey::of_open(window)?, window.shortest());
        Ok(Self::from_parts((indicator, since), objective.target, key, counting))
    }
}

impl Counting {
    /// How an objective of an OpenSLO document counts in a window.
    pub fn of_open(objective: &OpenObjective, window: &OpenWindow) -> Result<Self, OpenWindowError> {
        let calendar = window.calendar().transpose()?;
        Ok(match objective.budgeting {
            OpenBudgeting::Occurrences => Self::Events,
            OpenBudgeting::Timeslices { slice, target } => Self::by_share(slice, target.nanos(), calendar.as_ref()),
            OpenBudgeting::RatioTimeslices { slice } => Self::by_ratio(slice, calendar.as_ref()),
        })
    }
}

impl WindowKey {
    /// The window of an OpenSLO document.
    pub fn of_open(window: &OpenWindow) -> Result<Self, OpenWindowError> {
        let calendar = window.calendar().transpose()?;
        Ok(calendar.map_or_else(|| Self::rolling(window.shortest()), Self::Calendar))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Counts, Evaluator, Minutes, View};
    use milepost_model::Timestamp;

    fn calendar(length: &str, start: &str, time_zone: &str) -> OpenWindow {
        let (start, time_zone) = (start.to_owned(), time_zone.to_owned());
        OpenWindow::Calendar { length: length.parse().unwrap(), start, time_zone }
    }

    #[test]
    fn periods_go_on_from_the_start_that_is_written() {
        let window = calendar("1M", "2020-01-31 12:30:00", "America/New_York");
        let at = "2024-02-29T17:30Z".parse::<Timestamp>().unwrap().minute();
        let period = window.calendar().unwrap().unwrap().period(at);
        // February has no 31st; in New York 12:30 is 17:30Z in winter and 16:30Z in summer.
        assert_eq!(
            [period.start, period.end].map(|m| m.start().to_string()),
            ["2024-02-29T17:30:00Z", "2024-03-31T16:30:00Z"]
        );
        assert_eq!(window.shortest(), DurationNs::from_seconds(28 * 86_400));
        assert_eq!(OpenWindow::Rolling(window.shortest()).calendar(), None);
    }

    #[test]
    fn what_is_no_calendar_is_told() {
        let told = |window: OpenWindow| window.calendar().unwrap().unwrap_err().to_string();
        assert!(told(calendar("1M", "2020-01-31 12:30:00", "Mars")).starts_with("`Mars` is not a time zone"));
        assert!(told(calendar("1M", "yesterday", "UTC")).starts_with("a time on a clock"));
        assert!(told(calendar("5h", "2020-01-31 12:30:00", "UTC")).ends_with("not `5h`"));
    }

    #[test]
    fn a_slice_may_have_to_be_without_fault() {
        struct OneBad;
        impl Minutes for OneBad {
            fn minute(&self, _: IndicatorIndex, minute: Minute) -> Counts {
                Counts { valid: 1_000, good: if minute.number() == 7 { 999 } else { 1_000 } }
            }
        }
        let budgeting = OpenBudgeting::Timeslices { slice: "5m".parse().unwrap(), target: "1".parse().unwrap() };
        let objective =
            OpenObjective { title: String::new(), target: "90%".parse().unwrap(), comparison: None, budgeting };
        let window = OpenWindow::Rolling("20m".parse().unwrap());
        let subject = Subject::of_open(&objective, &window, IndicatorIndex(0), Minute::new(0)).unwrap();
        let evaluator = Evaluator::new(&[subject], &OneBad, Minute::new(19));
        assert_eq!(evaluator.budget(0, View::Corrected).counts, Counts { valid: 4, good: 3 });
    }
}
