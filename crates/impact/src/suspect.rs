//! What may have caused an incident: changes and operations, ranked by time and by reach.
//!
//! Association, and never more: a change shortly before, that reaches the steps which are hit and few others, is where to look first. What explains failures
//! best by their own properties (error signatures, slices) is worked out elsewhere, and comes into an incident as a [`Suspicion`](crate::incident::Suspicion).

mod change;
mod operation;
mod reach;
mod versions;

pub use change::{Change, ChangeKind, ChangeSuspect, FURTHEST_BACK, HALF_LIFE, rank_changes};
pub use operation::{FailingOperation, OperationSuspect, rank_operations};
pub use reach::Reach;
pub use versions::{ABSENT_AFTER, KnownVersion, Sighting, VersionChange, VersionChangeKind, Versions};

use milepost_model::Share;

/// How well what something reaches fits the steps that are hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fit {
    /// Steps that it reaches and that are hit.
    pub hit: usize,
    /// Steps that it reaches.
    pub reached: usize,
    /// Steps that are hit.
    pub all_hit: usize,
}

impl Fit {
    /// The share of the hit steps that it reaches.
    pub fn coverage(self) -> Share {
        share(self.hit as u64, self.all_hit as u64)
    }

    /// The share of the steps it reaches that are hit.
    pub fn precision(self) -> Share {
        share(self.hit as u64, self.reached as u64)
    }

    /// `coverage x precision`, exact: what orders suspects by reach.
    pub fn score(self) -> Share {
        let hit = self.hit as u64;
        share(hit * hit, (self.reached * self.all_hit) as u64)
    }
}

fn share(part: u64, whole: u64) -> Share {
    part.saturating_mul(Share::WHOLE.nanos()).checked_div(whole).and_then(Share::from_nanos).unwrap_or(Share::ZERO)
}

#[cfg(test)]
mod tests;
