//! `milepost status`, once and again and again, of a server that lives.

use super::process::{Process, free_port, otlp_json, post, until};
use crate::run::{Folder, command, example, json, milepost};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Output, Stdio};

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// A command that is killed when it is dropped.
struct Watching(Child);

impl Drop for Watching {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn status_says_how_a_server_and_its_steps_are() {
    let folder = Folder::new("status");
    let server = Process::start(&example("mail"), &folder.path().join("data"), &[]);
    let url = format!("http://{}", server.api);
    let empty = milepost(["status", "--server", &url]);
    assert!(empty.status.success() && said(&empty).contains("No event has come yet"), "{}", said(&empty));

    let spans = (1..11).map(|id| (id, "POST /messages", if id == 1 { 503 } else { 202 }));
    let sent = otlp_json("webmail", spans.chain([(20, "GET /nowhere", 200)]));
    assert_eq!(post(server.http, "/v1/traces", "application/json", sent.as_bytes()).expect("an answer").0, 200);
    let full = said(&milepost(["status", "--server", &url]));
    assert!(full.starts_with("The server is ready.\n"), "{full}");
    assert!(full.contains("11 events received = 11 counted + 0 duplicates + 0 rejected"), "{full}");
    assert!(full.contains("GET /nowhere (1)"), "{full}");
    let annotated = "Annotated: 10 (90.9%) of the events that were counted serve a step. Refused: 0 requests.";
    assert!(full.contains(annotated), "{full}");
    assert!(
        full.lines().any(|line| line.starts_with("The newest event began at ") && line.ends_with(" s ago.")),
        "{full}"
    );
    let flows = full.split("\n\n").find(|part| part.starts_with("Events that serve a step, since ")).expect("a table");
    let flow = |step: &str| -> Vec<String> {
        let row = flows.lines().find(|line| line.split_whitespace().next() == Some(step)).expect("the step");
        row.split_whitespace().skip(1).map(str::to_owned).collect()
    };
    assert!(
        matches!(&flow("send-mail")[..], [count, _, unit, ago] if count == "10" && unit == "s" && ago == "ago"),
        "{full}"
    );
    assert_eq!(flow("login"), ["0", "none", "yet"], "{full}");
    // What is turned away is told by its reason.
    assert_eq!(post(server.http, "/v1/traces", "application/json", b"{").expect("an answer").0, 400);
    assert_eq!(post(server.http, "/v1/traces", "text/plain", b"{}").expect("an answer").0, 415);
    let refused = said(&milepost(["status", "--server", &url]));
    assert!(refused.contains("Refused: 2 requests (1 unreadable, 1 unsupported)."), "{refused}");
    let row = full.lines().find(|line| line.trim_start().starts_with("send-mail")).expect("the step");
    let cells: Vec<&str> = row.split_whitespace().take(5).collect();
    assert_eq!(cells, ["send-mail", "interactive", "10", "90.0%", "1"], "{full}");

    // SLOs are judged each second.
    until("the SLO is judged", || {
        let slos = said(&milepost(["slos", "--server", &url]));
        let row = slos.lines().find(|line| line.contains("mail/send-mail-availability")).expect("the SLO");
        row.contains("compose-mail/send-mail") && row.contains("90.0%")
    });
    let spent = said(&milepost(["slos", "send-mail-availability", "--server", &url]));
    assert!(spent.starts_with("mail/send-mail-availability promises 99.9% over 28d. Bad events: 1, "), "{spent}");
    let parts = json(&milepost(["slos", "mail/send-mail-availability", "--server", &url, "--format=json"]));
    assert_eq!(parts["spent"], 1);
    for (heading, cell) in [("WHEN", " to "), ("OPERATION", "webmail POST /messages"), ("ERROR TYPE", "503")] {
        let table = spent.split("\n\n").find(|table| table.trim_start().starts_with(heading)).expect("a table");
        assert!(table.lines().nth(1).is_some_and(|line| line.contains(cell) && line.contains(" 1 ")), "{spent}");
    }
    let unknown = milepost(["slos", "send-mail", "--server", &url]);
    assert!(
        unknown.status.code() == Some(2) && said(&unknown).contains("it can be `check-spelling-availability`"),
        "{}",
        said(&unknown)
    );

    let status = json(&milepost(["status", "--server", &url, "--format", "json"]));
    assert_eq!((&status["ready"]["status"], &status["ingest"]["counted"]), (&"ok".into(), &11.into()));
    drop(server);
    let gone = milepost(["status", "--server", &url]);
    assert_eq!(gone.status.code(), Some(2), "{}", said(&gone));
    assert!(said(&gone).contains("milepost up --registry DIR"), "{}", said(&gone));
}

#[test]
fn status_watches_without_a_terminal_as_plain_text_until_the_server_is_gone() {
    let folder = Folder::new("watch");
    let server = Process::start(&example("mail"), &folder.path().join("data"), &[]);
    let url = format!("http://{}", server.api);
    let child = command(["status", "--watch", "--server", &url]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut watching = Watching(child.expect("it starts"));
    let mut lines = BufReader::new(watching.0.stdout.take().expect("it is piped")).lines().map_while(Result::ok);
    let first: Vec<String> = lines.by_ref().take_while(|line| !line.starts_with("The last")).collect();
    assert!(first[0] == "The server is ready." && first.iter().any(|line| line.contains("No event")), "{first:?}");
    let sent = otlp_json("webmail", (1..4).map(|id| (id, "GET /inbox", 200)));
    assert_eq!(post(server.http, "/v1/traces", "application/json", sent.as_bytes()).expect("an answer").0, 200);
    let next: Vec<String> = lines.by_ref().take_while(|line| !line.contains("3 counted")).collect();
    assert!(next.iter().chain(&first).all(|line| !line.contains('\u{1b}')), "{next:?}");
    drop(server);
    // It ends by itself, and says why.
    assert!(lines.last().is_some());
    assert_eq!(watching.0.wait().expect("it ends").code(), Some(2));
}

#[test]
fn status_without_a_server_or_without_a_token_says_what_to_do() {
    let folder = Folder::new("status-token");
    let url = format!("http://127.0.0.1:{}", free_port());
    assert!(said(&milepost(["status", "--server", &url])).contains("no server answers at"));
    let data = folder.path().join("data");
    let path = data.to_str().expect("a plain path");
    let make = |kind| milepost(["token", "--data", path, "create", kind, "--name", "test", "--begin"]);
    assert!(make("telemetry").status.success());
    let secret = String::from_utf8(make("read").stdout).expect("UTF-8");
    let server = Process::start(&example("mail"), &data, &["--require-tokens"]);
    let url = format!("http://{}", server.api);
    let denied = milepost(["status", "--server", &url]);
    assert_eq!(denied.status.code(), Some(2), "{}", said(&denied));
    assert!(said(&denied).contains("--token mp_"), "{}", said(&denied));
    let allowed = milepost(["status", "--server", &url, "--token", secret.trim()]);
    assert!(allowed.status.success(), "{}", said(&allowed));
}
