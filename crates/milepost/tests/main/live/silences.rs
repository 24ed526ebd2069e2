//! Maintenance of the registry is a silence in a real Alertmanager, once, and only as long as the registry says so.

use super::alertmanager::{Alertmanager, REGISTRY};
use super::process::{Process, free_port, get, now_nanos, post, until};
use crate::run::{Folder, milepost, told};
use milepost_model::Timestamp;
use serde_json::{Value, json};
use std::path::Path;

/// A time so many minutes from now.
fn at(minutes: i64) -> String {
    let now = i64::try_from(now_nanos()).expect("a time of today");
    Timestamp::from_nanos(now + minutes * 60_000_000_000).minute().start().to_string()
}

fn maintenance(from: &str, to: i64) -> String {
    format!(
        "---
apiVersion: milepost/v1
kind: Maintenance
metadata: {{name: disks}}
spec:
  from: {from}
  to: {}
  reason: Disks are changed.
  author: web-team
  approver: product-manager
  recordedOn: {}
  appliesTo: {{steps: [pay]}}
",
        at(to),
        &at(-24 * 60)[..10]
    )
}

/// Silences that have not ended, by who made each.
fn silences(receiver: &Alertmanager) -> Vec<(String, Value)> {
    let answer = get(receiver.address, "/api/v2/silences").expect("an answer");
    let all: Vec<Value> = serde_json::from_str(&answer.body).expect("JSON");
    let present = all.into_iter().filter(|silence| silence["status"]["state"] != "expired");
    let mut found: Vec<(String, Value)> =
        present.map(|silence| (silence["createdBy"].as_str().expect("a name").to_owned(), silence)).collect();
    found.sort_by(|one, other| one.0.cmp(&other.0));
    found
}

fn ours(receiver: &Alertmanager) -> Vec<Value> {
    silences(receiver).into_iter().filter(|(by, _)| by == "milepost").map(|(_, silence)| silence).collect()
}

#[test]
fn maintenance_is_one_silence_through_restarts_and_those_of_others_stay() {
    let folder = Folder::new("silences");
    let write = |text: &str| folder.write("registry/shop.yaml", format!("{REGISTRY}{text}").as_bytes());
    let from = at(-5);
    let registry = write(&maintenance(&from, 120));
    let registry = registry.parent().and_then(Path::to_str).expect("a plain path").to_owned();
    let Some(receiver) = Alertmanager::start(&folder, free_port()) else { return };
    let by_hand = json!({
        "matchers": [{"name": "product", "value": "shop", "isRegex": false, "isEqual": true}],
        "startsAt": at(0), "endsAt": at(60), "createdBy": "somebody", "comment": "Maintenance shop/by-hand",
    });
    let made = post(receiver.address, "/api/v2/silences", "application/json", by_hand.to_string().as_bytes());
    assert_eq!(made.expect("an answer").0, 200);

    let url = format!("http://{}", receiver.address);
    let data = folder.path().join("data");
    let start = || Process::start(&registry, &data, &["--alertmanager", &url, "--alertmanager-silences"]);
    let server = start();
    until("the maintenance is a silence", || !ours(&receiver).is_empty());
    let silence = ours(&receiver).remove(0);
    assert_eq!(
        silence["comment"].as_str().map(|comment| comment.starts_with("Maintenance shop/disks from ")),
        Some(true)
    );
    let matchers = json!([
        {"name": "product", "value": "shop", "isRegex": false, "isEqual": true},
        {"name": "slo", "value": ".+", "isRegex": true, "isEqual": true},
    ]);
    assert_eq!(silence["matchers"], matchers);

    // A restart finds it as it should be; told until it has heard of another one.
    server.kill();
    let server = start();
    write(&maintenance(&from, 180));
    until("it goes on for longer", || ours(&receiver).iter().any(|now| now["endsAt"] != silence["endsAt"]));
    assert_eq!(ours(&receiver).len(), 1);

    write("");
    until("the silence ends with the maintenance", || ours(&receiver).is_empty());
    let left: Vec<String> = silences(&receiver).into_iter().map(|(by, _)| by).collect();
    assert_eq!(left, ["somebody"]);
    assert!(server.stop());

    let output = milepost(["up", "--registry", &registry, "--alertmanager-silences"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(told(&output).contains("add `--alertmanager URL`"), "{}", told(&output));
}
