//! All open traces: facts in, closed traces out, within a bound of memory.

use crate::closed::{Attempt, Closed, Verdict};
use crate::rules::TraceRules;
use crate::trace::{Added, Trace};
use crate::wanted::Wanted;
use hashbrown::HashMap;
use milepost_facts::{FactBatch, Moved, Seen, TimeSpan, TraceId};
use milepost_model::{Outcome, Timestamp};

/// Groups facts by trace until each can be judged.
#[derive(Debug)]
pub struct Traces {
    rules: TraceRules,
    open: HashMap<TraceId, Trace>,
    /// Spans kept of all open traces.
    spans: usize,
    capacity_bytes: usize,
    closed: Seen,
    newest: Option<Timestamp>,
    /// When spans arrive, where they are not read from files.
    clock: Option<Timestamp>,
    /// The newest event when traces were last closed by it.
    advanced: Option<Timestamp>,
    /// The time of which errors are counted.
    counted: TimeSpan,
    /// How many courses are told, where they are asked for.
    courses: Option<Wanted>,
    stats: TraceStats,
}

/// What happened to spans and traces beyond being judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TraceStats {
    /// Spans that came again while their trace was open.
    pub duplicate_spans: u64,
    /// Spans beyond the most that are kept of one trace.
    pub spans_beyond: u64,
    /// Traces that had been closed before, and came again, in whole or in part.
    pub late_traces: u64,
    /// Spans of late traces that came too late to be judged: without the rest of their trace they are not whole.
    pub late_spans: u64,
    /// Traces closed before their time, because memory was short.
    pub forced: u64,
}

/// Memory for open traces when the caller does not say: enough for the minute that a file often is, of 2,000 traces a second.
const DEFAULT_CAPACITY_BYTES: usize = 128 << 20;

impl Traces {
    /// Most courses told of a step until more are asked for: what is usual, and what is not, shows in few, and working all out would cost too much where
    /// thousands come each second.
    pub const MOST_COURSES: usize = 20;
    /// Most traces that are kept open where only courses need them: at ten seconds each, some twenty a second.
    pub const MOST_FOLLOWED: usize = 256;

    /// No open traces yet.
    pub fn new(rules: TraceRules) -> Self {
        Self {
            rules,
            open: HashMap::new(),
            spans: 0,
            capacity_bytes: DEFAULT_CAPACITY_BYTES,
            closed: Seen::default(),
            newest: None,
            clock: None,
            advanced: None,
            counted: TimeSpan::default(),
            courses: None,
            stats: TraceStats::default(),
        }
    }

    /// The same with so much memory for open traces, in bytes: about 1,000 for each, and 120 for each of its spans.
    #[must_use]
    pub fn with_capacity_bytes(mut self, bytes: usize) -> Self {
        self.capacity_bytes = bytes;
        self
    }

    /// The same with errors counted of a time only.
    #[must_use]
    pub fn counting(mut self, span: TimeSpan) -> Self {
        self.counted = span;
        self
    }

    /// The same, telling how attempts of users went: at most [`Traces::MOST_COURSES`] of a step until more are asked for. Without trace rules
    /// some traces are kept whole for that, at most [`Traces::MOST_FOLLOWED`] at a time but for those of one batch, and closed once an attempt in them was quiet long enough.
    #[must_use]
    pub fn telling_courses(self) -> Self {
        Self { courses: Some(Wanted::default()), ..self }
    }

    /// Asks for as many courses again.
    pub fn want_courses(&mut self) {
        let (is_followed, open) = (self.follows(), self.open.len());
        let Some(wanted) = &mut self.courses else { return };
        wanted.again();
        if is_followed && open < Self::MOST_FOLLOWED / 4 {
            wanted.double();
        }
    }

    /// Says when the spans that are added from now on arrive. A trace is then due by what arrived when, since telemetry may come long after the
    /// events that it tells of.
    pub fn set_clock(&mut self, now: Timestamp) {
        self.clock = Some(now);
    }

    /// Whether no rule could make an attempt of any trace.
    pub fn has_no_rules(&self) -> bool {
        self.rules.is_empty()
    }

    /// Goes on under the rules of the next registry version: open traces keep their spans, by the names and steps of that version.
    #[must_use]
    pub fn moved(mut self, rules: TraceRules, names: &Moved) -> Self {
        self.open.values_mut().for_each(|trace| trace.rename(names));
        self.rules = rules;
        self
    }

    /// Leaves a trace alone from now on: what became of it is known from elsewhere.
    pub fn forget(&mut self, id: TraceId) {
        if let Some(trace) = self.open.remove(&id) {
            self.spans -= trace.spans();
        }
        self.closed.insert(id, 0);
    }

    /// When the first span arrived of the traces that are open; `None` without any.
    pub fn oldest_arrival(&self) -> Option<Timestamp> {
        self.open.values().filter_map(Trace::first_arrival).min()
    }

    /// How many traces are open, and how many spans are kept of them.
    pub fn open(&self) -> (usize, usize) {
        (self.open.len(), self.spans)
    }

    /// What happened so far.
    pub fn stats(&self) -> TraceStats {
        self.stats
    }

