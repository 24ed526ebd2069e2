//! What watches the server: `/live`, `/ready` and `/metrics`.

mod health;
mod metrics;
mod text;

use crate::shared::Shared;
use axum::Router;
use axum::routing::get;
use std::sync::Arc;

/// The routes. They need no token where they need none to be reached: they tell numbers and names of steps, nothing of users.
pub fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/live", get(health::live))
        .route("/ready", get(health::ready))
        .route("/metrics", get(metrics::metrics))
        .with_state(shared)
}
