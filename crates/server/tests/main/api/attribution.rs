//! What explains failures, and what errors did, against what was sent: from the log, from segments, and from both.

use super::client::Client;
use crate::world::World;
use milepost_model::DurationNs;
use milepost_server::{Payload, Server, Settings};
use serde_json::{Value, json};
use std::ops::Range;
use std::time::{SystemTime, UNIX_EPOCH};

/// A trace: a request to the web, or none, and a write to the store below it.
struct Trace {
    id: u64,
    request: Option<(&'static str, u16)>,
    write_fails: bool,
}

fn body(traces: &[Trace]) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
    let span = |trace: u64, span: u64, parent: &str, name: &str, attributes: Value| {
        json!({
            "traceId": format!("{trace:032x}"), "spanId": format!("{span:016x}"), "parentSpanId": parent, "name": name, "kind": 2,
            "startTimeUnixNano": (now - 1_000_000_000).to_string(), "endTimeUnixNano": now.to_string(), "attributes": attributes,
        })
    };
    let request = |trace: &Trace| {
        let (route, status) = trace.request?;
        let (method, path) = route.split_once(' ').unwrap();
        let attributes = json!([
            {"key": "http.request.method", "value": {"stringValue": method}},
            {"key": "http.route", "value": {"stringValue": path}},
            {"key": "http.response.status_code", "value": {"intValue": status.to_string()}},
        ]);
        Some(span(trace.id, 2 * trace.id, "", route, attributes))
    };
    let write = |trace: &Trace| {
        let parent = trace.request.map_or_else(String::new, |_| format!("{:016x}", 2 * trace.id));
        let status = if trace.write_fails { "14" } else { "0" };
        let attributes = json!([
            {"key": "rpc.system", "value": {"stringValue": "grpc"}},
            {"key": "rpc.grpc.status_code", "value": {"intValue": status}},
        ]);
        span(trace.id, 2 * trace.id + 1, &parent, "shop.Store/Write", attributes)
    };
    let of = |service: &str, spans: Vec<Value>| {
        let resource = json!({"attributes": [{"key": "service.name", "value": {"stringValue": service}}]});
        json!({"resource": resource, "scopeSpans": [{"spans": spans}]})
    };
    let web = of("web", traces.iter().filter_map(request).collect());
    json!({"resourceSpans": [web, of("store", traces.iter().map(write).collect())]}).to_string()
}

/// Payments of which each third fails with its write, searches of which each fifth does not need the write that fails, and writes of nobody.
fn traces(ids: Range<u64>) -> Vec<Trace> {
    let trace = |id| match id % 2 {
        _ if id % 30 == 0 => Trace { id, request: None, write_fails: true },
        0 if id % 3 == 0 => Trace { id, request: Some(("POST /pay", 503)), write_fails: true },
        0 => Trace { id, request: Some(("POST /pay", 200)), write_fails: false },
        _ => Trace { id, request: Some(("GET /search", 200)), write_fails: id % 5 == 0 },
    };
    ids.map(trace).collect()
}

fn assert_is_told(client: &Client, traces: &[Trace]) {
    let number = |is: fn(&Trace) -> bool| json!(traces.iter().filter(|trace| is(trace)).count());
    let is_pay = |trace: &Trace| trace.request.is_some_and(|(route, _)| route == "POST /pay");
    let hurting = |trace: &Trace| trace.request.is_some_and(|(_, status)| status == 503);
    let body = client.json("/products/shop/steps/pay/explanation");
    assert_eq!((&body["attempts"], &body["failed"]), (&number(is_pay), &number(hurting)), "{body}");
    let told: Vec<[&Value; 5]> = (body["explained_by"].as_array().unwrap().iter())
        .map(|slice| ["kind", "by", "value", "attempts", "failed"].map(|name| &slice[name]))
        .collect();
    let failed = number(hurting);
    let errors = ["http_status", "failed_operation"].map(|by| {
        let value = if by == "http_status" { "503" } else { "store span shop.Store/Write" };
        (json!("error"), json!(by), json!(value))
    });
    for (kind, by, value) in &errors {
        assert!(told.contains(&[kind, by, value, &failed, &failed]), "{by} in {body}");
    }
    let harm = client.json("/products/shop/harm?operation=store%20span%20shop.Store/Write");
    let item = &harm["items"][0];
    assert_eq!(
        (&item["events"], &item["errors"]),
        (&json!(traces.len()), &number(|trace| trace.write_fails)),
        "{harm}"
    );
    let by = json!({
        "hurting": failed,
        "harmless": number(|trace| trace.write_fails && trace.request.is_some_and(|(_, status)| status == 200)),
        "without_attempt": number(|trace| trace.request.is_none()),
        "without_trace": 0,
    });
    assert_eq!(item["errors_by"], by);
    let step = &item["steps"][0];
    assert_eq!((&step["step"], &step["failed"], &step["failed_with"]), (&json!("pay"), &failed, &failed));
    assert_eq!((&step["share"], item["steps"].as_array().unwrap().len()), (&json!(1.0), 1));
    let all = client.json("/products/shop/harm?top=1");
    assert_eq!((all["items"].as_array().unwrap().len(), &all["has_all_errors"]), (1, &json!(true)));
}

fn send(world: &World, server: &Server, traces: &[Trace]) {
    for part in traces.chunks(50) {
        world.send_body(server, Payload::TracesJson, body(part)).unwrap();
    }
}

#[test]
fn failures_are_explained_by_what_failed_below_them_and_errors_by_whom_they_hurt() {
    let world = World::new();
    let server = world.start_with(|settings| Settings { segments_every: DurationNs::from_seconds(1), ..settings });
    let client = Client::new(&server);
    let sent = traces(1..301);
    send(&world, &server, &sent[..200]);
    assert_is_told(&client, &sent[..200]);
    world.until("facts are in segments", || server.shared.health.flushed().0 > 0);
    assert_is_told(&client, &sent[..200]);
    send(&world, &server, &sent[200..]);
    assert_is_told(&client, &sent);
    drop(client);
    server.stop();
}

#[test]
fn a_step_without_failures_has_nothing_to_explain_and_unknown_names_are_refused() {
    let world = World::new();
    let server = world.start();
    let client = Client::new(&server);
    let body = client.json("/products/shop/steps/search/explanation");
    assert_eq!((&body["attempts"], &body["share"], &body["explained_by"]), (&json!(0), &json!(null), &json!([])));
    assert_eq!(client.json("/products/shop/harm?operation=store%20never")["items"], json!([]));
    let (status, code, _) = client.problem("/products/shop/steps/serch/explanation");
    assert_eq!((status, code.as_str()), (404, "unknown-step"));
    let (status, code, message) = client.problem("/products/shop/harm?top=many");
    assert_eq!((status, code.as_str()), (400, "bad-parameter"), "{message}");
    let table = client.get("/products/shop/steps/search/explanation?format=csv");
    assert!(table.text().starts_with("product,step,explained_by.kind,explained_by.by"), "{}", table.text());
    server.stop();
}
