//! What a second's round of 10,000 steps costs: the impact of each over both windows, and the default policy's verdicts.
//!
//! Run with `cargo bench -p milepost-impact --bench evaluate`. Steps are expected to have learnt already: forecasts are made once a minute, not here.

use criterion::{Criterion, criterion_group, criterion_main};
use milepost_impact::severity::{Evidence, Judge, SeverityPlan};
use milepost_impact::{Attempts, Expected, Impact, Seen, SeverityPolicy, Subject, Tolerated};
use milepost_model::{Criticality, Name, Stage, Timestamp};
use std::hint::black_box;

const STEPS: u64 = 10_000;

fn judge() -> Judge {
    let name = |text: &str| Name::new(text).expect("a name");
    let tags = [name(SeverityPolicy::CORE)];
    let subject = |step: u64| Subject {
        path: format!("step-{step}").parse().expect("a step"),
        tags: &tags,
        criticality: Criticality::Critical,
        kpis: Vec::new(),
        stage: Stage::Live,
    };
    let subjects: Vec<_> = (0..STEPS).map(|step| (subject(step), Tolerated::by([], []))).collect();
    Judge::new(SeverityPlan::new(&SeverityPolicy::default_of(&name("shop")), &subjects))
}

/// What is seen of a step: usual traffic, of which so much fails.
fn evidence(step: u64, percent: u64) -> Evidence {
    [1, 6].map(|windows| {
        let attempts = windows * (500 + step % 97);
        let seen = Seen::new(attempts, attempts * percent / 100, 0, 0).expect("a part");
        let expected = Expected { attempts: Attempts::whole(attempts), at_least: Attempts::whole(attempts / 2) };
        Impact::of(black_box(seen), Some(expected))
    })
}

/// A round in which so many of a hundred steps are hit, and the others have no failure.
fn round(judge: &mut Judge, now: Timestamp, hit_percent: u64) {
    let percent = |step: u64| if step % 100 < hit_percent { 30 } else { 0 };
    let all: Vec<Option<Evidence>> = (0..STEPS).map(|step| Some(evidence(step, percent(step)))).collect();
    judge.evaluate(now, (&all, &[]), &mut |change| {
        black_box(change);
    });
}

fn benches(c: &mut Criterion) {
    for (what, hit_percent) in [("all well", 0), ("1 % hit", 1), ("all hit", 100)] {
        let (mut judge, mut seconds) = (judge(), 0);
        c.bench_function(&format!("10,000 steps, a second, {what}"), |bencher| {
            bencher.iter(|| {
                seconds += 1;
                round(&mut judge, Timestamp::from_seconds(seconds), hit_percent);
            });
        });
    }
}

criterion_group!(evaluate, benches);
criterion_main!(evaluate);
