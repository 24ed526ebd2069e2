//! What follows from tiers that are over: firing, resolved, inhibited, frozen.
//!
//! Time only goes forward here: what becomes known later fires later, and never changes what was.

use super::AlertTier;
use milepost_model::{DurationNs, Timestamp};

/// Where a tier is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// It has not fired yet.
    #[default]
    Inactive,
    /// It fires.
    Firing {
        /// When that was first seen.
        since: Timestamp,
    },
    /// It has fired and no longer does.
    Resolved {
        /// When that was first seen.
        at: Timestamp,
    },
}

/// A tier of an SLO as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TierState {
    /// Where it is.
    pub phase: Phase,
    /// The tier, by its place, because of which nobody is told of this one.
    pub inhibited_by: Option<usize>,
}

impl TierState {
    /// Whether it fires, told or not.
    pub fn is_firing(self) -> bool {
        matches!(self.phase, Phase::Firing { .. })
    }
}

/// What has changed; tiers by their place in the SLO's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlertChange {
    /// A tier fires from now on.
    Fired {
        /// Which.
        tier: usize,
        /// The tier because of which nobody is told.
        inhibited_by: Option<usize>,
    },
    /// A tier fires no longer.
    Resolved {
        /// Which.
        tier: usize,
        /// When it began.
        since: Timestamp,
    },
    /// Another tier makes a firing one's news needless.
    Inhibited {
        /// Which.
        tier: usize,
        /// The tier because of which nobody is told.
        by: usize,
    },
    /// What inhibited a firing tier fires no longer: it is news again.
    Released {
        /// Which.
        tier: usize,
    },
    /// The source went silent: nothing fires or resolves until it is back.
    Frozen,
    /// The source is back.
    Thawed,
}

/// The tiers of one SLO over time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlertState {
    tiers: Vec<TierState>,
    /// Since when each tier is over without a pause; after a restart it counts anew.
    over_since: Vec<Option<Timestamp>>,
    frozen_since: Option<Timestamp>,
    /// The last time it was looked at.
    seen_at: Option<Timestamp>,
}

impl AlertState {
    /// So many tiers, none of which has fired.
    pub fn new(tiers: usize) -> Self {
        Self { tiers: vec![TierState::default(); tiers], over_since: vec![None; tiers], ..Self::default() }
    }

    /// As it was when it was stored, so that a restart neither loses nor doubles an alert.
    pub fn restored(tiers: Vec<TierState>, frozen_since: Option<Timestamp>, seen_at: Option<Timestamp>) -> Self {
        Self { over_since: vec![None; tiers.len()], tiers, frozen_since, seen_at }
    }

    /// The tiers, in the SLO's order.
    pub fn tiers(&self) -> &[TierState] {
        &self.tiers
    }

    /// Since when nothing fires or resolves, if so.
    pub fn frozen_since(&self) -> Option<Timestamp> {
        self.frozen_since
    }

    /// The last time it was looked at.
    pub fn seen_at(&self) -> Option<Timestamp> {
        self.seen_at
    }

    /// The source is silent.
    pub fn freeze(&mut self, at: Timestamp, tell: &mut impl FnMut(AlertChange)) {
        if self.frozen_since.is_none() && self.is_later(at) {
            self.frozen_since = Some(at);
            self.over_since.fill(None);
            tell(AlertChange::Frozen);
        }
    }

