//! Trace rules while telemetry arrives, through a restart that finds a trace open.

use crate::world::{World, outcomes};
use milepost_server::{Payload, Server};
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
