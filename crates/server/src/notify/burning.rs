//! What burns as of a round: one burn an SLO and urgency, however many of its tiers fire, and the words about it.

use crate::evaluate::{Board, Standing};
use milepost_model::Timestamp;
use milepost_registry::Registry;
use milepost_slo::{Fraction, Phase, Slo, Urgency};
use std::collections::BTreeMap;

/// The tiers of an SLO that are of an urgency, when one of them fires, or did.
#[derive(Clone, Copy, Debug)]
pub(super) struct Burning<'b> {
    pub(super) slo: &'b Slo,
    pub(super) standing: &'b Standing,
    pub(super) urgency: Urgency,
    pub(super) state: State,
}

/// How it stands with a burn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It goes on.
    Fires {
        since: Timestamp,
        /// A page of the same SLO tells it.
        is_told_otherwise: bool,
    },
    /// It goes on, and nobody is to hear of it because of a maintenance: what was told of it ends with that.
    Silent { since: Timestamp, silent_since: Timestamp },
    /// The last of its tiers ended.
    Ended { at: Timestamp },
}

/// Everything that fires, and what ended last of all else; in the order of the registry.
pub(super) fn burning<'b>(registry: &'b Registry, board: &'b Board) -> Vec<Burning<'b>> {
    let mut all = Vec::new();
    for (slo, standing) in registry.slos.iter().zip(&board.standings) {
        let Some(standing) = standing else { continue };
        for urgency in Urgency::ALL {
            if let Some(state) = state(slo, standing, urgency) {
                all.push(Burning { slo, standing, urgency, state });
            }
        }
    }
    all
}

/// Since when tiers of an urgency fire, or when the last of them ended.
fn state(slo: &Slo, standing: &Standing, urgency: Urgency) -> Option<State> {
    let tiers = slo.alerts.tiers.iter().zip(standing.alerts.tiers());
    let of_urgency: Vec<_> = tiers.filter(|(tier, _)| tier.urgency == urgency).map(|(_, state)| state).collect();
    let firing = of_urgency.iter().filter_map(|state| match state.phase {
        Phase::Firing { since } => Some((since, is_told_otherwise(slo, state.inhibited_by, urgency))),
        _ => None,
    });
    let firing: Vec<_> = firing.collect();
    if let Some(since) = firing.iter().map(|(since, _)| *since).min() {
        return Some(match standing.silent_since {
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

/// Whether another urgency tells what a tier has to tell: a faster tier of the same urgency is the same burn.
fn is_told_otherwise(slo: &Slo, inhibited_by: Option<usize>, urgency: Urgency) -> bool {
    inhibited_by.is_some_and(|tier| slo.alerts.tiers[tier].urgency != urgency)
}

impl Burning<'_> {
    /// What makes it one burn, by the names that receivers route by.
    pub(super) fn labels(&self) -> BTreeMap<String, String> {
        let of = &self.slo.indicator;
        let mut labels = BTreeMap::from([
            ("alertname", "ErrorBudgetBurn".to_owned()),
            ("product", self.slo.product.to_string()),
            ("step", of.path.step.to_string()),
            ("slo", self.slo.name.to_string()),
            ("severity", self.urgency.as_str().to_owned()),
            ("method", of.method.as_str().to_owned()),
            ("class", of.class.to_string()),
        ]);
        if let Some(objective) = &of.path.objective {
            labels.insert("objective", objective.to_string());
        }
        labels.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// What is wrong, in a sentence.
    pub(super) fn summary(&self, registry: &Registry) -> String {
        let path = &self.slo.indicator.path;
        let step = registry.step(&self.slo.product, &path.step).map(|id| registry.steps[id.index()].title.clone());
        let step = step.unwrap_or_else(|| path.step.to_string());
        format!("{step}: the error budget of {} burns too fast", self.slo.title)
    }

    /// What is promised, and how much of it is left.
    pub(super) fn description(&self) -> String {
        let spent = self.standing.budget.spent().map_or_else(|| "nothing".to_owned(), rounded);
        let (slo, sli) = (self.slo, self.slo.indicator.sli);
        format!("{} of {sli} over {}: {spent} of the error budget is spent.", slo.target, slo.window)
    }
}

/// In whole percent, so that what is told does not change each second.
fn rounded(share: Fraction) -> String {
    format!("{}%", share.nanos() / 10_000_000)
}
