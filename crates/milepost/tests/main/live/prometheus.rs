//! A real Prometheus reads `/metrics`: its numbers are what was sent, and its own checker finds nothing to say against them.

use super::process::{Process, free_port, get, now_nanos, otlp_json, otlp_json_lasting, post, until};
use crate::run::{Folder, example, milepost};
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

/// Starts Prometheus, scraping a server each second, and waits until it has; nothing where it is not installed.
fn scraping(server: &Process, folder: &Folder, options: &[&str]) -> Option<(Scraper, SocketAddr)> {
    let config = format!(
        "global: {{scrape_interval: 1s, evaluation_interval: 1s}}\nrule_files: ['*.rules.yaml']\nscrape_configs: [{{job_name: m, static_configs: [{{targets: ['{}']}}]}}]\n",
        server.api
    );
    let prometheus = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
    let scraper = started(folder, &config, prometheus, options)?;
    until("Prometheus scrapes the server", || value(prometheus, "up") == Some(1.0));
    Some((scraper, prometheus))
}

/// Starts Prometheus; nothing where it is not installed.
fn started(folder: &Folder, config: &str, at: SocketAddr, options: &[&str]) -> Option<Scraper> {
    let program = milepost_testkit::program("prometheus")?;
    let config = folder.write("prometheus.yml", config.as_bytes());
    let child = Command::new(program)
        .arg(format!("--config.file={}", config.display()))
        .arg(format!("--storage.tsdb.path={}", folder.path().join("tsdb").display()))
        .arg(format!("--web.listen-address={at}"))
        .args(options)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    Some(Scraper(child.expect("Prometheus starts")))
}

/// The only value of a query, once there is one.
fn value(prometheus: SocketAddr, query: &str) -> Option<f64> {
    let query = query.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>();
    let answer = get(prometheus, &format!("/api/v1/query?query={query}")).filter(|answer| answer.status == 200)?;
    let answer: Value = serde_json::from_str(&answer.body).expect("JSON");
    answer["data"]["result"][0]["value"][1].as_str()?.parse().ok()
}

#[test]
fn prometheus_has_what_was_sent() {
    let folder = Folder::new("prometheus");
    let server = Process::start(&example("mail"), &folder.path().join("data"), &[]);
    let Some((_scraper, prometheus)) = scraping(&server, &folder, &[]) else { return };
    // Before the first attempt, so that it is an increase.
    let none = "sum(milepost_step_events_total{step=\"send-mail\",objective=\"compose-mail\",outcome=\"failure\"})";
    until("what has not happened yet is scraped", || value(prometheus, none) == Some(0.0));

    for (first, count) in [(1, 700), (10_000, 41)] {
        let spans = (first..first + count).map(|id| (id, "POST /messages", if id % 7 == 0 { 503 } else { 202 }));
        let sent = otlp_json("webmail", spans);
        let (status, answer) = post(server.http, "/v1/traces", "application/json", sent.as_bytes()).expect("an answer");
        assert_eq!(status, 200, "{answer}");
    }
    let failed = (1..701).chain(10_000..10_041).filter(|id| id % 7 == 0).count() as f64;
    let of = |outcome: &str| {
        let labels = format!("product=\"mail\",step=\"send-mail\",class=\"interactive\",outcome=\"{outcome}\"");
        value(prometheus, &format!("sum(milepost_step_events_total{{{labels}}})"))
    };
    until("all that was sent is scraped", || of("success") == Some(741.0 - failed) && of("failure") == Some(failed));
    let query = "sum(milepost_step_duration_seconds_count{step=\"send-mail\"})";
    assert_eq!(value(prometheus, query), Some(741.0));
    let counted = |slo: &str, result: &str| {
        value(prometheus, &format!("sum(milepost_slo_events_total{{slo=\"{slo}\",result=\"{result}\"}})"))
    };
    assert_eq!(counted("send-mail-availability", "bad"), Some(failed));
    // Failures count in no latency, and an SLO that counted nothing says so.
    let fast = counted("send-mail-latency", "good").zip(counted("send-mail-latency", "bad"));
    assert_eq!(fast.map(|(good, bad)| good + bad), Some(741.0 - failed));
    assert_eq!(counted("open-inbox-availability", "bad"), Some(0.0));
}

/// What is written before Prometheus is there waits for it, and says so.
#[test]
fn prometheus_is_written_what_it_does_not_scrape() {
    let folder = Folder::new("remote_write");
    let prometheus = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
    let url = format!("http://{prometheus}/api/v1/write");
    let server = Process::start(&example("mail"), &folder.path().join("data"), &["--remote-write", &url]);
    let spans = (1..101).map(|id| (id, "POST /messages", if id % 4 == 0 { 503 } else { 202 }));
    let sent = otlp_json("webmail", spans);
    let (status, answer) = post(server.http, "/v1/traces", "application/json", sent.as_bytes()).expect("an answer");
    assert_eq!(status, 200, "{answer}");
    let warning = format!("metrics cannot be written: http://{prometheus}: it cannot be reached");
    until("it is said", || server.get("/api/v1/ingest").contains(&warning));
    let began = now_nanos();
    let Some(_prometheus) = started(&folder, "{}", prometheus, &["--web.enable-remote-write-receiver"]) else { return };
    let failed = "milepost_step_events_total{step=\"send-mail\",objective=\"compose-mail\",outcome=\"failure\",job=\"milepost\"}";
    until("it has what was sent", || value(prometheus, failed) == Some(25.0));
    let first = format!("min_over_time(timestamp({failed})[5m:1s])");
    let first = value(prometheus, &first).expect("it has a time");
    assert!(first < began as f64 / 1e9, "what waited has its own time");
    let bad = "milepost_slo_events_total{slo=\"send-mail-availability\",result=\"bad\"}";
    assert_eq!(value(prometheus, bad), Some(25.0));
    let count = value(prometheus, "sum(milepost_step_duration_seconds_bucket{step=\"send-mail\",le=\"+Inf\"})");
    assert_eq!(count, Some(100.0));
    assert_eq!(
        value(
            prometheus,
            "count({__name__=~\"milepost_.*\",__name__!~\"milepost_(step_|slo_|incidents_|telemetry_lost).*\"})"
        ),
        None
    );
    until("nothing is wrong", || !server.get("/api/v1/ingest").contains("metrics cannot be written"));
    assert!(server.stop());
}

