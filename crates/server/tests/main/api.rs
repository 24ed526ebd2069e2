//! The API over what a server has counted: numbers, times, states.

mod as_of;
mod attribution;
mod backtest;
mod budget;
pub(crate) mod client;
mod events;
mod incidents;
mod incomplete;
mod lists;
mod live;
mod protocol;
mod schema;

use crate::world::{Span, World, body};
pub(crate) use client::Client;
use serde_json::json;

fn spans(ids: std::ops::Range<u64>, route: &'static str, status: u16, seconds_ago: u64) -> Vec<Span> {
    ids.map(|id| Span { id, route, status, seconds_ago }).collect()
}

#[test]
fn steps_have_what_was_counted_of_them_to_the_attempt() {
    let world = World::new();
    let server = world.start();
    let client = Client::new(&server);
    world.send(&server, &spans(1..91, "POST /pay", 200, 1)).unwrap();
    world.send(&server, &[spans(91..96, "POST /pay", 503, 1), spans(96..98, "POST /pay", 504, 1)].concat()).unwrap();
    world.send(&server, &[spans(98..101, "POST /pay", 499, 1), spans(101..104, "POST /pay", 404, 1)].concat()).unwrap();
    // Of another hour: late, and outside of what is asked for without a time.
    world.send(&server, &spans(200..210, "POST /pay", 503, 3 * 3600)).unwrap();

    let step = client.json("/products/shop/steps/pay");
    let measured = &step["measured"][0];
    for (field, count) in
        [("valid", 100), ("good", 93), ("failed", 7), ("abandoned", 3), ("timeouts", 2), ("client_errors", 3)]
    {
        assert_eq!(measured[field], count, "{field} of {measured}");
    }
    assert_eq!((&measured["method"], &measured["class"]), (&json!("service"), &json!("interactive")));
    assert_eq!(measured["ratio"], json!(0.93));
    let (low, high) = (measured["interval"]["low"].as_f64().unwrap(), measured["interval"]["high"].as_f64().unwrap());
    assert!((low - 0.8625).abs() < 1e-3 && (high - 0.9657).abs() < 1e-3, "{low} {high}");
    // Every span takes 5 ms.
    for quantile in ["p50", "p95", "p99"] {
        let millis = measured["latency_ms"][quantile].as_f64().unwrap();
        assert!((millis / 5.0 - 1.0).abs() < 0.0055, "{quantile} {millis}");
    }
    assert_eq!(step["start"], "The user presses Pay.");
    assert_eq!(step["success"], json!(["A receipt is shown."]));
    assert_eq!(step["paths"], json!([{"path": "buy/pay", "criticality": "none", "declared_at": "nowhere"}]));
    assert_eq!((&step["measuring_points"], &step["slos"]), (&json!(["web POST /pay"]), &json!(["pay-works"])));
    assert_eq!(step["registry_version"], 1);
    assert!(step["as_of"].as_u64().unwrap() >= 4, "{step}");

    let longer = client.json("/products/shop/steps/pay?from=-6h");
    assert_eq!((&longer["measured"][0]["valid"], &longer["measured"][0]["good"]), (&json!(110), &json!(93)));
    let nothing = client.json("/products/shop/steps/search");
    assert_eq!((&nothing["measured"][0]["valid"], &nothing["measured"][0]["ratio"]), (&json!(0), &json!(null)));
    server.stop();
}

