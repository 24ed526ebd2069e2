//! How attempts went: against a look at each instant of each span, and by example.

use crate::oracle;
use crate::world::{CALLS, ROOTS, Rule, SECOND, Span, World, add, span};
use milepost_annotate::Scope;
use milepost_flow::{Closed, Course, Traces};
use milepost_model::{Outcome, Timestamp};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use std::collections::{BTreeMap, BTreeSet};

/// Any root is an attempt of step 0.
const RULES: [Rule; 1] =
    [Rule { root: 0, scope: Scope::Trace, when: Vec::new(), requires: Vec::new(), step: 0, objective: None }];

/// Few instants, so that spans meet, overlap, leave their parents, and end as they begin. Parents are anywhere: below, nowhere, or the span itself.
fn spans() -> impl Strategy<Value = Vec<Span>> {
    let own = (select(&CALLS), 0..30i64, prop::option::weighted(0.9, 0..20u64), select(&Outcome::ALL));
    let kind = (prop::option::weighted(0.3, 0usize..3), any::<bool>(), any::<bool>(), select(&[0usize, 0, 0, 1][..]));
    let draft = (own, kind, any::<Index>(), 0u8..100);
    prop::collection::vec(draft, 1..12).prop_map(|drafts| {
        let all = drafts.len();
        let of = |(at, (own, kind, parent, chance)): (usize, ((&'static str, i64, _, _), _, Index, u8))| {
            let id = at as u64 + 1;
            let (step, is_attempt, is_caller, class): (Option<usize>, bool, bool, usize) = kind;
            let parent = match chance {
                _ if at == 0 => 0,
                0..3 => 0,
                3..5 => 999,
                // Anything: cycles, too.
                5..20 => parent.index(all) as u64 + 1,
                _ => parent.index(at) as u64 + 1,
            };
            let operation = if parent == 0 { ROOTS[0] } else { own.0 };
            let is_attempt = is_attempt && step.is_some();
            let (start, duration, outcome) = (own.1, own.2, own.3);
            Span { start, duration, outcome, step, is_attempt, is_caller, class, ..span(1, id, parent, operation) }
        };
        drafts.into_iter().enumerate().map(of).collect()
    })
}

/// A course in the words of the test.
#[derive(Debug, PartialEq)]
struct Told {
    span: u64,
    step: usize,
    outcome: Outcome,
    duration: u64,
    operation: String,
    own: BTreeMap<String, u64>,
    calls: Vec<(String, String)>,
    failed: BTreeSet<String>,
}

fn told(world: &World, course: &Course) -> Told {
    let name = |id| world.operation(id).to_owned();
    Told {
        span: course.attempt.span,
        step: course.attempt.step.index(),
        outcome: course.attempt.outcome,
        duration: course.duration.nanos(),
        operation: name(course.operation),
        own: course.own.iter().map(|(operation, own)| (name(*operation), own.nanos())).collect(),
        calls: course.calls.iter().map(|(from, to)| (name(*from), name(*to))).collect(),
        failed: course.failed.iter().map(|operation| name(*operation)).collect(),
    }
}

fn end(span: &Span) -> i64 {
    span.start + span.duration.unwrap_or(0).cast_signed()
}

fn has_failed(span: &Span) -> bool {
    matches!(span.outcome, Outcome::Failure | Outcome::Timeout)
}

/// What a span counts by.
fn name(spans: &[Span], of: &Span) -> String {
    let answers = |child: &&Span| {
        child.parent == of.id && (child.service() != of.service() || !child.is_caller && child.class == 0)
    };
    let first = spans.iter().filter(answers).min_by_key(|child| (child.start, child.id));
    first.filter(|_| of.is_caller).unwrap_or(of).operation.to_owned()
}

/// The spans below one, itself with them.
fn below<'s>(spans: &'s [Span], root: &Span) -> Vec<&'s Span> {
    let is_below = |span: &&Span| {
        let (mut at, mut steps) = (**span, 0);
        while at.id != root.id && steps <= spans.len() {
            let Some(parent) = spans.iter().find(|other| other.id == at.parent) else { return false };
            (at, steps) = (*parent, steps + 1);
        }
        at.id == root.id
    };
    spans.iter().filter(is_below).collect()
}

