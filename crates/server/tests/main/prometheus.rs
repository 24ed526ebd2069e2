//! A source of counts while time goes on: what it tells is counted once, errors are told and made up for, and who wants a token gets it.

use crate::api::client::Client;
use crate::world::{World, maintenance};
use milepost_model::{DurationNs, Timestamp};
use milepost_server::{Server, Settings};
use serde_json::Value;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

const SLO: &str = "
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: pays, annotations: {milepost/step: pay}}
spec:
  service: web
  timeWindow: [{duration: 1d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.9}]
  indicator:
    metadata: {name: pays}
    spec:
      ratioMetric:
        counter: true
        bad: {metricSource: {type: Prometheus, metricSourceRef: main, spec: {query: bad}}}
        total: {metricSource: {type: Prometheus, metricSourceRef: main, spec: {query: all}}}
---
{apiVersion: openslo/v1, kind: DataSource, metadata: {name: main}, spec: {type: Prometheus, connectionDetails: {url: 'http://192.0.2.1:9090'}}}
";

/// More points at once are refused: fewer than a day has.
const MOST_POINTS: usize = 500;

/// Something that answers as Prometheus does: counters that began with the server's history, of which `all` grows by 5 each minute, and `bad` by 1.
struct Source {
    address: SocketAddr,
    is_down: Arc<AtomicBool>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Source {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let source =
            Self { address: listener.local_addr().unwrap(), is_down: Arc::default(), requests: Arc::default() };
        let (is_down, requests) = (Arc::clone(&source.is_down), Arc::clone(&source.requests));
        // It ends with the process.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let head = answer(stream, is_down.load(SeqCst));
                requests.lock().unwrap().extend(head);
            }
        });
        source
    }
}

/// Answers one question; its head.
fn answer(mut stream: TcpStream, is_down: bool) -> Option<String> {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    let (head, form) = loop {
        let read = stream.read(&mut piece).ok()?;
        bytes.extend_from_slice(&piece[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, form)) = text.split_once("\r\n\r\n")
            && form.ends_with("timeout=30s")
        {
            break (head.to_owned(), form.to_owned());
        }
    };
    let field = |name: &str| form.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    let time = |name: &str| field(name).and_then(|text| text.parse::<i64>().ok());
    let each = if field("query")? == "all" { 5 } else { 1 };
    let values: Vec<Value> = (time("start")?..=time("end")?)
        .step_by(60)
        .map(|at| serde_json::json!([at, (at / 60 * each).to_string()]))
        .collect();
    let (status, body) = if values.len() > MOST_POINTS {
        let error = "query processing would load too many samples into memory in query execution";
        ("422 Unprocessable Entity", serde_json::json!({"status": "error", "error": error}))
    } else if is_down {
        ("503 Service Unavailable", serde_json::json!({"status": "error", "error": "not today"}))
    } else {
        let series = serde_json::json!([{"metric": {}, "values": values}]);
        ("200 OK", serde_json::json!({"status": "success", "data": {"resultType": "matrix", "result": series}}))
    };
    let body = body.to_string();
    let length = body.len();
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}").ok()?;
    Some(head)
}

fn start(world: &World, source: &Source) -> Server {
    world.start_with(|settings| Settings {
        sources: vec![format!("main=http://{}", source.address).parse().unwrap()],
        source_tokens: vec![format!("main={}", world.path("token").display()).parse().unwrap()],
        ..settings
    })
}

fn pays(client: &Client) -> Value {
    client.ask("GET", "/products/shop/slos/pays", &[]).json()
}

fn imported(client: &Client) -> Value {
    client.ask("GET", "/ingest", &[]).json()["imported"][0].clone()
}

/// The minutes from the first point on that are imported.
fn minutes(imported: &Value, from: &str) -> Option<i64> {
    let time = |key: &str| imported[key].as_str()?.parse::<Timestamp>().ok();
    Some(time("through")?.minute().number() - time(from)?.minute().number())
}

