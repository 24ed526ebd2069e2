//! One open trace: what is kept of its spans, when it is due, and how it is judged.

use crate::closed::{Attempt, Closed, Derived, Incomplete, Root, Shape, Verdict};
use crate::course::{Course, Tree};
use crate::rules::{Calls, Judgement, TraceRules};
use hashbrown::HashSet;
use milepost_facts::{FactBatch, Kind, Moved, NameId, TimeSpan, TraceId};
use milepost_model::{ClassId, DurationNs, Outcome, RuleId, Timestamp};

/// What is kept of a trace while it is open.
#[derive(Clone, Debug)]
pub(crate) struct Trace {
    spans: Vec<SpanEntry>,
    /// The ids of the spans, once there are too many to look through.
    index: HashSet<u64>,
    attempts: Vec<Attempt>,
    root: Option<Root>,
    root_dimensions: Vec<NameId>,
    root_interaction: Option<Box<str>>,
    first: Timestamp,
    /// When its first and its last span arrived, where that is known.
    arrival: Option<(Timestamp, Timestamp)>,
    root_files: Vec<usize>,
    files: Vec<usize>,
    /// Spans came beyond those that are kept.
    is_cut: bool,
    /// The rule that found its attempt, and the root, where that came with the spans.
    told: Option<(RuleId, u64)>,
}

/// What is kept of a span.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SpanEntry {
    pub(crate) span: u64,
    pub(crate) parent: u64,
    pub(crate) start: Timestamp,
    pub(crate) end: Timestamp,
    pub(crate) operation: NameId,
    pub(crate) service: NameId,
    is_attempt: bool,
    has_step: bool,
    pub(crate) failed: bool,
    /// The caller's view of a call: what answers it lies below.
    pub(crate) is_caller: bool,
    /// A request of an interactive user that a server took.
    pub(crate) is_request: bool,
    /// It failed for an interactive user, in the time that errors are counted of.
    is_error: bool,
}

/// What became of a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Added {
    /// It was kept.
    New,
    /// It was there already.
    Duplicate,
    /// The trace holds no more.
    Beyond,
}

/// How long after its root's end a trace is closed, and at most after its first span.
const AFTER_ROOT: DurationNs = DurationNs::from_seconds(10);
const AFTER_FIRST: DurationNs = DurationNs::from_seconds(60);
/// Most spans kept of one trace, far more than any attempt makes; what comes beyond makes it incomplete.
pub(crate) const MAX_SPANS: usize = 100_000;
/// Spans up to which looking through them all is faster than an index.
const FEW: usize = 64;

impl Trace {
    pub(crate) fn new(first: Timestamp) -> Self {
        Self {
            spans: Vec::new(),
            index: HashSet::new(),
            attempts: Vec::new(),
            root: None,
            root_dimensions: Vec::new(),
            root_interaction: None,
            first,
            arrival: None,
            root_files: Vec::new(),
            files: Vec::new(),
            is_cut: false,
            told: None,
        }
    }

    /// Memory of a trace with so many spans, in bytes: what vectors and tables hold in reserve counts, too.
    pub(crate) const fn bytes(spans: usize) -> usize {
        2 * size_of::<(TraceId, Self)>() + 256 + spans * (2 * size_of::<SpanEntry>() + 20)
    }

    pub(crate) fn spans(&self) -> usize {
        self.spans.len()
    }

    pub(crate) fn first(&self) -> Timestamp {
        self.first
    }

    /// Notes that a span arrives.
    pub(crate) fn arrives(&mut self, now: Option<Timestamp>) {
        if let Some(now) = now {
            self.arrival = Some(self.arrival.map_or((now, now), |(first, _)| (first, now)));
        }
    }

    /// Takes the names and steps of another registry version.
    pub(crate) fn rename(&mut self, names: &Moved) {
        for span in &mut self.spans {
            span.operation = names.operation(span.operation);
            span.service = names.service(span.service);
        }
        let moved = self.attempts.iter().filter_map(|attempt| {
            let class = names.class(attempt.class);
            names.step(attempt.step).map(|step| Attempt { step, class, ..*attempt })
        });
        self.attempts = moved.collect();
        self.root_dimensions = names.dimensions(&self.root_dimensions);
        if let Some(root) = &mut self.root {
            root.service = names.service(root.service);
            root.operation = names.operation(root.operation);
            root.error = names.error(root.error);
            root.class = names.class(root.class);
            root.decided_step = root.decided_step.and_then(|step| names.step(step));
        }
    }

    pub(crate) fn first_arrival(&self) -> Option<Timestamp> {
        self.arrival.map(|(first, _)| first)
    }

    /// Notes the attempt that was found in it before.
    pub(crate) fn tell(&mut self, rule: RuleId, batch: &FactBatch, row: usize) {
        self.told = Some((rule, batch.span(row)));
        self.attempts.extend(batch.step(row).map(|step| Attempt {
            span: batch.span(row),
            step,
            class: batch.class(row),
            time: batch.time(row),
            outcome: batch.outcome(row),
        }));
    }

