//! Trace rules: attempts judged from the shape of their traces.
//!
//! Groups facts by trace, closes a trace when it has been quiet long enough, and derives one fact for the attempt that it was. Knows no wire
//! format and no clock: the caller says what time it is, in the time of the events when reading files. Spans are counted by nobody here; the
//! derived facts are counted like all others.

mod rules;
mod trace;
mod traces;

pub use rules::TraceRules;
pub use trace::{Attempt, Closed, Derived, Incomplete, Root, Verdict};
pub use traces::{TraceStats, Traces};
