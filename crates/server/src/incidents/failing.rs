//! Which operations fail below which steps, or take longer than they did, in the last minutes: how much more was counted of each than some minutes ago.
//!
//! By when events arrived, since uses of operations are kept by hours of event time. A start begins anew: what steps failed by before stands in their incidents.
//! What an operation usually takes is the mean of all time before.

use crate::counts::{Cell, Counts, SeriesKey};
use milepost_impact::Seen;
use milepost_impact::suspect::Reach;
use milepost_model::{Minute, Name, Operation, Step};
use milepost_store::SeriesId;
use std::collections::{HashMap, VecDeque};

/// Uses of operations by steps, as they go on.
#[derive(Debug, Default)]
pub(super) struct Uses {
    all: Vec<Use>,
    by_step: HashMap<(String, String), Vec<usize>>,
    /// What was counted of each use so far, by minute, the oldest first.
    before: VecDeque<(Minute, Vec<Cell>)>,
    /// Series that were looked at.
    read: u32,
}

#[derive(Debug)]
struct Use {
    series: SeriesId,
    operation: Operation,
}

/// An operation, as it served a step lately.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Served {
    operation: Operation,
    events: u64,
    failed: u64,
    /// How much longer its events took together than they usually do, and how long they took.
    added_micros: u64,
    micros: u64,
}

/// An operation that a step fails by, or is slow by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Blamed {
    pub(super) operation: Operation,
    pub(super) events: u64,
    /// Those that failed; or as large a part of all as that of their time which was added.
    pub(super) bad: u64,
}

/// As long as the shorter window of impact.
const MINUTES: i64 = 5;
/// An operation that fails fewer times says nothing of why a step does.
const FEWEST_FAILED: u64 = 2;
/// And one whose failures are less than this part of the step's.
const PART_OF_FAILED: u64 = 4;
/// Fewer events say too little of what is usual.
const FEWEST_USUAL: u64 = 20;
/// An operation to blame for slowness adds at least this part of what its step takes longer.
const PART_OF_ADDED: u64 = 2;

impl Uses {
    /// Looks at what is new, and keeps in mind how much there was when each minute began. Tells operations that are seen to serve a step of a product.
    pub(super) fn look(&mut self, counts: &Counts, now: Minute, mut seen: impl FnMut(&str, &Operation, &Name)) {
        let all = u32::try_from(counts.series.len()).unwrap_or(u32::MAX);
        for series in (self.read..all).map(SeriesId) {
            let key = counts.series.key(series).filter(|key| key.starts_with("use|")).and_then(SeriesKey::parse);
            let Some(SeriesKey::Use { product, step, operation }) = key else { continue };
            // What stands for others is no operation.
            let (Ok(operation), Ok(name)) = (operation.parse(), Name::new(&step)) else { continue };
            seen(&product, &operation, &name);
            self.by_step.entry((product, step)).or_default().push(self.all.len());
            self.all.push(Use { series, operation });
        }
        self.read = all;
        if self.before.back().is_none_or(|(minute, _)| *minute != now) {
            let so_far = self.all.iter().map(|of| counts.total(of.series)).collect();
            self.before.push_back((now, so_far));
        }
        let is_old = |(minute, _): &(Minute, _)| now.number() - minute.number() > MINUTES;
        while self.before.len() > 1 && self.before.front().is_some_and(is_old) {
            self.before.pop_front();
        }
    }

    /// What served a step in the last minutes.
    pub(super) fn of(&self, counts: &Counts, product: &str, step: &str) -> Vec<Served> {
        let places = self.by_step.get(&(product.to_owned(), step.to_owned())).into_iter().flatten();
        let before = self.before.front().map(|(_, so_far)| so_far.as_slice()).unwrap_or_default();
        let served = places.map(|place| {
            let of = &self.all[*place];
            // One that is new was not there before.
            let before = before.get(*place).copied().unwrap_or_default();
            Served::between(&of.operation, &before, &counts.total(of.series))
        });
        served.filter(|served| served.events > 0).collect()
    }
}

impl Served {
    /// What was counted since.
    fn between(operation: &Operation, before: &Cell, now: &Cell) -> Self {
        let [events, failed, micros, timed] = [0, 1, 2, 3].map(|at| now[at].saturating_sub(before[at]));
        let (usual_micros, usual) = (u128::from(before[2]), u128::from(before[3]));
        let is_known = before[3] >= FEWEST_USUAL;
        let expected = if is_known { u128::from(timed) * usual_micros / usual } else { u128::from(micros) };
        let added_micros = micros.saturating_sub(u64::try_from(expected).unwrap_or(u64::MAX));
        Self { operation: operation.clone(), events, failed, added_micros, micros }
    }
}

/// Whether more attempts were slow than failed.
pub(super) fn is_slow(seen: Seen) -> bool {
    seen.slow() > seen.failed() + seen.timed_out()
}

/// Whether something that failed so often says why a step did, of which so many attempts failed.
pub(super) fn is_enough(failed: u64, of_step: u64) -> bool {
    failed >= FEWEST_FAILED && failed.saturating_mul(PART_OF_FAILED) >= of_step
}

