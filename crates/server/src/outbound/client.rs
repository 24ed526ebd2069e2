//! One request and its answer, each within bounds: time, bytes, and where the other side may be. Redirects are answers as others are.

use super::address::Address;
use super::reach::Reach;
use super::tls::{self, TlsError};
use axum::http;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HOST, RETRY_AFTER, USER_AGENT};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Collected, Full, Limited};
use hyper::Request;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// Posts to receivers.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    tls: Arc<ClientConfig>,
}

/// What is posted.
#[derive(Debug)]
pub(crate) struct Post<'p> {
    pub(crate) address: &'p Address,
    /// What stands behind the address's path.
    pub(crate) path: &'static str,
    pub(crate) reach: Reach,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) content: Content,
}

/// What a request holds.
#[derive(Debug)]
pub(crate) enum Content {
    Json(String),
    /// Of protobuf, compressed as a block by snappy.
    Protobuf(Bytes),
}

/// What was answered.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// How long to wait before the next request, if it says so in seconds.
    pub(crate) retry_after: Option<Duration>,
    /// The beginning of the body, in one line.
    pub(crate) text: String,
}

/// Why there was no answer.
#[derive(Debug, Error)]
pub(crate) enum PostError {
    #[error("it cannot be reached: {0}")]
    Connect(#[source] io::Error),
    #[error("its name stands for {0}, an address that is not public; `--webhook-allow-private` allows such")]
    NotPublic(IpAddr),
    #[error("{0}")]
    Unsafe(String),
    #[error("the connection broke: {0}")]
    Broken(#[from] hyper::Error),
    #[error("its address makes no request: {0}")]
    Request(#[from] http::Error),
    #[error("it did not answer within {} s", TIMEOUT.as_secs())]
    TooSlow,
}

/// A connection.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// How long a request and its answer may take, from the look-up of the name on.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Most bytes of an answer's body that are looked at.
const ANSWER_BYTES: usize = 4096;
/// Most bytes of an answer's head.
const HEAD_BYTES: usize = 32 * 1024;
/// Most characters of an answer that are repeated.
const TOLD_CHARACTERS: usize = 200;

impl Client {
    /// One that believes the system's authorities, and those of a file.
    ///
    /// # Errors
    /// The file has none.
    pub(crate) fn new(authorities: Option<&Path>) -> Result<Self, TlsError> {
        Ok(Self { tls: tls::config(authorities)? })
    }

    pub(crate) async fn post(&self, post: Post<'_>) -> Result<Answer, PostError> {
        timeout(TIMEOUT, self.send(post)).await.map_err(|_| PostError::TooSlow)?
    }

    async fn send(&self, post: Post<'_>) -> Result<Answer, PostError> {
        exchange(self.connect(post.address, post.reach).await?, post).await
    }

    /// A connection, safe where the address says so.
    pub(crate) async fn connect(&self, address: &Address, reach: Reach) -> Result<Box<dyn Stream>, PostError> {
        let stream = connect(address, reach).await?;
        if !address.is_tls() {
            return Ok(Box::new(stream));
        }
        let host = address.host().to_owned();
        let name = ServerName::try_from(host).map_err(|error| PostError::Unsafe(error.to_string()))?;
        let safe = TlsConnector::from(Arc::clone(&self.tls)).connect(name, stream).await;
        Ok(Box::new(safe.map_err(|error| PostError::Unsafe(tls::why(&error, address.host())))?))
    }
}

/// Connects to the first address of a name that may be and that answers. What was looked up is what is connected to.
async fn connect(address: &Address, reach: Reach) -> Result<TcpStream, PostError> {
    let found = lookup_host((address.host(), address.port())).await.map_err(PostError::Connect)?;
    let mut last = PostError::Connect(io::Error::other("its name stands for no address"));
    for socket in found {
        last = match attempt(socket, reach).await {
            Ok(stream) => return Ok(stream),
            Err(error) => error,
        };
    }
    Err(last)
}

async fn attempt(socket: SocketAddr, reach: Reach) -> Result<TcpStream, PostError> {
    if !reach.holds(socket.ip()) {
        return Err(PostError::NotPublic(socket.ip()));
    }
    TcpStream::connect(socket).await.map_err(PostError::Connect)
}

async fn exchange(stream: Box<dyn Stream>, post: Post<'_>) -> Result<Answer, PostError> {
    let mut builder = http1::Builder::new();
    builder.max_buf_size(HEAD_BYTES);
    let (mut sender, connection) = builder.handshake(TokioIo::new(stream)).await?;
    // It ends with the request; what breaks it is told by the answer that does not come.
    tokio::spawn(connection);
    let path = match (post.address.path(), post.path) {
        ("", "") => "/".to_owned(),
        (whole, "") => whole.to_owned(),
        (prefix, path) => format!("{}{path}", prefix.trim_end_matches('/')),
    };
    let mut request = Request::post(path)
        .header(HOST, post.address.authority())
        .header(USER_AGENT, concat!("milepost/", env!("CARGO_PKG_VERSION")));
    for (name, value) in post.headers {
        request = request.header(name, value);
    }
    let (request, body) = match post.content {
        Content::Json(text) => (request.header(CONTENT_TYPE, "application/json"), Bytes::from(text)),
        Content::Protobuf(bytes) => {
            let request = request.header(CONTENT_TYPE, "application/x-protobuf");
            (request.header(CONTENT_ENCODING, "snappy"), bytes)
        }
    };
    let (head, body) = sender.send_request(request.body(Full::new(body))?).await?.into_parts();
    let retry_after = head.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let body = Limited::new(body, ANSWER_BYTES).collect().await.map(Collected::to_bytes).unwrap_or_default();
    let text = String::from_utf8_lossy(&body).split_whitespace().collect::<Vec<_>>().join(" ");
    let text = text.chars().filter(|character| !character.is_control()).take(TOLD_CHARACTERS).collect();
    Ok(Answer { status: head.status.as_u16(), retry_after: retry_after.map(Duration::from_secs), text })
}

impl Answer {
    /// What it says, for those who look after the server.
    pub(crate) fn told(&self) -> String {
        let redirects = if (300..400).contains(&self.status) { ", and redirects are not followed" } else { "" };
        match &*self.text {
            "" => format!("it answered {}{redirects}", self.status),
            text => format!("it answered {}{redirects}: {text}", self.status),
        }
    }

    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}
