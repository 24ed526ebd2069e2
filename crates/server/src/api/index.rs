//! Which series and SLOs there are, by what they are asked for: brought up to date with each request, so that nobody walks through all of them.

use super::slos::Listing;
use crate::counts::{SeriesKey, StepSeries};
use crate::shared::Shared;
use crate::version::Version;
use milepost_store::SeriesId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The series so far, as numbers; their names are where they are counted.
#[derive(Debug, Default)]
pub(super) struct Index {
    known: Mutex<Known>,
    slos: Mutex<Option<Arc<Listing>>>,
    /// Held by an answer that has all operations in memory.
    all: Mutex<()>,
}

#[derive(Debug, Default)]
pub(super) struct Known {
    /// How many were looked at.
    read: u32,
    steps: HashMap<(String, String), Vec<StepPair>>,
    worth: HashMap<(String, String), Vec<WorthSeries>>,
    uses: HashMap<String, Vec<SeriesId>>,
    /// By the id of the indicator.
    causes: HashMap<String, Vec<SeriesId>>,
    unannotated: Vec<SeriesId>,
    by_trace: Vec<SeriesId>,
    traces: Vec<SeriesId>,
}

/// The series of attempts that are counted together.
#[derive(Clone, Debug)]
pub(super) struct StepPair {
    pub(super) of: StepSeries,
    pub(super) attempts: Option<SeriesId>,
    pub(super) latency: Option<SeriesId>,
}

/// The series of what attempts carried for a KPI.
#[derive(Clone, Debug)]
pub(super) struct WorthSeries {
    pub(super) of: StepSeries,
    pub(super) kpi: String,
    /// Whether these were successes.
    pub(super) is_kept: bool,
    pub(super) series: SeriesId,
}

/// Names that are looked at before the lock of the counts is given back: about a millisecond.
const AT_ONCE: u32 = 4096;

impl Index {
    /// Held while all operations are in memory, so that several answers do not take that together.
    pub(super) fn alone(&self) -> MutexGuard<'_, ()> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The SLOs of a version, as they are listed.
    pub(super) fn slos(&self, version: &Version) -> Arc<Listing> {
        let mut slos = self.slos.lock().unwrap_or_else(PoisonError::into_inner);
        match &*slos {
            Some(listing) if listing.version == version.number => Arc::clone(listing),
            _ => Arc::clone(slos.insert(Arc::new(Listing::new(version)))),
        }
    }

    /// Everything that is known now.
    pub(super) fn of(&self, shared: &Shared) -> MutexGuard<'_, Known> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let counts = shared.counts();
            let all = u32::try_from(counts.series.len()).unwrap_or(u32::MAX);
            if known.read >= all {
                return known;
            }
            let end = all.min(known.read + AT_ONCE);
            for id in (known.read..end).map(SeriesId) {
                if let Some(key) = counts.series.key(id).and_then(SeriesKey::parse) {
                    known.add(id, key);
                }
            }
            known.read = end;
        }
    }
}

impl Known {
    fn add(&mut self, id: SeriesId, key: SeriesKey) {
        match key {
            SeriesKey::Step(of) => self.pair(of).attempts = Some(id),
            SeriesKey::Latency(of) => self.pair(of).latency = Some(id),
            SeriesKey::Worth { of, kpi, is_kept } => {
                let all = self.worth.entry((of.product.clone(), of.step.clone())).or_default();
                all.push(WorthSeries { of, kpi, is_kept, series: id });
            }
            SeriesKey::Use { product, .. } => self.uses.entry(product).or_default().push(id),
            SeriesKey::Cause { indicator, .. } => self.causes.entry(indicator).or_default().push(id),
            SeriesKey::Unannotated(_) => self.unannotated.push(id),
            SeriesKey::ByTrace { .. } => self.by_trace.push(id),
            SeriesKey::Traces(_) => self.traces.push(id),
            SeriesKey::Indicator(_) | SeriesKey::Imported(_) | SeriesKey::Heard(_) => {}
        }
    }

    fn pair(&mut self, of: StepSeries) -> &mut StepPair {
        let pairs = self.steps.entry((of.product.clone(), of.step.clone())).or_default();
        let at = pairs.iter().position(|pair| pair.of == of).unwrap_or_else(|| {
            pairs.push(StepPair { of, attempts: None, latency: None });
            pairs.len() - 1
        });
        &mut pairs[at]
    }

    /// The series of a step, of one objective's use of it or of all.
    pub(super) fn step(&self, product: &str, step: &str, objective: Option<&str>) -> Vec<StepPair> {
        let pairs = self.steps.get(&(product.to_owned(), step.to_owned())).map_or(&[][..], Vec::as_slice);
        let is_wanted = |pair: &&StepPair| objective.is_none() || pair.of.objective.as_deref() == objective;
        pairs.iter().filter(is_wanted).cloned().collect()
    }

    /// The series of what attempts of a step carried for KPIs, of one objective's use of it or of all.
    pub(super) fn worth<'k>(
        &'k self,
        product: &str,
        step: &str,
        objective: Option<&str>,
    ) -> impl Iterator<Item = &'k WorthSeries> {
        let all = self.worth.get(&(product.to_owned(), step.to_owned())).map_or(&[][..], Vec::as_slice);
        all.iter().filter(move |worth| objective.is_none() || worth.of.objective.as_deref() == objective)
    }

    /// The series of operations that serve steps of a product.
    pub(super) fn uses(&self, product: &str) -> &[SeriesId] {
        self.uses.get(product).map_or(&[], Vec::as_slice)
    }

    /// The series of what bad attempts of an indicator were bad by.
    pub(super) fn causes(&self, indicator: &str) -> &[SeriesId] {
        self.causes.get(indicator).map_or(&[], Vec::as_slice)
    }

    /// The series of operations that serve a step by their trace.
    pub(super) fn by_trace(&self) -> &[SeriesId] {
        &self.by_trace
    }

    /// The series of traces that were no attempts.
    pub(super) fn traces(&self) -> &[SeriesId] {
        &self.traces
    }

    /// The series of operations that serve no step of their own.
    pub(super) fn unannotated(&self) -> &[SeriesId] {
        &self.unannotated
    }
}
