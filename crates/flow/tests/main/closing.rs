//! When traces close, what comes after that, and what happens when memory is short.

use crate::oracle;
use crate::world::{self, CALLS, ROOTS, Rule, SECOND, Span, World, add, span};
use milepost_annotate::Scope;
use milepost_flow::{Closed, Incomplete, TraceStats, Traces, Verdict};
use milepost_model::{StepId, Timestamp};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Any root is step 0, and failed without the first of the calls.
fn any_root() -> Rule {
    Rule { root: 0, scope: Scope::Trace, when: vec![], requires: vec![0], step: 0, objective: None }
}

/// Open traces by brute force: every span at every look.
#[derive(Default)]
struct Model {
    open: BTreeMap<u64, Vec<Span>>,
    closed: BTreeSet<u64>,
}

impl Model {
    fn add(&mut self, span: Span) {
        let spans = self.open.entry(span.trace).or_default();
        if !spans.iter().any(|known| known.id == span.id) {
            spans.push(span);
        }
    }

    /// The traces that are due at a time, with whether they had been closed before, in order of time.
    fn advance(&mut self, now: i64) -> Vec<(u64, bool, Vec<Span>)> {
        let is_due = |spans: &[Span]| {
            let first = spans.iter().map(|span| span.start).min().expect("a span");
            let after_root =
                oracle::root(spans).map(|root| root.start + root.duration.unwrap_or(0).cast_signed() + 10 * SECOND);
            now >= after_root.unwrap_or(i64::MAX).min(first + 60 * SECOND)
        };
        let mut due: Vec<(i64, u64)> = (self.open.iter())
            .filter(|(_, spans)| is_due(spans))
            .map(|(id, spans)| (spans.iter().map(|span| span.start).min().expect("a span"), *id))
            .collect();
        due.sort_unstable();
        due.into_iter().map(|(_, id)| (id, !self.closed.insert(id), self.open.remove(&id).expect("open"))).collect()
    }
}

/// Something that happens: a span arrives, or time goes on.
#[derive(Clone, Copy, Debug)]
enum Event {
    Span(Span),
    Now(i64),
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let spans = (1u64..4).map(world::trace).collect::<Vec<_>>().prop_map(|traces| traces.concat());
    (spans, prop::collection::vec(any::<prop::sample::Index>(), 0..15)).prop_flat_map(|(spans, again)| {
        let copies: Vec<Span> = again.iter().map(|at| spans[at.index(spans.len())]).collect();
        let spans = spans.into_iter().chain(copies).map(Event::Span);
        let times = (0..100).step_by(10).map(|second| Event::Now(second * SECOND));
        Just(spans.chain(times).collect::<Vec<_>>()).prop_shuffle()
    })
}

proptest! {
    #[test]
    fn traces_close_ten_seconds_after_their_root_or_sixty_after_their_first_span(events in events()) {
        let rules = [any_root()];
        let mut world = World::new(&rules);
        let mut traces = world.traces();
        let mut model = Model::default();
        for event in events {
            let now = match event {
                Event::Span(span) => {
                    model.add(span);
                    add(&mut traces, &mut world, &[span], &[1], 0, &mut Vec::new());
                    continue;
                }
                Event::Now(now) => now,
            };
            let mut closed = Vec::new();
            traces.advance(Timestamp::from_nanos(now), &mut |trace| closed.push(trace));
            let told: Vec<(u64, bool)> = closed.iter().map(|trace| (trace.id.1, trace.is_late)).collect();
            let due = model.advance(now);
            prop_assert_eq!(told, due.iter().map(|(id, is_late, _)| (*id, *is_late)).collect::<Vec<_>>());
            for (trace, (_, is_late, spans)) in closed.iter().zip(&due) {
                let is_attempt = matches!(trace.verdict, Verdict::Attempt(_));
                let is_incomplete = matches!(trace.verdict, Verdict::Incomplete(_));
                match oracle::judge(&rules, spans) {
                    oracle::Expected::Attempt { .. } => prop_assert!(is_attempt),
                    oracle::Expected::NoRoot | oracle::Expected::NoParent => prop_assert_eq!(is_incomplete, !is_late),
                    other => prop_assert!(!is_attempt && !is_incomplete, "{:?}", other),
                }
                prop_assert!(!is_late || trace.attempts.is_empty());
            }
        }
    }

    #[test]
    fn short_of_memory_the_oldest_are_closed_and_none_is_lost(
        sizes in prop::collection::vec(1usize..6, 1..40), room in 1usize..30, cut in 1usize..8
    ) {
        let mut world = World::new(&[any_root()]);
        // What the first traces take: the measure of the room.
        let mut traces = world.traces().with_capacity_bytes(room * 1_000);
        let spans: Vec<Span> = (1u64..).zip(&sizes).flat_map(|(id, size)| whole(id, *size)).collect();
        let mut closed: Vec<Closed> = Vec::new();
        add(&mut traces, &mut world, &spans, &[cut], 0, &mut closed);
        let forced = closed.len() as u64;
        prop_assert_eq!(traces.stats().forced, forced);
        let ids: Vec<u64> = closed.iter().map(|trace| trace.id.1).collect();
        prop_assert!(ids.is_sorted(), "the oldest first: {ids:?}");
        prop_assert!(forced > 0 || sizes.len() <= room + 1, "{} traces in {room} kB", sizes.len());
        traces.finish(&mut |trace| closed.push(trace));
        prop_assert_eq!(closed.iter().map(|trace| trace.id.1).collect::<BTreeSet<_>>().len(), sizes.len());
        prop_assert_eq!(closed.iter().map(|trace| trace.spans_without_step).sum::<usize>(), spans.len());
    }
}

