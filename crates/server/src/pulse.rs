//! Signs of life of threads: each says now and then that it goes on, and for how long that is to be believed.
//!
//! Whoever waits or works in small parts is believed for less than the five seconds within which `/live` and `/ready` tell the truth; whoever begins
//! something long says so before.

use crate::clock::Clock;
use milepost_model::DurationNs;
use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

/// A thread that nothing works well without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Worker {
    /// Commits and counts.
    Committer,
    /// Judges SLOs.
    Evaluator,
    /// Judges severity.
    Severity,
    /// Sees which versions of services there are.
    Changes,
    /// Watches the registry.
    Registry,
    /// Moves facts into segments.
    Keeper,
    /// Tells burns.
    Notifier,
    /// Writes metrics to where they are kept.
    Writer,
    /// Asks for counts.
    Importer,
    /// Follows the access log with this number.
    Tail(usize),
    /// Decodes.
    Decoder(usize),
}

/// When each thread will have been silent for too long.
#[derive(Debug)]
pub(crate) struct Pulses {
    clock: Clock,
    single: [AtomicI64; Worker::SINGLE.len()],
    tails: Vec<AtomicI64>,
    decoders: Vec<AtomicI64>,
}

/// How long a thread is believed that says nothing else: less than the five seconds within which the truth is told.
const USUAL: DurationNs = DurationNs::from_seconds(4);
/// The same of work that reads or writes files as large as they may be, or waits for other machines.
pub(crate) const LONG: DurationNs = DurationNs::from_seconds(120);
/// Nothing is expected.
const NEVER: i64 = i64::MAX;

impl Worker {
    const SINGLE: [Self; 9] = [
        Self::Committer,
        Self::Evaluator,
        Self::Severity,
        Self::Changes,
        Self::Registry,
        Self::Keeper,
        Self::Notifier,
        Self::Writer,
        Self::Importer,
    ];
}

impl fmt::Display for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Committer => f.write_str("committer"),
            Self::Evaluator => f.write_str("evaluate"),
            Self::Severity => f.write_str("severity"),
            Self::Changes => f.write_str("changes"),
            Self::Registry => f.write_str("registry"),
            Self::Keeper => f.write_str("keep"),
            Self::Notifier => f.write_str("notify"),
            Self::Writer => f.write_str("remote-write"),
            Self::Importer => f.write_str("prometheus"),
            Self::Tail(at) => write!(f, "tail {at}"),
            Self::Decoder(at) => write!(f, "decoder {at}"),
        }
    }
}

impl Pulses {
    /// Of threads that are about to begin: those that take telemetry are expected at once, the others when they say something.
    pub(crate) fn new(clock: Clock, tails: usize, decoders: usize) -> Self {
        let all = |count| (0..count).map(|_| AtomicI64::new(NEVER)).collect();
        let single = std::array::from_fn(|_| AtomicI64::new(NEVER));
        let pulses = Self { clock, single, tails: all(tails), decoders: all(decoders) };
        pulses.beat(Worker::Committer);
        (0..decoders).for_each(|at| pulses.beat(Worker::Decoder(at)));
        pulses
    }

    /// A thread goes on.
    pub(crate) fn beat(&self, worker: Worker) {
        self.beat_for(worker, USUAL);
    }

    /// A thread goes on with something that may take so long.
    pub(crate) fn beat_for(&self, worker: Worker, longest: DurationNs) {
        self.of(worker).store(self.clock.steady().plus(longest).nanos(), Relaxed);
    }

    /// A thread begins something whose length nobody knows.
    pub(crate) fn pause(&self, worker: Worker) {
        self.of(worker).store(NEVER, Relaxed);
    }

    /// The threads of which nothing was heard for too long. A clock that is held, and moved by leaps, says nothing of how long something took.
    pub(crate) fn silent(&self) -> Vec<Worker> {
        if self.clock.is_held() {
            return Vec::new();
        }
        let now = self.clock.steady().nanos();
        let tails = (0..self.tails.len()).map(Worker::Tail);
        let all = Worker::SINGLE.into_iter().chain(tails).chain((0..self.decoders.len()).map(Worker::Decoder));
        all.filter(|worker| self.of(*worker).load(Relaxed) < now).collect()
    }

    fn of(&self, worker: Worker) -> &AtomicI64 {
        match worker {
            Worker::Tail(at) => &self.tails[at],
            Worker::Decoder(at) => &self.decoders[at],
            single => &self.single[Worker::SINGLE.iter().position(|known| *known == single).unwrap_or_default()],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_says_nothing_is_told_after_as_long_as_it_said_and_who_has_not_begun_never() {
        let clock = Clock::default();
        let pulses = Pulses::new(clock.clone(), 1, 2);
        pulses.beat(Worker::Registry);
        pulses.beat(Worker::Tail(0));
        pulses.beat_for(Worker::Keeper, LONG);
        pulses.beat(Worker::Evaluator);
        pulses.pause(Worker::Evaluator);
        assert_eq!(pulses.silent(), []);
        clock.pass(DurationNs::from_seconds(5));
        pulses.beat(Worker::Registry);
        pulses.beat(Worker::Decoder(0));
        assert_eq!(pulses.silent(), [Worker::Committer, Worker::Tail(0), Worker::Decoder(1)]);
        assert_eq!(pulses.silent()[2].to_string(), "decoder 1");
        clock.pass(LONG);
        let silent = pulses.silent();
        assert!(silent.contains(&Worker::Keeper) && silent.contains(&Worker::Registry), "{silent:?}");
        assert!(!silent.contains(&Worker::Evaluator) && !silent.contains(&Worker::Writer), "{silent:?}");
    }
}
