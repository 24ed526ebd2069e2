//! Bodies of HTTP/1 that were refused before they were read: the rest is thrown away as it comes.
//!
//! A connection that is closed while its client still sends loses the answer, and with it the hint when to try again. So the rest is
//! read without being kept, for a short time and up to the size that a body may have; then the connection can be used again.

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
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::time::timeout;

/// Longest that the rest of a body is waited for.
const LINGER: Duration = Duration::from_secs(5);

/// A body whose rest is thrown away when it is dropped.
struct Lingering {
    body: Body,
    has_ended: bool,
    most: usize,
    wait: Duration,
}

/// Lets bodies linger, where that is needed: HTTP/2 ends a request without its connection, and who waits to be asked for a body has
/// sent none.
pub(super) async fn layer(State(port): State<Port>, request: Request, next: Next) -> Response {
    if request.version() > Version::HTTP_11 || request.headers().contains_key(EXPECT) {
        return next.run(request).await;
    }
    let (most, wait) = (port.shared.limits.max_body_bytes, port.shared.limits.body_timeout.min(LINGER));
    next.run(request.map(|body| Body::new(Lingering { body, has_ended: false, most, wait }))).await
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
        let discard = async move {
            while let Some(Ok(frame)) = body.frame().await {
                let length = frame.data_ref().map_or(0, Bytes::len);
                match left.checked_sub(length) {
                    Some(rest) => left = rest,
                    None => return,
                }
            }
        };
        // Without a runtime there is no connection to save.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(timeout(wait, discard));
        }
    }
}
