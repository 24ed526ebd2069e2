//! An SLO as it is evaluated.

use crate::calendar::UnknownZone;
use crate::{AlertForm, Alerts, Budgeting, Counting, Exclusions, IndicatorIndex, SliType, Slo, Window, WindowKey};
use milepost_model::{DurationNs, Minute, Target};

/// What of an SLO decides its numbers and alerts.
#[derive(Clone, Debug)]
pub struct Subject {
    pub(crate) indicator: IndicatorIndex,
    pub(crate) since: Minute,
    pub(crate) target: Target,
    pub(crate) window: WindowKey,
    /// The length of the window; of a calendar the shortest.
    pub(crate) shortest: DurationNs,
    pub(crate) counting: Counting,
    pub(crate) alerts: Alerts,
    exclusions: Exclusions,
}

/// What an SLO promises of its indicator, and how it is judged.
#[derive(Clone, Debug)]
pub struct Terms {
    /// The share that must be good.
    pub target: Target,
    /// The time over which.
    pub window: Window,
    /// What is counted.
    pub sli: SliType,
    /// What the share is of.
    pub budgeting: Budgeting,
    /// When somebody is told.
    pub alerts: Alerts,
}

impl Terms {
    /// The terms of an SLO.
    pub fn of(slo: &Slo) -> Self {
        Self {
            target: slo.target,
            window: slo.window.clone(),
            sli: slo.indicator.sli,
            budgeting: slo.budgeting,
            alerts: slo.alerts.clone(),
        }
    }
}

impl Subject {
    /// An SLO whose indicator has a history since a minute.
    pub fn new(terms: &Terms, indicator: IndicatorIndex, since: Minute) -> Result<Self, UnknownZone> {
        let window = (WindowKey::of(&terms.window)?, terms.window.shortest());
        let subject = Self::from_parts((indicator, since), terms.target, window, Counting::of_terms(terms)?);
        Ok(Self { alerts: terms.alerts.clone(), ..subject })
    }

    /// With no alerts, over a window whose shortest length is told.
    pub(crate) fn from_parts(
        (indicator, since): (IndicatorIndex, Minute),
        target: Target,
        (window, shortest): (WindowKey, DurationNs),
        counting: Counting,
    ) -> Self {
        let alerts = Alerts { form: AlertForm::default(), tiers: Vec::new() };
        Self { indicator, since, target, window, shortest, counting, alerts, exclusions: Exclusions::default() }
    }

    /// With a history since another minute.
    #[must_use]
    pub(crate) fn since(mut self, since: Minute) -> Self {
        self.since = since;
        self
    }

    /// With other burn alerts.
    #[must_use]
    pub fn with_alerts(mut self, alerts: Alerts) -> Self {
        self.alerts = alerts;
        self
    }

    /// Without the minutes that corrections take out.
    #[must_use]
    pub fn without(mut self, exclusions: Exclusions) -> Self {
        self.exclusions = exclusions;
        self
    }

    pub(crate) fn exclusions(&self) -> Option<&Exclusions> {
        Some(&self.exclusions).filter(|exclusions| !exclusions.is_empty())
    }
}
