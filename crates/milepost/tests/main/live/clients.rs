//! Real clients: what the OpenTelemetry SDK for Python sends in each of its protocols is counted as it was sent, also where a baggage member is
//! all that tells the step; and what is left of it after sampling agrees with it.

use super::process::{Attempts, Process};
use crate::run::{Folder, json, milepost};
use serde_json::{Value, json};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What the client needs; the first of it is the interpreter's own.
const MODULES: [&str; 4] = [
    "opentelemetry.sdk.trace",
    "opentelemetry.exporter.otlp.proto.grpc",
    "opentelemetry.exporter.otlp.proto.http",
    "opentelemetry.processor.baggage",
];

/// Two steps behind one route, which only the annotation tells apart, and one with a route of its own.
const REGISTRY: &str = "
apiVersion: milepost/v1
kind: Product
metadata: {name: shop}
spec: {title: Shop, description: People buy things., owner: shop-owner}
---
apiVersion: milepost/v1
kind: Objective
metadata: {name: buy-things}
spec:
  title: Buy things
  description: Someone finds what they want and buys it.
  owner: shop-owner
  criticality: critical
  steps: [browse, search, buy]
---
apiVersion: milepost/v1
kind: Step
metadata: {name: browse}
spec: {title: Browse, description: The list is shown., start: A click., success: The list., measure: [web GET /products]}
---
apiVersion: milepost/v1
kind: Step
metadata: {name: search}
spec: {title: Search, description: Things are found., start: A click., success: The list., measure: [web POST /graphql]}
---
apiVersion: milepost/v1
kind: Step
metadata: {name: buy}
spec: {title: Buy, description: The order is taken., start: A click., success: The order., measure: [web POST /graphql]}
---
apiVersion: milepost/v1
kind: Service
metadata: {name: web}
spec: {owner: shop-owner, operations: [GET /products, POST /graphql]}
";

