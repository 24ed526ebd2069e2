//! How attempts of steps went lately, those that were well beside those that were slow or failed, and what the one kind has that the other has not.
//!
//! What is usual is learnt of attempts that were well, and of none while their step is hit. Few are kept of each minute, so that a busy second is not all that
//! is usual, and everything within a bound of bytes.

use super::slowed::{Longer, longer_in_most, slowed};
use super::stopped::{Stop, Usual, ended};
use milepost_facts::{NameId, NameTables};
use milepost_flow::Course;
use milepost_impact::attribution::is_most;
use milepost_model::{DurationNs, Minute, Operation, Outcome, StepId, Timestamp};
use milepost_registry::Registry;
use milepost_slo::SliType;
use std::collections::{BTreeMap, VecDeque};
use std::hash::Hash;

/// The courses of all steps.
#[derive(Debug, Default)]
pub(super) struct Courses {
    steps: BTreeMap<StepId, OfStep>,
    /// The operations in them; nothing of what is no operation, as what stands for all others.
    names: BTreeMap<NameId, Option<Operation>>,
    /// What is kept, in bytes.
    bytes: usize,
}

/// The courses of one step.
#[derive(Debug, Default)]
struct OfStep {
    /// Successes that took longer are slow.
    slower_than: Option<DurationNs>,
    well: Kept,
    slow: Kept,
    failed: Kept,
    /// Since when it is hit, and when it was last.
    hit: Option<(Minute, Minute)>,
}

/// Courses by the minute in which they came, the oldest first.
#[derive(Debug, Default)]
struct Kept(VecDeque<(Minute, Course)>);

/// An operation that most of the attempts that a step was hit by have to do with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Explained {
    pub(crate) operation: Operation,
    pub(crate) how: How,
    /// What they are attempts of.
    pub(crate) attempt: Operation,
    /// Of so many slow or failed attempts.
    pub(crate) all: u64,
    /// So many have to do with it.
    pub(crate) explained: u64,
}

/// What an operation has to do with attempts that are slow or failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// It takes most of what they take longer, itself.
    Slower(Vec<Longer>),
    /// Its service does, in this and other operations together: what slows a service slows all that it does.
    SlowerTogether {
        /// Those that take longer besides.
        others: Vec<Operation>,
        /// How much longer they take, all of the service together.
        longer: Vec<Longer>,
    },
    /// It fails, and nothing that it calls.
    Fails,
    /// They stop after it: whoever called it makes no call any more that usually comes.
    StopsAfter,
    /// They stop in it: it makes no call any more that usually comes.
    StopsIn,
}

/// Most courses kept of each kind: the last ones, of the shorter window of impact; of what is usual, of an hour.
const MOST: usize = 100;
/// Most kept of a minute of what is usual, so that a busy second is not all of that.
const OF_MINUTE: usize = 20;
const RECENT_MINUTES: i64 = 5;
const USUAL_MINUTES: i64 = 60;
/// Fewer attempts say too little of which calls are usual: one that is in seven of ten is in all of so many by chance once in a thousand times.
const FEWEST_USUAL: usize = 20;
/// So long after a step was hit nothing is learnt of it: a level stays while its window has what hit it.
const AFTER_HIT_MINUTES: i64 = 5;
/// Most names that are remembered, of some hundred bytes each: more than all steps of one product have to do with.
const MOST_NAMES: usize = 4_096;

impl Courses {
    /// Notes the course of an attempt, within so many bytes of all.
    pub(super) fn note(
        &mut self,
        course: Course,
        (registry, tables): (&Registry, &NameTables),
        most_bytes: usize,
        now: Minute,
    ) {
        let Some(step) = registry.steps.get(course.attempt.step.index()) else { return };
        let new = || course.own.iter().map(|(name, _)| *name).filter(|name| !self.names.contains_key(name));
        if self.names.len() + new().count() > MOST_NAMES {
            return;
        }
        let new: Vec<NameId> = new().collect();
        self.names.extend(
            new.into_iter().map(|name| (name, tables.operations.text(name).and_then(|text| text.parse().ok()))),
        );
        let of = self.steps.entry(course.attempt.step).or_insert_with(|| {
            let slower_than = registry.judged_step(step, &[]).slow_by.and_then(|indicator| match indicator.sli {
                SliType::Latency(threshold) => Some(threshold),
                _ => None,
            });
            OfStep { slower_than, ..OfStep::default() }
        });
        let (added, removed) = of.note(course, now);
        self.bytes = self.bytes + added - removed;
        if self.bytes > most_bytes {
            self.bytes = self.steps.values_mut().map(OfStep::halve).sum();
        }
    }

