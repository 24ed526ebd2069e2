//! `milepost incidents`: what goes wrong for users, and what people do about it, by a running server.

use crate::asking::{self, Server};
use crate::output;
use anyhow::bail;
use clap::{Args, Subcommand};
use comfy_table::{Table, presets};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::process::ExitCode;

/// Ask a running server what goes wrong for users, and say what is done about it
///
/// Without an action the incidents that go on are listed. What people say is kept with the name of their token, and stands in the timeline.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost incidents
  milepost incidents list --state all --format json
  milepost incidents show 12
  milepost incidents ack 12 --token mp_write_...
  milepost incidents note 12 'The disk of mailbox-3 is full.'
  milepost incidents override 12 minor 'Only the test tenant is hit.'
  milepost incidents override 12 none 'A load test.'
  milepost incidents resolve 12 'Rolled back.'
  milepost incidents show 12 --format markdown > incident-12.md")]
pub(crate) struct IncidentsCommand {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    server: Server,
    /// The product, where the registry has several
    #[arg(long, value_name = "NAME", global = true)]
    product: Option<String>,
    /// Text for a terminal, Markdown for a document, or JSON for programs
    #[arg(long, value_parser = ["text", "markdown", "json"], default_value = "text", global = true)]
    format: String,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List incidents, the newest first
    List {
        /// Which of them
        #[arg(long, value_parser = ["open", "closed", "all"], default_value = "open")]
        state: String,
    },
    /// Show one: its steps, what is lost, who must act, and what has happened
    Show {
        /// Its number
        incident: u64,
    },
    /// Take it: others see that somebody has it
    Ack {
        /// Its number
        incident: u64,
    },
    /// Write something down
    Note {
        /// Its number
        incident: u64,
        /// What
        text: String,
    },
    /// Say how bad it is, beside what the rules give
    Override {
        /// Its number
        incident: u64,
        /// A level of the severity policy; `none` when it is no incident; `computed` takes back what was said
        level: String,
        /// Why; needless with `computed`
        #[arg(default_value = "")]
        reason: String,
    },
    /// Say that it is over; what is still hit opens no other as long as it is
    Resolve {
        /// Its number
        incident: u64,
        /// Why
        reason: String,
    },
}

impl IncidentsCommand {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        asking::say(self.answer())
    }

    async fn answer(&self) -> anyhow::Result<String> {
        let (incident, command, body) = match &self.action {
            None => return self.list("open").await,
            Some(Action::List { state }) => return self.list(state).await,
            Some(Action::Show { incident }) => return self.show(*incident).await,
            Some(Action::Ack { incident }) => (incident, "acknowledge", json!({})),
            Some(Action::Note { incident, text }) => (incident, "note", json!({ "text": text })),
            Some(Action::Override { incident, level, .. }) if level == "computed" => {
                (incident, "remove-override", json!({}))
            }
            Some(Action::Override { incident, level, reason }) => {
                let level = (level != "none").then_some(level);
                (incident, "override", json!({ "level": level, "reason": reason }))
            }
            Some(Action::Resolve { incident, reason }) => (incident, "resolve", json!({ "reason": reason })),
        };
        let path = self.path(*incident).await?;
        let after = self.server.post(&format!("{path}/{command}"), &body).await?;
        if self.format == "json" {
            return output::json(&after);
        }
        let last = after["timeline"].as_array().and_then(|timeline| timeline.last());
        let last = last.map(|event| format!(": {}", text(&event["text"]))).unwrap_or_default();
        Ok(format!("Incident {incident} is {}{last}\n", text(&after["state"])))
    }

    async fn list(&self, state: &str) -> anyhow::Result<String> {
        let products = match &self.product {
            Some(product) => vec![product.clone()],
            None => self.products().await?,
        };
        let asked = if state == "all" { String::new() } else { format!("state={state}&") };
        let mut items = Vec::new();
        for product in products {
            items.extend(self.server.all(&format!("/api/v1/products/{product}/incidents?{asked}")).await?);
        }
        Ok(match self.format.as_str() {
            "json" => output::json(&items)?,
            "markdown" => markdown(&items),
            _ if items.is_empty() && state == "open" => "No incident goes on.\n".to_owned(),
            _ if items.is_empty() => "There are no such incidents.\n".to_owned(),
            _ => format!("{}\n", table(&items)),
        })
    }

    async fn show(&self, incident: u64) -> anyhow::Result<String> {
        let path = self.path(incident).await?;
        match self.format.as_str() {
            "json" => output::json(&self.server.read(&path).await?),
            // The report is written so that it can be read as it is.
            _ => self.server.text(&format!("{path}/report")).await,
        }
    }

    async fn path(&self, incident: u64) -> anyhow::Result<String> {
        let product = match &self.product {
            Some(product) => product.clone(),
            None => match <[String; 1]>::try_from(self.products().await?) {
                Ok([product]) => product,
                Err(products) => {
                    let all = products.join("`, `");
                    bail!("each product counts its own incidents\nhelp: say which with `--product`: one of `{all}`")
                }
            },
        };
        Ok(format!("/api/v1/products/{product}/incidents/{incident}"))
    }

    async fn products(&self) -> anyhow::Result<Vec<String>> {
        let products = self.server.all("/api/v1/products?").await?;
        Ok(products.iter().map(|product| text(&product["name"]).to_owned()).collect())
    }
}

const HEADINGS: [&str; 8] = ["PRODUCT", "INCIDENT", "SEVERITY", "STATE", "SINCE", "WHAT", "SUSPECTED", "FOR"];

fn cells(item: &Value) -> [String; 8] {
    let for_whom = match item["team"].as_str() {
        Some(team) => team.to_owned(),
        None => text(&item["route"]).to_owned(),
    };
    [
        text(&item["product"]).to_owned(),
        item["incident"].to_string(),
        item["level"].as_str().unwrap_or("none").to_owned(),
        match item["acknowledged_by"].as_str() {
            Some(by) if item["state"] == "open" => format!("open, {by} has it"),
            _ => text(&item["state"]).to_owned(),
        },
        text(&item["opened_at"]).to_owned(),
        text(&item["title"]).to_owned(),
        text(&item["suspected"]).to_owned(),
        for_whom,
    ]
}

fn table(items: &[Value]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(HEADINGS);
    items.iter().for_each(|item| _ = table.add_row(cells(item)));
    table
}

fn markdown(items: &[Value]) -> String {
    let mut out = format!("| {} |\n|{}\n", HEADINGS.join(" | ").to_lowercase(), "---|".repeat(HEADINGS.len()));
    for item in items {
        let cells = cells(item).map(|cell| cell.replace('\\', "\\\\").replace('|', "\\|"));
        // Writing to a string cannot fail.
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    }
    out
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
