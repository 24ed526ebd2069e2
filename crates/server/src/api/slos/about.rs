//! What is said of an SLO whatever counts it: the registry's own, counted from facts, or of an OpenSLO document, counted by a source.

use crate::counts::SeriesKey;
use milepost_model::{DurationNs, Target};
use milepost_registry::{Promised, Registry};
use milepost_slo::{Alerts, Counting, ErrorBudgetPolicy, Method, SliType, Slo, Terms, WindowKey};

/// One SLO, without its numbers.
pub(super) struct About<'r> {
    pub(super) of: Promised<'r>,
    /// Its name; of a document with several objectives that of one of them.
    pub(super) name: String,
    pub(super) title: String,
    pub(super) method: Method,
    pub(super) class: String,
    pub(super) source: &'static str,
    pub(super) sli: &'static str,
    pub(super) threshold: Option<DurationNs>,
    pub(super) target: Target,
    pub(super) window: String,
    /// Its window, and what is counted in it; nothing of calendars that there are not.
    pub(super) counted: Option<(WindowKey, Counting)>,
    pub(super) unit: &'static str,
    /// The identity of what is counted; empty where nothing is.
    pub(super) indicator: String,
    /// What it is counted in.
    pub(super) series: SeriesKey,
    pub(super) alerts: &'r Alerts,
    pub(super) unjudged: &'r [String],
    pub(super) policy: Option<&'r ErrorBudgetPolicy>,
    /// All that counts, and what of it is good.
    pub(super) expressions: [String; 2],
}

impl<'r> About<'r> {
    /// One of the registry's own.
    pub(super) fn own(registry: &'r Registry, slo: &'r Slo) -> Self {
        let indicator = &slo.indicator;
        let id = indicator.id().to_string();
        let window = WindowKey::of(&slo.window).ok();
        Self {
            of: slo.into(),
            name: slo.name.to_string(),
            title: slo.title.clone(),
            method: indicator.method,
            class: indicator.class.to_string(),
            source: "facts",
            sli: indicator.sli.as_str(),
            threshold: match indicator.sli {
                SliType::Latency(threshold) => Some(threshold),
                _ => None,
            },
            target: slo.target,
            window: slo.window.to_string(),
            counted: window.zip(Counting::of_terms(&Terms::of(slo)).ok()),
            unit: Counting::new(indicator.sli, slo.budgeting, None).unit(),
            series: SeriesKey::Indicator(id.clone()),
            indicator: id,
            alerts: &slo.alerts,
            unjudged: &[],
            policy: registry.budget_policy(slo.into()),
            expressions: [indicator.valid.to_string(), indicator.good.to_string()],
        }
    }
}