/// The course of an attempt, instant by instant.
fn expected(spans: &[Span], root: &Span, step: usize, outcome: Outcome) -> Told {
    let all = below(spans, root);
    let children = |of: &Span| -> Vec<&Span> {
        all.iter().copied().filter(|child| child.parent == of.id && child.id != root.id).collect()
    };
    let is_at_work = |span: &Span, at: i64| span.start <= at && at < end(span);
    // A call of the same service, for the same caller, that somebody inside of the service may wait for.
    let beside = |of: &Span| -> Vec<&Span> {
        let parent = all.iter().find(|other| of.id != root.id && other.id == of.parent);
        let is_inside = parent.is_some_and(|parent| parent.service() == of.service()) && !of.is_caller;
        let is_call = |other: &&Span| {
            other.parent == of.parent && other.id != root.id && other.is_caller && other.service() == of.service()
        };
        all.iter().copied().filter(|other| is_inside && is_call(other)).collect()
    };
    let mut own: BTreeMap<String, u64> = BTreeMap::new();
    for of in &all {
        let is_own = |at: &i64| {
            let mut others = children(of).into_iter().chain(beside(of));
            is_at_work(root, *at) && is_at_work(of, *at) && !others.any(|other| is_at_work(other, *at))
        };
        *own.entry(name(spans, of)).or_default() += (0..100).filter(is_own).count() as u64;
    }
    let mut last: BTreeMap<(String, String), (i64, u64)> = BTreeMap::new();
    for child in all.iter().flat_map(|of| children(of)) {
        let parent = spans.iter().find(|other| other.id == child.parent).expect("it is below");
        let call = (name(spans, parent), name(spans, child));
        if call.0 != call.1 {
            let when = last.entry(call).or_default();
            *when = (*when).max((child.start, child.id));
        }
    }
    let mut calls: Vec<_> = last.into_iter().collect();
    calls.sort_by_key(|(_, when)| *when);
    let is_deepest =
        |of: &&&Span| has_failed(of) && of.id != root.id && !children(of).iter().any(|child| has_failed(child));
    Told {
        span: root.id,
        step,
        outcome,
        duration: root.duration.unwrap_or(0),
        operation: name(spans, root),
        own,
        calls: calls.into_iter().map(|(call, _)| call).collect(),
        failed: all.iter().filter(is_deepest).map(|of| name(spans, of)).collect(),
    }
}

fn closed(world: &mut World, traces: Traces, spans: &[Span]) -> Vec<Closed> {
    let (mut traces, mut closed) = (traces, Vec::new());
    add(&mut traces, world, spans, &[3], 0, &mut closed);
    traces.finish(&mut |trace| closed.push(trace));
    closed
}

proptest! {
    #[test]
    fn attempts_went_as_a_look_at_each_instant_says(spans in spans(), again in prop::collection::vec(any::<Index>(), 0..3)) {
        let mut world = World::new(&RULES);
        let traces = world.traces().telling_courses();
        let copies: Vec<Span> = again.iter().map(|at| spans[at.index(spans.len())]).collect();
        let closed = closed(&mut world, traces, &[spans.clone(), copies].concat());
        let courses: Vec<Told> = closed[0].courses.iter().map(|course| told(&world, course)).collect();
        let is_known = |span: &Span| span.parent == 0 || spans.iter().any(|other| other.id == span.parent);
        // Who called for an attempt need not be seen.
        let is_whole = spans.iter().all(|span| is_known(span) || span.is_attempt);
        let is_users = |span: &&Span| span.class == 0;
        let mut wanted: Vec<Told> = Vec::new();
        for of in spans.iter().filter(|span| span.is_attempt).filter(is_users) {
            wanted.push(expected(&spans, of, of.step.expect("it has one"), of.outcome));
        }
        if let oracle::Expected::Attempt { step, root, outcome, .. } = oracle::judge(&RULES, &spans)
            && root.class == 0
        {
            wanted.push(expected(&spans, &root, step, outcome));
        }
        wanted.retain(|of| is_whole && of.outcome != Outcome::Abandoned);
        prop_assert_eq!(courses, wanted);
    }
}

fn at(start: i64, duration: u64, span: Span) -> Span {
    Span { start, duration: Some(duration), ..span }
}

#[test]
fn a_call_is_one_operation_however_many_spans_it_has_and_wherever_the_clock_of_who_answers_stands() {
    let mut world = World::new(&RULES);
    for skew in [-30, 0, 5, 200] {
        let caller = Span { is_caller: true, ..span(1, 2, 1, "web GET /unknown") };
        let spans =
            [at(0, 100, span(1, 1, 0, ROOTS[0])), at(10, 60, caller), at(20 + skew, 20, span(1, 3, 2, CALLS[0]))];
        let traces = world.traces().telling_courses();
        let closed = closed(&mut world, traces, &spans);
        let told = told(&world, &closed[0].courses[0]);
        assert_eq!(told.own[ROOTS[0]], 40, "what the root's own clock says: {skew}");
        // As far as the clocks agree; else what lies outside of the call is not its time a second time.
        let own = told.own[CALLS[0]];
        assert!((60..=80).contains(&own), "{own}: {skew}");
        assert_eq!(told.calls, [(ROOTS[0].to_owned(), CALLS[0].to_owned())]);
    }
}

