//! `milepost status`: how a running server is, and each step as it is now.

use crate::output;
use crate::report::{grouped, ms, percent};
use anyhow::{Context as _, bail};
use clap::Args;
use comfy_table::{CellAlignment, Table, presets};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::Request;
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, HOST};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::runtime;
use tokio::time::timeout;

/// Ask a running server what it receives, and how each step is
///
/// Exits with 1 when the server says that it is not ready: that it would refuse telemetry.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost status
  milepost status --watch
  milepost status --server http://10.0.0.7:8420 --token mp_read_...
  milepost status --format json | jq '.steps[] | select(.ratio < 0.99)'")]
pub(crate) struct StatusCommand {
    /// Where its API is
    #[arg(long, value_name = "URL", env = "MILEPOST_SERVER", default_value = "http://127.0.0.1:8420")]
    server: String,
    /// A token that may read, where the server asks for one
    #[arg(long, env = "MILEPOST_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// The time that steps are counted over, back from now
    #[arg(long, value_name = "TIME", default_value = "1h")]
    last: String,
    /// Ask again every two seconds, until Ctrl-C
    #[arg(long)]
    watch: bool,
    /// JSON for programs
    #[arg(long, value_parser = ["text", "json"], default_value = "text")]
    format: String,
}

/// How long the server may take for an answer, and how large that may be.
const PATIENCE: Duration = Duration::from_secs(10);
const MAX_ANSWER_BYTES: usize = 64 << 20;
const EVERY: Duration = Duration::from_secs(2);

/// What the server said.
struct Status {
    ready: Value,
    ingest: Value,
    registry: Value,
    steps: Vec<Value>,
}

impl StatusCommand {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            loop {
                let status = self.ask().await?;
                let text = match self.format.as_str() {
                    "json" => output::json(&status.json())?,
                    _ => status.text(&self.last),
                };
                if !self.watch {
                    output::data(&text)?;
                    return Ok(if status.is_ready() { ExitCode::SUCCESS } else { ExitCode::from(1) });
                }
                // The screen is written over rather than scrolled away.
                let clear = if output::colour_on_stdout() { "\x1b[2J\x1b[H" } else { "" };
                output::data(&format!("{clear}{text}\n"))?;
                tokio::time::sleep(EVERY).await;
            }
        })
    }

    async fn ask(&self) -> anyhow::Result<Status> {
        let (_, ready) = self.get("/ready").await?;
        let (ingest, registry) = (self.read("/api/v1/ingest").await?, self.read("/api/v1/registry").await?);
        let mut steps = Vec::new();
        for product in self.all("/api/v1/products?").await? {
            let name = text(&product["name"]).to_owned();
            let path = format!("/api/v1/products/{name}/steps?from=-{}&", self.last);
            steps.extend(self.all(&path).await?);
        }
        Ok(Status { ready, ingest, registry, steps })
    }

    /// All items of a list, page by page.
    async fn all(&self, path: &str) -> anyhow::Result<Vec<Value>> {
        let mut items = Vec::new();
        let mut cursor = String::new();
        loop {
            let mut page = self.read(&format!("{path}limit=1000{cursor}")).await?;
            if let Value::Array(more) = page["items"].take() {
                items.extend(more);
            }
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return Ok(items),
            }
        }
    }

    /// What the API says of a path; an error where it refuses.
    async fn read(&self, path: &str) -> anyhow::Result<Value> {
        let (status, value) = self.get(path).await?;
        match status {
            200 => Ok(value),
            401 | 403 => bail!("{}\nhelp: give a token that may read: `--token mp_read_...`", text(&value["message"])),
            _ => bail!("`{path}` was answered with {status}: {}", text(&value["message"])),
        }
    }

    async fn get(&self, path: &str) -> anyhow::Result<(u16, Value)> {
        let Some(address) = self.server.strip_prefix("http://").map(|rest| rest.trim_end_matches('/')) else {
            bail!("`{}` is no address of a server\nhelp: it looks like http://127.0.0.1:8420", self.server);
        };
        let answer = timeout(PATIENCE, self.exchange(address, path)).await;
        let answer = answer.map_err(|_| anyhow::anyhow!("no answer within {} s", PATIENCE.as_secs()));
        answer.and_then(|answer| answer).with_context(|| {
            format!("no server answers at {}\nhelp: start one: milepost up --registry DIR", self.server)
        })
    }

    async fn exchange(&self, address: &str, path: &str) -> anyhow::Result<(u16, Value)> {
        let stream = TcpStream::connect(address).await?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        let serving = tokio::spawn(connection);
        let mut request = Request::get(path).header(HOST, address);
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        let response = sender.send_request(request.body(Empty::<Bytes>::new())?).await?;
        let status = response.status().as_u16();
        let body = Limited::new(response.into_body(), MAX_ANSWER_BYTES).collect().await;
        let body = body.map_err(|error| anyhow::anyhow!(error))?.to_bytes();
        serving.abort();
        Ok((status, serde_json::from_slice(&body).unwrap_or(Value::Null)))
    }
}

impl Status {
    fn is_ready(&self) -> bool {
        self.ready["status"] == "ok"
    }

