//! The judge: what is over, since when, and which level each step has for that.

use super::latch::{Latch, Lowering};
use super::plan::{Judged, Members, SeverityPlan};
use crate::{Impact, Window};
use milepost_model::Timestamp;
use std::sync::Arc;

/// The impact on a step over both windows, in the order of [`Window::ALL`].
pub type Evidence = [Impact; 2];

/// Rules at steps over time.
#[derive(Clone, Debug)]
pub struct Judge {
    /// Shared by copies, which whoever shows levels takes each second.
    plan: Arc<SeverityPlan>,
    latches: Vec<Latch>,
    /// Subjects at which something is pending or raised: all others are passed over quickly.
    is_busy: Vec<bool>,
    verdicts: Vec<Option<Verdict>>,
    evaluated_at: Option<Timestamp>,
}

/// Why a subject, or a pool, has its level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The level, by its place in the policy's levels: 0 is the worst.
    pub level: usize,
    /// Which rule at what, by its place in the plan: of equals the rule that is written first.
    pub judged: usize,
    /// The window that passed when it was raised; the one with the higher lower bound where both did.
    pub window: Window,
    /// The impact then.
    pub impact: Impact,
    /// When it was raised.
    pub since: Timestamp,
}

/// A level was raised or lowered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeverityChange {
    /// Which verdict: a subject's place, or the number of subjects plus a pool's.
    pub target: usize,
    /// As it was.
    pub before: Option<Verdict>,
    /// As it is.
    pub after: Option<Verdict>,
}

impl Judge {
    /// Nothing is over yet.
    pub fn new(plan: SeverityPlan) -> Self {
        let (subjects, pools) = (plan.subjects(), plan.pools().len());
        Self {
            latches: vec![Latch::Quiet; plan.judged().len()],
            is_busy: vec![false; subjects],
            verdicts: vec![None; subjects + pools],
            evaluated_at: None,
            plan: Arc::new(plan),
        }
    }

    /// The rules at what they judge.
    pub fn plan(&self) -> &SeverityPlan {
        &self.plan
    }

    /// Where a rule is, by its place in the plan.
    pub fn latch(&self, judged: usize) -> Latch {
        self.latches.get(judged).copied().unwrap_or_default()
    }

    /// The level of a subject, by the rules that judge it alone.
    pub fn verdict(&self, subject: usize) -> Option<&Verdict> {
        self.verdicts.get(subject)?.as_ref()
    }

    /// The levels of pools, with the places of their members.
    pub fn pools(&self) -> impl Iterator<Item = (&[usize], &Verdict)> {
        let judged = &self.plan.judged()[self.plan.pools()];
        let verdicts = &self.verdicts[self.plan.subjects()..];
        judged.iter().zip(verdicts).filter_map(|(judged, verdict)| match &judged.members {
            Members::Pool(members) => Some((&**members, verdict.as_ref()?)),
            Members::One(_) => None,
        })
    }

    /// A subject had a level before whoever judges was started: the first of its rules that give it holds until it has been well under for long enough anew.
    pub fn restore(&mut self, subject: usize, level: usize, since: Timestamp) {
        let mut alone = self.plan.alone(subject);
        let Some(judged) = alone.find(|place| self.plan.judged()[*place].level == level) else { return };
        self.latches[judged] = Latch::Raised { since, under_since: None };
        self.is_busy[subject] = true;
        self.verdicts[subject] =
            Some(Verdict { level, judged, window: Window::Short, impact: Impact::default(), since });
    }

    /// The worst level of all.
    pub fn worst(&self) -> Option<&Verdict> {
        self.verdicts.iter().flatten().min_by_key(|verdict| verdict.level)
    }

