//! Incidents: what is hit becomes one for each cause, kept as events, told to whoever should act.
//!
//! ```text
//! severity board ──> Watch: steps hit, causes, suspects, alerts ─┐
//! people, by API and commands ───────────────────────────────────┴─> IncidentBook: journal on the disk, then seen ──> API, events, notify
//! ```
//!
//! What is an incident, and what becomes of it, is decided by [`milepost_impact::incident`]. Here is what it is told, and that nothing is seen before it is
//! durable.

mod book;
mod explained;
mod failing;
mod hit;
mod stored;
mod watch;
mod words;

pub(crate) use book::Known;
pub use book::{ChangeError, IncidentBook};
pub(crate) use watch::{Watch, is_told_by_page};
pub(crate) use words::{Words, author, ended_at, route_of};
