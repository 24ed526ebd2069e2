//! Harm: what the errors of operations did to steps, and which did nothing. From the traces in which both were seen; an association, not a proof.

use crate::attempts::TimeSpan;
use crate::batch::FactBatch;
use crate::names::NameId;
use crate::renaming::Renaming;
use hashbrown::HashMap;
use milepost_model::{ClassId, Outcome, RuleId, StepId};

/// Counts what operations did, how often they failed, and what became of the attempts that they failed in.
#[derive(Debug, Default)]
pub struct HarmCounter {
    operations: HashMap<NameId, Harm>,
}

/// What the errors of one operation did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Harm {
    /// Events of interactive users.
    pub events: u64,
    /// The errors, by what became of the request that they belong to.
    pub errors: Errors,
    /// Failed attempts in whose trace it failed, by step.
    pub failed_attempts: HashMap<StepId, u64>,
}

/// Errors of an operation: each is one of these.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Errors {
    /// An attempt failed in their trace, or they are that attempt.
    pub hurting: u64,
    /// All attempts of their trace succeeded, or were abandoned.
    pub harmless: u64,
    /// No attempt of a step is known in their trace.
    pub without_attempt: u64,
    /// They have no trace, so that nothing can be said.
    pub without_trace: u64,
}

/// An interactive attempt of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TracedAttempt {
    /// Its step.
    pub step: StepId,
    /// How it ended.
    pub outcome: Outcome,
    /// Whether it began in the time that is asked for.
    pub is_counted: bool,
}

impl Errors {
    /// All of them.
    pub fn all(self) -> u64 {
        self.hurting + self.harmless + self.without_attempt + self.without_trace
    }
}

/// Whether an event failed.
pub(crate) fn is_failed(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Failure | Outcome::Timeout)
}

impl HarmCounter {
    /// Counts the events of a batch that began in a time. Attempts that were derived from traces, those with a rule from `derived` on, are no events of
    /// their own.
    pub fn count_events(&mut self, batch: &FactBatch, span: TimeSpan, derived: RuleId) {
        for row in events(batch, span, derived) {
            self.operations.entry(batch.operation(row)).or_default().events += 1;
        }
    }

    /// Counts the errors among them that have no trace.
    pub fn count_untraced(&mut self, batch: &FactBatch, span: TimeSpan, derived: RuleId) {
        let errors = events(batch, span, derived);
        for row in errors.filter(|row| is_failed(batch.outcome(*row)) && !has_trace(batch, *row)) {
            let harm = self.operations.entry(batch.operation(row)).or_default();
            match batch.step(row).filter(|_| batch.is_attempt(row)) {
                Some(step) => {
                    harm.errors.hurting += 1;
                    *harm.failed_attempts.entry(step).or_default() += 1;
                }
                None => harm.errors.without_trace += 1,
            }
        }
    }

    /// Counts the errors of a trace, by operation, and what they did to its attempts.
    pub fn count_trace(&mut self, errors: &[(NameId, u64)], attempts: &[TracedAttempt]) {
        let is_hurt = attempts.iter().any(|attempt| is_failed(attempt.outcome));
        for (operation, count) in errors {
            let harm = self.operations.entry(*operation).or_default();
            let kind = match (attempts.is_empty(), is_hurt) {
                (true, _) => &mut harm.errors.without_attempt,
                (false, true) => &mut harm.errors.hurting,
                (false, false) => &mut harm.errors.harmless,
            };
            *kind += count;
            for attempt in attempts.iter().filter(|attempt| attempt.is_counted && is_failed(attempt.outcome)) {
                *harm.failed_attempts.entry(attempt.step).or_default() += 1;
            }
        }
    }

    /// Adds what another counted, with its names by other tables.
    pub fn merge(&mut self, other: Self, names: &Renaming) {
        for (operation, theirs) in other.operations {
            let ours = self.operations.entry(names.operation(operation)).or_default();
            ours.events += theirs.events;
            ours.errors.hurting += theirs.errors.hurting;
            ours.errors.harmless += theirs.errors.harmless;
            ours.errors.without_attempt += theirs.errors.without_attempt;
            ours.errors.without_trace += theirs.errors.without_trace;
            for (step, count) in theirs.failed_attempts {
                *ours.failed_attempts.entry(step).or_default() += count;
            }
        }
    }

    /// All operations, in no order.
    pub fn operations(&self) -> impl Iterator<Item = (NameId, &Harm)> {
        self.operations.iter().map(|(operation, harm)| (*operation, harm))
    }
}

/// Events of interactive users in a time, of operations with a name.
fn events(batch: &FactBatch, span: TimeSpan, derived: RuleId) -> impl Iterator<Item = usize> + '_ {
    (0..batch.len()).filter(move |row| {
        let is_derived = batch.rule(*row).is_some_and(|rule| rule.index() >= derived.index());
        let is_named = !batch.operation(*row).is_null();
        is_named && !is_derived && batch.class(*row) == ClassId::new(0) && span.contains(batch.time(*row))
    })
}

/// Whether an event can be found in a trace.
pub(crate) fn has_trace(batch: &FactBatch, row: usize) -> bool {
    !batch.trace(row).is_none() && batch.span(row) != 0
}
