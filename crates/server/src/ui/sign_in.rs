//! `/session`: a browser shows a token once and gets a cookie, asks whom it stands for by it, or ends what it has.

use super::guarded;
use crate::auth::{Denied, Sessions, Visitor, is_from_here};
use crate::request::RequestId;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header::{CACHE_CONTROL, SET_COOKIE, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use std::sync::Arc;

/// More than a token and its braces take.
const MAX_BODY_BYTES: usize = 1_024;

/// What a browser shows.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignIn {
    token: String,
}

pub(super) fn router(sessions: Arc<Sessions>) -> Router {
    Router::new()
        .route("/session", get(who).post(begin).delete(end))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(sessions)
}

/// What a request is told that may not do what it asks for.
pub(crate) fn refusal(denied: &Denied, id: &RequestId) -> Response {
    let status = match denied {
        Denied::Kind { .. } | Denied::Elsewhere => StatusCode::FORBIDDEN,
        Denied::Missing | Denied::Unknown => StatusCode::UNAUTHORIZED,
    };
    let body = Json(serde_json::json!({ "code": "denied", "message": denied.to_string(), "request_id": id.0 }));
    (status, [(WWW_AUTHENTICATE, "Bearer")], body).into_response()
}

/// Names, kinds and what they allow: nothing that a page could not find out by asking. Strangers are told that they are.
async fn who(State(sessions): State<Arc<Sessions>>, headers: HeaderMap) -> Response {
    let visitor = sessions.visitor(&headers);
    let token = match &visitor {
        Visitor::Holder(token) => Some(token),
        Visitor::Local | Visitor::Stranger => None,
    };
    let body = serde_json::json!({
        "is_signed_in": token.is_some(),
        "must_sign_in": visitor == Visitor::Stranger,
        "name": token.map(|token| &token.name),
        "kind": token.map(|token| token.kind.as_str()),
        "may_write": visitor.may_write(),
    });
    guarded(([(CACHE_CONTROL, "no-store")], Json(body)).into_response())
}

async fn begin(State(sessions): State<Arc<Sessions>>, id: RequestId, headers: HeaderMap, body: Bytes) -> Response {
    // Nobody else's page signs anybody in.
    if !is_from_here(&headers) {
        return guarded(refusal(&Denied::Elsewhere, &id));
    }
    let Ok(SignIn { token }) = serde_json::from_slice(&body) else {
        let message = "a token is sent as `{\"token\": \"mp_read_...\"}`";
        let body = Json(serde_json::json!({ "code": "bad-body", "message": message, "request_id": id.0 }));
        return guarded((StatusCode::BAD_REQUEST, body).into_response());
    };
    let is_https = headers.get("x-forwarded-proto").is_some_and(|value| value == "https");
    match sessions.begin(token.trim(), is_https) {
        Ok(cookie) => kept(cookie),
        Err(denied) => guarded(refusal(&denied, &id)),
    }
}

async fn end(State(sessions): State<Arc<Sessions>>, id: RequestId, headers: HeaderMap) -> Response {
    if !is_from_here(&headers) {
        return guarded(refusal(&Denied::Elsewhere, &id));
    }
    kept(sessions.end(&headers))
}

fn kept(cookie: String) -> Response {
    guarded((StatusCode::NO_CONTENT, [(SET_COOKIE, cookie), (CACHE_CONTROL, "no-store".to_owned())]).into_response())
}
