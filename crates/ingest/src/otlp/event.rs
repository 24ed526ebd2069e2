//! Spans and log records as the readers deliver them, and the checks that OTLP asks of a receiver.
//!
//! The drafts are what a reader collects field by field; the checks are here so that both encodings have the same.

use milepost_model::{SpanStatus, Timestamp};

use super::trace_state::sampling_threshold;

/// A valid span without its text, which is in the slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Never all zero.
    pub trace_id: [u8; 16],
    /// Never all zero.
    pub span_id: [u8; 8],
    /// `None` for the root of a trace.
    pub parent_span_id: Option<[u8; 8]>,
    /// When it began.
    pub start: Timestamp,
    /// When it ended; never before `start` ([`Flaw::EndBeforeStart`]).
    pub end: Timestamp,
    /// Its side of a call.
    pub kind: SpanKind,
    /// How it ended, as the instrumentation says.
    pub status: SpanStatus,
    /// Of 2^56 equally likely traces, how many are not sampled; zero when all are, `None` when the span does not say.
    pub sampling_threshold: Option<u64>,
    /// What was wrong with it, though not enough to reject it.
    pub flaws: Flaws,
}

/// A valid log record without its text, which is in the slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogRecord {
    /// When it happened or, if the record does not say, when it was observed.
    pub time: Timestamp,
    /// When the collection system saw it, if it says.
    pub observed_time: Option<Timestamp>,
    /// 1 (trace) to 24 (fatal); 0 when it is not given.
    pub severity_number: u8,
    /// The trace that it belongs to; `None` also when the id is invalid, as OTLP asks.
    pub trace_id: Option<[u8; 16]>,
    /// The span that it belongs to; `None` also when the id is invalid, as OTLP asks.
    pub span_id: Option<[u8; 8]>,
    /// What was wrong with it, though not enough to reject it.
    pub flaws: Flaws,
}

/// The side of a call that a span stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SpanKind {
    /// Not given, or a kind that OTLP does not know.
    #[default]
    Unspecified,
    /// Work inside a service.
    Internal,
    /// The handling of a request.
    Server,
    /// A request to another service.
    Client,
    /// The sending of a message.
    Producer,
    /// The handling of a message.
    Consumer,
}

impl SpanKind {
    const ALL: [Self; 6] =
        [Self::Unspecified, Self::Internal, Self::Server, Self::Client, Self::Producer, Self::Consumer];

    /// As rules write it: `server`.
    pub fn text(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::Internal => "internal",
            Self::Server => "server",
            Self::Client => "client",
            Self::Producer => "producer",
            Self::Consumer => "consumer",
        }
    }

    /// By OTLP's number; numbers it does not know are unspecified.
    #[inline]
    pub(super) fn from_number(number: i32) -> Self {
        usize::try_from(number).ok().and_then(|number| Self::ALL.get(number)).copied().unwrap_or_default()
    }

    /// By OTLP's name (`SPAN_KIND_SERVER`); names it does not know are unspecified.
    pub(super) fn from_enum_name(name: &str) -> Self {
        let known = name.strip_prefix("SPAN_KIND_").unwrap_or_default();
        Self::ALL.into_iter().find(|kind| kind.text().eq_ignore_ascii_case(known)).unwrap_or_default()
    }
}

/// Why something is not delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RejectReason {
    /// The event cannot be read.
    Malformed,
    /// Part of the payload around events cannot be read; how many events were in it is unknown.
    Envelope,
    /// The resource of the event cannot be read: nobody knows which service it is of.
    Resource,
    /// The trace id is missing, zero or not 16 bytes.
    TraceId,
    /// The span id is missing, zero or not 8 bytes.
    SpanId,
    /// The parent's span id is there and not 8 bytes.
    ParentSpanId,
    /// It has no time, or no start.
    NoTime,
    /// A time lies after the year 2262, beyond what can be held.
    TimeOutOfRange,
    /// A data point of a metric, which this product does not read.
    Metric,
}

impl RejectReason {
    /// All reasons, in order.
    pub const ALL: [Self; 9] = [
        Self::Malformed,
        Self::Envelope,
        Self::Resource,
        Self::TraceId,
        Self::SpanId,
        Self::ParentSpanId,
        Self::NoTime,
        Self::TimeOutOfRange,
        Self::Metric,
    ];

    /// As metrics and reports write it: `bad-trace-id`.
    pub fn text(self) -> &'static str {
        match self {
            Self::Malformed => "bad-message",
            Self::Envelope => "bad-envelope",
            Self::Resource => "bad-resource",
            Self::TraceId => "bad-trace-id",
            Self::SpanId => "bad-span-id",
            Self::ParentSpanId => "bad-parent-span-id",
            Self::NoTime => "no-time",
            Self::TimeOutOfRange => "time-out-of-range",
            Self::Metric => "metric",
        }
    }
}

/// Something wrong with an event that is delivered nevertheless.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Flaw {
    /// The span ended before it started, or has no end; its end is set to its start.
    EndBeforeStart,
    /// The name, or an attribute of the event or its resource, cannot be read (text that is not UTF-8, a number that is
    /// none) and is treated as missing. Text that nothing wants is not looked at.
    UnreadableValue,
    /// There were more than [`MAX_ATTRIBUTES`](super::MAX_ATTRIBUTES) attributes, on the event or its resource.
    AttributesCut,
}

