//! One rule at one step over time: raised when it has been over for 30 s, lowered when it has been well under for 10 minutes.

use milepost_model::{DurationNs, Timestamp};

/// How long a rule must be over: in two evaluations so far apart, and in all between.
pub const RAISED_AFTER: DurationNs = DurationNs::from_seconds(30);
/// How long the point estimate must stay under 0.8 times the threshold.
pub const LOWERED_AFTER: DurationNs = DurationNs::from_seconds(600);

/// Where a rule is at a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Latch {
    /// It does not hold.
    #[default]
    Quiet,
    /// It is over, and not yet for long enough.
    Pending {
        /// When that was first seen.
        since: Timestamp,
    },
    /// It holds.
    Raised {
        /// When it was raised.
        since: Timestamp,
        /// Since when the point estimate is well under the threshold, if it is.
        under_since: Option<Timestamp>,
    },
}

/// What an evaluation shows of a rule that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lowering {
    /// The point estimate is under 0.8 times the threshold.
    WellUnder,
    /// It is not.
    No,
}

impl Latch {
    /// Whether the rule holds.
    pub fn is_raised(self) -> bool {
        matches!(self, Self::Raised { .. })
    }

    /// What it is after an evaluation.
    #[must_use]
    pub fn next(self, now: Timestamp, is_over: bool, lowering: Lowering) -> Self {
        match (self, is_over) {
            (Self::Quiet, true) => Self::Pending { since: now },
            (Self::Quiet | Self::Pending { .. }, false) => Self::Quiet,
            (Self::Pending { since }, true) if now.since(since) < RAISED_AFTER => self,
            (Self::Pending { .. }, true) => Self::Raised { since: now, under_since: None },
            (Self::Raised { since, under_since }, _) => match lowering {
                Lowering::No => Self::Raised { since, under_since: None },
                Lowering::WellUnder => {
                    let under = under_since.unwrap_or(now);
                    let is_lowered = now.since(under) >= LOWERED_AFTER;
                    if is_lowered { Self::Quiet } else { Self::Raised { since, under_since: Some(under) } }
                }
            },
        }
    }

    /// What it is while nobody can see: nothing is raised or lowered, and the time does not count.
    #[must_use]
    pub fn frozen(self) -> Self {
        match self {
            Self::Quiet | Self::Pending { .. } => Self::Quiet,
            Self::Raised { since, .. } => Self::Raised { since, under_since: None },
        }
    }
}