#[test]
fn late_events_and_restarts_change_no_number_but_their_own() {
    let world = World::new();
    let server = world.start();
    world.send(&server, &spans(1..5, "POST /pay", 200, 26 * 3600 - 60)).unwrap();
    world.send(&server, &spans(5..8, "POST /pay", 503, 4 * 3600)).unwrap();
    world.send(&server, &spans(8..10, "POST /pay", 200, 1)).unwrap();
    let paths = [
        "/products/shop/steps/pay/series?from=-26h&resolution=hour",
        "/products/shop/steps/pay/series?from=-26h&resolution=minute",
        "/products/shop/steps/pay/series?from=-2d&resolution=day",
    ];
    let parts = |client: &Client, path: &str| {
        let items = client.json(path)["items"].as_array().unwrap().clone();
        let of = |field: &str| items.iter().map(|item| item[field].as_u64().unwrap()).sum::<u64>();
        ((of("valid"), of("good"), of("failed")), items)
    };
    let client = Client::new(&server);
    let before = paths.map(|path| parts(&client, path));
    for (sums, _) in &before {
        assert_eq!(*sums, (9, 6, 3));
    }
    let provisional = |items: &[serde_json::Value]| items.iter().filter(|item| item["is_provisional"] == true).count();
    assert_eq!((before[1].1.len(), provisional(&before[1].1)), (3, 1), "{:?}", before[1]);
    let slo = client.evaluated(&server, "/products/shop/slos/pay-works");
    assert_eq!((&slo["valid"], &slo["good"]), (&json!(9), &json!(6)));
    drop(client);
    server.stop();
    let server = world.start();
    let client = Client::new(&server);
    let counts = |parts: [((u64, u64, u64), Vec<serde_json::Value>); 3]| parts.map(|(sums, items)| (sums, items.len()));
    assert_eq!(counts(paths.map(|path| parts(&client, path))), counts(before));
    // A late event of an hour that is in files.
    world.send(&server, &spans(20..21, "POST /pay", 200, 5 * 3600)).unwrap();
    assert_eq!(parts(&client, paths[0]).0, (10, 7, 3));
    assert_eq!(client.evaluated(&server, "/products/shop/slos/pay-works")["valid"], 10);
    drop(client);
    server.stop();
}

#[test]
fn an_slo_is_good_bad_without_data_or_unknown_and_says_why() {
    let world = World::new();
    let server = world.start();
    let client = Client::new(&server);
    let slo = || client.evaluated(&server, "/products/shop/slos/pay-works");
    let state = |slo: &serde_json::Value| (slo["state"].as_str().unwrap().to_owned(), slo["reason"].to_string());
    assert_eq!(state(&slo()), ("unknown".to_owned(), "\"no telemetry was ever received\"".to_owned()));
    world.send(&server, &spans(1..3, "GET /search", 200, 1)).unwrap();
    let (no_data, _) = state(&slo());
    assert_eq!((no_data.as_str(), &slo()["ratio"], &slo()["budget_spent"]), ("no-data", &json!(null), &json!(null)));
    world.send(&server, &spans(3..103, "POST /pay", 200, 1)).unwrap();
    let good = slo();
    assert_eq!((state(&good).0.as_str(), &good["reason"]), ("good", &json!(null)));
    assert_eq!(
        (&good["target"], &good["window"], &good["type"]),
        (&json!("99.9%"), &json!("28d"), &json!("availability"))
    );
    assert_eq!(good["history"], "nothing was counted in the first 27 days of the window");
    world.send(&server, &spans(103..104, "POST /pay", 500, 1)).unwrap();
    let bad = slo();
    assert_eq!((state(&bad).0.as_str(), &bad["valid"], &bad["good"]), ("bad", &json!(101), &json!(100)));
    // With less than a day of history the window is taken for 28 times as much: 1 of 28 x 0.101 allowed.
    assert!((bad["budget_spent"].as_f64().unwrap() - 0.353_606).abs() < 1e-5, "{bad}");
    assert_eq!((&bad["allowed_bad"], &bad["budget_is_estimate"]), (&json!(2.828), &json!(true)));
    // Six of 107 gave up: more than a twentieth.
    world.send(&server, &spans(104..110, "POST /pay", 499, 1)).unwrap();
    assert_eq!(state(&slo()), ("unknown".to_owned(), "\"6 of 107 attempts were abandoned, more than 5%\"".to_owned()));
    server.stop();
}

#[test]
fn events_that_come_again_are_annotated_once() {
    let world = World::new();
    let server = world.start();
    let client = Client::new(&server);
    let both = [spans(1..4, "POST /pay", 200, 1), spans(4..6, "GET /nothing", 200, 1)].concat();
    for _ in 0..3 {
        world.send(&server, &both).unwrap();
        let told = client.json("/ingest");
        assert_eq!((&told["annotated"], &told["origins"]["operation"]), (&json!(3), &json!(3)), "{told}");
    }
    server.stop();
}

