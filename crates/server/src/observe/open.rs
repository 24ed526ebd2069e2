//! Objectives of OpenSLO documents in the metrics of SLOs.

use super::family::{Family, Value};
use crate::counts::SeriesKey;
use crate::prometheus::judged;
use crate::shared::Shared;
use milepost_slo::{Fraction, Urgency};

/// Adds what is known of them to the families of SLOs: spent budgets, and alerts.
pub(super) fn add_standings(shared: &Shared, spent: &mut Family, firing: &mut Family) {
    let (version, board) = (shared.versions.current(), shared.board());
    let judged = judged(&version.setup.registry, &shared.settings.sources);
    for (judged, standing) in judged.iter().zip(&board.open) {
        let (Some(standing), Some(binding)) = (standing, judged.binding()) else { continue };
        let labels = labels(binding, &judged.name);
        if let Some(share) = standing.budget.spent() {
            spent.add(&labels, Value::Real(Fraction::to_f64(share)));
        }
        for urgency in Urgency::ALL {
            let mut tiers = judged.alerts.tiers.iter().zip(standing.alerts.tiers());
            let fires = tiers.any(|(tier, state)| tier.urgency == urgency && state.is_firing());
            let mut labels = labels.to_vec();
            labels.push(("severity", urgency.as_str()));
            firing.add(&labels, u64::from(fires));
        }
    }
}

/// Adds what each has counted, in the units of its queries: events, minutes, or billionths of minutes.
pub(super) fn add_events(shared: &Shared, events: &mut Family) {
    let version = shared.versions.current();
    let counts = shared.counts();
    for judged in judged(&version.setup.registry, &shared.settings.sources) {
        let (Ok(query), Some(binding)) = (&judged.query, judged.binding()) else { continue };
        let series = counts.series.find(&SeriesKey::Imported(query.id.clone()).text());
        let [valid, good, ..] = series.map(|series| counts.total(series)).unwrap_or_default();
        for (result, count) in [("good", good), ("bad", valid - good)] {
            let mut labels = labels(binding, &judged.name).to_vec();
            labels.extend([
                ("method", binding.method.as_str()),
                ("class", "any"),
                ("indicator", &query.id),
                ("result", result),
            ]);
            events.add(&labels, count);
        }
    }
}

fn labels<'l>(binding: &'l milepost_slo::open::Binding, slo: &'l str) -> [(&'static str, &'l str); 4] {
    [
        ("product", binding.product.as_str()),
        ("objective", binding.path.objective.as_ref().map_or("", |objective| objective.as_str())),
        ("step", binding.path.step.as_str()),
        ("slo", slo),
    ]
}
