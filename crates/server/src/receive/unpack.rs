//! Decompression with bounds: on what comes out, on how many times more that is than what went in, and on memory.
//!
//! Also all other work on whole bodies, which is done here so that no thread that waits for the network does it for long.

use super::Limits;
use super::body::{Held, no_memory};
use super::problem::Problem;
use crate::buffer::Buffers;
use axum::http::HeaderValue;
use flate2::bufread::MultiGzDecoder;
use std::io::{ErrorKind, Read};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// How a body is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Identity,
    Gzip,
    Zstd,
}

/// What gzip and zstd begin with; no line of a log does.
const GZIP_MAGIC: [u8; 3] = [0x1f, 0x8b, 8];
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Bodies up to this size are worked on where they were read: handing them over costs more.
const INLINE_BYTES: usize = 16 * 1024;
/// Compressed bodies up to this size are; 1,000 times more is done within a few milliseconds.
const INLINE_COMPRESSED_BYTES: usize = 2 * 1024;
/// How much may come out of next to nothing, whatever its ratio: small requests of equal events compress well.
const RATIO_FREE_BYTES: usize = 64 * 1024;
/// The least that is made room for.
const LEAST_BYTES: usize = 1024;
/// What is expected to come out of telemetry, as a multiple of what went in.
const USUAL_RATIO: usize = 8;
/// The most that a zstd stream may ask to remember, as a power of two: 8 MiB, what levels up to 19 ask for. It is not in the
/// budget, but as few streams as there are threads are decompressed at once.
const ZSTD_WINDOW_LOG: u32 = 23;

impl Encoding {
    /// What `Content-Encoding` or `grpc-encoding` names.
    pub(crate) fn named(name: Option<&HeaderValue>) -> Result<Self, Problem> {
        let Some(name) = name else { return Ok(Self::Identity) };
        let name = name.as_bytes();
        [("identity", Self::Identity), ("gzip", Self::Gzip), ("zstd", Self::Zstd)]
            .into_iter()
            .find(|(known, _)| name.eq_ignore_ascii_case(known.as_bytes()))
            .map(|(_, encoding)| encoding)
            .ok_or_else(|| {
                Problem::Unsupported("a request may be compressed by gzip or zstd, not otherwise".to_owned())
            })
    }

    /// How lines are compressed by what they begin with, where no header says so: files are sent as they lie.
    pub(crate) fn or_of_lines(self, body: &[u8]) -> Self {
        match self {
            Self::Identity if body.starts_with(&GZIP_MAGIC) => Self::Gzip,
            Self::Identity if body.starts_with(&ZSTD_MAGIC) => Self::Zstd,
            named => named,
        }
    }
}

/// Where bodies are worked on: so many at once as there are threads for it.
#[derive(Clone, Debug)]
pub(crate) struct Unpacker {
    threads: Arc<Semaphore>,
    buffers: Buffers,
    max_bytes: usize,
    max_ratio: usize,
}

impl Unpacker {
    pub(crate) fn new(limits: &Limits, buffers: Buffers) -> Self {
        let threads = Arc::new(Semaphore::new(limits.unpack_threads.max(1)));
        Self { threads, buffers, max_bytes: limits.max_unpacked_bytes, max_ratio: limits.max_ratio }
    }

    /// The memory that a body of so many bytes is expected to need, until it is decompressed.
    pub(crate) fn needs(&self, bytes: usize, encoding: Encoding) -> usize {
        let unpacked = match encoding {
            Encoding::Identity => 0,
            Encoding::Gzip | Encoding::Zstd => Buffers::capacity_for((USUAL_RATIO * bytes).min(self.max_bytes)),
        };
        Buffers::capacity_for(bytes) + unpacked
    }

    /// Decompresses a body and looks at it.
    pub(crate) async fn unpack<T: Send + 'static>(
        &self,
        held: Held,
        encoding: Encoding,
        look: impl FnOnce(&[u8]) -> T + Send + 'static,
    ) -> Result<(Held, T), Problem> {
        let inline = if encoding == Encoding::Identity { INLINE_BYTES } else { INLINE_COMPRESSED_BYTES };
        if held.bytes.len() <= inline {
            let held = self.decompress(held, encoding)?;
            let seen = look(&held.bytes);
            return Ok((held, seen));
        }
        let permit = Arc::clone(&self.threads).acquire_owned().await.map_err(|_| Problem::Internal)?;
        let unpacker = self.clone();
        let work = move || {
            let _held_until_done = permit;
            let held = unpacker.decompress(held, encoding)?;
            let seen = look(&held.bytes);
            Ok((held, seen))
        };
        tokio::task::spawn_blocking(work).await.map_err(|_| Problem::Internal)?
    }

    fn decompress(&self, held: Held, encoding: Encoding) -> Result<Held, Problem> {
        let compressed = &*held.bytes.clone();
        let unreadable = |error: std::io::Error| Problem::unreadable(format!("the zstd stream is damaged: {error}"));
        match encoding {
            Encoding::Identity => Ok(held),
            Encoding::Gzip => self.read(MultiGzDecoder::new(compressed), held, "gzip"),
            Encoding::Zstd => {
                let mut decoder = zstd::Decoder::with_buffer(compressed).map_err(unreadable)?;
                decoder.window_log_max(ZSTD_WINDOW_LOG).map_err(unreadable)?;
                self.read(decoder, held, "zstd")
            }
        }
    }

    fn read(&self, mut stream: impl Read, held: Held, name: &str) -> Result<Held, Problem> {
        let Held { bytes: compressed, mut reservation } = held;
        let most = (compressed.len().saturating_mul(self.max_ratio) + RATIO_FREE_BYTES).min(self.max_bytes);
        let mut grown = |bytes: usize, beside: usize| {
            let needs = Buffers::capacity_for(compressed.len()) + beside + Buffers::capacity_for(bytes);
            if reservation.try_grow(needs) {
                self.buffers.buffer(bytes).map_err(|error| no_memory(&error))
            } else {
                Err(Problem::busy())
            }
        };
        // One byte beyond the most, to see whether there is more.
        let mut buffer = grown((USUAL_RATIO * compressed.len()).clamp(LEAST_BYTES, most + 1), 0)?;
        loop {
            if buffer.rest().is_empty() {
                let mut larger = grown((2 * buffer.capacity()).min(most + 1), buffer.capacity())?;
                larger.extend(buffer.bytes());
                buffer = larger;
            }
            match stream.read(buffer.rest()) {
                Ok(0) => break,
                Ok(read) => buffer.wrote(read),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(Problem::unreadable(format!("the {name} stream is damaged: {error}"))),
            }
            if buffer.bytes().len() > most {
                return Err(self.bomb(compressed.len(), most));
            }
        }
        reservation.shrink(buffer.capacity());
        Ok(Held { bytes: buffer.into_bytes(), reservation })
    }

    fn bomb(&self, compressed: usize, most: usize) -> Problem {
        Problem::TooLarge(if most < self.max_bytes {
            format!("{compressed} compressed bytes hold more than {} times as many", self.max_ratio)
        } else {
            format!("a request has at most {most} bytes when it is decompressed; send fewer events in one")
        })
    }
}
