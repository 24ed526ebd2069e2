//! Stretches of time in which an SLO pages or asks for a ticket.

use crate::{AlertState, AlertTier, Urgency};
use milepost_model::Minute;

/// A stretch in which tiers of one urgency fire: what a server tells as one alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Episode {
    /// What it does.
    pub urgency: Urgency,
    /// The tiers that fired in it, by their place, in the order in which they did.
    pub tiers: Vec<usize>,
    /// The minute in which the first fired.
    pub from: Minute,
    /// The minute in which somebody was told; `None` where a page told it all the time.
    pub told: Option<Minute>,
    /// The minute in which the last fired no longer; `None` where it went on at the end.
    pub to: Option<Minute>,
    /// The minute with which the burn began: since then more was bad than the target allows.
    pub onset: Minute,
}

impl Episode {
    /// How long it took until somebody was told, in minutes from when the burn began.
    pub fn delay_minutes(&self) -> Option<u64> {
        self.told.map(|told| told.number().abs_diff(self.onset.number()))
    }

    /// How long it went on, up to the end of what was replayed.
    pub fn minutes(&self, end: Minute) -> u64 {
        self.to.unwrap_or(end).number().abs_diff(self.from.number())
    }
}

/// Episodes as they come.
#[derive(Debug, Default)]
pub(super) struct Episodes {
    pub(super) all: Vec<Episode>,
    /// The one that goes on, by urgency.
    open: [Option<usize>; Urgency::ALL.len()],
}

impl Episodes {
    /// Looks at the tiers after a round. `onset` says when the burn of a tier began. While it is silent nothing begins, and what was told ends, as a
    /// server tells it.
    pub(super) fn note(
        &mut self,
        now: Minute,
        (declared, state): (&[AlertTier], &AlertState),
        is_silent: bool,
        onset: impl Fn(usize) -> Minute,
    ) {
        for (place, urgency) in Urgency::ALL.into_iter().enumerate() {
            let of_urgency = declared.iter().zip(state.tiers()).enumerate();
            let of_urgency =
                of_urgency.filter(|(_, (tier, state))| !is_silent && tier.urgency == urgency && state.is_firing());
            let firing: Vec<usize> = of_urgency.map(|(tier, _)| tier).collect();
            let Some(first) = firing.first() else {
                if let Some(open) = self.open[place].take() {
                    self.all[open].to = Some(now);
                }
                continue;
            };
            let open = *self.open[place].get_or_insert_with(|| {
                let (tiers, onset) = (Vec::new(), onset(*first));
                self.all.push(Episode { urgency, tiers, from: now, told: None, to: None, onset });
                self.all.len() - 1
            });
            let episode = &mut self.all[open];
            for tier in &firing {
                if !episode.tiers.contains(tier) {
                    episode.tiers.push(*tier);
                }
            }
            // A tier that another of its urgency makes needless is told by that one.
            let is_told =
                |tier: &usize| state.tiers()[*tier].inhibited_by.is_none_or(|by| declared[by].urgency == urgency);
            if episode.told.is_none() && firing.iter().any(is_told) {
                episode.told = Some(now);
            }
        }
    }
}
