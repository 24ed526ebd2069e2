//! SLOs in `/metrics`: what they counted, what is spent of their error budgets, and whether they are burning.

use super::family::{Family, Kind, Value};
use crate::counts::{Counts, SeriesKey};
use crate::shared::Shared;
use milepost_slo::{Fraction, Slo, Urgency};
use std::collections::HashMap;

/// The SLOs as of the last round; nothing while their history is being read.
pub(super) fn slos(shared: &Shared, families: &mut Vec<Family>) {
    let (version, board) = (shared.versions.current(), shared.board());
    if board.at.is_none() || board.version != version.number {
        return;
    }
    let help = "The share of the error budget of a whole window that is spent.";
    let mut spent = Family::new("milepost_slo_error_budget_spent_ratio", Kind::Gauge, help);
    let help = "1 when a burn alert of the SLO fires, by how urgent it is.";
    let mut firing = Family::new("milepost_slo_alert_firing", Kind::Gauge, help);
    for (slo, standing) in version.setup.registry.slos.iter().zip(&board.standings) {
        let Some(standing) = standing else { continue };
        if let Some(share) = standing.budget.spent() {
            spent.add(&labels(slo), Value::Real(Fraction::to_f64(share)));
        }
        for urgency in Urgency::ALL {
            let mut tiers = slo.alerts.tiers.iter().zip(standing.alerts.tiers());
            let fires = tiers.any(|(tier, state)| tier.urgency == urgency && state.is_firing());
            let mut labels = labels(slo).to_vec();
            labels.push(("severity", urgency.as_str()));
            firing.add(&labels, u64::from(fires));
        }
    }
    families.extend([spent, firing]);
}

/// What each SLO has counted: no other metric knows its threshold and its expressions.
///
/// An SLO that counted nothing yet has zeros, so that its first event is an increase. What an SLO counts after an edit of its threshold or expressions is
/// another series, so that what the two have counted is no increase of either.
pub(super) fn events(slos: &[Slo], counts: &Counts) -> Family {
    let help = "Attempts that count in an SLO, good and bad ones, since the data directory was begun.";
    let mut events = Family::new("milepost_slo_events_total", Kind::Counter, help);
    let mut counted: HashMap<String, [u64; 2]> = HashMap::new();
    for (series, cell) in counts.totals() {
        if let Some(SeriesKey::Indicator(id)) = counts.series.key(series).and_then(SeriesKey::parse) {
            counted.insert(id, [cell[0], cell[1]]);
        }
    }
    for slo in slos {
        let indicator = slo.indicator.id().to_string();
        let [valid, good] = counted.get(&indicator).copied().unwrap_or_default();
        for (result, count) in [("good", good), ("bad", valid - good)] {
            let mut labels = labels(slo).to_vec();
            labels.extend([
                ("method", slo.indicator.method.as_str()),
                ("class", slo.indicator.class.as_str()),
                ("indicator", &indicator),
                ("result", result),
            ]);
            events.add(&labels, count);
        }
    }
    events
}

fn labels(slo: &Slo) -> [(&'static str, &str); 4] {
    let path = &slo.indicator.path;
    [
        ("product", slo.product.as_str()),
        ("objective", path.objective.as_ref().map_or("", |objective| objective.as_str())),
        ("step", path.step.as_str()),
        ("slo", slo.name.as_str()),
    ]
}
