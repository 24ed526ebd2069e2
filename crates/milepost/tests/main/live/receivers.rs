//! A burn is told to a webhook by https and to PagerDuty, while the server is killed between what it tells.

use super::alertmanager::{REGISTRY, send, until_early_in_a_minute, until_within_minutes};
use super::process::{Process, until};
use crate::run::{Folder, milepost_in, told};
use milepost_testkit::{Receiver, tls};
use serde_json::Value;
use std::path::Path;

const SECRET: &str = "a-secret-of-32-characters-of-tests";

/// What was taken: of each, the value of a key.
fn taken(receiver: &Receiver, key: &str) -> Vec<String> {
    let taken = receiver.heard().into_iter().filter(|heard| heard.status < 300);
    let bodies = taken.map(|heard| serde_json::from_str::<Value>(&heard.body).expect("JSON"));
    bodies.map(|body| body[key].as_str().expect("text").to_owned()).collect()
}

/// How many receivers know of a page, by what the server has stored of that.
fn told_pages(data: &Path) -> usize {
    let stored = std::fs::read(data.join("told")).expect("what was told");
    let begin = stored.iter().position(|byte| *byte == b'{').expect("JSON");
    let receivers: Value = serde_json::from_slice(&stored[begin..]).expect("JSON");
    let burns = receivers.as_object().expect("receivers").values().flat_map(|burns| burns.as_array().expect("burns"));
    burns.filter(|burn| burn["severity"] == "page" && burn["stage"] == "Told").count()
}

#[test]
fn a_burn_and_its_end_are_told_once_each_though_the_server_is_killed_between() {
    let folder = Folder::new("receivers");
    let registry = folder.write("registry/shop.yaml", REGISTRY.as_bytes());
    let registry = registry.parent().and_then(Path::to_str).expect("a plain path").to_owned();
    let secret = folder.write("secret", format!("{SECRET}\n").as_bytes()).display().to_string();
    let key = folder.write("key", b"0123456789abcdef0123456789abcdef\n").display().to_string();
    let authority = tls("authority").display().to_string();
    let (webhook, pagerduty) = (Receiver::start_tls("server"), Receiver::start());
    let webhook_url = format!("https://localhost:{}/hook", webhook.address.port());
    let pagerduty_url = pagerduty.url("/v2/enqueue");
    let mut options = vec!["--webhook", &webhook_url, "--webhook-allow-private", "--ca-file", &authority];
    options.extend(["--pagerduty-key-file", &key, "--pagerduty-url", &pagerduty_url]);
    let data = folder.path().join("data");
    let with_file = [&options[..], &["--webhook-secret-file", &secret]].concat();

    let server = Process::start(&registry, &data, &with_file);
    pagerduty.answers(503, "");
    until_early_in_a_minute();
    send(&server, 1..101, 200);
    send(&server, 101..141, 503);
    until("the webhook hears", || !webhook.heard().is_empty());
    until("PagerDuty refuses", || !pagerduty.heard().is_empty());
    let warnings = || server.get("/api/v1/ingest");
    until("it is said", || warnings().contains("PagerDuty at http://") && warnings().contains("it answered 503"));
    server.kill();

    pagerduty.answers(202, "");
    let variables = [("MILEPOST_WEBHOOK_SECRET", Path::new(SECRET))];
    let server = Process::start_with(&registry, &data, &options, &variables);
    until("PagerDuty takes it", || taken(&pagerduty, "event_action") == ["trigger"]);
    until("nothing is wrong", || !server.get("/api/v1/ingest").contains("PagerDuty"));
    // Between its answer and what is on the disk a kill makes the server tell it again, under the same key.
    until("what both were told is on the disk", || told_pages(&data) == 2);
    server.kill();

    let server = Process::start(&registry, &data, &with_file);
    let mut next = 1_000;
    until_within_minutes("the page ends", || {
        send(&server, next..next + 20, 200);
        next += 20;
        taken(&webhook, "status").len() > 1 && taken(&pagerduty, "event_action").len() > 1
    });
    // The ticket, which the page told, may be told once that is over.
    let pages = webhook.heard().into_iter().filter(|heard| heard.body.contains("\"severity\":\"page\""));
    let pages: Vec<Value> = pages.map(|heard| serde_json::from_str(&heard.body).expect("JSON")).collect();
    assert_eq!(pages.iter().map(|page| &page["status"]).collect::<Vec<_>>(), ["firing", "resolved"]);
    assert_eq!(pages[0]["starts_at"], pages[1]["starts_at"]);
    assert_eq!(taken(&pagerduty, "event_action"), ["trigger", "resolve"]);
    assert_eq!(taken(&pagerduty, "dedup_key"), ["milepost/shop/pay-works/page"; 2]);
    assert!(server.stop());
}

#[test]
fn a_webhook_without_a_secret_and_secrets_that_are_none_stop_the_start() {
    let folder = Folder::new("receivers-secrets");
    folder.write("registry/shop.yaml", REGISTRY.as_bytes());
    folder.write("short", b"secret\n");
    let hook = ["up", "--registry", "registry", "--webhook", "https://example.com/hook"];
    let told_of = |more: &[&str]| told(&milepost_in(&folder, [&hook[..], more].concat()));
    insta::assert_snapshot!(told_of(&[]));
    insta::assert_snapshot!(told_of(&["--webhook-secret-file", "short"]));
    insta::assert_snapshot!(told_of(&["--webhook-secret-file", "absent"]));
    insta::assert_snapshot!(told_of(&["--webhook", "ftp://example.com"]));
}
