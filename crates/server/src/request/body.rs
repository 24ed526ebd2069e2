//! Counts the bytes of a body as they are read.

use axum::body::{Body, HttpBody};
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

/// A body that counts.
pub(super) struct Counted {
    body: Body,
    bytes: Arc<AtomicU64>,
}

impl Counted {
    /// The body, and where its bytes are counted.
    pub(super) fn body(body: Body) -> (Body, Arc<AtomicU64>) {
        let bytes = Arc::<AtomicU64>::default();
        // Most requests of the API have none.
        if body.is_end_stream() {
            return (body, bytes);
        }
        (Body::new(Self { body, bytes: Arc::clone(&bytes) }), bytes)
    }
}

impl HttpBody for Counted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &frame {
            let length = frame.data_ref().map_or(0, Bytes::len);
            self.bytes.fetch_add(length as u64, Ordering::Relaxed);
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
