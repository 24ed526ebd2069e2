//! From events to facts: annotation, outcome, role and names, decided once for each event.
//!
//! Both kinds of reader end here: OTLP through [`Sink`], access logs through [`Recorder::access_line`]. What comes out are batches of facts and
//! the counts of what happened on the way. Counting itself is not done here.

use crate::access_log::{AccessLine, Field};
use crate::explain::{Explanation, Watch};
use crate::found::{FoundIn, amount, carried};
use crate::otlp::{Flaw, LogRecord, RejectReason, Sink, Span, SpanKind};
use crate::stats::Stats;
use crate::versions::{SeenVersion, Versions};
use hashbrown::{DefaultHashBuilder, HashMap};
use milepost_annotate::{Annotated, Annotator, FieldPlan, Scratch, Slot, Slots, Trust, Value, Wanted, observed_action};
use milepost_facts::{
    Fact, FactBatch, FactBuilder, Kind, NameId, NameTables, Names, Role, Source, TimeSpan, TraceId, is_credential,
};
use milepost_model::{
    Amount, DurationNs, GrpcStatus, ObjectiveId, OutcomeTable, Signal, SpanStatus, Step, StepId, Timestamp,
};
use milepost_registry::Registry;
use std::fmt::Write as _;
use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::Arc;

/// A registry compiled for reading telemetry: shared by everything that reads under it.
#[derive(Debug)]
pub struct Setup {
    /// The registry.
    pub registry: Arc<Registry>,
    /// What is wanted of each event.
    pub plan: FieldPlan,
    /// Decides what each event is.
    pub annotator: Annotator,
    dimensions: Vec<FoundIn>,
    /// The numbers of KPIs that attempts of each step carry, by their places among the amounts of facts.
    amounts: Vec<Vec<(usize, FoundIn)>>,
    /// Which version of its service an event comes from.
    version: Slot,
    /// The objective of each step that only one uses.
    only_objectives: Vec<Option<ObjectiveId>>,
}

impl Setup {
    /// Compiles a registry.
    pub fn new(registry: impl Into<Arc<Registry>>) -> Arc<Self> {
        let registry = registry.into();
        let mut plan = FieldPlan::default();
        let annotator = registry.annotator(&mut plan);
        let dimensions = registry.dimensions().into_iter();
        let dimensions = dimensions.map(|dimension| FoundIn::new(&dimension.source, &mut plan)).collect();
        let amounts = registry.steps.iter().map(|step| carried(&registry, step, &mut plan)).collect();
        let version = plan.want_attribute("service.version");
        let only_objectives = registry.steps.iter().map(|step| only_objective(&registry, step)).collect();
        Arc::new(Self { registry, plan, annotator, dimensions, amounts, version, only_objectives })
    }

    /// The objective for which a step is used, where the event does not say: the only one that uses it. A step that several use counts for
    /// itself alone.
    pub fn objective(&self, step: StepId, said: Option<ObjectiveId>) -> Option<ObjectiveId> {
        said.or_else(|| self.only_objectives.get(step.index()).copied().flatten())
    }

    /// The fields of access logs beyond the usual that rules and dimensions look at, with the slots that they go into.
    pub fn log_fields(&self) -> (Vec<Field>, Vec<Slot>) {
        const HEADER: &str = "http.request.header.";
        let wanted = self.plan.extra_attributes();
        let field = |key: &str| match key.strip_prefix(HEADER) {
            Some(header) => Field::Header(header.to_owned()),
            None => Field::Named(key.to_owned()),
        };
        // A server may log the annotation under its own name, too.
        let annotation = (Field::Named("milepost".to_owned()), Slot::ANNOTATION);
        std::iter::once(annotation).chain(wanted.into_iter().map(|(key, slot)| (field(key), slot))).unzip()
    }
}

