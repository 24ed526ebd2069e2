//! Errors and attempts that belong together by their traces, from facts in any order and far more of them than fit into memory: errors first, which are
//! few, then the attempts of the traces that have some. What [`HarmCounter`] and [`SliceCounter`] learn of it is what closed traces tell.

use crate::attempts::TimeSpan;
use crate::batch::{FactBatch, TraceId};
use crate::harm::{HarmCounter, TracedAttempt, has_trace, is_failed};
use crate::names::NameId;
use crate::renaming::Renaming;
use crate::slices::SliceCounter;
use hashbrown::HashMap;
use milepost_model::{ClassId, Outcome, RuleId};

/// Errors by trace, while they are gathered.
#[derive(Debug, Default)]
pub struct TracedErrors {
    errors: Vec<TracedError>,
    is_cut: bool,
}

/// The same once all are there, to be found by trace.
#[derive(Debug)]
pub struct ErrorsByTrace {
    errors: Vec<TracedError>,
    /// Where those of a trace begin.
    first: HashMap<TraceId, u32>,
    is_cut: bool,
}

/// Attempts of traces that have errors.
#[derive(Debug, Default)]
pub struct AttemptsWithErrors {
    attempts: Vec<Found>,
    is_cut: bool,
}

#[derive(Clone, Copy, Debug)]
struct TracedError {
    trace: TraceId,
    span: u64,
    operation: NameId,
    /// It failed for an interactive user in the time that is asked for.
    is_counted: bool,
}

#[derive(Clone, Copy, Debug)]
struct Found {
    /// Where the errors of its trace begin.
    errors: u32,
    span: u64,
    is_interactive: bool,
    attempt: TracedAttempt,
}

/// Most errors, and most attempts of their traces, that are held: 50 MB together. A time with more is told to be cut.
const MAX_HELD: usize = 1 << 19;

impl TracedErrors {
    /// Adds what failed in a batch. Attempts that were derived from traces, those with a rule from `derived` on, stand for their root, which is there, too.
    pub fn add(&mut self, batch: &FactBatch, span: TimeSpan, derived: RuleId) {
        for row in (0..batch.len()).filter(|row| is_failed(batch.outcome(*row)) && has_trace(batch, *row)) {
            if batch.rule(row).is_some_and(|rule| rule.index() >= derived.index()) {
                continue;
            }
            self.push(TracedError {
                trace: batch.trace(row),
                span: batch.span(row),
                operation: batch.operation(row),
                is_counted: batch.class(row) == ClassId::new(0) && span.contains(batch.time(row)),
            });
        }
    }

    /// Adds those of another, with its names by other tables.
    pub fn merge(&mut self, other: Self, names: &Renaming) {
        self.is_cut |= other.is_cut;
        for error in other.errors {
            self.push(TracedError { operation: names.operation(error.operation), ..error });
        }
    }

    /// All are there.
    pub fn by_trace(mut self) -> ErrorsByTrace {
        self.errors.sort_unstable_by_key(|error| (error.trace, error.span, error.operation));
        // A span that came twice failed once.
        self.errors.dedup_by_key(|error| (error.trace, error.span));
        let mut first = HashMap::new();
        for (at, error) in (0u32..).zip(&self.errors) {
            first.entry(error.trace).or_insert(at);
        }
        ErrorsByTrace { errors: self.errors, first, is_cut: self.is_cut }
    }

    fn push(&mut self, error: TracedError) {
        if self.errors.len() < MAX_HELD {
            self.errors.push(error);
        } else {
            self.is_cut = true;
        }
    }
}

impl ErrorsByTrace {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }

    /// Finds the attempts in a batch that belong to traces with errors.
    pub fn find(&self, batch: &FactBatch, span: TimeSpan, found: &mut AttemptsWithErrors) {
        for row in (0..batch.len()).filter(|row| batch.is_attempt(*row) && has_trace(batch, *row)) {
            let (Some(step), Some(errors)) = (batch.step(row), self.first.get(&batch.trace(row))) else { continue };
            if found.attempts.len() >= MAX_HELD {
                found.is_cut = true;
                return;
            }
            found.attempts.push(Found {
                errors: *errors,
                span: batch.span(row),
                is_interactive: batch.class(row) == ClassId::new(0),
                attempt: TracedAttempt {
                    step,
                    outcome: batch.outcome(row),
                    is_counted: span.contains(batch.time(row)),
                },
            });
        }
    }

    /// Counts what was found; whether there was more than is held.
    pub fn count(
        &self,
        found: impl IntoIterator<Item = AttemptsWithErrors>,
        slices: &mut SliceCounter,
        harm: &mut HarmCounter,
    ) -> bool {
        let mut is_cut = self.is_cut;
        let mut attempts: Vec<Found> = Vec::new();
        for part in found {
            is_cut |= part.is_cut;
            attempts.extend(part.attempts);
        }
        attempts.sort_unstable_by_key(|found| (found.errors, found.span, found.attempt.step));
        attempts.dedup_by_key(|found| (found.errors, found.span, found.attempt.step));
        let mut of_traces = attempts.chunk_by(|one, other| one.errors == other.errors).peekable();
        let mut at = 0;
        for errors in self.errors.chunk_by(|one, other| one.trace == other.trace) {
            let first = at;
            at += errors.len();
            let of_trace = of_traces.next_if(|attempts| attempts[0].errors as usize == first).unwrap_or_default();
            count_trace(errors, of_trace, slices, harm);
        }
        is_cut
    }
}

fn count_trace(errors: &[TracedError], found: &[Found], slices: &mut SliceCounter, harm: &mut HarmCounter) {
    let is_own = |error: &TracedError| found.iter().any(|attempt| attempt.span == error.span);
    let mut below: Vec<NameId> = errors.iter().filter(|error| !is_own(error)).map(|error| error.operation).collect();
    below.sort_unstable();
    below.dedup();
    let interactive = || found.iter().filter(|found| found.is_interactive).map(|found| found.attempt);
    for attempt in interactive().filter(|attempt| attempt.is_counted && attempt.outcome != Outcome::Abandoned) {
        for operation in &below {
            slices.count_failed_operation(attempt.step, *operation, is_failed(attempt.outcome));
        }
    }
    let mut counted: Vec<NameId> =
        errors.iter().filter(|error| error.is_counted).map(|error| error.operation).collect();
    counted.sort_unstable();
    let counted: Vec<(NameId, u64)> =
        counted.chunk_by(PartialEq::eq).map(|of_one| (of_one[0], of_one.len() as u64)).collect();
    let attempts: Vec<TracedAttempt> = interactive().collect();
    harm.count_trace(&counted, &attempts);
}
