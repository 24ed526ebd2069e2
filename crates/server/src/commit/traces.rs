//! Trace rules while telemetry arrives: spans are judged once their trace was quiet, and attempts that come of it are facts of their own.

use super::record::ClosedTraces;
use crate::counts::SeriesKey;
use crate::version::Version;
use milepost_facts::{Fact, FactBatch, FactBuilder, Moved, NameTables, TraceId};
use milepost_flow::{Closed, TraceRules, Traces, Verdict};
use milepost_model::{Minute, Timestamp};
use std::collections::BTreeMap;

/// The traces that are open, and those that closed and are not in the log yet.
#[derive(Debug)]
pub(crate) struct LiveTraces {
    traces: Traces,
    closed: Vec<Closed>,
}

impl LiveTraces {
    /// No open traces, with so much memory for them; `None` where the registry has no trace rules, so that nothing has to be kept.
    pub(crate) fn new(version: &Version, capacity_bytes: usize) -> Option<Self> {
        let rules = TraceRules::new(&version.setup.registry, &version.setup.annotator);
        let traces = Traces::new(rules).with_capacity_bytes(capacity_bytes);
        (!traces.has_no_rules()).then_some(Self { traces, closed: Vec::new() })
    }

    /// Adds spans that arrived at a time.
    pub(crate) fn add(&mut self, batch: &FactBatch, arrived: Timestamp) {
        self.traces.set_clock(arrived);
        let closed = &mut self.closed;
        self.traces.add(batch, 0, &mut |trace| keep(closed, trace));
    }

    /// Closes what was quiet long enough.
    pub(crate) fn advance(&mut self, now: Timestamp) {
        let closed = &mut self.closed;
        self.traces.advance(now, &mut |trace| keep(closed, trace));
    }

    /// Goes on with the open traces under the next version of the registry.
    pub(crate) fn moved(self, version: &Version, names: &Moved) -> Option<Self> {
        let rules = TraceRules::new(&version.setup.registry, &version.setup.annotator);
        let traces = self.traces.moved(rules, names);
        (!traces.has_no_rules()).then_some(Self { traces, closed: self.closed })
    }

    /// Leaves a trace alone: the log says what became of it.
    pub(crate) fn forget(&mut self, id: TraceId) {
        self.traces.forget(id);
    }

    /// Some of the closed traces: the facts of those that were attempts, and what is to be remembered of all. They are kept until
    /// [`LiveTraces::stored`].
    pub(crate) fn next(&self, version: &Version, tables: &mut NameTables) -> Option<(FactBatch, ClosedTraces)> {
        if self.closed.is_empty() {
            return None;
        }
        let mut builder = FactBuilder::new(tables.dimensions.len());
        let mut ids = Vec::new();
        let mut counts: BTreeMap<(String, Minute), u64> = BTreeMap::new();
        for closed in self.closed.iter().take(ClosedTraces::MAX_IDS) {
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
            } else if let Some(what) = what(&closed.verdict, version) {
                *counts.entry((SeriesKey::Traces(what).text(), closed.first.minute())).or_default() += 1;
            }
        }
        let counts = counts.into_iter().map(|((name, minute), count)| (name, minute, count)).collect();
        Some((builder.take(), ClosedTraces { ids, counts }))
    }

    /// The first so many closed traces are in the log.
    pub(crate) fn stored(&mut self, count: usize) {
        self.closed.drain(..count);
    }
}

/// Traces about which nothing is to be said need no record.
fn keep(closed: &mut Vec<Closed>, trace: Closed) {
    if !trace.is_late && trace.verdict != Verdict::NotJudged {
        closed.push(trace);
    }
}

/// What a trace was that was no attempt.
fn what(verdict: &Verdict, version: &Version) -> Option<String> {
    let mut text = match verdict {
        Verdict::NotJudged | Verdict::Attempt(_) => return None,
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
