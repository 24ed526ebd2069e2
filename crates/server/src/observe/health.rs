//! Whether the process should be left alone, and whether telemetry should be sent to it.

use crate::shared::Shared;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use std::sync::Arc;

/// An answer, with the reasons where it is no.
#[derive(Debug, Serialize)]
pub(super) struct Verdict {
    status: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<String>,
}

/// Not live when a thread is stuck or dead: a restart brings everything back from the log.
pub(super) async fn live(State(shared): State<Arc<Shared>>) -> (StatusCode, Json<Verdict>) {
    verdict(shared.health.thread_reasons())
}

/// Not ready when telemetry would be refused.
pub(super) async fn ready(State(shared): State<Arc<Shared>>) -> (StatusCode, Json<Verdict>) {
    let mut reasons = shared.health.thread_reasons();
    reasons.extend(shared.health.storing_error().map(|error| format!("telemetry cannot be stored: {error}")));
    verdict(reasons)
}

fn verdict(reasons: Vec<String>) -> (StatusCode, Json<Verdict>) {
    match reasons.is_empty() {
        true => (StatusCode::OK, Json(Verdict { status: "ok", reasons })),
        false => (StatusCode::SERVICE_UNAVAILABLE, Json(Verdict { status: "failing", reasons })),
    }
}