/// A whole trace of so many spans; later ids are later in time.
fn whole(id: u64, size: usize) -> Vec<Span> {
    let start = id.cast_signed() * SECOND;
    let calls = (2..=size as u64).map(|call| span(id, call, 1, CALLS[0]));
    std::iter::once(span(id, 1, 0, ROOTS[0])).chain(calls).map(|span| Span { start, ..span }).collect()
}

fn at(traces: &mut Traces, second: i64) -> Vec<Closed> {
    let mut closed = Vec::new();
    traces.advance(Timestamp::from_nanos(second * SECOND), &mut |trace| closed.push(trace));
    closed
}

fn given(traces: &mut Traces, world: &mut World, file: usize, spans: &[Span]) {
    let mut closed = Vec::new();
    add(traces, world, spans, &[usize::MAX], file, &mut closed);
    assert_eq!(closed, []);
}

#[test]
fn a_trace_waits_for_its_root_to_end_but_no_longer_than_a_minute() {
    let mut world = World::new(&[any_root()]);
    let mut traces = world.traces();
    let long = Span { duration: Some(20 * SECOND.unsigned_abs()), ..span(1, 1, 0, ROOTS[0]) };
    let endless = Span { duration: Some(3600 * SECOND.unsigned_abs()), ..span(2, 1, 0, ROOTS[0]) };
    let rootless = Span { start: 5 * SECOND, ..span(3, 2, 1, CALLS[0]) };
    given(&mut traces, &mut world, 0, &[long, endless, rootless]);
    assert_eq!(at(&mut traces, 29), []);
    assert!(matches!(&at(&mut traces, 30)[..], [trace] if trace.id.1 == 1));
    assert_eq!(at(&mut traces, 59), []);
    assert!(
        matches!(&at(&mut traces, 60)[..], [trace] if trace.id.1 == 2 && matches!(trace.verdict, Verdict::Attempt(_)))
    );
    assert_eq!(at(&mut traces, 64), []);
    assert!(matches!(&at(&mut traces, 65)[..], [trace] if trace.verdict == Verdict::Incomplete(Incomplete::NoRoot)));
    assert_eq!(traces.stats(), TraceStats::default());
}

#[test]
fn a_trace_that_comes_again_whole_is_told_again_as_late() {
    let mut world = World::new(&[any_root()]);
    let mut traces = world.traces();
    let spans = whole(1, 3);
    given(&mut traces, &mut world, 0, &spans);
    let first = at(&mut traces, 20);
    given(&mut traces, &mut world, 1, &spans);
    let second = at(&mut traces, 40);
    let ([first], [second]) = (&first[..], &second[..]) else { panic!("{first:?} {second:?}") };
    assert_eq!(first.verdict, second.verdict);
    assert_eq!((first.is_late, first.attempts.len(), &first.files[..]), (false, 1, &[0][..]));
    assert_eq!((second.is_late, second.attempts.len(), &second.files[..]), (true, 0, &[1][..]));
    assert_eq!(traces.stats(), TraceStats { late_traces: 1, ..TraceStats::default() });
}

#[test]
fn a_late_part_of_a_trace_is_late_and_not_incomplete() {
    let mut world = World::new(&[any_root()]);
    let mut traces = world.traces();
    let spans = whole(1, 4);
    given(&mut traces, &mut world, 0, &spans[..2]);
    assert!(matches!(&at(&mut traces, 20)[0].verdict, Verdict::Attempt(_)));
    given(&mut traces, &mut world, 0, &spans[2..]);
    let closed = at(&mut traces, 90);
    assert_eq!((&closed[0].verdict, closed[0].is_late), (&Verdict::NotJudged, true));
    assert_eq!(traces.stats(), TraceStats { late_traces: 1, late_spans: 2, ..TraceStats::default() });
}

