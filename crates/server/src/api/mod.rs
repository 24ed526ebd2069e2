//! The HTTP API: the nouns of the registry with what was counted of them, as JSON and as CSV.
//!
//! `routes::ROUTES` is the one table of what can be asked: the router, the check of parameters and the OpenAPI document are made from it. An answer
//! is a plain function from an `ask::Ask` to a body; it runs on a thread that may wait for files, and never holds a lock while it does.
//! `commands::COMMANDS` is the table of what can be done, each by who holds the token that it names. Who that is is not decided here.

mod ask;
mod attribution;
mod body;
mod changes;
mod commands;
mod csv;
mod events;
mod expected;
mod impact;
mod incidents;
mod index;
mod ingest;
mod kpis;
mod live;
mod measure;
mod objectives;
mod openapi;
mod operations;
mod paging;
mod problem;
mod products;
mod registry;
mod reply;
mod routes;
mod series;
mod services;
mod severity;
mod slo_agreed;
mod slo_series;
mod slos;
mod sources;
mod span;
mod steps;

pub(crate) use commands::needed;
pub use openapi::document as openapi;

use crate::auth::Sender;
use crate::request::{self, RequestId};
use crate::shared::Shared;
use ask::Ask;
use axum::Router;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use axum::routing::{get, post};
use commands::COMMANDS;
use index::Index;
use problem::Problem;
use routes::{ROUTES, Route};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// Where everything is.
pub(crate) const ROOT: &str = "/api/v1";

/// What answers may take together.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Answers that are worked on at once.
    pub concurrent: usize,
    /// How long a request waits until it is worked on, before it is refused.
    pub wait: Duration,
    /// Those that follow `/events` at once.
    pub subscribers: usize,
}

impl Default for Limits {
    fn default() -> Self {
        // An answer may read weeks of the minute log; a few at once keep the disk and the cores busy, and telemetry goes first.
        Self { concurrent: 8, wait: Duration::from_secs(2), subscribers: 256 }
    }
}

/// What all requests share.
#[derive(Clone)]
pub(crate) struct Api {
    shared: Arc<Shared>,
    index: Arc<Index>,
    places: Arc<Semaphore>,
    wait: Duration,
    feed: Arc<events::Feed>,
}

/// The API of a server, with the usual limits.
pub fn router(shared: Arc<Shared>) -> Router {
    router_with(shared, Limits::default())
}

/// The API of a server.
pub fn router_with(shared: Arc<Shared>, limits: Limits) -> Router {
    let index = Arc::new(Index::default());
    let api = Api {
        places: Arc::new(Semaphore::new(limits.concurrent)),
        wait: limits.wait,
        feed: Arc::new(events::Feed::new(&shared, Arc::clone(&index), limits.subscribers)),
        index,
        shared,
    };
    let mut router = Router::new();
    for route in ROUTES {
        let answer = move |State(api): State<Api>, id: RequestId, path: PathOr, request: Request| async move {
            // No name is anything but UTF-8.
            let Ok(path) = path else {
                return Problem::no_route(&format!("{ROOT}{}", request.uri().path())).response(&id);
            };
            let path = path.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            api.answer(route, id, path, request.uri(), request.headers()).await
        };
        router = router.route(route.path, get(answer));
    }
    for command in COMMANDS {
        let answer = move |State(api): State<Api>, id: RequestId, path: RawPathParams, request: Request| async move {
            let path = path.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            let (parts, body) = request.into_parts();
            let sender = parts.extensions.get::<Sender>().cloned().unwrap_or(Sender::Local);
            api.command(command, id, path, (&parts.uri, &parts.headers, sender), body).await
        };
        router = router.route(command.path, post(answer));
    }
    let router = router
        .route(openapi::PATH, get(openapi::serve))
        .route(events::PATH, get(events::serve))
        .route(incidents::REPORT, get(incidents::report))
        .method_not_allowed_fallback(|id: RequestId| async move { Problem::Method.response(&id) })
        .fallback(
            |id: RequestId, uri: Uri| async move { Problem::no_route(&format!("{ROOT}{}", uri.path())).response(&id) },
        )
        .with_state(api);
    Router::new().nest(ROOT, request::layer(router))
}

/// What a path holds in the places of a route.
type PathOr = Result<RawPathParams, RawPathParamsRejection>;

impl Api {
    async fn answer(
        self,
        route: &'static Route,
        id: RequestId,
        path: Vec<(String, String)>,
        uri: &Uri,
        headers: &HeaderMap,
    ) -> Response {
        let wanted = match reply::Wanted::new(route, uri, headers) {
            Ok(wanted) => wanted,
            Err(problem) => return problem.response(&id),
        };
        let Ok(Ok(place)) = timeout(self.wait, Arc::clone(&self.places).acquire_owned()).await else {
            return Problem::Busy.response(&id);
        };
        let work = move || {
            let _held_while_working = place;
            let ask = Ask::new(&self.shared, &self.index, path, &wanted);
            (route.answer)(&ask).map(|reply| reply.response(&wanted, route.is_of_now))
        };
        match tokio::task::spawn_blocking(work).await {
            Ok(Ok(response)) => response,
            Ok(Err(problem)) => problem.response(&id),
            Err(error) => Problem::Internal(error.to_string()).response(&id),
        }
    }
}
