//! Fingerprints on the disk: what a checkpoint says of them, and how they come back.

use super::fingerprint::Key;
use super::{Dedupe, Generation};
use crate::intake::RequestKey;
use milepost_facts::TraceId;
use milepost_model::{DurationNs, Timestamp};
use milepost_store::fingerprints::{PieceError, Pieces};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::io;

/// What a checkpoint says of what was counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeptDedupe {
    key: Key,
    previous: KeptGeneration,
    current: KeptGeneration,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct KeptGeneration {
    /// How old it was; while no server runs it grows no older.
    age_nanos: Option<u64>,
    pieces: Vec<u64>,
}

/// Fingerprints of a piece, or more: 2 MiB, so that writing one keeps nobody waiting, and what waits for it is little.
const PIECE: usize = 256 * 1024;

impl KeptDedupe {
    /// The pieces that it needs.
    pub(crate) fn pieces(&self) -> BTreeSet<u64> {
        self.previous.pieces.iter().chain(&self.current.pieces).copied().collect()
    }
}

impl Dedupe {
    /// Writes what makes a whole piece.
    ///
    /// # Errors
    /// It is kept, to be tried again.
    pub(crate) fn write_pieces(&mut self, pieces: &mut Pieces) -> io::Result<()> {
        [&mut self.previous, &mut self.current].into_iter().try_for_each(|generation| generation.write(pieces, PIECE))
    }

    /// Writes all that is durable in the log; how it is found again at the same LSN.
    ///
    /// # Errors
    /// As [`Dedupe::write_pieces`].
    pub(crate) fn keep(&mut self, pieces: &mut Pieces, now: Timestamp) -> io::Result<KeptDedupe> {
        self.previous.write(pieces, 1)?;
        self.current.write(pieces, 1)?;
        let kept = |generation: &Generation| KeptGeneration {
            age_nanos: generation.began.map(|began| now.since(began).nanos()),
            pieces: generation.pieces.clone(),
        };
        Ok(KeptDedupe { key: self.key, previous: kept(&self.previous), current: kept(&self.current) })
    }

    /// What a checkpoint kept, with room for so many bytes, and the traces that were closed.
    ///
    /// # Errors
    /// A piece is missing or damaged: then only the log knows.
    pub(crate) fn restore(
        bytes: usize,
        kept: &KeptDedupe,
        pieces: &Pieces,
        now: Timestamp,
    ) -> Result<(Self, Vec<TraceId>), PieceError> {
        let mut traces = Vec::new();
        let previous = Generation::restore(1, &kept.previous, pieces, now, &mut traces)?;
        let current = Generation::restore(2, &kept.current, pieces, now, &mut traces)?;
        Ok((Self { key: kept.key, previous, current, ..Self::new(bytes) }, traces))
    }
}

impl Generation {
    fn write(&mut self, pieces: &mut Pieces, at_least: usize) -> io::Result<()> {
        if self.unkept.len() >= at_least {
            self.pieces.push(pieces.write(&self.unkept)?);
            self.unkept.requests.clear();
            self.unkept.attempts.clear();
            self.unkept.traces.clear();
        }
        Ok(())
    }

    fn restore(
        number: u64,
        kept: &KeptGeneration,
        pieces: &Pieces,
        now: Timestamp,
        traces: &mut Vec<TraceId>,
    ) -> Result<Self, PieceError> {
        let began = kept.age_nanos.map(|age| now.minus(DurationNs::from_nanos(age)));
        let mut generation = Self { number, began, pieces: kept.pieces.clone(), ..Self::default() };
        let all = kept.pieces.iter().map(|piece| pieces.read(*piece)).collect::<Result<Vec<_>, _>>()?;
        generation.attempts.reserve(all.iter().map(|piece| piece.attempts.len()).sum());
        for piece in all {
            generation.requests.extend(piece.requests.into_iter().map(|key| (RequestKey(key), ())));
            generation.attempts.extend(piece.attempts);
            traces.extend(piece.traces.into_iter().map(|(high, low)| TraceId(high, low)));
        }
        Ok(generation)
    }
}
