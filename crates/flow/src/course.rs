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
    /// Most spans of its trace: spans beside each other are compared, each with all.
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
        let is_short = self.spans.len() <= Course::MOST_SPANS;
        let root = self.spans.iter().position(|span| is_short && span.span == attempt.span)?;
        let SpanEntry { start: from, end: until, .. } = self.spans[root];
        let operation = self.name(root);
        let (mut own, mut calls, mut failed) = (Vec::new(), Vec::new(), Vec::new());
        let mut open = vec![(root, operation, None)];
        while let Some((at, name, parent)) = open.pop() {
            // Each span has one that caused it, so that only the attempt's own could come again.
            let children = || self.children(at).iter().copied().filter(|child| *child != root);
            let beside = self.calls_beside(at, parent).filter(|other| *other != root);
            let mut others: Vec<usize> = children().chain(beside).collect();
            others.sort_unstable_by_key(|other| self.spans[*other].start);
            own.push((name, self.own_nanos(at, &others, (from, until))));
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

    /// The calls that are made beside a span which works inside of the service of what caused it.
    fn calls_beside(&self, at: usize, parent: Option<usize>) -> impl Iterator<Item = usize> {
        let span = &self.spans[at];
        let inside = parent.filter(|parent| !span.is_caller && self.spans[*parent].service == span.service);
        let beside = inside.map_or(&[][..], |parent| self.children(parent)).iter().copied();
        beside.filter(move |other| {
            let other = &self.spans[*other];
            other.is_caller && other.service == span.service
        })
    }

    /// How long a span was at work itself, within a time: not while any of these, which are in order of time, was.
    fn own_nanos(&self, at: usize, others: &[usize], (from, until): (Timestamp, Timestamp)) -> DurationNs {
        let SpanEntry { start, end, .. } = self.spans[at];
        let (from, until) = (start.max(from), end.min(until));
        let (mut own, mut covered) = (DurationNs::default(), from);
        for child in others.iter().map(|other| &self.spans[*other]) {
            own = plus(own, child.start.min(until).since(covered));
            covered = covered.max(child.end.min(until));
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