/// Turns events into facts under one registry.
#[derive(Debug)]
pub struct Recorder {
    setup: Arc<Setup>,
    /// The names behind the ids in its batches.
    pub tables: NameTables,
    /// What happened so far.
    pub stats: Stats,
    /// The times that are taken; events outside are rejected, and no facts are made of them.
    pub accepted: Option<AcceptedTimes>,
    /// How far those are believed from whom the events come that are read next.
    pub trust: Trust,
    /// The time that the report asks for; events outside are counted apart.
    pub span: TimeSpan,
    /// The position of the event that comes next: the line of a log, or the number of an event of OTLP in its file.
    pub position: u64,
    /// The position of the file that is read.
    pub file: usize,
    /// The event to explain, by its position, and then what was found of it.
    pub watch: Option<Watch>,
    builder: FactBuilder,
    scratch: Scratch,
    slots: Option<Slots<'static>>,
    observed: Observed,
    dimensions: Vec<NameId>,
    amounts: Vec<Option<Amount>>,
    service: LastName,
    versions: Versions,
    version: LastName,
    last_dimensions: Vec<LastName>,
    number: String,
}

/// The times of events that a server takes: what is older cannot be added to what was counted, what lies ahead has a wrong clock.
#[derive(Clone, Copy, Debug)]
pub struct AcceptedTimes {
    /// The first instant.
    pub from: Timestamp,
    /// The last instant.
    pub to: Timestamp,
}

impl AcceptedTimes {
    /// Events of the last 26 hours, and up to 5 minutes ahead, when they are received now.
    pub fn at(now: Timestamp) -> Self {
        Self { from: now.minus(DurationNs::from_seconds(26 * 3600)), to: now.plus(DurationNs::from_seconds(300)) }
    }

    fn refuses(self, time: Timestamp) -> Option<&'static str> {
        match time {
            time if time < self.from => Some("too-old"),
            time if time > self.to => Some("in-the-future"),
            _ => None,
        }
    }
}

/// The last name met of one table and its id: events of one resource come together, so most names are the ones before.
#[derive(Debug, Default)]
struct LastName {
    text: String,
    id: NameId,
}

impl LastName {
    /// Longest text remembered, in bytes; what is longer hardly comes twice.
    const LONGEST: usize = 128;

    #[inline]
    fn id(&mut self, text: &str, names: &mut Names) -> NameId {
        if self.id.is_null() || self.text != text {
            let id = names.id(text);
            if text.len() > Self::LONGEST {
                return id;
            }
            self.id = id;
            self.text.clear();
            self.text.push_str(text);
        }
        self.id
    }
}

/// What an event says beyond its slots.
struct Event {
    time: Timestamp,
    duration: Option<DurationNs>,
    kind: Kind,
    signal: Signal,
    status: SpanStatus,
    trace: TraceId,
    span: u64,
    parent: u64,
    sampling_threshold: Option<u64>,
}

impl Recorder {
    /// A recorder with empty names and counts.
    pub fn new(setup: &Arc<Setup>) -> Self {
        Self::within(setup, usize::MAX)
    }

    /// The same, where names of telemetry may take so many bytes.
    pub fn within(setup: &Arc<Setup>, names_bytes: usize) -> Self {
        let tables = NameTables::within(&setup.registry, &setup.annotator, names_bytes);
        Self {
            builder: FactBuilder::new(&tables),
            stats: Stats::new(&setup.registry),
            tables,
            setup: Arc::clone(setup),
            accepted: None,
            span: TimeSpan::default(),
            position: 0,
            file: 0,
            watch: None,
            trust: Trust::default(),
            scratch: Scratch::default(),
            slots: Some(setup.plan.slots()),
            observed: Observed::default(),
            dimensions: Vec::new(),
            amounts: Vec::new(),
            service: LastName::default(),
            versions: Versions::default(),
            version: LastName::default(),
            last_dimensions: setup.dimensions.iter().map(|_| LastName::default()).collect(),
            number: String::new(),
        }
    }

    /// The registry that it records under, compiled.
    pub fn setup(&self) -> &Arc<Setup> {
        &self.setup
    }

    /// A full batch, when there is one.
    pub fn full_batch(&mut self) -> Option<FactBatch> {
        self.builder.is_full().then(|| self.builder.take())
    }

