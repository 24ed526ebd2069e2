//! OTLP over gRPC: its three unary methods and the health check, straight on HTTP/2.
//!
//! A message's length is checked before a byte of it is kept, and it is decompressed within our own bounds; that is why no gRPC
//! library stands between.

use super::body::{BodyReader, Held, too_large};
use super::problem::{Problem, code};
use super::stats::{Answer, Protocol};
use super::unpack::Encoding;
use super::{METRICS_MESSAGE, Port, Signal, answer_of, rejection, wire};
use crate::auth::TokenKind;
use crate::intake::Payload;
use crate::request::{self, AnsweredAs};
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, Version};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use bytes::{Buf, Bytes};
use http_body_util::{BodyExt, Full};
use std::convert::Infallible;
use std::sync::atomic::Ordering;

/// What stands before each message: whether it is compressed, and its length.
const PREFIX_BYTES: usize = 5;
const GRPC: HeaderValue = HeaderValue::from_static("application/grpc");
const ENCODINGS: HeaderValue = HeaderValue::from_static("identity,gzip,zstd");
const STATUS: HeaderName = HeaderName::from_static("grpc-status");
const MESSAGE: HeaderName = HeaderName::from_static("grpc-message");
const DETAILS: HeaderName = HeaderName::from_static("grpc-status-details-bin");
const ENCODING: HeaderName = HeaderName::from_static("grpc-encoding");
const ACCEPTED_ENCODINGS: HeaderName = HeaderName::from_static("grpc-accept-encoding");

pub(super) fn router(port: Port) -> Router {
    let method =
        |signal| post(move |State(port): State<Port>, request| export(port, signal, request)).fallback(unknown);
    let router = Router::new()
        .route("/opentelemetry.proto.collector.trace.v1.TraceService/Export", method(Signal::Traces))
        .route("/opentelemetry.proto.collector.logs.v1.LogsService/Export", method(Signal::Logs))
        .route("/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", method(Signal::Metrics))
        .route("/grpc.health.v1.Health/Check", post(health))
        .fallback(unknown);
    request::layer(router).with_state(port)
}

async fn unknown(State(port): State<Port>, uri: Uri) -> Response {
    port.shared.stats.answered(Protocol::Grpc, Answer::Unsupported);
    failure(&Problem::Unknown(uri.path().to_owned()))
}

/// `grpc.health.v1.Health/Check`, for whatever service it asks.
async fn health(State(port): State<Port>) -> Response {
    const SERVING: [u8; 2] = [8, 1];
    const NOT_SERVING: [u8; 2] = [8, 2];
    success(if port.shared.is_ready.load(Ordering::Relaxed) { &SERVING } else { &NOT_SERVING })
}

async fn export(port: Port, signal: Signal, request: Request) -> Response {
    let (answer, response) = match exported(&port, signal, request).await {
        Ok((answer, message)) => (answer, success(&message)),
        Err(problem) => (Answer::from(&problem), failure(&problem)),
    };
    port.shared.stats.answered(Protocol::Grpc, answer);
    response
}

async fn exported(port: &Port, signal: Signal, request: Request) -> Result<(Answer, Vec<u8>), Problem> {
    let shared = &port.shared;
    let (head, body) = request.into_parts();
    if head.version != Version::HTTP_2 {
        return Err(Problem::NotHttp2);
    }
    if !is_grpc(&head.headers) {
        return Err(Problem::Unsupported("gRPC has the content type `application/grpc`".to_owned()));
    }
    port.guard.check(&head.headers, TokenKind::Telemetry)?;
    let _place = shared.place()?;
    let (held, encoding) = message(port, &head.headers, body).await?;
    let payload = match signal {
        Signal::Traces => Payload::TracesProto,
        Signal::Logs => Payload::LogsProto,
        Signal::Metrics => {
            let count = shared.count_metrics(held, encoding, false, Protocol::Grpc).await?;
            let answer = if count == 0 { Answer::Accepted } else { Answer::Partial };
            return Ok((answer, wire::export_response(count, METRICS_MESSAGE)));
        }
    };
    let receipt = shared.submit(held, encoding, payload, None, (Protocol::Grpc, port.guard.trust())).await?;
    let (rejected, message) = rejection(&receipt);
    Ok((answer_of(&receipt), wire::export_response(rejected, &message)))
}

