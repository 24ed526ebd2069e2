//! What spent an error budget, against what was sent: every part, and their sums.

use super::client::Client;
use crate::world::{Span, World, body_at, maintenance};
use milepost_server::{Payload, Server};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

/// Bad units by operation, error type and minute, as they were sent.
type Sent = Vec<(String, String, i64)>;

fn registry() -> String {
    let text = World::registry_text()
        .replace("operations: [GET /search, POST /pay]", "operations: [GET /search, POST /pay, POST /cash]");
    text.replace("measure: [web POST /pay]", "measure: [web POST /pay, web POST /cash]")
}

fn now() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos()
}

/// Attempts of six hours, and which of them are bad.
fn attempts(now: u128) -> (Vec<Span>, Sent) {
    let (mut spans, mut sent) = (Vec::new(), Sent::new());
    let mut state = 7_u64;
    let mut random = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    for id in 1..=600 {
        let route = ["POST /pay", "POST /cash"][random(3).min(1) as usize];
        let status = [200, 200, 200, 404, 500, 503, 504][random(7) as usize];
        let seconds_ago = random(6 * 3600);
        spans.push(Span { id, route, status, seconds_ago });
        if status >= 500 {
            let minute = (now - u128::from(seconds_ago) * 1_000_000_000) / 60_000_000_000;
            sent.push((format!("web {route}"), status.to_string(), i64::try_from(minute).unwrap()));
        }
    }
    (spans, sent)
}

fn budget(client: &Client, server: &Server, more: &str) -> Value {
    client.evaluated(server, &format!("/products/shop/slos/pay-works/budget{more}"))
}

/// The parts by something, by their name.
fn parts(body: &Value, by: &str, name: impl Fn(&Value) -> String) -> BTreeMap<String, i64> {
    let parts = body["parts"].as_array().unwrap().iter().filter(|part| part["by"] == by);
    parts.map(|part| (name(part), part["bad"].as_i64().unwrap())).collect()
}

fn field(name: &'static str) -> impl Fn(&Value) -> String {
    move |part| part[name].as_str().unwrap_or_default().to_owned()
}

fn counted(names: impl Iterator<Item = String>) -> BTreeMap<String, i64> {
    let mut sums = BTreeMap::new();
    names.for_each(|name| *sums.entry(name).or_default() += 1);
    sums
}

/// What is told is what was sent, part by part.
fn assert_is_sent(body: &Value, sent: &Sent) {
    let count = i64::try_from(sent.len()).unwrap();
    assert_eq!(body["spent"], count);
    assert_eq!(
        parts(body, "operation", field("operation")),
        counted(sent.iter().map(|(operation, ..)| operation.clone()))
    );
    assert_eq!(parts(body, "error-type", field("error_type")), counted(sent.iter().map(|(_, error, _)| error.clone())));
    let both = |part: &Value| format!("{} {}", field("operation")(part), field("error_type")(part));
    assert_eq!(
        parts(body, "cause", both),
        counted(sent.iter().map(|(operation, error, _)| format!("{operation} {error}")))
    );
    let mut minutes: Vec<i64> = sent.iter().map(|(.., minute)| *minute).collect();
    minutes.sort_unstable();
    let stretches = minutes.chunk_by(|before, after| after - (before + 1) <= 5);
    let expected: BTreeMap<String, i64> = stretches
        .map(|minutes| {
            let start = milepost_model::Minute::new(minutes[0]).start().to_string();
            (start, i64::try_from(minutes.len()).unwrap())
        })
        .collect();
    assert_eq!(parts(body, "time", field("from")), expected);
    let share: f64 = body["parts"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|part| part["by"] == "cause")
        .filter_map(|part| part["budget_spent"].as_f64())
        .sum();
    assert!((share - body["budget_spent"].as_f64().unwrap()).abs() < 1e-9, "{body}");
}

