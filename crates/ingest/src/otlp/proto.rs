//! OTLP in protobuf: a visitor over the bytes, without decoding what nothing wants and without copying text.
//!
//! Reads whatever the generated decoders accept, and delivers the same events, save for those that OTLP calls invalid and
//! for attributes beyond [`MAX_ATTRIBUTES`](super::MAX_ATTRIBUTES). It also reads more: what it skips by length is not
//! looked at, and what is malformed costs its attribute or event, not the request. Nesting is fixed by the schema, so
//! there is no depth to bound; the work is linear in the payload.

mod attribute;
mod signal;
mod wire;

pub use signal::{OtlpSignal, signal};

use milepost_annotate::{Slot, Value};
use milepost_model::SpanStatus;

use super::event::{LogDraft, ParentDraft, SpanDraft, status_from_number};
use super::metric::is_own;
use super::{AttributeBudget, FieldPlan, Flaw, Flaws, LOG_KIND, RejectReason, ResourceValues, Sink, Slots, SpanKind};
use wire::{Cursor, Malformed, bytes_key, each, fixed64_key, varint_key};

/// Delivers the spans of an `ExportTraceServiceRequest` (or `TracesData`, which is the same on the wire).
pub fn read_traces(payload: &[u8], plan: &FieldPlan, sink: &mut impl Sink) {
    Reader::new(plan, sink).read(payload, Reader::span);
}

/// Delivers the log records of an `ExportLogsServiceRequest` (or `LogsData`).
///
/// The span name slot holds the event's name, where the record has one. The body is not read.
pub fn read_logs(payload: &[u8], plan: &FieldPlan, sink: &mut impl Sink) {
    Reader::new(plan, sink).read(payload, Reader::log);
}

/// Rejects the data points of an `ExportMetricsServiceRequest` (or `MetricsData`), one by one so that they are counted, and tells whose they are.
pub fn read_metrics(payload: &[u8], sink: &mut impl Sink) {
    let plan = FieldPlan::default();
    Reader::new(&plan, sink).read(payload, Reader::metric);
}

/// Delivers the events of a request of whatever signal; one without any delivers nothing.
pub fn read(payload: &[u8], plan: &FieldPlan, sink: &mut impl Sink) {
    match signal(payload) {
        Some(OtlpSignal::Traces) => read_traces(payload, plan, sink),
        Some(OtlpSignal::Logs) => read_logs(payload, plan, sink),
        Some(OtlpSignal::Metrics) => read_metrics(payload, sink),
        // Nothing in it, or nothing of it can be read: the readers tell the two apart.
        None => read_traces(payload, plan, sink),
    }
}

/// Fields around the events, the same for spans, log records and metrics.
mod envelope {
    pub(super) const RESOURCE_EVENTS: u32 = 1;
    pub(super) const RESOURCE: u32 = 1;
    pub(super) const SCOPE_EVENTS: u32 = 2;
    pub(super) const EVENTS: u32 = 2;
    pub(super) const RESOURCE_ATTRIBUTES: u32 = 1;
}

/// `Span`.
mod span {
    use super::{bytes_key, fixed64_key, varint_key};
    pub(super) const TRACE_ID: u32 = bytes_key(1);
    pub(super) const SPAN_ID: u32 = bytes_key(2);
    pub(super) const TRACE_STATE: u32 = bytes_key(3);
    pub(super) const PARENT_SPAN_ID: u32 = bytes_key(4);
    pub(super) const NAME: u32 = bytes_key(5);
    pub(super) const KIND: u32 = varint_key(6);
    pub(super) const START: u32 = fixed64_key(7);
    pub(super) const END: u32 = fixed64_key(8);
    pub(super) const ATTRIBUTE: u32 = bytes_key(9);
    pub(super) const STATUS: u32 = bytes_key(15);
    pub(super) const STATUS_CODE: u32 = varint_key(3);
}

/// `LogRecord`.
mod log {
    use super::{bytes_key, fixed64_key, varint_key};
    pub(super) const TIME: u32 = fixed64_key(1);
    pub(super) const SEVERITY_NUMBER: u32 = varint_key(2);
    pub(super) const ATTRIBUTE: u32 = bytes_key(6);
    pub(super) const TRACE_ID: u32 = bytes_key(9);
    pub(super) const SPAN_ID: u32 = bytes_key(10);
    pub(super) const OBSERVED_TIME: u32 = fixed64_key(11);
    pub(super) const EVENT_NAME: u32 = bytes_key(12);
}

