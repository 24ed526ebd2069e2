//! OTLP in JSON, as the Collector's file exporter and many SDKs write it: one request a record.
//!
//! Keys come in any order, unknown ones are skipped, and nothing is built but the values that are wanted. Nesting is
//! fixed by the schema; what is deeper is skipped without being entered. A value of the wrong type costs its event or
//! itself; broken syntax ends the record, and what was complete before it is delivered. Memory is a small multiple of the
//! record at most; the caller bounds the record.

mod batch;
mod event;
mod lenient;
mod metrics;
mod value;

use serde::de::{DeserializeSeed, MapAccess};

use super::event::{LogDraft, SpanDraft};
use super::{FieldPlan, Sink};
use batch::{Batch, ResourceState};
use event::{Common, Logs, Spans};
use lenient::{Elements, Fields, List, Object, Shape, ignore};
use metrics::{Metrics, ResourceMetrics};
use value::Attributes;

/// Why a record is not OTLP/JSON.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// It is no JSON object.
    #[error("a record of OTLP/JSON is one JSON object: {problem} at byte {column} of line {line}")]
    Syntax {
        /// The line in the record, from 1.
        line: usize,
        /// The byte in the line, from 1; 0 when the record is empty.
        column: usize,
        /// What is wrong there.
        problem: String,
    },
    /// Something follows the object: most often more of them, a line each.
    #[error(
        "a record of OTLP/JSON is one JSON object, and more follows it at byte {column} of line {line}: over HTTP each line of a JSONL file is a request of its own"
    )]
    More {
        /// The line in the record, from 1.
        line: usize,
        /// The byte in the line, from 1.
        column: usize,
    },
    /// It is a JSON object with keys, and none of them is one of a request.
    #[error("a record of OTLP/JSON has `resourceSpans`, `resourceLogs` or `resourceMetrics`, this one has not")]
    NotOtlp,
}

impl JsonError {
    /// The reason's name in counts and reports.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Syntax { .. } | Self::More { .. } => "bad-json",
            Self::NotOtlp => "not-otlp",
        }
    }
}

/// Delivers the spans and log records of one record and rejects its metrics.
///
/// The span name slot of a log record holds the event's name, where it has one. The body is not read.
///
/// # Errors
/// When the record is not a JSON object, or none of a request. Events that were complete before the broken place have been delivered.
pub fn read(record: &[u8], plan: &FieldPlan, sink: &mut impl Sink) -> Result<(), JsonError> {
    let mut deserializer = serde_json::Deserializer::from_slice(record);
    let mut request = Request { batch: Batch::new(record, plan, sink), keys: Keys::None };
    let shape = Object(&mut request).deserialize(&mut deserializer)?;
    let more = |error: serde_json::Error| JsonError::More { line: error.line(), column: error.column() };
    deserializer.end().map_err(more)?;
    match (shape, request.keys) {
        (Shape::Expected, Keys::Other) => Err(JsonError::NotOtlp),
        (Shape::Expected, _) => Ok(()),
        _ => Err(JsonError::Syntax { line: 1, column: 1, problem: "this is another value".to_owned() }),
    }
}

impl From<serde_json::Error> for JsonError {
    fn from(error: serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        let problem = error.to_string();
        // The place is told once, and in bytes.
        let problem = problem.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&problem).to_owned();
        Self::Syntax { line, column, problem }
    }
}

/// The whole record.
struct Request<'de, 'r, S> {
    batch: Batch<'de, 'r, S>,
    keys: Keys,
}

/// What keys a record was seen to have.
#[derive(Clone, Copy)]
enum Keys {
    /// None: a request without events.
    None,
    /// Only such as no request has.
    Other,
    /// One of a request, at least.
    OfRequest,
}

/// The entries of one kind of event, one for each resource.
struct ResourceEvents<'b, 'de, 'r, S> {
    batch: &'b mut Batch<'de, 'r, S>,
    kind: Kind,
}

/// The scopes of one resource.
struct ScopeEvents<'b, 'de, 'r, S> {
    batch: &'b mut Batch<'de, 'r, S>,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    Spans,
    Logs,
}

