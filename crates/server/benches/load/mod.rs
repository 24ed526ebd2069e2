//! What the benches send, and the server that takes it.

use milepost_model::DurationNs;
use milepost_server::{Ack, Settings};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// A server of the example product on free ports.
pub(crate) fn settings(data: &Path, ack: Ack) -> Settings {
    let registry = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/mail");
    Settings {
        memory_bytes: 1 << 30,
        ack,
        workers: std::thread::available_parallelism().unwrap().get(),
        segments_every: DurationNs::from_seconds(3600),
        ..Settings::alone(registry, data.to_owned())
    }
}

/// The least, the median and the most of some numbers.
pub(crate) fn spread(mut numbers: Vec<f64>) -> [f64; 3] {
    numbers.sort_by(f64::total_cmp);
    [numbers[0], numbers[numbers.len() / 2], numbers[numbers.len() - 1]]
}

/// A request with spans of three services, each with the attributes that semantic conventions ask for.
pub(crate) fn body(first: u64, count: u64) -> Vec<u8> {
    let now = u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos()).unwrap();
    let text = |key: &str, value: &str| attribute(key, Value::StringValue(value.to_owned()));
    let span = |id: u64| {
        let route = ["/inbox", "/messages", "/login"][(id % 3) as usize];
        Span {
            trace_id: (u128::from(mixed(id)) << 64 | u128::from(mixed(!id))).to_be_bytes().to_vec(),
            span_id: mixed(id).to_be_bytes().to_vec(),
            name: format!("GET {route}"),
            kind: 2,
            start_time_unix_nano: now - 1_000_000_000 - mixed(id) % 1_000_000_000,
            end_time_unix_nano: now - 900_000_000 - mixed(id) % 100_000_000,
            attributes: vec![
                text("http.request.method", if id.is_multiple_of(3) { "GET" } else { "POST" }),
                text("http.route", route),
                text("url.path", route),
                text("url.scheme", "https"),
                text("server.address", "mail.example.com"),
                text(
                    "user_agent.original",
                    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36",
                ),
                text("network.protocol.version", "1.1"),
                text("client.address", &format!("192.0.2.{}", mixed(id) % 256)),
                attribute("http.response.status_code", Value::IntValue(if id.is_multiple_of(50) { 503 } else { 200 })),
            ],
            ..Span::default()
        }
    };
    let resource = Resource {
        attributes: vec![
            text("service.name", "webmail"),
            text("cloud.region", "eu-west"),
            text("service.version", "2.4.0"),
        ],
        ..Resource::default()
    };
    let scope_spans = vec![ScopeSpans { spans: (first..first + count).map(span).collect(), ..ScopeSpans::default() }];
    let resource_spans = vec![ResourceSpans { resource: Some(resource), scope_spans, ..ResourceSpans::default() }];
    ExportTraceServiceRequest { resource_spans }.encode_to_vec()
}

fn attribute(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}

/// User and system time in seconds, by the 14th and 15th number of a `stat` file, in hundredths of a second.
pub(crate) fn cpu_seconds(stat: &Path) -> f64 {
    let stat = std::fs::read_to_string(stat).unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks: f64 = fields.get(11..13).unwrap_or_default().iter().map(|ticks| ticks.parse::<f64>().unwrap()).sum();
    ticks / 100.0
}

/// A number that looks like chance, the same for the same one: the finaliser of SplitMix64. Zero only for zero.
fn mixed(number: u64) -> u64 {
    let number = (number ^ number >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ number >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ number >> 31
}
