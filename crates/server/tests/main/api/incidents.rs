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
    assert_eq!(item["title"], "Pay has trouble");
    assert_eq!((&item["level"], &item["route"], &item["state"]), (&json!("minor"), &json!("sre"), &json!("open")));
    assert_eq!((&item["objectives"], &item["suspected"]), (&json!(["buy"]), &json!("web POST /pay")));
    assert_eq!(client.json("/products/shop/incidents?state=closed")["items"], json!([]));
    let csv = client.get("/products/shop/incidents?format=csv");
    assert!(csv.text().contains("shop,1,impact,open,Pay has trouble,minor,minor,minor,false,"), "{}", csv.text());

    let one = client.json("/products/shop/incidents/1");
    assert_eq!((&one["hits"][0]["title"], &one["hits"][0]["objectives"]), (&json!("Pay"), &json!(["Buy"])));
    let what: Vec<&str> = one["timeline"].as_array().unwrap().iter().map(|of| of["what"].as_str().unwrap()).collect();
    // Whether its burn alert fires by then is another thread's matter.
    assert_eq!(what[..4], ["opened", "step-hit", "routed", "suspected"]);
    let report = client.get("/products/shop/incidents/1/report");
    assert_eq!(report.header("content-type"), "text/markdown; charset=utf-8");
    assert!(report.text().starts_with("# Incident 1: Pay has trouble\n"), "{}", report.text());
    let (status, code, message) = client.problem("/products/shop/incidents/2");
    assert_eq!((status, code.as_str()), (404, "unknown-incident"));
    assert!(message.contains('1'), "{message}");
    assert_eq!(client.problem("/products/shop/incidents/2/report").1, "unknown-incident");
    server.stop();
}
