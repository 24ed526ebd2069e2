//! How long a span takes from the payload to its slots: read in place, and by the generated decoder for comparison.
//!
//! The payload is what a shop's frontend would send: HTTP server, RPC client and database spans, about ten attributes
//! each. Both ways end in the same sink, which does next to nothing.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use milepost_annotate::{FieldPlan, Slot, Slots, Value};
use milepost_ingest::otlp::{Flaws, LogRecord, RejectReason, Sink, Span, SpanKind, json, proto};
use milepost_model::{SpanStatus, Timestamp};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{self as otlp, ResourceSpans, ScopeSpans};
use prost::Message;

const SPANS: u64 = 1_000;
const SERVICES: [&str; 4] = ["frontend", "checkout", "cart", "catalog"];

fn benches(criterion: &mut Criterion) {
    let request = request();
    let payload = request.encode_to_vec();
    let record = json_text(&request);
    let mut plan = FieldPlan::default();
    plan.want_attribute("cloud.region");
    plan.want_attribute("service.version");

    let mut group = criterion.benchmark_group("otlp");
    group.throughput(Throughput::Elements(SPANS));
    group.bench_function("protobuf in place", |bencher| {
        bencher.iter(|| {
            let mut sink = Tally::default();
            proto::read_traces(black_box(&payload), &plan, &mut sink);
            sink.checked()
        });
    });
    group.bench_function("protobuf decoded, then read", |bencher| {
        bencher.iter(|| {
            let mut sink = Tally::default();
            let request = ExportTraceServiceRequest::decode(black_box(&payload[..])).expect("it was just encoded");
            read_decoded(&request, &plan, &mut sink);
            sink.checked()
        });
    });
    group.bench_function("json in place", |bencher| {
        bencher.iter(|| {
            let mut sink = Tally::default();
            json::read(black_box(record.as_bytes()), &plan, &mut sink).expect("it was just written");
            sink.checked()
        });
    });
    group.finish();
}

/// Counts spans and looks at a few slots, so that nothing is read for nobody.
#[derive(Default)]
struct Tally {
    spans: u64,
    looked: u64,
}

impl Tally {
    fn checked(self) -> u64 {
        assert_eq!(self.spans, SPANS);
        self.looked
    }
}

impl Sink for Tally {
    fn span(&mut self, span: &Span, slots: &Slots<'_>) {
        self.spans += 1;
        self.looked = self.looked.wrapping_add(span.end.since(span.start).nanos());
        for slot in [Slot::SERVICE, Slot::SPAN_NAME, Slot::ROUTE, Slot::RPC_METHOD, Slot::ANNOTATION] {
            self.looked = self.looked.wrapping_add(slots.text(slot).map_or(0, |text| text.len() as u64));
        }
    }

    fn log(&mut self, _: &LogRecord, _: &Slots<'_>) {}

    fn rejected(&mut self, _: RejectReason) {}
}

/// What a reader on top of the generated decoder would do.
fn read_decoded(request: &ExportTraceServiceRequest, plan: &FieldPlan, sink: &mut impl Sink) {
    let (mut of_resource, mut slots) = (plan.slots(), plan.slots());
    for entry in &request.resource_spans {
        of_resource.clear();
        put(&mut of_resource, plan, entry.resource.as_ref().map_or(&[], |resource| &resource.attributes));
        for span in entry.scope_spans.iter().flat_map(|scope| &scope.spans) {
            slots.clear();
            put(&mut slots, plan, &span.attributes);
            if let Some(resource) = &entry.resource {
                put(&mut slots, plan, &resource.attributes);
            }
            if let Some(checked) = check(span) {
                slots.set(Slot::SPAN_NAME, Value::Text(&span.name));
                slots.set(Slot::KIND, Value::Text(checked.kind.text()));
                sink.span(&checked, &slots);
            }
        }
    }
}

fn put<'a>(slots: &mut Slots<'a>, plan: &FieldPlan, attributes: &'a [KeyValue]) {
    for attribute in attributes {
        let Some(wanted) = plan.attribute(attribute.key.as_bytes()) else { continue };
        let value = match attribute.value.as_ref().and_then(|value| value.value.as_ref()) {
            Some(any_value::Value::StringValue(text)) => Value::Text(text),
            Some(any_value::Value::IntValue(number)) => Value::Int(*number),
            Some(any_value::Value::BoolValue(value)) => Value::Bool(*value),
            Some(any_value::Value::DoubleValue(number)) => Value::Double(*number),
            _ => continue,
        };
        slots.put(wanted, value);
    }
}

