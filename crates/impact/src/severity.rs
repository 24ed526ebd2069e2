//! Severity while it happens: which rules of the policy hold for which steps, raised and lowered with their reasons.
//!
//! Whoever counts gives the [`Impact`](crate::Impact) of each step over both windows, as often as it likes; a [`Judge`] remembers what is over and since when. Knows
//! no clock: time comes in.

mod explanation;
mod judge;
mod latch;
mod measured;
mod plan;

pub use explanation::{Explanation, KpiLine, RuleLine, WindowLine, reason};
pub use judge::{Evidence, Judge, KpiEvidence, SeverityChange, Verdict};
pub use latch::{LOWERED_AFTER, Latch, Lowering, RAISED_AFTER};
pub use plan::{Judged, Members, Moved, SeverityPlan};

#[cfg(test)]
mod tests;
