//! What was counted already: requests by their keys, attempts by their trace and span, in two generations of bounded age and size.
//!
//! Both are kept beside checkpoints, so that a start need not read them out of the log; `kept` does that.

mod fingerprint;
mod kept;

use crate::intake::RequestKey;
use fingerprint::Key;
use hashbrown::{HashMap, HashSet};
use milepost_facts::{FactBatch, TraceId};
use milepost_model::{DurationNs, Timestamp};
use milepost_store::fingerprints::Piece;

pub(crate) use kept::KeptDedupe;

/// Requests and attempts of the last minutes.
#[derive(Debug)]
pub(crate) struct Dedupe {
    key: Key,
    current: Generation,
    previous: Generation,
    /// Most entries of a generation.
    capacity: usize,
    /// What the group added that is gathered.
    gathered: Noted,
    /// What the group added that is on its way to the disk.
    sent: Noted,
}

/// What a group that is not durable yet added, and to which generation.
#[derive(Debug, Default)]
struct Noted {
    generation: u64,
    requests: Vec<RequestKey>,
    attempts: Vec<u64>,
}

#[derive(Debug, Default)]
struct Generation {
    number: u64,
    requests: HashMap<RequestKey, ()>,
    attempts: HashSet<u64>,
    /// By the clock that nobody sets.
    began: Option<Timestamp>,
    /// The pieces on the disk that have it.
    pieces: Vec<u64>,
    /// What is in the log and in no piece yet.
    unkept: Piece,
}

/// After so long a generation is followed by another: duplicates are known for at least as long, and at most for twice as long.
const GENERATION: DurationNs = DurationNs::from_seconds(300);
/// What an entry takes in a hash table that is seven eighths full at most and half of that on average, in bytes.
const ENTRY_BYTES: usize = 14;

impl Dedupe {
    /// Room for so many bytes of fingerprints.
    pub(crate) fn new(bytes: usize) -> Self {
        Self {
            key: Key::new(),
            current: Generation { number: 1, ..Generation::default() },
            previous: Generation::default(),
            capacity: (bytes / ENTRY_BYTES / 2).max(1024),
            gathered: Noted::default(),
            sent: Noted::default(),
        }
    }

    /// Lets go of what is old, and begins the group at a time of the clock that nobody sets.
    pub(crate) fn advance(&mut self, now: Timestamp) {
        let began = *self.current.began.get_or_insert(now);
        let is_full = self.current.attempts.len() + 2 * self.current.requests.len() >= self.capacity;
        if is_full || now.since(began) >= GENERATION {
            let next = Generation { number: self.current.number + 1, began: Some(now), ..Generation::default() };
            self.previous = std::mem::replace(&mut self.current, next);
        }
        self.gathered.generation = self.current.number;
    }

    /// How far back duplicates are known.
    pub(crate) fn window(&self, now: Timestamp) -> DurationNs {
        let began = self.previous.began.or(self.current.began);
        began.map_or(GENERATION, |began| now.since(began))
    }

    /// Notes a request; whether it is new.
    pub(crate) fn is_new_request(&mut self, key: RequestKey) -> bool {
        let is_new = !self.previous.requests.contains_key(&key) && self.current.requests.insert(key, ()).is_none();
        if is_new {
            self.gathered.requests.push(key);
        }
        is_new
    }

    /// Whether a request was noted.
    pub(crate) fn knows_request(&self, key: RequestKey) -> bool {
        [&self.previous, &self.current].iter().any(|generation| generation.requests.contains_key(&key))
    }

    /// Notes an attempt; whether it is new. What has no trace or no span cannot be told from others like it, and is always new.
    pub(crate) fn is_new_attempt(&mut self, batch: &FactBatch, row: usize) -> bool {
        let (trace, span) = (batch.trace(row), batch.span(row));
        if trace.is_none() || span == 0 {
            return true;
        }
        let print = self.key.fingerprint(trace, span);
        let is_new = !self.previous.attempts.contains(&print) && self.current.attempts.insert(print);
        if is_new {
            self.gathered.attempts.push(print);
        }
        is_new
    }

