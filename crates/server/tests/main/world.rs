//! A small product, its telemetry, and servers in folders that go away.

use bytes::Bytes;
use milepost_annotate::Trust;
use milepost_server::{Payload, Receipt, Refusal, RequestKey, SeriesKey, Server, Settings, Submission};
use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};
use tempfile::TempDir;
use tokio::runtime::Runtime;

const REGISTRY: &str = "
apiVersion: milepost/v1
kind: Product
metadata: {name: shop}
spec: {title: Shop, description: A shop., owner: product-manager, stakeholders: [{name: product-manager, role: product-manager}]}
---
apiVersion: milepost/v1
kind: Objective
metadata: {name: buy}
spec: {title: Buy, description: Someone buys a thing., owner: product-manager, steps: [search, pay]}
---
apiVersion: milepost/v1
kind: Service
metadata: {name: web}
spec: {owner: web-team, operations: [GET /search, POST /pay]}
---
apiVersion: milepost/v1
kind: Service
metadata: {name: edge}
spec: {owner: web-team, accessLog: combined}
---
apiVersion: milepost/v1
kind: Step
metadata: {name: search}
spec: {title: Search, description: Things are found., start: The user types., success: Things are shown., measure: [web GET /search]}
---
apiVersion: milepost/v1
kind: Step
metadata: {name: pay}
spec: {title: Pay, description: Things are paid., start: The user presses Pay., success: A receipt is shown., measure: [web POST /pay]}
---
apiVersion: milepost/v1
kind: SLO
metadata: {name: pay-works}
spec: {step: pay, type: availability, target: 99.9%, window: 28d}
";

/// A registry and a data directory.
pub(crate) struct World {
    folder: TempDir,
    pub(crate) runtime: Runtime,
}

/// One span of a server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) id: u64,
    pub(crate) route: &'static str,
    pub(crate) status: u16,
    /// How long before now it began.
    pub(crate) seconds_ago: u64,
}

impl World {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        fs::create_dir(folder.path().join("registry")).expect("a folder");
        let world = Self { folder, runtime: Runtime::new().expect("a runtime") };
        world.write_registry(REGISTRY);
        world
    }

    pub(crate) fn registry_text() -> &'static str {
        REGISTRY
    }

    pub(crate) fn write_registry(&self, text: &str) {
        let path = self.folder.path().join("registry");
        fs::write(path.join("new"), text).expect("a file");
        fs::rename(path.join("new"), path.join("shop.yaml")).expect("a file");
    }

    pub(crate) fn data(&self) -> std::path::PathBuf {
        self.folder.path().join("data")
    }

    pub(crate) fn settings(&self) -> Settings {
        Settings { workers: 2, ..Settings::alone(self.folder.path().join("registry"), self.data()) }
    }

    pub(crate) fn start(&self) -> Server {
        self.start_with(|settings| settings)
    }

    /// Starts a server that is set otherwise; followed files are handed in on the world's runtime.
    pub(crate) fn start_with(&self, set: impl FnOnce(Settings) -> Settings) -> Server {
        let _within = self.runtime.enter();
        Server::start(set(self.settings())).expect("a server")
    }

    /// A path beside the registry and the data.
    pub(crate) fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn send(&self, server: &Server, spans: &[Span]) -> Result<Receipt, Refusal> {
        self.send_body(server, Payload::TracesJson, body(spans))
    }

    pub(crate) fn send_body(
        &self,
        server: &Server,
        payload: Payload,
        body: impl Into<Bytes>,
    ) -> Result<Receipt, Refusal> {
        let body = body.into();
        let reservation = server.intake.budget().try_reserve(body.len()).ok_or(Refusal::Busy)?;
        let key = RequestKey::of_body(&payload, &body);
        self.runtime.block_on(server.intake.submit(Submission {
            payload,
            body,
            key,
            content: None,
            trust: Trust::Internal,
            reservation,
            offset: None,
        }))
    }

    /// Waits until something is so; the reason to wait is in another thread, and it says nothing when it is done.
    pub(crate) fn until(&self, what: &str, is_so: impl FnMut() -> bool) {
        self.until_within(30, what, is_so);
    }

    /// The same for what takes its time.
    pub(crate) fn until_within(&self, seconds: u64, what: &str, mut is_so: impl FnMut() -> bool) {
        for _ in 0..40 * seconds {
            if is_so() {
                return;
            }
            // Another thread does it, and tells nobody.
            std::thread::park_timeout(std::time::Duration::from_millis(25));
        }
        panic!("not within {seconds} s: {what}");
    }
}

/// A request with some spans, of now.
pub(crate) fn body(spans: &[Span]) -> String {
    body_at(SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_nanos(), spans)
}

/// The same as of a time in nanoseconds since 1970.
pub(crate) fn body_at(now: u128, spans: &[Span]) -> String {
    let spans: Vec<serde_json::Value> = spans
        .iter()
        .map(|span| {
            let start = now - u128::from(span.seconds_ago) * 1_000_000_000;
            let (method, route) = span.route.split_once(' ').expect("a method and a path");
            serde_json::json!({
                "traceId": format!("{:032x}", span.id), "spanId": format!("{:016x}", span.id), "name": span.route, "kind": 2,
                "startTimeUnixNano": start.to_string(), "endTimeUnixNano": (start + 5_000_000).to_string(),
                "attributes": [
                    {"key": "http.request.method", "value": {"stringValue": method}},
                    {"key": "http.route", "value": {"stringValue": route}},
                    {"key": "http.response.status_code", "value": {"intValue": span.status.to_string()}},
                ],
            })
        })
        .collect();
    let resource = serde_json::json!({"attributes": [{"key": "service.name", "value": {"stringValue": "web"}}]});
    serde_json::json!({"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": spans}]}]}).to_string()
}

/// A maintenance between two instants, in seconds since 1970, that was written today.
pub(crate) fn maintenance(name: &str, (from, to): (i64, i64), more: &str) -> String {
    let text = |seconds| milepost_model::Timestamp::from_seconds(seconds).to_string();
    let today = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    let today = text(i64::try_from(today).expect("a time"))[..10].to_owned();
    format!(
        "---\napiVersion: milepost/v1\nkind: Maintenance\nmetadata: {{name: {name}}}\nspec: {{from: {}, to: {}, \
         reason: announced, author: a, approver: b, recordedOn: {today}, {more}}}\n",
        text(from),
        text(to)
    )
}

/// Successes, failures, abandoned and timeouts of a step, of all time.
pub(crate) fn outcomes(server: &Server, step: &str) -> [u64; 4] {
    let counts = server.shared.counts();
    let mut sum = [0; 4];
    for (series, cell) in counts.totals() {
        if let Some(SeriesKey::Step(of)) = counts.series.key(series).and_then(SeriesKey::parse)
            && of.step == step
        {
            sum.iter_mut().zip(cell).for_each(|(sum, count)| *sum += count);
        }
    }
    sum
}

/// The names of files in a folder of the data directory.
pub(crate) fn files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
