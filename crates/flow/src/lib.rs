//! Trace rules: attempts judged from the shape of their traces.
//!
//! Groups facts by trace, closes a trace 10 s after its root ended or at most 60 s after its first span, and derives one fact for the attempt
//! that it was. Knows no wire format and no clock: the caller says what time it is, in the time of the events when reading files. Spans are
//! counted by nobody here; the derived facts are counted like all others.

mod closed;
mod course;
mod rules;
mod trace;
mod traces;
mod wanted;

pub use closed::{Attempt, Closed, Derived, Incomplete, Root, Shape, Verdict};
pub use course::Course;
pub use rules::TraceRules;
pub use traces::{TraceStats, Traces};
