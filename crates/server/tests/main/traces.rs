//! Trace rules while telemetry arrives, through a restart that finds a trace open.

use crate::api::Client;
use crate::world::{World, outcomes};
use milepost_model::DurationNs;
use milepost_server::{Clock, Payload, Server, Settings};
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

const RULES: &str = "
---
apiVersion: milepost/v1
kind: Service
metadata: {name: gateway}
spec: {owner: web-team, operations: [GET /]}
---
apiVersion: milepost/v1
kind: Service
metadata: {name: stock}
spec: {owner: web-team, operations: [GET /stock, GET /price]}
---
apiVersion: milepost/v1
kind: Step
metadata: {name: look}
spec: {title: Look, description: A thing is looked at., start: The user opens it., success: It is shown.}
---
apiVersion: milepost/v1
kind: AnnotationRules
metadata: {name: shapes}
spec:
  traceRules:
    - {name: look, root: gateway GET /, when: [stock GET /stock], requires: [stock GET /price], step: look, assumes: Only looking asks for the stock.}
";

/// A span of a trace: the first is its root.
fn body(trace: u64, spans: &[(u64, u64, &str, &str)]) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_nanos();
    let resources: Vec<serde_json::Value> = spans
        .iter()
        .map(|(id, parent, service, path)| {
            let mut span = serde_json::json!({
                "traceId": format!("{trace:032x}"), "spanId": format!("{id:016x}"), "name": format!("GET {path}"), "kind": 2,
                "startTimeUnixNano": now.to_string(), "endTimeUnixNano": (now + 1_000_000).to_string(),
                "attributes": [
                    {"key": "http.request.method", "value": {"stringValue": "GET"}},
                    {"key": "http.route", "value": {"stringValue": path}},
                    {"key": "http.response.status_code", "value": {"intValue": "200"}},
                ],
            });
            if *parent != 0 {
                span["parentSpanId"] = format!("{parent:016x}").into();
            }
            let service = serde_json::json!({"key": "service.name", "value": {"stringValue": service}});
            serde_json::json!({"resource": {"attributes": [service]}, "scopeSpans": [{"spans": [span]}]})
        })
        .collect();
    serde_json::json!({ "resourceSpans": resources }).to_string()
}

fn send(world: &World, server: &Server, trace: u64, spans: &[(u64, u64, &str, &str)]) {
    world.send_body(server, Payload::TracesJson, body(trace, spans)).unwrap();
}

#[test]
fn a_trace_is_judged_once_it_was_quiet_through_an_edit_and_a_restart() {
    let world = World::new();
    let registry = World::registry_text().replace("steps: [search, pay]", "steps: [search, pay, look]") + RULES;
    world.write_registry(&registry);
    let server = world.start();
    // Whole, in two requests.
    send(&world, &server, 1, &[(10, 0, "gateway", "/"), (11, 10, "stock", "/stock")]);
    send(&world, &server, 1, &[(12, 10, "stock", "/price")]);
    // Without what it requires.
    send(&world, &server, 2, &[(20, 0, "gateway", "/"), (21, 20, "stock", "/stock")]);
    // An edit finds it open, then a restart.
    send(&world, &server, 3, &[(30, 0, "gateway", "/"), (31, 30, "stock", "/stock")]);
    world.write_registry(&registry.replace("A thing is looked at.", "A thing is looked at for long."));
    world.until("the edit is active", || server.shared.versions.current().number == 2);
    server.stop();
    let server = world.start();
    send(&world, &server, 3, &[(32, 30, "stock", "/price")]);
    assert_eq!(outcomes(&server, "look"), [0; 4]);
    world.until_within(30, "the traces are judged", || outcomes(&server, "look").iter().sum::<u64>() == 3);
    assert_eq!(outcomes(&server, "look"), [2, 1, 0, 0]);
    server.stop();

    // What was judged is not judged again.
    let checkpoints = world.data().join("checkpoints");
    for file in crate::world::files(&checkpoints) {
        std::fs::remove_file(checkpoints.join(file)).unwrap();
    }
    let server = world.start();
    send(&world, &server, 4, &[(40, 0, "gateway", "/"), (41, 40, "stock", "/stock"), (42, 40, "stock", "/price")]);
    world.until_within(30, "the fourth trace is judged", || outcomes(&server, "look").iter().sum::<u64>() == 4);
    assert_eq!(outcomes(&server, "look"), [3, 1, 0, 0]);
    server.stop();
}

