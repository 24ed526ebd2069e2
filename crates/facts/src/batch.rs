//! Facts in columns: how they are built, and how they lie in memory.

use crate::columns::{Kind, Role, Source};
use crate::names::NameId;
use crate::renaming::Renaming;
use crate::tables::NameTables;
use arrow_array::{Int64Array, UInt8Array, UInt16Array, UInt32Array, UInt64Array};
use milepost_annotate::Origin;
use milepost_model::{
    Amount, ClassId, DurationNs, GrpcStatus, ObjectiveId, Outcome, RuleId, Signal, StepId, Timestamp,
};
use std::ops::Range;

/// The id of a trace; all zero for none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TraceId(pub u64, pub u64);

impl TraceId {
    /// The id of 16 bytes as they stand on the wire.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        let (high, low) = bytes.split_at(8);
        let word = |half: &[u8]| half.iter().fold(0u64, |word, byte| word << 8 | u64::from(*byte));
        Self(word(high), word(low))
    }

    /// Whether there is no trace.
    pub fn is_none(self) -> bool {
        self == Self::default()
    }
}

impl std::fmt::Display for TraceId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}{:016x}", self.0, self.1)
    }
}

/// One annotated event, as it is put into columns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fact<'a> {
    /// Start of the event.
    pub time: Timestamp,
    /// How long it took, where telemetry says.
    pub duration: Option<DurationNs>,
    /// What it stands for.
    pub role: Role,
    /// Who saw it.
    pub source: Source,
    /// Span or log line.
    pub signal: Signal,
    /// Span kind.
    pub kind: Kind,
    /// The step it serves.
    pub step: Option<StepId>,
    /// The objective, where known.
    pub objective: Option<ObjectiveId>,
    /// The traffic class.
    pub class: ClassId,
    /// The service.
    pub service: NameId,
    /// The operation, declared or observed.
    pub operation: NameId,
    /// How it ended.
    pub outcome: Outcome,
    /// What went wrong.
    pub error: NameId,
    /// HTTP status; 0 is none.
    pub http_status: Option<u16>,
    /// gRPC status.
    pub grpc_status: Option<GrpcStatus>,
    /// How it came by its step.
    pub origin: Origin,
    /// The rule that gave the step.
    pub rule: Option<RuleId>,
    /// Its trace.
    pub trace: TraceId,
    /// Its span; 0 for none.
    pub span: u64,
    /// The span that caused it; 0 for none.
    pub parent: u64,
    /// Of 2^56 equally likely traces, how many are not sampled, where telemetry says.
    pub sampling_threshold: Option<u64>,
    /// The interaction that it belongs to; an empty one is none.
    pub interaction: Option<&'a str>,
    /// What it is worth of each KPI that events carry, in the order of the tables; missing ones are NULL.
    pub amounts: &'a [Option<Amount>],
}

/// How NULL lies in number columns: values that cannot occur.
pub(crate) const NO_DURATION: i64 = -1;
pub(crate) const NO_HTTP_STATUS: u16 = 0;
pub(crate) const NO_GRPC_STATUS: u8 = u8::MAX;
pub(crate) const NO_SAMPLING: u64 = u64::MAX;
/// Amounts lie one above what they are.
pub(crate) const NO_AMOUNT: u64 = 0;

/// Facts of one source, in columns. Name columns hold ids into the [`NameTables`] that the batch was built with; 0 is NULL.
#[derive(Clone, Debug)]
pub struct FactBatch {
    pub(crate) time: Int64Array,
    pub(crate) duration: Int64Array,
    pub(crate) role: UInt8Array,
    pub(crate) source: UInt8Array,
    pub(crate) signal: UInt8Array,
    pub(crate) kind: UInt8Array,
    pub(crate) step: UInt32Array,
    pub(crate) objective: UInt32Array,
    pub(crate) class: UInt32Array,
    pub(crate) service: UInt32Array,
    pub(crate) operation: UInt32Array,
    pub(crate) outcome: UInt8Array,
    pub(crate) error: UInt32Array,
    pub(crate) http_status: UInt16Array,
    pub(crate) grpc_status: UInt8Array,
    pub(crate) origin: UInt8Array,
    pub(crate) rule: UInt32Array,
    pub(crate) trace_high: UInt64Array,
    pub(crate) trace_low: UInt64Array,
    pub(crate) span: UInt64Array,
    pub(crate) parent: UInt64Array,
    pub(crate) sampling: UInt64Array,
    /// Interaction ids one after the other, and where each ends; an empty one is NULL.
    pub(crate) interactions: String,
    pub(crate) interaction_ends: Vec<u32>,
    pub(crate) dimensions: Vec<UInt32Array>,
    pub(crate) amounts: Vec<UInt64Array>,
}

