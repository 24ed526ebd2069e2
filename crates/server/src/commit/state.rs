//! What a checkpoint says beside what is in the minute log.

use super::dedupe::KeptDedupe;
use crate::counts::Imported;
use crate::intake::FileOffset;
use milepost_store::Lsn;
use milepost_store::minutes::Lengths;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Which version of the registry was activated by which record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Activation {
    /// The record; it does not say so itself.
    #[serde(default)]
    pub(crate) lsn: u64,
    /// Counts activations, from 1.
    pub(crate) number: u64,
    /// The documents, by their hash.
    pub(crate) digest: String,
}

/// The contents of a checkpoint. Fields are only ever added, with a default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct CheckpointContents {
    /// The last activations, as far back as the log may reach.
    pub(crate) activations: Vec<Activation>,
    /// When facts were received last, in nanoseconds since 1970.
    pub(crate) received_at: Option<i64>,
    /// When facts were received last of services that the registry names, in nanoseconds since 1970.
    pub(crate) sources: BTreeMap<String, i64>,
    /// The newest event counted, in nanoseconds since 1970.
    pub(crate) newest: Option<i64>,
    /// All that was ever counted, by the number of the series.
    pub(crate) totals: Vec<(u32, [u64; 5])>,
    /// How long the files of the minute log are.
    pub(crate) minutes: Lengths,
    /// How far followed files were read.
    pub(crate) offsets: BTreeMap<String, FileOffset>,
    /// How far indicators are imported, by id.
    pub(crate) imported: BTreeMap<String, Imported>,
    /// A start reads the log after this, for the traces that were open; all of it where that is not said.
    pub(crate) read_after: Option<u64>,
    /// What was counted, by fingerprints; only the log knows where they are not named.
    pub(crate) fingerprints: Option<KeptDedupe>,
}

impl CheckpointContents {
    /// Most activations kept: far more than happen while the log is kept.
    pub(crate) const MAX_ACTIVATIONS: usize = 256;

    /// After which record the log is read by who has all of this.
    pub(crate) fn read_after(&self, lsn: Lsn) -> Lsn {
        self.read_after.map_or(lsn, Lsn).min(lsn)
    }

    /// The version that was active at a record.
    pub(crate) fn active_at(&self, lsn: Lsn) -> Option<&Activation> {
        self.activations.iter().rev().find(|activation| activation.lsn <= lsn.0).or(self.activations.first())
    }
}