#[test]
fn traces_that_wait_and_what_became_of_the_others_are_shown() {
    let (world, clock) = (World::new(), Clock::default());
    let set = |settings: Settings| Settings { clock: clock.clone(), ..settings };
    world.write_registry(
        &(World::registry_text().replace("steps: [search, pay]", "steps: [search, pay, look]") + RULES),
    );
    let server = world.start_with(set);
    let ingest = |server: &Server| Client::new(server).json("/ingest");
    let unannotated = |server: &Server| -> Vec<Value> { ingest(server)["unannotated"].as_array().unwrap().clone() };
    let until_waiting = |server: &Server, count: u64| {
        world.until("that many traces wait", || ingest(server)["traces"]["waiting"] == count);
    };
    // An attempt, one without a root, and one that no rule fits.
    send(&world, &server, 1, &[(10, 0, "gateway", "/"), (11, 10, "stock", "/stock"), (12, 10, "stock", "/price")]);
    send(&world, &server, 2, &[(21, 20, "stock", "/stock")]);
    send(&world, &server, 3, &[(30, 0, "gateway", "/"), (31, 30, "stock", "/price")]);
    until_waiting(&server, 3);
    assert_eq!(ingest(&server)["traces"]["waiting_spans"], 6);
    assert_eq!((unannotated(&server).len(), &ingest(&server)["annotated"]), (3, &json!(0)));
    clock.pass(DurationNs::from_seconds(61));
    until_waiting(&server, 0);
    // What was found is counted once it is durable.
    world.until("the attempt is counted", || ingest(&server)["annotated_by_trace"] == 3);
    let after = ingest(&server);
    let told = json!({
        "waiting": 0, "waiting_spans": 0, "oldest_seconds": null, "unmatched": 1, "incomplete": {"no root span": 1}, "ambiguous": {},
        "late_spans": 0,
    });
    assert_eq!((&after["traces"], &after["annotated"], &after["annotated_by_trace"]), (&told, &json!(3), &json!(3)));
    let of_steps: u64 = after["steps"].as_array().unwrap().iter().map(|of| of["annotated"].as_u64().unwrap()).sum();
    assert_eq!(of_steps, 3, "{}", after["steps"]);
    let left = json!([
        {"operation": "gateway GET /", "events": 1, "failed": 0},
        {"operation": "stock GET /price", "events": 1, "failed": 0},
        {"operation": "stock GET /stock", "events": 1, "failed": 0},
    ]);
    let sorted = |server: &Server| {
        let mut left = unannotated(server);
        left.sort_by_key(|of| of["operation"].to_string());
        Value::from(left)
    };
    assert_eq!(sorted(&server), left);
    server.stop();

    // A start knows what was judged: what comes late of it is no trace of its own.
    let server = world.start_with(set);
    assert_eq!(server.recovered.replayed, 0);
    send(&world, &server, 1, &[(13, 10, "stock", "/stock")]);
    until_waiting(&server, 1);
    clock.pass(DurationNs::from_seconds(61));
    until_waiting(&server, 0);
    world.until("the late span is counted", || ingest(&server)["traces"]["late_spans"] == 1);
    let after = ingest(&server);
    assert_eq!((&after["traces"]["incomplete"], &after["traces"]["late_spans"]), (&told["incomplete"], &json!(1)));
    assert_eq!(outcomes(&server, "look"), [1, 0, 0, 0]);
    server.stop();
}
