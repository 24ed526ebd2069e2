//! Attribution: what failing attempts have in common, scored and told apart from chance.
//!
//! A [`Tally`] counts attempts; an [`Association`] is how a slice of them goes with failure; [`pairs`] finds the slices of two values that tell more than
//! either value does. Association, and never more: what is told is where to look first. Knows no telemetry: who counts gives numbers, and names them.

mod association;
mod chance;
mod most;
mod pairs;

pub use association::{Association, Range, Strength};
pub use chance::chance;
pub use most::is_most;
pub use pairs::{Combination, Pair, Value, pairs};

/// Attempts, and how many of them failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Tally {
    /// Attempts that count.
    pub attempts: u64,
    /// Of those, failed.
    pub failed: u64,
}

impl Tally {
    /// Counts an attempt.
    pub fn count(&mut self, failed: bool) {
        self.attempts += 1;
        self.failed += u64::from(failed);
    }

    /// Adds those of another.
    pub fn add(&mut self, other: Self) {
        self.attempts += other.attempts;
        self.failed += other.failed;
    }
}

/// Fewer failed attempts than this have nothing in common that could not be chance.
pub const MIN_FAILED: u64 = 3;

#[cfg(test)]
mod tests;
