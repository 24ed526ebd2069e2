//! Attribution as it is told: what explains failing steps, and what failing operations did.

mod page;
mod words;

pub(crate) use page::page;

use milepost_server::attribution::{ExplanationBody, HarmBody};
use serde::Serialize;

/// What was found of a time.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Attributed {
    /// The time that was asked for; null where it is open.
    pub(crate) from: Option<String>,
    pub(crate) to: Option<String>,
    /// Facts that were gone through.
    pub(crate) facts: u64,
    /// Whether all errors could be joined with the attempts of their traces; not where there were too many.
    pub(crate) has_all_errors: bool,
    /// Steps that failed, or the one that was asked for.
    pub(crate) steps: Vec<ExplanationBody>,
    /// Operations that failed, the most harmful first, or the one that was asked for.
    pub(crate) operations: Vec<HarmBody>,
}
