//! `milepost change`: tells a running server what was deployed, switched or configured, and lists what it knows.

use crate::asking::{self, Server, text};
use crate::output;
use clap::{Args, Subcommand};
use comfy_table::{Table, presets};
use serde_json::{Map, Value, json};
use std::process::ExitCode;

/// Tell a running server what was deployed, switched or configured, or list what it knows
///
/// Changes are ranked among what may have caused an incident. What is told twice with one id stands once, so that a pipeline can try again.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    // A change has a version of its own.
    disable_version_flag = true,
    after_help = "Examples:
  milepost change --kind deploy --service outbox --version 1.2.3 --id \"$CI_PIPELINE_ID\"
  milepost change --kind deploy --id \"$CI_PIPELINE_ID\" --end 2026-01-31T14:05:00Z
  milepost change --kind flag --product mail --title 'new composer for everybody' --author kim
  milepost change list
  milepost change list --from=-1d --product mail --format csv"
)]
pub(crate) struct ChangeCommand {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    told: Told,
    #[command(flatten)]
    server: Server,
}

/// What is told.
#[derive(Debug, Args)]
struct Told {
    /// What kind of change it is
    #[arg(long, value_parser = ["deploy", "flag", "configuration", "other"], required = true)]
    kind: Option<String>,
    /// A service that is changed; give it again for more
    #[arg(long = "service", value_name = "NAME")]
    services: Vec<String>,
    /// An operation that is changed, such as `outbox mail.v1.Outbox/Enqueue`; give it again for more
    #[arg(long = "operation", value_name = "OPERATION")]
    operations: Vec<String>,
    /// The product, where the registry has several and no service is named
    #[arg(long, value_name = "NAME")]
    product: Option<String>,
    /// The version that is there from then on
    #[arg(long, value_name = "VERSION")]
    version: Option<String>,
    /// What is changed, in words
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// Who changes it
    #[arg(long, value_name = "NAME")]
    author: Option<String>,
    /// Where more is to be read
    #[arg(long, value_name = "URL")]
    link: Option<String>,
    /// When it began to take effect [default: now]
    #[arg(long, value_name = "TIME")]
    start: Option<String>,
    /// When it had taken effect everywhere, or was taken back
    #[arg(long, value_name = "TIME")]
    end: Option<String>,
    /// Tells it from others: what is told twice with one id stands once
    #[arg(long, value_name = "ID")]
    id: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List changes that were told, and versions that were seen, the newest first
    List {
        /// When the time begins: RFC 3339, or ago, such as `-1d`
        #[arg(long, value_name = "TIME", default_value = "-7d", allow_hyphen_values = true)]
        from: String,
        /// When it ends
        #[arg(long, value_name = "TIME", default_value = "now", allow_hyphen_values = true)]
        to: String,
        /// Only those of a product
        #[arg(long, value_name = "NAME")]
        product: Option<String>,
        /// Only those of a service
        #[arg(long, value_name = "NAME")]
        service: Option<String>,
        /// Text for a terminal, a table, or JSON for programs
        #[arg(long, value_parser = ["text", "csv", "json"], default_value = "text")]
        format: String,
    },
}

impl ChangeCommand {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        asking::say(self.answer())
    }

    async fn answer(&self) -> anyhow::Result<String> {
        let Some(Action::List { from, to, product, service, format }) = &self.action else {
            return self.tell().await;
        };
        let said =
            [("from", Some(from)), ("to", Some(to)), ("product", product.as_ref()), ("service", service.as_ref())];
        let query = said.into_iter().filter_map(|(name, value)| Some(format!("{name}={}&", encoded(value?))));
        let path = format!("/api/v1/changes?{}", query.collect::<String>());
        if format == "csv" {
            return self.server.text(&format!("{path}limit=1000&format=csv")).await;
        }
        let items = self.server.all(&path).await?;
        if format == "json" {
            return output::json(&items);
        }
        Ok(table(&items))
    }

    /// Tells of the change; what the server made of it.
    async fn tell(&self) -> anyhow::Result<String> {
        let answer = self.server.post("/api/v1/changes", &self.told.body()).await?;
        for warning in answer["warnings"].as_array().into_iter().flatten() {
            output::note(&format!("warning: {}\n", text(warning)));
        }
        let item = &answer["items"][0];
        let known = if item["is_new"] == true { "" } else { " (known already)" };
        Ok(format!("{} {}{known}\n", text(&item["id"]), text(&item["title"])))
    }
}

impl Told {
    /// Only what was said: the server makes the rest.
    fn body(&self) -> Value {
        let texts = [
            ("kind", &self.kind),
            ("product", &self.product),
            ("version", &self.version),
            ("title", &self.title),
            ("author", &self.author),
            ("link", &self.link),
            ("start", &self.start),
            ("end", &self.end),
            ("id", &self.id),
        ];
        let said = texts.into_iter().filter_map(|(name, text)| Some((name.to_owned(), json!(text.as_ref()?))));
        let lists = [("services", &self.services), ("operations", &self.operations)];
        let lists =
            lists.into_iter().filter(|(_, all)| !all.is_empty()).map(|(name, all)| (name.to_owned(), json!(all)));
        Value::Object(said.chain(lists).collect::<Map<String, Value>>())
    }
}

fn table(items: &[Value]) -> String {
    if items.is_empty() {
        return "No change is known of this time.\n".to_owned();
    }
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(["START", "KIND", "CHANGE", "AUTHOR", "ID"]);
    for item in items {
        let rollback = if item["is_rollback"] == true { " (rollback)" } else { "" };
        table.add_row([
            text(&item["start"]).to_owned(),
            text(&item["kind"]).to_owned(),
            format!("{}{rollback}", text(&item["title"])),
            text(&item["author"]).to_owned(),
            text(&item["id"]).to_owned(),
        ]);
    }
    format!("{table}\n")
}

/// A value as a query has it.
fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:".contains(&byte);
    let byte = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(byte).collect()
}
