//! What a second's and a minute's round of 10,000 SLOs costs, each with the four default tiers and a window of 28 days.
//!
//! Run with `cargo bench -p milepost-slo --bench evaluate`. Before the first bench it prints what the sums of all SLOs take of memory.

#![expect(clippy::print_stdout, reason = "memory is told beside the times")]

use criterion::{Criterion, criterion_group, criterion_main};
use milepost_model::{DurationNs, Minute, Timestamp};
use milepost_slo::{
    Alerts, Budgeting, Counts, Evaluator, IndicatorIndex, Minutes, NoData, SliType, Subject, Terms, View, Window,
};
use std::hint::black_box;

const SLOS: u32 = 10_000;
const RUNNING: i64 = 29_000_000;

/// Minutes that nobody has to keep: each is made from its number, so that what is measured is the evaluation alone.
struct Made;

impl Minutes for Made {
    fn minute(&self, indicator: IndicatorIndex, minute: Minute) -> Counts {
        let mixed = (u64::from(indicator.0) << 32 ^ minute.number().unsigned_abs()).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let valid = 100 + (mixed >> 54);
        Counts { valid, good: valid - (mixed >> 40 & 1) }
    }
}

fn terms(budgeting: Budgeting) -> Terms {
    let window = Window::Rolling(DurationNs::from_seconds(28 * 86_400));
    let alerts = Alerts::default_for(DurationNs::from_seconds(60), &window);
    Terms { target: "99.9%".parse().expect("a target"), window, sli: SliType::Availability, budgeting, alerts }
}

fn evaluator(budgeting: Budgeting) -> Evaluator {
    let terms = terms(budgeting);
    assert_eq!(terms.alerts.tiers.len(), 4);
    let since = Minute::new(RUNNING - 40 * 1_440);
    let subjects = (0..SLOS).map(|index| Subject::new(&terms, IndicatorIndex(index), since).expect("no zone"));
    let mut evaluator = Evaluator::new(&subjects.collect::<Vec<_>>(), &Made, Minute::new(RUNNING));
    evaluator.evaluate(Minute::new(RUNNING).start(), |_| true, |_| {});
    evaluator
}

/// What came in within a second for every `step`th indicator, and a round. The source need not remember it: the minute never leaves here.
fn second(evaluator: &mut Evaluator, step: usize, now: Timestamp) {
    for index in (0..SLOS).step_by(step) {
        evaluator.add(&Made, IndicatorIndex(index), Minute::new(RUNNING), Counts { valid: 17, good: 17 });
    }
    evaluator.evaluate(
        now,
        |_| true,
        |transition| {
            black_box(transition);
        },
    );
}

/// Time goes on by a minute, and a round of all.
fn minute(evaluator: &mut Evaluator, running: Minute) {
    evaluator.advance(&Made, running);
    evaluator.evaluate(
        running.start(),
        |_| true,
        |transition| {
            black_box(transition);
        },
    );
}

fn rounds(criterion: &mut Criterion) {
    let before = resident_kib();
    let began = std::time::Instant::now();
    let mut evaluator = evaluator(Budgeting::Occurrences);
    let (took, resident) = (began.elapsed().as_millis(), (resident_kib() - before) / 1_024);
    println!("{SLOS} SLOs with their windows: {resident} MiB resident, read minute by minute in {took} ms");
    let mut group = criterion.benchmark_group("10,000 SLOs");
    let now = Minute::new(RUNNING).start();
    group.bench_function("a second, 10 % changed", |bencher| bencher.iter(|| second(&mut evaluator, 10, now)));
    group.bench_function("a second, all changed", |bencher| bencher.iter(|| second(&mut evaluator, 1, now)));
    let mut running = RUNNING;
    group.bench_function("a minute", |bencher| {
        bencher.iter(|| {
            running += 1;
            minute(&mut evaluator, Minute::new(running));
        });
    });
    group.bench_function("all budgets read", |bencher| {
        bencher.iter(|| (0..SLOS as usize).map(|slo| evaluator.budget(slo, View::Corrected).counts.valid).sum::<u64>());
    });
    drop(evaluator);
    let target = "99%".parse().expect("a target");
    let slice = DurationNs::from_seconds(300);
    let slices = Budgeting::Timeslices { slice, target, no_data: NoData::Bad };
    let mut evaluator = self::evaluator(slices);
    let mut running = RUNNING;
    group.bench_function("a minute, slices of five minutes", |bencher| {
        bencher.iter(|| {
            running += 1;
            minute(&mut evaluator, Minute::new(running));
        });
    });
    group.finish();
}

/// What the process has in memory, in KiB; 0 where the system does not say.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().split(' ').next()?.parse().ok()).unwrap_or(0)
}

criterion_group!(benches, rounds);
criterion_main!(benches);