/// Requests that are alike: method and route, status, how many, the annotation, and the attempts that they are.
type Load = (&'static str, u16, u64, &'static str, Option<[&'static str; 3]>);

/// Members that are none of the product's business lie beside the annotation, as they do in life.
const LOADS: [Load; 10] = [
    ("GET /products", 200, 4_000, "", Some(["browse", "interactive", "success"])),
    ("GET /products", 503, 400, "", Some(["browse", "interactive", "failure"])),
    ("GET /products", 200, 70, "1.shop.buy-things.browse.test.-.-.-", Some(["browse", "test", "success"])),
    (
        "POST /graphql",
        200,
        300,
        "1.shop.buy-things.search.interactive.-.5.-",
        Some(["search", "interactive", "success"]),
    ),
    (
        "POST /graphql",
        504,
        11,
        "1.shop.buy-things.search.interactive.-.5.-",
        Some(["search", "interactive", "timeout"]),
    ),
    ("POST /graphql", 499, 13, "1.shop.-.search.interactive.-.-.-", Some(["search", "interactive", "abandoned"])),
    ("POST /graphql", 200, 90, "1.shop.buy-things.buy.batch.-.-.import-7", Some(["buy", "batch", "success"])),
    (
        "POST /graphql",
        500,
        17,
        "1.shop.buy-things.buy.interactive.critical.-.-",
        Some(["buy", "interactive", "failure"]),
    ),
    // Nothing tells which of the two steps these are.
    ("POST /graphql", 200, 19, "", None),
    ("POST /graphql", 200, 23, "1.shop.buy-things.sell.interactive.-.-.-", None),
];

fn sent() -> Attempts {
    let mut attempts = Attempts::new();
    for (_, _, count, _, of) in LOADS {
        if let Some([step, class, outcome]) = of.map(|of| of.map(str::to_owned)) {
            *attempts.entry((step, class, outcome)).or_default() += count;
        }
    }
    attempts
}

fn start(folder: &Folder) -> (Process, PathBuf) {
    folder.write("registry/shop.yaml", REGISTRY.as_bytes());
    let data = folder.path().join("data");
    (Process::start(folder.path().join("registry").to_str().expect("a plain path"), &data, &[]), data)
}

/// Sends all loads, and ends when they are answered.
fn send(python: &Path, protocol: &str, address: std::net::SocketAddr, compression: &str, ratio: &str, seed: &str) {
    let loads: Vec<Value> = (LOADS.iter())
        .map(|(action, status, count, annotation, _)| {
            let (method, route) = action.split_once(' ').expect("a method and a route");
            let baggage = match *annotation {
                "" => "user=alice".to_owned(),
                annotation => format!("user=alice,milepost={annotation};p=1,tier=gold"),
            };
            json!({"method": method, "route": route, "status": status, "count": count, "baggage": baggage})
        })
        .collect();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/main/live/send_spans.py");
    let mut child = Command::new(python)
        .args(["-X", "utf8", script, protocol, &format!("http://{address}"), compression, ratio, seed])
        .stdin(Stdio::piped())
        .spawn()
        .expect("Python starts");
    let request = json!({"service": "web", "loads": loads}).to_string();
    child.stdin.take().expect("a pipe").write_all(request.as_bytes()).expect("it reads");
    assert!(child.wait().expect("it ends").success(), "{protocol} {compression}");
}

#[test]
fn the_python_sdk_is_counted_as_it_sent_in_each_protocol() {
    let Some(python) = milepost_testkit::python(&MODULES) else { return };
    let folder = Folder::new("python_sdk");
    let (process, _) = start(&folder);
    let runs = [("grpc", "none"), ("grpc", "gzip"), ("http/protobuf", "none"), ("http/protobuf", "gzip")];
    let all: u64 = LOADS.iter().map(|load| load.2).sum();
    for (run, (protocol, compression)) in (1..).zip(runs) {
        let address = if protocol == "grpc" { process.grpc } else { process.http };
        send(&python, protocol, address, compression, "1", &format!("{protocol} {compression}"));
        let expected: Attempts = sent().into_iter().map(|(of, count)| (of, count * run)).collect();
        assert_eq!(process.attempts(), expected, "{protocol} {compression}");
        assert_eq!(process.metric("milepost_events_counted_total", &[]), all * run, "{protocol} {compression}");
    }
    // Only what nothing but the annotation tells, and the 70 whose route would have told it as well.
    let annotated = (300 + 11 + 13 + 90 + 17 + 70) * runs.len() as u64;
    assert_eq!(process.metric("milepost_events_annotated_total", &["by=\"client\""]), annotated);
    println!("{} spans sent in {} ways, all counted", all * runs.len() as u64, runs.len());
}

#[test]
fn a_tenth_of_the_traces_agrees_with_all_of_them_within_the_interval() {
    let Some(python) = milepost_testkit::python(&MODULES) else { return };
    let folder = Folder::new("python_sdk_sampled");
    let (process, data) = start(&folder);
    // One seed, so that it is always the same tenth: an interval at 95 % leaves one of twenty outside.
    send(&python, "grpc", process.grpc, "none", "0.1", "sampled");
    let report = json(&milepost(["report", "--format=json", "--data", data.to_str().expect("a plain path")]));
    let steps = report["steps"].as_array().expect("steps");
    let browse = steps.iter().find(|of| of["step"] == "browse" && of["class"] == "interactive").expect("the step");
    let valid = browse["valid"].as_u64().expect("a count");
    assert!((300..=600).contains(&valid), "{valid} of 4,400 are no tenth");
    let (low, high) =
        (browse["interval"]["low"].as_f64().expect("low"), browse["interval"]["high"].as_f64().expect("high"));
    let whole = 4_000.0 / 4_400.0;
    assert!((low..=high).contains(&whole), "{whole} is not within {low} to {high}, of {valid} attempts");
    println!("{valid} of 4,400 sampled: {} in {low:.4} to {high:.4}; of all {whole:.4}", browse["ratio"]);
}
