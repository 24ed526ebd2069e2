//! The ports: what comes in, what can be asked, and an end in which nothing is lost.

use crate::auth::{Guard, Sessions, TokenError, TokenKind, TokenStore, Unguarded};
use crate::receive::{Connections, Limits, ListenerLimits, Receiver, serve};
use crate::request::{self, RequestId};
use crate::server::Server;
use crate::settings::Settings;
use crate::shared::Shared;
use crate::{api, observe, ui};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, Uri};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use thiserror::Error;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::watch;

/// Ports that were had before anything was started.
#[derive(Debug)]
pub struct Network {
    grpc: TcpListener,
    http: TcpListener,
    api: TcpListener,
}

/// Why the network cannot be used.
#[derive(Debug, Error)]
pub enum NetworkError {
    /// A port cannot be had.
    #[error("cannot listen on {address} for {purpose}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// For what.
        purpose: &'static str,
        /// What the system says.
        source: io::Error,
    },
    /// Tokens cannot be read.
    #[error(transparent)]
    Tokens(#[from] TokenError),
    /// A port that others can reach has no tokens.
    #[error(transparent)]
    Unguarded(#[from] Unguarded),
}

/// How often tokens are read again, and readiness is looked at.
const EVERY: Duration = Duration::from_secs(1);

impl Network {
    /// Takes the ports.
    ///
    /// # Errors
    /// One of them cannot be had, or may not be served without tokens.
    pub async fn bind(settings: &Settings) -> Result<Self, NetworkError> {
        let network = Self {
            grpc: listen(settings.listen_grpc, "OTLP/gRPC").await?,
            http: listen(settings.listen_http, "OTLP/HTTP").await?,
            api: listen(settings.listen_api, "the API").await?,
        };
        // Told before anything is started, since nothing may be served then.
        network.guards(settings, &Arc::new(TokenStore::open(&settings.data)?))?;
        Ok(network)
    }

    /// What each port asks for.
    fn guards(&self, settings: &Settings, tokens: &Arc<TokenStore>) -> Result<[Guard; 3], Unguarded> {
        let requires = settings.requires_tokens;
        let guard = |address, kind| Guard::new(Arc::clone(tokens), address, requires, kind);
        let (grpc, http, api) = self.addresses();
        Ok([
            guard(grpc, TokenKind::Telemetry)?.trusting(settings.trust_grpc),
            guard(http, TokenKind::Telemetry)?.trusting(settings.trust_http),
            guard(api, TokenKind::Read)?,
        ])
    }

    /// Where OTLP/gRPC, OTLP/HTTP and the API are.
    ///
    /// # Panics
    /// Never: they are bound.
    pub fn addresses(&self) -> (SocketAddr, SocketAddr, SocketAddr) {
        let of = |listener: &TcpListener| listener.local_addr().expect("a listener that is bound");
        (of(&self.grpc), of(&self.http), of(&self.api))
    }

    /// Serves until `shutdown`, finishes what was received, and stops the server. Returns how many connections were cut off.
    ///
    /// # Errors
    /// A port may not be served without tokens. The server is stopped then, too.
    pub async fn run(self, server: Server, shutdown: impl Future<Output = ()>) -> Result<usize, NetworkError> {
        let served = self.serve(&server, shutdown).await;
        // Threads are waited for: what was handed in is stored.
        let stopped = tokio::task::spawn_blocking(move || server.stop()).await;
        if stopped.is_err() {
            tracing::error!("the server did not stop in order; its log has everything that was acknowledged");
        }
        served
    }

    async fn serve(self, server: &Server, shutdown: impl Future<Output = ()>) -> Result<usize, NetworkError> {
        let shared = &server.shared;
        let tokens = Arc::new(TokenStore::open(shared.directory.root())?);
        let [grpc, http, api] = self.guards(&shared.settings, &tokens)?;
        let receiver = Receiver::new(server.intake.clone(), Limits::default());
        let (grpc_address, http_address, _) = self.addresses();
        shared.set_listens(grpc_address, http_address);
        shared.set_receive_stats(Arc::clone(receiver.stats()));
        let routers = [receiver.grpc(grpc), receiver.http(http), router(shared, &api)];
        let (stop, stopping) = watch::channel(false);
        let watched = tokio::spawn(look_after(Arc::clone(shared), receiver, tokens, stopping.clone()));
        let limits = ListenerLimits { max_connections: shared.settings.connections(), ..ListenerLimits::default() };
        let mut serving = Vec::new();
        for (listener, router) in [self.grpc, self.http, self.api].into_iter().zip(routers) {
            let mut stopping = stopping.clone();
            let until = async move {
                // An error means that nobody can say so any more.
                let _ = stopping.wait_for(|stops| *stops).await;
            };
            let connections = Arc::new(Connections::default());
            serving.push(tokio::spawn(serve(listener, router, limits.clone(), connections, until)));
        }
        shutdown.await;
        shared.stop.set();
        let _ = stop.send(true);
        let mut cut = 0;
        for port in serving {
            cut += port.await.unwrap_or_default();
        }
        let _ = watched.await;
        Ok(cut)
    }
}

/// What the system holds of a connection that is not read: memory that no cap of ours sees, but the container's does. Enough for 20 MB/s at 10 ms.
const SOCKET_BYTES: u32 = 256 * 1024;
/// Connections that wait to be accepted; as many as the standard library lets wait.
const BACKLOG: u32 = 1024;

async fn listen(address: SocketAddr, purpose: &'static str) -> Result<TcpListener, NetworkError> {
    let bind = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        // As the standard library does, so that a port can be used again at once.
        socket.set_reuseaddr(true)?;
        // Connections have what their listener has.
        socket.set_recv_buffer_size(SOCKET_BYTES)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    bind().map_err(|source| NetworkError::Listen { address, purpose, source })
}

/// What is served on the port of the API.
fn router(shared: &Arc<Shared>, guard: &Guard) -> Router {
    let sessions = Arc::new(Sessions::new(guard.clone(), shared.settings.clock.clone()));
    let guarded = observe::metrics_router(Arc::clone(shared)).merge(api::router(Arc::clone(shared)));
    let guarded = guarded.layer(middleware::from_fn_with_state(Arc::clone(&sessions), check));
    let open = observe::health_router(Arc::clone(shared)).merge(ui::router(sessions));
    request::layer(open.merge(guarded).fallback(nothing_here))
}

/// Says to whoever looks around what there is.
async fn nothing_here(id: RequestId, uri: Uri) -> Response {
    let path: String = uri.path().chars().take(100).collect();
    let message = format!(
        "there is nothing at `{path}`: the API is below {0}, which {0}/openapi.json describes; beside it are /metrics, /live and /ready",
        api::ROOT
    );
    let body = axum::Json(serde_json::json!({ "code": "unknown-path", "message": message, "request_id": id.0 }));
    (StatusCode::NOT_FOUND, body).into_response()
}

/// Lets those pass who may do what they ask for, and says who they are.
async fn check(State(sessions): State<Arc<Sessions>>, id: RequestId, mut request: Request, next: Next) -> Response {
    let needed = api::needed(request.method(), request.uri().path());
    match sessions.check(request.method(), request.headers(), needed) {
        Ok(sender) => {
            request.extensions_mut().insert(sender);
            next.run(request).await
        }
        Err(denied) => ui::refusal(&denied, &id),
    }
}

/// Reads tokens again when they were changed, and says what cannot be seen from where it happens.
async fn look_after(
    shared: Arc<Shared>,
    receiver: Receiver,
    tokens: Arc<TokenStore>,
    mut stopping: watch::Receiver<bool>,
) {
    loop {
        receiver.set_ready(shared.is_ready());
        receiver.trim();
        shared.health.reserved_bytes.store(receiver.reserved_bytes() as u64, Relaxed);
        if let Err(error) = tokens.reload() {
            tracing::warn!(%error, "the tokens cannot be read again; those that were read stand");
        }
        tokio::select! {
            _ = stopping.wait_for(|stops| *stops) => return receiver.set_ready(false),
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}
