//! What hit steps are hit by: operations below them that fail or are slow, errors of their own service, and what failures have in common.

use super::explained::Together;
use super::failing::{Blamed, Served, blamed, is_by_itself, is_enough, is_slow};
use crate::symptoms::{Explained, Failed, FailedBy, How};
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
    /// More attempts are slow than fail.
    is_slow: bool,
    /// The operation that most attempts have to do with, as far as their traces say.
    explained: Option<Explained>,
    /// Otherwise, operations that fail about as much as it does, or take longer.
    blamed: Vec<Blamed>,
    /// Errors with which its own service refuses it, where nothing below fails.
    errors: Vec<FailedBy>,
    /// What its failures have in common; nothing where it is slow.
    failed: Failed,
}

/// What a step is hit by, of what most of its attempts have to do with, of what served it and of what its failures have in common.
pub(super) fn hit_by(
    step: &Step,
    seen: Seen,
    explained: Option<Explained>,
    served: &[Served],
    failed: Failed,
) -> HitBy {
    let blamed = blamed(step, seen, served);
    if is_slow(seen) {
        let blamed = if explained.is_some() { Vec::new() } else { blamed };
        return HitBy { is_slow: true, explained, blamed, ..HitBy::default() };
    }
    let own = failed.errors.iter().filter(|(_, count)| is_enough(*count, failed.all.failed));
    let errors: Vec<FailedBy> = own.filter(|_| is_by_itself(step, &blamed)).map(|(error, _)| error.clone()).collect();
    // What attempts, and operations below them, say themselves comes before what their traces show.
    let is_untold = |explained: &Explained| {
        let is_own = |of: &Blamed| step.measure.contains(&of.operation) || of.operation == explained.attempt;
        errors.is_empty() && blamed.iter().all(is_own)
    };
    match explained.filter(is_untold) {
        Some(explained) => HitBy { explained: Some(explained), failed, ..HitBy::default() },
        None => HitBy { is_slow: false, explained: None, blamed, errors, failed },
    }
}

impl HitBy {
    /// What steps can share: a service that refuses several of them with one error does so for one cause.
    pub(super) fn causes(&self) -> BTreeSet<Cause> {
        if let Some(explained) = &self.explained {
            let others = match &explained.how {
                How::SlowerTogether { others, .. } => others.as_slice(),
                _ => &[],
            };
            return others.iter().chain([&explained.operation]).cloned().map(Cause::Operation).collect();
        }
        if self.errors.is_empty() {
            return self.blamed.iter().map(|of| Cause::Operation(of.operation.clone())).collect();
        }
        let cause = |of: &FailedBy| Cause::Error { service: of.service.clone(), error: of.error.clone() };
        self.errors.iter().map(cause).collect()
    }
}

/// An error that is a cause of each of the hit steps that fail, where several do. One that is slow besides says nothing of it.
pub(super) fn common_error(below: &Below, hit: &BTreeSet<StepPath>) -> Option<FailedBy> {
    let all: Vec<&HitBy> = hit.iter().map(|path| below.get(path)).collect::<Option<_>>()?;
    let failing: Vec<&HitBy> = all.into_iter().filter(|of| !of.is_slow).collect();
    let (first, others) = failing.split_first().filter(|(_, others)| !others.is_empty())?;
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

/// The operation that most attempts of hit steps have to do with, all of them together; of several the one of most attempts.
pub(super) fn explained(below: &Below, hit: &BTreeSet<StepPath>) -> Option<Together> {
    // A use of a step is not counted apart.
    let steps: BTreeMap<_, _> = hit.iter().filter_map(|path| Some((&path.step, below.get(path)?))).collect();
    Together::of(steps.into_values().filter_map(|of| of.explained.as_ref()))
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
