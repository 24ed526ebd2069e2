//! Where alerts are told: an Alertmanager, by version 2 of its API.

use super::alert::Alert;
use axum::http;
use axum::http::header::{CONTENT_TYPE, HOST};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Collected, Full, Limited};
use hyper::Request;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use milepost_model::{DurationNs, Timestamp};
use serde_json::{Value, json};
use std::fmt;
use std::io;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use thiserror::Error;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// An Alertmanager, by the beginning of its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receiver {
    /// Host and port.
    authority: String,
    /// What stands before `/api/v2/alerts`, such as a prefix of a proxy.
    prefix: String,
}

/// Why text is no address of an Alertmanager.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ReceiverError {
    /// It is not of `http`.
    #[error("an Alertmanager is named like http://127.0.0.1:9093; https is not spoken yet")]
    NotHttp,
    /// It has no host, or more than a path.
    #[error("an Alertmanager is named like http://127.0.0.1:9093 or http://proxy:80/alertmanager")]
    NoAddress,
}

/// Why alerts were not told.
#[derive(Debug, Error)]
pub(super) enum PostError {
    #[error("it cannot be reached: {0}")]
    Connect(#[from] io::Error),
    #[error("the connection broke: {0}")]
    Broken(#[from] hyper::Error),
    #[error("its address makes no request: {0}")]
    Request(http::Error),
    #[error("it did not answer within {} s", TIMEOUT.as_secs())]
    TooSlow,
    #[error("it answered {status}: {text}")]
    Refused { status: u16, text: String },
}

/// How long telling may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Most bytes of a refusal that are looked at.
const ANSWER_BYTES: usize = 4096;
/// An alert that is not told again for so long has ended, says whoever was told.
const ENDS_IN: DurationNs = DurationNs::from_seconds(240);

impl FromStr for Receiver {
    type Err = ReceiverError;

    fn from_str(text: &str) -> Result<Self, ReceiverError> {
        let rest = text.strip_prefix("http://").ok_or(ReceiverError::NotHttp)?;
        let (authority, path) =
            rest.split_once('/').map_or((rest, String::new()), |(authority, path)| (authority, format!("/{path}")));
        let is_plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic() && !b"@?#".contains(&byte));
        if authority.is_empty() || !is_plain(authority) || !is_plain(&path) {
            return Err(ReceiverError::NoAddress);
        }
        let has_port = authority.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let authority = if has_port { authority.to_owned() } else { format!("{authority}:80") };
        Ok(Self { authority, prefix: path.trim_end_matches('/').to_owned() })
    }
}

impl fmt::Display for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}{}", self.authority, self.prefix)
    }
}

impl Receiver {
    /// Host and port, and what stands before a path.
    pub(crate) fn parts(&self) -> (&str, &str) {
        (&self.authority, &self.prefix)
    }

    /// Tells some alerts.
    pub(super) async fn post(&self, alerts: impl Iterator<Item = &Alert>) -> Result<(), PostError> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = Timestamp::from_nanos(i64::try_from(now.as_nanos()).unwrap_or(i64::MAX));
        let body = Value::from_iter(alerts.map(|alert| body(alert, now))).to_string();
        timeout(TIMEOUT, self.send(body)).await.map_err(|_| PostError::TooSlow)?
    }

    async fn send(&self, body: String) -> Result<(), PostError> {
        let stream = TcpStream::connect(&self.authority).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        // It ends with the request; what breaks it is told by the answer that does not come.
        tokio::spawn(connection);
        let request = Request::post(format!("{}/api/v2/alerts", self.prefix))
            .header(HOST, &self.authority)
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from(body)))
            .map_err(PostError::Request)?;
        let (head, body) = sender.send_request(request).await?.into_parts();
        if head.status.is_success() {
            return Ok(());
        }
        let body = Limited::new(body, ANSWER_BYTES).collect().await.map(Collected::to_bytes).unwrap_or_default();
        let text = String::from_utf8_lossy(&body).trim().to_owned();
        Err(PostError::Refused { status: head.status.as_u16(), text })
    }
}

fn body(alert: &Alert, now: Timestamp) -> Value {
    let ends_at = alert.ended_at.unwrap_or(now.plus(ENDS_IN));
    json!({
        "labels": alert.labels,
        "annotations": alert.annotations,
        "startsAt": alert.starts_at.to_string(),
        "endsAt": ends_at.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_strictly() {
        let read = |text: &str| text.parse::<Receiver>().map(|receiver| receiver.to_string());
        assert_eq!(read("http://127.0.0.1:9093"), Ok("http://127.0.0.1:9093".to_owned()));
        assert_eq!(read("http://proxy/alertmanager/"), Ok("http://proxy:80/alertmanager".to_owned()));
        assert_eq!(read("http://[::1]:9093"), Ok("http://[::1]:9093".to_owned()));
        for wrong in ["127.0.0.1:9093", "https://a:9093"] {
            assert_eq!(read(wrong), Err(ReceiverError::NotHttp), "{wrong}");
        }
        for wrong in ["http://", "http:///x", "http://a:1/x?y", "http://user@a:1", "http://a b", "http://a:1/\r\nX: y"]
        {
            assert_eq!(read(wrong), Err(ReceiverError::NoAddress), "{wrong:?}");
        }
    }
}
