//! The time that an SLO is about, as of now.

use super::span::Span;
use milepost_model::{DurationNs, Minute, Timestamp};
use milepost_slo::{CalendarUnit, Window};

/// The minutes of a window up to the running one, with it; `None` for the calendars of time zones, which are not known here.
pub(super) fn of(window: &Window, now: Timestamp) -> Option<Span> {
    let to = Minute::new(now.minute().number() + 1);
    let from = match window {
        Window::Rolling(length) => {
            let minutes = length.nanos() / DurationNs::from_seconds(60).nanos();
            Minute::new(to.number() - i64::try_from(minutes).unwrap_or(i64::MAX).clamp(1, MOST_MINUTES))
        }
        Window::Calendar(unit, zone) if is_utc(zone) => start(*unit, now)?.minute(),
        Window::Calendar(..) => return None,
    };
    Some(Span { from, to })
}

/// No history is longer.
const MOST_MINUTES: i64 = 100 * 366 * 24 * 60;

fn is_utc(zone: &str) -> bool {
    ["UTC", "Etc/UTC", "Etc/Universal", "Zulu"].contains(&zone)
}

fn start(unit: CalendarUnit, now: Timestamp) -> Option<Timestamp> {
    const DAY: i64 = 86_400;
    // As it is written: year-month-day.
    let text = now.to_string();
    let mut date = text.split(['-', 'T']).map(str::parse::<u32>);
    let (year, month) = (date.next()?.ok()?, date.next()?.ok()?);
    let day = now.nanos().div_euclid(DAY * 1_000_000_000);
    let first_of = |month| Timestamp::from_civil((i64::from(year), month, 1), (0, 0, 0), 0);
    match unit {
        CalendarUnit::Day => Some(Timestamp::from_seconds(day * DAY)),
        // 1970 began on a Thursday.
        CalendarUnit::Week => Some(Timestamp::from_seconds((day - (day + 3).rem_euclid(7)) * DAY)),
        CalendarUnit::Month => first_of(month),
        CalendarUnit::Quarter => first_of((month - 1) / 3 * 3 + 1),
        CalendarUnit::Year => first_of(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(window: &Window) -> String {
        of(window, "2026-11-25T20:30:10Z".parse().unwrap()).unwrap().body().from
    }

    #[test]
    fn windows_begin_where_they_should() {
        let rolling = Window::Rolling("28d".parse().unwrap());
        assert_eq!(from(&rolling), "2026-10-28T20:31:00Z");
        let starts = CalendarUnit::ALL.map(|unit| from(&Window::Calendar(unit, "UTC".to_owned())));
        let days = ["2026-11-25", "2026-11-23", "2026-11-01", "2026-10-01", "2026-01-01"];
        assert_eq!(starts.to_vec(), days.map(|day| format!("{day}T00:00:00Z")).to_vec());
        let berlin = Window::Calendar(CalendarUnit::Day, "Europe/Berlin".to_owned());
        assert_eq!(of(&berlin, Timestamp::from_seconds(0)), None);
    }
}
