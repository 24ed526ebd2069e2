//! What is learnt of attempts, and what is said of those that are slow or failed.

use super::*;
use milepost_annotate::FieldPlan;
use milepost_flow::Attempt;
use milepost_model::ClassId;

const SHOP: &str = "
{apiVersion: milepost/v1, kind: Product, metadata: {name: shop}, spec: {description: d, owner: o}}
---
{apiVersion: milepost/v1, kind: Objective, metadata: {name: buy}, spec: {description: d, steps: [order, look]}}
---
{apiVersion: milepost/v1, kind: Step, metadata: {name: order}, spec: {description: d, start: s, success: t, measure: [web POST /orders]}}
---
{apiVersion: milepost/v1, kind: Step, metadata: {name: look}, spec: {description: d, start: s, success: t, measure: [web GET /]}}
---
{apiVersion: milepost/v1, kind: Service, metadata: {name: web}, spec: {owner: o}}
---
{apiVersion: milepost/v1, kind: SLO, metadata: {name: fast}, spec: {step: order, type: latency, threshold: 100ms, target: 97%}}
";
const ORDER: &str = "web POST /orders";
const BANK: &str = "bank POST /charge";
const STOCK: &str = "stock POST /take";
const DEPOT: &str = "depot POST /fetch";
/// What an order usually is, in milliseconds.
const USUAL: [(&str, u64); 4] = [(ORDER, 10), (BANK, 20), (STOCK, 5), (DEPOT, 5)];
const CALLS: [(&str, &str); 3] = [(ORDER, STOCK), (STOCK, DEPOT), (ORDER, BANK)];

struct World {
    registry: Registry,
    tables: NameTables,
    courses: Courses,
}

impl World {
    fn new() -> Self {
        let registry = milepost_registry::read_texts([("shop.yaml", SHOP)]).registry.expect("a registry");
        let annotator = registry.annotator(&mut FieldPlan::default());
        let tables = NameTables::new(&registry, &annotator);
        Self { registry, tables, courses: Courses::default() }
    }

    /// With so many orders of a minute that were well.
    fn usual(count: usize) -> Self {
        let mut world = Self::new();
        (0..count).for_each(|_| world.order(1, Outcome::Success, &USUAL, &CALLS, &[]));
        world
    }

    fn id(&mut self, name: &str) -> NameId {
        self.tables.operations.id(name)
    }

    fn order(&mut self, minute: i64, outcome: Outcome, own: &[(&str, u64)], calls: &[(&str, &str)], failed: &[&str]) {
        self.attempt((0, minute, outcome), own, calls, failed);
    }

    fn attempt(
        &mut self,
        (step, minute, outcome): (usize, i64, Outcome),
        own: &[(&str, u64)],
        calls: &[(&str, &str)],
        failed: &[&str],
    ) {
        let all: u64 = own.iter().map(|(_, millis)| millis).sum();
        let mut named: Vec<_> = own.iter().map(|(name, ms)| (self.id(name), DurationNs::from_millis(*ms))).collect();
        named.sort_unstable();
        let time = Minute::new(minute).start();
        let course = Course {
            attempt: Attempt { span: 1, step: StepId::new(step), class: ClassId::new(0), time, outcome },
            duration: DurationNs::from_millis(all),
            operation: self.id(own[0].0),
            own: named,
            calls: calls.iter().map(|(from, to)| (self.id(from), self.id(to))).collect(),
            failed: failed.iter().map(|name| self.id(name)).collect(),
        };
        self.courses.note(course, (&self.registry, &self.tables), 1 << 20, Minute::new(minute));
    }

    fn told(&mut self, is_slow: bool, minute: i64) -> Option<(String, How, [u64; 2])> {
        let told = self.courses.explained(StepId::new(0), is_slow, Minute::new(minute));
        told.map(|of| (of.operation.to_string(), of.how, [of.explained, of.all]))
    }
}

fn with(name: &str, millis: u64) -> Vec<(&str, u64)> {
    USUAL.iter().map(|(of, usual)| (*of, if *of == name { millis } else { *usual })).collect()
}

#[test]
fn what_takes_longer_itself_is_told_with_how_much_of_all_that_is_and_not_what_calls_it() {
    let mut world = World::usual(20);
    (0..9).for_each(|_| world.order(2, Outcome::Success, &with(BANK, 200), &CALLS, &[]));
    world.order(2, Outcome::Success, &with(ORDER, 200), &CALLS, &[]);
    let longer = Longer { own: DurationNs::from_millis(180), all: DurationNs::from_millis(180) };
    assert_eq!(world.told(true, 2), Some((BANK.to_owned(), How::Slower(vec![longer; 9]), [9, 10])));
}

