//! Backtests: what alerts and budgets would have been on recorded counts, minute after minute, through the evaluator that a server uses.
//!
//! A [`History`] is made of [`Arrival`]s from any source. [`Replay`] goes through it once for any number of [`Column`]s: an SLO as it is, and as it might
//! be. What comes out is told by [`Replayed`], and compared with what was truly wrong by [`Detection`]. Knows no files and no clock; called by the binary.

mod episode;
mod history;
mod onset;
mod replay;
mod truth;

pub use episode::Episode;
pub use history::{Arrival, History};
pub use replay::{Column, Past, Replay, Replayed, WorstPoint};
pub use truth::{Detection, Found, Judged};

#[cfg(test)]
mod tests;
