//! SLOs in `/metrics`: what is spent of their error budgets, and whether they are burning.

use super::family::{Family, Kind, Value};
use crate::shared::Shared;
use milepost_slo::{Fraction, Slo, Urgency};

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

fn labels(slo: &Slo) -> [(&'static str, &str); 4] {
    let path = &slo.indicator.path;
    [
        ("product", slo.product.as_str()),
        ("objective", path.objective.as_ref().map_or("", |objective| objective.as_str())),
        ("step", path.step.as_str()),
        ("slo", slo.name.as_str()),
    ]
}
