//! Whole traces are judged as the oracle judges them, however their spans arrive.

use crate::oracle::{self, Expected};
use crate::world::{self, CALLS, ROOTS, Rule, SECOND, Span, World, add, span};
use milepost_annotate::Scope;
use milepost_facts::{NameId, TraceId};
use milepost_flow::{Attempt, Closed, Incomplete, Verdict};
use milepost_model::{ClassId, DurationNs, ObjectiveId, Outcome, StepId, Timestamp};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Rules, traces, and their spans as they arrive: in any order, some of them more than once.
#[derive(Clone, Debug)]
struct Case {
    rules: Vec<Rule>,
    traces: BTreeMap<u64, Vec<Span>>,
    arrivals: Vec<Span>,
    cuts: Vec<usize>,
    /// Where the second file begins, among the arrivals.
    border: prop::sample::Index,
}

fn case() -> impl Strategy<Value = Case> {
    let traces = prop::collection::vec(prop::bool::weighted(0.9), 1..5).prop_flat_map(|present| {
        let ids = (1u64..).zip(present).filter(|(_, there)| *there).map(|(id, _)| world::trace(id));
        ids.collect::<Vec<_>>()
    });
    let again = prop::collection::vec(any::<prop::sample::Index>(), 0..12);
    let rules = prop::collection::vec(world::rule(), 0..6);
    let cuts = prop::collection::vec(1usize..12, 1..5);
    (rules, traces, again, cuts, any::<prop::sample::Index>()).prop_flat_map(|(rules, traces, again, cuts, border)| {
        let spans: Vec<Span> = traces.iter().flatten().copied().collect();
        let copies = again.iter().filter(|_| !spans.is_empty()).map(|at| spans[at.index(spans.len())]);
        let arrivals: Vec<Span> = spans.iter().copied().chain(copies.collect::<Vec<_>>()).collect();
        let traces: BTreeMap<u64, Vec<Span>> = traces.into_iter().map(|spans| (spans[0].trace, spans)).collect();
        Just(arrivals).prop_shuffle().prop_map(move |arrivals| Case {
            rules: rules.clone(),
            traces: traces.clone(),
            arrivals,
            cuts: cuts.clone(),
            border,
        })
    })
}

impl Case {
    /// The file in which each arrival stands.
    fn files(&self) -> [&[Span]; 2] {
        let border = if self.arrivals.is_empty() { 0 } else { self.border.index(self.arrivals.len()) };
        let (first, second) = self.arrivals.split_at(border);
        [first, second]
    }

    fn closed(&self, world: &mut World) -> Vec<Closed> {
        let mut traces = world.traces();
        let mut closed = Vec::new();
        for (file, spans) in self.files().into_iter().enumerate() {
            add(&mut traces, world, spans, &self.cuts, file, &mut closed);
        }
        assert_eq!(closed, [], "nothing is closed before it is time");
        traces.finish(&mut |trace| closed.push(trace));
        closed
    }
}

/// A verdict as the oracle says it.
fn told(closed: &Closed, spans: &[Span]) -> Expected {
    match &closed.verdict {
        Verdict::NotJudged => Expected::NotJudged,
        Verdict::Unmatched(_) => Expected::Unmatched,
        Verdict::Ambiguous(steps) => Expected::Ambiguous(steps.iter().map(|step| step.index()).collect()),
        Verdict::Incomplete(Incomplete::NoRoot) => Expected::NoRoot,
        Verdict::Incomplete(Incomplete::NoParent) => Expected::NoParent,
        Verdict::Incomplete(Incomplete::TooLarge) => unreachable!("the traces are small"),
        Verdict::Told(_) => unreachable!("no attempt comes with its spans"),
        Verdict::Attempt(derived) => Expected::Attempt {
            step: derived.choice.step.index(),
            objective: derived.choice.objective.map(ObjectiveId::index),
            root: spans.iter().find(|span| span.id == derived.root.span).copied().expect("a span of the trace"),
            outcome: derived.outcome(),
            missing: derived.missing.len(),
        },
    }
}

/// Without trace rules only attempts and failures are kept.
fn kept(case: &Case, spans: &[Span]) -> Vec<Span> {
    let failed = |span: &Span| matches!(span.outcome, Outcome::Failure | Outcome::Timeout);
    spans.iter().filter(|span| !case.rules.is_empty() || failed(span) || span.is_attempt).copied().collect()
}

fn attempts(spans: &[Span], expected: &Expected) -> Vec<Attempt> {
    let own = spans.iter().filter(|span| span.is_attempt).map(|span| Attempt {
        span: span.id,
        step: StepId::new(span.step.expect("attempts have steps")),
        class: ClassId::new(span.class),
        time: Timestamp::from_nanos(span.start),
        outcome: span.outcome,
    });
    let mut attempts: Vec<Attempt> = own.collect();
    if let Expected::Attempt { step, root, outcome, .. } = expected {
        let (step, class) = (StepId::new(*step), ClassId::new(root.class));
        let time = Timestamp::from_nanos(root.start);
        attempts.push(Attempt { span: root.id, step, class, time, outcome: *outcome });
    }
    attempts
}

