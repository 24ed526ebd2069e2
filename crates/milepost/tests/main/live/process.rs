//! A running server, and a client of it that needs nothing but sockets.

use crate::run::command;
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Attempts by step, class and outcome.
pub(crate) type Attempts = BTreeMap<(String, String, String), u64>;

/// A server that is killed when it is dropped.
pub(crate) struct Process {
    child: Child,
    pub(crate) grpc: SocketAddr,
    pub(crate) http: SocketAddr,
    pub(crate) api: SocketAddr,
    /// What it said when it was up.
    pub(crate) greeting: String,
    later: Option<JoinHandle<String>>,
}

impl Process {
    /// Starts a server on ports that are free, and waits until it says where it listens.
    pub(crate) fn start(registry: &str, data: &Path, options: &[&str]) -> Self {
        Self::start_with(registry, data, options, &[])
    }

    /// The same with more variables in its environment.
    pub(crate) fn start_with(registry: &str, data: &Path, options: &[&str], environment: &[(&str, &Path)]) -> Self {
        let any = "127.0.0.1:0";
        let mut arguments = vec!["up", "--registry", registry, "--data", data.to_str().expect("a plain path")];
        arguments.extend(["--listen-grpc", any, "--listen-http", any, "--listen-api", any]);
        arguments.extend(options);
        Self::run(command(arguments).envs(environment.iter().copied()))
    }

    /// Runs a command that starts a server, and waits until it says where it listens.
    pub(crate) fn run(command: &mut Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().expect("it starts");
        let mut lines = BufReader::new(child.stderr.take().expect("it is piped")).lines();
        let mut greeting = String::new();
        let mut addresses = Vec::new();
        for line in lines.by_ref() {
            let line = line.expect("it says something");
            greeting += &line;
            greeting.push('\n');
            let address = line.split("http://").nth(1).map(|rest| rest.split(['/', ',']).next().unwrap_or(rest));
            addresses.extend(address.map(|address| address.parse::<SocketAddr>().expect("an address")));
            if addresses.len() == 3 {
                break;
            }
        }
        assert_eq!(addresses.len(), 3, "it is not up: {greeting}");
        // What it says later is read, so that it never waits for somebody to read it.
        let later = thread::spawn(move || lines.map_while(Result::ok).map(|line| line + "\n").collect());
        let (grpc, http, api) = (addresses[0], addresses[1], addresses[2]);
        Self { child, grpc, http, api, greeting, later: Some(later) }
    }

    /// Its number.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it at once, as a machine that goes dark does.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    /// Asks it to end, and waits for that.
    pub(crate) fn stop(self) -> bool {
        self.ended().0
    }

    /// The same: whether it went well, and what it said after its greeting.
    pub(crate) fn ended(mut self) -> (bool, String) {
        self.ask_to_end();
        let is_well = self.child.wait().expect("it ends").success();
        let later = self.later.take().expect("nobody asked before").join();
        (is_well, later.expect("it was read"))
    }

    /// Asks it to end, and waits for nothing.
    pub(crate) fn ask_to_end(&self) {
        let asked = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(asked.expect("there is `kill`").success());
    }

    /// A path of its API, as text.
    pub(crate) fn get(&self, path: &str) -> String {
        get(self.api, path).expect("an answer").body
    }

    /// Attempts in its metrics, by step, class and outcome; those that are none are left out.
    pub(crate) fn attempts(&self) -> Attempts {
        attempts_in(&self.get("/metrics"))
    }

    /// The sum of the samples of a metric whose labels hold all of these.
    pub(crate) fn metric(&self, name: &str, labels: &[&str]) -> u64 {
        let metrics = self.get("/metrics");
        let samples = metrics.lines().filter(|line| {
            line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' ']))
                && labels.iter().all(|label| line.contains(label))
        });
        samples.map(|line| line.rsplit(' ').next().and_then(|value| value.parse::<u64>().ok()).expect("a number")).sum()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until something is so that another process brings about; it says nothing when it is done.
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(60), "not within a minute: {what}");
        thread::park_timeout(Duration::from_millis(25));
    }
}

/// A port of this machine that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port()
}

/// What a server answered.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The lines before the body.
    pub(crate) head: String,
    pub(crate) body: String,
}

