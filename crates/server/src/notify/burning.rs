//! What burns as of a round: one burn an SLO and urgency, however many of its tiers fire, and the words about it. Incidents are told as burns are.

use super::incidents::OfIncident;
use crate::evaluate::{Board, Standing};
use crate::prometheus::{OpenJudged, Source, judged};
use milepost_model::{Target, Timestamp};
use milepost_registry::Registry;
use milepost_slo::{AlertState, AlertTier, Counts, Fraction, Phase, Slo, Urgency};
use std::collections::BTreeMap;

/// The tiers of an SLO that are of an urgency, when one of them fires, or did; or an incident.
#[derive(Clone, Debug)]
pub(super) struct Burning {
    pub(super) product: String,
    /// The SLO; of an incident what stands for it.
    pub(super) slo: String,
    pub(super) urgency: Urgency,
    pub(super) state: State,
    /// What makes it one burn, by the names that receivers route by.
    pub(super) labels: BTreeMap<String, String>,
    /// What is wrong, in a sentence.
    pub(super) summary: String,
    /// What is promised, and how much of it is left.
    pub(super) description: String,
    pub(super) about: About,
}

/// What is told of.
#[derive(Clone, Debug)]
pub(super) enum About {
    Burn(OfBurn),
    Incident(OfIncident),
}

/// What a burn says of its error budget.
#[derive(Clone, Debug)]
pub(super) struct OfBurn {
    pub(super) target: Target,
    pub(super) window: String,
    /// The share of the error budget that is spent.
    pub(super) spent: Option<Fraction>,
    /// The tiers of its urgency.
    pub(super) tiers: Vec<Tier>,
}

/// A tier, and what its long and its short window hold.
#[derive(Clone, Debug)]
pub(super) struct Tier {
    pub(super) tier: AlertTier,
    pub(super) is_firing: bool,
    pub(super) burn: [Counts; 2],
}

/// How it stands with a burn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It goes on.
    Fires {
        since: Timestamp,
        /// A page of the same SLO tells it, or an incident of its step; or, of an incident, a page of one of its steps.
        is_told_otherwise: bool,
    },
    /// It goes on, and nobody is to hear of it because of a maintenance: what was told of it ends with that.
    Silent { since: Timestamp, silent_since: Timestamp },
    /// The last of its tiers ended.
    Ended { at: Timestamp },
}

/// Everything that fires, and what ended last of all else; in the order of the registry, those of OpenSLO documents last.
pub(super) fn burning(registry: &Registry, sources: &[Source], board: &Board) -> Vec<Burning> {
    let mut all = Vec::new();
    for (slo, standing) in registry.slos.iter().zip(&board.standings) {
        let Some(standing) = standing else { continue };
        for urgency in Urgency::ALL {
            if let Some(state) = state((&slo.alerts.tiers, &standing.alerts), standing.silent_since, urgency) {
                all.push(of_slo(registry, (slo, standing), urgency, state));
            }
        }
    }
    if board.open.is_empty() {
        return all;
    }
    for (judged, standing) in judged(registry, sources).iter().zip(&board.open) {
        let Some(standing) = standing else { continue };
        for urgency in Urgency::ALL {
            let state = state((&judged.alerts.tiers, &standing.alerts), standing.silent_since, urgency);
            all.extend(state.and_then(|state| of_objective((judged, standing), urgency, state)));
        }
    }
    all
}