impl<'de, S: Sink> Request<'de, '_, S> {
    fn events<A: MapAccess<'de>>(&mut self, kind: Kind, map: &mut A) -> Result<(), A::Error> {
        let mut entries = ResourceEvents { batch: &mut self.batch, kind };
        let shape = map.next_value_seed(List(&mut entries))?;
        self.batch.envelope(shape);
        Ok(())
    }
}

impl<'de, S: Sink> Fields<'de> for Request<'de, '_, S> {
    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        self.keys = match (key, self.keys) {
            ("resourceSpans" | "resourceLogs" | "resourceMetrics", _) | (_, Keys::OfRequest) => Keys::OfRequest,
            _ => Keys::Other,
        };
        match key {
            "resourceSpans" => self.events(Kind::Spans, map),
            "resourceLogs" => self.events(Kind::Logs, map),
            "resourceMetrics" => {
                let shape = map.next_value_seed(List(&mut ResourceMetrics(Metrics::new(&mut self.batch))))?;
                self.batch.envelope(shape);
                Ok(())
            }
            _ => ignore(map),
        }
    }
}

impl<'de, S: Sink> Fields<'de> for ResourceEvents<'_, 'de, '_, S> {
    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match (key, self.kind) {
            ("resource", _) => Resource::read(self.batch, map)?,
            ("scopeSpans", Kind::Spans) | ("scopeLogs", Kind::Logs) => {
                let mut scopes = ScopeEvents { batch: &mut *self.batch, kind: self.kind };
                let shape = map.next_value_seed(List(&mut scopes))?;
                self.batch.envelope(shape);
            }
            _ => ignore(map)?,
        }
        Ok(())
    }
}

impl<'de, S: Sink> Elements<'de> for ResourceEvents<'_, 'de, '_, S> {
    fn end(&mut self, shape: Shape) {
        self.batch.end_resource(shape == Shape::Expected);
        self.batch.envelope(if shape == Shape::Null { Shape::Other } else { shape });
    }
}

impl<'de, S: Sink> Fields<'de> for ScopeEvents<'_, 'de, '_, S> {
    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        let batch = &mut *self.batch;
        let shape = match (key, self.kind) {
            ("spans", Kind::Spans) => {
                let mut spans = Spans { batch, draft: SpanDraft::default(), common: Common::default() };
                map.next_value_seed(List(&mut spans))?
            }
            ("logRecords", Kind::Logs) => {
                let mut logs = Logs { batch, draft: LogDraft::default(), common: Common::default() };
                map.next_value_seed(List(&mut logs))?
            }
            _ => return ignore(map),
        };
        self.batch.envelope(shape);
        Ok(())
    }
}

impl<'de, S: Sink> Elements<'de> for ScopeEvents<'_, 'de, '_, S> {
    fn end(&mut self, shape: Shape) {
        self.batch.envelope(if shape == Shape::Null { Shape::Other } else { shape });
    }
}

/// A `Resource`.
struct Resource<'b, 'de, 'r, S>(&'b mut Batch<'de, 'r, S>);

impl<'de, S: Sink> Resource<'_, 'de, '_, S> {
    /// Reads that of a batch.
    fn read<A: MapAccess<'de>>(batch: &mut Batch<'de, '_, S>, map: &mut A) -> Result<(), A::Error> {
        batch.resource = batch::Resource::default();
        let shape = map.next_value_seed(Object(&mut Resource(&mut *batch)))?;
        if shape == Shape::Other {
            batch.resource.state = ResourceState::Unreadable;
        } else if batch.resource.state == ResourceState::NotRead {
            batch.resource.state = ResourceState::Read;
        }
        Ok(())
    }
}

impl<'de, S: Sink> Fields<'de> for Resource<'_, 'de, '_, S> {
    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        if key != "attributes" {
            return ignore(map);
        }
        let resource = &mut self.0.resource;
        let (values, budget, flaws) = (&mut resource.values, &mut resource.budget, &mut resource.flaws);
        let mut attributes = Attributes::new(self.0.plan, values, budget, flaws);
        if map.next_value_seed(List(&mut attributes))? == Shape::Other {
            resource.state = ResourceState::Unreadable;
        }
        Ok(())
    }
}
