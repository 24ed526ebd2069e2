//! A receiver behind two ports of this machine.

use super::intake;
use milepost_server::auth::{Guard, TokenKind, TokenStore};
use milepost_server::receive::{Answer, Connections, Limits, ListenerLimits, Protocol, Receiver, serve};
use milepost_server::{Budget, Intake};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub(crate) struct Server {
    pub(crate) grpc: SocketAddr,
    pub(crate) http: SocketAddr,
    pub(crate) receiver: Receiver,
    pub(crate) budget: Budget,
    pub(crate) connections: Arc<Connections>,
    pub(crate) tokens: Arc<TokenStore>,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<usize>>,
    folder: TempDir,
}

/// How a server is started.
pub(crate) struct Options {
    pub(crate) limits: Limits,
    pub(crate) listener: ListenerLimits,
    pub(crate) budget: Budget,
    /// Made of the budget; one that reads, unless a test wants another.
    pub(crate) intake: Option<Intake>,
    /// Tokens that exist, and are required if there are any.
    pub(crate) tokens: Vec<TokenKind>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            listener: ListenerLimits::default(),
            budget: Budget::new(256 * 1024 * 1024),
            intake: None,
            tokens: Vec::new(),
        }
    }
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::with(Options::default()).await.0
    }

    /// A server, and the secrets of its tokens.
    pub(crate) async fn with(options: Options) -> (Self, Vec<String>) {
        let folder = TempDir::new().unwrap();
        let tokens = Arc::new(TokenStore::open(folder.path()).unwrap());
        let now = "2026-03-02T14:00:00Z".parse().unwrap();
        let secrets = options.tokens.iter().map(|kind| tokens.create(*kind, "a test", now).unwrap().1).collect();
        let intake = options.intake.unwrap_or_else(|| intake::reading(options.budget.clone()));
        let receiver = Receiver::new(intake, options.limits);
        let connections = Arc::new(Connections::default());
        let (stop, stopping) = watch::channel(false);
        let (mut addresses, mut tasks) = (Vec::new(), Vec::new());
        for is_grpc in [true, false] {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
            let address = listener.local_addr().unwrap();
            let requires_tokens = !options.tokens.is_empty();
            let guard = Guard::new(Arc::clone(&tokens), address, requires_tokens, TokenKind::Telemetry).unwrap();
            let router = if is_grpc { receiver.grpc(guard) } else { receiver.http(guard) };
            let mut stopping = stopping.clone();
            let shutdown = async move { drop(stopping.wait_for(|stop| *stop).await) };
            let serving = serve(listener, router, options.listener.clone(), Arc::clone(&connections), shutdown);
            tasks.push(tokio::spawn(serving));
            addresses.push(address);
        }
        let (grpc, http) = (addresses[0], addresses[1]);
        let budget = options.budget;
        (Self { grpc, http, receiver, budget, connections, tokens, stop, tasks, folder }, secrets)
    }

    /// Where its tokens are.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn count(&self, protocol: Protocol, answer: Answer) -> u64 {
        self.receiver.stats().snapshot().count(protocol, answer)
    }

    /// Stops it; how many connections were cut off.
    pub(crate) async fn stop(self) -> usize {
        self.stop.send(true).unwrap();
        let mut cut = 0;
        for task in self.tasks {
            cut += task.await.unwrap();
        }
        cut
    }
}
