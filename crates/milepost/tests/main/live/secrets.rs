//! Credentials and e-mail addresses that telemetry carries, planted wherever it can carry text, are not in any file of the data directory.

use super::process::{Process, now_nanos, post, until};
use crate::run::{Folder, example, files, milepost};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

/// What must not be found, each with something by which it is known though it be cut.
const SECRETS: [&str; 8] = [
    "alice.planted@example.com",
    "alice.planted%40example.com",
    "AKIAPLANTEDKEY7EXAMP",
    "wJalrXUtnFEMI7K7MDENGbPxRfiCYPLANTED1",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJwbGFudGVkIn0.cGxhbnRlZC1zaWduYXR1cmU",
    "ghp_plantedplantedplantedplanted012345",
    "mp_telemetry_planted0123456789abcdef",
    "xoxb-planted-1234567890",
];

/// The mail product, which also wants texts of its users: a header, a query parameter and an attribute.
fn registry(folder: &Folder) -> String {
    for file in files(Path::new(&example("mail")), ".yaml") {
        let name = file.file_name().expect("a name").to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&file).expect("it can be read");
        let wants = "dimensions:\n    who: header x-who\n    back: query back\n    tenant: attribute tenant\n";
        folder.write(&format!("registry/{name}"), text.replace("dimensions:\n", wants).as_bytes());
    }
    let edge = "apiVersion: milepost/v1\nkind: Service\nmetadata: {name: edge}\nspec: {owner: web-team, accessLog: combined}\n";
    folder.write("registry/edge.yaml", edge.as_bytes());
    folder.path().join("registry").to_str().expect("a plain path").to_owned()
}

/// Spans with a secret in each place that can hold text, one place at a time, so that one does not hide the other.
fn spans(secret: &str, first: u64) -> Vec<Value> {
    let places: [&[(&str, String)]; 14] = [
        &[("url.path", format!("/reset/{secret}"))],
        &[("url.path", format!("/{secret}/x/{secret}.html"))],
        &[("http.target", format!("/inbox?token={secret}&back={secret}"))],
        &[("url.full", format!("https://{secret}@host.example/reset/{secret}?a={secret}"))],
        &[("http.route", format!("/reset/{secret}"))],
        &[("http.route", "/inbox".to_owned()), ("url.query", format!("back={secret}"))],
        &[("http.route", "/inbox".to_owned()), ("http.request.header.x-who", format!("Bearer {secret}"))],
        &[("http.route", "/inbox".to_owned()), ("tenant", secret.to_owned())],
        &[("http.route", "/inbox".to_owned()), ("error.type", format!("no session for {secret}"))],
        &[("http.route", "/inbox".to_owned()), ("http.request.header.authorization", format!("Bearer {secret}"))],
        &[("rpc.system", "grpc".to_owned()), ("rpc.service", "a.B".to_owned()), ("rpc.method", secret.to_owned())],
        &[("messaging.destination.name", format!("inbox-of/{secret}"))],
        &[("user_agent.original", secret.to_owned()), ("client.address", secret.to_owned())],
        &[("milepost", format!("1.mail.-.login.interactive.-.-.{secret}"))],
    ];
    (first..)
        .zip(places)
        .map(|(id, attributes)| {
            let attributes: Vec<Value> = attributes
                .iter()
                .map(|(key, text)| json!({"key": key, "value": {"stringValue": text}}))
                .chain([json!({"key": "http.request.method", "value": {"stringValue": "GET"}})])
                .collect();
            let start = now_nanos() - 1_000_000_000;
            json!({
                "traceId": format!("{id:032x}"), "spanId": format!("{id:016x}"), "name": format!("GET /{secret}"), "kind": 2,
                "startTimeUnixNano": start.to_string(), "endTimeUnixNano": (start + 1_000_000).to_string(),
                "attributes": attributes, "status": {"code": 2, "message": secret},
                "events": [{"name": secret, "timeUnixNano": start.to_string()}],
            })
        })
        .chain([json!({
            "traceId": format!("{:032x}", first + 50), "spanId": format!("{:016x}", first + 50), "name": secret, "kind": 1,
            "startTimeUnixNano": (now_nanos() - 1_000).to_string(), "endTimeUnixNano": now_nanos().to_string(),
        })])
        .collect()
}

