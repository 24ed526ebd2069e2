//! What a rule looks at in a window: attempts, or what they are worth of a KPI.

use super::plan::Judged;
use crate::{Impact, KpiImpact};
use milepost_model::Share;

/// What a rule looks at in a window.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Measured {
    Attempts(Impact),
    /// Several times as large, and far less often looked at.
    Kpi(Box<KpiImpact>),
}

impl Measured {
    /// Whether it is over what a rule allows, for sure.
    pub(super) fn passes(&self, rule: &Judged) -> bool {
        match self {
            Self::Attempts(impact) => impact.passes(rule.threshold, rule.tolerated),
            Self::Kpi(impact) => impact.passes(rule.threshold, rule.tolerated),
        }
    }

    /// Whether it is so low that the rule may be lowered.
    pub(super) fn is_well_under(&self, rule: &Judged) -> bool {
        match self {
            Self::Attempts(impact) => impact.is_well_under(rule.threshold, rule.tolerated),
            Self::Kpi(impact) => impact.is_well_under(rule.threshold, rule.tolerated),
        }
    }

    /// Whether there is enough to say anything.
    pub(super) fn is_enough(&self) -> bool {
        match self {
            Self::Attempts(impact) => impact.is_enough(),
            Self::Kpi(impact) => impact.is_enough(),
        }
    }

    /// The share that is hit.
    pub(super) fn share(&self) -> Share {
        match self {
            Self::Attempts(impact) => impact.share,
            Self::Kpi(impact) => impact.part.share,
        }
    }

    /// Its lower bound.
    pub(super) fn at_least(&self) -> Share {
        match self {
            Self::Attempts(impact) => impact.at_least,
            Self::Kpi(impact) => impact.part.at_least,
        }
    }

    /// The attempts.
    pub(super) fn attempts(&self) -> &Impact {
        match self {
            Self::Attempts(impact) => impact,
            Self::Kpi(impact) => &impact.attempts,
        }
    }

    /// The KPI, if it is about one.
    pub(super) fn kpi(&self) -> Option<&KpiImpact> {
        match self {
            Self::Attempts(_) => None,
            Self::Kpi(impact) => Some(impact),
        }
    }
}