    /// What most slow, or failed, attempts of a step that is hit have to do with.
    pub(super) fn explained(&mut self, step: StepId, is_slow: bool, now: Minute) -> Option<Explained> {
        self.steps.get_mut(&step)?.is_hit(now);
        let of = self.steps.get(&step)?;
        let usual = of.well.of(now, USUAL_MINUTES);
        let bad = if is_slow { &of.slow } else { &of.failed };
        let bad = bad.of(now, RECENT_MINUTES);
        let all = bad.len() as u64;
        let (name, how, explained) = if is_slow {
            self.slower(&usual, &bad)?
        } else if let Some((name, explained)) = most(bad.iter().flat_map(|course| course.failed.iter().copied()))
            && is_most(explained, all)
        {
            (name, How::Fails, explained)
        } else {
            let stopped = || bad.iter().filter(|course| course.failed.is_empty());
            let since = stopped().map(|course| course.attempt.time).min()?;
            let usual = Usual::of(&of.succeeded_before(since, now)?);
            let (stop, explained) = most(stopped().filter_map(|course| ended(course, &usual)))?;
            match stop {
                Stop::After { caller, last } if self.serves_others(caller, last, since) => {
                    (caller, How::StopsIn, explained)
                }
                Stop::After { last, .. } => (last, How::StopsAfter, explained),
                Stop::In(name) => (name, How::StopsIn, explained),
            }
        };
        let operation = self.names.get(&name)?.clone()?;
        let attempt = self.names.get(&bad.last()?.operation)?.clone()?;
        is_most(explained, all).then_some(Explained { operation, how, attempt, all, explained })
    }

    /// The operation that takes most of what attempts take longer; or else the one of a service that does, all of its operations together.
    fn slower(&self, usual: &[&Course], slow: &[&Course]) -> Option<(NameId, How, u64)> {
        let all = slow.len() as u64;
        if let Some((name, longer)) = slowed(usual, slow, Some)
            && is_most(longer.len() as u64, all)
        {
            let explained = longer.len() as u64;
            return Some((name, How::Slower(longer), explained));
        }
        let operation = |name: NameId| self.names.get(&name)?.as_ref();
        let service = |name| operation(name).map(|of| &of.service);
        let (slowest, longer) = slowed(usual, slow, service)?;
        let names = longer_in_most(usual, slow, |name| service(name) == Some(slowest));
        let (first, others) = names.split_first()?;
        let others = others.iter().filter_map(|name| operation(*name).cloned()).collect();
        let explained = longer.len() as u64;
        Some((*first, How::SlowerTogether { others, longer }, explained))
    }

    /// Whether attempts in which something else called an operation have been well since a time: it serves others as it should.
    fn serves_others(&self, caller: NameId, operation: NameId, since: Timestamp) -> bool {
        let is_served = |course: &&Course| {
            course.attempt.time >= since && course.calls.iter().any(|(by, of)| *of == operation && *by != caller)
        };
        let well = self.steps.values().flat_map(|of| of.well.0.iter().map(|(_, course)| course));
        well.filter(is_served).count() >= FEWEST_USUAL
    }
}

impl OfStep {
    /// Notes that the step is hit.
    fn is_hit(&mut self, now: Minute) {
        let since = self.hit.filter(|(_, last)| !is_after_hit(*last, now)).map_or(now, |(since, _)| since);
        self.hit = Some((since, now));
    }