    /// Notes stored facts as events that were read; what they were before they were facts is not known any more.
    pub fn note_stored(&mut self, batch: &FactBatch) {
        let own_rules = self.setup.registry.rules.len();
        for row in 0..batch.len() {
            // Attempts that were derived from traces were no events.
            if batch.rule(row).is_some_and(|rule| rule.index() >= own_rules) {
                continue;
            }
            if self.span.contains(batch.time(row)) {
                self.stats.note_stored(batch, row);
            } else {
                self.stats.outside += 1;
            }
        }
    }

    /// How many facts the next batch has so far.
    pub fn pending(&self) -> usize {
        self.builder.len()
    }

    /// What there is so far, full or not.
    pub fn take_batch(&mut self) -> FactBatch {
        self.builder.take()
    }

    /// The versions of services that events came from since this was asked last.
    pub fn take_versions(&mut self) -> Vec<SeenVersion> {
        self.versions.take(&self.tables.services)
    }

    /// What is left at the end of a file.
    pub fn last_batch(&mut self) -> Option<FactBatch> {
        (!self.builder.is_empty()).then(|| self.builder.take())
    }

    /// Records a line of the access log of a service; `fields` are the slots of the fields that its parser was asked for.
    pub fn access_line(&mut self, line: &AccessLine<'_>, service: &str, fields: &[Slot]) {
        let mut slots: Slots<'_> = self.slots.take().unwrap_or_else(|| self.setup.plan.slots()).recycle();
        fill(&mut slots, line, service, fields);
        self.stats.note_line(line, (self.file, self.position));
        self.record(
            &Event {
                time: line.time,
                duration: line.duration,
                kind: Kind::Log,
                signal: Signal::Logs,
                status: if is_unanswered(line) { SpanStatus::Error } else { SpanStatus::Unset },
                trace: TraceId::default(),
                span: 0,
                parent: 0,
                sampling_threshold: None,
            },
            &slots,
        );
        self.slots = Some(slots.recycle());
    }

    fn record(&mut self, event: &Event, slots: &Slots<'_>) {
        if let Some(reason) = self.accepted.and_then(|accepted| accepted.refuses(event.time)) {
            self.stats.reject(reason, None);
            return;
        }
        let annotated = self.setup.annotator.annotate_from(self.trust, slots, &mut self.scratch);
        let service = self.service(slots);
        self.note_version(slots, service, event.time);
        let calls = matches!(event.kind, Kind::Client | Kind::Producer);
        let operation = match annotated.operation {
            Some(id) => NameTables::operation(id),
            None => self.observed.name(slots, service, calls, &mut self.tables),
        };
        let http_status =
            slots.get(Slot::HTTP_STATUS).int().and_then(|s| u16::try_from(s).ok()).filter(|s| (100..1000).contains(s));
        let grpc_status = grpc_status(slots.get(Slot::GRPC_STATUS));
        let default = OutcomeTable::default();
        let table = annotated.step.map_or(&default, |step| &self.setup.registry.steps[step.index()].outcomes);
        let outcome = table.outcome(grpc_status, http_status, event.status);
        let error = match slots.get(Slot::ERROR_TYPE) {
            Value::Text(text) if !text.is_empty() => self.tables.errors.id(text),
            _ => NameId::NULL,
        };
        self.read_dimensions(slots);
        self.read_amounts(&annotated, slots);
        let amounts = std::mem::take(&mut self.amounts);
        let fact = Fact {
            time: event.time,
            duration: event.duration,
            role: if annotated.is_attempt { Role::Step } else { Role::Operation },
            source: Source::Service,
            signal: event.signal,
            kind: event.kind,
            step: annotated.step,
            objective: annotated.step.and_then(|step| self.setup.objective(step, annotated.objective)),
            class: annotated.class,
            service,
            operation,
            outcome,
            error,
            http_status,
            grpc_status,
            origin: annotated.origin,
            rule: annotated.rule,
            trace: event.trace,
            span: event.span,
            parent: event.parent,
            sampling_threshold: event.sampling_threshold,
            interaction: annotated.interaction.filter(|id| !is_credential(id)),
            amounts: &amounts,
        };
        self.builder.push(&fact, &self.dimensions);
        if self.watch.as_ref().is_some_and(|watch| watch.position == self.position) {
            let rules = self.setup.annotator.matching_rules(slots, &mut self.scratch);
            let explanation = Explanation::new(&self.setup, &self.tables, slots, &fact, &annotated, rules);
            self.watch = Some(Watch { position: 0, found: Some(explanation) });
        }
        self.note(&fact, &annotated);
        self.amounts = amounts;
    }

