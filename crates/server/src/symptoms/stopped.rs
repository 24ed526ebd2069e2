//! Where failed attempts stop: of what usually comes, the first call that is missing, and what was called before it.

use milepost_facts::NameId;
use milepost_flow::Course;
use std::collections::{BTreeMap, BTreeSet};

/// The calls that usually come.
#[derive(Debug)]
pub(super) struct Usual(BTreeMap<NameId, BTreeSet<NameId>>);

/// Where an attempt stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Stop {
    /// After a call: who made it makes none any more that usually comes, while what was called did all that it usually does.
    After { caller: NameId, last: NameId },
    /// In an operation that usually calls others, and called none.
    In(NameId),
}

/// A call that usually comes is in at least this part of the attempts that are well, in tenths.
const USUALLY: usize = 9;

impl Usual {
    /// Of attempts that are well.
    pub(super) fn of(well: &[&Course]) -> Self {
        let mut counts: BTreeMap<(NameId, NameId), usize> = BTreeMap::new();
        well.iter().flat_map(|course| &course.calls).for_each(|call| *counts.entry(*call).or_default() += 1);
        let mut usual: BTreeMap<NameId, BTreeSet<NameId>> = BTreeMap::new();
        for ((caller, called), count) in counts {
            if count * 10 >= well.len() * USUALLY {
                usual.entry(caller).or_default().insert(called);
            }
        }
        Self(usual)
    }

    /// Whether something that an operation usually calls is missing in a course.
    fn lacks(&self, course: &Course, caller: NameId) -> bool {
        let is_made = |called: &NameId| course.calls.contains(&(caller, *called));
        self.0.get(&caller).is_some_and(|all| !all.iter().all(is_made))
    }
}

/// Where an attempt stops: from its own operation on, along the last call of each that lacks one that usually comes, and of what lacks none along the last of
/// its calls below which one is missing: a gateway may have made all of its calls, and what it called have stopped. Nothing where none is missing.
pub(super) fn ended(course: &Course, usual: &Usual) -> Option<Stop> {
    let stopped = cut_short(course, usual);
    let mut at = course.operation;
    if !stopped.contains(&at) {
        return None;
    }
    let mut passed = BTreeSet::from([at]);
    loop {
        let lacks = usual.lacks(course, at);
        let mut called = course.calls.iter().rev().filter(|(caller, _)| *caller == at).map(|(_, called)| *called);
        // Whoever goes on after a call was not stopped by it, unless all that usually comes has come.
        let last = if lacks {
            called.next()
        } else {
            called.find(|called| stopped.contains(called) && !passed.contains(called))
        };
        let Some(last) = last else { return lacks.then_some(Stop::In(at)) };
        if !stopped.contains(&last) || !passed.insert(last) {
            return Some(Stop::After { caller: at, last });
        }
        at = last;
    }
}

/// The operations of a course that lack a call which usually comes, and those that called one of them, directly or through others.
fn cut_short(course: &Course, usual: &Usual) -> BTreeSet<NameId> {
    let called = course.calls.iter().map(|(_, called)| *called);
    let mut all: BTreeSet<NameId> =
        called.chain([course.operation]).filter(|name| usual.lacks(course, *name)).collect();
    loop {
        let callers = course.calls.iter().filter(|(caller, called)| all.contains(called) && !all.contains(caller));
        let callers: Vec<NameId> = callers.map(|(caller, _)| *caller).collect();
        if callers.is_empty() {
            return all;
        }
        all.extend(callers);
    }
}