/// `Metric`: gauge, sum, histogram, exponential histogram and summary, each with its data points in the same field.
mod metric {
    pub(super) const NAME: u32 = 1;
    pub(super) const KINDS: [u32; 5] = [5, 7, 9, 10, 11];
    pub(super) const DATA_POINTS: u32 = 1;
}

struct Reader<'a, 'r, S> {
    plan: &'r FieldPlan,
    sink: &'r mut S,
    /// The values of the event that is being read.
    slots: Slots<'a>,
    /// The values of the resource of the events that are being read.
    resource: ResourceValues<Value<'a>>,
    resource_flaws: Flaws,
    resource_readable: bool,
    /// It has metrics of its own.
    has_metrics: bool,
}

impl<'a, 'r, S: Sink> Reader<'a, 'r, S> {
    fn new(plan: &'r FieldPlan, sink: &'r mut S) -> Self {
        Self {
            plan,
            sink,
            slots: plan.slots(),
            resource: ResourceValues::default(),
            resource_flaws: Flaws::default(),
            resource_readable: true,
            has_metrics: false,
        }
    }

    /// Walks from the request down to the events. What is malformed at one level ends that level only.
    fn read(&mut self, payload: &'a [u8], event: impl Fn(&mut Self, &'a [u8]) -> Result<(), RejectReason>) {
        let request = each(payload, envelope::RESOURCE_EVENTS, |resource_events| {
            self.resource(resource_events);
            let scopes = each(resource_events, envelope::SCOPE_EVENTS, |scope_events| {
                let events = each(scope_events, envelope::EVENTS, |bytes| {
                    if let Err(reason) = event(self, bytes) {
                        self.sink.rejected(reason);
                    }
                });
                self.envelope(events);
            });
            self.envelope(scopes);
            self.told_metrics();
        });
        self.envelope(request);
    }

    fn envelope(&mut self, read: Result<(), Malformed>) {
        if read.is_err() {
            self.sink.rejected(RejectReason::Envelope);
        }
    }

    /// Finds the resource, wherever it is among the fields, and keeps its wanted values. One that is there more than
    /// once is merged, as protobuf asks.
    fn resource(&mut self, resource_events: &'a [u8]) {
        self.resource.clear();
        self.resource_flaws = Flaws::default();
        let mut budget = AttributeBudget::default();
        let (mut found, mut readable) = (false, true);
        let whole = each(resource_events, envelope::RESOURCE, |resource| {
            found = true;
            let attributes = each(resource, envelope::RESOURCE_ATTRIBUTES, |bytes| {
                if !budget.take() {
                    self.resource_flaws.add(Flaw::AttributesCut);
                    return;
                }
                match attribute::read(bytes, self.plan) {
                    Ok(Some((wanted, value))) => self.resource.put(wanted, value),
                    Ok(None) => {}
                    Err(Malformed) => self.resource_flaws.add(Flaw::UnreadableValue),
                }
            });
            readable &= attributes.is_ok();
        });
        // Where the fields end too early, the resource may be in what is lost.
        self.resource_readable = readable && (found || whole.is_ok());
    }

    fn span(&mut self, bytes: &'a [u8]) -> Result<(), RejectReason> {
        if !self.resource_readable {
            return Err(RejectReason::Resource);
        }
        self.slots.clear();
        let mut draft = SpanDraft { flaws: self.resource_flaws, ..SpanDraft::default() };
        let name = self.span_fields(bytes, &mut draft).map_err(|Malformed| RejectReason::Malformed)?;
        self.name(name, &mut draft.flaws);
        let span = draft.check()?;
        self.complete(span.kind.text());
        self.sink.span(&span, &self.slots);
        Ok(())
    }

    /// Reads a span's fields, and returns its name.
    #[inline]
    fn span_fields(&mut self, bytes: &'a [u8], draft: &mut SpanDraft) -> Result<&'a [u8], Malformed> {
        let mut name = &[][..];
        let mut budget = AttributeBudget::default();
        let mut cursor = Cursor::new(bytes);
        while let Some(key) = cursor.key()? {
            match key {
                span::TRACE_ID => draft.trace_id = cursor.bytes()?.try_into().ok(),
                span::SPAN_ID => draft.span_id = cursor.bytes()?.try_into().ok(),
                span::TRACE_STATE => draft.set_trace_state(cursor.bytes()?),
                span::PARENT_SPAN_ID => draft.parent = ParentDraft::from_bytes(cursor.bytes()?),
                span::NAME => name = cursor.bytes()?,
                span::KIND => draft.kind = SpanKind::from_number(cursor.varint()? as i32),
                span::START => draft.start_nanos = cursor.fixed64()?,
                span::END => draft.end_nanos = cursor.fixed64()?,
                span::ATTRIBUTE => self.attribute(cursor.bytes()?, &mut budget, &mut draft.flaws),
                span::STATUS => merge_status(cursor.bytes()?, &mut draft.status)?,
                _ => cursor.skip(key)?,
            }
        }
        Ok(name)
    }

    fn log(&mut self, bytes: &'a [u8]) -> Result<(), RejectReason> {
        if !self.resource_readable {
            return Err(RejectReason::Resource);
        }
        self.slots.clear();
        let mut draft = LogDraft { flaws: self.resource_flaws, ..LogDraft::default() };
        let name = self.log_fields(bytes, &mut draft).map_err(|Malformed| RejectReason::Malformed)?;
        self.name(name, &mut draft.flaws);
        let record = draft.check()?;
        self.complete(LOG_KIND);
        self.sink.log(&record, &self.slots);
        Ok(())
    }

    /// Reads a log record's fields, and returns the name of its event.
    #[inline]
    fn log_fields(&mut self, bytes: &'a [u8], draft: &mut LogDraft) -> Result<&'a [u8], Malformed> {
        let mut name = &[][..];
        let mut budget = AttributeBudget::default();
        let mut cursor = Cursor::new(bytes);
        while let Some(key) = cursor.key()? {
            match key {
                log::TIME => draft.time_nanos = cursor.fixed64()?,
                log::OBSERVED_TIME => draft.observed_nanos = cursor.fixed64()?,
                log::SEVERITY_NUMBER => draft.severity_number = cursor.varint()? as i32,
                log::TRACE_ID => draft.trace_id = cursor.bytes()?.try_into().ok(),
                log::SPAN_ID => draft.span_id = cursor.bytes()?.try_into().ok(),
                log::EVENT_NAME => name = cursor.bytes()?,
                log::ATTRIBUTE => self.attribute(cursor.bytes()?, &mut budget, &mut draft.flaws),
                _ => cursor.skip(key)?,
            }
        }
        Ok(name)
    }

    fn metric(&mut self, bytes: &'a [u8]) -> Result<(), RejectReason> {
        let (mut name, mut has_points) = (&[][..], false);
        each(bytes, metric::NAME, |text| name = text).map_err(|Malformed| RejectReason::Malformed)?;
        for kind in metric::KINDS {
            each(bytes, kind, |data| {
                let points = each(data, metric::DATA_POINTS, |_| {
                    has_points = true;
                    self.sink.rejected(RejectReason::Metric);
                });
                self.envelope(points);
            })
            .map_err(|Malformed| RejectReason::Malformed)?;
        }
        self.has_metrics |= has_points && is_own(&String::from_utf8_lossy(name));
        Ok(())
    }

    /// Says whose the metrics of a resource were, where there were some.
    fn told_metrics(&mut self) {
        if std::mem::take(&mut self.has_metrics) {
            let service = self.resource.service().filter(|_| self.resource_readable);
            let name = service.and_then(|value| if let Value::Text(name) = value { Some(*name) } else { None });
            self.sink.metrics_of(name);
        }
    }

    #[inline]
    fn attribute(&mut self, bytes: &'a [u8], budget: &mut AttributeBudget, flaws: &mut Flaws) {
        if !budget.take() {
            flaws.add(Flaw::AttributesCut);
            return;
        }
        match attribute::read(bytes, self.plan) {
            Ok(Some((wanted, value))) => self.slots.put(wanted, value),
            Ok(None) => {}
            Err(Malformed) => flaws.add(Flaw::UnreadableValue),
        }
    }

    /// Puts the name into its slot; protobuf does not tell an empty name from none.
    #[inline]
    fn name(&mut self, name: &'a [u8], flaws: &mut Flaws) {
        match std::str::from_utf8(name) {
            Ok("") => {}
            Ok(name) => self.slots.set(Slot::SPAN_NAME, Value::Text(name)),
            Err(_) => flaws.add(Flaw::UnreadableValue),
        }
    }

    /// Adds to the slots what is not from the event's own attributes.
    #[inline]
    fn complete(&mut self, kind: &'static str) {
        for (wanted, value) in &self.resource.0 {
            self.slots.put(*wanted, *value);
        }
        self.slots.set(Slot::KIND, Value::Text(kind));
    }
}

/// Takes the code out of a `Status`; one that is there more than once is merged.
#[inline]
fn merge_status(bytes: &[u8], status: &mut SpanStatus) -> Result<(), Malformed> {
    let mut cursor = Cursor::new(bytes);
    while let Some(key) = cursor.key()? {
        match key {
            span::STATUS_CODE => *status = status_from_number(cursor.varint()? as i32),
            _ => cursor.skip(key)?,
        }
    }
    Ok(())
}
