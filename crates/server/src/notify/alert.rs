//! What is told of an SLO's burn: its labels, which make it one alert, and words about it.

use crate::evaluate::{Board, Standing};
use milepost_model::{DurationNs, Timestamp};
use milepost_registry::Registry;
use milepost_slo::{Fraction, Phase, Slo, Urgency};
use std::collections::BTreeMap;

/// An alert as Alertmanager has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Alert {
    pub(super) labels: BTreeMap<&'static str, String>,
    pub(super) annotations: BTreeMap<&'static str, String>,
    pub(super) starts_at: Timestamp,
    /// When it ended; nothing while it goes on.
    pub(super) ended_at: Option<Timestamp>,
}

/// For so long it is told that an alert has ended, in case nobody heard it at first.
pub(super) const ENDED_TOLD: DurationNs = DurationNs::from_seconds(15 * 60);

/// Everything that fires, what has ended lately, and the alert that says that alerts are told at all; by what makes them one.
pub(super) fn alerts(registry: &Registry, board: &Board, now: Timestamp) -> BTreeMap<String, Alert> {
    let mut alerts = BTreeMap::from([("watchdog".to_owned(), watchdog())]);
    for (slo, standing) in registry.slos.iter().zip(&board.standings) {
        let Some(standing) = standing else { continue };
        for urgency in Urgency::ALL {
            if let Some((starts_at, ended_at)) = burning(slo, standing, urgency, now).and_then(|of| told(of, standing))
            {
                let key = format!("{}/{}/{}", slo.product, slo.name, urgency.as_str());
                alerts.insert(key, of_slo(registry, slo, standing, urgency, (starts_at, ended_at)));
            }
        }
    }
    alerts
}

/// What is told of it where maintenance makes alerts silent: what began before ends with it, and is told again after it if it still burns.
fn told((starts_at, ended_at): Burning, standing: &Standing) -> Option<Burning> {
    match standing.silent_since {
        None => Some((starts_at, ended_at)),
        Some(since) if starts_at >= since => None,
        Some(since) => Some((starts_at, Some(ended_at.map_or(since, |ended| ended.min(since))))),
    }
}

/// Since when something burns, and when it ended.
type Burning = (Timestamp, Option<Timestamp>);

/// Since when tiers of an urgency fire, or when the last of them ended.
fn burning(slo: &Slo, standing: &Standing, urgency: Urgency, now: Timestamp) -> Option<Burning> {
    let tiers = slo.alerts.tiers.iter().zip(standing.alerts.tiers());
    let of_urgency: Vec<_> = tiers.filter(|(tier, _)| tier.urgency == urgency).map(|(_, state)| state).collect();
    // One that another makes needless is told by that one: a page of the same SLO, or a faster tier of the same urgency.
    let firing = of_urgency.iter().filter_map(|state| match state.phase {
        Phase::Firing { since } if !is_told_otherwise(slo, state.inhibited_by, urgency) => Some(since),
        _ => None,
    });
    if let Some(since) = firing.min() {
        return Some((since, None));
    }
    let ended = of_urgency.iter().filter_map(|state| match state.phase {
        Phase::Resolved { at } if now.since(at) <= ENDED_TOLD => Some(at),
        _ => None,
    });
    ended.max().map(|at| (at, Some(at)))
}

/// Whether an alert of another urgency tells what a tier has to tell.
fn is_told_otherwise(slo: &Slo, inhibited_by: Option<usize>, urgency: Urgency) -> bool {
    inhibited_by.is_some_and(|tier| slo.alerts.tiers[tier].urgency != urgency)
}

fn of_slo(
    registry: &Registry,
    slo: &Slo,
    standing: &Standing,
    urgency: Urgency,
    (starts_at, ended_at): Burning,
) -> Alert {
    let of = &slo.indicator;
    let step = registry.step(&slo.product, &of.path.step).map(|id| registry.steps[id.index()].title.clone());
    let step = step.unwrap_or_else(|| of.path.step.to_string());
    let mut labels = BTreeMap::from([
        ("alertname", "ErrorBudgetBurn".to_owned()),
        ("product", slo.product.to_string()),
        ("step", of.path.step.to_string()),
        ("slo", slo.name.to_string()),
        ("severity", urgency.as_str().to_owned()),
        ("method", of.method.as_str().to_owned()),
        ("class", of.class.to_string()),
    ]);
    if let Some(objective) = &of.path.objective {
        labels.insert("objective", objective.to_string());
    }
    let spent = standing.budget.spent().map_or_else(|| "nothing".to_owned(), rounded);
    let summary = format!("{step}: the error budget of {} burns too fast", slo.title);
    let description =
        format!("{} of {} over {}: {spent} of the error budget is spent.", slo.target, of.sli, slo.window);
    let annotations = BTreeMap::from([("summary", summary), ("description", description)]);
    Alert { labels, annotations, starts_at, ended_at }
}

/// In whole percent, so that what is told does not change each second.
pub(super) fn rounded(share: Fraction) -> String {
    format!("{}%", share.nanos() / 10_000_000)
}

/// Always there: who hears nothing of it knows that nothing else would be heard.
fn watchdog() -> Alert {
    Alert {
        labels: BTreeMap::from([("alertname", "Watchdog".to_owned()), ("severity", "none".to_owned())]),
        annotations: BTreeMap::from([(
            "summary",
            "Milepost tells its alerts; silence of this one means that nobody would be told".to_owned(),
        )]),
        starts_at: Timestamp::from_seconds(0),
        ended_at: None,
    }
}
