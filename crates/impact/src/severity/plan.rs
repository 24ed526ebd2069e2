//! Which rules look at which steps: worked out once for a policy and the steps of its product.

use crate::{Impact, SeverityPolicy, Subject, Threshold, Tolerated};
use std::collections::BTreeSet;
use std::ops::Range;

/// A rule at what it judges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The rule, by its place in the policy.
    pub rule: usize,
    /// Its level, by its place in the policy's levels: 0 is the worst.
    pub level: usize,
    /// What must be passed.
    pub threshold: Threshold,
    /// What SLOs tolerate, which counts for a threshold of `any` only.
    pub tolerated: Tolerated,
    /// What it looks at.
    pub members: Members,
}

/// What a rule looks at, by places in the list of subjects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Members {
    /// A step, or a use of one, alone.
    One(usize),
    /// Steps together, by attempts.
    Pool(Box<[usize]>),
}

/// Every rule at everything that it judges.
#[derive(Clone, Debug)]
pub struct SeverityPlan {
    /// First those that judge one subject, subject by subject; then the pools.
    judged: Vec<Judged>,
    /// Of each subject, where its own lie.
    alone: Vec<Range<usize>>,
}

impl SeverityPlan {
    /// Of a policy and the steps and uses of its product, with what the SLOs of each tolerate.
    ///
    /// A pool takes no step twice: a use is left out where the step itself is in the scope.
    pub fn new(policy: &SeverityPolicy, subjects: &[(Subject<'_>, Tolerated)]) -> Self {
        let mut plan = Self { judged: Vec::new(), alone: Vec::with_capacity(subjects.len()) };
        for (place, (subject, tolerated)) in subjects.iter().enumerate() {
            let from = plan.judged.len();
            let rules = policy.rules.iter().enumerate().filter(|(_, rule)| !rule.pooled && rule.scope.holds(subject));
            plan.judged.extend(rules.map(|(at, rule)| Judged {
                rule: at,
                level: rule.level,
                threshold: rule.impact,
                tolerated: *tolerated,
                members: Members::One(place),
            }));
            plan.alone.push(from..plan.judged.len());
        }
        for (at, rule) in policy.rules.iter().enumerate().filter(|(_, rule)| rule.pooled) {
            let held = || subjects.iter().enumerate().filter(|(_, (subject, _))| rule.scope.holds(subject));
            let whole = held().filter(|(_, (subject, _))| subject.path.objective.is_none());
            let whole: BTreeSet<_> = whole.map(|(_, (subject, _))| &subject.path.step).collect();
            let is_twice =
                |subject: &Subject<'_>| subject.path.objective.is_some() && whole.contains(&subject.path.step);
            let members: Vec<_> = held().filter(|(_, (subject, _))| !is_twice(subject)).collect();
            // The most lenient of their SLOs: what one of them may do, all may.
            let Some(tolerated) = members.iter().map(|(_, (_, tolerated))| *tolerated).reduce(Tolerated::or) else {
                continue;
            };
            let members = Members::Pool(members.into_iter().map(|(place, _)| place).collect());
            plan.judged.push(Judged { rule: at, level: rule.level, threshold: rule.impact, tolerated, members });
        }
        plan
    }

    /// Every rule at everything that it judges.
    pub fn judged(&self) -> &[Judged] {
        &self.judged
    }

    /// How many subjects there are.
    pub fn subjects(&self) -> usize {
        self.alone.len()
    }

    /// Where the rules lie that judge a subject alone.
    pub fn alone(&self, subject: usize) -> Range<usize> {
        self.alone.get(subject).cloned().unwrap_or_default()
    }

    /// Where the rules lie that judge pools.
    pub fn pools(&self) -> Range<usize> {
        self.alone.last().map_or(0, |last| last.end)..self.judged.len()
    }
}

impl Judged {
    /// Whether an impact is over for sure.
    pub fn is_over(&self, impact: &Impact) -> bool {
        impact.passes(self.threshold, self.tolerated)
    }

    /// Whether it is so low that the rule may be lowered.
    pub fn is_well_under(&self, impact: &Impact) -> bool {
        impact.is_well_under(self.threshold, self.tolerated)
    }
}
