//! One trace: what is kept of its spans while it is open, and what it turns out to be.

use crate::rules::{Calls, Judgement, TraceRules};
use hashbrown::HashSet;
use milepost_annotate::StepChoice;
use milepost_facts::{FactBatch, NameId, TraceId};
use milepost_model::{ClassId, DurationNs, Outcome, RuleId, StepId, Timestamp};

/// What a closed trace was.
#[derive(Clone, Debug, PartialEq)]
pub struct Closed {
    /// The trace.
    pub id: TraceId,
    /// What the trace rules make of it.
    pub verdict: Verdict,
    /// How many of its spans had no step of their own.
    pub spans_without_step: usize,
    /// The files in which its root stood; without a root, those of its spans.
    pub files: Vec<usize>,
    /// Its attempts: the derived one, and spans that were attempts of their own.
    pub attempts: Vec<Attempt>,
    /// Operations that failed in it, each once, the attempts' own left out.
    pub failed_operations: Vec<NameId>,
}

/// What trace rules make of a trace.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// No rule speaks of such traces.
    NotJudged,
    /// No rule fits its calls.
    Unmatched,
    /// Rules for these steps fit equally well.
    Ambiguous(Vec<StepId>),
    /// It was never whole.
    Incomplete(Incomplete),
    /// It was an attempt.
    Attempt(Derived),
}

/// Why a trace could not be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Incomplete {
    /// Its root never came.
    NoRoot,
    /// A span's parent never came.
    NoParent,
}

impl Incomplete {
    /// The name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoRoot => "no root span",
            Self::NoParent => "a parent span is missing",
        }
    }
}

/// An attempt derived from a trace: what the fact of it needs beyond its root.
#[derive(Clone, Debug, PartialEq)]
pub struct Derived {
    /// The rule that gave the step.
    pub rule: RuleId,
    /// The step.
    pub choice: StepChoice,
    /// Required calls that are not there.
    pub missing: Vec<NameId>,
    /// The root.
    pub root: Root,
    /// The root's dimensions.
    pub dimensions: Vec<NameId>,
}

/// The root of a trace.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Root {
    /// Its span.
    pub span: u64,
    /// Its start.
    pub time: Timestamp,
    /// How long it took.
    pub duration: Option<DurationNs>,
    /// Its service.
    pub service: NameId,
    /// Its operation.
    pub operation: NameId,
    /// Its class.
    pub class: ClassId,
    /// How it ended by its own status.
    pub outcome: Outcome,
    /// What went wrong by its own word.
    pub error: NameId,
    /// HTTP status; 0 for none.
    pub http_status: u16,
    /// It is an attempt by its own annotation, which trace rules leave alone.
    pub is_attempt: bool,
}

/// An attempt within a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Its step.
    pub step: StepId,
    /// Its class.
    pub class: ClassId,
    /// How it ended.
    pub outcome: Outcome,
}

/// What is kept of a trace while it is open.
#[derive(Clone, Debug)]
pub(crate) struct Trace {
    spans: Vec<SpanEntry>,
    /// The ids of the spans, once there are too many to look through.
    index: HashSet<u64>,
    root: Option<Root>,
    root_dimensions: Vec<NameId>,
    first: Timestamp,
    root_files: Vec<usize>,
    files: Vec<usize>,
}

#[derive(Clone, Copy, Debug)]
struct SpanEntry {
    span: u64,
    parent: u64,
    operation: NameId,
    attempt: Option<Attempt>,
    failed: bool,
    has_step: bool,
}

/// How long after its root's end a trace is closed, and at most after its first span.
const QUIET: DurationNs = DurationNs::from_seconds(10);
const LONGEST: DurationNs = DurationNs::from_seconds(60);
/// Most spans kept of one trace; what comes beyond makes it incomplete.
const MAX_SPANS: usize = 100_000;

impl Trace {
    pub(crate) fn new(first: Timestamp) -> Self {
        Self {
            spans: Vec::new(),
            index: HashSet::new(),
            root: None,
            root_dimensions: Vec::new(),
            first,
            root_files: Vec::new(),
            files: Vec::new(),
        }
    }

    /// Memory of one span, in bytes; of a trace, about twice that more.
    pub(crate) const SPAN_BYTES: usize = size_of::<SpanEntry>();

    pub(crate) fn spans(&self) -> usize {
        self.spans.len()
    }

    pub(crate) fn first(&self) -> Timestamp {
        self.first
    }

