//! What watches the server: `/live`, `/ready` and `/metrics`, and metrics written to where they are kept.

mod accept;
mod family;
mod health;
mod metrics;
mod open;
mod protobuf;
mod remote_write;
mod severity;
mod slos;
mod text;

pub(crate) use remote_write::RemoteWriter;

use crate::shared::Shared;
use axum::Router;
use axum::routing::get;
use std::sync::Arc;

/// `/live` and `/ready`, which nobody needs a token for.
pub fn health_router(shared: Arc<Shared>) -> Router {
    Router::new().route("/live", get(health::live)).route("/ready", get(health::ready)).with_state(shared)
}

/// `/metrics`.
pub fn metrics_router(shared: Arc<Shared>) -> Router {
    Router::new().route("/metrics", get(metrics::metrics)).with_state(shared)
}
