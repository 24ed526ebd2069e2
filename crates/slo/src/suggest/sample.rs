//! What a history is worth: events that fail each by itself, and what they say of a target.

use super::binomial::at_most;
use crate::interval::to_f64;
use milepost_model::{Share, Target};

/// How sure one wants to be, one-sided: above half, and less than the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Confidence(Share);

impl Confidence {
    /// What is usual: wrong once in twenty.
    pub const USUAL: Self = Self(Share::from_percent(95));

    /// A share as a confidence; `None` for one that is not above half and below the whole.
    pub fn new(share: Share) -> Option<Self> {
        (share > Share::from_percent(50) && share < Share::WHOLE).then_some(Self(share))
    }

    /// As a share.
    pub fn share(self) -> Share {
        self.0
    }

    /// How probable it may be to be wrong.
    pub(super) fn doubt(self) -> f64 {
        to_f64(Share::WHOLE.nanos() - self.0.nanos()) / to_f64(Share::WHOLE.nanos())
    }
}

/// Events that fail each by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// All.
    pub valid: u64,
    /// The bad ones.
    pub bad: u64,
}

impl Sample {
    /// Whether the target is kept: if just as many were bad as it allows, so few would be seen too rarely. The test of Clopper and Pearson, 1934.
    pub fn supports(self, target: Target, confidence: Confidence) -> bool {
        self.valid > 0 && at_most(self.bad, self.valid, bad_share(target)) <= confidence.doubt()
    }

    /// Whether it is missed: if no more were bad than it allows, so many would be seen too rarely.
    pub fn rules_out(self, target: Target, confidence: Confidence) -> bool {
        let Some(fewer) = self.bad.checked_sub(1) else { return false };
        self.valid > 0 && 1.0 - at_most(fewer, self.valid, bad_share(target)) <= confidence.doubt()
    }

    /// The strictest target that is kept, in units of 1e-9; the lowest there is where none is.
    pub fn at_least(self, confidence: Confidence) -> Target {
        let (mut kept, mut open) = (1, Target::ONE);
        while open - kept > 1 {
            let middle = kept + (open - kept) / 2;
            match Target::from_nanos(middle).is_ok_and(|target| self.supports(target, confidence)) {
                true => kept = middle,
                false => open = middle,
            }
        }
        Target::from_nanos(kept).expect("between 0 and 1")
    }

    /// The most lenient target that is missed; the strictest there is where none is.
    pub fn at_most(self, confidence: Confidence) -> Target {
        let (mut open, mut missed) = (0, Target::ONE - 1);
        while missed - open > 1 {
            let middle = open + (missed - open) / 2;
            match Target::from_nanos(middle).is_ok_and(|target| self.rules_out(target, confidence)) {
                true => missed = middle,
                false => open = middle,
            }
        }
        Target::from_nanos(missed).expect("between 0 and 1")
    }
}

fn bad_share(target: Target) -> f64 {
    to_f64(target.allowed_bad_nanos()) / to_f64(Target::ONE)
}
