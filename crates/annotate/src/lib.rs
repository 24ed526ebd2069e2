//! Which step a request serves.
//!
//! Owns the wire form of the annotation, the editing of W3C baggage and the compiled server-side rules. Knows no
//! telemetry format and no async: readers fill [`Slots`] by a [`FieldPlan`], and rules look at nothing else.
#![deny(missing_docs)]

mod annotator;
mod baggage;
mod compile;
mod conflict;
mod event;
mod field;
mod operations;
#[cfg(test)]
mod oracle;
mod pattern;
mod routes;
mod rule;
mod wire;
mod words;

pub use annotator::{Annotated, Annotator, Claim, Declarations, Origin, Scratch, Trust};
pub use baggage::{Baggage, Dropped, MAX_BAGGAGE_BYTES, MAX_BAGGAGE_MEMBERS, read_baggage, write_baggage};
pub use conflict::{Conflict, conflicts, trace_conflicts};
pub use field::{FieldPlan, Slot, Slots, Value, Wanted};
pub use operations::{Operations, observed_action};
pub use pattern::{PatternError, TextPattern};
pub use rule::{Confidence, Predicate, Rule, Scope, StepChoice, Subject, Test, TraceRule};
pub use wire::{Annotation, AnnotationRef, Cohort, InteractionId, WireError, WireField};
