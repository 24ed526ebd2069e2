//! The attempts of a step by users: how many succeeded, minute by minute, and how long they took by thresholds that people promise. Exact, since
//! each attempt is compared with each threshold.

use milepost_facts::FactBatch;
use milepost_model::{ClassId, DurationNs, Minute, Outcome};
use milepost_slo::Counts;
use std::collections::BTreeMap;

/// Thresholds in milliseconds, from what nobody notices to what nobody waits for.
pub(crate) const THRESHOLDS_MS: [u64; 32] = [
    5, 10, 20, 30, 50, 75, 100, 150, 200, 250, 300, 400, 500, 600, 800, 1_000, 1_200, 1_500, 2_000, 2_500, 3_000,
    4_000, 5_000, 6_000, 8_000, 10_000, 15_000, 20_000, 30_000, 60_000, 120_000, 300_000,
];

/// Durations are kept together in so many minutes, and stand at the first of them: enough to see how slowness clusters.
const SLOT_MINUTES: i64 = 5;

/// Attempts by the first threshold that they are within; one more place for those that are within none.
type ByThreshold = [u64; THRESHOLDS_MS.len() + 1];

/// Attempts of users.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attempts {
    /// All but abandoned ones, and those that succeeded.
    pub(super) minutes: BTreeMap<Minute, Counts>,
    /// Successes and abandoned ones with a duration.
    slots: BTreeMap<i64, [ByThreshold; 2]>,
}

impl Attempts {
    pub(super) fn count(&mut self, batch: &FactBatch, rows: &[u32]) {
        for row in rows.iter().map(|row| *row as usize).filter(|row| batch.class(*row) == ClassId::new(0)) {
            let (minute, outcome) = (batch.time(row).minute(), batch.outcome(row));
            if outcome != Outcome::Abandoned {
                let good = u64::from(outcome == Outcome::Success);
                self.minutes.entry(minute).or_default().add(Counts { valid: 1, good });
            }
            let kind = match outcome {
                Outcome::Success => 0,
                Outcome::Abandoned => 1,
                Outcome::Failure | Outcome::Timeout => continue,
            };
            let Some(duration) = batch.duration(row) else { continue };
            let within = THRESHOLDS_MS.partition_point(|threshold| threshold * 1_000_000 < duration.nanos());
            let slot = minute.number().div_euclid(SLOT_MINUTES);
            self.slots.entry(slot).or_insert([[0; THRESHOLDS_MS.len() + 1]; 2])[kind][within] += 1;
        }
    }

    /// What an availability SLO counts.
    pub(crate) fn availability(&self) -> impl Iterator<Item = (Minute, Counts)> {
        self.minutes.iter().map(|(minute, counts)| (*minute, *counts))
    }

    /// What a latency SLO with the threshold of a place would have counted, each slot at its first minute.
    pub(crate) fn within(&self, place: usize) -> impl Iterator<Item = (Minute, Counts)> {
        self.slots.iter().map(move |(slot, [successes, abandoned])| {
            let good = successes[..=place].iter().sum();
            let given_up_late: u64 = abandoned[place + 1..].iter().sum();
            let counts = Counts { valid: successes.iter().sum::<u64>() + given_up_late, good };
            (Minute::new(slot * SLOT_MINUTES), counts)
        })
    }

    /// The thresholds, each with its place.
    pub(crate) fn thresholds() -> impl Iterator<Item = (usize, DurationNs)> {
        THRESHOLDS_MS.iter().map(|threshold| DurationNs::from_millis(*threshold)).enumerate()
    }
}
