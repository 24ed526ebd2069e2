//! What the protobuf reader makes of payloads that no SDK sends, and of the few that some do.

use milepost_annotate::FieldPlan;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message;

use super::super::proto::{read_logs, read_metrics, read_traces};
use super::super::{Flaw, LogRecord, MAX_ATTRIBUTES, RejectReason, Sink, Slots};
use super::recorder::{Seen, Wants};

fn text(key: &str, value: &str) -> KeyValue {
    let value = Some(AnyValue { value: Some(Value::StringValue(value.to_owned())) });
    KeyValue { key: key.to_owned(), value, ..KeyValue::default() }
}

fn span(name: &str, attributes: Vec<KeyValue>) -> Span {
    Span {
        trace_id: vec![1; 16],
        span_id: vec![2; 8],
        name: name.to_owned(),
        start_time_unix_nano: 1_000,
        end_time_unix_nano: 3_000,
        attributes,
        ..Span::default()
    }
}

fn resource(attributes: Vec<KeyValue>) -> Vec<u8> {
    Resource { attributes, ..Resource::default() }.encode_to_vec()
}

/// A field with a length.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2];
    prost::encoding::encode_varint(bytes.len() as u64, &mut out);
    out.extend(bytes);
    out
}

/// A request of one resource with one scope with these spans, already encoded.
fn request(resource: &[u8], spans: &[&[u8]]) -> Vec<u8> {
    let scope: Vec<u8> = spans.iter().flat_map(|span| field(2, span)).collect();
    field(1, &[field(1, resource), field(2, &scope)].concat())
}

fn read(payload: &[u8]) -> Vec<Seen> {
    Wants::new().traces(payload)
}

fn one(span: &Span) -> Seen {
    let seen = read(&request(&[], &[&span.encode_to_vec()]));
    assert_eq!(seen.len(), 1);
    seen.into_iter().next().unwrap()
}