fn sorted(mut attempts: Vec<Attempt>) -> Vec<Attempt> {
    attempts.sort_by_key(|attempt| (attempt.step, attempt.class, attempt.time, attempt.outcome));
    attempts
}

proptest! {
    #[test]
    fn whole_traces_are_judged_as_the_oracle_judges_them(case in case()) {
        let mut world = World::new(&case.rules);
        let closed = case.closed(&mut world);
        let whole: BTreeMap<u64, Vec<Span>> =
            case.traces.iter().map(|(id, spans)| (*id, kept(&case, spans))).filter(|(_, spans)| !spans.is_empty()).collect();
        prop_assert_eq!(closed.iter().map(|trace| trace.id.1).collect::<BTreeSet<_>>(), whole.keys().copied().collect());
        prop_assert_eq!(closed.len(), whole.len());
        let starts: Vec<(i64, u64)> =
            closed.iter().filter_map(|trace| Some((whole[&trace.id.1].iter().map(|span| span.start).min()?, trace.id.1))).collect();
        prop_assert!(starts.is_sorted(), "traces are closed in order of time: {starts:?}");
        for trace in &closed {
            let spans = &whole[&trace.id.1];
            let expected = oracle::judge(&case.rules, spans);
            prop_assert_eq!(told(trace, spans), expected.clone());
            prop_assert!(!trace.is_late);
            prop_assert_eq!(trace.spans_without_step, spans.iter().filter(|span| span.step.is_none()).count());
            let requests = spans.iter().filter(|span| span.step.is_none() && !span.is_caller && span.class == 0);
            prop_assert_eq!(trace.requests_without_step.len(), requests.count());
            prop_assert_eq!(sorted(trace.attempts.clone()), sorted(attempts(spans, &expected)));
            let failed: BTreeSet<&str> = trace.failed_operations.iter().map(|id| world.operation(*id)).collect();
            prop_assert_eq!(failed.len(), trace.failed_operations.len());
            prop_assert_eq!(failed, oracle::failed_operations(spans, &expected));
            let mut errors: BTreeMap<&str, u64> = BTreeMap::new();
            let failed_for_users = |span: &&Span| span.class == 0 && matches!(span.outcome, Outcome::Failure | Outcome::Timeout);
            spans.iter().filter(failed_for_users).for_each(|span| *errors.entry(span.operation).or_default() += 1);
            let told: BTreeMap<&str, u64> = trace.errors.iter().map(|(id, count)| (world.operation(*id), *count)).collect();
            prop_assert_eq!((told, trace.errors.len()), (errors.clone(), errors.len()));
            let files = case.files();
            let in_file = |file: usize, of: fn(&Span) -> bool| files[file].iter().any(|s| s.trace == trace.id.1 && spans.contains(s) && of(s));
            let roots: Vec<usize> = [0, 1].into_iter().filter(|file| in_file(*file, |span| span.parent == 0)).collect();
            let all: Vec<usize> = [0, 1].into_iter().filter(|file| in_file(*file, |_| true)).collect();
            prop_assert_eq!(&trace.files, if roots.is_empty() { &all } else { &roots });
        }
    }

    #[test]
    fn a_derived_fact_is_its_root_with_a_step(case in case()) {
        let mut world = World::new(&case.rules);
        for trace in case.closed(&mut world) {
            let Verdict::Attempt(derived) = &trace.verdict else { continue };
            let root = oracle::root(&case.traces[&trace.id.1]).expect("a root");
            let fact = derived.fact(trace.id, &mut world.tables);
            prop_assert_eq!((fact.trace, fact.span, fact.parent), (TraceId(0, root.trace), root.id, 0));
            prop_assert_eq!((fact.time.nanos(), fact.duration.map(DurationNs::nanos)), (root.start, root.duration));
            prop_assert_eq!((fact.step, fact.outcome), (Some(derived.choice.step), derived.outcome()));
            prop_assert_eq!((fact.http_status, fact.grpc_status), (root.http_status, root.grpc_status));
            prop_assert_eq!((fact.interaction, fact.class.index()), (root.interaction, root.class));
            prop_assert_eq!(world.tables.operations.text(fact.operation), Some(root.operation));
            let error = world.tables.errors.text(fact.error);
            match (root.error, derived.missing.first()) {
                (Some(own), _) => prop_assert_eq!(error, Some(own)),
                (None, Some(call)) if fact.outcome != Outcome::Abandoned => {
                    let text = error.expect("what is missing");
                    prop_assert!(text.starts_with("missing ") && text.contains(world.operation(*call)), "{}", text);
                }
                (None, _) => prop_assert_eq!(error, None),
            }
            let rule = fact.rule.expect("a rule").index() - world.registry.rules.len();
            prop_assert_eq!(case.rules[rule].step, derived.choice.step.index());
            let region = world.tables.dimensions[0].text(derived.dimensions.first().copied().unwrap_or(NameId::NULL));
            prop_assert_eq!(region, root.region);
        }
    }
}

fn rule(step: usize, when: &[usize], requires: &[usize]) -> Rule {
    let (when, requires) = (when.to_vec(), requires.to_vec());
    Rule { root: 0, scope: Scope::RootChildren, when, requires, step, objective: None }
}

