//! The bytes of one request, read into memory that was reserved for them before.
//!
//! A request whose length is known is read once all of it fits, and waits unread until then: its sender is held up by its own connection, and no
//! memory is spent on halves of requests that could not be ended. Who then sends slower than networks do keeps what has come, and no more.

use super::problem::Problem;
use super::stats::Protocol;
use super::unpack::Encoding;
use super::{Shared, listener};
use crate::budget::{Budget, Reservation};
use crate::buffer::{Buffer, Buffers};
use axum::body::Body;
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderMap, Version};
use bytes::Bytes;
use http_body_util::BodyExt;
use std::io;
use std::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};

/// The bytes of a request and the memory that they may take, decompressed too.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) bytes: Bytes,
    pub(crate) reservation: Reservation,
}

/// Reads a body piece by piece.
pub(crate) struct BodyReader<'r> {
    shared: &'r Shared,
    protocol: Protocol,
    version: Version,
    body: Body,
    buffer: Buffer,
    reservation: Reservation,
    began: Instant,
    /// What is reserved is for bytes that are still to come.
    is_ahead: bool,
}

/// What is reserved for a body of unknown length until more has come.
const FIRST_BYTES: usize = 32 * 1024;
/// A sender whose whole body is reserved may begin so late, and then be so slow, before only what has come is.
const AHEAD_TIME: Duration = Duration::from_millis(500);
const AHEAD_BYTES_PER_SECOND: usize = 1024 * 1024;

impl<'r> BodyReader<'r> {
    /// Begins to read a body: when there is room for what is announced, or soon is, and not at all if it is too large.
    pub(crate) async fn new(
        shared: &'r Shared,
        protocol: Protocol,
        (version, headers): (Version, &HeaderMap),
        body: Body,
        encoding: Encoding,
    ) -> Result<Self, Problem> {
        let most = shared.limits.max_body_bytes;
        let announced = headers.get(CONTENT_LENGTH).and_then(|text| text.to_str().ok()?.parse::<u64>().ok());
        let announced = announced.map(|bytes| usize::try_from(bytes).unwrap_or(usize::MAX));
        if announced.is_some_and(|bytes| bytes > most) {
            return Err(too_large(most));
        }
        let (is_ahead, first) = (announced.is_some(), announced.unwrap_or(FIRST_BYTES.min(most)));
        let reservation = shared.room.admit(shared.unpacker.needs(first, encoding), version).await?;
        let buffer = shared.buffers.buffer(first).map_err(|error| no_memory(&error))?;
        let began = Instant::now();
        Ok(Self { shared, protocol, version, body, buffer, reservation, began, is_ahead })
    }

