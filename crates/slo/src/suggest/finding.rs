//! What is wrong with SLOs that there are: too strict, out of reach, without effect.

use super::advice::{Advice, Standing, allowed_bad};
use super::evidence::Evidence;
use crate::{AlertTier, Slo};
use milepost_model::Target;

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
    /// A tier that never fires, or not before an outage has spent more than there is.
    NeverFires(AlertTier),
    /// A tier that a single bad event in its short and long window fires.
    OneFailureFires(AlertTier),
}

impl Finding {
    /// The word in tables and records.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::NoEvents => "dead",
            Self::Unreachable { .. } => "unreachable",
            Self::StricterThanAsked { .. } => "too-strict",
            Self::OneFailureMisses { .. } => "one-failure-misses",
            Self::NeverFires(_) => "never-fires",
            Self::OneFailureFires(_) => "one-failure-fires",
        }
    }
}

/// What is wrong with an SLO by its history and by what is asked for.
pub fn findings(slo: &Slo, evidence: &Evidence, advice: &Advice) -> Vec<Finding> {
    let mut found = Vec::new();
    let (form, period) = (slo.alerts.form, slo.window.shortest());
    let never = |tier: &&AlertTier| {
        tier.never_fires(form, slo.target, period).is_some() || tier.is_beyond_outage(form, slo.target, period)
    };
    found.extend(slo.alerts.tiers.iter().filter(never).map(|tier| Finding::NeverFires(*tier)));
    if evidence.counts().valid == 0 {
        found.insert(0, Finding::NoEvents);
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
    if slo.needs_minutes() {
        return found;
    }
    if allowed_bad(expected, slo.target) == 0 {
        found.push(Finding::OneFailureMisses { expected });
    }
    let fires_at_once = |tier: &&AlertTier| {
        // In share form a tier waits for share x (1 - target) x total bad events.
        let (share, whole) = (u128::from(tier.share.nanos()), u128::from(milepost_model::Share::WHOLE.nanos()));
        let allowed = u128::from(expected) * u128::from(slo.target.allowed_bad_nanos());
        form == crate::AlertForm::Share && allowed * share <= whole * u128::from(Target::ONE)
    };
    found.extend(slo.alerts.tiers.iter().filter(fires_at_once).map(|tier| Finding::OneFailureFires(*tier)));
    found
}

impl Advice {
    /// How a target of the candidates stands.
    pub fn standing(&self, target: Target) -> Option<Standing> {
        let found = self.candidates.iter().find(|candidate| candidate.target == target);
        found.map(|candidate| candidate.standing)
    }
}