#[test]
fn a_trace_that_was_incomplete_is_judged_when_it_comes_whole() {
    let mut world = World::new(&[any_root()]);
    let mut traces = world.traces();
    let spans = whole(1, 3);
    given(&mut traces, &mut world, 0, &spans[1..]);
    assert_eq!(at(&mut traces, 90)[0].verdict, Verdict::Incomplete(Incomplete::NoRoot));
    given(&mut traces, &mut world, 1, &spans);
    assert!(
        matches!(&at(&mut traces, 90)[0].verdict, Verdict::Attempt(derived) if derived.choice.step == StepId::new(0))
    );
}

#[test]
fn the_end_of_a_file_closes_what_was_over_by_its_newest_event() {
    let mut world = World::new(&[any_root()]);
    let mut traces = world.traces();
    let newest = Span { start: 12 * SECOND, duration: Some(SECOND.unsigned_abs()), ..span(3, 1, 0, ROOTS[0]) };
    let cut = Span { start: 4 * SECOND, ..span(2, 2, 1, CALLS[0]) };
    given(&mut traces, &mut world, 0, &[whole(1, 2), vec![newest, cut]].concat());
    let mut closed = Vec::new();
    traces.advance_to_newest(&mut |trace| closed.push(trace.id.1));
    assert_eq!(closed, [1]);
    // The rest of the second trace stands in the next file.
    given(&mut traces, &mut world, 1, &[span(2, 1, 0, ROOTS[0])]);
    let closed = at(&mut traces, 14);
    assert!(matches!(&closed[..], [trace] if trace.id.1 == 2 && matches!(trace.verdict, Verdict::Attempt(_))));
}

#[test]
fn spans_without_a_trace_or_an_id_and_those_that_come_again_are_no_part() {
    let mut world = World::new(&[any_root()]);
    let mut traces = world.traces();
    let root = span(1, 1, 0, ROOTS[0]);
    given(&mut traces, &mut world, 0, &[span(0, 5, 0, ROOTS[0]), span(1, 0, 1, CALLS[0]), root, root]);
    let closed = at(&mut traces, 90);
    assert!(matches!(&closed[..], [trace] if trace.spans_without_step == 1));
    assert_eq!(traces.stats(), TraceStats { duplicate_spans: 1, ..TraceStats::default() });
}

#[test]
fn a_trace_with_more_spans_than_are_kept_is_incomplete() {
    const KEPT: u64 = 100_000;
    let mut world = World::new(&[any_root()]);
    let mut traces = world.traces();
    let root = span(1, 1, 0, ROOTS[0]);
    let calls = (2..=KEPT + 5).map(|id| span(1, id, 1, CALLS[0]));
    let spans: Vec<Span> = calls.chain([root, span(1, 7, 1, CALLS[0])]).collect();
    given(&mut traces, &mut world, 0, &spans);
    let closed = at(&mut traces, 90);
    assert_eq!(closed[0].verdict, Verdict::Incomplete(Incomplete::TooLarge));
    let counted = TraceStats { spans_beyond: 5, duplicate_spans: 1, ..TraceStats::default() };
    assert_eq!(traces.stats(), counted);
}

#[test]
fn closed_traces_leave_their_room_to_others() {
    let mut world = World::new(&[any_root()]);
    let mut traces = world.traces().with_capacity_bytes(20_000);
    let (mut id, mut forced) = (0, 0);
    for round in 0..50 {
        for _ in 0..10 {
            id += 1;
            add(&mut traces, &mut world, &whole(id, 5), &[9], 0, &mut Vec::new());
        }
        forced = traces.stats().forced;
        assert_eq!((forced, at(&mut traces, 1_000).len()), (0, 10), "round {round}");
    }
    // And there is no more of it than was said.
    for _ in 0..20 {
        id += 1;
        add(&mut traces, &mut world, &whole(id, 5), &[9], 0, &mut Vec::new());
    }
    assert!(traces.stats().forced > forced);
}

#[test]
fn one_trace_larger_than_the_room_is_closed_at_once() {
    let mut world = World::new(&[any_root()]);
    let mut traces = world.traces().with_capacity_bytes(1);
    let mut closed = Vec::new();
    add(&mut traces, &mut world, &whole(1, 3), &[9], 0, &mut closed);
    assert!(matches!(&closed[..], [trace] if matches!(trace.verdict, Verdict::Attempt(_))));
    assert_eq!(traces.stats(), TraceStats { forced: 1, ..TraceStats::default() });
}
