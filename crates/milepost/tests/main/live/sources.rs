//! Two services whose telemetry comes by itself, and one of which falls silent: nobody knows how its step does, and nothing is missed of it; unless it says that it is there.

use super::remember::{Hour, remember};
use crate::run::{Folder, json, milepost};
use milepost_model::{DurationNs, Timestamp};
use milepost_server::Payload;
use serde_json::{Value, json};
use std::path::PathBuf;

const SHOP: &str = r#"apiVersion: milepost/v1
kind: Product
metadata: {name: shop}
spec: {title: Shop, description: People buy things., owner: shop-team}
---
apiVersion: milepost/v1
kind: Objective
metadata: {name: buy}
spec: {title: Buy, description: Someone buys something., owner: shop-team, steps: [search, place-order]}
---
apiVersion: milepost/v1
kind: Step
metadata: {name: search}
spec:
  title: Search
  description: The user looks for something.
  start: The user presses Search.
  success: There are results.
  measure: [finder GET /search]
---
apiVersion: milepost/v1
kind: Step
metadata: {name: place-order}
spec:
  title: Place the order
  description: The user presses Buy.
  start: The user presses Buy.
  success: The order is confirmed.
  measure: [web POST /orders]
---
apiVersion: milepost/v1
kind: Service
metadata: {name: web}
spec: {title: Web server, owner: shop-team}
---
apiVersion: milepost/v1
kind: Service
metadata: {name: finder}
spec: {title: Search, owner: search-team}
"#;

/// Seconds between requests of one kind, and between signs of life.
const EVERY: u64 = 6;
const HEARTBEAT: u64 = 30;
/// What is known before anything is played: a week, and one hour more.
const KNOWN: u64 = (7 * 24 + 1) * 3_600;
/// Both services are heard for so long before one of them is not, and the other for so long after that.
const BOTH: u64 = 45 * 60;
const ONE: u64 = 10 * 60;

fn at(second: u64) -> Timestamp {
    let begin: Timestamp = "2026-03-02T00:00:00Z".parse().expect("a time");
    begin.plus(DurationNs::from_seconds(second))
}

/// A request that a service has served, as a span.
fn span(second: u64, route: &str) -> Value {
    let (method, path) = route.split_once(' ').expect("a method and a path");
    let start = at(second).nanos();
    // Of each route one a second at most, each of which begins with a letter of its own.
    let id = second * 256 + u64::from(path.as_bytes()[1]);
    json!({
        "traceId": format!("{id:032x}"), "spanId": format!("{id:016x}"), "name": route, "kind": 2,
        "startTimeUnixNano": start.to_string(), "endTimeUnixNano": (start + 90_000_000).to_string(),
        "attributes": [
            {"key": "http.request.method", "value": {"stringValue": method}},
            {"key": "http.route", "value": {"stringValue": path}},
            {"key": "http.response.status_code", "value": {"intValue": "200"}},
        ],
    })
}

/// What a service sends of requests that came again and again.
fn resource(service: &str, route: &str, seconds: std::ops::Range<u64>, every: u64) -> Value {
    let spans: Vec<Value> = seconds.filter(|second| second % every == 0).map(|second| span(second, route)).collect();
    let service = json!([{"key": "service.name", "value": {"stringValue": service}}]);
    json!({"resource": {"attributes": service}, "scopeSpans": [{"spans": spans}]})
}

fn orders(seconds: std::ops::Range<u64>) -> Value {
    resource("web", "POST /orders", seconds, EVERY)
}

fn searches(seconds: std::ops::Range<u64>) -> Value {
    resource("finder", "GET /search", seconds, EVERY)
}

/// The incidents that there are when something more comes to a server that knows a week.
fn incidents(folder: &Folder, name: &str, resources: &[Value]) -> Vec<Value> {
    let [registry, data]: [PathBuf; 2] = ["registry", name].map(|part| folder.path().join(part));
    let hours = (0..KNOWN / 3_600).map(|hour| {
        let seconds = hour * 3_600..hour * 3_600 + 3_600;
        let body = json!({"resourceSpans": [orders(seconds.clone()), searches(seconds)]}).to_string();
        Hour { begin: at(hour * 3_600), payload: Payload::TracesJson, body, events: 2 * 3_600 / EVERY }
    });
    remember(registry.to_str().expect("a path"), &data, at(0), hours);
    let file = folder.write(&format!("{name}.json"), json!({"resourceSpans": resources}).to_string().as_bytes());
    let (registry, data) = (format!("--registry={}", registry.display()), format!("--data={}", data.display()));
    let options = ["--continue", "--gaps=silent", "--format=json"];
    let replayed = milepost(["replay", &registry, &data, &file.display().to_string()].iter().chain(&options));
    json(&replayed)[0]["incidents"].as_array().expect("incidents").clone()
}

/// When something is, in seconds after the one service was heard last.
fn after(time: &Value) -> u64 {
    let time: Timestamp = time.as_str().expect("a time").parse().expect("a time");
    time.since(at(KNOWN + BOTH)).nanos() / 1_000_000_000
}

#[test]
fn a_service_that_falls_silent_is_lost_telemetry_and_one_that_says_that_it_is_there_misses_its_users() {
    let folder = Folder::new("sources");
    folder.write("registry/shop.yaml", SHOP.as_bytes());
    let (both, all) = (KNOWN..KNOWN + BOTH, KNOWN..KNOWN + BOTH + ONE);

    let silent = incidents(&folder, "silent", &[orders(both.clone()), searches(all.clone())]);
    let [lost] = &silent[..] else { panic!("one incident: {silent:#?}") };
    assert_eq!((&lost["kind"], &lost["steps"], &lost["closed"]), (&"telemetry-lost".into(), &json!([]), &Value::Null));
    assert!((110..=125).contains(&after(&lost["opened"])), "{lost}");

    let health = resource("web", "GET /health", KNOWN + BOTH..KNOWN + BOTH + ONE, HEARTBEAT);
    let alive = incidents(&folder, "alive", &[orders(both), searches(all), health]);
    let [missing] = &alive[..] else { panic!("one incident: {alive:#?}") };
    assert_eq!((&missing["kind"], &missing["steps"][0]["step"]), (&"impact".into(), &"place-order".into()));
    assert_eq!(missing["steps"][0]["levels"][0]["trouble"], "missing");
}
