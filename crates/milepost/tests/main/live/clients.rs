//! Real clients: what the OpenTelemetry SDKs for Python and for Node send in each of their protocols is counted as it was sent, also where a baggage
//! member is all that tells the step; and what is left of it after sampling agrees with it.

use super::process::{Attempts, Process};
use crate::run::{Folder, json, milepost};
use serde_json::{Value, json};
use std::io::Write as _;
use std::net::SocketAddr;
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

/// Lets a client send all loads, and ends when they are answered.
fn send(client: &mut Command) {
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
    let mut child = client.stdin(Stdio::piped()).spawn().expect("the client starts");
    let request = json!({"service": "web", "loads": loads}).to_string();
    child.stdin.take().expect("a pipe").write_all(request.as_bytes()).expect("it reads");
    assert!(child.wait().expect("it ends").success(), "{client:?}");
}

/// A file beside this one.
fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/main/live").join(name)
}

fn in_python(python: &Path, [protocol, compression, ratio, seed]: [&str; 4], address: SocketAddr) -> Command {
    let mut client = Command::new(python);
    client.args(["-X", "utf8"]).arg(script("send_spans.py"));
    client.args([protocol, &format!("http://{address}"), compression, ratio, seed]);
    client
}

fn in_node(app: &Path, [protocol, compression]: [&str; 2], address: SocketAddr) -> Command {
    let mut client = Command::new("node");
    client.arg(script("send_spans.mjs")).arg(app.join("package.json"));
    client.args([protocol, &format!("http://{address}"), compression]);
    client
}

/// Lets a client send all loads once in each of these ways; what the server counts after each is what was sent until then.
#[expect(clippy::print_stdout, reason = "what a test measured is told with its result")]
fn each_is_counted(folder: &Folder, ways: &[[&'static str; 2]], client: impl Fn([&str; 2], SocketAddr) -> Command) {
    let (process, _) = start(folder);
    let all: u64 = LOADS.iter().map(|load| load.2).sum();
    for (run, way) in (1..).zip(ways) {
        let address = if way[0] == "grpc" { process.grpc } else { process.http };
        send(&mut client(*way, address));
        let expected: Attempts = sent().into_iter().map(|(of, count)| (of, count * run)).collect();
        assert_eq!(process.attempts(), expected, "{way:?}");
        assert_eq!(process.metric("milepost_events_counted_total", &[]), all * run, "{way:?}");
    }
    // Only what nothing but the annotation tells, and the 70 whose route would have told it as well.
    let annotated = (300 + 11 + 13 + 90 + 17 + 70) * ways.len() as u64;
    assert_eq!(process.metric("milepost_events_annotated_total", &["by=\"client\""]), annotated);
    println!("{} spans sent in {} ways, all counted", all * ways.len() as u64, ways.len());
}

#[test]
fn the_python_sdk_is_counted_as_it_sent_in_each_protocol() {
    let Some(python) = milepost_testkit::python(&MODULES) else { return };
    let ways = [["grpc", "none"], ["grpc", "gzip"], ["http/protobuf", "none"], ["http/protobuf", "gzip"]];
    each_is_counted(&Folder::new("python_sdk"), &ways, |[protocol, compression], address| {
        in_python(&python, [protocol, compression, "1", &format!("{protocol} {compression}")], address)
    });
}

#[test]
fn the_node_sdk_is_counted_as_it_sent_in_each_protocol() {
    let Some(app) = milepost_testkit::example_product() else { return };
    let ways = [["grpc", "none"], ["grpc", "gzip"], ["http/protobuf", "none"], ["http/protobuf", "gzip"]];
    let ways = [&ways[..], &[["http/json", "none"], ["http/json", "gzip"]]].concat();
    each_is_counted(&Folder::new("node_sdk"), &ways, |way, address| in_node(&app, way, address));
}

#[test]
fn a_tenth_of_the_traces_agrees_with_all_of_them_within_the_interval() {
    let Some(python) = milepost_testkit::python(&MODULES) else { return };
    let folder = Folder::new("python_sdk_sampled");
    let (process, data) = start(&folder);
    // One seed, so that it is always the same tenth: an interval at 95 % leaves one of twenty outside.
    send(&mut in_python(&python, ["grpc", "none", "0.1", "sampled"], process.grpc));
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