    /// Adds a span.
    pub(crate) fn add(&mut self, (batch, row): (&FactBatch, usize), file: usize, counted: TimeSpan) -> Added {
        self.first = self.first.min(batch.time(row));
        note(&mut self.files, file);
        if batch.parent(row) == 0 {
            note(&mut self.root_files, file);
        }
        let span = batch.span(row);
        if self.has(span) {
            return Added::Duplicate;
        }
        if batch.parent(row) == 0 {
            self.note_root(batch, row);
        }
        if self.spans.len() >= MAX_SPANS {
            self.is_cut = true;
            return Added::Beyond;
        }
        let outcome = batch.outcome(row);
        let step = batch.step(row);
        let attempt_step = step.filter(|_| batch.is_attempt(row));
        self.attempts.extend(attempt_step.map(|step| Attempt {
            span,
            step,
            class: batch.class(row),
            time: batch.time(row),
            outcome,
        }));
        let is_interactive = batch.class(row) == ClassId::new(0);
        let failed = matches!(outcome, Outcome::Failure | Outcome::Timeout);
        self.spans.push(SpanEntry {
            span,
            parent: batch.parent(row),
            start: batch.time(row),
            end: batch.time(row).plus(batch.duration(row).unwrap_or_default()),
            operation: batch.operation(row),
            service: batch.service(row),
            is_attempt: attempt_step.is_some(),
            has_step: step.is_some(),
            failed,
            is_caller: matches!(batch.kind(row), Kind::Client | Kind::Producer),
            is_request: matches!(batch.kind(row), Kind::Server | Kind::Consumer) && is_interactive,
            is_error: failed && is_interactive && counted.contains(batch.time(row)),
        });
        if self.spans.len() == FEW {
            self.index.extend(self.spans.iter().map(|entry| entry.span));
        } else if self.spans.len() > FEW {
            self.index.insert(span);
        }
        Added::New
    }

    /// Of several roots the earliest is the trace's.
    fn note_root(&mut self, batch: &FactBatch, row: usize) {
        let (time, span) = (batch.time(row), batch.span(row));
        if self.root.is_some_and(|root| (root.time, root.span) < (time, span)) {
            return;
        }
        self.root_dimensions.clear();
        self.root_dimensions.extend((0..batch.dimensions()).map(|at| batch.dimension(at, row)));
        self.root_interaction = batch.interaction(row).map(Into::into);
        self.root = Some(Root {
            span,
            kind: batch.kind(row),
            time,
            duration: batch.duration(row),
            service: batch.service(row),
            operation: batch.operation(row),
            class: batch.class(row),
            outcome: batch.outcome(row),
            error: batch.error(row),
            http_status: batch.http_status(row),
            grpc_status: batch.grpc_status(row),
            sampling_threshold: batch.sampling_threshold(row),
            is_attempt: batch.is_attempt(row),
            decided_step: batch.decided_step(row),
        });
    }

    /// Whether a span is there: looked through from the end, where it would be, while they are few.
    fn has(&self, span: u64) -> bool {
        if self.spans.len() < FEW {
            return self.spans.iter().rev().any(|entry| entry.span == span);
        }
        self.index.contains(&span)
    }

    /// Whether it is time to close the trace; by an attempt as by its root, if so it is to be.
    pub(crate) fn is_due(&self, now: Timestamp, by_attempt: bool) -> bool {
        if let Some((first, last)) = self.arrival {
            let has_begun = self.root.is_some() || by_attempt && !self.attempts.is_empty();
            return has_begun && last.plus(AFTER_ROOT) <= now || first.plus(AFTER_FIRST) <= now;
        }
        let after_root = self.root.map(|root| root.time.plus(root.duration.unwrap_or_default()).plus(AFTER_ROOT));
        after_root.is_some_and(|at| at <= now) || self.first.plus(AFTER_FIRST) <= now
    }

    /// Judges the trace, as one that was not closed before. Tells the courses of the attempts that are wanted.
    pub(crate) fn close(
        mut self,
        id: TraceId,
        rules: &TraceRules,
        mut is_wanted: impl FnMut(&Attempt) -> bool,
    ) -> Closed {
        let verdict = self.judge(rules);
        let derived = match &verdict {
            Verdict::Attempt(derived) => Some(derived),
            _ => None,
        };
        let root = derived.map(|derived| derived.root.span).or(self.told.map(|(_, root)| root));
        let own = |span: &&SpanEntry| span.is_attempt || root == Some(span.span);
        let failed = self.spans.iter().filter(|span| span.failed && !own(span));
        let mut failed_operations: Vec<NameId> = failed.map(|span| span.operation).collect();
        failed_operations.sort_unstable();
        failed_operations.dedup();
        self.attempts.extend(derived.map(|derived| Attempt {
            span: derived.root.span,
            step: derived.choice.step,
            class: derived.root.class,
            time: derived.root.time,
            outcome: derived.outcome(),
        }));
        let wanted: Vec<&Attempt> = self.attempts.iter().filter(|attempt| is_wanted(attempt)).collect();
        let courses = if wanted.is_empty() { Vec::new() } else { self.courses(&wanted) };
        Closed {
            id,
            first: self.first,
            verdict,
            is_late: false,
            spans_without_step: self.spans.iter().filter(|span| !span.has_step).count(),
            requests_without_step: (self.spans.iter())
                .filter(|span| !span.has_step && span.is_request)
                .map(|span| (span.operation, span.failed))
                .collect(),
            files: if self.root_files.is_empty() { self.files } else { self.root_files },
            attempts: self.attempts,
            failed_operations,
            errors: errors(&self.spans),
            courses,
        }
    }