    /// Adds a span; whether it is new to the trace.
    pub(crate) fn add(&mut self, batch: &FactBatch, row: usize, file: usize) -> bool {
        self.first = self.first.min(batch.time(row));
        note(&mut self.files, file);
        let span = batch.span(row);
        let is_root = batch.parent(row) == 0;
        if is_root {
            note(&mut self.root_files, file);
        }
        if self.spans.len() > MAX_SPANS || self.has(span) {
            return false;
        }
        let outcome = batch.outcome(row);
        let attempt = (batch.is_attempt(row).then(|| batch.step(row)).flatten()).map(|step| Attempt {
            step,
            class: batch.class(row),
            outcome,
        });
        self.spans.push(SpanEntry {
            span,
            parent: batch.parent(row),
            operation: batch.operation(row),
            attempt,
            failed: matches!(outcome, Outcome::Failure | Outcome::Timeout),
            has_step: batch.step(row).is_some(),
        });
        let time = batch.time(row);
        if is_root && self.root.is_none_or(|root| time < root.time) {
            self.root_dimensions = (0..batch.dimensions()).map(|at| batch.dimension(at, row)).collect();
            self.root = Some(Root {
                span,
                time,
                duration: batch.duration(row),
                service: batch.service(row),
                operation: batch.operation(row),
                class: batch.class(row),
                outcome,
                error: batch.error(row),
                http_status: batch.http_status(row),
                is_attempt: batch.is_attempt(row),
            });
        }
        true
    }

    /// Whether a span is there: looked through from the end, where it would be, while they are few.
    fn has(&mut self, span: u64) -> bool {
        const FEW: usize = 64;
        if self.spans.len() < FEW {
            return self.spans.iter().rev().any(|entry| entry.span == span);
        }
        if self.index.is_empty() {
            self.index.extend(self.spans.iter().map(|entry| entry.span));
        }
        !self.index.insert(span)
    }

    /// Whether it is time to close the trace.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        let after_root = self.root.map(|root| root.time.plus(root.duration.unwrap_or_default()).plus(QUIET));
        after_root.is_some_and(|at| at <= now) || self.first.plus(LONGEST) <= now
    }

    /// Judges the trace.
    pub(crate) fn close(self, id: TraceId, rules: &TraceRules) -> Closed {
        let verdict = if rules.is_empty() { Verdict::NotJudged } else { self.judge(rules) };
        let derived = match &verdict {
            Verdict::Attempt(derived) => Some(derived),
            _ => None,
        };
        let mut attempts: Vec<Attempt> = self.spans.iter().filter_map(|span| span.attempt).collect();
        attempts.extend(derived.map(|d| Attempt { step: d.choice.step, class: d.root.class, outcome: d.outcome() }));
        let own = |span: &SpanEntry| span.attempt.is_some() || derived.is_some_and(|d| d.root.span == span.span);
        let mut failed_operations: Vec<NameId> =
            self.spans.iter().filter(|span| span.failed && !own(span)).map(|span| span.operation).collect();
        failed_operations.sort_unstable();
        failed_operations.dedup();
        let files = if self.root_files.is_empty() { self.files } else { self.root_files };
        Closed { id, verdict, spans_without_step: self.spans.iter().filter(|span| !span.has_step).count(), files, attempts, failed_operations }
    }

    fn judge(&self, rules: &TraceRules) -> Verdict {
        let Some(root) = self.root else { return Verdict::Incomplete(Incomplete::NoRoot) };
        if root.is_attempt || !rules.is_root(root.operation) {
            return Verdict::NotJudged;
        }
        let known: HashSet<u64> = self.spans.iter().map(|span| span.span).collect();
        if self.spans.len() > MAX_SPANS
            || self.spans.iter().any(|span| span.parent != 0 && !known.contains(&span.parent))
        {
            return Verdict::Incomplete(Incomplete::NoParent);
        }
        let mut calls = Calls::default();
        for span in self.spans.iter().filter(|span| span.span != root.span) {
            calls.of_trace.insert(span.operation);
            if span.parent == root.span {
                calls.of_root.insert(span.operation);
            }
        }
        match rules.judge(root.operation, &calls) {
            Judgement::Unmatched => Verdict::Unmatched,
            Judgement::Ambiguous(steps) => Verdict::Ambiguous(steps),
            Judgement::Step { rule, choice, missing } => {
                let dimensions = self.root_dimensions.clone();
                Verdict::Attempt(Derived { rule, choice, missing, root, dimensions })
            }
        }
    }
}

impl Derived {
    /// How the attempt ended: as its root says, and failed when a required call is missing.
    pub fn outcome(&self) -> Outcome {
        match self.root.outcome {
            Outcome::Success if !self.missing.is_empty() => Outcome::Failure,
            outcome => outcome,
        }
    }
}

fn note(files: &mut Vec<usize>, file: usize) {
    if !files.contains(&file) {
        files.push(file);
    }
}
