//! `milepost slos`: every SLO of a running server with its budget, or what spent the budget of one.

use crate::asking::{Server, text};
use crate::output;
use crate::report::{grouped, percent};
use anyhow::bail;
use clap::Args;
use comfy_table::{CellAlignment, Table, presets};
use milepost_registry::did_you_mean;
use serde_json::Value;
use std::fmt::Write as _;
use std::process::ExitCode;
use tokio::runtime;

/// Ask a running server how each SLO is, or what spent the error budget of one
///
/// Without a name it lists all SLOs, those that a Prometheus counts too, with what is spent of each budget. With one it says which times, operations, error types and
/// maintenances spent its budget: the parts of each table sum to all that is spent.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost slos
  milepost slos send-mail-availability
  milepost slos mail/send-mail-availability --format json | jq '.parts[] | select(.by == \"time\")'
  milepost slos --format json | jq -r '.[] | select(.budget_spent > 1).name'")]
pub(crate) struct SlosCommand {
    /// The SLO whose budget is explained, by its name or by PRODUCT/NAME
    #[arg(value_name = "NAME")]
    slo: Option<String>,
    #[command(flatten)]
    server: Server,
    /// JSON for programs
    #[arg(long, value_parser = ["text", "json"], default_value = "text")]
    format: String,
}

impl SlosCommand {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let mut slos = Vec::new();
            for product in self.server.all("/api/v1/products?").await? {
                let path = format!("/api/v1/products/{}/slos?", text(&product["name"]));
                slos.extend(self.server.all(&path).await?);
            }
            let is_json = self.format == "json";
            output::data(&match &self.slo {
                None if is_json => output::json(&slos)?,
                None => list(&slos),
                Some(name) => {
                    let slo = find(&slos, name)?;
                    let (product, name) = (text(&slo["product"]), text(&slo["name"]));
                    let path = format!("/api/v1/products/{product}/slos/{}/budget", escaped(name));
                    let budget = self.server.read(&path).await?;
                    if is_json { output::json(&budget)? } else { explained(slo, &budget) }
                }
            })?;
            Ok(ExitCode::SUCCESS)
        })
    }
}

/// The one of a name.
fn find<'v>(slos: &'v [Value], name: &str) -> anyhow::Result<&'v Value> {
    let is_named = |slo: &&Value| {
        text(&slo["name"]) == name || format!("{}/{}", text(&slo["product"]), text(&slo["name"])) == name
    };
    let found: Vec<&Value> = slos.iter().filter(is_named).collect();
    match found[..] {
        [slo] => Ok(slo),
        [] => {
            let known: Vec<&str> = slos.iter().map(|slo| text(&slo["name"])).collect();
            bail!("the server has no SLO `{name}`\nhelp: {}", did_you_mean(name, &known))
        }
        _ => bail!("several products have an SLO `{name}`\nhelp: write the product before it, such as `mail/{name}`"),
    }
}

/// A name within a path: those of OpenSLO documents may have slashes.
fn escaped(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    name.chars().fold(String::new(), |mut path, c| {
        // Names are ASCII; writing to a string cannot fail.
        let _ = if is_plain(c) { write!(path, "{c}") } else { write!(path, "%{:02X}", u32::from(c)) };
        path
    })
}