    /// Notes traces that are closed, and durably so: they are only kept here for whoever starts again.
    pub(crate) fn note_closed(&mut self, traces: impl IntoIterator<Item = TraceId>) {
        self.current.unkept.traces.extend(traces.into_iter().map(|id| (id.0, id.1)));
    }

    /// The keys of the requests of the group that is gathered.
    pub(crate) fn keys_of_group(&self) -> &[RequestKey] {
        &self.gathered.requests
    }

    /// The group is on its way, and another is gathered.
    pub(crate) fn send_group(&mut self) {
        std::mem::swap(&mut self.gathered, &mut self.sent);
        self.gathered.clear();
        self.gathered.generation = self.current.number;
    }

    /// The group that was on its way is durable.
    pub(crate) fn keep_group(&mut self) {
        let of = self.sent.generation;
        // A generation may have ended since; of one before that nothing is known any more.
        for generation in [&mut self.previous, &mut self.current].into_iter().filter(|known| known.number == of) {
            generation.unkept.requests.extend(self.sent.requests.iter().map(|key| key.0));
            generation.unkept.attempts.extend_from_slice(&self.sent.attempts);
        }
        self.sent.clear();
    }

    /// Nothing of what was on its way or gathered is durable: it may come again.
    pub(crate) fn forget_groups(&mut self) {
        for noted in [&mut self.sent, &mut self.gathered] {
            // A generation may have ended since.
            for generation in [&mut self.current, &mut self.previous] {
                for key in &noted.requests {
                    generation.requests.remove(key);
                }
                for print in &noted.attempts {
                    generation.attempts.remove(print);
                }
            }
            noted.clear();
        }
    }
}

impl Noted {
    fn clear(&mut self) {
        self.requests.clear();
        self.attempts.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    #[test]
    fn a_request_is_known_for_five_minutes_at_least_and_ten_at_most() {
        let mut dedupe = Dedupe::new(1 << 20);
        dedupe.advance(at(0));
        dedupe.advance(at(299));
        assert!(dedupe.is_new_request(RequestKey(1)));
        dedupe.advance(at(300));
        assert!(!dedupe.is_new_request(RequestKey(1)));
        dedupe.advance(at(599));
        assert!(!dedupe.is_new_request(RequestKey(1)));
        assert_eq!(dedupe.window(at(599)), DurationNs::from_seconds(599));
        dedupe.advance(at(600));
        assert!(dedupe.is_new_request(RequestKey(1)));
    }

    #[test]
    fn groups_that_are_not_durable_leave_nothing_behind() {
        let mut dedupe = Dedupe::new(1 << 20);
        dedupe.advance(at(0));
        assert!(dedupe.is_new_request(RequestKey(1)));
        dedupe.send_group();
        dedupe.keep_group();
        assert!(dedupe.is_new_request(RequestKey(2)));
        dedupe.send_group();
        assert!(!dedupe.is_new_request(RequestKey(2)), "on its way");
        // A generation ends meanwhile.
        dedupe.advance(at(300));
        assert!(dedupe.is_new_request(RequestKey(3)));
        assert_eq!(dedupe.keys_of_group(), [RequestKey(3)]);
        dedupe.forget_groups();
        assert!(dedupe.is_new_request(RequestKey(2)));
        assert!(dedupe.is_new_request(RequestKey(3)));
        assert!(!dedupe.is_new_request(RequestKey(1)));
    }

    #[test]
    fn a_full_generation_is_followed_by_another() {
        let mut dedupe = Dedupe::new(0);
        for key in 0..2000 {
            dedupe.advance(at(0));
            assert!(dedupe.is_new_request(RequestKey(key)));
        }
        assert!(!dedupe.is_new_request(RequestKey(1999)));
        assert!(dedupe.is_new_request(RequestKey(0)), "forgotten");
    }
}
