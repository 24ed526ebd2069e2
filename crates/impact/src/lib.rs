//! How bad an incident is and how important a part is: severity policies, the criticality that they imply, and what services inherit.
//!
//! Pure functions over the product model: knows no telemetry, clock or storage. Which criticality is declared is known by the model; here is
//! what follows from it.
#![deny(missing_docs)]

mod implied;
mod inherited;
mod policy;
mod scope;
mod threshold;

pub use implied::{Implications, Implied};
pub use inherited::{Inheritance, Inherited};
pub use policy::{SeverityPolicy, SeverityRule, SignOff};
pub use scope::{Scope, Subject};
pub use threshold::{Threshold, ThresholdError};
