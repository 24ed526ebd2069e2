//! A request as OTLP/JSON text, in every form that is allowed.

use std::fmt::Write;

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{Span, span::SpanKind, status::StatusCode};

use super::generate::Draw;

pub(super) fn traces(request: &ExportTraceServiceRequest, draw: &mut Draw<'_>) -> String {
    let entries = list(&request.resource_spans, draw, |entry, draw| {
        let scopes = list(&entry.scope_spans, draw, |scope, draw| {
            let spans = list(&scope.spans, draw, span);
            object(vec![("spans", spans), ("schemaUrl", text(&scope.schema_url, draw))], draw)
        });
        object(vec![("resource", resource(entry.resource.as_ref(), draw)), ("scopeSpans", scopes)], draw)
    });
    object(vec![("resourceSpans", entries)], draw)
}

pub(super) fn logs(request: &ExportLogsServiceRequest, draw: &mut Draw<'_>) -> String {
    let entries = list(&request.resource_logs, draw, |entry, draw| {
        let scopes = list(&entry.scope_logs, draw, |scope, draw| {
            let records = list(&scope.log_records, draw, log);
            object(vec![("logRecords", records), ("schemaUrl", text(&scope.schema_url, draw))], draw)
        });
        object(vec![("resource", resource(entry.resource.as_ref(), draw)), ("scopeLogs", scopes)], draw)
    });
    object(vec![("resourceLogs", entries)], draw)
}

fn resource(resource: Option<&Resource>, draw: &mut Draw<'_>) -> String {
    let Some(resource) = resource else { return "null".to_owned() };
    let attributes = list(&resource.attributes, draw, attribute);
    object(vec![("attributes", attributes), ("droppedAttributesCount", "0".to_owned())], draw)
}

fn span(span: &Span, draw: &mut Draw<'_>) -> String {
    let kind = match SpanKind::try_from(span.kind) {
        Ok(kind) if draw.rarely(2) => format!("\"{}\"", kind.as_str_name()),
        _ => span.kind.to_string(),
    };
    let status = span.status.as_ref().map_or_else(
        || "null".to_owned(),
        |status| {
            let code = match StatusCode::try_from(status.code) {
                Ok(code) if draw.rarely(2) => format!("\"{}\"", code.as_str_name()),
                _ => status.code.to_string(),
            };
            object(vec![("code", code), ("message", text(&status.message, draw))], draw)
        },
    );
    let fields = vec![
        ("traceId", hex(&span.trace_id, draw)),
        ("spanId", hex(&span.span_id, draw)),
        ("parentSpanId", hex(&span.parent_span_id, draw)),
        ("traceState", text(&span.trace_state, draw)),
        ("name", text(&span.name, draw)),
        ("kind", kind),
        ("startTimeUnixNano", number(span.start_time_unix_nano, draw)),
        ("endTimeUnixNano", number(span.end_time_unix_nano, draw)),
        ("attributes", list(&span.attributes, draw, attribute)),
        ("events", list(&span.events, draw, |event, draw| object(vec![("name", text(&event.name, draw))], draw))),
        ("status", status),
        ("flags", span.flags.to_string()),
    ];
    object(fields, draw)
}

fn log(record: &LogRecord, draw: &mut Draw<'_>) -> String {
    let fields = vec![
        ("timeUnixNano", number(record.time_unix_nano, draw)),
        ("observedTimeUnixNano", number(record.observed_time_unix_nano, draw)),
        ("severityNumber", record.severity_number.to_string()),
        ("body", record.body.as_ref().map_or_else(|| "null".to_owned(), |body| any(body, draw))),
        ("attributes", list(&record.attributes, draw, attribute)),
        ("traceId", hex(&record.trace_id, draw)),
        ("spanId", hex(&record.span_id, draw)),
        ("eventName", text(&record.event_name, draw)),
    ];
    object(fields, draw)
}

fn attribute(attribute: &KeyValue, draw: &mut Draw<'_>) -> String {
    let value = attribute.value.as_ref().map_or_else(|| "null".to_owned(), |value| any(value, draw));
    object(vec![("key", text(&attribute.key, draw)), ("value", value)], draw)
}

fn any(value: &AnyValue, draw: &mut Draw<'_>) -> String {
    let (key, value) = match &value.value {
        None => return "{}".to_owned(),
        Some(Value::StringValue(value)) => ("stringValue", text(value, draw)),
        Some(Value::BoolValue(value)) => ("boolValue", value.to_string()),
        Some(Value::IntValue(value)) => ("intValue", number(value, draw)),
        Some(Value::DoubleValue(value)) if value.is_finite() && !draw.rarely(3) => {
            ("doubleValue", format!("{value:?}"))
        }
        Some(Value::DoubleValue(value)) if value.is_nan() => ("doubleValue", "\"NaN\"".to_owned()),
        Some(Value::DoubleValue(value)) if value.is_infinite() => ("doubleValue", "\"Infinity\"".to_owned()),
        Some(Value::DoubleValue(value)) => ("doubleValue", format!("\"{value:?}\"")),
        Some(Value::ArrayValue(array)) => {
            let values = list(&array.values, draw, any);
            ("arrayValue", object(vec![("values", values)], draw))
        }
        Some(Value::KvlistValue(pairs)) => {
            let values = list(&pairs.values, draw, attribute);
            ("kvlistValue", object(vec![("values", values)], draw))
        }
        Some(Value::BytesValue(_)) => ("bytesValue", "\"AAEC\"".to_owned()),
        Some(Value::StringValueStrindex(_)) => unreachable!("nothing generates it"),
    };
    object(vec![(key, value)], draw)
}

/// The fields in some order, perhaps with one that nobody knows.
fn object(mut fields: Vec<(&str, String)>, draw: &mut Draw<'_>) -> String {
    if draw.rarely(4) {
        fields.push(("unknownKey", r#"[{"a":[null,1e3,"\ud83d"]},false]"#.to_owned()));
    }
    for index in 1..fields.len() {
        if draw.rarely(2) {
            fields.swap(index - 1, index);
        }
    }
    let fields: Vec<String> = fields.into_iter().map(|(key, value)| format!("\"{key}\": {value}")).collect();
    format!("{{{}}}", fields.join(","))
}

fn list<T>(items: &[T], draw: &mut Draw<'_>, mut one: impl FnMut(&T, &mut Draw<'_>) -> String) -> String {
    if items.is_empty() && draw.rarely(2) {
        return "null".to_owned();
    }
    let items: Vec<String> = items.iter().map(|item| one(item, draw)).collect();
    format!("[{}]", items.join(", "))
}

fn number(number: impl std::fmt::Display, draw: &mut Draw<'_>) -> String {
    if draw.rarely(2) { number.to_string() } else { format!("\"{number}\"") }
}

fn hex(bytes: &[u8], draw: &mut Draw<'_>) -> String {
    let upper = draw.rarely(2);
    let digits = bytes.iter().fold(String::new(), |mut digits, byte| {
        let _ = if upper { write!(digits, "{byte:02X}") } else { write!(digits, "{byte:02x}") };
        digits
    });
    if digits.is_empty() && draw.rarely(2) { "null".to_owned() } else { format!("\"{digits}\"") }
}

/// Text, at times with every character escaped.
fn text(text: &str, draw: &mut Draw<'_>) -> String {
    if !draw.rarely(3) {
        return serde_json::to_string(text).unwrap();
    }
    let escaped: String = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
    format!("\"{escaped}\"")
}
