//! A running server, asked by its API.

use crate::output;
use anyhow::{Context as _, bail};
use clap::Args;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::Request;
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::process::ExitCode;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::runtime;
use tokio::time::timeout;

/// Which server, and who asks.
#[derive(Clone, Debug, Args)]
pub(crate) struct Server {
    /// Where its API is
    #[arg(long, value_name = "URL", env = "MILEPOST_SERVER", default_value = "http://127.0.0.1:8420", global = true)]
    server: String,
    /// A token, where the server asks for one: of kind `read`, or `write` to change something
    #[arg(long, env = "MILEPOST_TOKEN", hide_env_values = true, global = true)]
    token: Option<String>,
}

/// What the server said.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) bytes: Bytes,
}

/// How long the server may take for an answer, and how large that may be.
const PATIENCE: Duration = Duration::from_secs(10);
const MAX_ANSWER_BYTES: usize = 64 << 20;

impl Server {
    /// All items of a list, page by page. The path ends with what its parameters can be added to.
    pub(crate) async fn all(&self, path: &str) -> anyhow::Result<Vec<Value>> {
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
    pub(crate) async fn read(&self, path: &str) -> anyhow::Result<Value> {
        Ok(self.get(path).await?.granted(path)?.json())
    }

    /// The same as text.
    pub(crate) async fn text(&self, path: &str) -> anyhow::Result<String> {
        let answer = self.get(path).await?.granted(path)?;
        Ok(String::from_utf8_lossy(&answer.bytes).into_owned())
    }

    /// What it says of a path, whatever that is.
    pub(crate) async fn get(&self, path: &str) -> anyhow::Result<Answer> {
        self.ask(Request::get(path), Bytes::new()).await
    }

    /// Sends JSON to a path; what the API says to that, an error where it refuses.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let request = Request::post(path).header(CONTENT_TYPE, "application/json");
        Ok(self.ask(request, body.to_string().into()).await?.granted(path)?.json())
    }

    async fn ask(&self, request: hyper::http::request::Builder, body: Bytes) -> anyhow::Result<Answer> {
        let Some(address) = self.server.strip_prefix("http://").map(|rest| rest.trim_end_matches('/')) else {
            bail!("`{}` is no address of a server\nhelp: it looks like http://127.0.0.1:8420", self.server);
        };
        let answer = timeout(PATIENCE, self.exchange(address, request, body)).await;
        let answer = answer.map_err(|_| anyhow::anyhow!("no answer within {} s", PATIENCE.as_secs()));
        answer.and_then(|answer| answer).with_context(|| {
            format!("no server answers at {}\nhelp: start one: milepost up --registry DIR", self.server)
        })
    }

    async fn exchange(
        &self,
        address: &str,
        mut request: hyper::http::request::Builder,
        body: Bytes,
    ) -> anyhow::Result<Answer> {
        let stream = TcpStream::connect(address).await?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        let serving = tokio::spawn(connection);
        request = request.header(HOST, address);
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        let response = sender.send_request(request.body(Full::new(body))?).await?;
        let status = response.status().as_u16();
        let body = Limited::new(response.into_body(), MAX_ANSWER_BYTES).collect().await;
        let bytes = body.map_err(|error| anyhow::anyhow!(error))?.to_bytes();
        serving.abort();
        Ok(Answer { status, bytes })
    }
}

impl Answer {
    /// What it says as JSON; null where it says something else.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or(Value::Null)
    }

    /// Itself, where it is no refusal.
    fn granted(self, path: &str) -> anyhow::Result<Self> {
        let said = || self.json()["message"].as_str().unwrap_or("it does not say why").to_owned();
        match self.status {
            200 | 201 => Ok(self),
            401 | 403 => bail!("{}\nhelp: give a token that may: `--token mp_...`", said()),
            404 if path.starts_with("/api/") => bail!("{}", said()),
            status => bail!("`{path}` was answered with {status}: {}", said()),
        }
    }
}

/// Says what a server was asked for.
pub(crate) fn say(answer: impl Future<Output = anyhow::Result<String>>) -> anyhow::Result<ExitCode> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    output::data(&runtime.block_on(answer)?)?;
    Ok(ExitCode::SUCCESS)
}

/// The text of a value; nothing where it is none.
pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
