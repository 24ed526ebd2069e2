//! The fact: one annotated event, in columns.
//!
//! Owns the columns in memory and as Arrow, the names behind their ids, the evaluation of expressions, counting, latency sketches and slices. Knows
//! no wire format: `ingest` fills a [`FactBuilder`], `flow` adds the facts that it derives, and everything that is shown is counted from
//! [`FactBatch`]es and from nothing else.

mod batch;
mod columns;
mod count;
mod evaluate;
mod names;
mod record;
mod sketch;
mod slices;

pub use batch::{Fact, FactBatch, FactBuilder, TraceId};
pub use columns::{Kind, Role, Source};
pub use count::{Attempts, Bucket, IndicatorCounter, Outcomes, Seen, StepCounter, StepKey, TimeSpan};
pub use evaluate::Program;
pub use names::{NameId, NameTables, Names};
pub use record::to_record_batch;
pub use sketch::Sketch;
pub use slices::{Slice, SliceColumn, SliceCounter};