    /// What was read so far.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.buffer.bytes()
    }

    /// Says how many bytes there will be; goes on when there is room for them.
    pub(crate) async fn expect(&mut self, bytes: usize, encoding: Encoding) -> Result<(), Problem> {
        let needs = self.shared.unpacker.needs(bytes, encoding);
        self.shared.room.grow(&mut self.reservation, needs, self.version).await?;
        (self.began, self.is_ahead) = (Instant::now(), true);
        if bytes > self.buffer.capacity() { self.resize(bytes) } else { Ok(()) }
    }

    /// Reads on; `false` at the end.
    pub(crate) async fn more(&mut self) -> Result<bool, Problem> {
        let Some(data) = self.data().await? else { return Ok(false) };
        self.shared.stats.received(self.protocol, data.len());
        let (length, most) = (self.bytes().len() + data.len(), self.shared.limits.max_body_bytes);
        if length > most {
            return Err(too_large(most));
        }
        if length > self.buffer.capacity() {
            let larger = (2 * length).min(most);
            if !self.reservation.try_grow(Buffers::capacity_for(larger)) {
                return Err(Problem::busy());
            }
            self.resize(larger)?;
        }
        self.buffer.extend(&data);
        Ok(true)
    }

    /// Reads all of it.
    pub(crate) async fn all(mut self) -> Result<Held, Problem> {
        while self.more().await? {}
        Ok(self.finish())
    }

    /// What was read.
    pub(crate) fn finish(self) -> Held {
        Held { bytes: self.buffer.into_bytes(), reservation: self.reservation }
    }

    /// The next bytes; `None` at the end.
    async fn data(&mut self) -> Result<Option<Bytes>, Problem> {
        let most = self.shared.limits.body_timeout;
        let deadline = self.began + most;
        loop {
            let until = if self.is_ahead { deadline.min(self.ahead_until()) } else { deadline };
            match timeout_at(until, self.body.frame()).await {
                Ok(None) => return Ok(None),
                // What is no data are trailers, which say nothing here.
                Ok(Some(Ok(frame))) => return Ok(Some(frame.into_data().unwrap_or_default())),
                Ok(Some(Err(error))) => {
                    return Err(Problem::unreadable(format!("the request ends too early: {error}")));
                }
                Err(_) if until < deadline => self.fall_behind()?,
                Err(_) => return Err(Problem::TooSlow(most)),
            }
        }
    }

    /// Until when more has to come for what is reserved to stay so.
    fn ahead_until(&self) -> Instant {
        let received = self.bytes().len() as u64 * 1_000_000 / AHEAD_BYTES_PER_SECOND as u64;
        self.began + AHEAD_TIME + Duration::from_micros(received)
    }

    /// Holds what has come, and no more.
    fn fall_behind(&mut self) -> Result<(), Problem> {
        self.is_ahead = false;
        let kept = self.bytes().len().max(FIRST_BYTES);
        // Otherwise most of it has come.
        if 2 * kept <= self.buffer.capacity() {
            self.resize(kept)?;
            self.reservation.shrink(self.buffer.capacity());
        }
        Ok(())
    }

    fn resize(&mut self, bytes: usize) -> Result<(), Problem> {
        let mut buffer = self.shared.buffers.buffer(bytes).map_err(|error| no_memory(&error))?;
        buffer.extend(self.bytes());
        self.buffer = buffer;
        Ok(())
    }
}

/// Where requests come in: those that do not fit wait for a while, as many of them as what their connections hold of them allows.
#[derive(Clone, Debug)]
pub(crate) struct Room {
    budget: Budget,
    /// What has come of those that wait.
    waiting: Budget,
    longest_wait: Duration,
}

impl Room {
    pub(crate) fn new(budget: Budget, longest_wait: Duration) -> Self {
        let waiting = Budget::new(budget.capacity() / 8);
        Self { budget, waiting, longest_wait }
    }

    /// Reserves bytes, now or soon.
    async fn admit(&self, bytes: usize, version: Version) -> Result<Reservation, Problem> {
        if let Some(reservation) = self.budget.try_reserve(bytes) {
            return Ok(reservation);
        }
        let _place = self.place(version)?;
        let reserved = timeout(self.longest_wait, self.budget.reserve(bytes)).await;
        reserved.ok().flatten().ok_or_else(Problem::busy)
    }

    /// Reserves so many bytes altogether, now or soon.
    async fn grow(&self, reservation: &mut Reservation, bytes: usize, version: Version) -> Result<(), Problem> {
        if reservation.try_grow(bytes) {
            return Ok(());
        }
        let _place = self.place(version)?;
        let has_grown = timeout(self.longest_wait, reservation.grow(bytes)).await;
        if has_grown == Ok(true) { Ok(()) } else { Err(Problem::busy()) }
    }

    /// Bytes that requests may hold that wait.
    pub(crate) fn waiting_bytes(&self) -> usize {
        self.waiting.reserved()
    }

    fn place(&self, version: Version) -> Result<Option<Reservation>, Problem> {
        match listener::unread_bytes(version) {
            0 => Ok(None),
            bytes => self.waiting.try_reserve(bytes).map(Some).ok_or_else(Problem::busy),
        }
    }
}

/// The problem of a body of more than so many bytes.
pub(crate) fn too_large(most: usize) -> Problem {
    Problem::TooLarge(format!("a request has at most {most} bytes; send fewer events in one"))
}

/// The system has less memory than was promised; others may give some back.
pub(crate) fn no_memory(error: &io::Error) -> Problem {
    tracing::warn!(%error, "the system has no memory for a request");
    Problem::busy()
}
