//! Times of a script: minutes from its start, written as durations, times of day or dates.

use milepost_model::{DurationNs, Minute, Timestamp};

const MINUTE: DurationNs = DurationNs::from_seconds(60);

/// The clock of a script: minute 0 and what is written of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Clock {
    /// Minute 0.
    pub(super) start: Minute,
}

impl Default for Clock {
    /// A Monday: 5 January 2026, midnight in UTC.
    fn default() -> Self {
        Self { start: Minute::new(29_459_520) }
    }
}

impl Clock {
    /// Reads `2h30m` or `-28d` from minute 0, `14:02` on the first day, or `2026-03-29T01:00Z`.
    pub(super) fn read(self, text: &str) -> Result<Minute, String> {
        if let Some(minute) = self.time_of_day(text) {
            return Ok(minute);
        }
        if let Ok(instant) = text.parse::<Timestamp>() {
            let minute = instant.minute();
            return if minute.start() == instant { Ok(minute) } else { Err(format!("`{text}` is no whole minute")) };
        }
        let (sign, duration) = match text.strip_prefix('-') {
            Some(duration) => (-1, duration),
            None => (1, text),
        };
        let minutes = if duration == "0" { Ok(0) } else { minutes(duration) };
        let error = |_| format!("`{text}` is not a time: write it like `2h30m`, `14:02` or `2026-01-31T14:02Z`");
        Ok(Minute::new(self.start.number().saturating_add(sign * minutes.map_err(error)?)))
    }

    fn time_of_day(self, text: &str) -> Option<Minute> {
        let (hours, minutes) = text.split_once(':')?;
        let number = |text: &str| text.parse::<i64>().ok().filter(|_| text.len() == 2);
        let (hours, minutes) = (number(hours)?, number(minutes)?);
        (hours < 24 && minutes < 60).then(|| Minute::new(self.start.number() + hours * 60 + minutes))
    }

    /// A minute as a script writes it: `2h30m`, and what that is in UTC.
    pub(super) fn show(self, minute: Minute) -> String {
        let offset = minute.number() - self.start.number();
        let (days, hours, minutes) = (offset.abs() / 1_440, offset.abs() / 60 % 24, offset.abs() % 60);
        let parts = [(days, "d"), (hours, "h"), (minutes, "m")];
        let text: String = parts.iter().filter(|(n, _)| *n > 0).map(|(n, unit)| format!("{n}{unit}")).collect();
        let text = if text.is_empty() { "0".to_owned() } else { text };
        let sign = if offset < 0 { "-" } else { "" };
        format!("{sign}{text} ({})", minute.start())
    }
}

/// A duration of whole minutes.
pub(super) fn minutes(text: &str) -> Result<i64, String> {
    let duration: DurationNs = text.parse().map_err(|error: milepost_model::DurationError| error.to_string())?;
    if !duration.nanos().is_multiple_of(MINUTE.nanos()) {
        return Err(format!("`{text}` is no number of whole minutes"));
    }
    i64::try_from(duration.nanos() / MINUTE.nanos()).map_err(|_| format!("`{text}` is too long"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_durations_times_of_day_or_dates() {
        let clock = Clock::default();
        let offset = |text: &str| clock.read(text).map(|minute| minute.number() - clock.start.number());
        assert_eq!(clock.start.start().to_string(), "2026-01-05T00:00:00Z");
        assert_eq!(
            ["0", "2h30m", "-1d", "14:02", "2026-01-06T00:01Z"].map(offset),
            [0, 150, -1_440, 842, 1_441].map(Ok)
        );
        for text in ["", "x", "1.5h", "30s", "24:00", "4:02", "2026-01-06T00:01:30Z", "-"] {
            assert!(offset(text).is_err(), "{text}");
        }
        assert_eq!(clock.show(Minute::new(clock.start.number() + 1_502)), "1d1h2m (2026-01-06T01:02:00Z)");
        assert_eq!(clock.show(Minute::new(clock.start.number() - 60)), "-1h (2026-01-04T23:00:00Z)");
    }
}
