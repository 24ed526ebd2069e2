//! An SLO in the words of a backtest.

use crate::imported;
use milepost_server::ImportedSlo;
use milepost_slo::{Slo, minutes_of};

/// An SLO as a backtest tells of it, whoever counts it.
#[derive(Clone, Debug)]
pub(crate) struct Tried {
    /// The heading of its column.
    pub(crate) column: String,
    pub(crate) product: String,
    pub(crate) slo: String,
    pub(crate) step: String,
    pub(crate) sli: String,
    pub(crate) target: String,
    pub(crate) window: String,
    pub(crate) window_minutes: u64,
    pub(crate) alerts: Vec<String>,
}

impl Tried {
    /// An SLO of the registry's own.
    pub(crate) fn of(slo: &Slo, column: String) -> Self {
        Self {
            column,
            product: slo.product.to_string(),
            slo: slo.name.to_string(),
            step: slo.indicator.path.to_string(),
            sli: slo.indicator.sli.to_string(),
            target: slo.target.to_string(),
            window: slo.window.to_string(),
            window_minutes: minutes_of(slo.window.shortest()),
            alerts: slo.alerts.tiers.iter().map(ToString::to_string).collect(),
        }
    }

    /// One of an OpenSLO document.
    pub(crate) fn of_imported(slo: &ImportedSlo<'_>, column: String) -> Self {
        let binding = slo.slo.binding.as_ref();
        Self {
            column,
            product: binding.map(|binding| binding.product.to_string()).unwrap_or_default(),
            slo: slo.name.clone(),
            step: binding.map(|binding| binding.path.to_string()).unwrap_or_default(),
            sli: imported::promise(slo),
            target: slo.objective.target.to_string(),
            window: slo.slo.window.to_string(),
            window_minutes: minutes_of(slo.slo.window.shortest()),
            alerts: slo.alerts.tiers.iter().map(ToString::to_string).collect(),
        }
    }
}
