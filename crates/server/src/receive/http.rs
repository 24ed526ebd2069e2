//! OTLP over HTTP: `POST /v1/traces`, `/v1/logs` and `/v1/metrics`, answered in the content type of the request.

use super::body::BodyReader;
use super::problem::Problem;
use super::stats::{Answer, Protocol};
use super::unpack::Encoding;
use super::{METRICS_MESSAGE, Port, Signal, access_log, answer_of, linger, rejection, wire};
use crate::auth::TokenKind;
use crate::intake::Payload;
use crate::request;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{ALLOW, CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use serde_json::json;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const PROTOBUF: HeaderValue = HeaderValue::from_static("application/x-protobuf");

pub(super) fn router(port: Port) -> Router {
    let method = |signal| any(move |State(port): State<Port>, request| export(port, signal, request));
    let router = Router::new()
        .route("/v1/traces", method(Signal::Traces))
        .route("/v1/logs", method(Signal::Logs))
        .route("/v1/metrics", method(Signal::Metrics))
        .route("/v1/access-logs", any(access_log::receive))
        .fallback(unknown)
        .layer(middleware::from_fn_with_state(port.clone(), linger::layer));
    request::layer(router).with_state(port)
}

async fn unknown(State(port): State<Port>, uri: Uri) -> Response {
    port.shared.stats.answered(Protocol::Other, Answer::Unsupported);
    failure(&Problem::Unknown(uri.path().to_owned()), Protocol::Other)
}

async fn export(port: Port, signal: Signal, request: Request) -> Response {
    let protocol = protocol(request.headers());
    let (answer, response) = match exported(&port, signal, protocol, request).await {
        Ok((answer, rejected, message)) => (answer, success(signal, protocol, rejected, &message)),
        Err(problem) => (Answer::from(&problem), failure(&problem, protocol)),
    };
    port.shared.stats.answered(protocol, answer);
    response
}

/// How a request is written.
fn protocol(headers: &HeaderMap) -> Protocol {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/x-protobuf") {
        Protocol::HttpProto
    } else if kind.eq_ignore_ascii_case("application/json") {
        Protocol::HttpJson
    } else {
        Protocol::Other
    }
}

async fn exported(
    port: &Port,
    signal: Signal,
    protocol: Protocol,
    request: Request,
) -> Result<(Answer, u64, String), Problem> {
    let shared = &port.shared;
    let (head, body) = request.into_parts();
    if head.method != Method::POST {
        return Err(Problem::Method("POST"));
    }
    port.guard.check(&head.headers, TokenKind::Telemetry)?;
    if protocol == Protocol::Other {
        let message = "OTLP over HTTP has the content type `application/x-protobuf` or `application/json`";
        return Err(Problem::Unsupported(message.to_owned()));
    }
    let encoding = Encoding::named(head.headers.get(CONTENT_ENCODING))?;
    let _place = shared.place()?;
    let reader = BodyReader::new(shared, protocol, (head.version, &head.headers), body, encoding).await?;
    let held = reader.all().await?;
    let is_json = protocol == Protocol::HttpJson;
    let payload = match (signal, is_json) {
        (Signal::Traces, false) => Payload::TracesProto,
        (Signal::Traces, true) => Payload::TracesJson,
        (Signal::Logs, false) => Payload::LogsProto,
        (Signal::Logs, true) => Payload::LogsJson,
        (Signal::Metrics, _) => {
            let count = shared.count_metrics(held, encoding, is_json, protocol).await?;
            let answer = if count == 0 { Answer::Accepted } else { Answer::Partial };
            return Ok((answer, count, METRICS_MESSAGE.to_owned()));
        }
    };
    let receipt = shared.submit(held, encoding, payload, None, (protocol, port.guard.trust())).await?;
    let (rejected, message) = rejection(&receipt);
    Ok((answer_of(&receipt), rejected, message))
}

fn success(signal: Signal, protocol: Protocol, rejected: u64, message: &str) -> Response {
    if protocol == Protocol::HttpProto {
        return ([(CONTENT_TYPE, PROTOBUF)], wire::export_response(rejected, message)).into_response();
    }
    let count = match signal {
        Signal::Traces => "rejectedSpans",
        Signal::Logs => "rejectedLogRecords",
        Signal::Metrics => "rejectedDataPoints",
    };
    // 64-bit integers are strings in the JSON of protobuf.
    let response = if rejected == 0 && message.is_empty() {
        json!({})
    } else {
        json!({"partialSuccess": {count: rejected.to_string(), "errorMessage": message}})
    };
    json_response(StatusCode::OK, &response)
}

/// A `google.rpc.Status` in the content type of the request, and what headers say of the problem.
pub(super) fn failure(problem: &Problem, protocol: Protocol) -> Response {
    let (code, message) = (problem.code(), problem.to_string());
    let mut response = if protocol == Protocol::HttpProto {
        let status = wire::status(code, &message, problem.retry_after());
        (problem.status(), [(CONTENT_TYPE, PROTOBUF)], status).into_response()
    } else {
        json_response(problem.status(), &json!({"code": code, "message": message}))
    };
    let headers = response.headers_mut();
    if let Some(wait) = problem.retry_after() {
        headers.insert(RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
    }
    match problem {
        Problem::Method(method) => drop(headers.insert(ALLOW, HeaderValue::from_static(method))),
        Problem::Denied(_) => drop(headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))),
        _ => {}
    }
    response
}

pub(super) fn json_response(status: StatusCode, body: &serde_json::Value) -> Response {
    (status, [(CONTENT_TYPE, JSON)], body.to_string()).into_response()
}