/// Since when tiers of an urgency fire, or when the last of them ended.
fn state(
    (tiers, states): (&[AlertTier], &AlertState),
    silent_since: Option<Timestamp>,
    urgency: Urgency,
) -> Option<State> {
    let both = tiers.iter().zip(states.tiers());
    let of_urgency: Vec<_> = both.filter(|(tier, _)| tier.urgency == urgency).map(|(_, state)| state).collect();
    // Whether another urgency tells what a tier has to tell: a faster tier of the same urgency is the same burn.
    let is_told = |inhibited_by: Option<usize>| inhibited_by.is_some_and(|tier| tiers[tier].urgency != urgency);
    let firing = of_urgency.iter().filter_map(|state| match state.phase {
        Phase::Firing { since } => Some((since, is_told(state.inhibited_by))),
        _ => None,
    });
    let firing: Vec<_> = firing.collect();
    if let Some(since) = firing.iter().map(|(since, _)| *since).min() {
        return Some(match silent_since {
            Some(silent_since) => State::Silent { since, silent_since },
            None => State::Fires { since, is_told_otherwise: firing.iter().all(|(_, is_told)| *is_told) },
        });
    }
    let ended = of_urgency.iter().filter_map(|state| match state.phase {
        Phase::Resolved { at } => Some(at),
        _ => None,
    });
    ended.max().map(|at| State::Ended { at })
}

fn tiers(all: &[AlertTier], states: &AlertState, burn: &[[Counts; 2]], urgency: Urgency) -> Vec<Tier> {
    let all = all.iter().zip(states.tiers()).zip(burn).filter(|((tier, _), _)| tier.urgency == urgency);
    all.map(|((tier, state), burn)| Tier { tier: *tier, is_firing: state.is_firing(), burn: *burn }).collect()
}

fn of_slo(registry: &Registry, (slo, standing): (&Slo, &Standing), urgency: Urgency, state: State) -> Burning {
    let of = &slo.indicator;
    let path = &of.path;
    let mut labels = BTreeMap::from([
        ("alertname", "ErrorBudgetBurn".to_owned()),
        ("product", slo.product.to_string()),
        ("step", path.step.to_string()),
        ("slo", slo.name.to_string()),
        ("severity", urgency.as_str().to_owned()),
        ("method", of.method.as_str().to_owned()),
        ("class", of.class.to_string()),
    ]);
    if let Some(objective) = &path.objective {
        labels.insert("objective", objective.to_string());
    }
    let step = registry.step(&slo.product, &path.step).map(|id| registry.steps[id.index()].title.clone());
    let step = step.unwrap_or_else(|| path.step.to_string());
    let spent = standing.budget.spent();
    let (target, sli, window) = (slo.target, of.sli, slo.window.to_string());
    Burning {
        product: slo.product.to_string(),
        slo: slo.name.to_string(),
        urgency,
        state,
        labels: owned(labels),
        summary: format!("{step}: the error budget of {} burns too fast", slo.title),
        description: format!("{target} of {sli} over {window}: {} of the error budget is spent.", rounded(spent)),
        about: About::Burn(OfBurn {
            target,
            window,
            spent,
            tiers: tiers(&slo.alerts.tiers, &standing.alerts, &standing.burn, urgency),
        }),
    }
}

/// Of an objective that is bound to a step: others are not judged.
fn of_objective((judged, standing): (&OpenJudged<'_>, &Standing), urgency: Urgency, state: State) -> Option<Burning> {
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
    let (title, target, spent) = (&judged.slo.title, judged.objective.target, standing.budget.spent());
    Some(Burning {
        product: binding.product.to_string(),
        slo: judged.name.clone(),
        urgency,
        state,
        labels: owned(labels),
        summary: format!("{}: the error budget of {title} burns too fast", binding.path.step),
        description: format!("{target} of {title}: {} of the error budget is spent.", rounded(spent)),
        about: About::Burn(OfBurn {
            target,
            window: judged.slo.window.to_string(),
            spent,
            tiers: tiers(&judged.alerts.tiers, &standing.alerts, &standing.burn, urgency),
        }),
    })
}

fn owned(labels: BTreeMap<&str, String>) -> BTreeMap<String, String> {
    labels.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// In whole percent, so that what is told does not change each second.
fn rounded(spent: Option<Fraction>) -> String {
    spent.map_or_else(|| "nothing".to_owned(), |share| format!("{}%", share.nanos() / 10_000_000))
}
