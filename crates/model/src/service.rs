//! Services: servers that offer operations.

use crate::{Action, LogFormat, Name};

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
}