fn is_grpc(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
    kind.strip_prefix(GRPC.as_bytes()).is_some_and(|rest| matches!(rest.first(), None | Some(b'+' | b';')))
}

/// Reads the one message of a unary call.
async fn message(port: &Port, headers: &HeaderMap, body: Body) -> Result<(Held, Encoding), Problem> {
    let shared = &port.shared;
    let too_short = || Problem::unreadable("the request ends before its message");
    let head = (Version::HTTP_2, headers);
    let mut reader = BodyReader::new(shared, Protocol::Grpc, head, body, Encoding::Identity).await?;
    while reader.bytes().len() < PREFIX_BYTES {
        if !reader.more().await? {
            return Err(too_short());
        }
    }
    let mut prefix = reader.bytes();
    let (is_compressed, length) = (prefix.get_u8(), prefix.get_u32() as usize);
    let most = shared.limits.max_body_bytes;
    // Before anything is made of this length.
    if length > most - PREFIX_BYTES {
        return Err(too_large(most));
    }
    let encoding = match is_compressed {
        0 => Encoding::Identity,
        1 => Encoding::named(headers.get(ENCODING))?,
        _ => return Err(Problem::unreadable("a message is compressed (1) or not (0)")),
    };
    if is_compressed == 1 && encoding == Encoding::Identity {
        return Err(Problem::unreadable("the message is compressed, and `grpc-encoding` does not say how"));
    }
    reader.expect(PREFIX_BYTES + length, encoding).await?;
    while reader.bytes().len() <= PREFIX_BYTES + length && reader.more().await? {}
    let mut held = reader.finish();
    match held.bytes.len().checked_sub(PREFIX_BYTES + length) {
        None => return Err(too_short()),
        Some(0) => {}
        Some(_) => return Err(Problem::unreadable("a request has one message; this one has more after it")),
    }
    held.bytes.advance(PREFIX_BYTES);
    Ok((held, encoding))
}

fn success(message: &[u8]) -> Response {
    let mut framed = Vec::with_capacity(PREFIX_BYTES + message.len());
    framed.push(0);
    framed.extend_from_slice(&u32::try_from(message.len()).expect("answers are short").to_be_bytes());
    framed.extend_from_slice(message);
    let trailers = HeaderMap::from_iter([(STATUS, HeaderValue::from(code::OK))]);
    let body = Full::new(Bytes::from(framed)).with_trailers(async { Some(Ok::<_, Infallible>(trailers)) });
    ([(CONTENT_TYPE, GRPC), (ACCEPTED_ENCODINGS, ENCODINGS)], Body::new(body)).into_response()
}

/// A response without a message. What is no gRPC at all is answered in HTTP.
fn failure(problem: &Problem) -> Response {
    let message = problem.to_string();
    if matches!(problem, Problem::NotHttp2) {
        return (problem.status(), message).into_response();
    }
    let text = |text: String| HeaderValue::from_str(&text).expect("what is encoded is printable ASCII");
    let mut headers = HeaderMap::from_iter([
        (CONTENT_TYPE, GRPC),
        (ACCEPTED_ENCODINGS, ENCODINGS),
        (STATUS, HeaderValue::from(problem.code())),
        (MESSAGE, text(wire::percent_encoded(&message))),
    ]);
    if let Some(wait) = problem.retry_after() {
        let details = wire::status(problem.code(), &message, Some(wait));
        headers.insert(DETAILS, text(wire::base64(&details)));
    }
    let mut response = (StatusCode::OK, headers).into_response();
    response.extensions_mut().insert(AnsweredAs(problem.status()));
    response
}
