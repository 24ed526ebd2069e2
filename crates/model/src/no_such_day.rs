//! Days that are written as days are, and that the calendar does not have.

use thiserror::Error;

/// What is wrong with such a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NoSuchDay {
    /// Its month is none.
    #[error("there is no month {0}: months are 01 to 12")]
    Month(u32),
    /// Its month has fewer days.
    #[error("{} {year} has {days} days", MONTHS[*month as usize - 1])]
    Day {
        /// The year.
        year: u32,
        /// The month, from 1 to 12.
        month: u32,
        /// The days that it has.
        days: u32,
    },
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

impl NoSuchDay {
    /// What is wrong with the day that a text begins with, where it is written as `2026-01-31` is.
    pub(crate) fn in_text(text: &str) -> Option<Self> {
        let date = text.as_bytes().get(..10)?;
        let number = |digits: &[u8]| -> Option<u32> {
            digits.iter().try_fold(0, |n, digit| digit.is_ascii_digit().then(|| n * 10 + u32::from(digit - b'0')))
        };
        if date[4] != b'-' || date[7] != b'-' {
            return None;
        }
        let (year, month, day) = (number(&date[..4])?, number(&date[5..7])?, number(&date[8..])?);
        if !(1..=12).contains(&month) {
            return Some(Self::Month(month));
        }
        let days = days_of(year, month);
        (!(1..=days).contains(&day)).then_some(Self::Day { year, month, days })
    }
}

fn days_of(year: u32, month: u32) -> u32 {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 => 28 + u32::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Date, Timestamp};

    #[test]
    fn a_day_that_is_not_in_the_calendar_is_told_what_is() {
        for (text, told) in [
            ("2023-13-45", "there is no month 13: months are 01 to 12"),
            ("2023-00-01", "there is no month 0: months are 01 to 12"),
            ("2024-02-30", "February 2024 has 29 days"),
            ("2023-02-29", "February 2023 has 28 days"),
            ("1900-02-29", "February 1900 has 28 days"),
            ("2026-04-31", "April 2026 has 30 days"),
        ] {
            assert_eq!(text.parse::<Date>().unwrap_err().to_string(), told);
            assert_eq!(format!("{text}T14:00Z").parse::<Timestamp>().unwrap_err().to_string(), told);
        }
        assert!("2026-1-31".parse::<Date>().unwrap_err().to_string().starts_with("a date is written like"));
        assert!("2026-01-31T25:00".parse::<Timestamp>().unwrap_err().to_string().starts_with("a time is written like"));
    }
}
