//! Times and lengths in words, as commands about history tell them.

use milepost_model::Minute;
use milepost_slo::Fraction;

/// A minute: `2026-01-31T14:02Z`, as `--from` takes it.
pub(crate) fn at(minute: Minute) -> String {
    let text = minute.start().to_string();
    text.strip_suffix(":00Z").map_or(text.clone(), |text| format!("{text}Z"))
}

/// A length: `45m`, `1h 5m`, `2d 3h`; what is less than a sixtieth of it is left out.
pub(crate) fn length(minutes: u64) -> String {
    let (days, hours, rest) = (minutes / 1_440, minutes / 60 % 24, minutes % 60);
    match (days, hours, rest) {
        (0, 0, minutes) => format!("{minutes}m"),
        (0, hours, 0) => format!("{hours}h"),
        (0, hours, minutes) => format!("{hours}h {minutes}m"),
        (days, 0, _) => format!("{days}d"),
        (days, hours, _) => format!("{days}d {hours}h"),
    }
}

/// A percentage to two digits that say something: `12%`, `0.34%`, `250%`.
pub(crate) fn percent(share: Fraction) -> String {
    let nanos = share.nanos();
    // In millionths of a percent.
    let (units, decimals) = match nanos {
        0 => return "0%".to_owned(),
        _ if nanos >= 100_000_000 => (nanos / 1_000_000, 1),
        _ if nanos >= 10_000_000 => (nanos / 100_000, 2),
        _ if nanos >= 100_000 => (nanos / 1_000, 4),
        _ => return "under 0.01%".to_owned(),
    };
    let scale = 10u128.pow(decimals);
    let text = format!("{}.{:0width$}", units / scale, units % scale, width = decimals as usize);
    format!("{}%", text.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_two_units_at_most() {
        assert_eq!([0, 45, 60, 65, 1_440, 1_445, 3_065].map(length), ["0m", "45m", "1h", "1h 5m", "1d", "1d", "2d 3h"]);
    }

    #[test]
    fn percentages_have_as_many_digits_as_say_something() {
        let told = |above, below| percent(Fraction::new(above, below).unwrap());
        assert_eq!(
            [told(0, 1), told(1, 8), told(5, 2), told(1, 90), told(1, 3_000)],
            ["0%", "12.5%", "250%", "1.11%", "0.0333%"]
        );
        assert_eq!(told(1, 1_000_000), "under 0.01%");
    }

    #[test]
    fn minutes_are_told_as_flags_take_them() {
        assert_eq!(at(Minute::new(0)), "1970-01-01T00:00Z");
        assert!(at(Minute::new(29_000_000)).parse::<milepost_model::Timestamp>().is_ok());
    }
}
