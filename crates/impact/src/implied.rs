//! The criticality that a severity policy implies: how bad it is when a step, and nothing else, fails for everybody.

use crate::{SeverityPolicy, SeverityRule, Subject, Threshold};
use milepost_model::{Criticality, Share};

/// What a total outage of one step means under a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Implied {
    /// How important that makes the step.
    pub criticality: Criticality,
    /// The rule that decides, as a position in the policy's rules; none when no rule reaches the step.
    pub rule: Option<usize>,
}

/// What a policy implies for the steps of a product.
#[derive(Clone, Debug)]
pub struct Implications<'p> {
    policy: &'p SeverityPolicy,
    /// The rules that are certain to hold when a step in their scope fails for everybody, by position.
    certain: Vec<bool>,
}

impl<'p> Implications<'p> {
    /// Of a policy, for a product that has these steps and uses of steps.
    ///
    /// How much of a pool one step is depends on its traffic, so that a pooled rule is only certain to hold when it asks for any impact, or
    /// when nothing else is in its scope.
    pub fn new(policy: &'p SeverityPolicy, all: &[Subject<'_>]) -> Self {
        let is_of_one = |rule: &SeverityRule| {
            let mut steps = all.iter().filter(|subject| rule.scope.holds(subject)).map(|subject| &subject.path.step);
            steps.next().is_none_or(|first| steps.all(|other| other == first))
        };
        let is_certain = |rule: &SeverityRule| {
            let holds = !rule.pooled || rule.impact == Threshold::ANY || is_of_one(rule);
            holds && rule.impact.is_passed_by(Share::WHOLE)
        };
        Self { policy, certain: policy.rules.iter().map(is_certain).collect() }
    }

    /// How important a total outage of a step shows it to be: the impact on it is 100 %, on all others 0 %. Of several rules that hold the
    /// one with the worst level decides, of equals the first.
    pub fn criticality(&self, subject: &Subject<'_>) -> Implied {
        let rules = self.policy.rules.iter().zip(&self.certain).enumerate();
        let holding = rules.filter(|(_, (rule, certain))| **certain && rule.scope.holds(subject));
        match holding.min_by_key(|(_, (rule, _))| rule.level) {
            Some((at, (rule, _))) => {
                let written = self.policy.criticality.get(rule.level).copied();
                let criticality = written.unwrap_or_else(|| SeverityPolicy::default_criticality(rule.level));
                Implied { criticality, rule: Some(at) }
            }
            None => Implied { criticality: Criticality::None, rule: None },
        }
    }
}

impl SeverityPolicy {
    /// What the policy implies for one of the steps of a product; for many of them make [`Implications`] once.
    pub fn implied_criticality(&self, subject: &Subject<'_>, all: &[Subject<'_>]) -> Implied {
        Implications::new(self, all).criticality(subject)
    }

    /// Whether any rule is about a step or a use of it.
    pub fn reaches(&self, subject: &Subject<'_>) -> bool {
        self.rules.iter().any(|rule| rule.scope.holds(subject))
    }
}

#[cfg(test)]
mod tests;