/// A request of now that has the secret wherever a line of the combined format has text.
fn access_log_line(secret: &str) -> String {
    let now = Command::new("date").env("LC_ALL", "C").args(["-u", "+%d/%b/%Y:%H:%M:%S +0000"]).output();
    let now = String::from_utf8(now.expect("there is `date`").stdout).expect("plain text");
    let target = format!("/reset/{secret}?token={secret}&back={secret}");
    format!(
        "{secret} - {secret} [{}] \"GET {target} HTTP/1.1\" 200 1 \"https://a.example/{secret}\" \"{secret}\"\n",
        now.trim()
    )
}

/// What of it is in a text, whatever its case.
fn planted(bytes: &[u8]) -> Vec<&'static str> {
    let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    SECRETS.into_iter().filter(|secret| holds(secret) || holds(&secret[secret.len() / 2..])).collect()
}

/// All files in a folder and below.
fn files_below(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("it can be read").path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

#[test]
fn planted_credentials_and_addresses_reach_no_file() {
    let folder = Folder::new("secrets");
    let data = folder.path().join("data");
    let followed = folder.path().join("edge.log");
    let tail = format!("edge={}", followed.display());
    std::fs::write(&followed, SECRETS.map(access_log_line).concat()).expect("it can be written");
    let server = Process::start(&registry(&folder), &data, &["--segments-every", "1s", "--tail", &tail]);
    let mut sent = SECRETS.len() as u64;
    for (number, secret) in SECRETS.iter().enumerate() {
        for (service, first) in [("webmail".to_owned(), 1), (format!("of {secret}"), 500)] {
            let spans = spans(secret, first + number as u64 * 1_000);
            // Each as a span and as a record of a log.
            sent += 2 * spans.len() as u64;
            let resource = json!({"attributes": [
                {"key": "service.name", "value": {"stringValue": service}},
                {"key": "host.name", "value": {"stringValue": secret}},
            ]});
            let records = spans.iter().map(|span| {
                json!({"timeUnixNano": span["startTimeUnixNano"], "body": {"stringValue": secret}, "attributes": span["attributes"]})
            });
            let logs = json!({"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": records.collect::<Vec<_>>()}]}]});
            let traces = json!({"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": spans}]}]});
            for (path, body) in [("/v1/traces", traces.to_string()), ("/v1/logs", logs.to_string())] {
                let (status, answer) = post(server.http, path, "application/json", body.as_bytes()).expect("an answer");
                assert_eq!((status, answer.contains("partialSuccess\":{\"")), (200, false), "{answer}");
            }
        }
        let line = access_log_line(secret);
        let (status, answer) =
            post(server.http, "/v1/access-logs?service=edge", "text/plain", line.as_bytes()).expect("an answer");
        assert!(status == 200 && answer.contains("\"accepted\":1"), "{answer}");
        sent += 1;
    }
    until("what is followed is counted", || server.metric("milepost_events_counted_total", &[]) >= sent);
    assert_eq!(server.metric("milepost_events_counted_total", &[]), sent);
    assert!(server.metric("milepost_step_events_total", &["step=\"open-inbox\""]) > 0);
    let number = |name| server.metric(name, &[]);
    until("all facts are in segments", || {
        number("milepost_segments_log_sequence_number") == number("milepost_log_sequence_number")
    });
    let metrics = server.get("/metrics");
    assert_eq!(planted(metrics.as_bytes()), [""; 0]);
    let report = milepost(["report", "--format=json", "--data", data.to_str().expect("a plain path")]);
    assert!(report.status.success());
    assert_eq!(planted(&report.stdout), [""; 0]);
    let (is_well, said) = server.ended();
    assert!(is_well);
    assert_eq!(planted(said.as_bytes()), [""; 0], "{said}");

    let all = files_below(&data);
    assert!(all.iter().any(|file| file.extension().is_some_and(|extension| extension == "parquet")), "{all:?}");
    for file in all {
        let found = planted(&std::fs::read(&file).expect("it can be read"));
        assert_eq!(found, [""; 0], "{}", file.display());
    }
    // Segments are compressed: what is in them only another reader sees.
    let Some(python) = milepost_testkit::python(&["duckdb"]) else { return };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/main/live/count_segments.py");
    let texts = Command::new(python).args(["-X", "utf8", script, "texts"]).arg(&data).output().expect("Python starts");
    assert!(texts.status.success(), "{}", String::from_utf8_lossy(&texts.stderr));
    let texts = String::from_utf8(texts.stdout).expect("UTF-8");
    assert!(texts.contains("{redacted}") && texts.contains("operation\t"), "{texts}");
    assert_eq!(planted(texts.as_bytes()), [""; 0], "{texts}");
}