#[test]
fn the_parts_of_a_budget_are_what_was_sent_and_sum_to_the_whole() {
    let world = World::new();
    world.write_registry(&registry());
    let server = world.start();
    let client = Client::new(&server);
    let now = now();
    let (spans, sent) = attempts(now);
    for part in spans.chunks(97) {
        world.send_body(&server, Payload::TracesJson, body_at(now, part)).unwrap();
    }
    let whole = budget(&client, &server, "");
    assert_is_sent(&whole, &sent);
    assert_eq!(whole["recorded"], whole["spent"]);
    let slo = client.evaluated(&server, "/products/shop/slos/pay-works");
    assert_eq!(slo["valid"].as_i64().unwrap() - slo["good"].as_i64().unwrap(), whole["spent"].as_i64().unwrap());
    assert_eq!((&slo["budget_spent"], &slo["allowed_bad"]), (&whole["budget_spent"], &whole["allowed_bad"]));

    let from = milepost_model::Minute::new(sent[0].2);
    let since: Sent = sent.iter().filter(|(.., minute)| *minute >= from.number()).cloned().collect();
    let later = budget(&client, &server, &format!("?from={}", from.start()));
    assert_eq!((&later["spent"], &later["covered"]["from"]), (&since.len().into(), &from.start().to_string().into()));
    assert_eq!(
        parts(&later, "error-type", field("error_type")),
        counted(since.iter().map(|(_, error, _)| error.clone()))
    );

    let table = client.get("/products/shop/slos/pay-works/budget?format=csv");
    let rows: Vec<Vec<&str>> = table.text().lines().skip(1).map(|line| line.split(',').collect()).collect();
    let by_time: usize = rows.iter().filter(|row| row[4] == "time").map(|row| row[11].parse::<usize>().unwrap()).sum();
    assert_eq!((by_time, rows[0][3].parse().ok()), (sent.len(), Some(sent.len())), "{}", table.text());

    drop(client);
    server.stop();
    let server = world.start();
    let client = Client::new(&server);
    // Another attempt, so that somebody is heard.
    world
        .send_body(
            &server,
            Payload::TracesJson,
            body_at(now, &[Span { id: 9_000, route: "POST /pay", status: 200, seconds_ago: 1 }]),
        )
        .unwrap();
    assert_is_sent(&budget(&client, &server, ""), &sent);
    server.stop();
}

#[test]
fn what_maintenance_takes_out_of_a_budget_is_a_part_of_it() {
    let world = World::new();
    world.write_registry(&registry());
    let server = world.start();
    let client = Client::new(&server);
    let now = now();
    let (spans, sent) = attempts(now);
    world.send_body(&server, Payload::TracesJson, body_at(now, &spans)).unwrap();
    let version = server.shared.versions.current().number;
    // The second overlaps the first, which has what both take out; the third takes nothing out.
    let second = |seconds_ago: u64| i64::try_from(now / 1_000_000_000).unwrap() - i64::try_from(seconds_ago).unwrap();
    let first = maintenance("disks", (second(4 * 3600), second(3 * 3600)), "appliesTo: {slos: [pay-works]}");
    let other = maintenance("cables", (second(3 * 3600 + 900), second(2 * 3600)), "category: exercise");
    let none = maintenance("silence", (second(5 * 3600), second(3600)), "errorBudget: counted");
    world.write_registry(&format!("{}{first}{other}{none}", registry()));
    world.until("the edit is active", || server.shared.versions.current().number > version);
    let body = budget(&client, &server, "");
    // Whole minutes only are taken out.
    let within = |minute: i64, from: i64, to: i64| {
        from.div_euclid(60) + i64::from(from % 60 > 0) <= minute && minute < to.div_euclid(60)
    };
    let taken_by = |minute: i64| match minute {
        minute if within(minute, second(4 * 3600), second(3 * 3600)) => Some("disks"),
        minute if within(minute, second(3 * 3600 + 900), second(2 * 3600)) => Some("cables"),
        _ => None,
    };
    let left: Sent = sent.iter().filter(|(.., minute)| taken_by(*minute).is_none()).cloned().collect();
    assert!(left.len() < sent.len());
    assert_is_sent(&body, &left);
    assert_eq!(body["recorded"], sent.len());
    let taken = counted(sent.iter().filter_map(|(.., minute)| taken_by(*minute)).map(str::to_owned));
    assert_eq!(parts(&body, "maintenance", field("maintenance")), taken);
    server.stop();
}

#[test]
fn more_causes_than_are_told_apart_are_one_and_counted_all_the_same() {
    let world = World::new();
    let server = world.start();
    let client = Client::new(&server);
    let spans: Vec<Span> = (1..=90)
        .map(|id| Span { id, route: "POST /pay", status: 500 + u16::try_from(id).unwrap(), seconds_ago: 2 })
        .collect();
    world.send(&server, &spans).unwrap();
    let body = budget(&client, &server, "");
    let errors = parts(&body, "error-type", field("error_type"));
    assert_eq!((&body["spent"], errors.len()), (&90.into(), 51), "{errors:?}");
    assert_eq!(errors[""], 40);
    server.stop();
}

#[test]
fn an_slo_of_which_nothing_is_known_says_why() {
    let world = World::new();
    let server = world.start();
    let client = Client::new(&server);
    let body = budget(&client, &server, "");
    assert_eq!((&body["spent"], &body["parts"], &body["reason"]), (&0.into(), &serde_json::json!([]), &Value::Null));
    let (status, code, message) = client.problem("/products/shop/slos/pay-work/budget");
    assert_eq!((status, code.as_str()), (404, "unknown-slo"), "{message}");
    server.stop();
}
