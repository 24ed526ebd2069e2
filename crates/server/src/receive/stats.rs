//! What was received and what became of it, in counts that anyone may look at while they grow.

use super::problem::Problem;
use crate::intake::Refusal;
use std::sync::atomic::{AtomicU64, Ordering};

/// How requests come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// OTLP over gRPC.
    Grpc,
    /// OTLP over HTTP, in protobuf.
    HttpProto,
    /// OTLP over HTTP, in JSON.
    HttpJson,
    /// Lines of an access log.
    AccessLog,
    /// Whatever is none of these.
    Other,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Counted.
    Accepted,
    /// Counted in part; its sender was told what was not.
    Partial,
    /// Counted before.
    Repeated,
    /// Refused: there is no memory left.
    Busy,
    /// Refused: it cannot be made durable.
    NotStored,
    /// Refused: the server ends.
    Stopping,
    /// Refused: it has no meaning.
    Unreadable,
    /// Refused: its name is that of another.
    OtherContent,
    /// Refused: its sender is not known, or may not send this.
    Denied,
    /// Refused: it is too large, compressed or not.
    TooLarge,
    /// Refused: it did not come in time.
    TooSlow,
    /// Refused: its type, compression, method or place is none that is served.
    Unsupported,
    /// A mistake of the server.
    Internal,
}

impl Protocol {
    /// All there are.
    pub const ALL: [Self; 5] = [Self::Grpc, Self::HttpProto, Self::HttpJson, Self::AccessLog, Self::Other];

    /// Its name in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Grpc => "grpc",
            Self::HttpProto => "http-protobuf",
            Self::HttpJson => "http-json",
            Self::AccessLog => "access-log",
            Self::Other => "other",
        }
    }
}

impl Answer {
    /// All there are.
    pub const ALL: [Self; 13] = [
        Self::Accepted,
        Self::Partial,
        Self::Repeated,
        Self::Busy,
        Self::NotStored,
        Self::Stopping,
        Self::Unreadable,
        Self::OtherContent,
        Self::Denied,
        Self::TooLarge,
        Self::TooSlow,
        Self::Unsupported,
        Self::Internal,
    ];

    /// Its name in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Partial => "partial",
            Self::Repeated => "repeated",
            Self::Busy => "busy",
            Self::NotStored => "not-stored",
            Self::Stopping => "stopping",
            Self::Unreadable => "unreadable",
            Self::OtherContent => "other-content",
            Self::Denied => "denied",
            Self::TooLarge => "too-large",
            Self::TooSlow => "too-slow",
            Self::Unsupported => "unsupported",
            Self::Internal => "internal",
        }
    }
}

impl From<&Problem> for Answer {
    fn from(problem: &Problem) -> Self {
        match problem {
            Problem::Refused(Refusal::Busy) => Self::Busy,
            Problem::Refused(Refusal::NotStored(_)) | Problem::Unanswered(_) => Self::NotStored,
            Problem::Refused(Refusal::Stopping) => Self::Stopping,
            Problem::Refused(Refusal::Unreadable(_)) => Self::Unreadable,
            Problem::Refused(Refusal::OtherContent) => Self::OtherContent,
            Problem::Denied(_) => Self::Denied,
            Problem::TooLarge(_) => Self::TooLarge,
            Problem::TooSlow(_) => Self::TooSlow,
            Problem::Unsupported(_) | Problem::NotHttp2 | Problem::Unknown(_) | Problem::Method(_) => Self::Unsupported,
            Problem::Internal => Self::Internal,
        }
    }
}

/// Counts of one server's receivers since it began.
#[derive(Debug, Default)]
pub struct ReceiveStats {
    answers: [[AtomicU64; Answer::ALL.len()]; Protocol::ALL.len()],
    received_bytes: [AtomicU64; Protocol::ALL.len()],
    unpacked_bytes: [AtomicU64; Protocol::ALL.len()],
}

/// The counts at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReceiveSnapshot {
    /// Requests by how they came and what became of them; what did not happen is left out.
    pub answers: Vec<(Protocol, Answer, u64)>,
    /// Bytes of bodies by how they came: as they were sent, and decompressed.
    pub bytes: Vec<(Protocol, u64, u64)>,
}

impl ReceiveStats {
    /// The counts now.
    pub fn snapshot(&self) -> ReceiveSnapshot {
        let mut snapshot = ReceiveSnapshot::default();
        for protocol in Protocol::ALL {
            let at = protocol as usize;
            for answer in Answer::ALL {
                let count = self.answers[at][answer as usize].load(Ordering::Relaxed);
                if count > 0 {
                    snapshot.answers.push((protocol, answer, count));
                }
            }
            let (received, unpacked) = (&self.received_bytes[at], &self.unpacked_bytes[at]);
            snapshot.bytes.push((protocol, received.load(Ordering::Relaxed), unpacked.load(Ordering::Relaxed)));
        }
        snapshot
    }

    pub(crate) fn answered(&self, protocol: Protocol, answer: Answer) {
        self.answers[protocol as usize][answer as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn received(&self, protocol: Protocol, bytes: usize) {
        self.received_bytes[protocol as usize].fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn unpacked(&self, protocol: Protocol, bytes: usize) {
        self.unpacked_bytes[protocol as usize].fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

impl ReceiveSnapshot {
    /// How many requests came to this.
    pub fn count(&self, protocol: Protocol, answer: Answer) -> u64 {
        self.answers.iter().find(|(p, a, _)| (*p, *a) == (protocol, answer)).map_or(0, |(_, _, count)| *count)
    }
}