    /// The source is alive, and each tier is over or not. An earlier time than the last changes nothing.
    pub fn observe(
        &mut self,
        declared: &[AlertTier],
        at: Timestamp,
        is_over: impl Fn(usize) -> bool,
        tell: &mut impl FnMut(AlertChange),
    ) {
        if !self.is_later(at) {
            return;
        }
        if self.frozen_since.take().is_some() {
            tell(AlertChange::Thawed);
        }
        let over: Vec<bool> = (0..self.tiers.len()).map(is_over).collect();
        // Nothing burns almost always.
        if !over.contains(&true) && !self.tiers.iter().any(|tier| tier.is_firing()) {
            self.over_since.fill(None);
            return;
        }
        let held = over.iter().zip(declared).enumerate();
        let over: Vec<bool> = held.map(|(tier, (is_over, of))| self.holds(tier, *is_over, of.after, at)).collect();
        for (tier, is_over) in over.iter().enumerate() {
            let by = inhibitor(tier, &over, declared).filter(|_| *is_over);
            let before = std::mem::replace(&mut self.tiers[tier].inhibited_by, by);
            let phase = &mut self.tiers[tier].phase;
            match (*phase, is_over) {
                (Phase::Firing { since }, false) => {
                    *phase = Phase::Resolved { at };
                    tell(AlertChange::Resolved { tier, since });
                }
                (Phase::Firing { .. }, true) => match (before, by) {
                    (None, Some(by)) => tell(AlertChange::Inhibited { tier, by }),
                    (Some(_), None) => tell(AlertChange::Released { tier }),
                    _ => {}
                },
                (_, true) => {
                    *phase = Phase::Firing { since: at };
                    tell(AlertChange::Fired { tier, inhibited_by: by });
                }
                (_, false) => {}
            }
        }
    }

    /// Whether a tier that is over, or not, fires: when it was over for as long as it waits. One that fires goes on while it is over.
    fn holds(&mut self, tier: usize, is_over: bool, after: DurationNs, at: Timestamp) -> bool {
        let since = &mut self.over_since[tier];
        if !is_over {
            *since = None;
            return false;
        }
        let since = *since.get_or_insert(at);
        self.tiers[tier].is_firing() || at.since(since) >= after
    }

    fn is_later(&mut self, at: Timestamp) -> bool {
        let is_later = self.seen_at.is_none_or(|seen| seen <= at);
        if is_later {
            self.seen_at = Some(at);
        }
        is_later
    }
}