    fn note(&mut self, fact: &Fact<'_>, annotated: &Annotated<'_>) {
        if self.span.contains(fact.time) {
            self.stats.note_event(fact, annotated, (self.file, self.position));
        } else {
            self.stats.outside += 1;
        }
    }

    fn service(&mut self, slots: &Slots<'_>) -> NameId {
        slots.text(Slot::SERVICE).map_or(NameId::NULL, |text| self.service.id(text, &mut self.tables.services))
    }

    fn note_version(&mut self, slots: &Slots<'_>, service: NameId, time: Timestamp) {
        if let Some(text) = slots.text(self.setup.version).filter(|text| !text.is_empty() && !service.is_null()) {
            let version = self.version.id(text, self.versions.names());
            self.versions.note(service, version, time);
        }
    }

    /// What an attempt says that it is worth of the KPIs that its step moves.
    fn read_amounts(&mut self, annotated: &Annotated<'_>, slots: &Slots<'_>) {
        self.amounts.clear();
        let Some(step) = annotated.step.filter(|_| annotated.is_attempt) else { return };
        for (at, found) in &self.setup.amounts[step.index()] {
            if self.amounts.is_empty() {
                self.amounts.resize(self.tables.kpi_names.len(), None);
            }
            match amount(found.value(slots)) {
                Ok(amount) => self.amounts[*at] = amount,
                Err(error) => *self.stats.amounts_refused.entry((*at, error)).or_default() += 1,
            }
        }
    }

    fn read_dimensions(&mut self, slots: &Slots<'_>) {
        self.dimensions.clear();
        let tables = self.tables.dimensions.iter_mut().zip(&mut self.last_dimensions);
        for (field, (names, last)) in self.setup.dimensions.iter().zip(tables) {
            self.dimensions.push(match field.value(slots) {
                Value::Missing => NameId::NULL,
                Value::Text(text) => last.id(text, names),
                number => {
                    self.number.clear();
                    let _ = write!(self.number, "{number}");
                    last.id(&self.number, names)
                }
            });
        }
    }
}

fn only_objective(registry: &Registry, step: &Step) -> Option<ObjectiveId> {
    let mut using = registry.objectives.iter().enumerate().filter(|(_, objective)| {
        objective.product == step.product && objective.steps.iter().any(|of| of.step == step.name)
    });
    match (using.next(), using.next()) {
        (Some((only, _)), None) => Some(ObjectiveId::new(only)),
        _ => None,
    }
}

/// Whether the log says that no answer was sent, though the client waited for one.
fn is_unanswered(line: &AccessLine<'_>) -> bool {
    line.status.is_none() && line.grpc_status.is_none() && !line.client_closed
}

/// Puts what a line says into slots.
fn fill<'a>(slots: &mut Slots<'a>, line: &AccessLine<'a>, service: &'a str, fields: &[Slot]) {
    slots.set(Slot::SERVICE, Value::Text(service));
    slots.set(Slot::KIND, Value::Text("log"));
    let optional = |text: Option<&'a str>| text.map_or(Value::Missing, Value::Text);
    if !line.method.is_empty() {
        slots.set(Slot::METHOD, Value::Text(line.method));
    }
    slots.set(Slot::PATH, Value::Text(line.path()));
    slots.set(Slot::QUERY, optional(line.query()));
    slots.set(Slot::USER_AGENT, optional(line.user_agent));
    slots.set(Slot::PEER, optional(line.peer));
    slots.set(Slot::HOST, optional(line.host));
    let status = match (line.status, line.client_closed) {
        (Some(status), _) => Some(i64::from(status)),
        (None, true) => Some(499),
        (None, false) => None,
    };
    slots.set(Slot::HTTP_STATUS, status.map_or(Value::Missing, Value::Int));
    if let Some(status) = line.grpc_status {
        slots.set(Slot::GRPC_STATUS, Value::Int(i64::from(status.code())));
    }
    for (index, slot) in fields.iter().enumerate() {
        slots.put(Wanted::Slot(*slot), optional(line.field(index)));
    }
}

