//! What was counted: by series and minute, exact, and only of what is durable.
//!
//! [`Counts`] holds the last hours in memory, what was counted since the last checkpoint, and the totals of all time; what is older is read from the
//! minute log. [`Counter`] says which series the facts of one registry version add to. Who reads takes a read lock, briefly.

mod asked;
mod causes;
mod counter;
mod heard;
mod history;
mod imported;
mod keep;
mod key;
mod past;
mod query;
mod room;
mod sources;

pub use counter::Counter;
pub use heard::heard_seconds;
pub(crate) use history::INDICATOR;
pub(crate) use imported::{Import, Imported};
pub use keep::Counts;
pub(crate) use keep::{Heard, LATENCY_HOURS};
pub use key::{SeriesKey, StepSeries};
pub(crate) use past::{Past, PastError, Then};
pub use query::{Answer, Completed, Part, Resolution};
pub use room::CountBounds;
pub(crate) use sources::{Sign, Sources};

/// The numbers of one series in one minute. What they are is the series' matter: see [`SeriesKey`].
pub type Cell = [u64; milepost_store::minutes::VALUES];

/// Adds one cell to another.
pub(crate) fn add(to: &mut Cell, more: &Cell) {
    for (to, more) in to.iter_mut().zip(more) {
        // Not even the largest amounts of KPIs come near, as a rule.
        *to = to.saturating_add(*more);
    }
}