    /// Attempts that succeeded, in time or not, before a time: what came with the failures may go otherwise than usual, too. Where that leaves too few, those
    /// that came first; nothing where there are too few at all.
    fn succeeded_before(&self, time: Timestamp, now: Minute) -> Option<Vec<&Course>> {
        let slow = self.slow.0.iter().filter(|(minute, _)| self.hit.is_none_or(|(since, _)| *minute < since));
        let mut all = self.well.of(now, USUAL_MINUTES);
        all.extend(slow.map(|(_, course)| course));
        all.sort_by_key(|course| course.attempt.time);
        let before = all.partition_point(|course| course.attempt.time < time);
        all.truncate(before.max(FEWEST_USUAL));
        (all.len() >= FEWEST_USUAL).then_some(all)
    }

    /// Tells how many bytes came, and how many went.
    fn note(&mut self, course: Course, now: Minute) -> (usize, usize) {
        let is_slow = self.slower_than.is_some_and(|promised| course.duration > promised);
        match course.attempt.outcome {
            Outcome::Success if is_slow => self.slow.note(course, now, RECENT_MINUTES),
            // What is well while others are not may be worse than it usually is.
            Outcome::Success if self.hit.is_some_and(|(_, last)| !is_after_hit(last, now)) => (0, 0),
            Outcome::Success if self.well.has_enough_of(now) => (0, 0),
            Outcome::Success => self.well.note(course, now, USUAL_MINUTES),
            Outcome::Failure | Outcome::Timeout => self.failed.note(course, now, RECENT_MINUTES),
            Outcome::Abandoned => (0, 0),
        }
    }

    /// Keeps the newer half of everything; tells how many bytes that is.
    fn halve(&mut self) -> usize {
        let all = [&mut self.well, &mut self.slow, &mut self.failed];
        let halved = all.map(|kept| {
            let left = kept.0.len() / 2;
            kept.0.drain(..kept.0.len() - left);
            kept.0.iter().map(|(_, course)| bytes(course)).sum::<usize>()
        });
        halved.iter().sum()
    }
}

impl Kept {
    fn has_enough_of(&self, now: Minute) -> bool {
        self.0.iter().rev().nth(OF_MINUTE - 1).is_some_and(|(minute, _)| *minute == now)
    }

    fn note(&mut self, course: Course, now: Minute, minutes: i64) -> (usize, usize) {
        let (added, mut removed) = (bytes(&course), 0);
        self.0.push_back((now, course));
        let is_over = |all: &VecDeque<(Minute, Course)>| {
            all.len() > MOST || all.front().is_some_and(|(minute, _)| is_old(*minute, now, minutes))
        };
        while is_over(&self.0) {
            removed += self.0.pop_front().map_or(0, |(_, course)| bytes(&course));
        }
        (added, removed)
    }

    /// Those of the minutes up to one.
    fn of(&self, now: Minute, minutes: i64) -> Vec<&Course> {
        self.0.iter().filter(|(minute, _)| !is_old(*minute, now, minutes)).map(|(_, course)| course).collect()
    }
}

/// What stands there most often, and how often; of several the first.
fn most<K: Ord + Hash + Copy>(all: impl Iterator<Item = K>) -> Option<(K, u64)> {
    let mut counts: BTreeMap<K, u64> = BTreeMap::new();
    all.for_each(|one| *counts.entry(one).or_default() += 1);
    counts.into_iter().max_by(|(a, one), (b, other)| one.cmp(other).then_with(|| b.cmp(a)))
}

/// Whether a step that was hit last in a minute is not any more.
fn is_after_hit(last: Minute, now: Minute) -> bool {
    now.number() - last.number() > AFTER_HIT_MINUTES
}

fn is_old(minute: Minute, now: Minute, minutes: i64) -> bool {
    now.number() - minute.number() > minutes
}

/// What a course takes, with what the allocator adds.
fn bytes(course: &Course) -> usize {
    const BESIDE: usize = 64;
    let Course { own, calls, failed, .. } = course;
    size_of::<(Minute, Course)>()
        + BESIDE
        + size_of_val(own.as_slice())
        + size_of_val(calls.as_slice())
        + size_of_val(failed.as_slice())
}

#[cfg(test)]
mod tests;
