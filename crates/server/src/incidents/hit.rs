//! What hit steps are hit by: operations below them that fail or are slow, errors of their own service, and what failures have in common.

use super::failing::{Blamed, Served, blamed, is_by_itself, is_enough, is_slow};
use crate::symptoms::{Failed, FailedBy};
use milepost_impact::Seen;
use milepost_impact::incident::Cause;
use milepost_impact::suspect::FailingOperation;
use milepost_model::{Operation, Step, StepPath};
use std::collections::{BTreeMap, BTreeSet};

/// What each hit step is hit by.
pub(super) type Below = BTreeMap<StepPath, HitBy>;

/// What one step is hit by.
#[derive(Clone, Debug, Default)]
pub(super) struct HitBy {
    /// Operations that fail about as much as it does, or take longer.
    blamed: Vec<Blamed>,
    /// Errors with which its own service refuses it, where nothing below fails.
    errors: Vec<FailedBy>,
    /// What its failures have in common; nothing where it is slow.
    failed: Failed,
}

/// What a step is hit by, of what served it and of what its failures have in common.
pub(super) fn hit_by(step: &Step, seen: Seen, served: &[Served], failed: Failed) -> HitBy {
    let blamed = blamed(step, seen, served);
    if is_slow(seen) {
        return HitBy { blamed, ..HitBy::default() };
    }
    let own = failed.errors.iter().filter(|(_, count)| is_enough(*count, failed.all.failed));
    let errors = own.filter(|_| is_by_itself(step, &blamed)).map(|(error, _)| error.clone()).collect();
    HitBy { blamed, errors, failed }
}

impl HitBy {
    /// What steps can share: a service that refuses several of them with one error does so for one cause.
    pub(super) fn causes(&self) -> BTreeSet<Cause> {
        if self.errors.is_empty() {
            return self.blamed.iter().map(|of| Cause::Operation(of.operation.clone())).collect();
        }
        let cause = |of: &FailedBy| Cause::Error { service: of.service.clone(), error: of.error.clone() };
        self.errors.iter().map(cause).collect()
    }
}

/// An error that is a cause of each of the hit steps.
pub(super) fn common_error(below: &Below, hit: &BTreeSet<StepPath>) -> Option<FailedBy> {
    let all: Vec<&HitBy> = hit.iter().map(|path| below.get(path)).collect::<Option<_>>()?;
    let (first, others) = all.split_first()?;
    first.errors.iter().find(|error| others.iter().all(|of| of.errors.contains(error))).cloned()
}

/// Where nearly all failures of hit steps lie, after what they fail by; nothing where they lie anywhere.
pub(super) fn where_mostly(below: &Below, hit: &BTreeSet<StepPath>) -> String {
    // A use of a step is not counted apart.
    let steps: BTreeMap<_, _> = hit.iter().filter_map(|path| Some((&path.step, below.get(path)?))).collect();
    let all = steps.into_values().fold(Failed::default(), |all, of| all.plus(of.failed.clone()));
    let told = all.mostly_where().map(|of| format!(", where {} is {}", of.dimension, of.value));
    told.unwrap_or_default()
}

/// What hit steps fail by, all of them together.
pub(super) fn failing(below: &Below, hit: &BTreeSet<StepPath>) -> Vec<FailingOperation> {
    let mut all: BTreeMap<&Operation, FailingOperation> = BTreeMap::new();
    for of in hit.iter().filter_map(|path| below.get(path)).flat_map(|of| &of.blamed) {
        let operation = of.operation.clone();
        let nothing = FailingOperation { operation, seen: 0, bad: 0, hands_on: false };
        let known = all.entry(&of.operation).or_insert(nothing);
        known.seen += of.events;
        known.bad += of.bad;
    }
    all.into_values().collect()
}
