//! Burn alerts of objectives of OpenSLO documents, under labels like those of other SLOs.

use super::alert::{Alert, ENDED_TOLD, rounded};
use crate::evaluate::{Board, OpenStanding};
use crate::prometheus::{OpenJudged, Source, judged};
use milepost_model::Timestamp;
use milepost_registry::Registry;
use milepost_slo::{Phase, Urgency};
use std::collections::BTreeMap;

/// Adds those that fire, and those that have ended lately.
pub(super) fn add_alerts(
    alerts: &mut BTreeMap<String, Alert>,
    registry: &Registry,
    sources: &[Source],
    board: &Board,
    now: Timestamp,
) {
    for (judged, standing) in judged(registry, sources).iter().zip(&board.open) {
        let Some(standing) = standing else { continue };
        for urgency in Urgency::ALL {
            if let Some(times) = burning(judged, standing, urgency, now)
                && let Some(alert) = of_objective(judged, standing, urgency, times)
            {
                let product = judged.binding().map(|binding| binding.product.to_string()).unwrap_or_default();
                alerts.insert(format!("openslo/{product}/{}/{}", judged.name, urgency.as_str()), alert);
            }
        }
    }
}

/// Since when tiers of an urgency fire that no tier of another tells of, or when the last of them ended.
fn burning(
    judged: &OpenJudged<'_>,
    standing: &OpenStanding,
    urgency: Urgency,
    now: Timestamp,
) -> Option<(Timestamp, Option<Timestamp>)> {
    let all = &judged.alerts.tiers;
    let of_urgency = || all.iter().zip(standing.alerts.tiers()).filter(|(tier, _)| tier.urgency == urgency);
    let is_told = |by: Option<usize>| by.is_some_and(|tier| all[tier].urgency != urgency);
    let firing = of_urgency().filter_map(|(_, state)| match state.phase {
        Phase::Firing { since } if !is_told(state.inhibited_by) => Some(since),
        _ => None,
    });
    if let Some(since) = firing.min() {
        return Some((since, None));
    }
    let ended = of_urgency().filter_map(|(_, state)| match state.phase {
        Phase::Resolved { at } if now.since(at) <= ENDED_TOLD => Some(at),
        _ => None,
    });
    ended.max().map(|at| (at, Some(at)))
}

fn of_objective(
    judged: &OpenJudged<'_>,
    standing: &OpenStanding,
    urgency: Urgency,
    (starts_at, ended_at): (Timestamp, Option<Timestamp>),
) -> Option<Alert> {
    let binding = judged.binding()?;
    let mut labels = BTreeMap::from([
        ("alertname", "ErrorBudgetBurn".to_owned()),
        ("product", binding.product.to_string()),
        ("step", binding.path.step.to_string()),
        ("slo", judged.name.clone()),
        ("severity", urgency.as_str().to_owned()),
        ("method", binding.method.as_str().to_owned()),
        ("class", "any".to_owned()),
        ("source", "prometheus".to_owned()),
    ]);
    if let Some(objective) = &binding.path.objective {
        labels.insert("objective", objective.to_string());
    }
    let spent = standing.budget.spent().map_or_else(|| "nothing".to_owned(), rounded);
    let title = &judged.slo.title;
    let summary = format!("{}: the error budget of {title} burns too fast", binding.path.step);
    let description = format!("{} of {title}: {spent} of the error budget is spent.", judged.objective.target);
    let annotations = BTreeMap::from([("summary", summary), ("description", description)]);
    Some(Alert { labels, annotations, starts_at, ended_at })
}
