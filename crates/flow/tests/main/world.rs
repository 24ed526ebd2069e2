//! A registry with trace rules of any kind, random spans, and the facts that they become.

use milepost_annotate::{Annotator, Confidence, FieldPlan, Origin, Scope, StepChoice, TraceRule};
use milepost_facts::{Fact, FactBatch, FactBuilder, Kind, NameId, NameTables, Role, Source, TraceId};
use milepost_flow::{Closed, TraceRules, Traces};
use milepost_model::{ClassId, DurationNs, GrpcStatus, ObjectiveId, Outcome, Signal, StepId, Timestamp};
use milepost_registry::Registry;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use std::sync::LazyLock;

/// Its rule stands in for those that ship, which would take longer to compile than all of a test.
const DOCUMENTS: &str = "
apiVersion: milepost/v1
kind: Product
metadata: {name: shop}
spec:
  description: People buy things.
  owner: product-manager
  dimensions: {region: attribute cloud.region}
---
apiVersion: milepost/v1
kind: Objective
metadata: {name: buy}
spec: {title: Buy, description: Someone buys a thing., owner: product-manager, steps: [search, pay, leave]}
---
apiVersion: milepost/v1
kind: Objective
metadata: {name: browse}
spec: {title: Browse, description: Someone looks around., owner: product-manager, steps: [search, leave]}
---
apiVersion: milepost/v1
kind: Service
metadata: {name: web}
spec: {owner: web-team, operations: ['/{rest...}', GET /admin]}
---
apiVersion: milepost/v1
kind: Service
metadata: {name: store}
spec: {owner: store-team, operations: [s.Store/Find, s.Store/Order, s.Store/Charge]}
---
apiVersion: milepost/v1
kind: AnnotationRules
metadata: {name: agents}
spec: {rules: [{name: tests, match: {userAgent: 'test*'}, class: test}]}
---
apiVersion: milepost/v1
kind: Step
metadata: {name: search}
spec: {title: Search, description: Things are found., start: The user types., success: Things are shown., operations: [store s.Store/Find]}
---
apiVersion: milepost/v1
kind: Step
metadata: {name: pay}
spec:
  title: Pay
  description: Things are paid.
  start: The user presses Pay.
  success: A receipt is shown.
  failure: [{text: There is nothing to pay., status: [404, NOT_FOUND]}]
  operations: [store s.Store/Order]
---
apiVersion: milepost/v1
kind: Step
metadata: {name: leave}
spec: {title: Leave, description: The user leaves., start: The user closes., success: Nothing is left., operations: [store s.Store/Charge]}
";

/// The registry without trace rules.
static REGISTRY: LazyLock<Registry> = LazyLock::new(|| {
    let outcome = milepost_registry::read_texts([("shop.yaml", DOCUMENTS)]);
    outcome.registry.unwrap_or_else(|| panic!("{:?}", outcome.diagnostics))
});

/// Operations that roots and calls are of; the last of each is of no registry, and one is of both.
pub(crate) const ROOTS: [&str; 3] = ["web /{rest...}", "web GET /admin", "web GET /unknown"];
pub(crate) const CALLS: [&str; 5] =
    ["store s.Store/Find", "store s.Store/Order", "store s.Store/Charge", "web GET /admin", "store other.Thing/Do"];
/// Calls that rules can speak of.
const DECLARED: usize = 4;
const REGIONS: [&str; 2] = ["north", "south"];

/// A trace rule, with its operations by position.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) root: usize,
    pub(crate) scope: Scope,
    pub(crate) when: Vec<usize>,
    pub(crate) requires: Vec<usize>,
    pub(crate) step: usize,
    pub(crate) objective: Option<usize>,
}

