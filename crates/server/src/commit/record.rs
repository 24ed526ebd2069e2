//! What the records of the log hold, in bytes.

use crate::intake::RequestKey;
use milepost_facts::{FactBatch, NameTables, TraceId};
use milepost_model::{Minute, StepId, Timestamp};
use milepost_store::wal::MAX_PAYLOAD_BYTES;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// When facts were received and under which version of the registry they were annotated; their columns follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FactsHeader {
    pub(crate) received_at: Timestamp,
    pub(crate) version: u64,
}

impl FactsHeader {
    /// Bytes before the columns.
    pub(crate) const BYTES: usize = 16;

    /// What a record of facts begins with, and the columns.
    pub(crate) fn read(payload: &[u8]) -> Option<(Self, &[u8])> {
        let (header, columns) = payload.split_at_checked(Self::BYTES)?;
        let received_at = Timestamp::from_nanos(word(header)? as i64);
        Some((Self { received_at, version: word(&header[8..])? }, columns))
    }

    /// Gives the facts of a batch in payloads that records can hold.
    pub(crate) fn write(self, batch: &FactBatch, tables: &NameTables, mut each: impl FnMut(&[u8])) {
        /// Facts of a payload: as many as mostly fit.
        const FACTS: usize = 1024;
        let mut payload = Vec::with_capacity(MAX_PAYLOAD_BYTES);
        for from in (0..batch.len()).step_by(FACTS) {
            self.piece(batch, from..(from + FACTS).min(batch.len()), tables, &mut payload, &mut each);
        }
    }

    fn piece(
        self,
        batch: &FactBatch,
        rows: Range<usize>,
        tables: &NameTables,
        payload: &mut Vec<u8>,
        each: &mut impl FnMut(&[u8]),
    ) {
        payload.clear();
        payload.extend_from_slice(&self.received_at.nanos().to_le_bytes());
        payload.extend_from_slice(&self.version.to_le_bytes());
        batch.encode(rows.clone(), tables, payload);
        if payload.len() <= MAX_PAYLOAD_BYTES {
            return each(payload);
        }
        // One fact always fits: its names are bounded.
        let middle = rows.start + rows.len() / 2;
        self.piece(batch, rows.start..middle, tables, payload, each);
        self.piece(batch, middle..rows.end, tables, payload, each);
    }
}

/// When something came that has no events, and of which services.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SignsRecord {
    at: i64,
    pub(crate) services: Vec<String>,
}

impl SignsRecord {
    /// Services of one at most: their names always fit.
    const MOST: usize = 512;

    /// Gives it in payloads that records can hold.
    pub(crate) fn write(at: Timestamp, services: &[String], mut each: impl FnMut(&[u8])) {
        let mut write = |services: &[String]| {
            each(serde_json::json!({ "at": at.nanos(), "services": services }).to_string().as_bytes());
        };
        if services.is_empty() {
            // Something came, of nobody whom the registry names.
            return write(services);
        }
        services.chunks(Self::MOST).for_each(write);
    }

    /// From a payload; `None` where another version wrote it.
    pub(crate) fn read(payload: &[u8]) -> Option<Self> {
        serde_json::from_slice(payload).ok()
    }

    /// When it came.
    pub(crate) fn at(&self) -> Timestamp {
        Timestamp::from_nanos(self.at)
    }
}

/// Gives keys of requests in payloads.
pub(crate) fn write_keys(keys: &[RequestKey], mut each: impl FnMut(&[u8])) {
    for keys in keys.chunks(MAX_PAYLOAD_BYTES / 16) {
        let payload: Vec<u8> = keys.iter().flat_map(|key| key.0.to_le_bytes()).collect();
        each(&payload);
    }
}

/// The keys of a payload.
pub(crate) fn read_keys(payload: &[u8]) -> impl Iterator<Item = RequestKey> {
    payload.chunks_exact(16).map(|bytes| {
        let mut key = [0; 16];
        key.copy_from_slice(bytes);
        RequestKey(u128::from_le_bytes(key))
    })
}

/// Traces that are closed, and what was counted of those that were no attempts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ClosedTraces {
    pub(crate) ids: Vec<TraceId>,
    /// Series of traces with their minutes, and how many.
    pub(crate) counts: Vec<(String, Minute, u64)>,
    /// Spans that serve a step by their trace; told since the start only, and in no record.
    pub(crate) spans_by_trace: Vec<(StepId, u64)>,
}

impl ClosedTraces {
    /// Most in one record.
    pub(crate) const MAX_IDS: usize = 1024;
    /// Most counts in one record, so that it holds them, as many names, and the traces.
    pub(crate) const MAX_COUNTS: usize = 64;
    /// Longest name of a series in bytes.
    pub(crate) const MAX_NAME: usize = 512;

    /// Gives them in payloads; the first has the traces.
    pub(crate) fn write(&self, mut each: impl FnMut(&[u8])) {
        let (first, more) = self.counts.split_at(self.counts.len().min(Self::MAX_COUNTS));
        each(&Self::piece(&self.ids, first));
        more.chunks(Self::MAX_COUNTS).for_each(|counts| each(&Self::piece(&[], counts)));
    }

    fn piece(ids: &[TraceId], counts: &[(String, Minute, u64)]) -> Vec<u8> {
        let mut payload = (ids.len() as u64).to_le_bytes().to_vec();
        for id in ids {
            payload.extend_from_slice(&id.0.to_le_bytes());
            payload.extend_from_slice(&id.1.to_le_bytes());
        }
        for (name, minute, count) in counts {
            payload.extend_from_slice(&(name.len() as u64).to_le_bytes());
            payload.extend_from_slice(name.as_bytes());
            payload.extend_from_slice(&minute.number().to_le_bytes());
            payload.extend_from_slice(&count.to_le_bytes());
        }
        payload
    }

    pub(crate) fn read(payload: &[u8]) -> Option<Self> {
        let mut rest = payload;
        let mut next = |bytes: u64| {
            let (taken, left) = rest.split_at_checked(usize::try_from(bytes).ok()?)?;
            rest = left;
            Some(taken)
        };
        let count = word(next(8)?)?;
        let mut closed = Self::default();
        for _ in 0..count {
            closed.ids.push(TraceId(word(next(8)?)?, word(next(8)?)?));
        }
        while let Some(length) = next(8) {
            let name = String::from_utf8_lossy(next(word(length)?)?).into_owned();
            let minute = Minute::new(word(next(8)?)? as i64);
            closed.counts.push((name, minute, word(next(8)?)?));
        }
        Some(closed)
    }
}

fn word(bytes: &[u8]) -> Option<u64> {
    let bytes = bytes.get(..8)?;
    Some(bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closed_traces_come_back() {
        let mut counts = vec![("traces|é".to_owned(), Minute::new(-3), 7), (String::new(), Minute::new(5), 0)];
        counts.extend((0..200).map(|at| ("é".repeat(ClosedTraces::MAX_NAME / 2), Minute::new(at), 1)));
        let ids = (0..ClosedTraces::MAX_IDS as u64).map(|at| TraceId(at, u64::MAX)).collect();
        let closed = ClosedTraces { ids, counts, spans_by_trace: Vec::new() };
        let mut read = ClosedTraces::default();
        closed.write(|payload| {
            assert!(payload.len() <= MAX_PAYLOAD_BYTES);
            assert_eq!(ClosedTraces::read(&payload[..20]), None);
            let piece = ClosedTraces::read(payload).expect("a piece");
            read.ids.extend(piece.ids);
            read.counts.extend(piece.counts);
        });
        assert_eq!(read, closed);
    }
}
