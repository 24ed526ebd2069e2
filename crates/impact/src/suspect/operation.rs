//! Operations as suspects: what fails and is used by the steps that are hit, and by few others.

use super::{Fit, Reach};
use milepost_model::{Name, Operation, Share};
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// An operation with what is known of its failures since an incident began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailingOperation {
    /// Which.
    pub operation: Operation,
    /// How often it was used.
    pub seen: u64,
    /// How often it failed or was too slow.
    pub bad: u64,
    /// Whether something that it calls fails too, as a trace shows: then it hands on what is not its own.
    pub hands_on: bool,
}

/// An operation that may have caused an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationSuspect<'o> {
    /// The operation with its failures.
    pub failing: &'o FailingOperation,
    /// How well the steps that it reaches fit those that are hit.
    pub fit: Fit,
    /// The share of its uses that were bad.
    pub share: Share,
}

/// The operations that have failed and reach a hit step, the most suspect first: those that hand on nothing, then by
/// `coverage x precision x share of bad uses`, then by name.
pub fn rank_operations<'o>(
    failing: impl IntoIterator<Item = &'o FailingOperation>,
    reach: &Reach,
    hit: &BTreeSet<Name>,
) -> Vec<OperationSuspect<'o>> {
    let suspect = |failing: &'o FailingOperation| {
        let fit = reach.fit_operation(&failing.operation, hit);
        OperationSuspect { failing, fit, share: super::share(failing.bad, failing.seen) }
    };
    let mut suspects: Vec<_> =
        failing.into_iter().map(suspect).filter(|s| s.fit.hit > 0 && s.failing.bad > 0).collect();
    let score =
        |suspect: &OperationSuspect<'_>| u128::from(suspect.fit.score().nanos()) * u128::from(suspect.share.nanos());
    suspects.sort_by_cached_key(|s| (s.failing.hands_on, Reverse(score(s)), s.failing.operation.clone()));
    suspects
}