/// Builds a batch fact by fact.
#[derive(Debug, Default)]
pub struct FactBuilder {
    pub(crate) time: Vec<i64>,
    pub(crate) duration: Vec<i64>,
    pub(crate) role: Vec<u8>,
    pub(crate) source: Vec<u8>,
    pub(crate) signal: Vec<u8>,
    pub(crate) kind: Vec<u8>,
    pub(crate) step: Vec<u32>,
    pub(crate) objective: Vec<u32>,
    pub(crate) class: Vec<u32>,
    pub(crate) service: Vec<u32>,
    pub(crate) operation: Vec<u32>,
    pub(crate) outcome: Vec<u8>,
    pub(crate) error: Vec<u32>,
    pub(crate) http_status: Vec<u16>,
    pub(crate) grpc_status: Vec<u8>,
    pub(crate) origin: Vec<u8>,
    pub(crate) rule: Vec<u32>,
    pub(crate) trace_high: Vec<u64>,
    pub(crate) trace_low: Vec<u64>,
    pub(crate) span: Vec<u64>,
    pub(crate) parent: Vec<u64>,
    pub(crate) sampling: Vec<u64>,
    pub(crate) interactions: String,
    pub(crate) interaction_ends: Vec<u32>,
    pub(crate) dimensions: Vec<Vec<u32>>,
    pub(crate) amounts: Vec<Vec<u64>>,
}

impl FactBuilder {
    /// Facts in a full batch: large enough to count in bulk, small enough for the processor's cache.
    pub const FULL: usize = 8192;

    /// An empty builder for facts with the dimensions and the KPIs of some tables.
    pub fn new(tables: &NameTables) -> Self {
        Self::with(tables.dimensions.len(), tables.kpi_names.len())
    }

    fn with(dimensions: usize, amounts: usize) -> Self {
        Self { dimensions: vec![Vec::new(); dimensions], amounts: vec![Vec::new(); amounts], ..Self::default() }
    }

    /// How many facts it holds.
    pub fn len(&self) -> usize {
        self.time.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.time.is_empty()
    }

    /// Whether it is time to take the batch.
    pub fn is_full(&self) -> bool {
        self.len() >= Self::FULL
    }

    /// Adds a fact with its dimensions, in the order of the tables; missing ones are NULL.
    pub fn push(&mut self, fact: &Fact<'_>, dimensions: &[NameId]) {
        self.time.push(fact.time.nanos());
        self.duration.push(fact.duration.map_or(NO_DURATION, |d| i64::try_from(d.nanos()).unwrap_or(i64::MAX)));
        self.role.push(fact.role.code());
        self.source.push(fact.source.code());
        self.signal.push(fact.signal as u8);
        self.kind.push(fact.kind.code());
        self.step.push(NameTables::step(fact.step).0);
        self.objective.push(fact.objective.map_or(0, |id| id.raw() + 1));
        self.class.push(fact.class.raw() + 1);
        self.service.push(fact.service.0);
        self.operation.push(fact.operation.0);
        self.outcome.push(fact.outcome as u8);
        self.error.push(fact.error.0);
        self.http_status.push(fact.http_status.unwrap_or(NO_HTTP_STATUS));
        self.grpc_status.push(fact.grpc_status.map_or(NO_GRPC_STATUS, GrpcStatus::code));
        self.origin.push(fact.origin as u8);
        self.rule.push(NameTables::rule(fact.rule).0);
        self.trace_high.push(fact.trace.0);
        self.trace_low.push(fact.trace.1);
        self.span.push(fact.span);
        self.parent.push(fact.parent);
        self.sampling.push(fact.sampling_threshold.unwrap_or(NO_SAMPLING));
        self.push_interaction(fact.interaction.unwrap_or_default());
        for (at, column) in self.dimensions.iter_mut().enumerate() {
            column.push(dimensions.get(at).map_or(0, |id| id.0));
        }
        for (at, column) in self.amounts.iter_mut().enumerate() {
            column.push(packed(fact.amounts.get(at).copied().flatten()));
        }
    }

