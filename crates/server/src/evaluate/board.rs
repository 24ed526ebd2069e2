//! What is known of SLOs as of one round, for whoever asks: whoever tells of many needs nothing but this, and waits for nobody who counts.

use crate::counts::{Heard, Imported};
use milepost_model::{Minute, Timestamp};
use milepost_slo::{AlertState, Counts, ErrorBudget};
use milepost_store::Lsn;

/// The SLOs of a registry version, in its order.
#[derive(Debug, Default)]
pub struct Board {
    /// The version's number.
    pub version: u64,
    /// When the round was; `None` before the first.
    pub at: Option<Timestamp>,
    /// Everything up to here is in it.
    pub lsn: Lsn,
    /// When something was received last, as of then.
    pub(crate) heard: Heard,
    /// What is known of each; nothing of those whose window is of an unknown time zone.
    pub standings: Vec<Option<Standing>>,
    /// What is known of each objective of OpenSLO documents; nothing of those that nobody counts.
    pub open: Vec<Option<Standing>>,
}

/// One SLO as of a round.
#[derive(Clone, Debug)]
pub struct Standing {
    /// What its window counted, and what a whole period allows.
    pub budget: ErrorBudget,
    /// The same without taking any time out.
    pub recorded: ErrorBudget,
    /// The maintenances that go on, by their places in the registry.
    pub maintenances: Vec<usize>,
    /// Since when nobody is told of its burns because of them.
    pub silent_since: Option<Timestamp>,
    /// Attempts of its step, method and class in the window; the good ones are those that were not abandoned. `None` where facts do not count it.
    pub attempts: Option<Counts>,
    /// The first minute that counted.
    pub first: Minute,
    /// The last minute of its windows: the running one, or the newest that its source has settled.
    pub last: Minute,
    /// What the long and the short window of each tier hold.
    pub burn: Vec<[Counts; 2]>,
    /// Its alerts.
    pub alerts: AlertState,
    /// Whether anything was received in the last two minutes, or its source told of minutes lately.
    pub is_alive: bool,
    /// How far it is imported, where a source counts it.
    pub(crate) imported: Option<Imported>,
}
