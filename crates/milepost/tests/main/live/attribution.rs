//! What `attribute` tells of files and of what a server stored of the same telemetry is the same, by trace rules and without.

use super::process::{Process, post, until};
use crate::run::{Folder, example, files, json, milepost, workspace};
use serde_json::Value;
use std::time::{SystemTime, UNIX_EPOCH};

/// Requests of OTLP, their times moved so that the last begins a few minutes ago: a server takes nothing that is a day old.
fn moved(text: &str) -> Vec<Value> {
    let mut requests: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("a request of OTLP")).collect();
    let mut newest = 0;
    requests.iter_mut().for_each(|request| each_time(request, &mut |time| newest = newest.max(*time)));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_nanos();
    let later = now - 300_000_000_000 - newest;
    requests.iter_mut().for_each(|request| each_time(request, &mut |time| *time += later));
    requests
}

fn each_time(value: &mut Value, each: &mut impl FnMut(&mut u128)) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| each_time(item, each)),
        Value::Object(fields) => {
            for (name, value) in fields {
                if let (true, Some(text)) = (name.ends_with("UnixNano"), value.as_str()) {
                    let mut time = text.parse().expect("nanoseconds");
                    each(&mut time);
                    *value = Value::from(time.to_string());
                } else {
                    each_time(value, each);
                }
            }
        }
        _ => {}
    }
}

/// Without how many facts there were: attempts of trace rules are facts of their own once they are stored.
fn attributed(arguments: &[&str]) -> Value {
    let mut told = json(&milepost(["attribute", "--format=json"].iter().chain(arguments)));
    told["facts"] = Value::Null;
    told
}

fn assert_same(name: &str, registry: &str, requests: &[Value]) -> Value {
    let folder = Folder::new(name);
    let lines: Vec<String> = requests.iter().map(Value::to_string).collect();
    let file = folder.write("spans.jsonl", lines.join("\n").as_bytes());
    let registry = example(registry);
    let data = folder.path().join("data");
    let server = Process::start(&registry, &data, &["--segments-every", "1s"]);
    // The last part stays in the log for a second at least, so that both are read.
    for line in &lines {
        let answer = post(server.http, "/v1/traces", "application/json", line.as_bytes());
        assert_eq!(answer.map(|(status, _)| status), Some(200));
    }
    let ingest = || serde_json::from_str::<Value>(&server.get("/api/v1/ingest")).expect("JSON");
    let of_files = attributed(&["--registry", &registry, file.to_str().expect("a plain path")]);
    let stored = ["--data", data.to_str().expect("a plain path")];
    // Traces are judged ten seconds after their roots.
    until("the same is said of what is stored", || attributed(&stored) == of_files);
    until("facts are in segments", || ingest()["segments"].as_u64() >= ingest()["as_of"].as_u64());
    assert_eq!(attributed(&stored), of_files);
    assert!(server.stop());
    of_files
}

#[test]
fn files_and_what_a_server_stored_of_them_explain_failures_alike() {
    let mut text = String::new();
    for path in files(&workspace().join("examples/mail/telemetry"), ".gz") {
        let file = std::fs::File::open(path).expect("telemetry");
        text += &std::io::read_to_string(flate2::read::MultiGzDecoder::new(file)).expect("text");
    }
    let told = assert_same("attribution_mail", "mail", &moved(&text));
    assert_eq!(told["steps"][0]["step"], "send-mail");
}

#[test]
fn attempts_that_trace_rules_find_are_explained_alike_from_files_and_from_what_is_stored() {
    let Some(folder) = milepost_testkit::data_dir("traces_nezha_onlineboutique_2022-08-23") else { return };
    let file = std::fs::File::open(folder.join("otlp/14_48.otlp.jsonl.zst")).expect("telemetry");
    let bytes = zstd::decode_all(file).expect("zstd");
    let told =
        assert_same("attribution_boutique", "online-boutique", &moved(std::str::from_utf8(&bytes).expect("text")));
    let failed: Vec<(&str, u64)> = (told["steps"].as_array().expect("steps").iter())
        .map(|step| (step["step"].as_str().unwrap_or_default(), step["failed"].as_u64().unwrap_or_default()))
        .collect();
    // The product catalogue is out: nothing says so but the calls that never came.
    assert_eq!(failed, [("view-cart", 53), ("place-order", 4)]);
    assert_eq!(told["steps"][0]["explained_by"][0]["by"], "error_type");
}
