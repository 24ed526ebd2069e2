//! Latency SLOs part by part of the series, so that the report says when it was slow. Counted only where a series is asked for.

use milepost_facts::{Bucket, FactBatch, IndicatorCounter, NameTables};
use milepost_model::{StepId, Timestamp};
use milepost_registry::Registry;
use milepost_slo::{Counts, IndicatorId, SliType, Slo};
use std::collections::{BTreeMap, HashMap};

/// The counts of each latency indicator in each part.
#[derive(Debug)]
pub(crate) struct LatencyParts {
    counter: IndicatorCounter,
    ids: HashMap<usize, IndicatorId>,
    parts: BTreeMap<(IndicatorId, Bucket), Counts>,
}

/// Most parts kept of all indicators together; those of steps are bounded alike.
const MAX_PARTS: usize = 100_000;

impl LatencyParts {
    pub(crate) fn new(registry: &Registry, tables: &NameTables) -> Self {
        let step_of = |slo: &Slo| registry.step(&slo.product, &slo.indicator.path.step);
        let slos = registry.slos.iter().filter(|slo| matches!(slo.indicator.sli, SliType::Latency(_)));
        let counter = IndicatorCounter::new(slos.filter_map(|slo| Some((step_of(slo)?, &slo.indicator, true))), tables);
        let ids = counter.ids().collect();
        Self { counter, ids, parts: BTreeMap::new() }
    }

    /// Counts rows of a step. Parts are whole minutes, so that the minute in which an attempt began says its part.
    pub(crate) fn count(
        &mut self,
        of: (&FactBatch, &NameTables),
        step: StepId,
        rows: &[u32],
        bucket: impl Fn(Timestamp) -> Bucket,
    ) {
        let Self { counter, ids, parts } = self;
        let each = |at, minute: milepost_model::Minute, counts| {
            let part = (ids[&at], bucket(minute.start()));
            if parts.len() < MAX_PARTS || parts.contains_key(&part) {
                parts.entry(part).or_default().add(counts);
            }
        };
        counter.each(of, step, rows, each, |_, _| {});
    }

    /// Makes parts of parts.
    pub(crate) fn regroup(&mut self, bucket: impl Fn(Bucket) -> Bucket) {
        for ((id, part), counts) in std::mem::take(&mut self.parts) {
            self.parts.entry((id, bucket(part))).or_default().add(counts);
        }
    }

    /// What an indicator has in a part; nothing where it counts nothing there.
    pub(crate) fn get(&self, id: IndicatorId, part: Bucket) -> Option<Counts> {
        self.parts.get(&(id, part)).copied()
    }

    /// The parts of an indicator, in order.
    pub(crate) fn of(&self, id: IndicatorId) -> impl Iterator<Item = (Bucket, Counts)> {
        let all = self.parts.iter().filter(move |((of, _), _)| *of == id);
        all.map(|((_, part), counts)| (*part, *counts))
    }
}
