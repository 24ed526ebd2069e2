//! How bad an incident is and how important a part is: severity policies, the criticality that they imply, and what services inherit; what traffic to
//! expect, how much of it is hit, the severity that follows, incidents, what may have caused them, and what failing attempts have in common.
//!
//! Pure functions and state machines over the product model: knows no telemetry, clock or storage. Counts and times come in as values. What is expected
//! ([`Baseline`]) and what was seen give an [`Impact`] for each step and [`Window`]; a [`Judge`](severity::Judge) makes levels of those by the [`SeverityPolicy`];
//! what is raised becomes [`incident`]s, one for each cause. Which criticality is declared is known by the model; here is what follows from it.
#![deny(missing_docs)]

mod attempts;
pub mod attribution;
mod baseline;
mod impact;
mod implied;
pub mod incident;
mod inherited;
mod kpi;
mod loss;
mod policy;
mod scope;
pub mod severity;
pub mod suspect;
mod threshold;
mod trouble;

pub use attempts::Attempts;
pub use baseline::{Baseline, BaselineSnapshot, Error, Expected, Forecast, Maturity, Pairs, Window};
pub use impact::{Impact, Seen, Tolerated};
pub use implied::{Implications, Implied};
pub use inherited::{Inheritance, Inherited};
pub use kpi::{KpiImpact, KpiPart, KpiSeen, KpiWindow, LostKpi, Values, Worth, about};
pub use loss::{Loss, LossMinute, Lost};
pub use policy::{SeverityPolicy, SeverityRule, SignOff};
pub use scope::{Scope, Subject};
pub use threshold::{Threshold, ThresholdError};
pub use trouble::Trouble;
