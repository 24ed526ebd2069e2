//! Bodies of HTTP/1 that were refused before they were read: the rest is thrown away as it comes.
//!
//! A connection that is closed while its client still sends loses the answer, and with it the hint when to try again. So the rest is
//! read without being kept, for a short time and up to the size that a body may have; then the connection can be used again. All of that together
//! goes at a bounded pace: who is refused is held up by what it sends, and costs little of the time that is there for those who are not.

use super::Port;
use axum::body::{Body, HttpBody};
use axum::extract::{Request, State};
use axum::http::Version;
use axum::http::header::EXPECT;
use axum::middleware::Next;
use axum::response::Response;
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Frame, SizeHint};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::time::{Instant, sleep_until, timeout};

/// Longest that the rest of a body is waited for.
const LINGER: Duration = Duration::from_secs(8);

/// A body whose rest is thrown away when it is dropped.
struct Lingering {
    body: Body,
    has_ended: bool,
    most: usize,
    wait: Duration,
    pace: Arc<Pace>,
}

/// How fast all bodies together are thrown away.
#[derive(Debug)]
pub(super) struct Pace {
    /// When the next bytes may be read.
    next: Mutex<Instant>,
}

/// About a twentieth of what one processor can read, and a second for a hundred requests of usual size.
const BYTES_PER_SECOND: u64 = 32 * 1024 * 1024;

impl Default for Pace {
    fn default() -> Self {
        Self { next: Mutex::new(Instant::now()) }
    }
}

impl Pace {
    /// Waits for as long as so many bytes take.
    async fn wait(&self, bytes: usize) {
        let time = Duration::from_nanos(bytes as u64 * 1_000_000_000 / BYTES_PER_SECOND);
        let until = {
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            *next = (*next).max(Instant::now()) + time;
            *next
        };
        sleep_until(until).await;
    }
}

/// Lets bodies linger, where that is needed: HTTP/2 ends a request without its connection, and who waits to be asked for a body has
/// sent none.
pub(super) async fn layer(State(port): State<Port>, request: Request, next: Next) -> Response {
    if request.version() > Version::HTTP_11 || request.headers().contains_key(EXPECT) {
        return next.run(request).await;
    }
    let (most, wait) = (port.shared.limits.max_body_bytes, port.shared.limits.body_timeout.min(LINGER));
    let pace = Arc::clone(&port.shared.pace);
    next.run(request.map(|body| Body::new(Lingering { body, has_ended: false, most, wait, pace }))).await
}

impl HttpBody for Lingering {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        self.has_ended |= matches!(frame, Poll::Ready(None | Some(Err(_))));
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Lingering {
    fn drop(&mut self) {
        if self.has_ended || self.body.is_end_stream() {
            return;
        }
        let (mut body, mut left, wait) = (std::mem::take(&mut self.body), self.most, self.wait);
        let pace = Arc::clone(&self.pace);
        let discard = async move {
            while let Some(Ok(frame)) = body.frame().await {
                let length = frame.data_ref().map_or(0, Bytes::len);
                match left.checked_sub(length) {
                    Some(rest) => left = rest,
                    None => return,
                }
                pace.wait(length).await;
            }
        };
        // Without a runtime there is no connection to save.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(timeout(wait, discard));
        }
    }
}
