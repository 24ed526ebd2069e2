//! Severity and incidents as the API tells them, and what people do about them.

use super::client::Client;
use crate::world::{Span, World, body_at};
use milepost_model::DurationNs;
use milepost_server::{Clock, Payload, Server, Settings};
use serde_json::json;

/// A server whose step Pay has a level.
fn failing(world: &World) -> Server {
    let clock = Clock::default();
    let server = world.start_with(|settings: Settings| Settings { clock: clock.clone(), ..settings });
    let now = u128::from(server.shared.now().nanos().unsigned_abs());
    let spans: Vec<Span> = (1..=100)
        .map(|id| Span { id, route: "POST /pay", status: if id <= 50 { 503 } else { 200 }, seconds_ago: 0 })
        .collect();
    world.send_body(&server, Payload::TracesJson, body_at(now, &spans)).unwrap();
    let judged = |what: &str| {
        let (now, lsn) = (server.shared.now(), server.shared.counts().lsn);
        world.until(what, || {
            let board = server.shared.severity();
            board.at.is_some_and(|at| at > now) && board.lsn >= lsn
        });
    };
    judged("it is over");
    clock.pass(DurationNs::from_seconds(31));
    judged("it has been over for half a minute");
    server
}

#[test]
fn severity_and_incidents_are_told_with_their_reasons() {
    let world = World::new();
    let server = failing(&world);
    let client = Client::new(&server);
    let severity = client.json("/products/shop/severity");
    let pay = &severity["items"][0];
    assert_eq!((&pay["path"], &pay["level"], &pay["incident"]), (&json!("pay"), &json!("minor"), &json!(1)));
    assert_eq!((&pay["windows"][0]["attempts"], &pay["windows"][1]["failed"]), (&json!(100), &json!(50)));
    assert_eq!((&pay["windows"][0]["impact"], &pay["baseline"]), (&json!(0.5), &json!("none")));
    let explained = pay["explanation"].as_array().unwrap();
    assert!(explained[0].as_str().unwrap().contains(": minor since "), "{explained:?}");
    let search = &severity["items"][1];
    assert_eq!((&search["level"], &search["incident"]), (&json!(null), &json!(null)));

    let list = client.json("/products/shop/incidents?state=open");
    let item = &list["items"][0];
    assert_eq!(item["title"], "Pay fails");
    assert_eq!((&item["level"], &item["route"], &item["state"]), (&json!("minor"), &json!("sre"), &json!("open")));
    assert_eq!((&item["objectives"], &item["suspected"]), (&json!(["buy"]), &json!("web POST /pay")));
    assert_eq!(client.json("/products/shop/incidents?state=closed")["items"], json!([]));
    let csv = client.get("/products/shop/incidents?format=csv");
    assert!(csv.text().contains("shop,1,impact,open,Pay fails,minor,minor,minor,false,"), "{}", csv.text());

    let one = client.json("/products/shop/incidents/1");
    assert_eq!((&one["hits"][0]["title"], &one["hits"][0]["objectives"]), (&json!("Pay"), &json!(["Buy"])));
    let what: Vec<&str> = one["timeline"].as_array().unwrap().iter().map(|of| of["what"].as_str().unwrap()).collect();
    // Whether its burn alert fires by then is another thread's matter.
    assert_eq!(what[..4], ["opened", "step-hit", "routed", "suspected"]);
    let report = client.get("/products/shop/incidents/1/report");
    assert_eq!(report.header("content-type"), "text/markdown; charset=utf-8");
    assert!(report.text().starts_with("# Incident 1: Pay fails\n"), "{}", report.text());
    let (status, code, message) = client.problem("/products/shop/incidents/2");
    assert_eq!((status, code.as_str()), (404, "unknown-incident"));
    assert!(message.contains('1'), "{message}");
    assert_eq!(client.problem("/products/shop/incidents/2/report").1, "unknown-incident");
    server.stop();
}

#[test]
fn people_take_override_and_resolve_incidents_and_what_cannot_be_is_said() {
    let world = World::new();
    let server = failing(&world);
    let client = Client::new(&server);
    let at = |command: &str| format!("/products/shop/incidents/1/{command}");
    let done = |command: &str, body: &str| {
        let answer = client.post(&at(command), body);
        assert_eq!(answer.status, 200, "{command}: {}", answer.text());
        answer.json()
    };
    let by = "somebody on this machine";
    assert_eq!(done("acknowledge", "")["acknowledged_by"], by);
    let noted = done("note", r#"{"text": "A disk is | full."}"#);
    let last = noted["timeline"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["what"], &last["text"], &last["by"]), (&json!("note"), &json!("A disk is | full."), &json!(by)));
    let said = done("override", r#"{"level": "major", "reason": "The press has called."}"#);
    assert_eq!((&said["level"], &said["computed_level"]), (&json!("major"), &json!("minor")));
    assert_eq!(said["overridden"]["reason"], "The press has called.");
    assert_eq!(done("override", r#"{"level": null, "reason": "A load test."}"#)["level"], json!(null));
    assert_eq!(done("remove-override", "{}")["level"], "minor");
    let report = client.get(&at("report"));
    assert!(report.text().contains("A disk is \\| full."), "{}", report.text());

    let refused = |command: &str, body: &str| {
        let answer = client.post(&at(command), body);
        let said = answer.json();
        (
            answer.status.as_u16(),
            said["code"].as_str().unwrap().to_owned(),
            said["message"].as_str().unwrap().to_owned(),
        )
    };
    let (status, code, message) = refused("override", r#"{"level": "terrible", "reason": "x"}"#);
    assert_eq!((status, code.as_str()), (400, "bad-body"));
    assert!(message.contains("`major`, `medium`, `minor`"), "{message}");
    assert_eq!(refused("override", r#"{"reason": "x"}"#).1, "bad-body", "who means no incident says so");
    assert_eq!(refused("note", r#"{"text": "  "}"#).1, "bad-body");
    assert_eq!(refused("note", r#"{"text": "x", "level": 1}"#).1, "bad-body");
    assert_eq!(refused("note", &format!(r#"{{"text": "{}"}}"#, "x".repeat(9_000))).1, "bad-body");
    assert_eq!(refused("note", &"x".repeat(70_000)).0, 413);
    assert_eq!(refused("remove-override", "{}").1, "conflict");
    assert_eq!(client.post("/products/shop/incidents/7/note", r#"{"text": "x"}"#).status, 404);

    let resolved = done("resolve", r#"{"reason": "Rolled back."}"#);
    assert_eq!((&resolved["state"], &resolved["level"]), (&json!("resolved"), &json!("minor")));
    assert_eq!(refused("acknowledge", "{}").1, "conflict", "what can be added is a note");
    done("note", r#"{"text": "It was the disk."}"#);
    let before = client.json("/products/shop/incidents/1")["timeline"].clone();
    drop(client);
    server.stop();
    // What people said is there after a restart.
    let server = world.start();
    let after = Client::new(&server).json("/products/shop/incidents/1");
    assert_eq!(after["state"], "resolved");
    let after = after["timeline"].as_array().unwrap();
    assert_eq!(after[..before.as_array().unwrap().len()], before.as_array().unwrap()[..]);
    server.stop();
}
