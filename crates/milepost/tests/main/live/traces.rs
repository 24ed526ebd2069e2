//! Trace rules live: the report of what a server stored says of traces and their spans what the report of the same spans in a file says.

use super::process::{Process, now_nanos, post, until};
use crate::run::{Folder, json, milepost, report};
use serde_json::Value;

const REGISTRY: &str = "
apiVersion: milepost/v1
kind: Product
metadata: {name: shop}
spec: {title: Shop, description: A shop., owner: product-manager, stakeholders: [{name: product-manager, role: product-manager}]}
---
apiVersion: milepost/v1
kind: Objective
metadata: {name: buy}
spec: {title: Buy, description: Someone buys a thing., owner: product-manager, steps: [look]}
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

/// A request with a trace: each span with its parent, or none, its service and its path.
fn request(trace: u64, spans: &[(u64, u64, &str, &str)]) -> String {
    let start = now_nanos() - 1_000_000_000;
    let resources: Vec<Value> = (spans.iter())
        .map(|(id, parent, service, path)| {
            let mut span = serde_json::json!({
                "traceId": format!("{trace:032x}"), "spanId": format!("{id:016x}"), "name": format!("GET {path}"), "kind": 2,
                "startTimeUnixNano": start.to_string(), "endTimeUnixNano": (start + 1_000_000).to_string(),
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

#[test]
fn spans_of_judged_traces_serve_their_step_live_as_in_a_file() {
    let folder = Folder::new("live-traces");
    folder.write("registry/shop.yaml", REGISTRY.as_bytes());
    let registry = folder.path().join("registry").display().to_string();
    let data = folder.path().join("data");
    // Attempts, one of them without what it requires; then one without a root, and one that no rule fits.
    let requests = [
        request(1, &[(10, 0, "gateway", "/"), (11, 10, "stock", "/stock"), (12, 10, "stock", "/price")]),
        request(2, &[(20, 0, "gateway", "/"), (21, 20, "stock", "/stock")]),
        request(3, &[(31, 30, "stock", "/stock")]),
        request(4, &[(40, 0, "gateway", "/"), (41, 40, "stock", "/price")]),
    ];
    let file = folder.write("spans.jsonl", requests.join("\n").as_bytes());
    let server = Process::start(&registry, &data, &[]);
    for request in &requests {
        assert_eq!(
            post(server.http, "/v1/traces", "application/json", request.as_bytes()).map(|answer| answer.0),
            Some(200)
        );
    }
    let ingest = || -> Value { serde_json::from_str(&server.get("/api/v1/ingest")).expect("JSON") };
    // Those with a root are quiet after ten seconds; the other waits for a minute, and counts neither way.
    until("the traces with a root are judged", || ingest()["traces"]["waiting"] == 1 && ingest()["annotated"] == 5);
    let offline = report(&registry, &[], &[file]);
    let stored = json(&milepost(["report", "--format=json", "--data", data.to_str().expect("text")]));
    for name in ["events", "annotated", "unannotated", "ambiguous", "incomplete"] {
        assert_eq!(stored["input"][name], offline["input"][name], "{name}");
    }
    assert_eq!(stored["input"]["annotated"], ingest()["annotated"]);
    assert_eq!(stored["steps"][0]["valid"], offline["steps"][0]["valid"]);
    let status = milepost(["status", "--server", &format!("http://{}", server.api)]);
    let status = String::from_utf8_lossy(&status.stdout).into_owned();
    assert!(status.contains("Traces that wait to be judged: 1 with 1 spans, the oldest for "), "{status}");
    assert!(server.stop());
}
