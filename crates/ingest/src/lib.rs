//! Telemetry files and payloads read into facts, with limits on hostile input.

pub mod access_log;
pub mod input;
pub mod otlp;

mod arrival;
mod explain;
mod found;
mod read;
mod recorder;
mod stats;
mod versions;

pub use arrival::{Arrivals, Piece};
pub use explain::{Explanation, RuleFound, Watch};
pub use read::{LogSource, TelemetryFile};
pub use recorder::{AcceptedTimes, Recorder, Setup};
pub use stats::{Example, Stats, Unannotated};
pub use versions::SeenVersion;
