//! What a whole trace is, read plainly from the rules as the domain states them.

use crate::world::{CALLS, ROOTS, Rule, Span};
use milepost_annotate::Scope;
use milepost_model::{GrpcStatus, Outcome};
use std::collections::BTreeSet;

/// What the oracle makes of a trace, in the words of the test.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expected {
    NotJudged,
    Unmatched,
    Ambiguous(Vec<usize>),
    NoRoot,
    NoParent,
    Attempt { step: usize, objective: Option<usize>, root: Span, outcome: Outcome, missing: usize },
}

/// The trace's root: of several the earliest.
pub(crate) fn root(spans: &[Span]) -> Option<Span> {
    spans.iter().filter(|span| span.parent == 0).min_by_key(|span| (span.start, span.id)).copied()
}

pub(crate) fn judge(rules: &[Rule], spans: &[Span]) -> Expected {
    if rules.is_empty() {
        return Expected::NotJudged;
    }
    let Some(root) = root(spans) else { return Expected::NoRoot };
    // What the root says of itself comes before what its calls say.
    let may_give = |rule: &&Rule| root.step.is_none_or(|step| rule.step == step);
    let candidates: Vec<&Rule> =
        rules.iter().filter(|rule| ROOTS[rule.root] == root.operation).filter(may_give).collect();
    if candidates.is_empty() || root.is_attempt {
        return Expected::NotJudged;
    }
    if spans.iter().any(|span| span.parent != 0 && !spans.iter().any(|other| other.id == span.parent)) {
        return Expected::NoParent;
    }
    // A call is a caller's span and the one that answers it, or one of them.
    let answers = |span: &Span| {
        let caller = spans.iter().find(|other| other.id == span.parent && other.is_caller);
        caller.is_some_and(|caller| caller.parent == root.id)
    };
    let is_called = |rule: &Rule, call: usize| {
        let of_root = |span: &Span| span.parent == root.id || answers(span);
        let within = |span: &&Span| span.id != root.id && (rule.scope == Scope::Trace || of_root(span));
        spans.iter().filter(within).any(|span| span.operation == CALLS[call])
    };
    let fitting: Vec<&Rule> =
        candidates.into_iter().filter(|rule| rule.when.iter().all(|call| is_called(rule, *call))).collect();
    let largest = fitting.iter().map(|rule| rule.when.len()).max();
    let best: Vec<&Rule> = fitting.into_iter().filter(|rule| Some(rule.when.len()) == largest).collect();
    let steps: BTreeSet<usize> = best.iter().map(|rule| rule.step).collect();
    let step = match steps.len() {
        0 => return Expected::Unmatched,
        1 => best[0].step,
        _ => return Expected::Ambiguous(steps.into_iter().collect()),
    };
    let objectives: BTreeSet<Option<usize>> = best.iter().map(|rule| rule.objective).collect();
    let missing_of = |rule: &&Rule| rule.requires.iter().filter(|call| !is_called(rule, **call)).count();
    let missing = best.iter().map(missing_of).min().unwrap_or(0);
    let outcome = match own_outcome(step, &root) {
        Outcome::Success if missing > 0 => Outcome::Failure,
        outcome => outcome,
    };
    let objective = if objectives.len() == 1 { best[0].objective } else { None };
    Expected::Attempt { step, objective, root, outcome, missing }
}

/// The step's table: the step at position 1 takes 404 and `NOT_FOUND` for failures.
fn own_outcome(step: usize, root: &Span) -> Outcome {
    let not_found = if step == 1 { Outcome::Failure } else { Outcome::Success };
    match (root.grpc_status.map(GrpcStatus::as_str), root.http_status) {
        (Some("NOT_FOUND"), _) => not_found,
        (Some("OK"), _) => Outcome::Success,
        (Some(other), _) => unreachable!("no test sets {other}"),
        (None, Some(404)) => not_found,
        (None, Some(500)) => Outcome::Failure,
        (None, Some(_)) => Outcome::Success,
        (None, None) => root.outcome,
    }
}

/// Operations that failed in a trace beside its attempts.
pub(crate) fn failed_operations(spans: &[Span], expected: &Expected) -> BTreeSet<&'static str> {
    let derived = match expected {
        Expected::Attempt { root, .. } => Some(root.id),
        _ => None,
    };
    let failed = spans.iter().filter(|span| matches!(span.outcome, Outcome::Failure | Outcome::Timeout));
    failed.filter(|span| !span.is_attempt && Some(span.id) != derived).map(|span| span.operation).collect()
}