#[test]
fn a_service_that_is_slow_in_all_that_it_does_is_told_where_no_operation_takes_most() {
    const REFUND: &str = "bank POST /refund";
    let own = |bank: u64, web: u64| [(ORDER, web), (BANK, bank), (REFUND, bank), (STOCK, 5), (DEPOT, 5)];
    let told = |bank, web| {
        let mut world = World::new();
        (0..20).for_each(|_| world.order(1, Outcome::Success, &own(20, 10), &CALLS, &[]));
        (0..10).for_each(|_| world.order(2, Outcome::Success, &own(bank, web), &CALLS, &[]));
        world.told(true, 2)
    };
    // Of 280 ms more each of its operations takes 100, and who calls them 80.
    let longer = Longer { own: DurationNs::from_millis(200), all: DurationNs::from_millis(280) };
    let how = How::SlowerTogether { others: vec![REFUND.parse().unwrap()], longer: vec![longer; 10] };
    assert_eq!(told(120, 90), Some((BANK.to_owned(), how, [10, 10])));
    // Where one takes half of it by itself, that is told.
    assert!(matches!(told(120, 210), Some((of, How::Slower(_), [10, 10])) if of == ORDER));
}

#[test]
fn too_few_attempts_and_those_that_are_slow_by_different_operations_say_nothing() {
    let slow = |world: &mut World, name, count| {
        (0..count).for_each(|_| world.order(2, Outcome::Success, &with(name, 200), &CALLS, &[]));
    };
    let mut few_usual = World::usual(6);
    slow(&mut few_usual, BANK, 20);
    assert_eq!(few_usual.told(true, 2), None);
    let mut few_slow = World::usual(20);
    slow(&mut few_slow, BANK, 5);
    assert_eq!(few_slow.told(true, 2), None);
    let mut different = World::usual(20);
    slow(&mut different, BANK, 10);
    slow(&mut different, ORDER, 10);
    assert_eq!(different.told(true, 2), None);
    // Nor do those of long ago.
    let mut long_ago = World::usual(20);
    slow(&mut long_ago, BANK, 20);
    assert!(long_ago.told(true, 7).is_some());
    assert_eq!(long_ago.told(true, 8), None);
}

#[test]
fn what_is_usual_is_not_learnt_while_its_step_is_hit() {
    let mut world = World::usual(20);
    (0..10).for_each(|_| world.order(2, Outcome::Success, &with(BANK, 200), &CALLS, &[]));
    assert!(world.told(true, 2).is_some());
    // All of them a little slower, and in time.
    (3..8).for_each(|minute| (0..20).for_each(|_| world.order(minute, Outcome::Success, &with(BANK, 70), &CALLS, &[])));
    (0..10).for_each(|_| world.order(7, Outcome::Success, &with(BANK, 200), &CALLS, &[]));
    let longer = Longer { own: DurationNs::from_millis(180), all: DurationNs::from_millis(180) };
    assert_eq!(world.told(true, 7), Some((BANK.to_owned(), How::Slower(vec![longer; 20]), [20, 20])));
}

#[test]
fn attempts_that_stop_do_so_after_the_last_call_before_the_one_that_is_missing() {
    let mut world = World::usual(20);
    (0..10).for_each(|_| world.order(2, Outcome::Failure, &USUAL[..1], &CALLS[..2], &[]));
    assert_eq!(world.told(false, 2), Some((STOCK.to_owned(), How::StopsAfter, [10, 10])));
    // The stock does not even ask the depot.
    let mut world = World::usual(20);
    (0..10).for_each(|_| world.order(2, Outcome::Failure, &USUAL[..1], &CALLS[..1], &[]));
    assert_eq!(world.told(false, 2), Some((STOCK.to_owned(), How::StopsIn, [10, 10])));
    // Nothing is called at all.
    let mut world = World::usual(20);
    (0..10).for_each(|_| world.order(2, Outcome::Failure, &USUAL[..1], &[], &[]));
    assert_eq!(world.told(false, 2), Some((ORDER.to_owned(), How::StopsIn, [10, 10])));
    // The stock stops, and orders go on as if nothing were.
    let mut world = World::usual(20);
    let goes_on = [CALLS[0], CALLS[2]];
    (0..10).for_each(|_| world.order(2, Outcome::Failure, &USUAL[..3], &goes_on, &[]));
    assert_eq!(world.told(false, 2), Some((STOCK.to_owned(), How::StopsIn, [10, 10])));
    // All that usually comes has come.
    let mut world = World::usual(20);
    (0..10).for_each(|_| world.order(2, Outcome::Failure, &USUAL, &CALLS, &[]));
    assert_eq!(world.told(false, 2), None);
}

#[test]
fn which_calls_usually_come_is_learnt_of_what_came_before_the_first_that_failed() {
    let mut world = World::usual(20);
    world.order(2, Outcome::Failure, &USUAL[..3], &CALLS[..1], &[]);
    // By then many have nothing in stock to fetch, and are well for that. Nobody knows yet that the step is hit.
    (0..20).for_each(|_| world.order(3, Outcome::Success, &USUAL[..3], &[CALLS[0], CALLS[2]], &[]));
    (0..9).for_each(|_| world.order(3, Outcome::Failure, &USUAL[..3], &CALLS[..1], &[]));
    assert_eq!(world.told(false, 3), Some((STOCK.to_owned(), How::StopsIn, [10, 10])));
}

