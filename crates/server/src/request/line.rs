//! The line of a request: how it was answered, after how long, how large it was.

use super::RequestId;
use axum::body::HttpBody as _;
use axum::extract::{MatchedPath, Request};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Where lines of requests are switched on and off.
const TARGET: &str = "milepost::requests";

/// A line of one level, which must be known when this is compiled.
macro_rules! line {
    ($level:ident, $line:expr, $status:expr, $sent_bytes:expr) => {
        tracing::$level!(
            target: TARGET,
            method = $line.method,
            route = $line.route(),
            status = $status,
            request_id = $line.id.0,
            duration_ms = $line.duration_ms(),
            received_bytes = $line.received.load(Ordering::Relaxed),
            sent_bytes = $sent_bytes,
            "a request"
        )
    };
}

/// What a response says in HTTP that has another way to say it: gRPC answers everything with 200.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AnsweredAs(pub(crate) StatusCode);

/// A request that is worked on. Where its sender goes away before it is answered, that is what is told.
pub(super) struct Line {
    id: RequestId,
    method: &'static str,
    route: Option<MatchedPath>,
    began: Instant,
    received: Arc<AtomicU64>,
    is_told: bool,
}

/// What proxies write when a sender went away.
const GONE: u16 = 499;

impl Line {
    pub(super) fn new(request: &Request, id: RequestId, received: Arc<AtomicU64>) -> Self {
        let route = request.extensions().get::<MatchedPath>().cloned();
        Self { id, method: method(request.method()), route, began: Instant::now(), received, is_told: false }
    }

    pub(super) fn answered(mut self, response: &Response) {
        let answered = response.extensions().get::<AnsweredAs>().map_or(response.status(), |answered| answered.0);
        // A stream has no size yet.
        self.tell(answered.as_u16(), response.body().size_hint().exact());
    }

    fn tell(&mut self, status: u16, sent_bytes: Option<u64>) {
        self.is_told = true;
        match status {
            500.. => line!(warn, self, status, sent_bytes),
            400..500 => line!(info, self, status, sent_bytes),
            _ => line!(debug, self, status, sent_bytes),
        }
    }

    fn route(&self) -> &str {
        // What is served nowhere is not said again: it may be anything.
        self.route.as_ref().map_or("none", MatchedPath::as_str)
    }

    fn duration_ms(&self) -> f64 {
        // To the microsecond.
        (self.began.elapsed().as_secs_f64() * 1e6).round() / 1e3
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if !self.is_told {
            self.tell(GONE, None);
        }
    }
}

/// The method, where it is one that anybody means.
fn method(method: &Method) -> &'static str {
    const KNOWN: [Method; 7] =
        [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS, Method::PATCH];
    const NAMES: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"];
    KNOWN.iter().position(|known| known == method).map_or("other", |at| NAMES[at])
}