/// The most urgent and fastest of the firing tiers that make one's news needless.
fn inhibitor(tier: usize, over: &[bool], declared: &[AlertTier]) -> Option<usize> {
    let firing = (0..over.len()).filter(|other| over[*other] && declared[*other].inhibits(declared[tier]));
    firing.min_by_key(|other| (declared[*other].urgency, declared[*other].long))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    fn tiers() -> Vec<AlertTier> {
        AlertTier::DEFAULT.map(|(_, tier)| tier).into()
    }

    fn observe(state: &mut AlertState, seconds: i64, over: [bool; 4]) -> Vec<AlertChange> {
        let mut told = Vec::new();
        state.observe(&tiers(), at(seconds), |tier| over[tier], &mut |change| told.push(change));
        told
    }

    const ON: bool = true;
    const OFF: bool = false;

    #[test]
    fn one_burn_is_one_piece_of_news() {
        let mut state = AlertState::new(4);
        let fired = |tier, by| AlertChange::Fired { tier, inhibited_by: by };
        assert_eq!(observe(&mut state, 0, [OFF; 4]), []);
        assert_eq!(observe(&mut state, 1, [OFF, OFF, ON, OFF]), [fired(2, None)]);
        assert_eq!(
            observe(&mut state, 2, [ON, ON, ON, OFF]),
            [fired(0, None), fired(1, Some(0)), AlertChange::Inhibited { tier: 2, by: 0 }]
        );
        // The slower page goes on to inhibit the ticket when the faster one ends.
        assert_eq!(
            observe(&mut state, 3, [OFF, ON, ON, OFF]),
            [AlertChange::Resolved { tier: 0, since: at(2) }, AlertChange::Released { tier: 1 }]
        );
        assert_eq!(state.tiers()[2].inhibited_by, Some(1));
        assert_eq!(state.tiers()[0].phase, Phase::Resolved { at: at(3) });
    }

    #[test]
    fn a_silent_source_freezes_and_nothing_fires_or_resolves() {
        let mut state = AlertState::new(4);
        observe(&mut state, 0, [ON, OFF, OFF, OFF]);
        let mut told = Vec::new();
        state.freeze(at(10), &mut |change| told.push(change));
        state.freeze(at(11), &mut |change| told.push(change));
        assert_eq!((told, state.frozen_since()), (vec![AlertChange::Frozen], Some(at(10))));
        assert_eq!(state.tiers()[0].phase, Phase::Firing { since: at(0) });
        let back = [AlertChange::Thawed, AlertChange::Resolved { tier: 0, since: at(0) }];
        assert_eq!(observe(&mut state, 20, [OFF; 4]), back);
    }

    #[test]
    fn a_tier_that_waits_fires_when_it_was_over_for_so_long_without_a_pause() {
        let waiting: Vec<AlertTier> =
            tiers().into_iter().map(|tier| AlertTier { after: "5m".parse().unwrap(), ..tier }).collect();
        let mut state = AlertState::new(4);
        let observe = |state: &mut AlertState, seconds, over| {
            let mut told = Vec::new();
            state.observe(&waiting, at(seconds), |tier| over && tier == 0, &mut |change| told.push(change));
            told
        };
        let fired = [AlertChange::Fired { tier: 0, inhibited_by: None }];
        assert_eq!(observe(&mut state, 0, ON), []);
        assert_eq!(observe(&mut state, 299, ON), []);
        // A pause, and a source that is silent, begin the wait anew.
        assert_eq!(observe(&mut state, 299, OFF), []);
        assert_eq!(observe(&mut state, 300, ON), []);
        assert_eq!(observe(&mut state, 599, ON), []);
        state.freeze(at(599), &mut |_| {});
        assert_eq!(observe(&mut state, 600, ON), [AlertChange::Thawed]);
        assert_eq!(observe(&mut state, 899, ON), []);
        assert_eq!(observe(&mut state, 900, ON), fired);
        // It does not wait for its end, and a restart while it fires is none.
        state = AlertState::restored(state.tiers.clone(), state.frozen_since, state.seen_at);
        assert_eq!(observe(&mut state, 901, ON), []);
        assert_eq!(observe(&mut state, 902, OFF), [AlertChange::Resolved { tier: 0, since: at(900) }]);
    }

    #[test]
    fn an_earlier_time_changes_nothing() {
        let mut state = AlertState::new(4);
        observe(&mut state, 10, [OFF; 4]);
        let before = state.clone();
        assert_eq!(observe(&mut state, 9, [ON; 4]), []);
        state.freeze(at(9), &mut |_| {});
        assert_eq!(state, before);
    }

    proptest! {
        /// What is told, replayed, is the state; and a restart at any time changes nothing.
        #[test]
        fn changes_add_up_to_the_state(rounds in proptest::collection::vec((any::<[bool; 4]>(), 0u8..6), 0..40)) {
            let mut state = AlertState::new(4);
            let (mut firing, mut inhibited, mut is_frozen) = ([false; 4], [false; 4], false);
            for (second, (over, silent)) in rounds.into_iter().enumerate() {
                state = AlertState::restored(state.tiers.clone(), state.frozen_since, state.seen_at);
                let now = at(i64::try_from(second).unwrap());
                let mut told = Vec::new();
                if silent == 0 {
                    state.freeze(now, &mut |change| told.push(change));
                } else {
                    state.observe(&tiers(), now, |tier| over[tier], &mut |change| told.push(change));
                }
                for change in told {
                    match change {
                        AlertChange::Fired { tier, inhibited_by } => (firing[tier], inhibited[tier]) = (true, inhibited_by.is_some()),
                        AlertChange::Resolved { tier, .. } => (firing[tier], inhibited[tier]) = (false, false),
                        AlertChange::Inhibited { tier, .. } => inhibited[tier] = true,
                        AlertChange::Released { tier } => inhibited[tier] = false,
                        AlertChange::Frozen => is_frozen = true,
                        AlertChange::Thawed => is_frozen = false,
                    }
                }
                prop_assert_eq!(is_frozen, silent == 0);
                for (tier, state) in state.tiers.iter().enumerate() {
                    prop_assert_eq!((firing[tier], inhibited[tier]), (state.is_firing(), state.inhibited_by.is_some()));
                }
                // Somebody is told of whatever fires.
                prop_assert!(!firing.contains(&true) || (0..4).any(|tier| firing[tier] && !inhibited[tier]));
                if silent != 0 {
                    prop_assert_eq!(firing, over);
                }
            }
        }
    }
}
