//! An SLO as it is evaluated.

use crate::calendar::UnknownZone;
use crate::{Alerts, Counting, Exclusions, IndicatorIndex, Slo, WindowKey};
use milepost_model::{DurationNs, Minute, Target};

/// What of an SLO decides its numbers and alerts.
#[derive(Clone, Debug)]
pub struct Subject {
    pub(super) indicator: IndicatorIndex,
    pub(super) since: Minute,
    pub(super) target: Target,
    pub(super) window: WindowKey,
    /// The length of the window; of a calendar the shortest.
    pub(super) shortest: DurationNs,
    pub(super) counting: Counting,
    pub(super) alerts: Alerts,
    exclusions: Exclusions,
}

impl Subject {
    /// An SLO whose indicator has a history since a minute.
    pub fn new(slo: &Slo, indicator: IndicatorIndex, since: Minute) -> Result<Self, UnknownZone> {
        Ok(Self {
            indicator,
            since,
            target: slo.target,
            window: WindowKey::of(&slo.window)?,
            shortest: slo.window.shortest(),
            counting: Counting::of(slo)?,
            alerts: slo.alerts.clone(),
            exclusions: Exclusions::default(),
        })
    }

    /// Without the minutes that corrections take out.
    #[must_use]
    pub fn without(mut self, exclusions: Exclusions) -> Self {
        self.exclusions = exclusions;
        self
    }

    pub(super) fn exclusions(&self) -> Option<&Exclusions> {
        Some(&self.exclusions).filter(|exclusions| !exclusions.is_empty())
    }
}