#[test]
fn a_handler_that_waits_beside_its_call_is_not_at_work_and_one_beside_another_handler_is() {
    let mut world = World::new(&RULES);
    let call = Span { is_caller: true, ..span(1, 3, 1, ROOTS[1]) };
    let spans = [
        at(0, 100, span(1, 1, 0, ROOTS[0])),
        at(10, 80, span(1, 2, 1, ROOTS[2])),
        at(20, 60, call),
        at(25, 50, span(1, 4, 3, CALLS[0])),
    ];
    let traces = world.traces().telling_courses();
    let closed = closed(&mut world, traces, &spans);
    let own = told(&world, &closed[0].courses[0]).own;
    assert_eq!([ROOTS[0], ROOTS[2], CALLS[0]].map(|name| own[name]), [20, 20, 60]);
}

#[test]
fn courses_are_told_of_few_attempts_until_more_are_asked_for_and_of_none_unless_asked() {
    let mut world = World::new(&RULES);
    let whole = |id: u64| {
        let start = id.cast_signed() * SECOND;
        [Span { start, ..span(id, 1, 0, ROOTS[0]) }, Span { start, ..span(id, 2, 1, CALLS[0]) }]
    };
    let count = |closed: &[Closed]| closed.iter().map(|trace| trace.courses.len()).sum::<usize>();
    let spans: Vec<Span> = (1..=30).flat_map(whole).collect();
    let silent = world.traces();
    assert_eq!(count(&closed(&mut world, silent, &spans)), 0);
    let mut traces = world.traces().telling_courses();
    let mut told = Vec::new();
    let mut again = |traces: &mut Traces, world: &mut World, spans: &[Span]| {
        told.clear();
        add(traces, world, spans, &[7], 0, &mut told);
        traces.finish(&mut |trace| told.push(trace));
        count(&told)
    };
    assert_eq!(again(&mut traces, &mut world, &spans), Traces::MOST_COURSES);
    let next: Vec<Span> = (31..=40).flat_map(whole).collect();
    assert_eq!(again(&mut traces, &mut world, &next), 0);
    traces.want_courses();
    let next: Vec<Span> = (41..=50).flat_map(whole).collect();
    assert_eq!(again(&mut traces, &mut world, &next), 10);
    // What comes again was told of before.
    traces.want_courses();
    assert_eq!(again(&mut traces, &mut world, &next), 0);
}

#[test]
fn without_rules_traces_are_kept_whole_for_courses_and_of_many_only_some() {
    let mut world = World::new(&[]);
    // As of a browser that nobody hears of, and a call that is no attempt itself.
    let whole = |id: u64| {
        let start = id.cast_signed() * SECOND / 100;
        let attempt = Span { start, step: Some(0), is_attempt: true, ..span(id, 1, 999, ROOTS[0]) };
        [attempt, Span { start, ..span(id, 2, 1, CALLS[0]) }]
    };
    let mut traces = world.traces().telling_courses();
    traces.set_clock(Timestamp::from_nanos(0));
    let few: Vec<Span> = (1..=10).flat_map(whole).collect();
    add(&mut traces, &mut world, &few, &[7], 0, &mut Vec::new());
    let mut told = Vec::new();
    traces.advance(Timestamp::from_nanos(10 * SECOND), &mut |trace| told.extend(trace.courses));
    let called: Vec<usize> = told.iter().map(|course| course.calls.len()).collect();
    assert_eq!(called, [1; 10]);
    let mut next = 11;
    for second in 0..30 {
        traces.want_courses();
        traces.set_clock(Timestamp::from_nanos((20 + second) * SECOND));
        let many: Vec<Span> = (next..next + 500).flat_map(whole).collect();
        next += 500;
        add(&mut traces, &mut world, &many, &[500], 0, &mut Vec::new());
        traces.advance(Timestamp::from_nanos((20 + second) * SECOND), &mut |_| ());
    }
    let (open, spans) = traces.open();
    assert!(open > Traces::MOST_FOLLOWED / 8 && open <= Traces::MOST_FOLLOWED, "{open} of 5,000 in ten seconds");
    assert!(spans >= 2 * open - 1, "they are whole: {spans} spans of {open}");
}
