//! How an attempt went: what each operation in it took itself, and which called which. Worked out of the spans of a closed trace, for whoever compares
//! attempts.
//!
//! An operation is itself at work while none of its spans' children is. Nor is a span inside of a service while a call is under way that the same caller makes
//! beside it: a handler of a gateway that waits for its call seldom is the call's parent.
//!
//! A call has up to two spans, the caller's and that of the service that answers: they count as one, by the name of what answers, so that the way to a
//! service and back is the service's.

use crate::closed::Attempt;
use crate::trace::SpanEntry;
use hashbrown::HashMap;
use milepost_facts::NameId;
use milepost_model::{DurationNs, Timestamp};

/// How an attempt went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Course {
    /// The attempt.
    pub attempt: Attempt,
    /// How long it took.
    pub duration: DurationNs,
    /// The operation that it is an attempt of.
    pub operation: NameId,
    /// What each operation took itself, within the attempt, in order of the operations' ids.
    pub own: Vec<(NameId, DurationNs)>,
    /// Who called whom, each once, in the order in which they did so last.
    pub calls: Vec<(NameId, NameId)>,
    /// Operations that failed while nothing that they caused did, in order of their ids; the attempt's own left out.
    pub failed: Vec<NameId>,
}

impl Course {
    /// Most operations, and most calls between two; an attempt with more has no course that anybody could look at.
    pub const MOST: usize = 256;
    /// Most spans of its trace: each span may have to do with all that are beside it.
    pub const MOST_SPANS: usize = 2_000;
}

/// The spans of a trace by what caused them.
pub(crate) struct Tree<'s> {
    spans: &'s [SpanEntry],
    /// Their places, by the span that caused them, and then by time.
    by_parent: Vec<usize>,
}

impl<'s> Tree<'s> {
    pub(crate) fn new(spans: &'s [SpanEntry]) -> Self {
        let mut by_parent: Vec<usize> = (0..spans.len()).collect();
        by_parent.sort_unstable_by_key(|at| (spans[*at].parent, spans[*at].start, spans[*at].span));
        Self { spans, by_parent }
    }

    /// The course of an attempt; nothing where its span did not come, or where there is too much of it.
    pub(crate) fn course(&self, attempt: &Attempt) -> Option<Course> {
        let root = self.spans.iter().position(|span| span.span == attempt.span)?;
        let SpanEntry { start: from, end: until, .. } = self.spans[root];
        let operation = self.name(root);
        let (mut own, mut calls, mut failed) = (Vec::new(), Vec::new(), Vec::new());
        let mut open = vec![(root, operation, None)];
        let mut calls_of: HashMap<usize, Vec<(Timestamp, Timestamp)>> = HashMap::new();
        while let Some((at, name, parent)) = open.pop() {
            // Each span has one that caused it, so that only the attempt's own could come again.
            let children = || self.children(at).iter().copied().filter(|child| *child != root);
            let inside = parent.filter(|parent| self.is_inside(at, *parent));
            let beside =
                inside.map_or(&[][..], |parent| calls_of.entry(parent).or_insert_with(|| self.calls_of(parent, root)));
            let own_children = children().map(|child| (self.spans[child].start, self.spans[child].end));
            own.push((name, self.own_nanos(at, own_children, beside, (from, until))));
            if at != root && self.spans[at].failed && !children().any(|child| self.spans[child].failed) {
                failed.push(name);
            }
            for child in children() {
                let called = self.name(child);
                if called != name {
                    let span = &self.spans[child];
                    calls.push(((name, called), (span.start, span.span)));
                }
                open.push((child, called, Some(at)));
            }
        }
        failed.sort_unstable();
        failed.dedup();
        let (own, calls) = (summed(own), last(calls));
        let is_short = own.len() <= Course::MOST && calls.len() <= Course::MOST;
        let duration = until.since(from);
        is_short.then_some(Course { attempt: *attempt, duration, operation, own, calls, failed })
    }

    fn children(&self, at: usize) -> &[usize] {
        let span = self.spans[at].span;
        let begin = self.by_parent.partition_point(|child| self.spans[*child].parent < span);
        let all = &self.by_parent[begin..];
        &all[..all.partition_point(|child| self.spans[*child].parent == span)]
    }

    /// By what a span counts: that of a caller by what answers it.
    fn name(&self, at: usize) -> NameId {
        let span = &self.spans[at];
        let answers = |child: &&usize| {
            let child = &self.spans[**child];
            child.service != span.service || child.is_request
        };
        let answer = self.children(at).iter().find(answers).filter(|_| span.is_caller);
        answer.map_or(span.operation, |answer| self.spans[*answer].operation)
    }

    /// Whether a span works inside of the service of what caused it.
    fn is_inside(&self, at: usize, parent: usize) -> bool {
        !self.spans[at].is_caller && self.spans[parent].service == self.spans[at].service
    }

    /// When calls were under way that a span made for its own service, but for one: stretches of time in order, none of which touches another.
    fn calls_of(&self, at: usize, but: usize) -> Vec<(Timestamp, Timestamp)> {
        let mut stretches: Vec<(Timestamp, Timestamp)> = Vec::new();
        for child in self.children(at).iter().filter(|child| **child != but).map(|child| &self.spans[*child]) {
            if !child.is_caller || child.service != self.spans[at].service {
                continue;
            }
            match stretches.last_mut() {
                Some((_, end)) if child.start <= *end => *end = child.end.max(*end),
                _ => stretches.push((child.start, child.end)),
            }
        }
        stretches
    }

    /// How long a span was at work itself, within a time: not while any that it caused was, nor during stretches of calls beside it. Both are in order of time.
    fn own_nanos(
        &self,
        at: usize,
        caused: impl Iterator<Item = (Timestamp, Timestamp)>,
        beside: &[(Timestamp, Timestamp)],
        (from, until): (Timestamp, Timestamp),
    ) -> DurationNs {
        let SpanEntry { start, end, .. } = self.spans[at];
        let (from, until) = (start.max(from), end.min(until));
        let beside = &beside[beside.partition_point(|(_, end)| *end <= from)..];
        let beside = &beside[..beside.partition_point(|(start, _)| *start < until)];
        let mut others: Vec<(Timestamp, Timestamp)> = caused.chain(beside.iter().copied()).collect();
        // Two runs that are in order already, which this sort only merges.
        others.sort_by_key(|(start, _)| *start);
        let (mut own, mut covered) = (DurationNs::default(), from);
        for (start, end) in others {
            own = plus(own, start.min(until).since(covered));
            covered = covered.max(end.min(until));
        }
        plus(own, until.since(covered))
    }
}

fn plus(a: DurationNs, b: DurationNs) -> DurationNs {
    DurationNs::from_nanos(a.nanos().saturating_add(b.nanos()))
}

fn summed(mut own: Vec<(NameId, DurationNs)>) -> Vec<(NameId, DurationNs)> {
    own.sort_unstable_by_key(|(operation, _)| *operation);
    own.dedup_by(|(operation, more), (known, sum)| {
        let is_same = operation == known;
        if is_same {
            *sum = plus(*sum, *more);
        }
        is_same
    });
    own
}

/// Each call once, where it was made last.
fn last(mut calls: Vec<((NameId, NameId), (Timestamp, u64))>) -> Vec<(NameId, NameId)> {
    calls.sort_unstable_by_key(|(call, when)| (*call, std::cmp::Reverse(*when)));
    calls.dedup_by_key(|(call, _)| *call);
    calls.sort_unstable_by_key(|(call, when)| (*when, *call));
    calls.into_iter().map(|(call, _)| call).collect()
}
