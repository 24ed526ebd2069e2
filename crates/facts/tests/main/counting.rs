//! Counters against brute force: any order of facts, any cut into batches, facts that come again.

use crate::generate::{self, REGISTRY, Row, batch, parse, row};
use milepost_facts::{
    Attempts, Bucket, IndicatorCounter, Names, Outcomes, Seen, Sketch, StepCounter, StepKey, TimeSpan,
};
use milepost_model::{ClassId, DurationNs, Minute, Outcome, OutcomeTable, StepId, Timestamp, TrafficClass};
use milepost_slo::{Counts, Indicator, Method, SliType};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Facts in the order in which they come, some of them more than once, and where batches are cut.
#[derive(Clone, Debug)]
pub(crate) struct Arrivals {
    pub(crate) rows: Vec<Row>,
    cuts: Vec<usize>,
}

pub(crate) fn arrivals() -> impl Strategy<Value = Arrivals> {
    let rows = prop::collection::vec(row(), 0..80).prop_map(distinct);
    let again = prop::collection::vec(any::<prop::sample::Index>(), 0..40);
    let all = (rows, again).prop_flat_map(|(rows, again)| {
        let copies = again.iter().filter(|_| !rows.is_empty()).map(|at| rows[at.index(rows.len())]);
        let all: Vec<Row> = rows.iter().copied().chain(copies.collect::<Vec<_>>()).collect();
        Just(all).prop_shuffle()
    });
    (all, prop::collection::vec(1usize..40, 1..8)).prop_map(|(rows, cuts)| Arrivals { rows, cuts })
}

/// Without facts that bear the ids of another: those are the same event, and would not differ.
fn distinct(rows: Vec<Row>) -> Vec<Row> {
    let mut known = BTreeSet::new();
    rows.into_iter().filter(|row| !has_identity(row) || known.insert((row.trace, row.span))).collect()
}

fn has_identity(row: &Row) -> bool {
    !row.trace.is_none() && row.span != 0
}

impl Arrivals {
    pub(crate) fn batches(&self) -> Vec<&[Row]> {
        let mut batches = Vec::new();
        let mut rest = &self.rows[..];
        for cut in self.cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (batch, after) = rest.split_at((*cut).min(rest.len()));
            batches.push(batch);
            rest = after;
        }
        batches
    }

    /// The attempts in a time, each once; and how many came again.
    pub(crate) fn attempts(&self, span: TimeSpan) -> (Vec<Row>, usize) {
        let mut known = BTreeSet::new();
        let attempts = self
            .rows
            .iter()
            .filter(|row| row.role == milepost_facts::Role::Step && row.step.is_some() && span.contains(row.time));
        let (new, again): (Vec<Row>, Vec<Row>) =
            attempts.partition(|row| !has_identity(row) || known.insert((row.trace, row.span)));
        (new, again.len())
    }
}

const MINUTE: i64 = 60_000_000_000;

fn minute_bucket(time: Timestamp) -> Bucket {
    Bucket::Start(time.minute().start())
}

/// Sums by brute force, as [`Outcomes`] tells them.
#[derive(Debug, Default, PartialEq)]
struct Naive {
    counts: [u64; 4],
    client_errors: u64,
    latency: Sketch,
}

fn naive_outcomes<'r>(rows: impl Iterator<Item = &'r Row>) -> Naive {
    let mut naive = Naive::default();
    for row in rows {
        naive.counts[Outcome::ALL.iter().position(|outcome| *outcome == row.outcome).expect("one of all")] += 1;
        if row.outcome == Outcome::Success {
            naive.client_errors += u64::from(row.http_status.is_some_and(|status| status / 100 == 4));
        }
        if row.outcome != Outcome::Abandoned {
            let nanos = row.duration.map(|nanos| nanos.min(i64::MAX as u64));
            nanos.into_iter().for_each(|nanos| naive.latency.record(DurationNs::from_nanos(nanos)));
        }
    }
    naive
}

