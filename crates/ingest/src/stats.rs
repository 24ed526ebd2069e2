//! What happened to events on their way to facts, in counts that add up.

use crate::access_log::AccessLine;
use milepost_annotate::{Annotated, Claim, Origin};
use milepost_facts::{Fact, FactBatch, Kind, NameId};
use milepost_model::{AmountError, ClassId, Outcome, StepId};
use milepost_registry::Registry;
use std::collections::BTreeMap;

/// Most examples of rejected records kept, each cut to this many characters.
const MAX_EXAMPLES: usize = 5;
const EXAMPLE_CHARACTERS: usize = 160;

/// Counts of one recorder.
#[derive(Clone, Debug, Default)]
pub struct Stats {
    /// Events read and inside the time asked for.
    pub events: u64,
    /// Events outside the time asked for.
    pub outside: u64,
    /// Events that got a step by themselves.
    pub annotated: u64,
    /// Events by how they came by their step.
    pub origins: BTreeMap<Origin, u64>,
    /// Events by what became of the annotation that they carried.
    pub claims: BTreeMap<Claim, u64>,
    /// Events whose annotation names a class in which those from whom they came cannot put them.
    pub class_refused: u64,
    /// Events by the rule that gave their step, by [`milepost_model::RuleId`].
    pub step_rules: Vec<u64>,
    /// Events by the rule that gave their class.
    pub class_rules: Vec<u64>,
    /// Events by step.
    pub steps: Vec<u64>,
    /// Events by class.
    pub classes: Vec<u64>,
    /// Requests of interactive users without a step, by operation.
    pub unannotated: Vec<Unannotated>,
    /// Events without a step of other classes than interactive: machines, mostly.
    pub unannotated_machines: u64,
    /// Events at a measuring point, but of the other signal than its service is measured by.
    pub other_signal: BTreeMap<NameId, u64>,
    /// Requests of interactive users at the measuring point of several steps, which nothing tells apart, by operation.
    pub undecided: BTreeMap<NameId, u64>,
    /// Records that were no events, by reason.
    pub rejected: BTreeMap<&'static str, u64>,
    /// The first of them, with their reasons.
    pub examples: Vec<Example>,
    /// Lines with stray text after their last field.
    pub trailing: u64,
    /// Lines that end before their last field.
    pub cut: u64,
    /// The first of them: its file, by position, and its line.
    pub first_cut: Option<(usize, u64)>,
    /// Lines whose request is no request line.
    pub broken_requests: u64,
    /// Lines that were not UTF-8.
    pub lossy: u64,
    /// Spans that end before they start, taken as lasting no time.
    pub ends_before_start: u64,
    /// Numbers of attempts that cannot be counted for a KPI, by its place among the amounts of facts and by why: the attempts count, their numbers do not.
    pub amounts_refused: BTreeMap<(usize, AmountError), u64>,
}

/// Requests of one operation that serve no step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unannotated {
    /// How many.
    pub events: u64,
    /// Of those, failures and timeouts.
    pub failed: u64,
    /// The first of them, by its position in its file: the line of a log, or the number of an event of OTLP.
    pub first: u64,
    /// The file, by its position.
    pub file: usize,
}

/// A record that was no event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// The file, as it was named.
    pub file: String,
    /// The line, from 1, or the number of the record.
    pub line: u64,
    /// Why it was rejected.
    pub reason: &'static str,
    /// Its beginning.
    pub text: String,
}

impl Stats {
    /// Nothing counted yet.
    pub fn new(registry: &Registry) -> Self {
        Self {
            step_rules: vec![0; registry.rules.len()],
            class_rules: vec![0; registry.rules.len()],
            steps: vec![0; registry.steps.len()],
            classes: vec![0; registry.classes.len()],
            ..Self::default()
        }
    }

    /// Events without a step of their own.
    pub fn unannotated(&self) -> u64 {
        self.events - self.annotated
    }

    /// Records that were no events.
    pub fn all_rejected(&self) -> u64 {
        self.rejected.values().sum()
    }

    pub(crate) fn note_line(&mut self, line: &AccessLine<'_>, place: (usize, u64)) {
        self.trailing += u64::from(line.trailing);
        self.cut += u64::from(line.cut);
        if line.cut {
            self.first_cut.get_or_insert(place);
        }
        self.broken_requests += u64::from(line.broken_request);
        self.lossy += u64::from(line.lossy);
    }

    pub(crate) fn note_event(&mut self, fact: &Fact<'_>, annotated: &Annotated<'_>, (file, position): (usize, u64)) {
        self.events += 1;
        *self.origins.entry(annotated.origin).or_default() += 1;
        if annotated.claim != Claim::Absent {
            *self.claims.entry(annotated.claim).or_default() += 1;
        }
        self.class_refused += u64::from(annotated.is_class_refused);
        self.classes[annotated.class.index()] += 1;
        if let Some(rule) = annotated.rule {
            self.step_rules[rule.index()] += 1;
        }
        if let Some(rule) = annotated.class_rule {
            self.class_rules[rule.index()] += 1;
        }
        if annotated.is_other_signal {
            *self.other_signal.entry(fact.service).or_default() += 1;
        }
        if annotated.is_undecided && annotated.class.index() == 0 {
            *self.undecided.entry(fact.operation).or_default() += 1;
        }
        self.note_step(annotated.step, annotated.class, fact.kind, (fact.operation, fact.outcome), (file, position));
    }

    /// Notes a fact that was an event once.
    pub(crate) fn note_stored(&mut self, batch: &FactBatch, row: usize) {
        self.events += 1;
        *self.origins.entry(batch.origin(row)).or_default() += 1;
        let class = batch.class(row);
        self.classes[class.index()] += 1;
        if let Some(rule) = batch.rule(row) {
            self.step_rules[rule.index()] += 1;
        }
        let (operation, outcome) = (batch.operation(row), batch.outcome(row));
        self.note_step(batch.step(row), class, batch.kind(row), (operation, outcome), (0, 0));
    }

    fn note_step(
        &mut self,
        step: Option<StepId>,
        class: ClassId,
        kind: Kind,
        (operation, outcome): (NameId, Outcome),
        (file, position): (usize, u64),
    ) {
        match step {
            Some(step) => {
                self.annotated += 1;
                self.steps[step.index()] += 1;
            }
            None if class.index() != 0 => self.unannotated_machines += 1,
            None if matches!(kind, Kind::Server | Kind::Consumer | Kind::Log) => {
                let at = operation.0 as usize;
                if at >= self.unannotated.len() {
                    self.unannotated.resize(at + 1, Unannotated::default());
                }
                let of = &mut self.unannotated[at];
                if of.events == 0 {
                    (of.file, of.first) = (file, position);
                }
                of.events += 1;
                of.failed += u64::from(matches!(outcome, Outcome::Failure | Outcome::Timeout));
            }
            None => {}
        }
    }

    /// Counts a record that was no event; `example` is made only while examples are still wanted.
    pub fn reject(&mut self, reason: &'static str, example: Option<&dyn Fn() -> Example>) {
        *self.rejected.entry(reason).or_default() += 1;
        if self.examples.len() < MAX_EXAMPLES
            && let Some(example) = example
        {
            let mut example = example();
            if let Some((end, _)) = example.text.char_indices().nth(EXAMPLE_CHARACTERS) {
                example.text.truncate(end);
                example.text.push('…');
            }
            self.examples.push(example);
        }
    }
}
