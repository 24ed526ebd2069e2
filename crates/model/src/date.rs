//! Dates of the calendar, for what people do by a day: confirm, sign, assess.

use crate::{NoSuchDay, TimeError, Timestamp};
use std::fmt;
use std::str::FromStr;

/// A day of the Gregorian calendar, `2026-01-31`; it begins at midnight in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(Timestamp);

/// Why a text is not a [`Date`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DateError {
    /// It is written in another way.
    #[error("a date is written like `2026-01-31`: year, month, day")]
    Form,
    /// The calendar has no such day.
    #[error(transparent)]
    Day(#[from] NoSuchDay),
}

impl Date {
    /// The day in UTC that holds an instant.
    pub fn of(instant: Timestamp) -> Self {
        Self(instant.start_of_day())
    }

    /// The instant at which the day begins.
    pub fn start(self) -> Timestamp {
        self.0
    }
}

impl FromStr for Date {
    type Err = DateError;
    fn from_str(text: &str) -> Result<Self, DateError> {
        // A time of day would be dropped without a word.
        let is_date = text.len() == 10;
        let instant = is_date.then(|| text.parse::<Timestamp>()).and_then(|read: Result<_, TimeError>| read.ok());
        instant.map(Self).ok_or_else(|| match NoSuchDay::in_text(text).filter(|_| is_date) {
            Some(wrong) => DateError::Day(wrong),
            None => DateError::Form,
        })
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string();
        f.pad(text.split('T').next().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_a_day_and_nothing_finer() {
        let date: Date = "2024-02-29".parse().unwrap();
        assert_eq!(date.to_string(), "2024-02-29");
        assert_eq!(Date::of("2024-02-29T23:59:59.9Z".parse().unwrap()), date);
        assert_eq!(Date::of("1969-12-31T23:00Z".parse().unwrap()).to_string(), "1969-12-31");
        for text in ["", "2024-2-29", "2024-02-29T00:00Z", "29.02.2024", "tomorrow"] {
            assert_eq!(text.parse::<Date>(), Err(DateError::Form), "{text}");
        }
        assert!(date < "2024-03-01".parse().unwrap());
    }
}
