//! Why a line of an access log is no event: a closed list, counted by name in reports.

/// Why a line was not counted as an event. [`Self::as_str`] is stable: reports and metrics use it as a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum Rejected {
    /// Nothing, or nothing but spaces.
    #[error("the line is empty")]
    Empty,
    /// Longer than [`super::MAX_LINE_BYTES`].
    #[error("the line is longer than 1 MiB")]
    TooLong,
    /// Not of the format's shape, or without a request in it.
    #[error("the line is not of this log format")]
    NotAccessLog,
    /// No JSON object, where the format is one object a line.
    #[error("the line is not a JSON object")]
    NotJson,
    /// The event has no time.
    #[error("the line has no time under a known name")]
    NoTime,
    /// The time cannot be read.
    #[error("the line's time is no date and time")]
    BadTime,
    /// The status is no HTTP status.
    #[error("the line's status is not a number from 100 to 999")]
    BadStatus,
    /// The duration cannot be read.
    #[error("the line's duration is not a number, with a unit where the format has one")]
    BadDuration,
}

impl Rejected {
    /// All reasons, in the order of reports.
    pub const ALL: [Self; 8] = [
        Self::Empty,
        Self::TooLong,
        Self::NotAccessLog,
        Self::NotJson,
        Self::NoTime,
        Self::BadTime,
        Self::BadStatus,
        Self::BadDuration,
    ];

    /// The reason's name in counts and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLong => "too-long",
            Self::NotAccessLog => "not-an-access-log-line",
            Self::NotJson => "not-json",
            Self::NoTime => "no-time",
            Self::BadTime => "bad-time",
            Self::BadStatus => "bad-status",
            Self::BadDuration => "bad-duration",
        }
    }
}
