//! Status codes as telemetry carries them.

use std::fmt;

/// A span's own status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SpanStatus {
    /// Nobody set it.
    #[default]
    Unset,
    /// Set to success by the application.
    Ok,
    /// Set to failure.
    Error,
}

/// A gRPC status code, 0 to 16.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GrpcStatus(u8);

/// The codes' names, by number.
const NAMES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

impl GrpcStatus {
    /// The code of a number, if gRPC knows it.
    pub fn from_code(code: i64) -> Option<Self> {
        u8::try_from(code).ok().filter(|c| usize::from(*c) < NAMES.len()).map(Self)
    }

    /// The code of a name (`UNAVAILABLE`, `CANCELED` too) or of a number's text.
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(code) = text.parse::<i64>() {
            return Self::from_code(code);
        }
        let text = if text == "CANCELED" { "CANCELLED" } else { text };
        NAMES.iter().position(|n| *n == text).and_then(|i| u8::try_from(i).ok()).map(Self)
    }

    /// All codes, in order.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..NAMES.len()).filter_map(|i| u8::try_from(i).ok()).map(Self)
    }

    /// The number on the wire.
    pub fn code(self) -> u8 {
        self.0
    }

    /// The upper-case name.
    pub fn as_str(self) -> &'static str {
        NAMES[usize::from(self.0)]
    }
}

impl fmt::Display for GrpcStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for GrpcStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
