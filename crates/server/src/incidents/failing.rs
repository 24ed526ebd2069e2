//! Which operations fail below which steps, in the last minutes: how much more was counted of each than some minutes ago.
//!
//! By when events arrived, since uses of operations are kept by hours of event time. A start begins anew: what steps failed by before stands in their incidents.

use crate::counts::{Counts, SeriesKey};
use milepost_impact::suspect::Reach;
use milepost_model::{Minute, Name, Operation};
use milepost_store::SeriesId;
use std::collections::{HashMap, VecDeque};

/// Uses of operations by steps, as they go on.
#[derive(Debug, Default)]
pub(super) struct Uses {
    all: Vec<Use>,
    by_step: HashMap<(String, String), Vec<usize>>,
    /// Events and failures of each use so far, by minute, the oldest first.
    before: VecDeque<(Minute, Vec<[u64; 2]>)>,
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
    pub(super) operation: Operation,
    pub(super) events: u64,
    pub(super) failed: u64,
}

/// As long as the shorter window of impact.
const MINUTES: i64 = 5;

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
            let so_far = self.all.iter().map(|of| so_far(counts, of.series)).collect();
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
            let [events, failed] = so_far(counts, of.series);
            // One that is new was not there before.
            let [events_before, failed_before] = before.get(*place).copied().unwrap_or_default();
            let (events, failed) = (events.saturating_sub(events_before), failed.saturating_sub(failed_before));
            Served { operation: of.operation.clone(), events, failed }
        });
        served.filter(|served| served.events > 0).collect()
    }
}

fn so_far(counts: &Counts, series: SeriesId) -> [u64; 2] {
    let [events, failed, ..] = counts.total(series);
    [events, failed]
}

/// What is known to be reached at the start: what the registry declares.
pub(super) fn declared(registry: &milepost_registry::Registry, product: &Name) -> Reach {
    Reach::declared(registry.steps.iter().filter(|step| step.product == *product))
}
