//! Small telemetry of the mail example, made here: OTLP as JSON, and any OTLP/JSON as protobuf, by the generated types.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use prost::Message as _;
use serde_json::{Value, json};

/// 2026-01-31T14:00:00Z, when the first span begins.
const START_NANOS: u64 = 1_769_868_000_000_000_000;

/// A request to webmail: the server's span, the `number`-th second after the start, which took 100 ms and one more for each number.
pub(crate) fn request(number: u64, method: &str, route: &str, status: u16) -> Value {
    span(
        number,
        &format!("{method} {route}"),
        &[
            ("http.request.method", json!({ "stringValue": method })),
            ("http.route", json!({ "stringValue": route })),
            ("url.path", json!({ "stringValue": route })),
            ("http.response.status_code", json!({ "intValue": status.to_string() })),
        ],
    )
}

/// A server's span with these attributes, the root of a trace of its own.
pub(crate) fn span(number: u64, name: &str, attributes: &[(&str, Value)]) -> Value {
    let start = START_NANOS + number * 1_000_000_000;
    json!({
        "traceId": format!("{:032x}", number + 1),
        "spanId": format!("{:016x}", number + 1),
        "name": name,
        "kind": 2,
        "startTimeUnixNano": start.to_string(),
        "endTimeUnixNano": (start + (100 + number) * 1_000_000).to_string(),
        "attributes": keys_and_values(attributes),
        "status": {},
    })
}

/// The request as a log record, as Envoy and others export their access logs.
pub(crate) fn log_record(number: u64, method: &str, path: &str, status: u16) -> Value {
    json!({
        "timeUnixNano": (START_NANOS + number * 1_000_000_000).to_string(),
        "attributes": keys_and_values(&[
            ("http.request.method", json!({ "stringValue": method })),
            ("url.path", json!({ "stringValue": path })),
            ("http.response.status_code", json!({ "intValue": status.to_string() })),
        ]),
    })
}

fn keys_and_values(attributes: &[(&str, Value)]) -> Value {
    attributes.iter().map(|(key, value)| json!({ "key": key, "value": value })).collect()
}

/// The spans of a service as one request of OTLP.
pub(crate) fn spans_of(service: &str, spans: &[Value]) -> Value {
    json!({ "resourceSpans": [{ "resource": resource(service), "scopeSpans": [{ "spans": spans }] }] })
}

/// The log records of a service as one request of OTLP.
pub(crate) fn logs_of(service: &str, records: &[Value]) -> Value {
    json!({ "resourceLogs": [{ "resource": resource(service), "scopeLogs": [{ "logRecords": records }] }] })
}

fn resource(service: &str) -> Value {
    json!({ "attributes": keys_and_values(&[("service.name", json!({ "stringValue": service }))]) })
}

/// One request a line.
pub(crate) fn lines(requests: &[Value]) -> Vec<u8> {
    requests.iter().flat_map(|request| format!("{request}\n").into_bytes()).collect()
}

/// Each message after its length, as the Collector's file exporter writes `format: proto`.
pub(crate) fn delimited(messages: &[Vec<u8>]) -> Vec<u8> {
    let with_length = |message: &Vec<u8>| {
        let length = u32::try_from(message.len()).expect("a message is small");
        [&length.to_be_bytes()[..], message].concat()
    };
    messages.iter().flat_map(with_length).collect()
}

/// The spans of a request of OTLP/JSON as protobuf.
pub(crate) fn trace_message(request: &Value) -> Vec<u8> {
    let resource_spans = list(request, "resourceSpans").map(|entry| ResourceSpans {
        resource: Some(Resource { attributes: attributes(&entry["resource"]), ..Resource::default() }),
        scope_spans: list(entry, "scopeSpans")
            .map(|scope| ScopeSpans { spans: list(scope, "spans").map(proto_span).collect(), ..ScopeSpans::default() })
            .collect(),
        ..ResourceSpans::default()
    });
    ExportTraceServiceRequest { resource_spans: resource_spans.collect() }.encode_to_vec()
}

fn proto_span(span: &Value) -> Span {
    Span {
        trace_id: bytes(&span["traceId"]),
        span_id: bytes(&span["spanId"]),
        parent_span_id: bytes(&span["parentSpanId"]),
        name: span["name"].as_str().unwrap_or_default().to_owned(),
        kind: i32::try_from(span["kind"].as_i64().unwrap_or_default()).expect("a kind"),
        start_time_unix_nano: number(&span["startTimeUnixNano"]),
        end_time_unix_nano: number(&span["endTimeUnixNano"]),
        attributes: attributes(span),
        status: Some(Status {
            code: i32::try_from(span["status"]["code"].as_i64().unwrap_or_default()).expect("a status"),
            ..Status::default()
        }),
        ..Span::default()
    }
}

/// The log records of a request of OTLP/JSON as protobuf.
pub(crate) fn log_message(request: &Value) -> Vec<u8> {
    let record = |record: &Value| LogRecord {
        time_unix_nano: number(&record["timeUnixNano"]),
        attributes: attributes(record),
        ..LogRecord::default()
    };
    let resource_logs = list(request, "resourceLogs").map(|entry| ResourceLogs {
        resource: Some(Resource { attributes: attributes(&entry["resource"]), ..Resource::default() }),
        scope_logs: list(entry, "scopeLogs")
            .map(|scope| ScopeLogs {
                log_records: list(scope, "logRecords").map(record).collect(),
                ..ScopeLogs::default()
            })
            .collect(),
        ..ResourceLogs::default()
    });
    ExportLogsServiceRequest { resource_logs: resource_logs.collect() }.encode_to_vec()
}

fn attributes(of: &Value) -> Vec<KeyValue> {
    let value = |value: &Value| match value.as_object().and_then(|object| object.iter().next()) {
        Some((kind, value)) => match kind.as_str() {
            "stringValue" => any_value::Value::StringValue(value.as_str().expect("a text").to_owned()),
            "intValue" => any_value::Value::IntValue(i64::try_from(number(value)).expect("a number")),
            "boolValue" => any_value::Value::BoolValue(value.as_bool().expect("true or false")),
            kind => unreachable!("no attribute here is a {kind}"),
        },
        None => unreachable!("an attribute has a value: {value}"),
    };
    let attribute = |attribute: &Value| KeyValue {
        key: attribute["key"].as_str().expect("a key").to_owned(),
        value: Some(AnyValue { value: Some(value(&attribute["value"])) }),
        ..KeyValue::default()
    };
    list(of, "attributes").map(attribute).collect()
}

fn list<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value[key].as_array().into_iter().flatten()
}

/// A number, which OTLP/JSON writes as text.
fn number(value: &Value) -> u64 {
    value.as_str().map_or(0, |text| text.parse().expect("a number"))
}

/// An id, which OTLP/JSON writes in hexadecimal digits.
fn bytes(value: &Value) -> Vec<u8> {
    let digits = value.as_str().unwrap_or_default();
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).expect("two digits")).collect()
}