    fn courses(&self, wanted: &[&Attempt]) -> Vec<Course> {
        // What is cut off would look as if it had never been. Who called for an attempt need not be seen.
        let known: HashSet<u64> = self.spans.iter().map(|span| span.span).collect();
        let is_cut_off = |span: &SpanEntry| span.parent != 0 && !span.is_attempt && !known.contains(&span.parent);
        if self.is_cut || self.spans.iter().any(is_cut_off) {
            return Vec::new();
        }
        let tree = Tree::new(&self.spans);
        wanted.iter().filter_map(|attempt| tree.course(attempt)).collect()
    }

    fn judge(&mut self, rules: &TraceRules) -> Verdict {
        if let Some((rule, _)) = self.told {
            return Verdict::Told(rule);
        }
        if rules.is_empty() {
            return self.of_no_rule(rules);
        }
        let Some(mut root) = self.root else {
            return Verdict::Incomplete(if self.is_cut { Incomplete::TooLarge } else { Incomplete::NoRoot });
        };
        if root.is_attempt || !rules.is_root(root.operation, root.decided_step) {
            return self.of_no_rule(rules);
        }
        if self.is_cut {
            return Verdict::Incomplete(Incomplete::TooLarge);
        }
        if self.lacks_a_parent() {
            return Verdict::Incomplete(Incomplete::NoParent);
        }
        let calls = self.calls(root.span);
        match rules.judge(root.operation, root.decided_step, &calls) {
            Judgement::Unmatched => Verdict::Unmatched(shape(root.operation, calls)),
            Judgement::Ambiguous(steps) => Verdict::Ambiguous(steps),
            // It was not judged yet, or under other rules.
            Judgement::Step { .. } if rules.are_attempts_told() => Verdict::NotJudged,
            Judgement::Step { rule, choice, missing } => {
                root.outcome = rules.outcome(choice.step, &root);
                let dimensions = std::mem::take(&mut self.root_dimensions);
                let interaction = self.root_interaction.take();
                Verdict::Attempt(Derived { rule, choice, missing, root, dimensions, interaction })
            }
        }
    }

    /// A trace that no rule speaks of: its shape, where that was asked for and a rule could tell its step.
    fn of_no_rule(&self, rules: &TraceRules) -> Verdict {
        let is_of_nobody = |root: &Root| {
            !root.is_attempt && root.decided_step.is_none() && root.class == ClassId::new(0) && !self.lacks_a_parent()
        };
        let Some(root) = self.root.filter(|root| rules.tells_all() && !self.is_cut && is_of_nobody(root)) else {
            return Verdict::NotJudged;
        };
        let calls = self.calls(root.span);
        if calls.of_root.is_empty() { Verdict::NotJudged } else { Verdict::Unmatched(shape(root.operation, calls)) }
    }

    fn lacks_a_parent(&self) -> bool {
        let known: HashSet<u64> = self.spans.iter().map(|span| span.span).collect();
        self.spans.iter().any(|span| span.parent != 0 && !known.contains(&span.parent))
    }

    /// A call has up to two spans: the caller's, and below it that of the service that answers, which alone may say what is called.
    fn calls(&self, root: u64) -> Calls {
        let mut calls = Calls::default();
        let callers: HashSet<u64> =
            self.spans.iter().filter(|span| span.parent == root && span.is_caller).map(|span| span.span).collect();
        for span in self.spans.iter().filter(|span| span.span != root) {
            calls.of_trace.insert(span.operation);
            if span.parent == root || callers.contains(&span.parent) {
                calls.of_root.insert(span.operation);
            }
        }
        calls
    }
}

/// Errors by operation, in order of their ids.
fn errors(spans: &[SpanEntry]) -> Vec<(NameId, u64)> {
    let mut errors: Vec<NameId> = spans.iter().filter(|span| span.is_error).map(|span| span.operation).collect();
    errors.sort_unstable();
    errors.chunk_by(PartialEq::eq).map(|of_one| (of_one[0], of_one.len() as u64)).collect()
}

fn shape(root: NameId, calls: Calls) -> Shape {
    let mut of_root: Vec<NameId> = calls.of_root.into_iter().collect();
    of_root.sort_unstable();
    of_root.truncate(Shape::MAX_CALLS);
    Shape { root, calls: of_root }
}

/// Notes a file, once, in order.
fn note(files: &mut Vec<usize>, file: usize) {
    if let Err(at) = files.binary_search(&file) {
        files.insert(at, file);
    }
}
