//! The bytes of one request, read into memory that was reserved for them before.
//!
//! Memory is reserved for what has come, not for what is announced: a sender who announces much and sends little holds little.
//! What is announced and does not fit is refused at once.

use super::problem::Problem;
use super::{Limits, ReceiveStats, stats::Protocol};
use crate::budget::{Budget, Reservation};
use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_LENGTH;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// The bytes of a request and the memory that they may take.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) bytes: Bytes,
    pub(crate) reservation: Reservation,
}

/// Reads a body piece by piece.
pub(crate) struct BodyReader<'r> {
    body: Body,
    buffer: BytesMut,
    reservation: Reservation,
    /// How many bytes there will be, as far as that is known.
    expected: usize,
    /// Most bytes that there may be.
    most: usize,
    timeout: Duration,
    deadline: Instant,
    stats: &'r ReceiveStats,
    protocol: Protocol,
}

/// The least that is reserved for a body that is not known to be smaller.
const FIRST_BYTES: usize = 8 * 1024;

impl<'r> BodyReader<'r> {
    /// Begins to read a body, unless it is announced to be too large or larger than what memory is left.
    pub(crate) fn new(
        headers: &HeaderMap,
        body: Body,
        limits: &Limits,
        budget: &Budget,
        (stats, protocol): (&'r ReceiveStats, Protocol),
    ) -> Result<Self, Problem> {
        let most = limits.max_body_bytes;
        let announced = headers.get(CONTENT_LENGTH).and_then(|text| text.to_str().ok()?.parse::<u64>().ok());
        let announced = announced.map(|bytes| usize::try_from(bytes).unwrap_or(usize::MAX));
        if announced.is_some_and(|bytes| bytes > most) {
            return Err(too_large(most));
        }
        let expected = announced.unwrap_or(0);
        if expected > budget.capacity() - budget.reserved() {
            return Err(Problem::busy());
        }
        let reservation = budget.try_reserve(1).ok_or_else(Problem::busy)?;
        let deadline = Instant::now() + limits.body_timeout;
        let buffer = BytesMut::new();
        Ok(Self { body, buffer, reservation, expected, most, timeout: limits.body_timeout, deadline, stats, protocol })
    }

    /// What was read so far.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.buffer
    }

    /// Says how many bytes there will be.
    pub(crate) fn expect(&mut self, bytes: usize) {
        self.expected = bytes;
    }

    /// Reads on; `false` at the end.
    pub(crate) async fn more(&mut self) -> Result<bool, Problem> {
        let frame = timeout_at(self.deadline, self.body.frame()).await.map_err(|_| Problem::TooSlow(self.timeout))?;
        let Some(frame) = frame else { return Ok(false) };
        let frame = frame.map_err(|error| Problem::unreadable(format!("the request ends too early: {error}")))?;
        // What is no data are trailers, which say nothing here.
        let Ok(data) = frame.into_data() else { return Ok(true) };
        self.stats.received(self.protocol, data.len());
        let length = self.buffer.len() + data.len();
        if length > self.most {
            return Err(too_large(self.most));
        }
        if length > self.buffer.capacity() {
            let doubled = (2 * length).max(FIRST_BYTES);
            let capacity = if self.expected >= length { doubled.min(self.expected) } else { doubled.min(self.most) };
            if !self.reservation.try_grow(capacity) {
                return Err(Problem::busy());
            }
            self.buffer.reserve(capacity - self.buffer.len());
        }
        self.buffer.extend_from_slice(&data);
        Ok(true)
    }

    /// Reads all of it.
    pub(crate) async fn all(mut self) -> Result<Held, Problem> {
        while self.more().await? {}
        Ok(self.finish())
    }

    /// What was read.
    pub(crate) fn finish(self) -> Held {
        Held { bytes: self.buffer.freeze(), reservation: self.reservation }
    }
}

/// The problem of a body of more than so many bytes.
pub(crate) fn too_large(most: usize) -> Problem {
    Problem::TooLarge(format!("a request has at most {most} bytes; send fewer events in one"))
}