fn check(span: &otlp::Span) -> Option<Span> {
    let start = i64::try_from(span.start_time_unix_nano).ok().map(Timestamp::from_nanos)?;
    let end = i64::try_from(span.end_time_unix_nano).ok().map(Timestamp::from_nanos)?;
    Some(Span {
        trace_id: span.trace_id[..].try_into().ok()?,
        span_id: span.span_id[..].try_into().ok()?,
        parent_span_id: span.parent_span_id[..].try_into().ok(),
        start,
        end: end.max(start),
        kind: if span.kind == 2 { SpanKind::Server } else { SpanKind::Client },
        status: SpanStatus::Unset,
        sampling_threshold: None,
        flaws: Flaws::default(),
    })
}

fn request() -> ExportTraceServiceRequest {
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
        0 => (2, "POST /api/checkout", server(number)),
        1 => (3, "hipstershop.CartService/GetCart", client()),
        _ => (3, "SELECT shop.orders", database(number)),
    };
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

fn server(number: u64) -> Vec<KeyValue> {
    vec![
        text("http.request.method", "POST"),
        text("url.scheme", "https"),
        text("url.path", "/api/checkout"),
        text("http.route", "/api/checkout"),
        text("server.address", "shop.example.com"),
        integer("server.port", 443),
        text("client.address", "203.0.113.7"),
        text("user_agent.original", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"),
        text("network.protocol.version", "1.1"),
        integer("http.response.status_code", if number.is_multiple_of(50) { 503 } else { 200 }),
        text("milepost", "1.shop.buy.checkout.interactive.critical.17.3f2a9c1e5b"),
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
        text("milepost", "1.shop.buy.checkout.interactive.critical.17.3f2a9c1e5b"),
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

/// The request as the Collector's file exporter writes it.
fn json_text(request: &ExportTraceServiceRequest) -> String {
    let attributes = |attributes: &[KeyValue]| -> serde_json::Value {
        let one = |attribute: &KeyValue| {
            let value = match attribute.value.as_ref().and_then(|value| value.value.as_ref()) {
                Some(any_value::Value::StringValue(text)) => serde_json::json!({ "stringValue": text }),
                Some(any_value::Value::IntValue(number)) => serde_json::json!({ "intValue": number.to_string() }),
                _ => serde_json::json!({}),
            };
            serde_json::json!({ "key": attribute.key, "value": value })
        };
        attributes.iter().map(one).collect()
    };
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let span = |span: &otlp::Span| {
        serde_json::json!({
            "traceId": hex(&span.trace_id),
            "spanId": hex(&span.span_id),
            "parentSpanId": hex(&span.parent_span_id),
            "name": span.name,
            "kind": span.kind,
            "startTimeUnixNano": span.start_time_unix_nano.to_string(),
            "endTimeUnixNano": span.end_time_unix_nano.to_string(),
            "attributes": attributes(&span.attributes),
            "status": {},
            "flags": span.flags,
        })
    };
    let entry = |entry: &ResourceSpans| {
        let spans: Vec<_> = entry.scope_spans.iter().flat_map(|scope| &scope.spans).map(span).collect();
        let resource = entry.resource.as_ref().map_or(&[][..], |resource| &resource.attributes);
        serde_json::json!({ "resource": { "attributes": attributes(resource) }, "scopeSpans": [{ "spans": spans }] })
    };
    let entries: Vec<_> = request.resource_spans.iter().map(entry).collect();
    serde_json::json!({ "resourceSpans": entries }).to_string()
}

criterion_group!(otlp_readers, benches);
criterion_main!(otlp_readers);
