//! The time that is asked for.

use super::problem::Problem;
use milepost_model::{DurationNs, Minute, Timestamp};
use serde::Serialize;
use std::ops::Range;
use utoipa::ToSchema;

/// Longest time: what facts are kept for, with room; beyond it a typing mistake is likelier than a question.
const MAX_MINUTES: i64 = 800 * 24 * 60;

/// Whole minutes, the end not included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from: Minute,
    pub(super) to: Minute,
}

/// A span as it is shown.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct SpanBody {
    /// The first minute, RFC 3339 in UTC.
    pub(super) from: String,
    /// The end of the last minute.
    pub(super) to: String,
}

impl Span {
    /// From what is asked for; `default` minutes up to the running one, with it, where nothing is.
    pub(super) fn new(from: Option<&str>, to: Option<&str>, now: Timestamp, default: i64) -> Result<Self, Problem> {
        let running_end = now.minute().number() + 1;
        let to_minute = match to {
            // The end of the minute that it lies in, so that what is asked for is in it.
            Some(text) => {
                Minute::new((instant("to", text, now)?.nanos().saturating_add(MINUTE - 1)).div_euclid(MINUTE))
            }
            None => Minute::new(running_end),
        };
        let from_minute = match from {
            Some(text) => instant("from", text, now)?.minute(),
            None => Minute::new(to_minute.number() - default),
        };
        let span = Self { from: from_minute, to: to_minute };
        if span.minutes() < 1 {
            let (name, value) = if from.is_some() { ("from", from) } else { ("to", to) };
            return Err(Problem::bad(
                name,
                value.unwrap_or_default(),
                "the time ends before it begins; `from` must be before `to`",
            ));
        }
        if span.minutes() > MAX_MINUTES {
            return Err(Problem::bad("from", from.unwrap_or_default(), "at most 800 days can be asked for at once"));
        }
        Ok(span)
    }

    pub(super) fn minutes(self) -> i64 {
        self.to.number() - self.from.number()
    }

    pub(super) fn range(self) -> Range<Minute> {
        self.from..self.to
    }

    /// Widened to whole parts of so many minutes.
    pub(super) fn widened(self, minutes: i64) -> Self {
        let down = |at: Minute| at.number().div_euclid(minutes) * minutes;
        Self { from: Minute::new(down(self.from)), to: Minute::new(down(Minute::new(self.to.number() + minutes - 1))) }
    }

    pub(super) fn body(self) -> SpanBody {
        SpanBody { from: self.from.start().to_string(), to: self.to.start().to_string() }
    }
}

const MINUTE: i64 = 60_000_000_000;

fn instant(name: &'static str, text: &str, now: Timestamp) -> Result<Timestamp, Problem> {
    let right = || {
        // A plus that is not encoded is a space.
        let plus = if text.contains(' ') { "; `+` is written `%2B` in a query" } else { "" };
        format!("write a time like `2026-01-31T14:05:00Z`, a time ago like `-6h`, or `now`{plus}")
    };
    let wrong = || Problem::bad(name, text, right());
    match text.strip_prefix('-') {
        _ if text == "now" => Ok(now),
        Some(ago) => Ok(now.minus(ago.parse::<DurationNs>().map_err(|_| wrong())?)),
        None => text.parse().map_err(|_| wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: Option<&str>, to: Option<&str>) -> Result<(String, String), String> {
        let now = "2026-03-02T14:30:20Z".parse().unwrap();
        let span = Span::new(from, to, now, 60).map_err(|problem| problem.to_string())?.body();
        Ok((span.from, span.to))
    }

    #[test]
    fn times_are_absolute_or_relative_and_whole_minutes() {
        let of = |from: &str, to: &str| Ok((from.to_owned(), to.to_owned()));
        assert_eq!(span(None, None), of("2026-03-02T13:31:00Z", "2026-03-02T14:31:00Z"));
        assert_eq!(span(Some("-6h"), Some("now")), of("2026-03-02T08:30:00Z", "2026-03-02T14:31:00Z"));
        assert_eq!(
            span(Some("2026-03-02T14:00:30+01:00"), Some("-1h")),
            of("2026-03-02T13:00:00Z", "2026-03-02T13:31:00Z")
        );
        assert!(span(Some("2026-03-02T14:00:30 01:00"), None).unwrap_err().contains("%2B"));
        assert!(span(Some("-1h"), Some("-2h")).unwrap_err().contains("`from` must be before `to`"));
        assert!(span(Some("-9000d"), None).unwrap_err().contains("800 days"));
        assert!(
            span(Some("yesterday"), None).unwrap_err().starts_with("`from` cannot be `yesterday`: write a time like")
        );
    }
}
