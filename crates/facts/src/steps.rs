//! Attempts by step, class, outcome and part of a series. Exact integers, whatever the order of facts.

use crate::batch::FactBatch;
use crate::sketch::Sketch;
use hashbrown::HashMap;
use milepost_model::{ClassId, Outcome, StepId, Timestamp};
use milepost_slo::Counts;
use std::collections::BTreeMap;

/// What attempts are counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StepKey {
    /// The step.
    pub step: StepId,
    /// The traffic class.
    pub class: ClassId,
}

/// A part of a series: a span of time by its start, or a file by its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bucket {
    /// Everything.
    Total,
    /// A span of time that starts here.
    Start(Timestamp),
    /// A file.
    File(usize),
}

/// How attempts ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    counts: [u64; 4],
    /// Successes that were answered with a 4xx status, shown beside the ratio.
    pub client_errors: u64,
    /// How long attempts took that were not abandoned, failed ones too: what users waited.
    pub latency: Sketch,
}

impl Outcomes {
    /// How many ended so.
    pub fn of(&self, outcome: Outcome) -> u64 {
        self.counts[outcome as usize]
    }

    /// All attempts.
    pub fn all(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Failures and timeouts.
    pub fn failed(&self) -> u64 {
        self.of(Outcome::Failure) + self.of(Outcome::Timeout)
    }

    /// As availability counts them: the abandoned left out.
    pub fn availability(&self) -> Counts {
        Counts { valid: self.all() - self.of(Outcome::Abandoned), good: self.of(Outcome::Success) }
    }

    fn merge(&mut self, other: &Self) {
        for (count, more) in self.counts.iter_mut().zip(other.counts) {
            *count += more;
        }
        self.client_errors += other.client_errors;
        self.latency.merge(&other.latency);
    }

    fn add(&mut self, batch: &FactBatch, row: usize) {
        let outcome = batch.outcome(row);
        self.counts[outcome as usize] += 1;
        if outcome == Outcome::Success && (400..500).contains(&batch.http_status(row)) {
            self.client_errors += 1;
        }
        if outcome != Outcome::Abandoned
            && let Some(duration) = batch.duration(row)
        {
            self.latency.record(duration);
        }
    }
}

/// Counts attempts by step, class and part of a series.
#[derive(Debug, Default)]
pub struct StepCounter {
    counts: HashMap<(StepKey, Bucket), Outcomes>,
    /// Where attempts go that belong to parts beyond those that are kept.
    beyond: Outcomes,
}

/// Most parts of series kept: about 100 MiB with their latencies. Totals are always kept.
const MAX_PARTS: usize = 100_000;

impl StepCounter {
    /// Counts the given rows of a step into the bucket that `bucket` names for each time.
    pub fn count(&mut self, batch: &FactBatch, step: StepId, rows: &[u32], bucket: impl Fn(Timestamp) -> Bucket) {
        let key = |row: usize| (StepKey { step, class: batch.class(row) }, bucket(batch.time(row)));
        let mut rows = rows.iter().map(|row| *row as usize).peekable();
        // Neighbours mostly fall into one bucket, which is looked up once for all of them.
        while let Some(first) = rows.next() {
            let of = key(first);
            let is_kept = of.1 == Bucket::Total || self.counts.len() < MAX_PARTS || self.counts.contains_key(&of);
            let outcomes = if is_kept { self.counts.entry(of).or_default() } else { &mut self.beyond };
            outcomes.add(batch, first);
            while let Some(next) = rows.next_if(|row| key(*row) == of) {
                outcomes.add(batch, next);
            }
        }
    }

    /// Puts parts together: those for which `bucket` names the same one become one, and every attempt stays counted once.
    pub fn regroup(&mut self, bucket: impl Fn(Bucket) -> Bucket) {
        let parts = std::mem::take(&mut self.counts);
        for ((key, old), outcomes) in parts {
            self.counts.entry((key, bucket(old))).or_default().merge(&outcomes);
        }
    }

    /// What was counted in one bucket.
    pub fn get(&self, key: StepKey, bucket: Bucket) -> Option<&Outcomes> {
        self.counts.get(&(key, bucket))
    }

    /// Attempts that belong to parts of a series beyond those that are kept.
    pub fn beyond(&self) -> u64 {
        self.beyond.all()
    }

    /// Everything counted, in order of step, class and bucket.
    pub fn sorted(&self) -> BTreeMap<(StepKey, Bucket), &Outcomes> {
        self.counts.iter().map(|(key, outcomes)| (*key, outcomes)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use milepost_model::DurationNs;

    #[test]
    fn parts_that_are_put_together_keep_every_attempt_and_totals_stay_apart() {
        let key = StepKey { step: StepId::new(0), class: ClassId::new(0) };
        let outcomes = |good: u64, client_errors: u64| {
            let mut latency = Sketch::default();
            latency.record(DurationNs::from_millis(good));
            Outcomes { counts: [good, 1, 0, 2], client_errors, latency }
        };
        let start = |seconds| Bucket::Start(Timestamp::from_seconds(seconds));
        let mut counter = StepCounter::default();
        for (bucket, good) in [(Bucket::Total, 9), (start(0), 4), (start(60), 5), (start(120), 6)] {
            counter.counts.insert((key, bucket), outcomes(good, 1));
        }
        counter.regroup(|bucket| if bucket == start(60) { start(0) } else { bucket });
        let merged = counter.get(key, start(0)).unwrap();
        assert_eq!((merged.of(Outcome::Success), merged.failed(), merged.client_errors), (9, 6, 2));
        assert_eq!(merged.latency.len(), 2);
        assert_eq!(counter.get(key, start(60)), None);
        assert_eq!(counter.get(key, start(120)), Some(&outcomes(6, 1)));
        assert_eq!(counter.get(key, Bucket::Total), Some(&outcomes(9, 1)));
    }
}
