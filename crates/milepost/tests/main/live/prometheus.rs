//! A real Prometheus reads `/metrics`: its numbers are what was sent, and its own checker finds nothing to say against them.

use super::process::{Process, free_port, get, otlp_json, post, until};
use crate::run::{Folder, example};
use serde_json::Value;
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, Command, Stdio};

/// A scraper that is killed when it is dropped.
struct Scraper(Child);

impl Drop for Scraper {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The only value of a query, once there is one.
fn value(prometheus: SocketAddr, query: &str) -> Option<u64> {
    let answer = get(prometheus, &format!("/api/v1/query?query={query}")).filter(|answer| answer.status == 200)?;
    let answer: Value = serde_json::from_str(&answer.body).expect("JSON");
    answer["data"]["result"][0]["value"][1].as_str()?.parse().ok()
}

#[test]
fn prometheus_has_what_was_sent() {
    let Some(program) = milepost_testkit::program("prometheus") else { return };
    let folder = Folder::new("prometheus");
    let server = Process::start(&example("mail"), &folder.path().join("data"), &[]);
    let config = format!(
        "global: {{scrape_interval: 1s}}\nscrape_configs: [{{job_name: m, static_configs: [{{targets: ['{}']}}]}}]\n",
        server.api
    );
    let config = folder.write("prometheus.yml", config.as_bytes());
    let prometheus = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
    let child = Command::new(program)
        .arg(format!("--config.file={}", config.display()))
        .arg(format!("--storage.tsdb.path={}", folder.path().join("tsdb").display()))
        .arg(format!("--web.listen-address={prometheus}"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let _scraper = Scraper(child.expect("Prometheus starts"));
    until("Prometheus scrapes the server", || value(prometheus, "up") == Some(1));

    for (first, count) in [(1, 700), (10_000, 41)] {
        let spans = (first..first + count).map(|id| (id, "POST /messages", if id % 7 == 0 { 503 } else { 202 }));
        let sent = otlp_json("webmail", spans);
        let (status, answer) = post(server.http, "/v1/traces", "application/json", sent.as_bytes()).expect("an answer");
        assert_eq!(status, 200, "{answer}");
    }
    let failed = (1..701).chain(10_000..10_041).filter(|id| id % 7 == 0).count() as u64;
    let of = |outcome: &str| {
        let labels = format!("product=%22mail%22,step=%22send-mail%22,class=%22interactive%22,outcome=%22{outcome}%22");
        value(prometheus, &format!("sum(milepost_step_events_total%7B{labels}%7D)"))
    };
    until("all that was sent is scraped", || of("success") == Some(741 - failed) && of("failure") == Some(failed));
    let query = "sum(milepost_step_duration_seconds_count%7Bstep=%22send-mail%22%7D)";
    assert_eq!(value(prometheus, query), Some(741));
}

#[test]
fn promtool_has_nothing_to_say_against_the_metrics() {
    let Some(program) = milepost_testkit::program("promtool") else { return };
    let folder = Folder::new("promtool");
    let server = Process::start(&example("mail"), &folder.path().join("data"), &[]);
    let sent = otlp_json("webmail", (1..100).map(|id| (id, "GET /inbox", 200)));
    post(server.http, "/v1/traces", "application/json", sent.as_bytes()).expect("an answer");
    post(server.http, "/v1/traces", "application/json", b"{").expect("an answer");
    let mut child = Command::new(program)
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool starts");
    let mut input = child.stdin.take().expect("a pipe");
    input.write_all(server.get("/metrics").as_bytes()).expect("it reads");
    drop(input);
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{}: {said}", output.status);
}
