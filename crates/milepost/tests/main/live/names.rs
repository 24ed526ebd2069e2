//! Telemetry in which every event brings names of its own: memory stays within its cap, totals stay exact, and it is told that names did not fit.

use super::overload::peak_mib;
use super::process::{Process, answer, now_nanos, otlp_json};
use crate::run::{Folder, example};
use std::fmt::Write as _;
use std::net::SocketAddr;

/// The cap on memory, and what may be taken beyond it.
const MEMORY_MIB: u64 = 128;
const MOST_MIB: u64 = MEMORY_MIB + MEMORY_MIB / 10;
/// Spans of a request, and requests: names of about 30 MiB, each of which would be kept several times.
const SPANS: u64 = 3_000;
const REQUESTS: u64 = 24;

/// What looks like nothing before, in as many characters as an identifier has.
fn unlike(number: u64) -> String {
    let mixed = (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    format!("{mixed:016x}{:016x}", mixed.rotate_left(29) ^ number)
}

/// A request in which each span has a service, a region, a route and an error type that no other has.
fn unlike_spans(request: u64, of_one_service: bool) -> String {
    let start = now_nanos() - 1_000_000_000;
    let padding = "abcdef/".repeat(28);
    let mut body = String::from("{\"resourceSpans\":[");
    for span in request * SPANS..(request + 1) * SPANS {
        let name = unlike(span);
        let service = if of_one_service { "webmail" } else { &name };
        let comma = if body.ends_with('[') { "" } else { "," };
        let _ = write!(
            body,
            r#"{comma}{{"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"{service}"}}}},{{"key":"cloud.region","value":{{"stringValue":"{name}"}}}}]}},
            "scopeSpans":[{{"spans":[{{"traceId":"{name}","spanId":"{:016x}","kind":2,"name":"a","startTimeUnixNano":"{start}","endTimeUnixNano":"{}",
            "attributes":[{{"key":"http.request.method","value":{{"stringValue":"GET"}}}},{{"key":"http.route","value":{{"stringValue":"/{padding}{name}"}}}},
            {{"key":"http.response.status_code","value":{{"intValue":"500"}}}},{{"key":"error.type","value":{{"stringValue":"{name}"}}}}]}}]}}]}}"#,
            span + 1,
            start + 1000,
        );
    }
    body + "]}"
}

fn send(server: SocketAddr, body: &str) {
    let answer = answer(server, "/v1/traces", "application/json", body.as_bytes()).expect("an answer");
    assert_eq!(answer.status, 200, "{}", answer.body);
}

#[test]
fn names_without_end_become_other_within_the_memory_cap() {
    let folder = Folder::new("names");
    let data = folder.path().join("data");
    let (registry, options) = (example("mail"), ["--memory", &format!("{MEMORY_MIB}MiB")]);
    let process = Process::start(&registry, &data, &options);
    for request in 0..REQUESTS {
        send(process.http, &unlike_spans(request, request % 2 == 1));
    }
    // An operation of the registry has its name and its counts, though all room is taken.
    send(process.http, &otlp_json("webmail", [(u64::MAX, "GET /inbox", 200)].into_iter()));
    assert_eq!(process.metric("milepost_step_events_total", &["step=\"open-inbox\""]), 1);

    let ingest = json_of(&process, "/api/v1/ingest?top=1");
    assert_eq!((&ingest["counted"], &ingest["is_balanced"]), (&(REQUESTS * SPANS + 1).into(), &true.into()));
    assert_eq!(ingest["unannotated"][0]["operation"], "other");
    let warnings = ingest["warnings"].to_string();
    for table in ["operations", "services", "error types", "values of region"] {
        assert!(warnings.contains(&format!("there is no room for more {table}: ")), "{table}: {warnings}");
    }
    assert_eq!(process.metric("milepost_names_full", &["table=\"operations\""]), 1);

    let page = json_of(&process, "/api/v1/products/mail/operations?limit=1000");
    let all = page["items"].as_array().expect("a page");
    let inbox = all.iter().find(|item| item["operation"] == "webmail GET /inbox").expect("it is declared");
    assert_eq!(inbox["events"], 1);
    let peak = peak_mib(process.id());
    println!("{peak} MiB at most of {MEMORY_MIB} MiB");
    assert!(peak <= MOST_MIB, "{peak} MiB");

    let (is_well, said) = process.ended();
    assert!(is_well, "{said}");
    assert_eq!(said.matches("there is no room for more operations: ").count(), 1, "{said}");
    let again = Process::start(&registry, &data, &options);
    let _ = json_of(&again, "/api/v1/products/mail/operations?limit=1000");
    let peak = peak_mib(again.id());
    println!("{peak} MiB at most of {MEMORY_MIB} MiB after another start");
    assert!(peak <= MOST_MIB, "{peak} MiB");
}

fn json_of(process: &Process, path: &str) -> serde_json::Value {
    serde_json::from_str(&process.get(path)).expect("JSON")
}
