//! Asking a running server by its API: where it is, and what it says. Called by `status` and `slos`.

use anyhow::{Context as _, bail};
use clap::Args;
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::Request;
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, HOST};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Which server.
#[derive(Debug, Args)]
pub(super) struct ServerFlags {
    /// Where its API is
    #[arg(long, value_name = "URL", env = "MILEPOST_SERVER", default_value = "http://127.0.0.1:8420")]
    server: String,
    /// A token that may read, where the server asks for one
    #[arg(long, env = "MILEPOST_TOKEN", hide_env_values = true)]
    token: Option<String>,
}

/// How long the server may take for an answer, and how large that may be.
const PATIENCE: Duration = Duration::from_secs(10);
const MAX_ANSWER_BYTES: usize = 64 << 20;

impl ServerFlags {
    /// All items of a list, page by page.
    pub(super) async fn all(&self, path: &str) -> anyhow::Result<Vec<Value>> {
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
    pub(super) async fn read(&self, path: &str) -> anyhow::Result<Value> {
        let (status, value) = self.get(path).await?;
        match status {
            200 => Ok(value),
            401 | 403 => bail!("{}\nhelp: give a token that may read: `--token mp_read_...`", text(&value["message"])),
            _ => bail!("`{path}` was answered with {status}: {}", text(&value["message"])),
        }
    }

    pub(super) async fn get(&self, path: &str) -> anyhow::Result<(u16, Value)> {
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

/// The text of a value; nothing where it is none.
pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
