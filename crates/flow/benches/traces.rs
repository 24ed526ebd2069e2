//! What grouping spans by trace costs, from the first span to the verdict.
//!
//! `cargo bench -p milepost-flow --bench traces`. Each round is 20,000 spans of 2,000 traces of ten, that arrive mixed as those of a second do.

#![expect(clippy::unwrap_used, reason = "in a bench a panic is the report")]

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use milepost_annotate::{Annotator, FieldPlan, Origin};
use milepost_facts::{Fact, FactBatch, FactBuilder, Kind, NameId, NameTables, Role, Source, TraceId};
use milepost_flow::{TraceRules, Traces};
use milepost_model::{ClassId, DurationNs, Outcome, Signal, Timestamp};
use milepost_registry::Registry;
use std::hint::black_box;

const REGISTRY: &str = "
{apiVersion: milepost/v1, kind: Product, metadata: {name: shop}, spec: {description: d, owner: o}}
---
{apiVersion: milepost/v1, kind: Objective, metadata: {name: buy}, spec: {description: d, steps: [pay]}}
---
{apiVersion: milepost/v1, kind: Step, metadata: {name: pay}, spec: {description: d, start: s, success: t, operations: [store s.Store/Call1]}}
---
{apiVersion: milepost/v1, kind: Service, metadata: {name: web}, spec: {owner: o, operations: [GET /]}}
---
{apiVersion: milepost/v1, kind: Service, metadata: {name: store}, spec: {owner: o, operations: [s.Store/Call1]}}
---
apiVersion: milepost/v1
kind: AnnotationRules
metadata: {name: shapes}
spec: {traceRules: [{name: pay, root: web GET /, when: [store s.Store/Call1], step: pay, assumes: Only paying calls the store.}]}
";
const TRACES: u64 = 2_000;
const SPANS: u64 = 10;

fn annotator(registry: &Registry) -> Annotator {
    registry.annotator(&mut FieldPlan::default())
}

/// The spans of all traces: of each first those that its calls end with, then its root, as services send them.
fn batches(tables: &mut NameTables) -> Vec<FactBatch> {
    let operations: Vec<NameId> = (0..SPANS)
        .map(|at| {
            tables.operations.id(&if at == 0 { "web GET /".to_owned() } else { format!("store s.Store/Call{at}") })
        })
        .collect();
    let services = [tables.services.id("web"), tables.services.id("store")];
    let mut builder = FactBuilder::new(tables);
    let mut batches = Vec::new();
    for at in (0..SPANS).rev() {
        for trace in 1..=TRACES {
            builder.push(&fact(trace, at, operations[at as usize], services[usize::from(at > 0)]), &[]);
            if builder.is_full() {
                batches.push(builder.take());
            }
        }
    }
    batches.push(builder.take());
    batches
}

fn fact(trace: u64, at: u64, operation: NameId, service: NameId) -> Fact<'static> {
    Fact {
        time: Timestamp::from_nanos((trace * 1_000_000 + at * 10_000).cast_signed()),
        duration: Some(DurationNs::from_nanos((SPANS - at) * 20_000)),
        role: Role::Operation,
        source: Source::Service,
        signal: Signal::Spans,
        kind: Kind::Server,
        step: None,
        objective: None,
        class: ClassId::new(0),
        service,
        operation,
        outcome: Outcome::Success,
        error: NameId::NULL,
        http_status: None,
        grpc_status: None,
        origin: Origin::None,
        rule: None,
        trace: TraceId(7, trace),
        span: trace * SPANS + at + 1,
        // Half of them are calls of the root, half of each other.
        parent: if at == 0 { 0 } else { trace * SPANS + 1 + if at.is_multiple_of(2) { at - 1 } else { 0 } },
        sampling_threshold: None,
        interaction: None,
        amounts: &[],
    }
}

fn bench(criterion: &mut Criterion) {
    let registry = milepost_registry::read_texts([("shop.yaml", REGISTRY)]).registry.unwrap();
    let annotator = annotator(&registry);
    let mut tables = NameTables::new(&registry, &annotator);
    let batches = batches(&mut tables);
    let mut group = criterion.benchmark_group("traces");
    group.throughput(Throughput::Elements(TRACES * SPANS));
    let judge = |mut traces: Traces| {
        let mut closed = 0;
        for batch in &batches {
            traces.add(black_box(batch), 0, &mut |_| closed += 1);
        }
        traces.finish(&mut |_| closed += 1);
        assert_eq!(closed, TRACES);
    };
    let new = || Traces::new(TraceRules::new(&registry, &annotator));
    group.bench_function("judged", |bencher| bencher.iter_batched(new, judge, BatchSize::LargeInput));
    let telling = || new().telling_courses();
    group.bench_function("judged, with courses", |bencher| bencher.iter_batched(telling, judge, BatchSize::LargeInput));
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
