//! OTLP in its forms: the same events give the same report, whatever carries them.

use crate::run::{Folder, files, json as json_of, milepost, milepost_in, report, workspace};
use crate::telemetry::{delimited, lines, log_message, log_record, logs_of, request, span, spans_of, trace_message};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A report without the size of what was read.
fn without_size(mut report: Value) -> Value {
    report["input"]["bytes"] = Value::Null;
    report
}

fn requests() -> Vec<Value> {
    let spans: Vec<Value> = (0..60)
        .map(|n| match n % 6 {
            0 => request(n, "POST", "/messages", if n % 18 == 0 { 503 } else { 202 }),
            1 => request(n, "GET", "/inbox", 200),
            2 => request(n, "GET", "/messages/{message}", if n % 4 == 0 { 404 } else { 200 }),
            3 => request(n, "GET", "/contacts", 499),
            4 => span(n, "mail.v1.Outbox/Enqueue", &[("rpc.system", json!({ "stringValue": "grpc" }))]),
            _ => request(n, "GET", "/nowhere", 404),
        })
        .collect();
    spans.chunks(7).map(|spans| spans_of("webmail", spans)).collect()
}

fn as_protobuf(requests: &[Value]) -> Vec<u8> {
    delimited(&requests.iter().map(trace_message).collect::<Vec<_>>())
}

#[test]
fn protobuf_gives_the_report_that_json_gives() {
    let folder = Folder::new("protobuf_and_json");
    let requests = requests();
    let of = |name: &str, bytes: &[u8]| without_size(report("mail", &["--by=minute"], &[folder.write(name, bytes)]));
    let expected = of("spans.jsonl", &lines(&requests));
    assert_eq!(expected["input"]["events"], 60);
    assert_eq!(expected["input"]["unannotated"], 20);
    assert_eq!(of("spans.binpb", &as_protobuf(&requests)), expected);
    let compressed = zstd::encode_all(&as_protobuf(&requests)[..], 3).unwrap();
    assert_eq!(of("spans.binpb.zst", &compressed), expected);
    let each_compressed: Vec<Vec<u8>> =
        requests.iter().map(|r| zstd::encode_all(&trace_message(r)[..], 3).unwrap()).collect();
    assert_eq!(of("each-compressed.binpb", &delimited(&each_compressed)), expected);
    let json_messages: Vec<Vec<u8>> = requests.iter().map(|r| r.to_string().into_bytes()).collect();
    assert_eq!(of("json-messages", &delimited(&json_messages)), expected);
    let one = |requests: &[Value]| requests.iter().map(|r| r["resourceSpans"][0].clone()).collect::<Vec<_>>();
    let document = serde_json::to_vec_pretty(&json!({ "resourceSpans": one(&requests) })).unwrap();
    assert_eq!(of("document.json", &document), expected);
}

/// The telemetry that comes with the example.
fn telemetry_of_mail() -> Vec<PathBuf> {
    files(&workspace().join("examples/mail/telemetry"), ".jsonl.gz")
}

#[test]
fn the_telemetry_of_the_mail_example_gives_the_same_report_as_protobuf() {
    let folder = Folder::new("mail_as_protobuf");
    let as_protobuf = |path: &PathBuf| {
        let text = std::io::read_to_string(flate2::read::MultiGzDecoder::new(std::fs::File::open(path).unwrap()));
        let text = text.unwrap();
        let requests: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let name = path.file_name().unwrap().to_str().unwrap().replace("jsonl.gz", "binpb");
        folder.write(&name, &as_protobuf(&requests))
    };
    let json = telemetry_of_mail();
    assert!(!json.is_empty());
    let protobuf: Vec<PathBuf> = json.iter().map(as_protobuf).collect();
    let expected = report("mail", &["--by=minute"], &json);
    let counted = report("mail", &["--by=minute"], &protobuf);
    assert!(expected["input"]["events"].as_u64().unwrap() > 1000);
    assert_eq!(without_file_names(counted), without_file_names(expected));
}

fn without_file_names(mut report: Value) -> Value {
    for file in report["input"]["by_file"].as_array_mut().into_iter().flatten() {
        file["file"] = Value::Null;
    }
    without_size(report)
}

/// Requests that are told as lines of an access log and as log records of OTLP.
const REQUESTS: [(&str, &str, u16); 6] = [
    ("GET", "/", 200),
    ("GET", "/blog/2026/milestones.html", 200),
    ("GET", "/blog/2026/milestones.html", 500),
    ("GET", "/blog/tags/rust", 499),
    ("GET", "/files/program/missing.gz", 404),
    ("GET", "/nowhere", 404),
];

#[test]
fn log_records_of_otlp_count_as_lines_of_an_access_log_do() {
    let folder = Folder::new("log_records");
    let numbered = || (0u64..).zip(REQUESTS);
    let log: String = numbered()
        .map(|(n, (method, path, status))| {
            format!(
                "192.0.2.1 - - [31/Jan/2026:14:00:{n:02} +0000] \"{method} {path} HTTP/1.1\" {status} 1 \"-\" \"-\"\n"
            )
        })
        .collect();
    let records: Vec<Value> =
        numbered().map(|(n, (method, path, status))| log_record(n, method, path, status)).collect();
    let request = logs_of("website", &records);
    let of = |name: &str, bytes: &[u8]| without_size(report("website", &[], &[folder.write(name, bytes)]));
    let expected = of("access.log", log.as_bytes());
    assert_eq!(counts(&expected)["read-post"], (2, 1, 1, 0));
    assert_eq!(counts(&expected)["browse-posts"], (0, 0, 0, 1));
    assert_eq!(counts(&expected)["download-file"], (1, 0, 1, 0));
    assert_eq!(of("logs.jsonl", &lines(std::slice::from_ref(&request))), expected);
    assert_eq!(of("logs.binpb", &delimited(&[log_message(&request)])), expected);
}

