//! One request of any method, with its whole answer: for APIs that are read and not only told.

use super::address::Address;
use super::client::{Client, PostError};
use super::reach::Reach;
use axum::http::header::{CONTENT_TYPE, HOST, USER_AGENT};
use axum::http::{self, Method};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::Request;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use std::time::Duration;
use thiserror::Error;
use tokio::time::timeout;

/// What is asked.
#[derive(Debug)]
pub(crate) struct Call<'c> {
    pub(crate) address: &'c Address,
    pub(crate) method: Method,
    /// What stands behind the address's path.
    pub(crate) path: String,
    /// JSON, or nothing.
    pub(crate) body: String,
}

/// Why there is no answer that can be used.
#[derive(Debug, Error)]
pub(crate) enum CallError {
    #[error(transparent)]
    Post(#[from] PostError),
    #[error("its address makes no request: {0}")]
    Request(#[from] http::Error),
    #[error("the connection broke: {0}")]
    Broken(#[from] hyper::Error),
    #[error("its answer broke off, or has more than {} MiB", ANSWER_BYTES >> 20)]
    Body,
    #[error("it answered {0}")]
    Refused(u16),
    #[error("it did not answer within {} s", TIMEOUT.as_secs())]
    TooSlow,
}

/// How long a request and its answer may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Most bytes of an answer: some ten thousand silences.
const ANSWER_BYTES: usize = 8 << 20;

impl Client {
    /// Asks, and gives the body of an answer that says that all is well.
    pub(crate) async fn call(&self, call: Call<'_>) -> Result<Bytes, CallError> {
        timeout(TIMEOUT, self.ask(call)).await.map_err(|_| CallError::TooSlow)?
    }

    async fn ask(&self, call: Call<'_>) -> Result<Bytes, CallError> {
        let stream = self.connect(call.address, Reach::Anywhere).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        // It ends with the request; what breaks it is told by the answer that does not come.
        tokio::spawn(connection);
        let request = Request::builder()
            .method(call.method)
            .uri(format!("{}{}", call.address.path().trim_end_matches('/'), call.path))
            .header(HOST, call.address.authority())
            .header(USER_AGENT, concat!("milepost/", env!("CARGO_PKG_VERSION")))
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from(call.body)))?;
        let (head, body) = sender.send_request(request).await?.into_parts();
        if !head.status.is_success() {
            return Err(CallError::Refused(head.status.as_u16()));
        }
        let body = Limited::new(body, ANSWER_BYTES).collect().await.map_err(|_| CallError::Body)?;
        Ok(body.to_bytes())
    }
}
