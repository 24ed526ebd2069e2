//! Which facts of a batch stand for attempts, each once: the rows that everything else counts.

use crate::batch::{FactBatch, TraceId};
use hashbrown::HashSet;
use milepost_model::{StepId, Timestamp};
use std::hash::{BuildHasher, RandomState};

/// The attempts of one batch: rows by step.
#[derive(Debug, Default)]
pub struct Attempts {
    by_step: Vec<Vec<u32>>,
    /// The same event again, as files that overlap bring it.
    duplicates: Vec<Vec<u32>>,
}

impl Attempts {
    /// Splits a batch by step, leaving out what does not stand for an attempt, what lies outside the time asked for, and (apart) what was
    /// seen before. What has no trace or no span cannot be told from others like it, and is always new; without `seen` all are.
    pub fn split(&mut self, batch: &FactBatch, steps: usize, span: TimeSpan, mut seen: Option<&mut Seen>) {
        for rows in [&mut self.by_step, &mut self.duplicates] {
            rows.resize_with(steps, Vec::new);
            rows.iter_mut().for_each(Vec::clear);
        }
        for (row, (index, step)) in (0u32..).zip(batch.step.values().iter().enumerate()) {
            if *step == 0 || !batch.is_attempt(index) || !span.contains(batch.time(index)) {
                continue;
            }
            let (trace, id) = (batch.trace(index), batch.span(index));
            let is_new = trace.is_none() || id == 0 || seen.as_mut().is_none_or(|seen| seen.insert(trace, id));
            let rows = if is_new { &mut self.by_step } else { &mut self.duplicates };
            rows[*step as usize - 1].push(row);
        }
    }

    /// The rows of each step that has any.
    pub fn by_step(&self) -> impl Iterator<Item = (StepId, &[u32])> {
        rows_of(&self.by_step)
    }

    /// The rows of each step that were seen before.
    pub fn duplicates(&self) -> impl Iterator<Item = (StepId, &[u32])> {
        rows_of(&self.duplicates)
    }
}

fn rows_of(rows: &[Vec<u32>]) -> impl Iterator<Item = (StepId, &[u32])> {
    rows.iter().enumerate().filter(|(_, rows)| !rows.is_empty()).map(|(step, rows)| (StepId::new(step), &rows[..]))
}

/// A span of time: from, to (not included); either may be open.
#[derive(Clone, Copy, Debug, Default)]
pub struct TimeSpan {
    /// The first instant.
    pub from: Option<Timestamp>,
    /// The instant after the last.
    pub to: Option<Timestamp>,
}

impl TimeSpan {
    /// Whether an instant lies in it.
    pub fn contains(self, time: Timestamp) -> bool {
        self.from.is_none_or(|from| time >= from) && self.to.is_none_or(|to| time < to)
    }
}

/// The events seen last, as keyed fingerprints of 64 bits in two generations, so that its memory is bounded and nobody can make two events
/// look alike.
#[derive(Debug)]
pub struct Seen {
    key: RandomState,
    current: HashSet<u64>,
    previous: HashSet<u64>,
    generation: usize,
    forgotten: bool,
}

/// Fingerprints that a generation holds: what fits into a hash table of 2^21 places, so that two of them take 38 MB.
const GENERATION: usize = (1 << 21) / 8 * 7;

impl Default for Seen {
    fn default() -> Self {
        Self::with_generations_of(GENERATION)
    }
}

impl Seen {
    /// Remembers at least the last so many different events, and at most twice as many.
    pub(crate) fn with_generations_of(events: usize) -> Self {
        Self {
            key: RandomState::new(),
            current: HashSet::new(),
            previous: HashSet::new(),
            generation: events,
            forgotten: false,
        }
    }

    /// Notes an event; whether it is new.
    pub fn insert(&mut self, trace: TraceId, span: u64) -> bool {
        let fingerprint = self.key.hash_one((trace, span));
        if self.previous.contains(&fingerprint) || !self.current.insert(fingerprint) {
            return false;
        }
        if self.current.len() >= self.generation {
            self.forgotten |= !self.previous.is_empty();
            self.previous = std::mem::take(&mut self.current);
        }
        true
    }

    /// Whether some were forgotten, so that a duplicate of long ago would have counted.
    pub fn has_forgotten(&self) -> bool {
        self.forgotten
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_root_span_with_the_id_of_its_trace_is_an_event_like_any_other() {
        // Zipkin names root spans after their traces; a fingerprint that mixes both words symmetrically would keep only half its bits.
        let mut seen = Seen::default();
        for i in 0..100_000u64 {
            let id = i << 32 | i;
            assert!(seen.insert(TraceId(0, id), id), "{i}");
        }
    }

    #[test]
    fn a_generation_just_fits_its_table() {
        let table: HashSet<u64> = HashSet::with_capacity(GENERATION);
        assert_eq!(table.capacity(), GENERATION);
        assert!(2 * table.allocation_size() < 38_000_000);
    }

    proptest! {
        #[test]
        fn the_last_events_are_remembered_and_no_more_than_two_generations(
            events in prop::collection::vec((0u64..6, 0u64..6), 0..200), generation in 1usize..10
        ) {
            let mut seen = Seen::with_generations_of(generation);
            // Different events noted as new, in order: what must be remembered is its tail.
            let mut noted: Vec<(u64, u64)> = Vec::new();
            for (trace, span) in events {
                let is_new = seen.insert(TraceId(7, trace), span);
                let last = noted.iter().rev().position(|event| *event == (trace, span));
                match last {
                    None => prop_assert!(is_new),
                    Some(ago) if ago < generation => prop_assert!(!is_new, "{ago} of {generation}"),
                    Some(ago) if ago >= 2 * generation => prop_assert!(is_new && seen.has_forgotten()),
                    Some(_) => {}
                }
                if is_new {
                    noted.push((trace, span));
                }
                prop_assert!(seen.current.len() + seen.previous.len() <= 2 * generation);
            }
            prop_assert!(!seen.has_forgotten() || noted.len() > generation);
        }
    }
}
