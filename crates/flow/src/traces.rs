//! All open traces: facts in, closed traces out, within a bound of memory.

use crate::rules::TraceRules;
use crate::trace::{Closed, Trace};
use hashbrown::HashMap;
use milepost_facts::{FactBatch, Seen, TraceId};
use milepost_model::{Outcome, Timestamp};

/// Groups facts by trace until each can be judged.
#[derive(Debug)]
pub struct Traces {
    rules: TraceRules,
    open: HashMap<TraceId, Trace>,
    spans: usize,
    capacity: usize,
    closed: Seen,
    newest: Option<Timestamp>,
    stats: TraceStats,
}

/// What happened to spans and traces beyond being judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TraceStats {
    /// Spans that came again while their trace was open.
    pub duplicate_spans: u64,
    /// Traces that had been closed before, and came again.
    pub late_traces: u64,
    /// Traces closed before their time, because memory was short.
    pub forced: u64,
}

/// Memory for open traces when the caller does not say, in bytes.
const DEFAULT_BYTES: usize = 128 << 20;

impl Traces {
    /// No open traces yet.
    pub fn new(rules: TraceRules) -> Self {
        Self {
            rules,
            open: HashMap::new(),
            spans: 0,
            capacity: DEFAULT_BYTES / (2 * Trace::SPAN_BYTES),
            closed: Seen::default(),
            newest: None,
            stats: TraceStats::default(),
        }
    }

    /// The same with room for so many spans.
    #[must_use]
    pub fn with_capacity(mut self, spans: usize) -> Self {
        self.capacity = spans;
        self
    }

    /// What happened so far.
    pub fn stats(&self) -> TraceStats {
        self.stats
    }

    /// Adds the spans of a batch read from the file at this position. Without trace rules only attempts and failures are kept, which is all that
    /// attribution needs. Traces are closed only if memory runs short.
    pub fn add(&mut self, batch: &FactBatch, file: usize, closed: &mut impl FnMut(Closed)) {
        for row in 0..batch.len() {
            let id = batch.trace(row);
            if id.is_none() || batch.span(row) == 0 {
                continue;
            }
            let failed = matches!(batch.outcome(row), Outcome::Failure | Outcome::Timeout);
            if self.rules.is_empty() && !failed && !batch.is_attempt(row) {
                continue;
            }
            let time = batch.time(row);
            let end = time.plus(batch.duration(row).unwrap_or_default());
            self.newest = Some(self.newest.map_or(end, |newest| newest.max(end)));
            let trace = self.open.entry(id).or_insert_with(|| Trace::new(time));
            if trace.add(batch, row, file) {
                self.spans += 1;
            } else {
                self.stats.duplicate_spans += 1;
            }
        }
        if self.spans > self.capacity {
            self.make_room(closed);
        }
    }

    /// Closes the traces that are due at a time.
    pub fn advance(&mut self, now: Timestamp, closed: &mut impl FnMut(Closed)) {
        let due: Vec<(TraceId, Trace)> = self.open.extract_if(|_, trace| trace.is_due(now)).collect();
        self.close(due, closed);
    }

    /// Closes the traces that are due at the newest event seen: at the end of a file, whose events may stand in any order.
    pub fn advance_to_newest(&mut self, closed: &mut impl FnMut(Closed)) {
        if let Some(newest) = self.newest {
            self.advance(newest, closed);
        }
    }

    /// Closes all traces: nothing more will come.
    pub fn finish(&mut self, closed: &mut impl FnMut(Closed)) {
        let all: Vec<(TraceId, Trace)> = self.open.drain().collect();
        self.close(all, closed);
    }

    fn close(&mut self, mut traces: Vec<(TraceId, Trace)>, closed: &mut impl FnMut(Closed)) {
        // By time and not by hash, so that a run can be repeated.
        traces.sort_by_key(|(id, trace)| (trace.first(), *id));
        for (id, trace) in traces {
            self.spans -= trace.spans();
            if !self.closed.insert(id, 0) {
                self.stats.late_traces += 1;
            }
            closed(trace.close(id, &self.rules));
        }
    }

    /// First what is due by the newest event; then the oldest, down to three quarters of the room.
    fn make_room(&mut self, closed: &mut impl FnMut(Closed)) {
        self.advance_to_newest(closed);
        if self.spans <= self.capacity {
            return;
        }
        let mut ids: Vec<(Timestamp, TraceId)> = self.open.iter().map(|(id, trace)| (trace.first(), *id)).collect();
        ids.sort_unstable();
        let mut oldest = Vec::new();
        let mut spans = self.spans;
        for (_, id) in ids {
            if spans <= self.capacity / 4 * 3 {
                break;
            }
            if let Some(trace) = self.open.remove(&id) {
                spans -= trace.spans();
                self.stats.forced += 1;
                oldest.push((id, trace));
            }
        }
        self.close(oldest, closed);
    }
}