    /// Looks at each subject's impact; none where its source is silent, which freezes its rules. An earlier time than the last changes nothing.
    ///
    /// A pool is judged by those of its members that can be seen, and frozen when none can.
    pub fn evaluate(&mut self, now: Timestamp, evidence: &[Option<Evidence>], tell: &mut impl FnMut(SeverityChange)) {
        if self.evaluated_at.is_some_and(|last| now < last) {
            return;
        }
        self.evaluated_at = Some(now);
        for (subject, evidence) in evidence.iter().enumerate().take(self.plan.subjects()) {
            let is_hit = evidence.as_ref().is_none_or(|evidence| evidence.iter().any(is_hit));
            if is_hit || self.is_busy[subject] {
                let judged = self.plan.alone(subject);
                self.is_busy[subject] = self.judge(now, subject, judged, evidence.as_ref(), tell);
            }
        }
        let pools = self.plan.pools();
        for (pool, judged) in pools.enumerate() {
            let pooled = self.pooled(judged, evidence);
            self.judge(now, self.plan.subjects() + pool, judged..judged + 1, pooled.as_ref(), tell);
        }
    }

    fn pooled(&self, judged: usize, evidence: &[Option<Evidence>]) -> Option<Evidence> {
        let Members::Pool(members) = &self.plan.judged()[judged].members else { return None };
        let seen = || members.iter().filter_map(|member| evidence.get(*member)?.as_ref());
        seen().next()?;
        Some(Window::ALL.map(|window| Impact::pooled(seen().map(|evidence| &evidence[window as usize]))))
    }

    /// Whether anything is pending or raised after that.
    fn judge(
        &mut self,
        now: Timestamp,
        target: usize,
        judged: std::ops::Range<usize>,
        evidence: Option<&Evidence>,
        tell: &mut impl FnMut(SeverityChange),
    ) -> bool {
        let before = self.verdicts[target];
        let mut worst: Option<Verdict> = None;
        let mut is_busy = false;
        for at in judged {
            let rule = &self.plan.judged()[at];
            let over = evidence.and_then(|evidence| passing(rule, evidence));
            let was = self.latches[at];
            let latch = match evidence {
                None => was.frozen(),
                Some(evidence) => was.next(now, over.is_some(), lowering(rule, evidence)),
            };
            self.latches[at] = latch;
            is_busy |= latch != Latch::Quiet;
            let Latch::Raised { since, .. } = latch else { continue };
            let held = before.filter(|verdict| verdict.judged == at);
            let raised = over.map(|(window, impact)| Verdict { level: rule.level, judged: at, window, impact, since });
            // Before others have been lowered this one may have been raised without a word: it has its numbers of now.
            let verdict = held.or(raised).unwrap_or_else(|| current(rule, at, since, evidence));
            if worst.is_none_or(|worst| verdict.level < worst.level) {
                worst = Some(verdict);
            }
        }
        self.verdicts[target] = worst;
        if before.map(|verdict| verdict.level) != worst.map(|verdict| verdict.level) {
            tell(SeverityChange { target, before, after: worst });
        }
        is_busy
    }
}

fn is_hit(impact: &Impact) -> bool {
    impact.share > milepost_model::Share::ZERO
}

/// The window that is over, if any is: the one with the higher lower bound.
fn passing(rule: &Judged, evidence: &Evidence) -> Option<(Window, Impact)> {
    let both = Window::ALL.into_iter().zip(evidence);
    let over = both.filter(|(_, impact)| rule.is_over(impact));
    over.max_by_key(|(_, impact)| impact.at_least).map(|(window, impact)| (window, *impact))
}

/// Both windows must be well under: as long as one of them is over the rule holds.
fn lowering(rule: &Judged, evidence: &Evidence) -> Lowering {
    let is_under = evidence.iter().all(|impact| rule.is_well_under(impact));
    if is_under { Lowering::WellUnder } else { Lowering::No }
}

fn current(rule: &Judged, judged: usize, since: Timestamp, evidence: Option<&Evidence>) -> Verdict {
    let both = evidence.into_iter().flat_map(|evidence| Window::ALL.into_iter().zip(evidence));
    let (window, impact) = both.max_by_key(|(_, impact)| impact.share).map_or_else(Default::default, |(w, i)| (w, *i));
    Verdict { level: rule.level, judged, window, impact, since }
}
