//! One thread that commits: facts into the log, durable, counted, and only then answered.
//!
//! Everything has one order here, that of the log. A group is what has come when the one before is durable, so that one `fdatasync` serves all of it. A
//! second thread writes: while a group is on its way to the disk, the next is gathered and encoded, and the one before is counted and answered. Nothing
//! that is not durable can be seen. When a group cannot be written, the one that was gathered meanwhile is refused with it.

mod checkpoint;
mod dedupe;
mod followed;
mod group;
mod log;
mod record;
mod recover;
mod replay;
mod state;
mod switch;
mod thread;
mod traces;

pub(crate) use record::FactsHeader;
pub(crate) use recover::recover;
pub use recover::{RecoverError, Recovered};
pub(crate) use state::{Activation, CheckpointContents};
pub(crate) use thread::{Message, chain};

use milepost_store::Lsn;

/// What a checkpoint says.
pub(crate) fn contents(bytes: &[u8]) -> Option<CheckpointContents> {
    serde_json::from_slice(bytes).ok()
}

/// What a record that activates a registry says.
pub(crate) fn activation(lsn: Lsn, payload: &[u8]) -> Option<Activation> {
    let activation: Activation = serde_json::from_slice(payload).ok()?;
    Some(Activation { lsn: lsn.0, ..activation })
}
