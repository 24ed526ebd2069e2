//! `--keep-size` in a running server: the oldest hours go, counts stay, and whoever counts what is stored is told what is there no longer.

use super::process::{Process, now_nanos, otlp_json_at, post, until};
use crate::run::{Folder, example, milepost};
use serde_json::Value;
use std::path::Path;

const HOUR_NANOS: u128 = 3_600_000_000_000;
/// How many hours ago attempts were made, and how many.
const SENT: [(u128, u64); 3] = [(9, 40), (5, 30), (0, 20)];

/// The hours that have segments.
fn hours(data: &Path) -> usize {
    let folders = |path: &Path| -> Vec<_> {
        std::fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
    };
    let mut left = folders(&data.join("segments"));
    let mut hours = std::collections::BTreeSet::new();
    while let Some(path) = left.pop() {
        match path.extension() {
            Some(ending) if ending == "parquet" => _ = hours.insert(path.parent().map(Path::to_owned)),
            _ => left.extend(folders(&path)),
        }
    }
    hours.len()
}

/// Valid attempts of the last half day, as the API counts them.
fn counted(process: &Process) -> u64 {
    let step = process.get("/api/v1/products/mail/steps/open-inbox?from=-12h");
    let step: Value = serde_json::from_str(&step).expect("JSON");
    assert!(step["incomplete"].is_null(), "{step}");
    let of = step["measured"].as_array().expect("counts").iter().find(|of| of["class"] == "interactive");
    of.expect("attempts")["valid"].as_u64().expect("a count")
}

#[test]
fn the_oldest_facts_go_beyond_the_size_counts_stay_and_the_report_says_what_is_gone() {
    let folder = Folder::new("keep_size");
    let data = folder.path().join("data");
    let registry = example("mail");
    let start = |size| Process::start(&registry, &data, &["--segments-every", "1s", "--keep-size", size]);
    let all: u64 = SENT.iter().map(|(_, count)| count).sum();
    let process = start("1GiB");
    let now = now_nanos() - 1_000_000_000;
    for (at, (hours_ago, count)) in (0..).zip(SENT) {
        let spans = (0..count).map(|id| (1 + at * 1_000 + id, "GET /inbox", 200, 7_000_000));
        let body = otlp_json_at(now - hours_ago * HOUR_NANOS, "webmail", spans);
        assert_eq!(post(process.http, "/v1/traces", "application/json", body.as_bytes()).expect("an answer").0, 200);
    }
    until("all is in segments", || hours(&data) == SENT.len());
    let report = || {
        let output = milepost(["report", "--data", data.to_str().expect("a plain path"), "--format=json"]);
        let report = crate::run::json(&output);
        let steps = report["steps"].as_array().expect("steps").clone();
        let valid = steps.iter().find(|of| of["step"] == "open-inbox").expect("the step")["valid"].as_u64();
        (valid, report["notes"].to_string())
    };
    let (valid, notes) = report();
    assert_eq!(valid, Some(all));
    assert!(!notes.contains("removed"), "{notes}");
    assert!(process.stop());

    // The newest hour always stays.
    let process = start("1KiB");
    let newest = otlp_json_at(now, "webmail", std::iter::once((9_000, "GET /inbox", 200, 7_000_000)));
    assert_eq!(post(process.http, "/v1/traces", "application/json", newest.as_bytes()).expect("an answer").0, 200);
    until("the oldest are gone", || hours(&data) == 1);
    assert_eq!(counted(&process), all + 1, "counts are kept for longer than facts");
    assert_eq!(process.metric("milepost_step_events_total", &["step=\"open-inbox\""]), all + 1);
    let (valid, notes) = report();
    assert_eq!(valid, Some(SENT[2].1 + 1));
    assert!(notes.contains("were removed") && notes.contains("--keep-size"), "{notes}");
    process.kill();

    let again = start("1KiB");
    assert!(!again.greeting.contains("warning"), "{}", again.greeting);
    assert_eq!(counted(&again), all + 1);
    let recent = milepost(["report", "--data", data.to_str().expect("a plain path"), "--from", &minutes_ago(30)]);
    assert!(!String::from_utf8_lossy(&recent.stdout).contains("were removed"), "nothing of that time is gone");
}

/// A time in the form that reports take.
fn minutes_ago(minutes: u128) -> String {
    let seconds = i64::try_from(now_nanos() / 1_000_000_000 - minutes * 60).expect("a time");
    milepost_model::Timestamp::from_seconds(seconds).to_string()
}
