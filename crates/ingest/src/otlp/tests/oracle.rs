//! The same events from the generated decoder: decode everything, then look.

use milepost_annotate::{Slot, Slots, Value};
use milepost_model::{SpanStatus, Timestamp};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value as Any};
use opentelemetry_proto::tonic::{logs, resource, trace};

use super::super::trace_state::sampling_threshold;
use super::super::{Flaw, Flaws, LogRecord, MAX_ATTRIBUTES, RejectReason, Span, SpanKind};
use super::recorder::{Seen, Wants};

pub(super) fn traces(request: &ExportTraceServiceRequest, wants: &Wants) -> Vec<Seen> {
    let mut seen = Vec::new();
    for entry in &request.resource_spans {
        for span in entry.scope_spans.iter().flat_map(|scope| &scope.spans) {
            seen.push(match check_span(span) {
                Ok(mut checked) => {
                    let values = slots(wants, &span.attributes, entry.resource.as_ref(), &mut checked.flaws);
                    Seen::Span(checked, named(wants, values, &span.name, checked.kind.text()))
                }
                Err(reason) => Seen::Rejected(reason),
            });
        }
    }
    seen
}

pub(super) fn logs(request: &ExportLogsServiceRequest, wants: &Wants) -> Vec<Seen> {
    let mut seen = Vec::new();
    for entry in &request.resource_logs {
        for record in entry.scope_logs.iter().flat_map(|scope| &scope.log_records) {
            seen.push(match check_log(record) {
                Ok(mut checked) => {
                    let values = slots(wants, &record.attributes, entry.resource.as_ref(), &mut checked.flaws);
                    Seen::Log(checked, named(wants, values, &record.event_name, "log"))
                }
                Err(reason) => Seen::Rejected(reason),
            });
        }
    }
    seen
}

fn named<'a>(wants: &Wants, mut slots: Slots<'a>, name: &'a str, kind: &'static str) -> Vec<(&'static str, String)> {
    if !name.is_empty() {
        slots.set(Slot::SPAN_NAME, Value::Text(name));
    }
    slots.set(Slot::KIND, Value::Text(kind));
    wants.filled(&slots)
}

fn slots<'a>(
    wants: &Wants,
    own: &'a [KeyValue],
    resource: Option<&'a resource::v1::Resource>,
    flaws: &mut Flaws,
) -> Slots<'a> {
    let mut slots = wants.plan.slots();
    let limit = usize::try_from(MAX_ATTRIBUTES).unwrap();
    let resource = resource.map_or(&[][..], |resource| &resource.attributes);
    if own.len() > limit || resource.len() > limit {
        flaws.add(Flaw::AttributesCut);
    }
    let wanted = |attribute: &'a KeyValue| {
        let wanted = wants.plan.attribute(attribute.key.as_bytes())?;
        Some((wanted, value(attribute.value.as_ref()))).filter(|(_, value)| value.is_present())
    };
    for (wanted, value) in own.iter().take(limit).filter_map(wanted) {
        slots.put(wanted, value);
    }
    // Of what a resource says twice the first counts.
    let mut known = Vec::new();
    for (wanted, value) in resource.iter().take(limit).filter_map(wanted) {
        if !known.contains(&wanted) {
            known.push(wanted);
            slots.put(wanted, value);
        }
    }
    slots
}

fn value(any: Option<&AnyValue>) -> Value<'_> {
    match any.and_then(|any| any.value.as_ref()) {
        Some(Any::StringValue(text)) => Value::Text(text),
        Some(Any::BoolValue(value)) => Value::Bool(*value),
        Some(Any::IntValue(value)) => Value::Int(*value),
        Some(Any::DoubleValue(value)) => Value::Double(*value),
        Some(Any::ArrayValue(array)) => {
            let texts = array.values.iter().filter_map(|any| match &any.value {
                Some(Any::StringValue(text)) => Some(Value::Text(text)),
                _ => None,
            });
            texts.into_iter().next().unwrap_or_default()
        }
        Some(Any::KvlistValue(_) | Any::BytesValue(_) | Any::StringValueStrindex(_)) | None => Value::Missing,
    }
}

fn check_span(span: &trace::v1::Span) -> Result<Span, RejectReason> {
    let trace_id = id(&span.trace_id).ok_or(RejectReason::TraceId)?;
    let span_id = id(&span.span_id).ok_or(RejectReason::SpanId)?;
    if ![0, 8].contains(&span.parent_span_id.len()) {
        return Err(RejectReason::ParentSpanId);
    }
    let mut flaws = Flaws::default();
    if span.start_time_unix_nano == 0 {
        return Err(RejectReason::NoTime);
    }
    if span.end_time_unix_nano < span.start_time_unix_nano {
        flaws.add(Flaw::EndBeforeStart);
    }
    Ok(Span {
        trace_id,
        span_id,
        parent_span_id: id(&span.parent_span_id),
        start: time(span.start_time_unix_nano)?,
        end: time(span.end_time_unix_nano.max(span.start_time_unix_nano))?,
        kind: match span.kind {
            1 => SpanKind::Internal,
            2 => SpanKind::Server,
            3 => SpanKind::Client,
            4 => SpanKind::Producer,
            5 => SpanKind::Consumer,
            _ => SpanKind::Unspecified,
        },
        status: match span.status.as_ref().map(|status| status.code) {
            Some(1) => SpanStatus::Ok,
            Some(2) => SpanStatus::Error,
            _ => SpanStatus::Unset,
        },
        sampling_threshold: sampling_threshold(span.trace_state.as_bytes()),
        flaws,
    })
}

fn check_log(record: &logs::v1::LogRecord) -> Result<LogRecord, RejectReason> {
    let own = Some(record.time_unix_nano).filter(|nanos| *nanos != 0);
    let observed = Some(record.observed_time_unix_nano).filter(|nanos| *nanos != 0);
    Ok(LogRecord {
        time: time(own.or(observed).ok_or(RejectReason::NoTime)?)?,
        observed_time: observed.and_then(|nanos| time(nanos).ok()),
        severity_number: if (1..=24).contains(&record.severity_number) { record.severity_number as u8 } else { 0 },
        trace_id: id(&record.trace_id),
        span_id: id(&record.span_id),
        flaws: Flaws::default(),
    })
}

fn id<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    bytes.try_into().ok().filter(|id| *id != [0; N])
}

fn time(nanos: u64) -> Result<Timestamp, RejectReason> {
    nanos.try_into().map(Timestamp::from_nanos).map_err(|_| RejectReason::TimeOutOfRange)
}