fn told(outcomes: &Outcomes) -> Naive {
    Naive {
        counts: Outcome::ALL.map(|outcome| outcomes.of(outcome)),
        client_errors: outcomes.client_errors,
        latency: outcomes.latency.clone(),
    }
}

fn naive_steps(attempts: &[Row]) -> BTreeMap<(StepKey, Bucket), Naive> {
    let key = |row: &Row| {
        row.step.map(|step| StepKey { step: StepId::new(step), class: ClassId::new(row.class) }).expect("an attempt")
    };
    let keys: BTreeSet<(StepKey, Bucket)> =
        attempts.iter().flat_map(|row| [(key(row), Bucket::Total), (key(row), minute_bucket(row.time))]).collect();
    let rows_of = |of: (StepKey, Bucket)| {
        attempts
            .iter()
            .filter(move |row| key(row) == of.0 && (of.1 == Bucket::Total || minute_bucket(row.time) == of.1))
    };
    keys.into_iter().map(|of| (of, naive_outcomes(rows_of(of)))).collect()
}

fn indicators() -> Vec<(StepId, Indicator)> {
    let pairs = [
        ("outcome <> 'abandoned'", "outcome = 'success'"),
        ("class = 'interactive' AND duration_ns IS NOT NULL", "duration_ns <= 300000000 AND outcome = 'success'"),
        ("TRUE", "region LIKE 'a%' OR error_type IS NULL"),
        ("FALSE", "TRUE"),
    ];
    let of = |step: usize, valid: &str, good: &str| Indicator {
        product: REGISTRY.products[0].name.clone(),
        path: generate::STEPS[step].parse().expect("a step"),
        method: Method::Service,
        class: TrafficClass::default(),
        sli: SliType::Availability,
        valid: parse(valid),
        good: parse(good),
        outcomes: OutcomeTable::default(),
    };
    // Each twice, as two SLOs with one indicator have it.
    (0..2)
        .flat_map(|_| pairs)
        .flat_map(|(valid, good)| [0, 1].map(|step| (StepId::new(step), of(step, valid, good))))
        .collect()
}

fn naive_minutes(attempts: &[Row], step: StepId, indicator: &Indicator) -> BTreeMap<Minute, Counts> {
    let mut minutes: BTreeMap<Minute, Counts> = BTreeMap::new();
    for row in attempts.iter().filter(|row| row.step == Some(step.index())) {
        let holds = |expr: &milepost_expr::Expr| expr.eval(&|column| row.cell(column)) == Some(true);
        if holds(&indicator.valid) {
            let counts = minutes.entry(Minute::new(row.time.nanos().div_euclid(MINUTE))).or_default();
            counts.valid += 1;
            counts.good += u64::from(holds(&indicator.good));
        }
    }
    minutes
}

fn time_span() -> impl Strategy<Value = TimeSpan> {
    let instant = || prop::option::of((-3i64..3).prop_map(|minute| Timestamp::from_nanos(minute * MINUTE)));
    (instant(), instant()).prop_map(|(from, to)| TimeSpan { from, to })
}

