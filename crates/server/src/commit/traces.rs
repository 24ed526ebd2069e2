//! Trace rules while telemetry arrives: spans are judged once their trace was quiet, and attempts that come of it are facts of their own.

use super::record::ClosedTraces;
use crate::counts::SeriesKey;
use crate::shared::TraceStanding;
use crate::version::Version;
use milepost_facts::{Fact, FactBatch, FactBuilder, Moved, NameTables, TraceId};
use milepost_flow::{Closed, Course, TraceRules, Traces, Verdict};
use milepost_model::{Minute, StepId, Timestamp};
use milepost_store::Lsn;
use std::collections::{BTreeMap, VecDeque};

/// The traces that are open, and those that closed and are not in the log yet.
#[derive(Debug)]
pub(crate) struct LiveTraces {
    traces: Traces,
    closing: Closing,
    /// At some times the last record of the log: what comes behind it arrived then or later. Older first.
    marks: VecDeque<(Timestamp, Lsn)>,
}

/// Closed traces.
#[derive(Debug, Default)]
struct Closing {
    /// What came of them is not in the log yet.
    waiting: Vec<Closed>,
    /// Those of which nothing waits.
    done: Vec<TraceId>,
    /// How their attempts went.
    courses: Vec<Course>,
}

impl LiveTraces {
    /// No open traces after a record of the log, with so much memory for them; `None` where the registry has no trace rules, so that nothing has to be kept.
    pub(crate) fn new(version: &Version, capacity_bytes: usize, after: Lsn) -> Option<Self> {
        let rules = TraceRules::new(&version.setup.registry, &version.setup.annotator);
        let traces = Traces::new(rules).with_capacity_bytes(capacity_bytes).telling_courses();
        let marks = VecDeque::from([(Timestamp::from_nanos(i64::MIN), after)]);
        (!traces.has_no_rules()).then(|| Self { traces, closing: Closing::default(), marks })
    }

    /// Adds spans that arrived at a time.
    pub(crate) fn add(&mut self, batch: &FactBatch, arrived: Timestamp) {
        self.traces.set_clock(arrived);
        let closing = &mut self.closing;
        self.traces.add(batch, 0, &mut |trace| closing.take(trace));
    }

    /// Closes what was quiet long enough.
    pub(crate) fn advance(&mut self, now: Timestamp) {
        let closing = &mut self.closing;
        self.traces.advance(now, &mut |trace| closing.take(trace));
    }

    /// Goes on with the open traces under the next version of the registry.
    pub(crate) fn moved(self, version: &Version, names: &Moved) -> Option<Self> {
        let rules = TraceRules::new(&version.setup.registry, &version.setup.annotator);
        let traces = self.traces.moved(rules, names);
        // What is not taken yet goes by the names of before.
        let closing = Closing { courses: Vec::new(), ..self.closing };
        (!traces.has_no_rules()).then_some(Self { traces, closing, ..self })
    }

    /// Leaves a trace alone: the log says what became of it.
    pub(crate) fn forget(&mut self, id: TraceId) {
        self.traces.forget(id);
    }

    /// Some of the closed traces: the facts of those that were attempts, and what is to be remembered of all. They are kept until
    /// [`LiveTraces::stored`].
    pub(crate) fn next(&self, version: &Version, tables: &mut NameTables) -> Option<(FactBatch, ClosedTraces)> {
        if self.closing.waiting.is_empty() {
            return None;
        }
        let mut builder = FactBuilder::new(tables);
        let mut ids = Vec::new();
        let mut counts: BTreeMap<(String, Minute), u64> = BTreeMap::new();
        for closed in self.closing.waiting.iter().take(ClosedTraces::MAX_IDS) {
            // A record holds so many kinds; the next has the rest.
            if counts.len() >= ClosedTraces::MAX_COUNTS {
                break;
            }
            ids.push(closed.id);
            if let Verdict::Attempt(derived) = &closed.verdict {
                let choice = derived.choice;
                let objective = version.setup.objective(choice.step, choice.objective);
                let fact = Fact { objective, ..derived.fact(closed.id, tables) };
                builder.push(&fact, &derived.dimensions);
                let hour = Minute::new(closed.first.minute().number().div_euclid(60) * 60);
                for key in requests_by_trace(closed, tables) {
                    *counts.entry((key.text(), hour)).or_default() += 1;
                }
            } else if let Some(what) = what(&closed.verdict, version) {
                *counts.entry((SeriesKey::Traces(what).text(), closed.first.minute())).or_default() += 1;
            }
        }
        let spans_by_trace = self.spans_by_trace(ids.len());
        let counts = counts.into_iter().map(|((name, minute), count)| (name, minute, count)).collect();
        Some((builder.take(), ClosedTraces { ids, counts, spans_by_trace }))
    }

