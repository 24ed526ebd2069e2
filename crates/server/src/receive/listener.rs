//! The loop behind every port: connections in, each served by HTTP/1 or HTTP/2 as its client speaks, all bounded.
//!
//! A connection may be slow or hostile; what it can hold of memory, time and places is limited here. Bodies are bounded by who
//! reads them.

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Version;
use hyper::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tower::ServiceExt;

/// What connections of one port may take.
#[derive(Clone, Debug)]
pub struct ListenerLimits {
    /// Most connections at once; further ones are closed when they come.
    pub max_connections: usize,
    /// How long a client may take to send the head of a request, and how long an HTTP/1 connection may be idle.
    pub header_timeout: Duration,
    /// How often an HTTP/2 connection is asked whether it still lives, and how long it may take to answer.
    pub keep_alive: Duration,
    /// Most requests at once on one HTTP/2 connection.
    pub max_streams: u32,
    /// Most bytes of a request's head.
    pub max_header_bytes: u32,
    /// How long requests may take to end when the server does.
    pub drain_timeout: Duration,
}

impl Default for ListenerLimits {
    fn default() -> Self {
        Self {
            // Collectors hold a few connections, fleets of SDKs one for each process.
            max_connections: 4_096,
            // Longer than the idle time of most pools, so that clients close first.
            header_timeout: Duration::from_secs(100),
            keep_alive: Duration::from_secs(20),
            // What HTTP/2 asks servers to allow at least.
            max_streams: 100,
            max_header_bytes: 16 * 1024,
            drain_timeout: Duration::from_secs(10),
        }
    }
}

/// Connections of one port, counted.
#[derive(Debug, Default)]
pub struct Connections {
    open: AtomicUsize,
    accepted: AtomicU64,
    refused: AtomicU64,
}

impl Connections {
    /// Connections that are open.
    pub fn open(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    /// Connections accepted so far.
    pub fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::Relaxed)
    }

    /// Connections refused so far because there were too many.
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }
}

/// Header lines of a request at most, in HTTP/1.
const MAX_HEADERS: usize = 100;
/// Bytes that may be on their way to one request, and to one connection, before it is read further in HTTP/2.
const STREAM_WINDOW_BYTES: u32 = 64 * 1024;
const CONNECTION_WINDOW_BYTES: u32 = 1024 * 1024;
/// Requests that were cancelled before they were looked at, at most, in HTTP/2.
const MAX_PENDING_RESETS: usize = 20;
/// How long to wait after the system refused a connection, for want of file descriptors mostly.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Bytes of a body that may lie here while nobody reads it, beside what every connection may hold.
pub(super) fn unread_bytes(version: Version) -> usize {
    if version < Version::HTTP_2 { 0 } else { STREAM_WINDOW_BYTES as usize }
}

/// Serves a port until `shutdown`, and then until its requests have ended or [`ListenerLimits::drain_timeout`] is over. Returns how many
/// connections were cut off.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: ListenerLimits,
    connections: Arc<Connections>,
    shutdown: impl Future<Output = ()>,
) -> usize {
    let builder = builder(&limits);
    let places = Arc::new(Semaphore::new(limits.max_connections));
    let (stop, stopping) = watch::channel(());
    let mut tasks = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            () = &mut shutdown => break,
            Some(_) = tasks.join_next() => continue,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            connections.refused.fetch_add(1, Ordering::Relaxed);
            continue;
        };
        connections.accepted.fetch_add(1, Ordering::Relaxed);
        let open = Open::new(Arc::clone(&connections));
        let serving =
            connection(stream, peer, builder.clone(), router.clone(), limits.header_timeout, stopping.clone());
        tasks.spawn(async move {
            let _held_while_open = (place, open);
            serving.await;
        });
    }
    drop((listener, stopping));
    // Nobody listens when no connection is open.
    let _ = stop.send(());
    let drained = async { while tasks.join_next().await.is_some() {} };
    let _ = timeout(limits.drain_timeout, drained).await;
    let cut = tasks.len();
    tasks.shutdown().await;
    cut
}

fn builder(limits: &ListenerLimits) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_timeout)
        .max_headers(MAX_HEADERS)
        .max_buf_size((limits.max_header_bytes as usize).max(8 * 1024));
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(limits.keep_alive)
        .keep_alive_timeout(limits.keep_alive)
        .max_concurrent_streams(limits.max_streams)
        .max_header_list_size(limits.max_header_bytes)
        .max_pending_accept_reset_streams(MAX_PENDING_RESETS)
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES);
    builder
}

/// Serves one connection until it ends, by itself or because all do.
async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    builder: Builder<TokioExecutor>,
    router: Router,
    first_request: Duration,
    mut stopping: watch::Receiver<()>,
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%peer, %error, "answers may be delayed");
    }
    let has_asked = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&has_asked);
    let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
        seen.store(true, Ordering::Relaxed);
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().oneshot(request.map(Body::new))
    });
    let mut serving = pin!(builder.serve_connection(TokioIo::new(stream), service));
    let mut first_deadline = pin!(sleep(first_request));
    let mut waits_for_first = true;
    let mut has_stopped = false;
    loop {
        tokio::select! {
            ended = serving.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(%peer, %error, "a connection broke");
                }
                return;
            }
            // The timeouts of the protocols begin when it is known which is spoken; this one counts from the start.
            () = first_deadline.as_mut(), if waits_for_first => {
                waits_for_first = false;
                if !has_asked.load(Ordering::Relaxed) {
                    return;
                }
            }
            _ = stopping.changed(), if !has_stopped => {
                has_stopped = true;
                serving.as_mut().graceful_shutdown();
            }
        }
    }
}

/// Counts a connection as open while it lives.
struct Open(Arc<Connections>);

impl Open {
    fn new(connections: Arc<Connections>) -> Self {
        connections.open.fetch_add(1, Ordering::Relaxed);
        Self(connections)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}
