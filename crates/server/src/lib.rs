//! The live server: telemetry in, exact counts out.
//!
//! Requests are received ([`receive`]), their bytes reserved from one budget ([`Budget`]), decoded and annotated by a few threads
//! ([`Intake`]), and committed by one: it writes them to the log of `milepost-store`, makes them durable, counts them, and only then
//! answers them. What can be seen (the HTTP API, `/metrics`) is read from the counts of what is durable. Knows no SQL.

pub mod auth;
pub mod receive;

mod budget;
mod intake;
mod version;
mod worker;

pub use budget::{Budget, Reservation};
pub use intake::{Intake, Job, Payload, Receipt, Refusal, Reply, RequestKey, Submission};
pub use version::{Version, Versions};