    fn json(&self) -> Value {
        serde_json::json!({
            "ready": self.ready, "ingest": self.ingest, "registry": self.registry, "steps": self.steps,
        })
    }

    fn text(&self, last: &str) -> String {
        let mut out = String::new();
        let number = |value: &Value| grouped(value.as_u64().unwrap_or_default());
        // Writing to a string cannot fail.
        let _ = match self.is_ready() {
            true => writeln!(out, "The server is ready."),
            false => writeln!(out, "The server is NOT READY: {}", reasons(&self.ready)),
        };
        let ingest = &self.ingest;
        let rejected: u64 = ingest["rejected"].as_object().into_iter().flatten().filter_map(|(_, n)| n.as_u64()).sum();
        let _ = writeln!(
            out,
            "Since {}: {} events received = {} counted + {} duplicates + {} rejected{}",
            text(&ingest["started"]),
            number(&ingest["received"]),
            number(&ingest["counted"]),
            number(&ingest["duplicates"]),
            grouped(rejected),
            reject_reasons(&ingest["rejected"]),
        );
        let _ = match ingest["newest_event"].as_str() {
            Some(newest) => writeln!(out, "The newest event began at {newest}."),
            None => writeln!(out, "No event has come yet{}.", where_to_send(&ingest["listens"])),
        };
        traces(&ingest["traces"], &mut out);
        warnings(&ingest["warnings"], &mut out);
        if self.registry["refused"].is_string() {
            let _ = writeln!(
                out,
                "The registry's folder has errors; the last good version is active. `milepost check` tells what is wrong."
            );
        }
        unannotated(&ingest["unannotated"], &mut out);
        let _ = writeln!(out, "\nThe last {last}:");
        let _ = writeln!(out, "{}", self.table());
        out
    }

    fn table(&self) -> Table {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        table.set_header(["STEP", "CLASS", "ATTEMPTS", "GOOD", "FAILED", "P50", "P99", "LAST"]);
        for column in 2..7 {
            if let Some(column) = table.column_mut(column) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        for step in &self.steps {
            for of in step["measured"].as_array().into_iter().flatten() {
                let valid = of["valid"].as_u64().unwrap_or_default();
                let good = of["ratio"].as_f64().map_or_else(|| "no data".to_owned(), percent);
                let latency = |name: &str| of["latency_ms"][name].as_f64().map_or_else(String::new, ms);
                table.add_row([
                    text(&step["step"]).to_owned(),
                    text(&of["class"]).to_owned(),
                    grouped(valid),
                    good,
                    grouped(of["failed"].as_u64().unwrap_or_default()),
                    latency("p50"),
                    latency("p99"),
                    text(&of["last_minute"]).to_owned(),
                ]);
            }
        }
        table
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Where telemetry is received, as far as the server says it.
fn where_to_send(listens: &Value) -> String {
    match (listens["otlp_grpc"].as_str(), listens["otlp_http"].as_str()) {
        (Some(grpc), Some(http)) => format!(": send OTLP to http://{grpc} (gRPC) or http://{http} (HTTP)"),
        _ => String::new(),
    }
}

/// What becomes of traces, where trace rules judge them.
fn traces(traces: &Value, out: &mut String) {
    let number = |name: &str| grouped(traces[name].as_u64().unwrap_or_default());
    let by = |name: &str| {
        let reasons = traces[name].as_object().into_iter().flatten();
        let all: u64 = reasons.filter_map(|(_, count)| count.as_u64()).sum();
        format!("{} {name}{}", grouped(all), reject_reasons(&traces[name]))
    };
    if !traces.is_object() {
        return;
    }
    let oldest = traces["oldest_seconds"].as_u64().map(|seconds| format!(", the oldest for {} s", grouped(seconds)));
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        "Traces that wait to be judged: {} with {} spans{}. Those that were no attempts: {}, {}, {} unmatched. {} spans came late.",
        number("waiting"),
        number("waiting_spans"),
        oldest.unwrap_or_default(),
        by("incomplete"),
        by("ambiguous"),
        number("unmatched"),
        number("late_spans"),
    );
}

/// What people should look at.
fn warnings(warnings: &Value, out: &mut String) {
    for warning in warnings.as_array().into_iter().flatten() {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "Warning: {}.", text(warning));
    }
}

fn reasons(ready: &Value) -> String {
    let reasons = ready["reasons"].as_array().into_iter().flatten().map(text);
    reasons.collect::<Vec<_>>().join("; ")
}

fn reject_reasons(rejected: &Value) -> String {
    let reasons = rejected.as_object().into_iter().flatten();
    let reasons: Vec<String> = reasons.map(|(reason, count)| format!("{count} {reason}")).collect();
    if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join(", ")) }
}

/// The operations that most requests without a step are of.
fn unannotated(operations: &Value, out: &mut String) {
    const SHOWN: usize = 5;
    let operations: Vec<String> = operations
        .as_array()
        .into_iter()
        .flatten()
        .take(SHOWN)
        .map(|of| format!("{} ({})", text(&of["operation"]), of["events"]))
        .collect();
    if !operations.is_empty() {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "Requests that serve no step, most of: {}", operations.join(", "));
    }
}
