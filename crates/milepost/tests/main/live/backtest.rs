//! What a server stored is gone through again: by when it was received, and from the minute log where facts are gone.

use super::process::{Process, now_nanos, post, until};
use crate::run::{Folder, example, json, milepost};
use serde_json::Value;
use std::fs;
use std::path::Path;

/// Attempts to send mail that began so many minutes ago, of which every second fails.
fn body(minutes_ago: u64, count: u64) -> String {
    let start = now_nanos() - u128::from(minutes_ago) * 60_000_000_000;
    let span = |id: u64| {
        let (id, status) = (minutes_ago * 1_000 + id, if id.is_multiple_of(2) { 503 } else { 202 });
        serde_json::json!({
            "traceId": format!("{id:032x}"), "spanId": format!("{id:016x}"), "name": "POST /messages", "kind": 2,
            "startTimeUnixNano": start.to_string(), "endTimeUnixNano": (start + 5_000_000).to_string(),
            "attributes": [
                {"key": "http.request.method", "value": {"stringValue": "POST"}},
                {"key": "http.route", "value": {"stringValue": "/messages"}},
                {"key": "http.response.status_code", "value": {"intValue": status.to_string()}},
            ],
        })
    };
    let spans: Vec<Value> = (1..=count).map(span).collect();
    let resource = serde_json::json!({"attributes": [{"key": "service.name", "value": {"stringValue": "webmail"}}]});
    serde_json::json!({"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": spans}]}]}).to_string()
}

fn backtest(data: &Path, options: &[&str]) -> Value {
    let data = data.display().to_string();
    let arguments = ["backtest", "--slo=send-mail-availability", "--format=json", "--data", &data];
    json(&milepost(arguments.iter().chain(options)))
}

/// Valid and bad attempts, those known by receipt, and those by event time.
fn counted(told: &Value) -> [u64; 4] {
    let (column, basis) = (&told["columns"][0], &told["basis"]);
    [&column["valid"], &column["bad"], &basis["by_receipt"], &basis["by_event_time"]]
        .map(|number| number.as_u64().expect("a count"))
}

#[test]
fn what_is_stored_is_replayed_by_receipt_and_from_the_minute_log_where_facts_are_gone() {
    let folder = Folder::new("backtest-stored");
    let data = folder.path().join("data");
    let server = Process::start(&example("mail"), &data, &["--segments-every", "1s"]);
    for minutes_ago in [120, 60] {
        let (status, answer) =
            post(server.http, "/v1/traces", "application/json", body(minutes_ago, 40).as_bytes()).expect("an answer");
        assert_eq!(status, 200, "{answer}");
    }
    until("all is counted", || server.attempts().values().sum::<u64>() == 80);

    // While it runs: all was received just now, so that the page comes an hour or two after the burn began.
    let told = backtest(&data, &[]);
    assert_eq!(counted(&told), [80, 40, 80, 0]);
    assert!(
        told["columns"][0]["episodes"].as_array().expect("episodes").iter().all(|of| of["delay_minutes"] != 0),
        "{told}"
    );
    let told = backtest(&data, &["--by-event-time"]);
    assert_eq!(counted(&told), [80, 40, 0, 80]);
    assert_eq!(told["columns"][0]["episodes"][0]["delay_minutes"], 0);

    // Without facts, what the minute log has stands in for them; also for how often the step succeeds.
    until("facts are in segments", || fs::read_dir(data.join("segments")).is_ok_and(|mut days| days.next().is_some()));
    assert!(server.stop());
    assert_eq!(counted(&backtest(&data, &[])), [80, 40, 80, 0]);
    for entry in fs::read_dir(&data).expect("a folder").flatten() {
        if entry.file_name().to_string_lossy().starts_with("catalog") {
            fs::remove_file(entry.path()).expect("a file");
        }
    }
    for facts in ["segments", "wal"] {
        fs::remove_dir_all(data.join(facts)).expect("a folder");
        fs::create_dir(data.join(facts)).expect("a folder");
    }
    let told = backtest(&data, &[]);
    assert_eq!(counted(&told), [80, 40, 0, 80]);
    assert_eq!(told["basis"]["hours_from_minute_log"], 2);
    let data = data.display().to_string();
    let found = json(&milepost(["suggest", "--step=send-mail", "--format=json", "--data", &data]));
    let step = &found["steps"][0];
    assert_eq!((&step["availability"]["valid"], &step["availability"]["bad"]), (&80.into(), &40.into()));
    assert_eq!(step["thresholds"], serde_json::json!([]));
}
