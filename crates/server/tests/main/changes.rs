//! Changes: told and seen, each once, kept through restarts, ranked among suspects.

use crate::api::Client;
use crate::world::{Span, World, body};
use milepost_impact::suspect::Reach;
use milepost_model::{Name, Timestamp};
use milepost_server::{Payload, Server};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Spans of the service of a version.
fn of_version(version: &str, ids: std::ops::Range<u64>, seconds_ago: u64) -> String {
    let spans: Vec<Span> = ids.map(|id| Span { id, route: "POST /pay", status: 200, seconds_ago }).collect();
    let name = r#"{"key":"service.name","value":{"stringValue":"web"}}"#;
    let both = format!(r#"{name},{{"key":"service.version","value":{{"stringValue":"{version}"}}}}"#);
    let body = body(&spans);
    assert!(body.contains(name), "{body}");
    body.replace(name, &both)
}

fn ago(server: &Server, seconds: i64) -> Timestamp {
    Timestamp::from_seconds(server.shared.now().nanos() / 1_000_000_000 - seconds)
}

fn titles(client: &Client, query: &str) -> Vec<String> {
    let page = client.json(&format!("/changes{query}"));
    let items = page["items"].as_array().unwrap();
    items.iter().map(|item| item["title"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_is_told_stands_once_and_is_there_after_a_restart() {
    let world = World::new();
    let server = world.start();
    let client = Client::new(&server);
    let start = ago(&server, 600);
    let deploy = json!({
        "id": "build-7", "kind": "deploy", "service": "web", "version": "2.0", "start": start.to_string(),
        "author": "ci", "link": "https://ci.example/7"
    });
    let told = client.post("/changes", &deploy.to_string());
    assert_eq!(told.status.as_u16(), 201, "{}", told.text());
    let item = &told.json()["items"][0];
    assert_eq!((&item["is_new"], &item["title"]), (&json!(true), &json!("web 2.0 is deployed")));
    assert_eq!((&item["product"], &item["start"]), (&json!("shop"), &json!(start.to_string())));
    // Once more, and then with its end, without what was said before.
    let again = client.post("/changes", &deploy.to_string());
    assert_eq!((again.status.as_u16(), &again.json()["items"][0]["is_new"]), (200, &json!(false)));
    let end = ago(&server, 300).to_string();
    let ended = client.post("/changes", &json!({"id": "build-7", "kind": "deploy", "end": end}).to_string());
    assert_eq!((ended.status.as_u16(), &ended.json()["items"][0]["end"]), (200, &json!(end)), "{}", ended.text());
    let other = client.post("/changes", &json!({"id": "build-7", "kind": "deploy", "version": "3"}).to_string());
    assert_eq!((other.status.as_u16(), other.json()["code"].as_str()), (409, Some("conflict")), "{}", other.text());

    let flag =
        client.post("/changes", r#"[{"kind": "flag", "title": "new form"}, {"kind": "other", "service": "wbe"}]"#);
    assert_eq!(flag.status.as_u16(), 201);
    assert!(flag.json()["warnings"][0].as_str().unwrap().contains("did you mean `web`"), "{}", flag.text());
    let before = client.json("/changes")["items"].clone();
    assert_eq!(before.as_array().unwrap().len(), 3);
    drop(client);
    server.stop();

    let server = world.start();
    let client = Client::new(&server);
    assert_eq!(client.json("/changes")["items"], before);
    assert_eq!(client.post("/changes", &deploy.to_string()).status.as_u16(), 200);
    server.stop();
}

#[test]
fn lists_are_of_a_time_a_product_a_service_and_a_kind_page_by_page_and_as_csv() {
    let world = World::new();
    let server = world.start();
    let client = Client::new(&server);
    let change = |id: i64, kind: &str, service: &str| json!({"kind": kind, "service": service, "title": format!("t{id}"), "start": ago(&server, id * 3_600).to_string()});
    let all = json!([
        change(1, "deploy", "web"),
        change(2, "flag", "web"),
        change(3, "deploy", "edge"),
        change(400, "deploy", "web")
    ]);
    assert_eq!(client.post("/changes", &all.to_string()).status.as_u16(), 201);
    assert_eq!(titles(&client, ""), ["t1", "t2", "t3"]);
    assert_eq!(titles(&client, "?from=-20d&to=-10d"), ["t400"]);
    assert_eq!(titles(&client, "?kind=deploy&service=web"), ["t1"]);
    assert_eq!(titles(&client, "?product=shop&from=-150m"), ["t1", "t2"]);
    let page = client.json("/changes?limit=2");
    let next = format!("/changes?limit=2&cursor={}", page["next_cursor"].as_str().unwrap());
    assert_eq!(client.json(&next)["items"][0]["title"], "t3");
    let csv = client.get("/changes?format=csv");
    assert!(csv.text().starts_with("start,end,kind,title,product,services,"), "{}", csv.text());
    assert_eq!(csv.text().lines().count(), 4);
    assert_eq!(client.problem("/changes?product=shpo").1, "bad-parameter");
    server.stop();
}

#[test]
fn what_cannot_be_used_changes_nothing_and_everything_wrong_is_told() {
    let world = World::new();
    let server = world.start();
    let client = Client::new(&server);
    let wrong = client.post("/changes", r#"[{"kind": "flag"}, {"kind": "flags", "link": "x"}]"#);
    assert_eq!(wrong.status.as_u16(), 400);
    let places: Vec<Value> = wrong.json()["mistakes"].as_array().unwrap().iter().map(|m| m["place"].clone()).collect();
    assert_eq!(places, ["[1].kind", "[1].link"]);
    assert_eq!(titles(&client, "").len(), 0);
    let plain = client.ask("POST", "/changes", &[("content-type", "text/plain")]);
    assert_eq!((plain.status.as_u16(), plain.json()["code"].as_str()), (415, Some("not-json")));
    let long = client.post("/changes", &" ".repeat(300 << 10));
    assert_eq!((long.status.as_u16(), long.json()["code"].as_str()), (413, Some("too-large")));
    assert_eq!(client.ask("DELETE", "/changes", &[]).status.as_u16(), 405);
    server.stop();
}

#[test]
fn versions_that_telemetry_shows_are_changes_with_their_first_event_also_through_a_restart() {
    let world = World::new();
    let server = world.start();
    let send = |server: &Server, text: String| world.send_body(server, Payload::TracesJson, text).unwrap();
    send(&server, of_version("1.0", 1..51, 3_600));
    let is_kept = || std::fs::metadata(world.data().join("versions")).is_ok();
    server.stop();
    assert!(is_kept(), "the first version is known, and is no change");
    let server = world.start();
    let client = Client::new(&server);
    assert_eq!(titles(&client, ""), [""; 0]);
    let told = client.post("/changes", &json!({"kind": "deploy", "service": "web", "version": "1.1", "id": "d", "start": ago(&server, 2_000).to_string()}).to_string());
    assert_eq!(told.status.as_u16(), 201);
    send(&server, of_version("1.1", 51..151, 1_900));
    world.until("the version is seen", || titles(&client, "?kind=version").len() == 1);
    send(&server, of_version("1.0", 151..161, 600));
    world.until("the version is back", || titles(&client, "?kind=version").len() == 2);
    assert_eq!(titles(&client, "?kind=version"), ["web is back at 1.0, after 1.1", "web 1.1 is seen, after 1.0"]);
    let items = client.json("/changes")["items"].clone();
    assert_eq!((&items[0]["is_rollback"], &items[0]["previous_version"]), (&json!(true), &json!("1.1")));
    assert_eq!((&items[1]["deploy"], &items[2]["first_seen"]), (&json!("d"), &items[1]["start"]));

    // Among suspects a deploy and its version are one.
    let product = Name::new("shop").unwrap();
    let hit: BTreeSet<Name> = [Name::new("pay").unwrap()].into();
    let reach = Reach::declared(&server.shared.versions.current().setup.registry.steps);
    let suspects = server.shared.changes.suspects(&product, &reach, &hit, ago(&server, 540));
    let found: Vec<&str> = suspects.iter().map(|suspect| suspect.change.what.title.as_str()).collect();
    assert_eq!(found, ["web is back at 1.0, after 1.1", "web 1.1 is deployed"]);
    assert!(suspects[0].score > suspects[1].score && suspects[0].fit.hit == 1);
    let none: BTreeSet<Name> = [Name::new("other").unwrap()].into();
    assert!(server.shared.changes.suspects(&product, &reach, &none, ago(&server, 540)).is_empty());
    server.stop();
}