/// Posts a body; the status and the answer, or nothing when there was none.
pub(crate) fn post(address: SocketAddr, path: &str, kind: &str, body: &[u8]) -> Option<(u16, String)> {
    answer(address, path, kind, body).map(|answer| (answer.status, answer.body))
}

/// The same with all of the answer.
pub(crate) fn answer(address: SocketAddr, path: &str, kind: &str, body: &[u8]) -> Option<Answer> {
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: test\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    request(address, &head, body)
}

/// The answer to a path that is asked for.
pub(crate) fn get(address: SocketAddr, path: &str) -> Option<Answer> {
    request(address, &format!("GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"), b"")
}

/// The answer to a request with headers.
pub(crate) fn send(
    address: SocketAddr,
    (method, path): (&str, &str),
    headers: &[(&str, &str)],
    body: &[u8],
) -> Option<Answer> {
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: test\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    request(address, &head, body)
}

fn request(address: SocketAddr, head: &str, body: &[u8]) -> Option<Answer> {
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(5)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(20))).ok()?;
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let is_chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
    let body = if is_chunked { unchunked(body) } else { body.to_owned() };
    Some(Answer { status, head: head.to_owned(), body })
}

fn unchunked(mut rest: &str) -> String {
    let mut text = String::new();
    while let Some((length, after)) = rest.split_once("\r\n") {
        let length = usize::from_str_radix(length.trim(), 16).unwrap_or(0);
        if length == 0 || after.len() < length {
            break;
        }
        text += &after[..length];
        rest = after[length..].trim_start_matches("\r\n");
    }
    text
}

fn attempts_in(metrics: &str) -> Attempts {
    let mut attempts = Attempts::new();
    for line in metrics.lines().filter(|line| line.starts_with("milepost_step_events_total{")) {
        let label = |name: &str| {
            let (_, rest) = line.split_once(&format!("{name}=\"")).expect("the label");
            rest.split('"').next().expect("its value").to_owned()
        };
        let count = line.rsplit(' ').next().and_then(|count| count.parse::<u64>().ok()).expect("a count");
        if count > 0 {
            *attempts.entry((label("step"), label("class"), label("outcome"))).or_default() += count;
        }
    }
    attempts
}

/// Nanoseconds since 1970.
pub(crate) fn now_nanos() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_nanos()
}

/// How long the body of the request of a span is.
pub(crate) fn body_bytes(id: u64) -> u64 {
    1 + id % 9_973 * 7_919 % 9_973
}

/// A request of OTLP/JSON with spans of a service, each by its id, route and status.
pub(crate) fn otlp_json(service: &str, spans: impl Iterator<Item = (u64, &'static str, u16)>) -> String {
    otlp_json_lasting(service, spans.map(|(id, route, status)| (id, route, status, 7_000_000)))
}

/// The same, each with how many nanoseconds it lasted.
pub(crate) fn otlp_json_lasting(service: &str, spans: impl Iterator<Item = (u64, &'static str, u16, u128)>) -> String {
    otlp_json_at(now_nanos() - 1_000_000_000, service, spans)
}

/// The same, all of which began at a time in nanoseconds since 1970.
pub(crate) fn otlp_json_at(
    start: u128,
    service: &str,
    spans: impl Iterator<Item = (u64, &'static str, u16, u128)>,
) -> String {
    let spans: Vec<serde_json::Value> = spans
        .map(|(id, route, status, nanos)| {
            let (method, path) = route.split_once(' ').expect("a method and a path");
            serde_json::json!({
                "traceId": format!("{id:032x}"), "spanId": format!("{id:016x}"), "name": route, "kind": 2,
                "startTimeUnixNano": start.to_string(), "endTimeUnixNano": (start + nanos).to_string(),
                "attributes": [
                    {"key": "http.request.method", "value": {"stringValue": method}},
                    {"key": "http.route", "value": {"stringValue": path}},
                    {"key": "http.response.status_code", "value": {"intValue": status.to_string()}},
                    {"key": "http.request.body.size", "value": {"intValue": body_bytes(id).to_string()}},
                ],
            })
        })
        .collect();
    let resource = serde_json::json!({"attributes": [{"key": "service.name", "value": {"stringValue": service}}]});
    serde_json::json!({"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": spans}]}]}).to_string()
}