pub(crate) fn rule() -> impl Strategy<Value = Rule> {
    let calls = || prop::sample::subsequence((0..DECLARED).collect::<Vec<_>>(), 0..=3);
    let scope = select(&[Scope::RootChildren, Scope::Trace][..]);
    let step = (0usize..3, prop::option::of(0usize..2));
    (select(&[0, 0, 0, 1][..]), scope, calls(), calls(), step).prop_map(
        |(root, scope, when, requires, (step, objective))| Rule { root, scope, when, requires, step, objective },
    )
}

/// A span with its names as text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Span {
    pub(crate) trace: u64,
    pub(crate) id: u64,
    /// 0 for none.
    pub(crate) parent: u64,
    pub(crate) operation: &'static str,
    /// Nanoseconds since 1970.
    pub(crate) start: i64,
    pub(crate) duration: Option<u64>,
    pub(crate) outcome: Outcome,
    pub(crate) http_status: Option<u16>,
    pub(crate) grpc_status: Option<GrpcStatus>,
    /// The step that it has by its own annotation.
    pub(crate) step: Option<usize>,
    pub(crate) is_attempt: bool,
    /// It is the caller's view of a call.
    pub(crate) is_caller: bool,
    pub(crate) class: usize,
    pub(crate) region: Option<&'static str>,
    pub(crate) error: Option<&'static str>,
    pub(crate) interaction: Option<&'static str>,
}

pub(crate) const SECOND: i64 = 1_000_000_000;

/// A span that is all right and says little.
pub(crate) fn span(trace: u64, id: u64, parent: u64, operation: &'static str) -> Span {
    Span {
        trace,
        id,
        parent,
        operation,
        start: 0,
        duration: Some(0),
        outcome: Outcome::Success,
        http_status: None,
        grpc_status: None,
        step: None,
        is_attempt: false,
        is_caller: false,
        class: 0,
        region: None,
        error: None,
        interaction: None,
    }
}

impl Span {
    /// Who does it.
    pub(crate) fn service(&self) -> &'static str {
        self.operation.split_once(' ').map_or("", |(service, _)| service)
    }
}

/// A span's own properties, and which of the earlier spans is its parent.
type Draft = (Span, Index, u8);

fn draft() -> impl Strategy<Value = Draft> {
    let ended = (
        select(&Outcome::ALL),
        prop::option::of(select(&[200u16, 404, 500][..])),
        select(&[None, Some(0i64), Some(5)][..]),
    );
    let own = (prop::option::weighted(0.15, 0usize..3), any::<bool>(), select(&[0usize, 0, 0, 1][..]), any::<bool>());
    let names = (select(&CALLS), prop::option::of(select(&REGIONS)), select(&[None, None, Some("broken")][..]));
    let times = (0..8 * SECOND, prop::option::weighted(0.9, 0..3 * SECOND.unsigned_abs()));
    let tree = (any::<Index>(), 0u8..100, prop::option::of(Just("i-1")));
    (ended, own, names, times, tree).prop_map(|(ended, own, names, times, (parent, chance, interaction))| {
        let span = Span {
            start: times.0,
            duration: times.1,
            outcome: ended.0,
            http_status: ended.1,
            grpc_status: ended.2.and_then(GrpcStatus::from_code),
            step: own.0,
            is_attempt: own.0.is_some() && own.1,
            is_caller: own.3,
            class: own.2,
            region: names.1,
            error: names.2,
            interaction,
            ..span(0, 0, 0, names.0)
        };
        (span, parent, chance)
    })
}

/// Any trace: mostly a tree below one root, but roots and parents may be missing, and there may be several roots.
pub(crate) fn trace(id: u64) -> impl Strategy<Value = Vec<Span>> {
    let root = select(&[ROOTS[0], ROOTS[0], ROOTS[0], ROOTS[0], ROOTS[1], ROOTS[2]][..]);
    (root, prop::collection::vec(draft(), 1..9), 0..30 * SECOND).prop_map(move |(root, drafts, start)| {
        let mut spans: Vec<Span> = Vec::new();
        for (at, (mut span, parent, chance)) in drafts.into_iter().enumerate() {
            span.trace = id;
            span.id = at as u64 + 1;
            span.start += start;
            span.parent = match chance {
                // A parent that is nowhere, of the root too; a second root.
                0..3 => 999,
                3..6 => 0,
                _ if at == 0 => 0,
                // Half of the spans are calls of the root.
                6..53 => 1,
                _ => parent.index(at) as u64 + 1,
            };
            if span.parent == 0 {
                span.operation = root;
            }
            spans.push(span);
        }
        spans
    })
}

