//! Targets that make sense: what a history supports, with what confidence, and what the criticality of a step asks for.
//!
//! An [`Evidence`] is what an indicator has counted, minute by minute. Its [`Sample`] is what it is worth: failures come in bursts, so that a
//! million attempts may say no more than ten thousand would that fail each by itself. A [`Sample`] decides each target by an exact binomial test; [`Advice`] puts
//! that beside what is asked for. Integers and exact fractions up to the probability itself. Knows no telemetry; called by the binary.

mod advice;
mod asked;
mod binomial;
mod evidence;
mod finding;
mod sample;

pub use advice::{Advice, Candidate, LADDER, Reason, Standing};
pub use asked::Asked;
pub use binomial::at_most;
pub use evidence::{Evidence, Windows};
pub use finding::{Finding, Promise, findings};
pub use sample::{Confidence, Sample};

#[cfg(test)]
mod tests;
