//! The payloads of the OTLP benches: what a shop would send.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{self as otlp, ResourceSpans, ScopeSpans};

/// Spans in the payload.
pub(crate) const SPANS: u64 = 1_000;
const SERVICES: [&str; 4] = ["frontend", "checkout", "cart", "catalog"];
/// What a payload holds, in words, and how it is made.
type Payload = (&'static str, fn() -> ExportTraceServiceRequest);
/// All payloads; the first is the usual one.
pub(crate) const PAYLOADS: [Payload; 2] =
    [("spans with ten attributes", request), ("spans with three attributes", narrow_request)];
const ANNOTATION: &str = "1.shop.buy.pay.interactive.critical.17.3f2a9c1e5b";
const AGENTS: [&str; 4] = [
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
];

/// HTTP server, RPC client and database spans with about ten attributes each, as current instrumentation writes them. Half of the requests
/// carry an annotation, the other half is left to rules.
fn request() -> ExportTraceServiceRequest {
    request_of(span)
}

/// RPC spans with three attributes each and no annotation: as little as a span can have, so that what all spans cost weighs most.
fn narrow_request() -> ExportTraceServiceRequest {
    request_of(narrow_span)
}

fn request_of(span: fn(u64) -> otlp::Span) -> ExportTraceServiceRequest {
    let per_service = SPANS / SERVICES.len() as u64;
    let resource_spans = SERVICES.iter().zip(0..).map(|(service, index)| ResourceSpans {
        resource: Some(resource(service)),
        scope_spans: vec![ScopeSpans {
            scope: Some(InstrumentationScope { name: "shop".to_owned(), ..InstrumentationScope::default() }),
            spans: (0..per_service).map(|number| span(index * per_service + number)).collect(),
            ..ScopeSpans::default()
        }],
        ..ResourceSpans::default()
    });
    ExportTraceServiceRequest { resource_spans: resource_spans.collect() }
}

fn resource(service: &str) -> Resource {
    let attributes = vec![
        text("service.name", service),
        text("service.version", "1.14.2"),
        text("service.instance.id", "627cc493-f310-47de-96bd-71410b7dec09"),
        text("cloud.region", "eu-west-1"),
        text("k8s.pod.name", &format!("{service}-579b9bff58-t2dbm")),
        text("k8s.namespace.name", "shop"),
        text("telemetry.sdk.language", "go"),
        text("telemetry.sdk.name", "opentelemetry"),
    ];
    Resource { attributes, ..Resource::default() }
}

fn span(number: u64) -> otlp::Span {
    let (kind, name, attributes) = match number % 3 {
        0 if number.is_multiple_of(2) => (2, "POST /api/checkout", checkout(number)),
        0 => (2, "GET /api/products/{product}", product(number)),
        1 => (3, "hipstershop.CartService/GetCart", client()),
        _ => (3, "SELECT shop.orders", database(number)),
    };
    span_of(number, kind, name, attributes)
}

fn narrow_span(number: u64) -> otlp::Span {
    // The third service is the cart, which answers; the others ask.
    let kind = if number / (SPANS / SERVICES.len() as u64) == 2 { 2 } else { 3 };
    let (service, method) = if number.is_multiple_of(2) {
        ("hipstershop.CartService", "AddItem")
    } else {
        ("hipstershop.CurrencyService", "Convert")
    };
    let attributes = vec![text("rpc.system", "grpc"), text("rpc.service", service), text("rpc.method", method)];
    span_of(number, kind, &format!("{service}/{method}"), attributes)
}

fn span_of(number: u64, kind: i32, name: &str, attributes: Vec<KeyValue>) -> otlp::Span {
    let start = 1_661_256_099_750_950_941 + number * 1_003;
    let id = (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    otlp::Span {
        trace_id: (u128::from(id) << 64 | u128::from(!id)).to_be_bytes().to_vec(),
        span_id: id.to_be_bytes().to_vec(),
        parent_span_id: if number.is_multiple_of(3) { Vec::new() } else { (!id).to_be_bytes().to_vec() },
        name: name.to_owned(),
        kind,
        start_time_unix_nano: start,
        end_time_unix_nano: start + 12_000_000 + number,
        attributes,
        status: Some(otlp::Status::default()),
        flags: 257,
        ..otlp::Span::default()
    }
}

fn checkout(number: u64) -> Vec<KeyValue> {
    let mut attributes = server(number, "POST", "/api/checkout", "/api/checkout");
    attributes.push(text("milepost", ANNOTATION));
    attributes
}

fn product(number: u64) -> Vec<KeyValue> {
    server(number, "GET", &format!("/api/products/{}", number * 31 % 1_009), "/api/products/{product}")
}

fn server(number: u64, method: &str, path: &str, route: &str) -> Vec<KeyValue> {
    vec![
        text("http.request.method", method),
        text("url.scheme", "https"),
        text("url.path", path),
        text("http.route", route),
        text("server.address", "shop.example.com"),
        integer("server.port", 443),
        text("client.address", "203.0.113.7"),
        text("user_agent.original", AGENTS[number as usize % AGENTS.len()]),
        text("network.protocol.version", "1.1"),
        integer("http.response.status_code", if number.is_multiple_of(50) { 503 } else { 200 }),
    ]
}

fn client() -> Vec<KeyValue> {
    vec![
        text("rpc.system", "grpc"),
        text("rpc.service", "hipstershop.CartService"),
        text("rpc.method", "GetCart"),
        integer("rpc.grpc.status_code", 0),
        text("server.address", "cart"),
        integer("server.port", 7070),
        text("network.peer.address", "10.0.3.17"),
        text("network.type", "ipv4"),
        text("thread.name", "grpc-default-executor-1"),
        text("milepost", ANNOTATION),
    ]
}

fn database(number: u64) -> Vec<KeyValue> {
    vec![
        text("db.system.name", "postgresql"),
        text("db.namespace", "shop"),
        text("db.collection.name", "orders"),
        text("db.operation.name", "SELECT"),
        text("db.query.text", "SELECT id, total, state FROM orders WHERE customer_id = $1 ORDER BY id DESC LIMIT 20"),
        text("server.address", "orders-db"),
        integer("server.port", 5432),
        integer("thread.id", number as i64 % 64),
        text("thread.name", "pool-2-thread-7"),
    ]
}

fn text(key: &str, value: &str) -> KeyValue {
    attribute(key, any_value::Value::StringValue(value.to_owned()))
}

fn integer(key: &str, value: i64) -> KeyValue {
    attribute(key, any_value::Value::IntValue(value))
}

fn attribute(key: &str, value: any_value::Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}