/// The registry with trace rules, and all that is made of it.
pub(crate) struct World {
    pub(crate) registry: Registry,
    pub(crate) tables: NameTables,
    annotator: Annotator,
}

impl World {
    pub(crate) fn new(rules: &[Rule]) -> Self {
        let mut registry = REGISTRY.clone();
        let operations = |of: &[usize]| of.iter().map(|at| CALLS[*at].parse().expect("an operation")).collect();
        let rule = |(at, rule): (usize, &Rule)| TraceRule {
            id: format!("shapes/{at}"),
            root: ROOTS[rule.root].parse().expect("an operation"),
            scope: rule.scope,
            when: operations(&rule.when),
            requires: operations(&rule.requires),
            step: StepChoice { step: StepId::new(rule.step), objective: rule.objective.map(ObjectiveId::new) },
            product: registry.products[0].name.clone(),
            assumption: String::new(),
            confidence: Confidence::High,
        };
        let trace_rules = rules.iter().enumerate().map(rule).collect();
        registry.trace_rules = trace_rules;
        let annotator = registry.annotator(&mut FieldPlan::default());
        let tables = NameTables::new(&registry, &annotator);
        Self { registry, tables, annotator }
    }

    pub(crate) fn traces(&self) -> Traces {
        Traces::new(TraceRules::new(&self.registry, &self.annotator))
    }

    pub(crate) fn batch(&mut self, spans: &[Span]) -> FactBatch {
        let mut builder = FactBuilder::new(&self.tables);
        spans.iter().for_each(|span| self.push(span, &mut builder));
        builder.take()
    }

    fn push(&mut self, span: &Span, builder: &mut FactBuilder) {
        let tables = &mut self.tables;
        let region = span.region.map_or(NameId::NULL, |region| tables.dimensions[0].id(region));
        let fact = Fact {
            time: Timestamp::from_nanos(span.start),
            duration: span.duration.map(DurationNs::from_nanos),
            role: if span.is_attempt { Role::Step } else { Role::Operation },
            source: Source::Service,
            signal: Signal::Spans,
            kind: if span.is_caller { Kind::Client } else { Kind::Server },
            step: span.step.map(StepId::new),
            objective: None,
            class: ClassId::new(span.class),
            service: tables.services.id(span.service()),
            operation: tables.operations.id(span.operation),
            outcome: span.outcome,
            error: span.error.map_or(NameId::NULL, |error| tables.errors.id(error)),
            http_status: span.http_status,
            grpc_status: span.grpc_status,
            origin: if span.step.is_some() { Origin::Client } else { Origin::None },
            rule: None,
            trace: TraceId(0, span.trace),
            span: span.id,
            parent: span.parent,
            sampling_threshold: None,
            interaction: span.interaction,
            amounts: &[],
        };
        builder.push(&fact, &[region]);
    }

    /// The name of an operation.
    pub(crate) fn operation(&self, id: NameId) -> &str {
        self.tables.operations.text(id).expect("a name")
    }
}

/// Adds spans of one file in batches of any sizes; collects what is closed.
pub(crate) fn add(
    traces: &mut Traces,
    world: &mut World,
    spans: &[Span],
    cuts: &[usize],
    file: usize,
    closed: &mut Vec<Closed>,
) {
    let mut rest = spans;
    for cut in cuts.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (part, after) = rest.split_at((*cut).clamp(1, rest.len()));
        traces.add(&world.batch(part), file, &mut |trace| closed.push(trace));
        rest = after;
    }
}