/// Whether a step fails by itself, of what it is blamed on: nothing below its measuring points does.
pub(super) fn is_by_itself(step: &Step, blamed: &[Blamed]) -> bool {
    blamed.iter().all(|of| step.measure.contains(&of.operation))
}

/// What a step fails by, of what served it: operations below its measuring points that fail about as much as it does; those points where nothing below does. Of
/// a step that is slow rather than failing, the same by how much longer they take.
pub(super) fn blamed(step: &Step, seen: Seen, served: &[Served]) -> Vec<Blamed> {
    let is_measured = |served: &&Served| step.measure.contains(&served.operation);
    let failed = seen.failed() + seen.timed_out();
    let is_slow = is_slow(seen);
    let added: u64 = served.iter().filter(is_measured).map(|served| served.added_micros).sum();
    let counts = |served: &&Served| {
        if is_slow {
            served.added_micros > 0 && served.added_micros.saturating_mul(PART_OF_ADDED) >= added
        } else {
            is_enough(served.failed, failed)
        }
    };
    let (own, below): (Vec<&Served>, Vec<&Served>) = served.iter().filter(counts).partition(is_measured);
    let blamed = |served: &Served| {
        let part = u128::from(served.events) * u128::from(served.added_micros) / u128::from(served.micros.max(1));
        let bad = if is_slow { u64::try_from(part).unwrap_or(u64::MAX).max(1) } else { served.failed };
        Blamed { operation: served.operation.clone(), events: served.events, bad }
    };
    let all = if below.is_empty() { own } else { below };
    all.into_iter().map(blamed).collect()
}

/// What is known to be reached at the start: what the registry declares.
pub(super) fn declared(registry: &milepost_registry::Registry, product: &Name) -> Reach {
    Reach::declared(registry.steps.iter().filter(|step| step.product == *product))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOP: &str = "
{apiVersion: milepost/v1, kind: Product, metadata: {name: shop}, spec: {description: d, owner: o}}
---
{apiVersion: milepost/v1, kind: Objective, metadata: {name: buy}, spec: {description: d, steps: [order]}}
---
{apiVersion: milepost/v1, kind: Step, metadata: {name: order}, spec: {description: d, start: s, success: t, measure: [web POST /orders],
  operations: [bank POST /charge, stock POST /take]}}
---
{apiVersion: milepost/v1, kind: Service, metadata: {name: web}, spec: {owner: o}}
---
{apiVersion: milepost/v1, kind: Service, metadata: {name: bank}, spec: {owner: o}}
---
{apiVersion: milepost/v1, kind: Service, metadata: {name: stock}, spec: {owner: o}}
";

    /// What the step is said to be hit by, of operations with their events, failures and mean microseconds, where 100 events took 1,000 each before.
    fn told(seen: [u64; 4], served: &[(&str, u64, u64, u64)]) -> Vec<(String, u64)> {
        let registry = milepost_registry::read_texts([("shop.yaml", SHOP)]).registry.expect("a registry");
        let before: Cell = [100, 0, 100_000, 100, 0];
        let served = served.iter().map(|(operation, events, failed, mean)| {
            let now: Cell = [100 + events, *failed, 100_000 + events * mean, 100 + events, 0];
            Served::between(&operation.parse().expect("an operation"), &before, &now)
        });
        let served: Vec<Served> = served.collect();
        let [attempts, failed, timed_out, slow] = seen;
        let seen = Seen::new(attempts, failed, timed_out, slow).expect("parts of a whole");
        blamed(&registry.steps[0], seen, &served).into_iter().map(|of| (of.operation.to_string(), of.bad)).collect()
    }

    #[test]
    fn what_fails_below_is_blamed_and_else_what_is_measured() {
        let web = ("web POST /orders", 100, 40, 1_000);
        let all = [web, ("bank POST /charge", 100, 40, 1_000), ("stock POST /take", 100, 3, 1_000)];
        assert_eq!(told([100, 40, 0, 0], &all), [("bank POST /charge".to_owned(), 40)]);
        assert_eq!(told([100, 40, 0, 0], &all[..1]), [("web POST /orders".to_owned(), 40)]);
        assert_eq!(
            told([100, 40, 0, 0], &[web, ("bank POST /charge", 100, 1, 9_000)]),
            [("web POST /orders".to_owned(), 40)]
        );
    }

    #[test]
    fn what_takes_longer_is_blamed_for_what_is_slow() {
        // Three milliseconds more each, of which the bank takes two and the stock half a one.
        let all = [
            ("web POST /orders", 100, 0, 4_000),
            ("bank POST /charge", 100, 0, 3_000),
            ("stock POST /take", 100, 0, 1_500),
        ];
        assert_eq!(told([100, 0, 0, 90], &all), [("bank POST /charge".to_owned(), 66)]);
        assert_eq!(told([100, 0, 0, 90], &all[..1]), [("web POST /orders".to_owned(), 75)]);
        assert_eq!(told([100, 0, 0, 90], &[("web POST /orders", 100, 0, 1_000)]), []);
    }
}