#[test]
fn minutes_are_counted_once_while_time_goes_on() {
    let world = World::new();
    world.write_registry(&format!("{}{SLO}", World::registry_text()));
    std::fs::write(world.path("token"), "secret\n").unwrap();
    let source = Source::new();
    let server = start(&world, &source);
    let client = Client::new(&server);
    // Its window of a day is all of 1,440 minutes; what was imported before it is not in it.
    let is_whole = |client: &Client| {
        let slo = pays(client);
        slo["state"] == "bad" && (slo["valid"].as_u64(), slo["good"].as_u64()) == (Some(7_200), Some(5_760))
    };
    world.until("the window is imported", || is_whole(&client));
    assert_eq!(pays(&client)["reason"], "1440 of 7200 are not good: more than 90% allows");
    let before = imported(&client);
    let heads = source.requests.lock().unwrap().join("\n").to_ascii_lowercase();
    assert!(heads.contains("post /api/v1/query_range") && heads.contains("authorization: bearer secret"), "{heads}");

    // Nobody answers for three minutes: that is told, and made up for.
    source.is_down.store(true, SeqCst);
    server.shared.settings.clock.pass(DurationNs::from_seconds(180));
    let warned = |client: &Client, text: &str| {
        let body = client.ask("GET", "/ingest", &[]).json();
        body["warnings"].as_array().unwrap().iter().any(|warning| warning.as_str().unwrap().contains(text))
    };
    world.until("the error is told", || warned(&client, "it answered 503: not today"));
    source.is_down.store(false, SeqCst);
    let grown = || minutes(&imported(&client), "since").unwrap() - minutes(&before, "since").unwrap();
    world.until_within(20, "what was missed is imported", || grown() >= 3 && is_whole(&client));
    assert!(!warned(&client, "it answered"));

    drop(client);
    server.stop();
    let server = start(&world, &source);
    let client = Client::new(&server);
    world.until("it is as it was", || pays(&client)["valid"] == 7_200);
    let total = |server: &Server| server.shared.counts().totals().map(|(_, cell)| cell[0]).sum::<u64>();
    let all = minutes(&imported(&client), "since").unwrap();
    // The first point of all has nothing before it but the hour that is asked for with it.
    world.until("nothing was counted twice", || total(&server) == 5 * u64::try_from(all).unwrap());
    let fires = |slo: &Value| slo["alerts"].as_array().unwrap().iter().any(|alert| alert["state"] == "firing");
    world.until("twice the budget is a page", || fires(&pays(&client)));
    server.stop();
}

const POLICY: &str = "
---
apiVersion: milepost/v1
kind: ErrorBudgetPolicy
metadata: {name: budgets}
spec:
  thresholds:
    - {spent: 50%, actions: [Look at what fails.]}
    - {spent: 150%, actions: [Only fixes are released., The team is told.]}
    - {spent: 250%, actions: [Everything stops.]}
  agreedBy: [product-manager]
  agreedOn: 2026-03-02
  appliesTo: {slos: [pays]}
";

#[test]
fn a_document_is_under_the_policy_that_names_it() {
    let world = World::new();
    world.write_registry(&format!("{}{SLO}{POLICY}", World::registry_text()));
    std::fs::write(world.path("token"), "secret\n").unwrap();
    let source = Source::new();
    let server = start(&world, &source);
    let client = Client::new(&server);
    assert_eq!(pays(&client)["policy"]["name"], "budgets");
    // One of five is bad, and one of ten may be: twice the budget of its day.
    world.until("the window is imported", || pays(&client)["valid"] == 7_200);
    let policy = &pays(&client)["policy"];
    assert_eq!(
        (&policy["status"], &policy["reached"], &policy["next"]),
        (&"reached".into(), &"150%".into(), &"250%".into())
    );
    assert_eq!(policy["actions"], serde_json::json!(["Only fixes are released.", "The team is told."]));
    server.stop();
}

