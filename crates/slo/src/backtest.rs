//! Backtests: what alerts and budgets would have been on recorded counts, minute after minute, through the evaluator that a server uses.
//!
//! A [`History`] is made of [`Arrival`]s from any source. [`Replay`] goes through it once for any number of [`Column`]s: an SLO as it is, and as it might
//! be, of which [`Change`] makes one. What comes out is told by [`Replayed`], asks of people what [`Load`] says, and is compared with what was truly wrong by
//! [`Detection`]. Knows no files and no clock; called by the binary and by the API.

mod change;
mod episode;
mod history;
mod load;
mod onset;
mod replay;
mod truth;

pub use change::{Change, ChangeError};
pub use episode::Episode;
pub use history::{Arrival, History};
pub use load::Load;
pub use replay::{Column, Past, Replay, Replayed, WorstPoint};
pub use truth::{Detection, Found, Judged};

#[cfg(test)]
mod tests;
