//! Outcomes of an attempt, and the table that reads them from status codes.

use crate::{GrpcStatus, SpanStatus};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// It did what the user wanted.
    Success,
    /// It did not.
    Failure,
    /// The user gave up before it ended; excluded from availability.
    Abandoned,
    /// It never ended in the time it had.
    Timeout,
}

impl Outcome {
    /// All outcomes, in the order of their codes in facts.
    pub const ALL: [Self; 4] = [Self::Success, Self::Failure, Self::Abandoned, Self::Timeout];

    /// The name in expressions, facts and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Abandoned => "abandoned",
            Self::Timeout => "timeout",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One or many status codes: `404`, `5xx` or a gRPC name such as `NOT_FOUND`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StatusPattern {
    /// One HTTP status, 100 to 599.
    Http(u16),
    /// A hundred HTTP statuses, by their first digit, 1 to 5.
    HttpClass(u8),
    /// One gRPC status.
    Grpc(GrpcStatus),
}

/// Why a text is not a [`StatusPattern`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a status is an HTTP code such as `404`, a class such as `5xx` or a gRPC code such as `NOT_FOUND`")]
pub struct StatusPatternError;

impl FromStr for StatusPattern {
    type Err = StatusPatternError;
    fn from_str(text: &str) -> Result<Self, StatusPatternError> {
        if let Some(class) = text.strip_suffix("xx") {
            return match class.parse() {
                Ok(class @ 1..=5) => Ok(Self::HttpClass(class)),
                _ => Err(StatusPatternError),
            };
        }
        match text.parse::<u16>() {
            Ok(code @ 100..=599) => Ok(Self::Http(code)),
            Ok(_) => Err(StatusPatternError),
            Err(_) => GrpcStatus::parse(text).map(Self::Grpc).ok_or(StatusPatternError),
        }
    }
}

impl fmt::Display for StatusPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http(code) => write!(f, "{code}"),
            Self::HttpClass(class) => write!(f, "{class}xx"),
            Self::Grpc(status) => write!(f, "{status}"),
        }
    }
}

/// Which status means which outcome, for one step: the defaults and what the step says otherwise.
///
/// A single code wins over a class of codes, and what the step says wins over the defaults.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct OutcomeTable {
    overrides: BTreeMap<StatusPattern, Outcome>,
}

impl OutcomeTable {
    /// The default table with these exceptions.
    pub fn with_overrides(overrides: BTreeMap<StatusPattern, Outcome>) -> Self {
        Self { overrides }
    }

    /// What the step says otherwise than the defaults.
    pub fn overrides(&self) -> &BTreeMap<StatusPattern, Outcome> {
        &self.overrides
    }

    /// The outcome of an HTTP status.
    pub fn http(&self, status: u16) -> Outcome {
        let class = u8::try_from(status / 100).unwrap_or(0);
        self.overrides
            .get(&StatusPattern::Http(status))
            .or_else(|| self.overrides.get(&StatusPattern::HttpClass(class)))
            .copied()
            .unwrap_or_else(|| Self::default_http(status))
    }

    /// The outcome of a gRPC status.
    pub fn grpc(&self, status: GrpcStatus) -> Outcome {
        self.overrides.get(&StatusPattern::Grpc(status)).copied().unwrap_or_else(|| Self::default_grpc(status))
    }

    /// The outcome of an event that carries any of the three; a gRPC status says most, the span's own least.
    pub fn outcome(&self, grpc: Option<GrpcStatus>, http: Option<u16>, span: SpanStatus) -> Outcome {
        match (grpc, http) {
            (Some(grpc), _) => self.grpc(grpc),
            (None, Some(http)) => self.http(http),
            (None, None) if span == SpanStatus::Error => Outcome::Failure,
            (None, None) => Outcome::Success,
        }
    }

    /// 1xx to 3xx success; 4xx success except 408 and 429 (failure) and 499 (abandoned); 5xx failure, 504 timeout.
    fn default_http(status: u16) -> Outcome {
        match status {
            408 | 429 => Outcome::Failure,
            499 => Outcome::Abandoned,
            504 => Outcome::Timeout,
            500.. => Outcome::Failure,
            _ => Outcome::Success,
        }
    }

    fn default_grpc(status: GrpcStatus) -> Outcome {
        match status.as_str() {
            "CANCELLED" => Outcome::Abandoned,
            "DEADLINE_EXCEEDED" => Outcome::Timeout,
            "UNKNOWN" | "RESOURCE_EXHAUSTED" | "UNIMPLEMENTED" | "INTERNAL" | "UNAVAILABLE" | "DATA_LOSS" => {
                Outcome::Failure
            }
            _ => Outcome::Success,
        }
    }
}

impl fmt::Display for OutcomeTable {
    /// One line: `standard outcomes`, or with the step's exceptions.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("standard outcomes")?;
        for (i, (pattern, outcome)) in self.overrides.iter().enumerate() {
            write!(f, "{}{pattern} {outcome}", if i == 0 { ", but " } else { ", " })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http_defaults_are_the_table_of_the_domain() {
        let table = OutcomeTable::default();
        for (status, outcome) in [
            (101, Outcome::Success),
            (304, Outcome::Success),
            (404, Outcome::Success),
            (408, Outcome::Failure),
            (429, Outcome::Failure),
            (499, Outcome::Abandoned),
            (500, Outcome::Failure),
            (504, Outcome::Timeout),
            (599, Outcome::Failure),
        ] {
            assert_eq!(table.http(status), outcome, "{status}");
        }
    }

    #[test]
    fn grpc_defaults_are_the_table_of_the_domain() {
        let table = OutcomeTable::default();
        let of = |outcome| {
            GrpcStatus::all().filter(|s| table.grpc(*s) == outcome).map(GrpcStatus::as_str).collect::<Vec<_>>()
        };
        assert_eq!(of(Outcome::Abandoned), ["CANCELLED"]);
        assert_eq!(of(Outcome::Timeout), ["DEADLINE_EXCEEDED"]);
        assert_eq!(
            of(Outcome::Failure),
            ["UNKNOWN", "RESOURCE_EXHAUSTED", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS"]
        );
    }

    #[test]
    fn a_step_overrides_codes_and_classes_and_the_single_code_wins() {
        let table = OutcomeTable::with_overrides(
            [("4xx".parse().unwrap(), Outcome::Failure), ("404".parse().unwrap(), Outcome::Success)].into(),
        );
        assert_eq!(table.http(403), Outcome::Failure);
        assert_eq!(table.http(404), Outcome::Success);
        assert_eq!(table.to_string(), "standard outcomes, but 404 success, 4xx failure");
    }

    #[test]
    fn without_a_code_the_span_status_decides() {
        let table = OutcomeTable::default();
        assert_eq!(table.outcome(None, None, SpanStatus::Error), Outcome::Failure);
        assert_eq!(table.outcome(None, None, SpanStatus::Unset), Outcome::Success);
        assert_eq!(table.outcome(None, Some(404), SpanStatus::Error), Outcome::Success);
    }
}