/// Valid, good, failed and abandoned attempts of users, by step.
fn counts(report: &Value) -> BTreeMap<String, (u64, u64, u64, u64)> {
    let rows = report["steps"].as_array().expect("steps").iter().filter(|row| row["class"] == "interactive");
    let number = |row: &Value, key: &str| row[key].as_u64().expect("a count");
    let counts =
        |row: &Value| (number(row, "valid"), number(row, "good"), number(row, "failed"), number(row, "abandoned"));
    rows.map(|row| (row["step"].as_str().expect("a name").to_owned(), counts(row))).collect()
}

#[test]
fn a_request_that_is_told_by_a_span_and_by_a_log_record_counts_once() {
    let folder = Folder::new("span_and_log_record");
    let both = [
        spans_of("webmail", &[request(0, "POST", "/messages", 202)]),
        logs_of("webmail", &[log_record(0, "POST", "/messages", 202)]),
    ];
    let report = report("mail", &[], &[folder.write("both.jsonl", &lines(&both))]);
    assert_eq!(report["input"]["events"], 2);
    assert_eq!(counts(&report)["send-mail"], (1, 1, 0, 0));
    let notes = report["notes"].as_array().unwrap();
    let note = "1 events of `webmail` at measuring points were not counted";
    assert!(notes.iter().any(|text| text.as_str().unwrap().starts_with(note)), "{notes:?}");
}

#[test]
fn metrics_are_rejected_by_reason_and_the_rest_of_the_file_is_read() {
    let folder = Folder::new("metrics");
    let metrics = json!({ "resourceMetrics": [{ "scopeMetrics": [{ "metrics": [
        { "name": "requests", "sum": { "dataPoints": [{ "asInt": "1" }, { "asInt": "2" }] } },
        { "name": "size", "gauge": { "dataPoints": [{ "asDouble": 1.5 }] } },
    ] }] }] });
    let file =
        folder.write("mixed.jsonl", &lines(&[metrics, spans_of("webmail", &[request(0, "GET", "/inbox", 200)])]));
    let report = report("mail", &[], &[file]);
    assert_eq!(report["input"]["events"], 1);
    assert_eq!(report["input"]["rejected"], json!({ "metric": 3 }));
    assert_eq!(counts(&report)["open-inbox"], (1, 1, 0, 0));
}

#[test]
fn a_broken_line_costs_itself_and_says_where_it_stands() {
    let folder = Folder::new("broken_line");
    let good = |number: u64| spans_of("webmail", &[request(number, "GET", "/inbox", 200)]).to_string();
    let text = format!("{}\n\n{{\"resourceSpans\": [{{]\n{}\n", good(0), good(1));
    let report = report("mail", &[], &[folder.write("spans.jsonl", text.as_bytes())]);
    assert_eq!(report["input"]["events"], 2);
    assert_eq!(report["input"]["rejected"], json!({ "bad-json": 1 }));
    assert_eq!(report["input"]["rejected_examples"][0]["line"], 3);
    assert_eq!(counts(&report)["open-inbox"], (2, 2, 0, 0));
}

#[test]
fn the_explained_span_is_the_one_of_that_number() {
    let folder = Folder::new("explained_span");
    let spans = [
        request(0, "GET", "/inbox", 200),
        request(1, "GET", "/nowhere", 404),
        span(
            2,
            "POST /messages",
            &[
                ("http.request.method", json!({ "stringValue": "POST" })),
                ("http.route", json!({ "stringValue": "/messages" })),
                ("http.response.status_code", json!({ "intValue": "503" })),
                ("milepost", json!({ "stringValue": "1.mail.compose-mail.send-mail.interactive.-.-.abc" })),
            ],
        ),
    ];
    let file =
        folder.write("spans.jsonl", &lines(&[spans_of("webmail", &spans[..2]), spans_of("webmail", &spans[2..])]));
    let explain = |number: &str| explained(&file, number);
    assert!(explain("1").contains("\nStep: open-inbox (the only step that uses the operation)\n"), "{}", explain("1"));
    assert!(explain("2").contains("\nStep: none\n"), "{}", explain("2"));
    insta::assert_snapshot!(explain("3"));
}

fn explained(file: &Path, number: &str) -> String {
    let registry = workspace().join("examples/mail").display().to_string();
    let output = milepost(["annotate", "--registry", &registry, "--explain", number, &file.display().to_string()]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn annotate_tells_as_json_where_each_step_came_from() {
    let folder = Folder::new("annotate_json");
    let mut requests = requests();
    requests.push(spans_of(
        "webmail",
        &[
            span(
                60,
                "GET",
                &[
                    ("http.request.method", json!({ "stringValue": "GET" })),
                    ("http.route", json!({ "stringValue": "/inbox" })),
                    ("milepost", json!({ "stringValue": "1.mail.read-mail.open-inbox.test.-.-.abc" })),
                ],
            ),
            span(61, "GET", &[("milepost", json!({ "stringValue": "9.mail" }))]),
        ],
    ));
    folder.write("spans.jsonl", &lines(&requests));
    let registry = workspace().join("examples/mail").display().to_string();
    let output = milepost_in(&folder, ["annotate", "--registry", &registry, "--format=json", "spans.jsonl"]);
    insta::assert_json_snapshot!(json_of(&output));
}
