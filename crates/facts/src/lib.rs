//! The fact: one annotated event, in columns.
//!
//! Owns the columns in memory and as Arrow, the names behind their ids, the evaluation of expressions, counting, latency sketches, slices and harm. Knows
//! no wire format: `ingest` fills a [`FactBuilder`], `flow` adds the facts that it derives, and everything that is shown is counted from
//! [`FactBatch`]es and from nothing else.

mod attempts;
mod batch;
mod columns;
mod encoded;
mod evaluate;
mod harm;
mod indicators;
mod kpis;
mod names;
pub mod packed;
mod record;
mod renaming;
mod secrets;
mod sketch;
mod slices;
mod steps;
mod tables;
mod traced;

pub use attempts::{Attempts, Seen, TimeSpan};
pub use batch::{Fact, FactBatch, FactBuilder, TraceId};
pub use columns::{Kind, Role, Source};
pub use evaluate::Program;
pub use harm::{Errors, Harm, HarmCounter, TracedAttempt};
pub use indicators::IndicatorCounter;
pub use kpis::{KpiCounter, KpiPlan, KpiSum, MovedKpi};
pub use names::{NameId, Names};
pub use record::{NotFactColumns, to_record_batch};
pub use renaming::{Moved, NewNames, Renaming, Told};
pub use secrets::is_credential;
pub use sketch::Sketch;
pub use slices::{Explanation, Slice, SliceColumn, SliceCounter};
pub use steps::{Bucket, Outcomes, StepCounter, StepKey};
pub use tables::NameTables;
pub use traced::{AttemptsWithErrors, ErrorsByTrace, TracedErrors};
