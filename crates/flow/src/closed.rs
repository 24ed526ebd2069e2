//! What a trace turned out to be, once it is closed: for whoever counts it.

use crate::course::Course;
use milepost_annotate::{Origin, StepChoice};
use milepost_facts::{Fact, Kind, NameId, NameTables, Role, Source, TraceId};
use milepost_model::{ClassId, DurationNs, GrpcStatus, Outcome, RuleId, Signal, StepId, Timestamp};

/// A closed trace.
#[derive(Clone, Debug, PartialEq)]
pub struct Closed {
    /// The trace.
    pub id: TraceId,
    /// When the first of its spans began.
    pub first: Timestamp,
    /// What the trace rules make of it.
    pub verdict: Verdict,
    /// It had been closed before, and spans of it came again or late. Its attempt, if it is whole this time, may have been told already:
    /// [`milepost_facts::Seen`] knows it by trace and root.
    pub is_late: bool,
    /// How many of its spans had no step of their own.
    pub spans_without_step: usize,
    /// The files in which its root stood, in order; without a root, those of its spans.
    pub files: Vec<usize>,
    /// Requests of interactive users in it that servers took and that have no step of their own, by operation, and whether they failed.
    pub requests_without_step: Vec<(NameId, bool)>,
    /// Its attempts: the derived one, and spans that were attempts of their own. None of a late trace, whose attempts were told with the
    /// operations that failed below them before.
    pub attempts: Vec<Attempt>,
    /// Operations that failed in it, each once, the attempts' own left out.
    pub failed_operations: Vec<NameId>,
    /// How often operations failed in it, for users and in the time that errors are counted of; the attempts' own with them.
    pub errors: Vec<(NameId, u64)>,
    /// How its attempts went, as far as that was asked for and the trace is whole.
    pub courses: Vec<Course>,
}

/// What trace rules make of a trace.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// No rule speaks of such traces, or these are late spans of one that was judged.
    NotJudged,
    /// No rule fits its calls.
    Unmatched(Shape),
    /// Rules for these steps fit equally well.
    Ambiguous(Vec<StepId>),
    /// It was never whole.
    Incomplete(Incomplete),
    /// It was an attempt.
    Attempt(Derived),
    /// It was judged before: its attempt, which this rule found, came with its spans.
    Told(RuleId),
}

/// What rules look at in a trace.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shape {
    /// The operation of its root.
    pub root: NameId,
    /// The calls of its root, in order of their ids, as far as [`Shape::MAX_CALLS`].
    pub calls: Vec<NameId>,
}

impl Shape {
    /// Most calls told.
    pub const MAX_CALLS: usize = 16;
}

/// Why a trace could not be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Incomplete {
    /// Its root never came.
    NoRoot,
    /// A span's parent never came.
    NoParent,
    /// It had more spans than are kept.
    TooLarge,
}

impl Incomplete {
    /// The name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoRoot => "no root span",
            Self::NoParent => "a parent span is missing",
            Self::TooLarge => "more spans than are kept of one trace",
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
    /// The root; its outcome is by the step's own table.
    pub root: Root,
    /// The root's dimensions.
    pub dimensions: Vec<NameId>,
    /// The interaction that the root belongs to.
    pub interaction: Option<Box<str>>,
}

/// The root of a trace.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Root {
    /// Its span.
    pub span: u64,
    /// Its span kind.
    pub kind: Kind,
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
    /// gRPC status.
    pub grpc_status: Option<GrpcStatus>,
    /// Of 2^56 equally likely traces, how many are not sampled, where telemetry says.
    pub sampling_threshold: Option<u64>,
    /// It is an attempt by its own annotation, which trace rules leave alone.
    pub is_attempt: bool,
    /// The step that its own annotation or a rule gives it: only trace rules for that step can make an attempt of it.
    pub decided_step: Option<StepId>,
}

/// An attempt within a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Its span, within the trace.
    pub span: u64,
    /// Its step.
    pub step: StepId,
    /// Its class.
    pub class: ClassId,
    /// Its start.
    pub time: Timestamp,
    /// How it ended.
    pub outcome: Outcome,
}

impl Derived {
    /// How the attempt ended: as its root says, and failed when a required call is missing.
    pub fn outcome(&self) -> Outcome {
        match self.root.outcome {
            Outcome::Success if !self.missing.is_empty() => Outcome::Failure,
            outcome => outcome,
        }
    }

    /// The fact of the attempt: its root's, with the step. What went wrong is the root's own word, else the calls that are missing.
    pub fn fact(&self, trace: TraceId, tables: &mut NameTables) -> Fact<'_> {
        let root = &self.root;
        let outcome = self.outcome();
        // The calls of an abandoned attempt are missing because it was abandoned.
        let is_told_by_missing = root.error.is_null() && !self.missing.is_empty() && outcome != Outcome::Abandoned;
        Fact {
            time: root.time,
            duration: root.duration,
            role: Role::Step,
            source: Source::Service,
            signal: Signal::Spans,
            kind: root.kind,
            step: Some(self.choice.step),
            objective: self.choice.objective,
            class: root.class,
            service: root.service,
            operation: root.operation,
            outcome,
            error: if is_told_by_missing { missing_error(&self.missing, tables) } else { root.error },
            http_status: Some(root.http_status).filter(|status| *status != 0),
            grpc_status: root.grpc_status,
            origin: Origin::Rule,
            rule: Some(self.rule),
            trace,
            span: root.span,
            parent: 0,
            sampling_threshold: root.sampling_threshold,
            interaction: self.interaction.as_deref(),
            // A root without a step of its own was not asked for any.
            amounts: &[],
        }
    }
}

fn missing_error(missing: &[NameId], tables: &mut NameTables) -> NameId {
    let names: Vec<&str> = missing.iter().filter_map(|call| tables.operations.text(*call)).collect();
    tables.errors.id(&format!("missing {}", names.join(" and ")))
}