#[test]
fn a_silent_source_makes_nothing_good() {
    let world = World::new();
    let server = world.start();
    let client = Client::new(&server);
    world.send(&server, &spans(1..100, "POST /pay", 200, 150)).unwrap();
    let slo = client.evaluated(&server, "/products/shop/slos/pay-works");
    assert_eq!((&slo["state"], &slo["valid"]), (&json!("unknown"), &json!(99)));
    assert!(slo["reason"].as_str().unwrap().starts_with("no telemetry of any kind since "), "{slo}");
    let live = &client.json("/products/shop/objectives/buy")["steps"][1]["live"];
    assert_eq!((&live["step"], &live["state"], &live["valid"]), (&json!("pay"), &json!("unknown"), &json!(99)));
    world.send(&server, &spans(100..101, "GET /nothing", 200, 1)).unwrap();
    let live = &client.json("/products/shop/objectives/buy")["steps"][1]["live"];
    assert_eq!(live["state"], "good");
    world.send(&server, &spans(101..111, "POST /pay", 503, 1)).unwrap();
    let live = &client.json("/products/shop/objectives")["items"][0]["steps"][1]["live"];
    assert_eq!((&live["state"], &live["failed"]), (&json!("bad"), &json!(10)));
    assert_eq!(live["reason"], "10 of 109 attempts failed: fewer good than 99.9% promised");
    server.stop();
}

#[test]
fn a_product_without_traffic_is_told_without_numbers() {
    let world = World::new();
    let server = world.start();
    let client = Client::new(&server);
    assert_eq!(client.json("/products")["items"][0]["steps"], 2);
    let steps = client.json("/products/shop/steps");
    let ratios: Vec<_> = steps["items"].as_array().unwrap().iter().map(|step| &step["measured"][0]["ratio"]).collect();
    assert_eq!(ratios, [&json!(null); 2]);
    assert_eq!(client.json("/products/shop/steps/pay/series")["items"], json!([]));
    assert_eq!(client.json("/products/shop/matrix")["items"], json!([]));
    let never: Vec<_> = client.json("/products/shop/operations")["items"].as_array().unwrap().clone();
    assert!(never.iter().all(|item| item["difference"] == "never-seen") && never.len() == 2, "{never:?}");
    let ingest = client.json("/ingest");
    assert_eq!(
        (&ingest["received"], &ingest["is_balanced"], &ingest["newest_event"]),
        (&json!(0), &json!(true), &json!(null))
    );
    server.stop();
}

#[test]
fn everything_received_is_accounted_for() {
    let world = World::new();
    let server = world.start();
    let client = Client::new(&server);
    let sent = body(&spans(1..6, "POST /pay", 200, 1));
    world.send_body(&server, milepost_server::Payload::TracesJson, sent.clone()).unwrap();
    world.send_body(&server, milepost_server::Payload::TracesJson, sent).unwrap();
    world
        .send(&server, &[spans(4..9, "POST /pay", 503, 1), spans(9..10, "POST /pay", 200, 27 * 3600)].concat())
        .unwrap();
    world.send(&server, &spans(20..23, "GET /favicon.ico", 404, 1)).unwrap();
    let ingest = client.json("/ingest");
    let number = |field: &str| ingest[field].as_u64().unwrap();
    assert_eq!(ingest["rejected"], json!({"too-old": 1}));
    assert_eq!(number("received"), number("counted") + number("duplicates") + 1, "{ingest}");
    assert_eq!((&ingest["is_balanced"], number("repeated_requests")), (&json!(true), 1));
    assert_eq!(ingest["unannotated"], json!([{"operation": "web GET /favicon.ico", "events": 3, "failed": 0}]));
    assert!(number("lag_seconds") < 60, "{ingest}");
    let registry = client.json("/registry");
    assert_eq!((&registry["version"], &registry["refused"], &registry["steps"]), (&json!(1), &json!(null), &json!(2)));
    world.write_registry("apiVersion: milepost/v1\nkind: Prodoct\n");
    world.until("the edit is refused", || client.json("/registry")["refused"].is_string());
    assert!(client.json("/registry")["refused"].as_str().unwrap().contains("Prodoct"));
    server.stop();
}
