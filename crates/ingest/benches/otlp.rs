//! How long a span takes from the payload to its slots: read in place, and by the generated decoder for comparison.
//!
//! The payload is what a shop's frontend would send: HTTP server, RPC client and database spans, about ten attributes
//! each. Both ways end in the same sink, which does next to nothing.

mod payload;

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use milepost_annotate::{FieldPlan, Slot, Slots, Value};
use milepost_ingest::otlp::{Flaws, LogRecord, RejectReason, Sink, Span, SpanKind, json, proto};
use milepost_model::{SpanStatus, Timestamp};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value};
use opentelemetry_proto::tonic::trace::v1::{self as otlp, ResourceSpans};
use payload::{PAYLOADS, SPANS};
use prost::Message;

fn benches(criterion: &mut Criterion) {
    let request = PAYLOADS[0].1();
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