    /// Takes what was built, leaving an empty builder.
    pub fn take(&mut self) -> FactBatch {
        let empty = Self::with(self.dimensions.len(), self.amounts.len());
        let full = std::mem::replace(self, empty);
        FactBatch {
            time: full.time.into(),
            duration: full.duration.into(),
            role: full.role.into(),
            source: full.source.into(),
            signal: full.signal.into(),
            kind: full.kind.into(),
            step: full.step.into(),
            objective: full.objective.into(),
            class: full.class.into(),
            service: full.service.into(),
            operation: full.operation.into(),
            outcome: full.outcome.into(),
            error: full.error.into(),
            http_status: full.http_status.into(),
            grpc_status: full.grpc_status.into(),
            origin: full.origin.into(),
            rule: full.rule.into(),
            trace_high: full.trace_high.into(),
            trace_low: full.trace_low.into(),
            span: full.span.into(),
            parent: full.parent.into(),
            sampling: full.sampling.into(),
            interactions: full.interactions,
            interaction_ends: full.interaction_ends,
            dimensions: full.dimensions.into_iter().map(Into::into).collect(),
            amounts: full.amounts.into_iter().map(Into::into).collect(),
        }
    }
}

impl FactBuilder {
    /// Adds facts of a batch that was built with tables of its own: `names` says which id of the builder's tables each id is there.
    pub fn append(&mut self, batch: &FactBatch, rows: Range<usize>, names: &Renaming) {
        fn plain<T: Copy>(into: &mut Vec<T>, from: &[T], rows: Range<usize>) {
            into.extend_from_slice(&from[rows]);
        }
        fn renamed(into: &mut Vec<u32>, from: &[u32], rows: Range<usize>, names: &[u32]) {
            into.extend(from[rows].iter().map(|id| names[*id as usize]));
        }
        plain(&mut self.time, batch.time.values(), rows.clone());
        plain(&mut self.duration, batch.duration.values(), rows.clone());
        plain(&mut self.role, batch.role.values(), rows.clone());
        plain(&mut self.source, batch.source.values(), rows.clone());
        plain(&mut self.signal, batch.signal.values(), rows.clone());
        plain(&mut self.kind, batch.kind.values(), rows.clone());
        plain(&mut self.step, batch.step.values(), rows.clone());
        plain(&mut self.objective, batch.objective.values(), rows.clone());
        plain(&mut self.class, batch.class.values(), rows.clone());
        renamed(&mut self.service, batch.service.values(), rows.clone(), &names.services);
        renamed(&mut self.operation, batch.operation.values(), rows.clone(), &names.operations);
        plain(&mut self.outcome, batch.outcome.values(), rows.clone());
        renamed(&mut self.error, batch.error.values(), rows.clone(), &names.errors);
        plain(&mut self.http_status, batch.http_status.values(), rows.clone());
        plain(&mut self.grpc_status, batch.grpc_status.values(), rows.clone());
        plain(&mut self.origin, batch.origin.values(), rows.clone());
        plain(&mut self.rule, batch.rule.values(), rows.clone());
        plain(&mut self.trace_high, batch.trace_high.values(), rows.clone());
        plain(&mut self.trace_low, batch.trace_low.values(), rows.clone());
        plain(&mut self.span, batch.span.values(), rows.clone());
        plain(&mut self.parent, batch.parent.values(), rows.clone());
        plain(&mut self.sampling, batch.sampling.values(), rows.clone());
        for ((into, from), names) in self.dimensions.iter_mut().zip(&batch.dimensions).zip(&names.dimensions) {
            renamed(into, from.values(), rows.clone(), names);
        }
        for (into, from) in self.amounts.iter_mut().zip(&batch.amounts) {
            plain(into, from.values(), rows.clone());
        }
        for row in rows {
            self.push_interaction(batch.interaction(row).unwrap_or_default());
        }
    }

    pub(crate) fn push_interaction(&mut self, interaction: &str) {
        self.interactions.push_str(interaction);
        self.interaction_ends.push(u32::try_from(self.interactions.len()).unwrap_or(u32::MAX));
    }
}

