//! What was deployed, switched and configured: told by whoever does it, and seen by the versions of services in telemetry.
//!
//! ```text
//! API (POST) ──> Draft: all mistakes at once ──> Changes::add ──> journal, durable ──> lists, suspects, events
//! commit ──> Changes::see ──> watch, each second: Versions ──────────^
//! ```
//!
//! A change is known for over a year, as the minutes are that it is laid over. What it may have caused is worked out when it is asked for
//! ([`Changes::suspects`]): association by time and reach, and never more.

mod change;
mod draft;
mod kept;
mod ledger;
mod versions;
mod watch;

pub use change::Change;
pub(crate) use draft::{Context, Mistake, read};
pub use ledger::{AddError, Changes, Suspected};
pub(crate) use ledger::{Added, is_deploy_of};
pub(crate) use watch::run;

use milepost_model::DurationNs;

/// As long as minutes are kept.
pub(crate) const KEPT: DurationNs = DurationNs::from_seconds(400 * 86_400);
/// Most changes that are known, the oldest are let go of first: fifty a day for as long as they are kept, at about a kilobyte.
const MOST_KEPT: usize = 20_000;
