//! `milepost status`: how a running server is, and each step as it is now.

use crate::asking::{Server, text};
use crate::output;
use crate::report::{grouped, ms, percent, percent_of};
use clap::Args;
use comfy_table::{CellAlignment, Table, presets};
use serde_json::Value;
use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::Duration;
use tokio::runtime;

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
    #[command(flatten)]
    server: Server,
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
        let server = &self.server;
        let ready = server.get("/ready").await?.json();
        let (ingest, registry) = (server.read("/api/v1/ingest").await?, server.read("/api/v1/registry").await?);
        let mut steps = Vec::new();
        for product in server.all("/api/v1/products?").await? {
            let name = text(&product["name"]).to_owned();
            let path = format!("/api/v1/products/{name}/steps?from=-{}&", self.last);
            steps.extend(server.all(&path).await?);
        }
        Ok(Status { ready, ingest, registry, steps })
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
        flow(ingest, &mut out);
        let _ = match ingest["newest_event"].as_str() {
            Some(newest) => writeln!(out, "The newest event began at {newest}, {} ago.", lag(&ingest["lag_seconds"])),
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
        if ingest["received"].as_u64() > Some(0) {
            let _ = writeln!(out, "\nEvents that serve a step, since {}:", text(&ingest["started"]));
            let _ = writeln!(out, "{}", self.flows());
        }
        out
    }

    /// What of the flow reached each step, at whichever of its operations.
    fn flows(&self) -> Table {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        table.set_header(["STEP", "ANNOTATED", "NEWEST"]);
        for column in [1, 2] {
            if let Some(column) = table.column_mut(column) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        for step in self.ingest["steps"].as_array().into_iter().flatten() {
            let newest = match &step["lag_seconds"] {
                Value::Null => "none yet".to_owned(),
                seconds => format!("{} ago", lag(seconds)),
            };
            let annotated = grouped(step["annotated"].as_u64().unwrap_or_default());
            table.add_row([text(&step["step"]).to_owned(), annotated, newest]);
        }
        table
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

/// Where telemetry is received, as far as the server says it.
fn where_to_send(listens: &Value) -> String {
    match (listens["otlp_grpc"].as_str(), listens["otlp_http"].as_str()) {
        (Some(grpc), Some(http)) => format!(": send OTLP to http://{grpc} (gRPC) or http://{http} (HTTP)"),
        _ => String::new(),
    }
}

/// How much of what was counted serves a step, and what was turned away.
fn flow(ingest: &Value, out: &mut String) {
    let number = |name: &str| ingest[name].as_u64().unwrap_or_default();
    let (annotated, counted) = (number("annotated"), number("counted"));
    let share = if counted == 0 { String::new() } else { format!(" ({})", percent_of(annotated, counted)) };
    let refused = ingest["refused_requests"].as_object().into_iter().flatten();
    let refused: u64 = refused.filter_map(|(_, count)| count.as_u64()).sum();
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        "Annotated: {}{share} of the events that were counted serve a step. Refused: {} requests{}.",
        grouped(annotated),
        grouped(refused),
        reject_reasons(&ingest["refused_requests"]),
    );
}

/// A time in seconds, in words.
fn lag(seconds: &Value) -> String {
    match seconds.as_u64().unwrap_or_default() {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7_200 => format!("{} min", seconds / 60),
        seconds => format!("{} h", grouped(seconds / 3_600)),
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