/// From the registry to a page: the exported rules, run by a real Prometheus over the metrics of a real server.
#[test]
fn exported_rules_page_when_all_that_is_sent_fails() {
    let folder = Folder::new("exported_rules");
    let server = Process::start(&example("mail"), &folder.path().join("data"), &[]);
    let rules = milepost(["export", "prometheus", "--registry", "examples/mail"]);
    folder.write("mail.rules.yaml", &rules.stdout);
    let Some((_scraper, prometheus)) = scraping(&server, &folder, &[]) else { return };
    let sent = "sum(milepost_step_events_total{step=\"send-mail\",class=\"interactive\"})";
    until("what has not happened yet is scraped", || value(prometheus, sent) == Some(0.0));
    let alerts = |severity: &str| {
        format!("count(ALERTS{{alertname=\"ErrorBudgetBurn\",alertstate=\"firing\",severity=\"{severity}\"}})")
    };
    assert_eq!(value(prometheus, &alerts("page")), None, "nothing has happened yet");

    let failing = otlp_json("webmail", (1..201).map(|id| (id, "POST /messages", if id % 4 == 0 { 503 } else { 202 })));
    let (status, answer) = post(server.http, "/v1/traces", "application/json", failing.as_bytes()).expect("an answer");
    assert_eq!(status, 200, "{answer}");
    until("a page and a ticket fire", || {
        ["page", "ticket"].iter().all(|severity| value(prometheus, &alerts(severity)) == Some(1.0))
    });
    let of_slo = |record: &str| value(prometheus, &format!("{record}{{slo=\"send-mail-availability\"}}"));
    let is = |record: &str, expected: f64| of_slo(record).is_some_and(|value| (value - expected).abs() < 1e-6);
    assert!(is("slo:sli_error:ratio_rate5m", 0.25), "{:?}", of_slo("slo:sli_error:ratio_rate5m"));
    assert!(is("slo:current_burn_rate:ratio", 250.0), "{:?}", of_slo("slo:current_burn_rate:ratio"));
    assert!(is("slo:objective:ratio", 0.999) && is("slo:time_period:days", 28.0));
    let paged = "ALERTS{severity=\"page\",product=\"mail\",objective=\"compose-mail\",step=\"send-mail\",slo=\"send-mail-availability\",criticality=\"critical\"}";
    assert_eq!(value(prometheus, paged), Some(1.0));
}

#[test]
fn prometheus_reads_native_histograms_that_say_what_the_api_says() {
    /// How much wider each bucket of the sketch is than the one before: 2^(1/64).
    const BUCKET: f64 = 1.0109;
    let folder = Folder::new("native");
    let server = Process::start(&example("mail"), &folder.path().join("data"), &[]);
    let options = ["--enable-feature=native-histograms"];
    let Some((_scraper, prometheus)) = scraping(&server, &folder, &options) else { return };
    // From 1 ms, each 0.7 % longer than the one before, to 1.07 s: so dense that it does not matter which neighbour a quantile is.
    let spans = (0..1000).map(|id| (id + 1, "POST /messages", 202, (1e6 * 1.007_f64.powf(id as f64)) as u128));
    let sent = otlp_json_lasting("webmail", spans);
    let (status, answer) = post(server.http, "/v1/traces", "application/json", sent.as_bytes()).expect("an answer");
    assert_eq!(status, 200, "{answer}");
    let histogram = "sum(milepost_step_duration_seconds{step=\"send-mail\"})";
    until("all that was sent is scraped", || {
        value(prometheus, &format!("histogram_count({histogram})")) == Some(1000.0)
    });
    let step: Value = serde_json::from_str(&server.get("/api/v1/products/mail/steps/send-mail")).expect("JSON");
    let latency = &step["measured"][0]["latency_ms"];
    for (quantile, name) in [(0.5, "p50"), (0.95, "p95"), (0.99, "p99")] {
        let api = latency[name].as_f64().expect("a latency") / 1e3;
        let read = value(prometheus, &format!("histogram_quantile({quantile}, {histogram})")).expect("a quantile");
        // One of a thousand attempts, and the bucket in which both of them are.
        assert!((api / read).ln().abs() < BUCKET.ln() + 0.007, "{name}: {api} s here, {read} s there");
    }
    let sum = value(prometheus, &format!("histogram_sum({histogram})")).expect("a sum");
    let exact: f64 = (0..1000).map(|id| 1e-3 * 1.007_f64.powi(id)).sum();
    assert!((sum - exact).abs() < 1e-3, "{sum} s of {exact}");
    let classic = "milepost_step_duration_seconds_count{step=\"send-mail\"}";
    assert_eq!(value(prometheus, classic), None, "Prometheus took the native form");
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
