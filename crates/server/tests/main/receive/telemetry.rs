//! Requests of OTLP as the generated encoder writes them, and their JSON.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message;
use std::io::Write;

/// 14:00 of 2 March 2026.
pub(crate) const START_NANOS: u64 = 1_772_460_000_000_000_000;

pub(crate) fn span(id: u64) -> Span {
    Span {
        trace_id: vec![7; 16],
        span_id: id.to_be_bytes().to_vec(),
        name: "GET /search".to_owned(),
        kind: 2,
        start_time_unix_nano: START_NANOS,
        end_time_unix_nano: START_NANOS + 1_000_000,
        attributes: vec![attribute("http.route", "/search")],
        ..Span::default()
    }
}

pub(crate) fn attribute(key: &str, value: &str) -> KeyValue {
    let value = AnyValue { value: Some(any_value::Value::StringValue(value.to_owned())) };
    KeyValue { key: key.to_owned(), value: Some(value), ..KeyValue::default() }
}

/// A request of spans.
pub(crate) fn traces(spans: Vec<Span>) -> Vec<u8> {
    let resource = Resource { attributes: vec![attribute("service.name", "web")], ..Resource::default() };
    let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
    let resource_spans = ResourceSpans { resource: Some(resource), scope_spans, ..ResourceSpans::default() };
    ExportTraceServiceRequest { resource_spans: vec![resource_spans] }.encode_to_vec()
}

/// A request of so many log records.
pub(crate) fn logs(count: u64) -> Vec<u8> {
    let record = LogRecord { time_unix_nano: START_NANOS, ..LogRecord::default() };
    let scope_logs = vec![ScopeLogs { log_records: vec![record; count as usize], ..ScopeLogs::default() }];
    let resource_logs = ResourceLogs { scope_logs, ..ResourceLogs::default() };
    ExportLogsServiceRequest { resource_logs: vec![resource_logs] }.encode_to_vec()
}

/// A request of two data points of one sum, in protobuf.
pub(crate) const METRICS_PROTO: &[u8] = &[0x0a, 10, 0x12, 8, 0x12, 6, 0x3a, 4, 0x0a, 0, 0x0a, 0];

/// The same in JSON.
pub(crate) const METRICS_JSON: &str =
    r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"m","sum":{"dataPoints":[{},{}]}}]}]}]}"#;

/// One span in JSON, with more in it.
pub(crate) fn json_span(more: &str) -> String {
    format!(
        r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"traceId":"07070707070707070707070707070707",
        "spanId":"0000000000000001","name":"GET /search","kind":2,"startTimeUnixNano":"{START_NANOS}",
        "endTimeUnixNano":"{START_NANOS}"{more}}}]}}]}}]}}"#
    )
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 3).unwrap()
}