fn table(headings: &[&str], right: std::ops::Range<usize>) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(headings.iter().copied());
    for column in right {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

fn list(slos: &[Value]) -> String {
    if slos.is_empty() {
        return "The registry has no SLOs.\n".to_owned();
    }
    let mut table = table(&["SLO", "STEP", "TARGET", "WINDOW", "GOOD", "SPENT", "STATE", "ALERTS"], 4..6);
    for slo in slos {
        table.add_row([
            format!("{}/{}", text(&slo["product"]), text(&slo["name"])),
            path(slo),
            text(&slo["target"]).to_owned(),
            text(&slo["window"]).to_owned(),
            slo["ratio"].as_f64().map_or_else(|| "no data".to_owned(), percent),
            spent(&slo["budget_spent"]),
            text(&slo["state"]).to_owned(),
            alerts(&slo["alerts"]),
        ]);
    }
    let mut out = format!("{table}\n");
    for slo in slos {
        if let Some(reason) = slo["reason"].as_str() {
            // Writing to a string cannot fail.
            let _ = writeln!(out, "{}: {reason}.", text(&slo["name"]));
        }
    }
    out
}

fn path(slo: &Value) -> String {
    match slo["objective"].as_str() {
        Some(objective) => format!("{objective}/{}", text(&slo["step"])),
        None => text(&slo["step"]).to_owned(),
    }
}

fn spent(share: &Value) -> String {
    share.as_f64().map_or_else(String::new, |share| format!("{:.1}%", share * 100.0))
}

/// The urgencies that fire, each once.
fn alerts(alerts: &Value) -> String {
    let firing = alerts.as_array().into_iter().flatten().filter(|alert| alert["state"] == "firing");
    let mut urgencies: Vec<&str> = firing.map(|alert| text(&alert["urgency"])).collect();
    urgencies.sort_unstable();
    urgencies.dedup();
    urgencies.join(", ")
}

/// Most parts of a table, the largest: the others are one line, and JSON has more.
const MOST_PARTS: usize = 15;
/// The tables of a budget, with what each is.
const BY: [(&str, &str); 5] = [
    ("time", "WHEN"),
    ("operation", "OPERATION"),
    ("error-type", "ERROR TYPE"),
    ("cause", "CAUSE"),
    ("maintenance", "TAKEN OUT BY"),
];

/// What spent a budget.
fn explained(slo: &Value, budget: &Value) -> String {
    let mut out = String::new();
    let number = |value: &Value| value.as_u64().map_or_else(|| "0".to_owned(), grouped);
    let unit = text(&budget["unit"]);
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        "{}/{} promises {} over {}. Bad {unit}: {}{}.",
        text(&slo["product"]),
        text(&slo["name"]),
        text(&slo["target"]),
        text(&slo["window"]),
        number(&budget["spent"]),
        match budget["allowed_bad"].as_f64() {
            Some(allowed) => format!(", {} of a budget of {allowed:.1}", spent(&budget["budget_spent"])),
            None => String::new(),
        },
    );
    for (by, heading) in BY {
        let parts = budget["parts"].as_array().into_iter().flatten().filter(|part| part["by"] == by);
        let mut parts: Vec<&Value> = parts.collect();
        let bad = |part: &Value| part["bad"].as_u64().unwrap_or_default();
        parts.sort_by_key(|part| std::cmp::Reverse(bad(part)));
        let (shown, others) = parts.split_at(parts.len().min(MOST_PARTS));
        let mut table = table(&[heading, "BAD", "OF THE BUDGET"], 1..3);
        for part in shown {
            table.add_row([what(part, by), number(&part["bad"]), spent(&part["budget_spent"])]);
        }
        if !others.is_empty() {
            let share: f64 = others.iter().filter_map(|part| part["budget_spent"].as_f64()).sum();
            let all: u64 = others.iter().map(|part| bad(part)).sum();
            let more = others.iter().map(|part| part["summed"].as_u64().unwrap_or(1)).sum();
            table.add_row([format!("{} more", grouped(more)), grouped(all), spent(&share.into())]);
        }
        if !shown.is_empty() {
            let _ = writeln!(out, "\n{table}");
        }
    }
    out
}

/// What a part of a budget is.
fn what(part: &Value, by: &str) -> String {
    let summed = part["summed"].as_u64().unwrap_or_default();
    match (text(&part["kind"]), by) {
        ("told", "time") => format!("{} to {}", text(&part["from"]), text(&part["to"])),
        ("told", "operation") => text(&part["operation"]).to_owned(),
        ("told", "error-type") => text(&part["error_type"]).to_owned(),
        ("told", "cause") => format!("{}, {}", text(&part["operation"]), text(&part["error_type"])),
        ("told", _) => text(&part["maintenance"]).to_owned(),
        ("rest", _) => format!("{} more", grouped(summed)),
        ("no-data", _) => "slices without events".to_owned(),
        _ => "nothing says what".to_owned(),
    }
}