/// What rules make of a root with these calls.
fn verdict(rules: &[Rule], calls: &[usize]) -> Verdict {
    let mut world = World::new(rules);
    let mut traces = world.traces();
    let calls = (2u64..).zip(calls).map(|(id, call)| span(1, id, 1, CALLS[*call]));
    let spans: Vec<Span> = std::iter::once(span(1, 1, 0, ROOTS[0])).chain(calls).collect();
    let mut closed = Vec::new();
    add(&mut traces, &mut world, &spans, &[9], 0, &mut closed);
    traces.finish(&mut |trace| closed.push(trace));
    let [trace] = &closed[..] else { panic!("{closed:?}") };
    trace.verdict.clone()
}

fn step(verdict: &Verdict) -> Option<(usize, Outcome)> {
    match verdict {
        Verdict::Attempt(derived) => Some((derived.choice.step.index(), derived.outcome())),
        _ => None,
    }
}

#[test]
fn the_largest_when_decides_and_requires_never_helps() {
    let rules = [rule(0, &[0], &[]), rule(1, &[0, 1], &[2]), rule(2, &[0], &[1, 3])];
    assert_eq!(step(&verdict(&rules, &[0, 1])), Some((1, Outcome::Failure)));
    assert_eq!(step(&verdict(&rules, &[0, 1, 2])), Some((1, Outcome::Success)));
    // All that the third rule requires is there, and yet the first fits as well.
    assert_eq!(verdict(&rules, &[0, 3]), Verdict::Ambiguous(vec![StepId::new(0), StepId::new(2)]));
    assert!(matches!(verdict(&rules, &[1]), Verdict::Unmatched(_)));
}

#[test]
fn rules_of_one_step_are_other_ways_to_succeed() {
    let rules = [rule(0, &[0], &[1]), rule(0, &[0], &[2])];
    for (calls, outcome) in [(&[0, 1], Outcome::Success), (&[0, 2], Outcome::Success), (&[0, 3], Outcome::Failure)] {
        assert_eq!(step(&verdict(&rules, calls)), Some((0, outcome)), "{calls:?}");
    }
}

#[test]
fn rules_of_one_step_for_different_objectives_leave_the_objective_open() {
    let for_objective = |objective, requires: &[usize]| Rule { objective: Some(objective), ..rule(0, &[0], requires) };
    let rules = [for_objective(0, &[1]), for_objective(1, &[2])];
    let Verdict::Attempt(derived) = verdict(&rules, &[0, 2]) else { panic!("no attempt") };
    assert_eq!((derived.choice.objective, derived.outcome()), (None, Outcome::Success));
}

#[test]
fn a_root_that_is_an_attempt_by_its_own_annotation_is_left_alone() {
    let mut world = World::new(&[rule(0, &[], &[0])]);
    let mut traces = world.traces();
    let root = Span { step: Some(1), is_attempt: true, outcome: Outcome::Timeout, ..span(1, 1, 0, ROOTS[0]) };
    let mut closed = Vec::new();
    add(&mut traces, &mut world, &[root], &[1], 0, &mut closed);
    traces.finish(&mut |trace| closed.push(trace));
    assert_eq!(closed[0].verdict, Verdict::NotJudged);
    assert_eq!(closed[0].attempts.len(), 1);
    assert_eq!(closed[0].failed_operations, []);
}

#[test]
fn a_root_that_says_its_step_is_judged_by_the_rules_for_that_step_alone() {
    let mut world = World::new(&[rule(0, &[0], &[]), rule(1, &[1], &[]), rule(2, &[1, 0], &[])]);
    let mut judged = |step| {
        let root = Span { step, ..span(1, 1, 0, ROOTS[0]) };
        let mut traces = world.traces();
        let mut closed = Vec::new();
        add(&mut traces, &mut world, &[root, span(1, 2, 1, CALLS[0])], &[1], 0, &mut closed);
        traces.finish(&mut |trace| closed.push(trace));
        closed.remove(0).verdict
    };
    assert_eq!(self::step(&judged(None)), Some((0, Outcome::Success)));
    assert_eq!(self::step(&judged(Some(0))), Some((0, Outcome::Success)));
    assert!(matches!(judged(Some(1)), Verdict::Unmatched(_)));
}

#[test]
fn a_gateway_with_one_name_for_everything_can_be_a_root() {
    let at_gateway = Rule { scope: Scope::Trace, ..rule(0, &[2], &[3]) };
    let mut world = World::new(&[at_gateway]);
    let mut traces = world.traces();
    let (root, proxy) = (span(1, 1, 0, ROOTS[0]), span(1, 2, 1, CALLS[4]));
    let (call, below) = (span(1, 3, 2, CALLS[2]), Span { start: SECOND, ..span(1, 4, 3, CALLS[3]) });
    let mut closed = Vec::new();
    add(&mut traces, &mut world, &[below, call, proxy, root], &[1], 0, &mut closed);
    traces.finish(&mut |trace| closed.push(trace));
    assert_eq!(step(&closed[0].verdict), Some((0, Outcome::Success)));
}
