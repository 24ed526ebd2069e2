//! Asking a Prometheus by version 1 of its HTTP API: values of a query at whole minutes.

use super::increase::{Points, nanos};
use super::source::Source;
use crate::outbound::{Client, PostError, Reach};
use axum::http;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::Request;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use milepost_model::Minute;
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::borrow::Cow;
use std::fmt::Write as _;
use std::io;
use std::ops::Range;
use std::time::Duration;
use thiserror::Error;
use tokio::time::timeout;

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Most bytes of an answer: some 700 series over a day of minutes.
const ANSWER_BYTES: usize = 32 << 20;
/// Most characters of what Prometheus says of a question that are told.
const TOLD: usize = 300;

/// What a query gave.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) series: Vec<Points>,
    /// Values that are no numbers, or too large to be counted by.
    pub(super) ignored: Vec<Minute>,
}

/// Why there is no answer.
#[derive(Debug, Error)]
pub(super) enum AskError {
    #[error(transparent)]
    Connect(#[from] PostError),
    #[error("the connection broke: {0}")]
    Broken(#[from] hyper::Error),
    #[error("its answer broke off: {0}")]
    Cut(String),
    #[error("its address makes no request: {0}")]
    Request(http::Error),
    #[error("it did not answer within {} s", TIMEOUT.as_secs())]
    TooSlow,
    #[error("its answer has more than {} MiB: let its query choose fewer series", ANSWER_BYTES >> 20)]
    TooLarge,
    #[error("it answered {status}: {text}")]
    Refused { status: u16, text: String },
    #[error("its answer is not one of Prometheus: {0}")]
    Unreadable(String),
    #[error("the token in `{file}` cannot be read: {why}")]
    Token { file: String, why: io::Error },
}

impl AskError {
    /// Whether less time at once may be answered.
    pub(super) fn asks_for_less(&self) -> bool {
        // What Prometheus says when a question would touch more samples than it is allowed.
        const TOO_MANY_SAMPLES: u16 = 422;
        match self {
            Self::TooLarge | Self::TooSlow => true,
            Self::Refused { status, .. } => *status == TOO_MANY_SAMPLES,
            _ => false,
        }
    }
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct Body<'a> {
    #[serde(default)]
    error: Cow<'a, str>,
    data: Option<Data<'a>>,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow)]
    result: Vec<Series<'a>>,
}

#[derive(Deserialize)]
struct Series<'a> {
    #[serde(borrow, default)]
    values: Vec<(f64, Cow<'a, str>)>,
    /// Native histograms, which are no numbers.
    #[serde(default)]
    histograms: Vec<(f64, IgnoredAny)>,
}

/// The values of a query at the ends of some minutes.
pub(super) async fn ask(
    client: &Client,
    source: &Source,
    token: Option<&str>,
    query: &str,
    minutes: Range<Minute>,
) -> Result<Answer, AskError> {
    let seconds = |minute: i64| minute * 60;
    let (start, end) = (seconds(minutes.start.number() + 1), seconds(minutes.end.number()));
    let form = format!("query={}&start={start}&end={end}&step=60&timeout={}s", escaped(query), TIMEOUT.as_secs());
    let bytes = timeout(TIMEOUT, send(client, source, token, form)).await.map_err(|_| AskError::TooSlow)??;
    read(&bytes)
}

async fn send(client: &Client, source: &Source, token: Option<&str>, form: String) -> Result<Bytes, AskError> {
    let (authority, prefix) = (source.address.authority(), source.address.path().trim_end_matches('/'));
    let stream = client.connect(&source.address, Reach::Anywhere).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // It ends with the request; what breaks it is told by the answer that does not come.
    tokio::spawn(connection);
    let mut request = Request::post(format!("{prefix}/api/v1/query_range"))
        .header(HOST, authority)
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    if let Some(token) = token {
        request = request.header(AUTHORIZATION, format!("Bearer {token}"));
    }
    let request = request.body(Full::new(Bytes::from(form))).map_err(AskError::Request)?;
    let (head, body) = sender.send_request(request).await?.into_parts();
    let body = Limited::new(body, ANSWER_BYTES).collect().await;
    let bytes = body.map_err(|error| match error.is::<LengthLimitError>() {
        true => AskError::TooLarge,
        false => AskError::Cut(error.to_string()),
    });
    let bytes = bytes?.to_bytes();
    if head.status.is_success() {
        return Ok(bytes);
    }
    let said = serde_json::from_slice::<Body<'_>>(&bytes).map(|body| body.error.into_owned());
    let text = said.unwrap_or_else(|_| String::from_utf8_lossy(&bytes).into_owned());
    Err(AskError::Refused { status: head.status.as_u16(), text: text.trim().chars().take(TOLD).collect() })
}

fn read(bytes: &[u8]) -> Result<Answer, AskError> {
    let body: Body<'_> = serde_json::from_slice(bytes).map_err(|error| AskError::Unreadable(error.to_string()))?;
    let data = body.data.ok_or_else(|| AskError::Unreadable("it has no `data`".to_owned()))?;
    let mut answer = Answer::default();
    for series in data.result {
        answer.ignored.extend(series.histograms.iter().map(|(seconds, _)| minute(*seconds)));
        let mut points = Points::with_capacity(series.values.len());
        for (seconds, value) in series.values {
            match value.parse().ok().and_then(nanos) {
                Some(value) => points.push((minute(seconds), value)),
                None => answer.ignored.push(minute(seconds)),
            }
        }
        answer.series.push(points);
    }
    Ok(answer)
}

/// The minute that a point ends.
#[expect(clippy::cast_possible_truncation, reason = "a time of this century")]
fn minute(seconds: f64) -> Minute {
    Minute::new((seconds / 60.0).round() as i64 - 1)
}

/// Text for a form.
fn escaped(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut escaped, byte| {
        if byte.is_ascii_alphanumeric() {
            escaped.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(escaped, "%{byte:02X}");
        }
        escaped
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_and_what_is_no_number_is_told() {
        let text = r#"{"status":"success","data":{"resultType":"matrix","result":[
            {"metric":{"a":"b"},"values":[[120,"1"],[180.000,"2.5e+01"],[240,"NaN"],[300,"+Inf"]]},
            {"metric":{},"histograms":[[120,{"count":"1"}]]}]}}"#;
        let answer = read(text.as_bytes()).unwrap();
        assert_eq!(answer.ignored, [3, 4, 1].map(Minute::new));
        assert_eq!(answer.series[0], [(Minute::new(1), 1_000_000_000), (Minute::new(2), 25_000_000_000)]);
        assert!(answer.series[1].is_empty());
    }

    #[test]
    fn what_is_no_answer_is_told() {
        for text in ["", "{}", r#"{"status":"success"}"#, r#"{"data":{"result":{}}}"#, "<html>"] {
            assert!(matches!(read(text.as_bytes()), Err(AskError::Unreadable(_))), "{text}");
        }
        assert_eq!(escaped("a{b=\"é\"}+1"), "a%7Bb%3D%22%C3%A9%22%7D%2B1");
    }
}