#[test]
fn which_calls_usually_come_is_learnt_of_what_was_slow_too_until_the_step_is_hit() {
    let usual = |slow_in: i64| {
        let mut world = World::usual(10);
        (0..10).for_each(|_| world.order(slow_in, Outcome::Success, &with(BANK, 200), &CALLS, &[]));
        (0..10).for_each(|_| world.order(3, Outcome::Failure, &USUAL[..1], &CALLS[..2], &[]));
        world
    };
    assert_eq!(usual(2).told(false, 3), Some((STOCK.to_owned(), How::StopsAfter, [10, 10])));
    assert_eq!(usual(3).told(false, 3), None, "the minute in which it is hit");
}

#[test]
fn what_stops_below_a_gateway_that_made_its_only_call_is_told_and_not_the_gateway() {
    const GATEWAY: &str = "gateway /{rest...}";
    const SQL: &str = "web span SELECT";
    let through = |world: &mut World, minute, outcome, ends: usize| {
        let own = [(GATEWAY, 1), (ORDER, 10), (SQL, 5), (BANK, 20), (STOCK, 5)];
        let calls = [(GATEWAY, ORDER), (ORDER, SQL), (ORDER, BANK), (BANK, STOCK)];
        world.order(minute, outcome, &own[..=ends], &calls[..ends], &[]);
    };
    let mut world = World::new();
    (0..20).for_each(|_| through(&mut world, 1, Outcome::Success, 4));
    (0..10).for_each(|_| through(&mut world, 2, Outcome::Failure, 2));
    assert_eq!(world.told(false, 2), Some((SQL.to_owned(), How::StopsAfter, [10, 10])));
    let mut world = World::new();
    (0..20).for_each(|_| through(&mut world, 1, Outcome::Success, 4));
    (0..10).for_each(|_| through(&mut world, 2, Outcome::Failure, 3));
    assert_eq!(world.told(false, 2), Some((BANK.to_owned(), How::StopsIn, [10, 10])));
}

#[test]
fn what_serves_others_well_meanwhile_is_not_what_attempts_stop_by() {
    let look = |world: &mut World, minute| {
        let (own, calls) = ([("web GET /", 10), (STOCK, 5)], [("web GET /", STOCK)]);
        (0..20).for_each(|_| world.attempt((1, minute, Outcome::Success), &own, &calls, &[]));
    };
    let mut world = World::usual(20);
    look(&mut world, 1);
    (0..10).for_each(|_| world.order(2, Outcome::Failure, &USUAL[..1], &CALLS[..2], &[]));
    assert_eq!(world.told(false, 2), Some((STOCK.to_owned(), How::StopsAfter, [10, 10])), "that was before");
    look(&mut world, 2);
    assert_eq!(world.told(false, 2), Some((ORDER.to_owned(), How::StopsIn, [10, 10])));
}

#[test]
fn a_call_that_says_itself_that_it_failed_comes_before_what_is_missing_and_needs_nothing_usual() {
    let mut world = World::new();
    (0..10).for_each(|_| world.order(2, Outcome::Failure, &USUAL, &CALLS[..2], &[DEPOT]));
    world.order(2, Outcome::Failure, &USUAL, &CALLS[..2], &[]);
    assert_eq!(world.told(false, 2), Some((DEPOT.to_owned(), How::Fails, [10, 11])));
}

#[test]
fn what_is_kept_stays_within_its_bounds() {
    let mut world = World::new();
    for minute in 0..200 {
        for _ in 0..50 {
            world.order(minute, Outcome::Success, &USUAL, &CALLS, &[]);
            world.order(minute, Outcome::Failure, &USUAL, &CALLS, &[]);
        }
    }
    let of = &world.courses.steps[&StepId::new(0)];
    assert_eq!((of.well.0.len(), of.failed.0.len()), (MOST, MOST));
    let all = of.well.0.iter().chain(&of.failed.0).map(|(_, course)| bytes(course));
    assert_eq!(world.courses.bytes, all.sum::<usize>());
    let most_bytes = world.courses.bytes;
    let course = of.well.0[0].1.clone();
    for step in 0..2 {
        let attempt = Attempt { step: StepId::new(step), ..course.attempt };
        for minute in 200..300 {
            let course = Course { attempt, ..course.clone() };
            world.courses.note(course, (&world.registry, &world.tables), most_bytes, Minute::new(minute));
            assert!(world.courses.bytes <= most_bytes);
        }
    }
    assert!(world.courses.steps.values().all(|of| !of.well.0.is_empty()));
}