/// A set of [`Flaw`]s.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Flaws(u8);

impl Flaws {
    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether `flaw` is among them.
    pub fn contains(self, flaw: Flaw) -> bool {
        self.0 & Self::bit(flaw) != 0
    }

    #[inline]
    pub(super) fn add(&mut self, flaw: Flaw) {
        self.0 |= Self::bit(flaw);
    }

    #[inline]
    pub(super) fn add_all(&mut self, other: Self) {
        self.0 |= other.0;
    }

    const fn bit(flaw: Flaw) -> u8 {
        1 << flaw as u8
    }
}

/// The fields of a span as far as they are read.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SpanDraft {
    /// `None` when missing or of another length.
    pub(super) trace_id: Option<[u8; 16]>,
    /// `None` when missing or of another length.
    pub(super) span_id: Option<[u8; 8]>,
    pub(super) parent: ParentDraft,
    pub(super) start_nanos: u64,
    pub(super) end_nanos: u64,
    pub(super) kind: SpanKind,
    pub(super) status: SpanStatus,
    pub(super) sampling_threshold: Option<u64>,
    pub(super) flaws: Flaws,
}

/// The parent's id as far as it is read.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum ParentDraft {
    #[default]
    Root,
    Id([u8; 8]),
    Invalid,
}

impl ParentDraft {
    /// From bytes: none for a root; some exporters write zeros instead.
    #[inline]
    pub(super) fn from_bytes(bytes: &[u8]) -> Self {
        match <[u8; 8]>::try_from(bytes) {
            Ok([0, 0, 0, 0, 0, 0, 0, 0]) => Self::Root,
            Ok(id) => Self::Id(id),
            Err(_) if bytes.is_empty() => Self::Root,
            Err(_) => Self::Invalid,
        }
    }
}

impl SpanDraft {
    /// Takes the sampling threshold out of trace state.
    #[inline]
    pub(super) fn set_trace_state(&mut self, trace_state: &[u8]) {
        self.sampling_threshold = if trace_state.is_empty() { None } else { sampling_threshold(trace_state) };
    }

    /// The span, if OTLP calls it valid.
    #[inline]
    pub(super) fn check(mut self) -> Result<Span, RejectReason> {
        let trace_id = self.trace_id.filter(|id| *id != [0; 16]).ok_or(RejectReason::TraceId)?;
        let span_id = self.span_id.filter(|id| *id != [0; 8]).ok_or(RejectReason::SpanId)?;
        let parent_span_id = match self.parent {
            ParentDraft::Root => None,
            ParentDraft::Id(id) => Some(id),
            ParentDraft::Invalid => return Err(RejectReason::ParentSpanId),
        };
        if self.start_nanos == 0 {
            return Err(RejectReason::NoTime);
        }
        if self.end_nanos < self.start_nanos {
            self.end_nanos = self.start_nanos;
            self.flaws.add(Flaw::EndBeforeStart);
        }
        Ok(Span {
            trace_id,
            span_id,
            parent_span_id,
            start: timestamp(self.start_nanos)?,
            end: timestamp(self.end_nanos)?,
            kind: self.kind,
            status: self.status,
            sampling_threshold: self.sampling_threshold,
            flaws: self.flaws,
        })
    }
}

/// The fields of a log record as far as they are read.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LogDraft {
    pub(super) time_nanos: u64,
    pub(super) observed_nanos: u64,
    pub(super) severity_number: i32,
    /// `None` when missing or of another length.
    pub(super) trace_id: Option<[u8; 16]>,
    /// `None` when missing or of another length.
    pub(super) span_id: Option<[u8; 8]>,
    pub(super) flaws: Flaws,
}

impl LogDraft {
    /// The log record, if it has a time.
    #[inline]
    pub(super) fn check(self) -> Result<LogRecord, RejectReason> {
        let time = match (self.time_nanos, self.observed_nanos) {
            (0, 0) => return Err(RejectReason::NoTime),
            (0, observed) => timestamp(observed)?,
            (time, _) => timestamp(time)?,
        };
        Ok(LogRecord {
            time,
            observed_time: Some(self.observed_nanos).filter(|nanos| *nanos != 0).and_then(|n| timestamp(n).ok()),
            severity_number: u8::try_from(self.severity_number).ok().filter(|number| *number <= 24).unwrap_or(0),
            trace_id: self.trace_id.filter(|id| *id != [0; 16]),
            span_id: self.span_id.filter(|id| *id != [0; 8]),
            flaws: self.flaws,
        })
    }
}

/// A span's status by OTLP's number; numbers it does not know are unset.
#[inline]
pub(super) fn status_from_number(number: i32) -> SpanStatus {
    match number {
        1 => SpanStatus::Ok,
        2 => SpanStatus::Error,
        _ => SpanStatus::Unset,
    }
}

/// A span's status by OTLP's name (`STATUS_CODE_ERROR`); names it does not know are unset.
pub(super) fn status_from_enum_name(name: &str) -> SpanStatus {
    match name {
        "STATUS_CODE_OK" => SpanStatus::Ok,
        "STATUS_CODE_ERROR" => SpanStatus::Error,
        _ => SpanStatus::Unset,
    }
}

#[inline]
fn timestamp(nanos: u64) -> Result<Timestamp, RejectReason> {
    i64::try_from(nanos).map(Timestamp::from_nanos).map_err(|_| RejectReason::TimeOutOfRange)
}