    /// Spans without a step of their own in those of the first so many closed traces that were attempts.
    fn spans_by_trace(&self, count: usize) -> Vec<(StepId, u64)> {
        let closed = self.closing.waiting.iter().take(count);
        let attempts = closed.filter_map(|closed| match &closed.verdict {
            Verdict::Attempt(derived) => Some((derived.choice.step, closed.spans_without_step as u64)),
            _ => None,
        });
        attempts.collect()
    }

    /// How many wait to be judged, and since when by the clock that nobody sets.
    pub(crate) fn standing(&self) -> TraceStanding {
        let (waiting, spans) = self.traces.open();
        let late_spans = self.traces.stats().late_spans;
        TraceStanding { waiting, spans, oldest: self.traces.oldest_arrival(), late_spans }
    }

    /// The first so many closed traces are in the log.
    pub(crate) fn stored(&mut self, count: usize) {
        self.closing.done.extend(self.closing.waiting.drain(..count).map(|trace| trace.id));
    }

    /// The traces that closed since this was asked last, and need nothing more.
    pub(crate) fn take_done(&mut self) -> Vec<TraceId> {
        std::mem::take(&mut self.closing.done)
    }

    /// How attempts went whose traces closed since this was asked last, of each step a few.
    pub(crate) fn take_courses(&mut self) -> Vec<Course> {
        self.traces.want_courses();
        std::mem::take(&mut self.closing.courses)
    }

    /// Everything up to a record has arrived by now, and nothing that comes behind it.
    pub(crate) fn mark(&mut self, now: Timestamp, last: Lsn) {
        if self.marks.back().is_none_or(|(_, marked)| *marked != last) {
            self.marks.push_back((now, last));
        }
    }

    /// After which record the log has all spans of traces that are not done with, where it goes up to another.
    pub(crate) fn needed_after(&mut self, last: Lsn) -> Lsn {
        let oldest = self.traces.oldest_arrival();
        if oldest.is_none() && self.closing.waiting.is_empty() {
            return last;
        }
        // When the spans arrived of what waits is not known any more.
        let oldest = oldest.filter(|_| self.closing.waiting.is_empty());
        while self.marks.get(1).is_some_and(|(at, _)| oldest.is_some_and(|oldest| *at <= oldest)) {
            self.marks.pop_front();
        }
        self.marks.front().map_or(Lsn(0), |(_, marked)| *marked)
    }
}

impl Closing {
    /// Traces about which nothing is to be said need no record.
    fn take(&mut self, mut trace: Closed) {
        self.courses.append(&mut trace.courses);
        if trace.is_late || trace.verdict == Verdict::NotJudged {
            self.done.push(trace.id);
        } else {
            self.waiting.push(trace);
        }
    }
}

/// The requests of users in an attempt's trace that have no step of their own.
fn requests_by_trace(closed: &Closed, tables: &NameTables) -> Vec<SeriesKey> {
    let mut keys = Vec::new();
    for (operation, failed) in &closed.requests_without_step {
        let name = tables.operations.text(*operation).unwrap_or_default();
        let operation = if name.len() > ClosedTraces::MAX_NAME / 2 { "other" } else { name }.to_owned();
        if *failed {
            keys.push(SeriesKey::ByTrace { failed: true, operation: operation.clone() });
        }
        keys.push(SeriesKey::ByTrace { failed: false, operation });
    }
    keys
}

/// What a trace was that was no attempt.
fn what(verdict: &Verdict, version: &Version) -> Option<String> {
    let mut text = match verdict {
        Verdict::NotJudged | Verdict::Attempt(_) | Verdict::Told(_) => return None,
        Verdict::Unmatched(_) => "unmatched".to_owned(),
        Verdict::Incomplete(reason) => format!("incomplete|{}", reason.as_str()),
        Verdict::Ambiguous(steps) => {
            let steps: Vec<&str> =
                steps.iter().map(|id| version.setup.registry.steps[id.index()].name.as_str()).collect();
            format!("ambiguous|{}", steps.join(" "))
        }
    };
    text.truncate(ClosedTraces::MAX_NAME / 2);
    Some(text)
}