proptest! {
    #[test]
    fn attempts_are_counted_once_in_any_order_and_any_batches(arrivals in arrivals(), span in time_span()) {
        let mut tables = generate::tables(&REGISTRY);
        let (mut attempts, mut seen, mut steps) = (Attempts::default(), Seen::default(), StepCounter::default());
        let indicators = indicators();
        let mut counter = IndicatorCounter::new(indicators.iter().map(|(step, of)| (*step, of, true)), &tables);
        let mut duplicates = 0;
        for part in arrivals.batches() {
            let batch = batch(part, &mut tables);
            attempts.split(&batch, REGISTRY.steps.len(), span, Some(&mut seen));
            for (step, rows) in attempts.by_step() {
                steps.count(&batch, step, rows, |_| Bucket::Total);
                steps.count(&batch, step, rows, minute_bucket);
                counter.count(&batch, step, rows, &tables);
            }
            duplicates += attempts.duplicates().map(|(_, rows)| rows.len()).sum::<usize>();
        }
        let (expected, again) = arrivals.attempts(span);
        prop_assert_eq!(duplicates, again);
        let sorted: BTreeMap<_, _> = steps.sorted().into_iter().map(|(key, outcomes)| (key, told(outcomes))).collect();
        prop_assert_eq!(sorted, naive_steps(&expected));
        for (step, indicator) in &indicators {
            let minutes = counter.minutes(indicator.id()).expect("a compiled indicator");
            prop_assert_eq!(minutes, &naive_minutes(&expected, *step, indicator), "{}", indicator.valid);
        }
    }

    #[test]
    fn sums_of_outcomes_are_the_attempts(arrivals in arrivals()) {
        let mut tables = generate::tables(&REGISTRY);
        let (mut attempts, mut steps) = (Attempts::default(), StepCounter::default());
        let batch = batch(&arrivals.rows, &mut tables);
        attempts.split(&batch, REGISTRY.steps.len(), TimeSpan::default(), Some(&mut Seen::default()));
        let mut counted = 0;
        for (step, rows) in attempts.by_step() {
            counted += rows.len() as u64;
            steps.count(&batch, step, rows, |_| Bucket::Total);
        }
        for outcomes in steps.sorted().into_values() {
            counted -= outcomes.all();
            let abandoned = outcomes.of(Outcome::Abandoned);
            prop_assert_eq!(outcomes.of(Outcome::Success) + outcomes.failed() + abandoned, outcomes.all());
            let availability = outcomes.availability();
            prop_assert_eq!(availability.valid + abandoned, outcomes.all());
            prop_assert_eq!(availability.valid - availability.good, outcomes.failed());
            prop_assert!(outcomes.client_errors <= availability.good && outcomes.latency.len() <= availability.valid);
        }
        prop_assert_eq!(counted, 0);
    }

    #[test]
    fn names_that_overflow_leave_every_total_as_it_is(arrivals in arrivals(), room in 0usize..3) {
        let mut plenty = generate::tables(&REGISTRY);
        let mut scarce = generate::tables(&REGISTRY);
        scarce.errors = Names::new::<&str>([], room);
        scarce.services = Names::new(["web"], room);
        scarce.dimensions = (0..scarce.dimensions.len()).map(|_| Names::new::<&str>([], room)).collect();
        let indicators: Vec<(StepId, Indicator)> = indicators().into_iter().take(2).collect();
        let mut counts = Vec::new();
        for tables in [&mut plenty, &mut scarce] {
            let (mut attempts, mut steps) = (Attempts::default(), StepCounter::default());
            let mut counter = IndicatorCounter::new(indicators.iter().map(|(step, of)| (*step, of, true)), tables);
            let batch = batch(&arrivals.rows, tables);
            attempts.split(&batch, REGISTRY.steps.len(), TimeSpan::default(), Some(&mut Seen::default()));
            for (step, rows) in attempts.by_step() {
                steps.count(&batch, step, rows, |_| Bucket::Total);
                counter.count(&batch, step, rows, tables);
            }
            for (at, row) in arrivals.rows.iter().enumerate() {
                let kept = tables.errors.text(batch.error(at));
                prop_assert!(kept == row.error || kept == Some("other") && row.error.is_some(), "{kept:?} {row:?}");
                prop_assert!(row.service != Some("web") || tables.services.text(batch.service(at)) == Some("web"));
            }
            let minutes: Vec<_> = indicators.iter().map(|(_, of)| counter.minutes(of.id()).cloned()).collect();
            counts.push((steps.sorted().into_iter().map(|(key, of)| (key, told(of))).collect::<Vec<_>>(), minutes));
        }
        prop_assert_eq!(&counts[0], &counts[1]);
        prop_assert!(scarce.errors.len() <= 1 + room + 1);
    }
}
