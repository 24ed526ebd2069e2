//! The ports: what comes in, what can be asked, and an end in which nothing is lost.

use crate::observe;
use crate::server::Server;
use crate::settings::Settings;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use thiserror::Error;
use tokio::net::TcpListener;

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
}

impl Network {
    /// Takes the ports.
    ///
    /// # Errors
    /// One of them cannot be had.
    pub async fn bind(settings: &Settings) -> Result<Self, NetworkError> {
        Ok(Self {
            grpc: listen(settings.listen_grpc, "OTLP/gRPC").await?,
            http: listen(settings.listen_http, "OTLP/HTTP").await?,
            api: listen(settings.listen_api, "the API").await?,
        })
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
    /// A port fails.
    pub async fn run(self, server: Server, shutdown: impl Future<Output = ()>) -> Result<usize, NetworkError> {
        let router = observe::router(Arc::clone(&server.shared));
        let _ = axum::serve(self.api, router).with_graceful_shutdown(async {}).await;
        shutdown.await;
        server.stop();
        Ok(0)
    }
}

async fn listen(address: SocketAddr, purpose: &'static str) -> Result<TcpListener, NetworkError> {
    TcpListener::bind(address).await.map_err(|source| NetworkError::Listen { address, purpose, source })
}