fn grpc_status(value: Value<'_>) -> Option<GrpcStatus> {
    match value {
        Value::Text(text) => GrpcStatus::parse(text),
        number => number.int().and_then(GrpcStatus::from_code),
    }
}

impl Sink for Recorder {
    fn span(&mut self, span: &Span, slots: &Slots<'_>) {
        self.position += 1;
        if span.flaws.contains(Flaw::EndBeforeStart) {
            self.stats.ends_before_start += 1;
        }
        self.record(
            &Event {
                time: span.start,
                duration: Some(span.end.since(span.start)),
                kind: kind(span.kind),
                signal: Signal::Spans,
                status: span.status,
                trace: TraceId::from_bytes(span.trace_id),
                span: u64::from_be_bytes(span.span_id),
                parent: span.parent_span_id.map_or(0, u64::from_be_bytes),
                sampling_threshold: span.sampling_threshold,
            },
            slots,
        );
    }

    fn log(&mut self, record: &LogRecord, slots: &Slots<'_>) {
        self.position += 1;
        self.record(
            &Event {
                time: record.time,
                duration: None,
                kind: Kind::Log,
                signal: Signal::Logs,
                status: SpanStatus::Unset,
                trace: record.trace_id.map(TraceId::from_bytes).unwrap_or_default(),
                span: 0,
                parent: record.span_id.map_or(0, u64::from_be_bytes),
                sampling_threshold: None,
            },
            slots,
        );
    }

    fn rejected(&mut self, reason: RejectReason) {
        self.stats.reject(reason.text(), None);
    }
}

fn kind(kind: SpanKind) -> Kind {
    match kind {
        SpanKind::Unspecified => Kind::Unspecified,
        SpanKind::Internal => Kind::Internal,
        SpanKind::Server => Kind::Server,
        SpanKind::Client => Kind::Client,
        SpanKind::Producer => Kind::Producer,
        SpanKind::Consumer => Kind::Consumer,
    }
}

/// Names of operations that nobody declared, remembered by what they are made of.
#[derive(Debug, Default)]
struct Observed {
    hasher: DefaultHashBuilder,
    known: HashMap<u64, NameId>,
    text: String,
    action: String,
}

impl Observed {
    /// Most names remembered; past it all are forgotten, and made again as they come.
    const CAPACITY: usize = 65_536;

    fn name(&mut self, slots: &Slots<'_>, service: NameId, calls: bool, tables: &mut NameTables) -> NameId {
        let mut hasher = self.hasher.build_hasher();
        (service.0, calls).hash(&mut hasher);
        for slot in [
            Slot::RPC_SERVICE,
            Slot::RPC_METHOD,
            Slot::DESTINATION,
            Slot::METHOD,
            Slot::ROUTE,
            Slot::PATH,
            Slot::SPAN_NAME,
        ] {
            slots.text(slot).hash(&mut hasher);
        }
        let key = hasher.finish();
        if let Some(id) = self.known.get(&key) {
            return *id;
        }
        observed_action(slots, &mut self.action);
        self.text.clear();
        // A caller's span does not say which service it calls.
        if let Some(service) = tables.services.text(service).filter(|_| !calls) {
            self.text.push_str(service);
            self.text.push(' ');
        }
        self.text.push_str(&self.action);
        let id = tables.operations.id(&self.text);
        if self.known.len() >= Self::CAPACITY {
            self.known.clear();
        }
        self.known.insert(key, id);
        id
    }
}
