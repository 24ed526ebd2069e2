//! Services: servers that offer operations.

use crate::{Action, DurationNs, LogFormat, Name};

/// A server that offers operations, with the team that owns it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// The product it belongs to.
    pub product: Name,
    /// Its name, as `service.name` says it in telemetry.
    pub name: Name,
    /// What people call it.
    pub title: String,
    /// The team that owns it.
    pub owner: String,
    /// What it offers.
    pub actions: Vec<Action>,
    /// How its access log is written, when it has one.
    pub access_log: Option<LogFormat>,
    /// Which signal its requests are counted by; a span and a log line of one request never both count.
    pub measured_by: Signal,
    /// Which of its requests its telemetry holds.
    pub sampling: Sampling,
}

impl Service {
    /// How long after a minute all of its telemetry has come in, as a rule.
    pub fn settling(&self) -> DurationNs {
        self.measured_by.settling()
    }
}

/// Which requests a service's telemetry holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sampling {
    /// All of them.
    #[default]
    None,
    /// A share, chosen before it is known how they end: ratios stay right.
    Head,
    /// A share, chosen by how they end: failures are over-represented, so that no ratio can be trusted.
    Tail,
}

impl Sampling {
    /// All ways, the most faithful first.
    pub const ALL: [Self; 3] = [Self::None, Self::Head, Self::Tail];

    /// The name in registry files and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Head => "head",
            Self::Tail => "tail",
        }
    }
}

/// The kind of telemetry that stands for one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Signal {
    /// OpenTelemetry spans.
    Spans,
    /// Log lines, one a request.
    Logs,
}

impl Signal {
    /// The name in registry files and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Spans => "spans",
            Self::Logs => "logs",
        }
    }

    /// How long after a minute all of it has come in, as a rule.
    pub fn settling(self) -> DurationNs {
        match self {
            Self::Spans => DurationNs::from_seconds(60),
            // Lines are written, rotated and shipped.
            Self::Logs => DurationNs::from_seconds(5 * 60),
        }
    }
}