    /// Adds the spans of a batch read from the file at this position. Without trace rules only attempts and failures are kept, which is all that
    /// attribution needs, or all of some traces, where courses are told. Traces are closed only if memory runs short.
    pub fn add(&mut self, batch: &FactBatch, file: usize, closed: &mut impl FnMut(Closed)) {
        for row in 0..batch.len() {
            let id = batch.trace(row);
            if id.is_none() || batch.span(row) == 0 {
                continue;
            }
            if self.rules.is_empty() && !self.keeps_without_rules(batch, row) {
                continue;
            }
            let time = batch.time(row);
            let end = time.plus(batch.duration(row).unwrap_or_default());
            self.newest = Some(self.newest.map_or(end, |newest| newest.max(end)));
            let trace = self.open.entry(id).or_insert_with(|| Trace::new(time));
            trace.arrives(self.clock);
            if let Some(rule) = self.rules.told(batch.rule(row)) {
                trace.tell(rule, batch, row);
                continue;
            }
            match trace.add((batch, row), file, self.counted) {
                Added::New => self.spans += 1,
                Added::Duplicate => self.stats.duplicate_spans += 1,
                Added::Beyond => self.stats.spans_beyond += 1,
            }
        }
        if self.follows() && (self.open.len() > Self::MOST_FOLLOWED || self.bytes() > self.capacity_bytes) {
            self.follow_fewer();
        }
        if self.bytes() > self.capacity_bytes {
            self.make_room(closed);
        }
    }

    /// Whether traces are kept for nothing but courses.
    fn follows(&self) -> bool {
        self.rules.is_empty() && self.courses.is_some()
    }

    /// Half as many traces are kept from now on, of those that are open, too.
    fn follow_fewer(&mut self) {
        let Some(wanted) = &mut self.courses else { return };
        wanted.halve();
        let spans = &mut self.spans;
        self.open.retain(|id, trace| {
            let is_kept = wanted.follows(*id);
            *spans -= if is_kept { 0 } else { trace.spans() };
            is_kept
        });
    }

    fn keeps_without_rules(&self, batch: &FactBatch, row: usize) -> bool {
        let failed = || matches!(batch.outcome(row), Outcome::Failure | Outcome::Timeout);
        match &self.courses {
            Some(wanted) => wanted.follows(batch.trace(row)),
            None => self.rules.tells_all() || failed() || batch.is_attempt(row),
        }
    }

    /// Closes the traces that are due at a time.
    pub fn advance(&mut self, now: Timestamp, closed: &mut impl FnMut(Closed)) {
        // Where the root is the browser's, or another company's, it never comes.
        let by_attempt = self.follows();
        let due =
            self.open.iter().filter(|(_, trace)| trace.is_due(now, by_attempt)).map(|(id, trace)| (trace.first(), *id));
        let due = due.collect();
        self.close(due, closed);
    }

    /// Closes the traces that are due at the newest event seen: at the end of a file, whose events may stand in any order.
    pub fn advance_to_newest(&mut self, closed: &mut impl FnMut(Closed)) {
        // A file without newer events makes nothing due.
        if let Some(newest) = self.newest
            && self.advanced != self.newest
        {
            self.advanced = self.newest;
            self.advance(newest, closed);
        }
    }

    /// Closes all traces: nothing more will come.
    pub fn finish(&mut self, closed: &mut impl FnMut(Closed)) {
        let all = self.open.iter().map(|(id, trace)| (trace.first(), *id)).collect();
        self.close(all, closed);
    }

    /// Closes these traces one by one, so that each leaves its memory before the next is told. By time and not by hash, so that a run can be
    /// repeated.
    fn close(&mut self, mut ids: Vec<(Timestamp, TraceId)>, closed: &mut impl FnMut(Closed)) {
        ids.sort_unstable();
        for (_, id) in ids {
            let Some(trace) = self.open.remove(&id) else { continue };
            let spans = trace.spans();
            self.spans -= spans;
            // What is followed is told of at most once, late or not.
            let is_late = !self.follows() && !self.closed.insert(id, 0);
            let courses = &mut self.courses;
            let is_wanted =
                |attempt: &Attempt| !is_late && courses.as_mut().is_some_and(|of| of.takes((id, spans), attempt));
            let mut trace = trace.close(id, &self.rules, is_wanted);
            if is_late {
                self.stats.late_traces += 1;
                trace.is_late = true;
                trace.attempts.clear();
                // It was judged when it was whole, or told to be incomplete.
                if matches!(trace.verdict, Verdict::Incomplete(_)) {
                    self.stats.late_spans += spans as u64;
                    trace.verdict = Verdict::NotJudged;
                }
            }
            closed(trace);
        }
    }

    fn bytes(&self) -> usize {
        self.open.len() * Trace::bytes(0) + self.spans * (Trace::bytes(1) - Trace::bytes(0))
    }

    /// Closes the oldest, down to three quarters of the room, so that this is seldom.
    fn make_room(&mut self, closed: &mut impl FnMut(Closed)) {
        let wanted = self.capacity_bytes / 4 * 3;
        let mut bytes = self.bytes();
        let mut ids: Vec<(Timestamp, TraceId)> = self.open.iter().map(|(id, trace)| (trace.first(), *id)).collect();
        ids.sort_unstable();
        let mut oldest = Vec::new();
        for (first, id) in ids {
            if bytes <= wanted {
                break;
            }
            bytes -= self.open.get(&id).map_or(0, |trace| Trace::bytes(trace.spans()));
            self.stats.forced += 1;
            oldest.push((first, id));
        }
        self.close(oldest, closed);
    }
}
