//! What people are told of a burn of the example product, counted where a real Alertmanager tells them.

use super::alertmanager::{Alertmanager, until_early_in_a_minute, until_within_minutes};
use super::process::{Process, free_port, otlp_json, post, until};
use crate::run::{Folder, example, files};
use milepost_testkit::Receiver;
use serde_json::Value;
use std::path::Path;

/// The page of sending mail looks at two minutes and one, so that its end can be waited for.
const TIERS: &str = "    tiers:
      - page-1h
      - page-6h
      - {ticket: 10%, long: 3d, short: 6h}
";
const SHORT_TIERS: &str = "    tiers:
      - {page: 2%, long: 2m, short: 1m}
";

/// The example's registry, with short windows; its folder.
fn registry(folder: &Folder) -> String {
    for file in files(Path::new(&example("mail")), ".yaml") {
        let text = std::fs::read_to_string(&file).expect("a file of the example");
        let name = file.file_name().and_then(|name| name.to_str()).expect("a plain name");
        let changed = text.replacen(TIERS, SHORT_TIERS, 1);
        assert_eq!(changed != text, name == "slos.yaml", "{name}");
        folder.write(&format!("registry/{name}"), changed.as_bytes());
    }
    folder.path().join("registry").to_str().expect("a plain path").to_owned()
}

/// Tells each alert alone, at once, and its end.
fn config(hook: &Receiver) -> String {
    format!(
        "route: {{receiver: hook, group_by: ['...'], group_wait: 1s, group_interval: 1s, repeat_interval: 4h}}
receivers: [{{name: hook, webhook_configs: [{{url: '{}', send_resolved: true}}]}}]
",
        hook.url("/told")
    )
}

/// The notifications of burns so far: whether each tells of a beginning or of an end, of which SLO and urgency.
fn told(hook: &Receiver) -> Vec<[String; 3]> {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let mut told = Vec::new();
    for heard in hook.heard() {
        let body: Value = serde_json::from_str(&heard.body).expect("JSON");
        for alert in body["alerts"].as_array().expect("alerts") {
            let labels = &alert["labels"];
            if labels["alertname"] == "ErrorBudgetBurn" {
                told.push([text(&alert["status"]), text(&labels["slo"]), text(&labels["severity"])]);
            }
        }
    }
    told
}

fn send(server: &Process, ids: std::ops::Range<u64>, status: u16) {
    let body = otlp_json("webmail", ids.map(|id| (id, "POST /messages", status)));
    let answer = post(server.http, "/v1/traces", "application/json", body.as_bytes()).expect("an answer");
    assert_eq!(answer.0, 200, "{}", answer.1);
}

#[test]
fn a_burn_of_the_example_is_told_once_and_so_is_its_end_through_kills_of_either_side() {
    let folder = Folder::new("notifications");
    let registry = registry(&folder);
    let (hook, port) = (Receiver::start(), free_port());
    let config = config(&hook);
    let Some(mut alertmanager) = Alertmanager::start_with(&folder, port, &config) else { return };
    let url = format!("http://127.0.0.1:{port}");
    let data = folder.path().join("data");
    let start = || Process::start(&registry, &data, &["--alertmanager", &url]);
    let page = |status: &str| [status, "send-mail-availability", "page"].map(str::to_owned);

    let server = start();
    send(&server, 1..101, 200);
    until_early_in_a_minute();
    send(&server, 101..141, 503);
    until("somebody is told of the burn", || !told(&hook).is_empty());
    assert_eq!(told(&hook), [page("firing")]);

    // Both are killed, and know of nothing but what is on their disks.
    server.kill();
    let server = start();
    let fires =
        |server: &Process| server.get("/api/v1/products/mail/slos/send-mail-availability").contains("\"firing\"");
    until("the server knows of the burn", || fires(&server));
    let logged = folder.path().join("alertmanager/nflog");
    // By the labels of each alert: the watchdog's are there before.
    let names_the_burn = |log: Vec<u8>| String::from_utf8_lossy(&log).contains("ErrorBudgetBurn");
    until("what was told is on the disk", || std::fs::read(&logged).is_ok_and(names_the_burn));
    drop(alertmanager);
    alertmanager = Alertmanager::start_with(&folder, port, &config).expect("it is installed");
    // Within a minute, and the burn goes on until then: of the end of one that it does not know it may tell nobody.
    let mut next = 1_000;
    until_within_minutes("Alertmanager is told again", || {
        send(&server, next..next + 1, 503);
        next += 1;
        alertmanager.knows_of_a_burn()
    });

    until_within_minutes("somebody is told of the end", || {
        send(&server, next..next + 20, 200);
        next += 20;
        told(&hook).iter().any(|[status, ..]| status == "resolved")
    });
    server.kill();
    let server = start();
    until("the server tells again", || alertmanager.hears_the_watchdog());
    // What was told twice would be told by the time that something later is: a new burn.
    until_early_in_a_minute();
    send(&server, 100_000..100_400, 503);
    until("somebody is told of a second burn", || told(&hook).len() > 2);
    assert_eq!(told(&hook), [page("firing"), page("resolved"), page("firing")]);
    assert!(server.stop());
}
