//! Changes as suspects: what was deployed, switched or configured shortly before, and reaches what is hit.

use super::{Fit, Reach};
use milepost_model::{DurationNs, Name, Operation, Timestamp};
use std::collections::BTreeSet;

/// Something that was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What tells it from others.
    pub id: String,
    /// When it began to take effect.
    pub at: Timestamp,
    /// When it had taken effect everywhere, or was taken back, where that is known.
    pub end: Option<Timestamp>,
    /// What kind of change.
    pub kind: ChangeKind,
    /// What was changed, in words.
    pub title: String,
    /// The services that it changes.
    pub services: Vec<Name>,
    /// The operations that it changes; without any service or operation it may have changed everything.
    pub operations: Vec<Operation>,
}

impl Change {
    /// How long before `began` it took effect: from its end where that had come, else from its beginning; none when it came later.
    fn before(&self, began: Timestamp) -> Option<DurationNs> {
        let latest = [self.end, Some(self.at)].into_iter().flatten().find(|at| *at <= began.plus(LATE));
        latest.map(|at| began.since(at))
    }
}

/// A kind of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChangeKind {
    /// Somebody has said that something was deployed.
    Deploy,
    /// A feature flag.
    Flag,
    /// Configuration.
    Configuration,
    /// A version of a service appeared in telemetry that had not been there, or was gone.
    Version,
    /// Anything else.
    Other,
}

impl ChangeKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::Deploy, Self::Flag, Self::Configuration, Self::Version, Self::Other];

    /// The name in the API and on pages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deploy => "deploy",
            Self::Flag => "flag",
            Self::Configuration => "configuration",
            Self::Version => "version",
            Self::Other => "other",
        }
    }
}

/// A change that may have caused an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeSuspect<'c> {
    /// The change.
    pub change: &'c Change,
    /// How long before the incident began it took effect; zero for what came up to two minutes later.
    pub before: DurationNs,
    /// How well what it reaches fits the steps that are hit.
    pub fit: Fit,
    /// `coverage x precision x 2^(-before / 30 min)`, in 1e-9.
    pub score: u64,
}

/// After so long a change is half as suspect: most incidents that a change causes are seen within minutes, those of caches and slow rollouts within hours.
pub const HALF_LIFE: DurationNs = DurationNs::from_seconds(30 * 60);
/// Changes longer ago are not looked at.
pub const FURTHEST_BACK: DurationNs = DurationNs::from_seconds(24 * 3_600);
/// What is seen of an incident may begin before what a slower source tells of its cause.
const LATE: DurationNs = DurationNs::from_seconds(120);

/// The changes that reach a hit step and took effect in the day before an incident began, the most suspect first; of equals the later, then by id.
pub fn rank_changes<'c>(
    changes: impl IntoIterator<Item = &'c Change>,
    reach: &Reach,
    hit: &BTreeSet<Name>,
    began: Timestamp,
) -> Vec<ChangeSuspect<'c>> {
    let suspect = |change: &'c Change| {
        let before = change.before(began).filter(|before| *before <= FURTHEST_BACK)?;
        let fit = reach.fit_change(&change.services, &change.operations, hit);
        let halves = before.nanos() as f64 / HALF_LIFE.nanos() as f64;
        let score = (fit.score().nanos() as f64 * (-halves).exp2()) as u64;
        (fit.hit > 0).then_some(ChangeSuspect { change, before, fit, score })
    };
    let mut suspects: Vec<_> = changes.into_iter().filter_map(suspect).collect();
    suspects.sort_by(|a, b| (b.score, b.change.at, &a.change.id).cmp(&(a.score, a.change.at, &b.change.id)));
    suspects
}