#[test]
fn a_resource_after_its_spans_is_theirs() {
    let scope = field(2, &span("a", vec![]).encode_to_vec());
    let cart = resource(vec![text("service.name", "cart")]);
    let payload = field(1, &[field(2, &scope), field(1, &cart)].concat());
    assert_eq!(read(&payload)[0].value("service"), Some(r#"Text("cart")"#));
}

#[test]
fn the_parts_of_a_repeated_resource_are_merged() {
    let scope = field(2, &span("a", vec![]).encode_to_vec());
    let first = resource(vec![text("service.name", "cart")]);
    let second = resource(vec![text("cloud.region", "eu"), text("service.name", "other")]);
    let seen = read(&field(1, &[field(1, &first), field(2, &scope), field(1, &second)].concat()));
    assert_eq!(seen[0].value("service"), Some(r#"Text("cart")"#));
    assert_eq!(seen[0].value("region"), Some(r#"Text("eu")"#));
}

#[test]
fn a_span_wins_over_its_resource_and_leaves_nothing_to_the_next_span() {
    let resource = resource(vec![text("service.name", "cart"), text("cloud.region", "eu")]);
    let own = span("a", vec![text("cloud.region", "us"), text("http.route", "/cart")]);
    let seen = read(&request(&resource, &[&own.encode_to_vec(), &span("", vec![]).encode_to_vec()]));
    assert_eq!(seen[0].value("region"), Some(r#"Text("us")"#));
    assert_eq!(seen[0].value("service"), Some(r#"Text("cart")"#));
    assert_eq!(seen[1].value("region"), Some(r#"Text("eu")"#));
    assert_eq!((seen[1].value("route"), seen[1].value("name")), (None, None));
}

#[test]
fn one_resource_is_not_the_next_ones() {
    let first = request(&resource(vec![text("service.name", "cart")]), &[&span("a", vec![]).encode_to_vec()]);
    let second = field(1, &field(2, &field(2, &span("b", vec![]).encode_to_vec())));
    let seen = read(&[first, second].concat());
    assert_eq!(seen[1].value("service"), None);
}

#[test]
fn a_request_header_is_the_first_text_of_its_array() {
    let texts = ["shop", "web"].map(|text| AnyValue { value: Some(Value::StringValue(text.to_owned())) });
    let mut values = vec![AnyValue { value: Some(Value::IntValue(7)) }];
    values.extend(texts);
    let value = Some(AnyValue { value: Some(Value::ArrayValue(ArrayValue { values })) });
    let header = KeyValue { key: "http.request.header.x-app".to_owned(), value, ..KeyValue::default() };
    assert_eq!(one(&span("a", vec![header])).value("header"), Some(r#"Text("shop")"#));
}

#[test]
fn only_wanted_text_has_to_be_utf_8() {
    let broken = |span: Span| -> Seen {
        let mut bytes = span.encode_to_vec();
        let place = bytes.windows(3).position(|window| window == b"???").unwrap();
        bytes[place] = 0xff;
        let seen = read(&request(&[], &[&bytes]));
        assert_eq!(seen.len(), 1);
        seen.into_iter().next().unwrap()
    };
    let unwanted = broken(span("a", vec![text("thread.name", "???"), text("http.route", "/")]));
    assert!(unwanted.span().flaws.is_empty());
    let unwanted_key = broken(span("a", vec![text("???", "x"), text("http.route", "/")]));
    assert!(unwanted_key.span().flaws.is_empty());
    let value = broken(span("a", vec![text("http.route", "???"), text("url.path", "/a")]));
    assert!(value.span().flaws.contains(Flaw::UnreadableValue));
    assert_eq!((value.value("route"), value.value("path")), (None, Some(r#"Text("/a")"#)));
    let name = broken(span("???", vec![text("url.path", "/a")]));
    assert!(name.span().flaws.contains(Flaw::UnreadableValue));
    assert_eq!((name.value("name"), name.value("path")), (None, Some(r#"Text("/a")"#)));
}

#[test]
fn ids_and_times_that_otlp_calls_invalid_reject_the_span() {
    let valid = span("a", vec![]);
    for (span, reason) in [
        (Span { trace_id: vec![], ..valid.clone() }, RejectReason::TraceId),
        (Span { trace_id: vec![0; 16], ..valid.clone() }, RejectReason::TraceId),
        (Span { trace_id: vec![1; 15], ..valid.clone() }, RejectReason::TraceId),
        (Span { span_id: vec![0; 8], ..valid.clone() }, RejectReason::SpanId),
        (Span { span_id: vec![1; 9], ..valid.clone() }, RejectReason::SpanId),
        (Span { parent_span_id: vec![1; 9], ..valid.clone() }, RejectReason::ParentSpanId),
        (Span { start_time_unix_nano: 0, ..valid.clone() }, RejectReason::NoTime),
        (Span { end_time_unix_nano: 1 << 63, ..valid.clone() }, RejectReason::TimeOutOfRange),
        (Span { start_time_unix_nano: u64::MAX, ..valid.clone() }, RejectReason::TimeOutOfRange),
    ] {
        assert_eq!(one(&span), Seen::Rejected(reason));
    }
    assert_eq!(one(&Span { parent_span_id: vec![0; 8], ..valid }).span().parent_span_id, None);
}

#[test]
fn a_span_that_ends_before_it_starts_took_no_time() {
    for end_time_unix_nano in [0, 999] {
        let seen = one(&Span { end_time_unix_nano, ..span("a", vec![]) });
        assert_eq!(seen.span().end, seen.span().start);
        assert!(seen.span().flaws.contains(Flaw::EndBeforeStart));
    }
    assert!(one(&span("a", vec![])).span().flaws.is_empty());
}

#[test]
fn attributes_beyond_the_limit_are_not_looked_at_and_the_span_says_so() {
    let filler = |count: u32| (0..count).map(|_| text("filler", "")).collect::<Vec<_>>();
    let mut attributes = filler(MAX_ATTRIBUTES - 1);
    attributes.push(text("http.route", "/in"));
    let within = span("a", attributes.clone()).encode_to_vec();
    assert!(read(&request(&[], &[&within, &within])).iter().all(|seen| seen.span().flaws.is_empty()));
    attributes.push(text("url.path", "/out"));
    let beyond = one(&span("a", attributes));
    assert!(beyond.span().flaws.contains(Flaw::AttributesCut));
    assert_eq!((beyond.value("route"), beyond.value("path")), (Some(r#"Text("/in")"#), None));
    let resource = resource(filler(MAX_ATTRIBUTES + 1));
    let seen = read(&request(&resource, &[&span("a", vec![]).encode_to_vec()]));
    assert!(seen[0].span().flaws.contains(Flaw::AttributesCut));
}

#[test]
fn an_unreadable_attribute_costs_only_itself() {
    let mut bytes = span("a", vec![text("url.path", "/a")]).encode_to_vec();
    // An attribute whose key is longer than the attribute.
    bytes.extend(field(9, &[0x0a, 0x7f, b'x']));
    let seen = read(&request(&[], &[&bytes]));
    assert_eq!(seen[0].value("path"), Some(r#"Text("/a")"#));
    assert!(seen[0].span().flaws.contains(Flaw::UnreadableValue));
}

#[test]
fn what_cannot_be_delimited_is_lost_and_nothing_else() {
    let good = span("a", vec![]).encode_to_vec();
    let entry = request(&[], &[&good]);
    // A span that is longer than its scope says: the scope's other spans before it are there, the next entry too.
    let scope = [field(2, &good), vec![0x12, 0x7f, 0x00]].concat();
    let seen = read(&[field(1, &field(2, &scope)), entry.clone()].concat());
    assert_eq!(seen.len(), 3);
    assert_eq!(seen[1], Seen::Rejected(RejectReason::Envelope));
    // A scope that is longer than its resource's entry says, after a good one.
    let entry_cut = [field(1, &[]), field(2, &field(2, &good)), vec![0x12, 0x7f, 0x00]].concat();
    let seen = read(&[field(1, &entry_cut), entry.clone()].concat());
    assert_eq!(seen.len(), 3);
    assert_eq!(seen[1], Seen::Rejected(RejectReason::Envelope));
    // An entry that is longer than the payload.
    let seen = read(&[entry.clone(), vec![0x0a, 0x7f]].concat());
    assert_eq!(seen[1..], [Seen::Rejected(RejectReason::Envelope)]);
    // A span with broken fields between two good ones.
    let seen = read(&request(&[], &[&good, &[0x0a, 0x7f], &good]));
    assert_eq!(seen[1], Seen::Rejected(RejectReason::Malformed));
    assert_eq!(seen[0], seen[2]);
}

#[test]
fn spans_of_an_unreadable_resource_are_of_no_service() {
    let good = span("a", vec![]).encode_to_vec();
    let seen = read(&request(&[0x0a, 0x7f], &[&good, &good]));
    assert_eq!(seen, [const { Seen::Rejected(RejectReason::Resource) }; 2]);
    // The entry breaks off before its resource: it may have had one.
    let cut = [field(2, &field(2, &good)), vec![0x0a, 0x7f]].concat();
    let seen = read(&field(1, &cut));
    assert_eq!(seen, [RejectReason::Resource, RejectReason::Envelope].map(Seen::Rejected));
}

#[test]
fn a_known_field_of_another_wire_type_is_an_unknown_field() {
    let mut bytes = span("a", vec![]).encode_to_vec();
    // The name as a number.
    bytes.extend([5 << 3, 7]);
    assert_eq!(read(&request(&[], &[&bytes]))[0].value("name"), Some(r#"Text("a")"#));
}

#[test]
fn nesting_without_end_costs_its_bytes() {
    let mut any = vec![];
    for _ in 0..10_000 {
        any = field(5, &field(1, &any));
    }
    let mut bytes = span("a", vec![]).encode_to_vec();
    bytes.extend(field(9, &[field(1, b"http.route"), field(2, &any)].concat()));
    let seen = read(&request(&[], &[&bytes]));
    assert_eq!(seen[0].value("route"), None);
}

#[test]
fn a_payload_of_nothing_but_group_starts_is_malformed() {
    assert_eq!(read(&[0x0b; 100_000]), [Seen::Rejected(RejectReason::Envelope)]);
}

#[test]
fn data_points_of_metrics_are_rejected_one_by_one() {
    // A gauge (5) with two points and a summary (11) with one.
    let gauge = field(5, &[field(1, b""), field(1, b"")].concat());
    let summary = field(11, &field(1, b""));
    let scope = [field(2, &gauge), field(2, &summary), field(2, &[0x0a, 0x7f])].concat();
    let mut reasons = Reasons::default();
    read_metrics(&field(1, &field(2, &scope)), &mut reasons);
    assert_eq!(reasons.0, [RejectReason::Metric, RejectReason::Metric, RejectReason::Metric, RejectReason::Malformed]);
}

#[test]
fn an_empty_payload_holds_nothing() {
    let plan = FieldPlan::default();
    let mut reasons = Reasons::default();
    read_traces(&ExportTraceServiceRequest::default().encode_to_vec(), &plan, &mut reasons);
    let scopes = vec![ScopeSpans::default()];
    let empty = ResourceSpans { scope_spans: scopes, ..ResourceSpans::default() };
    read_traces(&ExportTraceServiceRequest { resource_spans: vec![empty] }.encode_to_vec(), &plan, &mut reasons);
    read_logs(&[], &plan, &mut reasons);
    read_metrics(&[], &mut reasons);
    assert!(reasons.0.is_empty());
}

/// Keeps only what is rejected.
#[derive(Default)]
struct Reasons(Vec<RejectReason>);

impl Sink for Reasons {
    fn span(&mut self, span: &super::super::Span, _: &Slots<'_>) {
        panic!("{span:?} is unexpected");
    }

    fn log(&mut self, record: &LogRecord, _: &Slots<'_>) {
        panic!("{record:?} is unexpected");
    }

    fn rejected(&mut self, reason: RejectReason) {
        self.0.push(reason);
    }
}

#[test]
fn of_metrics_it_is_told_which_services_sent_some_of_their_own() {
    let metric = |name: &str, points: &[u8]| field(2, &[field(1, name.as_bytes()), field(7, points)].concat());
    let entry = |name: Option<&str>, metrics: &[u8]| {
        let resource = name.map(|name| field(1, &resource(vec![text("service.name", name)]))).unwrap_or_default();
        field(1, &[field(2, metrics), resource].concat())
    };
    let of = |payload: &[u8]| {
        let seen = Wants::new().metrics(payload);
        seen.into_iter().filter(|seen| *seen != Seen::Rejected(RejectReason::Metric)).collect::<Vec<_>>()
    };
    let (own, up) = (metric("a", &field(1, b"")), metric("up", &field(1, b"")));
    let web = Seen::Metrics(Some("web".to_owned()));
    assert_eq!(of(&entry(Some("web"), &own)), std::slice::from_ref(&web));
    assert_eq!(of(&entry(Some("web"), &[up.clone(), own.clone()].concat())), std::slice::from_ref(&web));
    // Whoever scrapes it says that it is down.
    assert_eq!(of(&entry(Some("web"), &up)), []);
    assert_eq!(of(&entry(Some("web"), &metric("a", b""))), []);
    let both = [entry(Some("web"), &own), entry(None, &own)].concat();
    assert_eq!(of(&both), [web, Seen::Metrics(None)], "a resource is of its own entry");
}