impl FactBatch {
    /// How many facts.
    pub fn len(&self) -> usize {
        self.time.values().len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Start of a fact.
    pub fn time(&self, row: usize) -> Timestamp {
        Timestamp::from_nanos(self.time.value(row))
    }

    /// How long it took.
    pub fn duration(&self, row: usize) -> Option<DurationNs> {
        u64::try_from(self.duration.value(row)).ok().map(DurationNs::from_nanos)
    }

    /// Whether it stands for an attempt.
    pub fn is_attempt(&self, row: usize) -> bool {
        self.role.value(row) == Role::Step.code()
    }

    /// Who saw it.
    pub fn source(&self, row: usize) -> Source {
        Source::ALL[usize::from(self.source.value(row))]
    }

    /// Its span kind.
    pub fn kind(&self, row: usize) -> Kind {
        Kind::ALL[usize::from(self.kind.value(row))]
    }

    /// The step it serves.
    pub fn step(&self, row: usize) -> Option<StepId> {
        (self.step.value(row) as usize).checked_sub(1).map(StepId::new)
    }

    /// The step that its own annotation or a rule says it serves: a decision that comes before those of traces.
    pub fn decided_step(&self, row: usize) -> Option<StepId> {
        let is_decided = [Origin::Client as u8, Origin::Rule as u8].contains(&self.origin.value(row));
        self.step(row).filter(|_| is_decided)
    }

    /// The objective, where known.
    pub fn objective(&self, row: usize) -> Option<ObjectiveId> {
        (self.objective.value(row) as usize).checked_sub(1).map(ObjectiveId::new)
    }

    /// Its traffic class.
    pub fn class(&self, row: usize) -> ClassId {
        ClassId::new((self.class.value(row) as usize).saturating_sub(1))
    }

    /// Its service.
    pub fn service(&self, row: usize) -> NameId {
        NameId(self.service.value(row))
    }

    /// Its operation.
    pub fn operation(&self, row: usize) -> NameId {
        NameId(self.operation.value(row))
    }

    /// How it ended.
    pub fn outcome(&self, row: usize) -> Outcome {
        Outcome::ALL[usize::from(self.outcome.value(row))]
    }

    /// What went wrong.
    pub fn error(&self, row: usize) -> NameId {
        NameId(self.error.value(row))
    }

    /// HTTP status; 0 for none.
    pub fn http_status(&self, row: usize) -> u16 {
        self.http_status.value(row)
    }

    /// gRPC status.
    pub fn grpc_status(&self, row: usize) -> Option<GrpcStatus> {
        Some(self.grpc_status.value(row)).filter(|s| *s != NO_GRPC_STATUS).and_then(|s| GrpcStatus::from_code(s.into()))
    }

    /// The rule that gave its step.
    pub fn rule(&self, row: usize) -> Option<RuleId> {
        (self.rule.value(row) as usize).checked_sub(1).map(RuleId::new)
    }

    /// How it came by its step.
    pub fn origin(&self, row: usize) -> Origin {
        Origin::ALL[usize::from(self.origin.value(row))]
    }

    /// Its trace.
    pub fn trace(&self, row: usize) -> TraceId {
        TraceId(self.trace_high.value(row), self.trace_low.value(row))
    }

    /// Its span; 0 for none.
    pub fn span(&self, row: usize) -> u64 {
        self.span.value(row)
    }

    /// The span that caused it; 0 for none.
    pub fn parent(&self, row: usize) -> u64 {
        self.parent.value(row)
    }

    /// Of 2^56 equally likely traces, how many are not sampled, where telemetry says.
    pub fn sampling_threshold(&self, row: usize) -> Option<u64> {
        Some(self.sampling.value(row)).filter(|threshold| *threshold != NO_SAMPLING)
    }

    /// The value of a dimension, by its position.
    pub fn dimension(&self, dimension: usize, row: usize) -> NameId {
        NameId(self.dimensions[dimension].value(row))
    }

    /// How many dimensions there are.
    pub fn dimensions(&self) -> usize {
        self.dimensions.len()
    }

    /// What it is worth of a KPI that events carry, by its position.
    pub fn amount(&self, kpi: usize, row: usize) -> Option<Amount> {
        unpacked(self.amounts[kpi].value(row))
    }

    /// The interaction it belongs to.
    pub fn interaction(&self, row: usize) -> Option<&str> {
        let start = if row == 0 { 0 } else { self.interaction_ends[row - 1] };
        let text = &self.interactions[start as usize..self.interaction_ends[row] as usize];
        (!text.is_empty()).then_some(text)
    }
}

pub(crate) fn packed(amount: Option<Amount>) -> u64 {
    amount.map_or(NO_AMOUNT, |amount| amount.micros() + 1)
}

pub(crate) fn unpacked(packed: u64) -> Option<Amount> {
    Amount::from_micros(packed.checked_sub(1)?).ok()
}
