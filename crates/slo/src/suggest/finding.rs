//! What is wrong with SLOs that there are: too strict, out of reach, without effect.

use super::advice::{Advice, Standing, allowed_bad};
use super::evidence::Evidence;
use crate::{AlertForm, AlertTier, Alerts};
use milepost_model::{DurationNs, Share, Target};

/// Something about an SLO that asks for a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Nothing was ever counted: nobody would notice if it were gone.
    NoEvents,
    /// What history gives lies below the target.
    Unreachable {
        /// What the next window reaches at most.
        at_most: Target,
    },
    /// It is stricter than the criticality of its step asks for.
    StricterThanAsked {
        /// What is asked for.
        asked: Target,
        /// Whether the history supports it all the same.
        is_supported: bool,
    },
    /// Less than one event may be bad in a window: one failure misses it, whatever happens else.
    OneFailureMisses {
        /// Events that a window has.
        expected: u64,
    },
    /// The step is of no importance: nobody asks for an SLO.
    NotAsked,
    /// Tiers that never fire, or not before an outage has spent more than there is.
    NeverFires(Vec<AlertTier>),
    /// Tiers that a single bad event in their short and long window fires.
    OneFailureFires(Vec<AlertTier>),
}

impl Finding {
    /// The word in tables and records.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::NoEvents => "dead",
            Self::Unreachable { .. } => "unreachable",
            Self::StricterThanAsked { .. } => "too-strict",
            Self::OneFailureMisses { .. } => "one-failure-misses",
            Self::NotAsked => "not-asked",
            Self::NeverFires(_) => "never-fires",
            Self::OneFailureFires(_) => "one-failure-fires",
        }
    }
}

/// What of an SLO its findings depend on, whoever counts it.
#[derive(Clone, Copy, Debug)]
pub struct Promise<'s> {
    /// The share that must be good.
    pub target: Target,
    /// The shortest length of its window.
    pub window: DurationNs,
    /// When somebody is told.
    pub alerts: &'s Alerts,
    /// Whether the criticality of its step may ask for it: it does, or it never says anything of that kind.
    pub is_asked_for: bool,
    /// Whether the share is of events: of slices of time nothing is said by the number of events.
    pub is_of_events: bool,
}

/// What is wrong with an SLO by its history and by what is asked for.
pub fn findings(slo: Promise<'_>, evidence: &Evidence, advice: &Advice) -> Vec<Finding> {
    let mut found = Vec::new();
    let (form, period) = (slo.alerts.form, slo.window);
    let never = |tier: &&AlertTier| {
        tier.never_fires(form, slo.target, period).is_some() || tier.is_beyond_outage(form, slo.target, period)
    };
    let never: Vec<AlertTier> = slo.alerts.tiers.iter().filter(never).copied().collect();
    found.extend((!never.is_empty()).then_some(Finding::NeverFires(never)));
    if !slo.is_asked_for {
        found.push(Finding::NotAsked);
    }
    if evidence.counts().valid == 0 {
        found.insert(0, Finding::NoEvents);
        return found;
    }
    if !slo.is_of_events {
        return found;
    }
    if advice.sample.rules_out(slo.target, advice.confidence) {
        found.push(Finding::Unreachable { at_most: advice.between.1 });
    }
    if let Some(asked) = advice.asked.filter(|asked| slo.target > asked.target) {
        let is_supported = advice.sample.supports(slo.target, advice.confidence);
        found.push(Finding::StricterThanAsked { asked: asked.target, is_supported });
    }
    let expected = evidence.expected(advice.window_minutes);
    if allowed_bad(expected, slo.target) == 0 {
        found.push(Finding::OneFailureMisses { expected });
    }
    let fires_at_once = |tier: &&AlertTier| {
        // In share form a tier waits for share x (1 - target) x total bad events.
        let (share, whole) = (u128::from(tier.share.nanos()), u128::from(Share::WHOLE.nanos()));
        let allowed = u128::from(expected) * u128::from(slo.target.allowed_bad_nanos());
        form == AlertForm::Share && allowed * share <= whole * u128::from(Target::ONE)
    };
    let at_once: Vec<AlertTier> = slo.alerts.tiers.iter().filter(fires_at_once).copied().collect();
    found.extend((!at_once.is_empty()).then_some(Finding::OneFailureFires(at_once)));
    found
}

impl Advice {
    /// How a target of the candidates stands.
    pub fn standing(&self, target: Target) -> Option<Standing> {
        let found = self.candidates.iter().find(|candidate| candidate.target == target);
        found.map(|candidate| candidate.standing)
    }
}