#[test]
fn the_time_of_maintenance_is_taken_out_of_documents_too() {
    let world = World::new();
    let text = format!("{}{SLO}", World::registry_text());
    world.write_registry(&text);
    std::fs::write(world.path("token"), "secret\n").unwrap();
    let source = Source::new();
    let server = start(&world, &source);
    let client = Client::new(&server);
    world.until("the window is imported", || pays(&client)["valid"] == 7_200 && pays(&client)["state"] == "bad");
    let version = server.shared.versions.current().number;
    let now = server.shared.now().minute().number() * 60;
    // An hour of each minute of which one of five is bad; and what goes on now, by step.
    let past = maintenance("past", (now - 7_200, now - 3_600), "appliesTo: {slos: [pays]}");
    let present = maintenance("present", (now - 600, now + 86_400), "errorBudget: counted, appliesTo: {steps: [pay]}");
    world.write_registry(&format!("{text}{past}{present}"));
    world.until("the edit is active", || server.shared.versions.current().number > version);
    world.until("it is judged again", || pays(&client)["valid"] == 6_900);
    let slo = pays(&client);
    assert_eq!((&slo["recorded"]["valid"], &slo["recorded"]["good"]), (&7_200.into(), &5_760.into()));
    let names: Vec<&Value> = slo["maintenances"].as_array().unwrap().iter().map(|of| &of["name"]).collect();
    assert_eq!(names, ["past", "present"]);
    assert!(slo["silent_since"].is_string(), "{slo}");
    let budget = client.json("/products/shop/slos/pays/budget");
    assert_eq!((&budget["recorded"], &budget["spent"]), (&1_440.into(), &1_380.into()));
    let part = |by: &str| budget["parts"].as_array().unwrap().iter().find(|part| part["by"] == by).unwrap();
    assert_eq!((&part("cause")["kind"], &part("cause")["bad"]), (&"untold".into(), &1_380.into()));
    assert_eq!((&part("maintenance")["maintenance"], &part("maintenance")["bad"]), (&"past".into(), &60.into()));
    server.stop();
}

const COMPOSITE: &str = "
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: whole, annotations: {milepost/step: pay}}
spec:
  service: web
  timeWindow: [{duration: 1d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives:
    - target: 0.7
      compositeWeight: 2
      indicator:
        metadata: {name: paid}
        spec:
          ratioMetric:
            counter: true
            bad: {metricSource: {type: Prometheus, metricSourceRef: main, spec: {query: bad}}}
            total: {metricSource: {type: Prometheus, metricSourceRef: main, spec: {query: all}}}
    - target: 0.5
      op: lt
      value: 7
      indicator:
        metadata: {name: waiting}
        spec: {thresholdMetric: {metricSource: {type: Datadog, spec: {query: q}}}}
";

#[test]
fn a_composite_is_judged_part_by_part_and_a_part_that_nobody_counts_says_why() {
    let world = World::new();
    world.write_registry(&format!("{}{SLO}{COMPOSITE}", World::registry_text()));
    std::fs::write(world.path("token"), "secret\n").unwrap();
    let source = Source::new();
    let server = start(&world, &source);
    let client = Client::new(&server);
    let part = |name: &str| client.ask("GET", &format!("/products/shop/slos/{name}"), &[]).json();
    // A fifth of all is bad: that is more than one document allows, and less than a part of the other does.
    world.until("a part is counted", || part("whole.1")["valid"] == 7_200 && part("whole.1")["state"] == "good");
    world.until("the other document, too, from the same counts", || pays(&client)["state"] == "bad");
    assert_eq!(part("whole.1")["indicator"], pays(&client)["indicator"]);
    let other = part("whole.2");
    let why = "not measured: its metric source is `Datadog`, and only Prometheus is asked";
    assert_eq!((&other["state"], &other["reason"]), (&"unknown".into(), &why.into()));
    server.stop();
}

#[test]
fn documents_that_nobody_counts_say_why() {
    let world = World::new();
    world.write_registry(&format!("{}{SLO}", World::registry_text()));
    let server = world.start();
    let client = Client::new(&server);
    let why = "the data source `main` has no address here: start with --prometheus main=URL";
    let slo = pays(&client);
    assert_eq!((&slo["state"], &slo["reason"]), (&"unknown".into(), &format!("not measured: {why}").into()));
    assert_eq!(imported(&client)["not_measured"], why);
    let names = client.ask("GET", "/products/shop/slos", &[]).json();
    let names: Vec<&str> = names["items"].as_array().unwrap().iter().map(|slo| slo["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["pay-works", "pays"]);
    server.stop();
}
