//! Lines of access logs: `POST /v1/access-logs?service=NAME`, whatever wrote them.
//!
//! A sender who may send twice names its request by `Idempotency-Key`; without it, the same lines again are the same request.

use super::body::BodyReader;
use super::http::{failure, json_response};
use super::problem::Problem;
use super::stats::{Answer, Protocol};
use super::unpack::Encoding;
use super::{Port, answer_of};
use crate::auth::{Sender, TokenKind};
use crate::intake::{Payload, Receipt, RequestKey};
use axum::extract::{Query, Request, State};
use axum::http::header::CONTENT_ENCODING;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::Response;
use milepost_model::Name;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// Longest `Idempotency-Key`; a UUID has 36 characters.
const MAX_KEY_BYTES: usize = 256;

#[derive(Deserialize)]
struct Parameters {
    service: Option<String>,
}

pub(super) async fn receive(State(port): State<Port>, request: Request) -> Response {
    let (answer, response) = match received(&port, request).await {
        Ok(receipt) => (answer_of(&receipt), json_response(StatusCode::OK, &receipt_json(&receipt))),
        Err(problem) => (Answer::from(&problem), failure(&problem, Protocol::AccessLog)),
    };
    port.shared.stats.answered(Protocol::AccessLog, answer);
    response
}

async fn received(port: &Port, request: Request) -> Result<Receipt, Problem> {
    let shared = &port.shared;
    let (head, body) = request.into_parts();
    if head.method != Method::POST {
        return Err(Problem::Method("POST"));
    }
    let sender = port.guard.check(&head.headers, TokenKind::Telemetry)?;
    let service = service(&head.uri)?;
    let key = request_key(&head.headers, &sender, service.as_ref())?;
    let encoding = Encoding::named(head.headers.get(CONTENT_ENCODING))?;
    let _place = shared.place()?;
    let reader = BodyReader::new(shared, Protocol::AccessLog, (head.version, &head.headers), body, encoding).await?;
    let held = reader.all().await?;
    let encoding = encoding.or_of_lines(&held.bytes);
    shared.submit(held, encoding, Payload::AccessLog(service), key, (Protocol::AccessLog, port.guard.trust())).await
}

/// The service that is named; whether one has to be is known to whoever reads the registry.
fn service(uri: &Uri) -> Result<Option<Name>, Problem> {
    let unreadable = |_| Problem::unreadable("say whose log it is: `/v1/access-logs?service=NAME`");
    let Query(Parameters { service }) = Query::try_from_uri(uri).map_err(unreadable)?;
    let name = service.map(|service| Name::new(&service)).transpose();
    name.map_err(|error| Problem::unreadable(format!("`service` names none: {error}")))
}

fn request_key(headers: &HeaderMap, sender: &Sender, service: Option<&Name>) -> Result<Option<RequestKey>, Problem> {
    let Some(key) = headers.get("idempotency-key") else { return Ok(None) };
    match key.to_str() {
        Ok(key) if !key.is_empty() && key.len() <= MAX_KEY_BYTES => {
            // No service is called so.
            let service = service.map_or("-", Name::as_str);
            Ok(Some(RequestKey::named(&format!("{} {service}", sender.id()), key)))
        }
        _ => Err(Problem::unreadable(format!("`Idempotency-Key` has 1 to {MAX_KEY_BYTES} visible characters"))),
    }
}

fn receipt_json(receipt: &Receipt) -> Value {
    let rejected: Map<String, Value> =
        receipt.rejected.iter().map(|(reason, count)| ((*reason).to_owned(), Value::from(*count))).collect();
    json!({"accepted": receipt.accepted, "rejected": rejected, "repeated": receipt.is_repeated})
}
