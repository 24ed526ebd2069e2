//! `milepost token`: who may send telemetry, read, and write.

use crate::output;
use anyhow::anyhow;
use clap::{Args, Subcommand, ValueEnum};
use comfy_table::Table;
use milepost_model::{Date, Timestamp};
use milepost_server::auth::{TokenKind, TokenStore};
use milepost_store::{Directory, StoreError};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

/// Make, list and revoke the tokens that a server asks for beyond its own machine
///
/// A server notices changes within seconds. What is kept of a token is a hash: its secret is shown once.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost token --data /var/lib/milepost create telemetry --name collector
  milepost token --data /var/lib/milepost create read --begin
  milepost token --data /var/lib/milepost list
  milepost token --data /var/lib/milepost revoke 5f2c0a91

A client sends it as a header:
  Authorization: Bearer mp_telemetry_...")]
pub(crate) struct TokenCommand {
    /// Folder that the server keeps everything in
    #[arg(long, value_name = "DIR", env = "MILEPOST_DATA_DIR", default_value = "milepost-data")]
    data: PathBuf,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a token, and print its secret, once
    Create {
        /// What it allows
        #[arg(value_enum)]
        kind: Kind,
        /// What it is for, to know it again [default: the kind and the day, such as `read of 2026-01-31`]
        #[arg(long)]
        name: Option<String>,
        /// Begin the data directory where there is none: before the first start of a server
        #[arg(long)]
        begin: bool,
    },
    /// Show the tokens there are
    List,
    /// Make a token worthless
    Revoke {
        /// Its id, as `list` shows it
        id: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Send telemetry
    Telemetry,
    /// Tell of changes, such as deploys: for pipelines
    Change,
    /// Read everything that the API tells
    Read,
    /// Read, tell of changes, and change what the API lets change
    Write,
}

impl TokenCommand {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let tokens = self.tokens()?;
        match self.action {
            Action::Create { kind, name, .. } => create(&tokens, kind.into(), name)?,
            Action::List => {
                let mut table = Table::new();
                table.load_style(comfy_table::presets::NOTHING).set_header(["id", "kind", "created", "name"]);
                for token in tokens.list() {
                    let created = token.created.to_string();
                    table.add_row([token.id, token.kind.to_string(), created, token.name]);
                }
                output::data(&format!("{table}\n"))?;
            }
            Action::Revoke { id } => {
                let token = tokens.revoke(&id)?;
                output::note(&format!("token {} ({}) is worth nothing any more\n", token.id, token.kind));
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    /// The tokens of the data directory. A name that is mistyped begins none.
    fn tokens(&self) -> anyhow::Result<TokenStore> {
        let creates = match &self.action {
            Action::Create { begin: true, .. } => return Ok(TokenStore::open(self.begun()?.root())?),
            Action::Create { kind, .. } => Some(TokenKind::from(*kind)),
            Action::List | Action::Revoke { .. } => None,
        };
        let directory = Directory::read_only(&self.data).map_err(|error| match (&error, creates) {
            (StoreError::NoDirectory { .. }, Some(kind)) => anyhow!(
                "{error}\nhelp: before the first start of a server, begin it: milepost token --data {} create {kind} --begin",
                self.data.display()
            ),
            _ => error.into(),
        })?;
        Ok(TokenStore::open(directory.root())?)
    }

    /// The data directory, begun where there is none. One that a server owns is left to it.
    fn begun(&self) -> Result<Directory, StoreError> {
        match Directory::read_only(&self.data) {
            Err(StoreError::NoDirectory { .. }) => Directory::open(&self.data),
            found => found,
        }
    }
}

fn create(tokens: &TokenStore, kind: TokenKind, name: Option<String>) -> anyhow::Result<()> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let now = Timestamp::from_seconds(i64::try_from(now)?);
    let name = name.unwrap_or_else(|| format!("{kind} of {}", Date::of(now)));
    let (token, secret) = tokens.create(kind, &name, now)?;
    output::note(&format!("token {} of kind {}; this is its secret, shown only now:\n", token.id, token.kind));
    Ok(output::data(&format!("{secret}\n"))?)
}

impl From<Kind> for TokenKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Telemetry => Self::Telemetry,
            Kind::Change => Self::Change,
            Kind::Read => Self::Read,
            Kind::Write => Self::Write,
        }
    }
}
