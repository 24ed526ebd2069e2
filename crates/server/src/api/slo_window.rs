//! The time that an SLO is about, as of a minute.

use super::span::Span;
use milepost_model::Minute;
use milepost_slo::calendar::Calendar;
use milepost_slo::{Period, Window, minutes_of};

/// The minutes of a window up to a minute, with it; `None` for the calendars of unknown time zones.
pub(super) fn of(window: &Window, last: Minute) -> Option<Span> {
    let start = match (window, Calendar::of(window)) {
        (Window::Rolling(length), _) => Period::trailing(minutes_of(*length), last).start,
        (Window::Calendar(..), calendar) => calendar?.ok()?.period(last).start,
    };
    Some(Span { from: start, to: Minute::new(last.number() + 1) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use milepost_model::Timestamp;
    use milepost_slo::CalendarUnit;

    fn from(window: &Window) -> String {
        of(window, "2026-11-25T20:30:10Z".parse::<Timestamp>().unwrap().minute()).unwrap().body().from
    }

    #[test]
    fn windows_begin_where_they_should() {
        let rolling = Window::Rolling("28d".parse().unwrap());
        assert_eq!(from(&rolling), "2026-10-28T20:31:00Z");
        let starts = CalendarUnit::ALL.map(|unit| from(&Window::Calendar(unit, "UTC".to_owned())));
        let days = ["2026-11-25", "2026-11-23", "2026-11-01", "2026-10-01", "2026-01-01"];
        assert_eq!(starts.to_vec(), days.map(|day| format!("{day}T00:00:00Z")).to_vec());
        let berlin = Window::Calendar(CalendarUnit::Day, "Europe/Berlin".to_owned());
        assert_eq!(from(&berlin), "2026-11-24T23:00:00Z");
        let nowhere = Window::Calendar(CalendarUnit::Day, "Europe/Nowhere".to_owned());
        assert_eq!(of(&nowhere, Minute::new(0)), None);
    }
}
