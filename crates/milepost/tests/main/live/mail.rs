//! The example product under its own load, with faults on: what its users counted, what the server counts, what the report says and what
//! another program finds in the segments are the same numbers.

use super::process::{Attempts, Process, until};
use crate::run::{Folder, example, json, milepost};
use serde_json::Value;
use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Sessions of people.
const JOURNEYS: &str = "40";
/// Ports that the product takes, from its first.
const PORTS: u16 = 20;

/// The product, which is stopped when it is dropped.
pub(super) struct Product(Child);

impl Product {
    /// Starts it with its faults, and waits until it is ready.
    pub(super) fn start(app: &Path, port: &str, telemetry: SocketAddr, faults: &[&str]) -> Self {
        let mut command = Command::new("node");
        command.current_dir(app).args(["build/main.js", "--port", port, "--seed", "7"]);
        faults.iter().for_each(|fault| _ = command.args(["--fault", fault]));
        command.env("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json");
        command.env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{telemetry}"));
        // More often than anybody would, since the clocks of some tests go faster.
        command.env("MAIL_HEARTBEAT_MS", "500");
        command.env("OTEL_BSP_SCHEDULE_DELAY", "200").env("OTEL_BSP_MAX_QUEUE_SIZE", "20000");
        let mut child = command.stdout(Stdio::piped()).spawn().expect("Node starts");
        let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines().map_while(Result::ok);
        assert!(lines.by_ref().any(|line| line.contains("mail is ready")), "the product ended before it was ready");
        std::thread::spawn(move || lines.for_each(drop));
        Self(child)
    }

    /// Asks it to end, and waits until its last spans have left it.
    pub(super) fn stop(mut self) {
        assert!(terminate(&self.0), "it runs");
        assert!(self.0.wait().expect("it ends").success());
    }
}

impl Drop for Product {
    fn drop(&mut self) {
        // Each of its services is a process: they end when it is asked to, not when it is killed.
        if matches!(self.0.try_wait(), Ok(None)) {
            terminate(&self.0);
            let _ = self.0.wait();
        }
    }
}

fn terminate(child: &Child) -> bool {
    Command::new("kill").args(["-TERM", &child.id().to_string()]).status().is_ok_and(|status| status.success())
}

/// The first of as many ports in a row as the product takes, all free a moment ago.
pub(super) fn free_ports() -> u16 {
    let is_free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
    // Below those that systems give to whoever asks for any; where to begin differs from one run to the next.
    let begin = 18_200 + u16::try_from(std::process::id() % 300).expect("it is small") * PORTS;
    let mut candidates = (begin..32_000).step_by(usize::from(PORTS));
    candidates.find(|first| (*first..*first + PORTS).all(is_free)).expect("free ports in a row")
}

/// Runs the users until all journeys are made; what they counted.
fn users(app: &Path, port: &str, counts: &Path) -> Value {
    let status = Command::new("node")
        .current_dir(app)
        .args(["build/load.js", "--port", port, "--journeys", JOURNEYS, "--pace", "10", "--seed", "7", "--counts"])
        .arg(counts)
        .stdout(Stdio::null())
        .status();
    assert!(status.expect("Node starts").success());
    serde_json::from_slice(&std::fs::read(counts).expect("counts")).expect("JSON")
}

/// Attempts that users saw, and those that follow from what was accepted.
fn expected(counts: &Value) -> Attempts {
    let mut attempts = Attempts::new();
    for of in counts["steps"].as_array().expect("steps") {
        for (outcome, count) in of["outcomes"].as_object().expect("outcomes") {
            let key = (text(&of["step"]), text(&of["class"]), outcome.clone());
            attempts.insert(key, count.as_u64().expect("a count"));
        }
    }
    for of in counts["mail"].as_array().expect("mail") {
        let key = ("receive-mail".to_owned(), text(&of["class"]), "success".to_owned());
        attempts.insert(key, of["accepted"].as_u64().expect("a count"));
    }
    attempts
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// What the report says, as far as it says outcomes: failures and timeouts are one number there.
fn reported(data: &str) -> Attempts {
    let report = json(&milepost(["report", "--format=json", "--data", data]));
    let mut attempts = Attempts::new();
    for of in report["steps"].as_array().expect("steps") {
        for (outcome, field) in [("success", "good"), ("failure", "failed"), ("abandoned", "abandoned")] {
            let count = of[field].as_u64().expect("a count");
            if count > 0 {
                *attempts.entry((text(&of["step"]), text(&of["class"]), outcome.to_owned())).or_default() += count;
            }
        }
    }
    attempts
}

/// What another program finds in the segments.
fn found(python: &Path, data: &Path) -> Attempts {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/main/live/count_segments.py");
    let output =
        Command::new(python).args(["-X", "utf8", script, "attempts"]).arg(data).output().expect("Python starts");
    let rows = json(&output);
    let rows = rows.as_array().expect("rows").iter();
    rows.map(|row| ((text(&row[0]), text(&row[1]), text(&row[2])), row[3].as_u64().expect("a count"))).collect()
}

/// Without the steps of which users do not know how many there are: how many messages are filtered depends on how many are lost.
fn known(mut attempts: Attempts) -> Attempts {
    attempts.retain(|(step, ..), _| step != "filter-spam");
    attempts
}

/// Failures and timeouts as one.
fn joined(attempts: &Attempts) -> Attempts {
    let mut joined = Attempts::new();
    for ((step, class, outcome), count) in attempts {
        let outcome = if outcome == "timeout" { "failure" } else { outcome };
        *joined.entry((step.clone(), class.clone(), outcome.to_owned())).or_default() += count;
    }
    joined
}

#[test]
fn users_server_report_and_segments_of_the_example_product_count_the_same() {
    let Some(app) = milepost_testkit::example_product() else { return };
    let Some(python) = milepost_testkit::python(&["duckdb"]) else { return };
    let folder = Folder::new("mail");
    let data = folder.path().join("data");
    let server = Process::start(&example("mail"), &data, &["--segments-every", "1s"]);
    let port = free_ports().to_string();
    let product = Product::start(&app, &port, server.http, &["errors:send-mail:30%", "lost:receive-mail:20%"]);
    let counts = users(&app, &port, &folder.path().join("counts.json"));
    product.stop();

    assert_eq!(counts["unanswered"], 0, "{counts}");
    let counted = server.attempts();
    assert_eq!(known(counted.clone()), expected(&counts));
    let of = |step: &str, outcome: &str| -> u64 {
        let of_step = counted.iter().filter(|((of, _, ended), _)| of == step && ended == outcome);
        of_step.map(|(_, count)| count).sum()
    };
    assert!(of("send-mail", "failure") > 0, "the fault is on: {counted:?}");
    let (received, filtered) = (of("receive-mail", "success"), of("filter-spam", "success"));
    assert!(filtered < received, "{filtered} messages were filtered of {received}, some of which were lost");

    let number = |name| server.metric(name, &[]);
    until("all facts are in segments", || {
        number("milepost_segments_log_sequence_number") == number("milepost_log_sequence_number")
    });
    assert_eq!(found(&python, &data), counted);
    assert_eq!(reported(data.to_str().expect("a plain path")), joined(&counted));
    assert!(server.stop());
    println!("{} attempts, the same in four places", counted.values().sum::<u64>());
}
