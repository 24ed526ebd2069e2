//! The judge: what is over, since when, and which level each step has for that.

use super::latch::{Latch, Lowering};
use super::measured::Measured;
use super::plan::{Judged, Members, SeverityPlan};
use crate::{Impact, KpiImpact, KpiPart, Window};
use milepost_model::{Share, Timestamp};
use std::sync::Arc;

/// The impact on a step over both windows, in the order of [`Window::ALL`].
pub type Evidence = [Impact; 2];

/// The impact on a KPI at a step over both windows, in the order of [`Window::ALL`].
pub type KpiEvidence = [KpiImpact; 2];

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
    /// The impact on attempts then.
    pub impact: Impact,
    /// Which part of the KPI was lost then, where the rule judges one.
    pub kpi: Option<KpiPart>,
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

    /// The levels of pools, with the rule that gives each.
    pub fn pools(&self) -> impl Iterator<Item = (&Judged, &Verdict)> {
        let judged = &self.plan.judged()[self.plan.pools()];
        let verdicts = &self.verdicts[self.plan.subjects()..];
        judged.iter().zip(verdicts).filter_map(|(judged, verdict)| Some((judged, verdict.as_ref()?)))
    }

    /// A subject had a level before whoever judges was started: the first of its rules that give it holds until it has been well under for long enough anew.
    pub fn restore(&mut self, subject: usize, level: usize, since: Timestamp) {
        let mut alone = self.plan.alone(subject);
        let Some(judged) = alone.find(|place| self.plan.judged()[*place].level == level) else { return };
        self.latches[judged] = Latch::Raised { since, under_since: None };
        self.is_busy[subject] = true;
        self.verdicts[subject] =
            Some(Verdict { level, judged, window: Window::Short, impact: Impact::default(), kpi: None, since });
    }

    /// The worst level of all.
    pub fn worst(&self) -> Option<&Verdict> {
        self.verdicts.iter().flatten().min_by_key(|verdict| verdict.level)
    }

    /// Looks at each subject's impact, and at that on each KPI of [`SeverityPlan::moved`]; none where its source is silent, which freezes its rules. An earlier
    /// time than the last changes nothing.
    ///
    /// A pool is judged by those of its members that can be seen, and frozen when none can.
    pub fn evaluate(
        &mut self,
        now: Timestamp,
        (evidence, kpis): (&[Option<Evidence>], &[Option<KpiEvidence>]),
        tell: &mut impl FnMut(SeverityChange),
    ) {
        if self.evaluated_at.is_some_and(|last| now < last) {
            return;
        }
        self.evaluated_at = Some(now);
        let plan = Arc::clone(&self.plan);
        for (subject, of_subject) in evidence.iter().enumerate().take(plan.subjects()) {
            // What is lost of a KPI is hit in attempts too.
            let is_hit = of_subject.as_ref().is_none_or(|both| both.iter().any(|impact| impact.share > Share::ZERO));
            if is_hit || self.is_busy[subject] {
                let judged = plan.alone(subject).map(|at| (at, measured(&plan.judged()[at].members, evidence, kpis)));
                self.is_busy[subject] = self.judge(now, subject, judged, tell);
            }
        }
        for (pool, at) in plan.pools().enumerate() {
            let judged = [(at, measured(&plan.judged()[at].members, evidence, kpis))];
            self.judge(now, plan.subjects() + pool, judged, tell);
        }
    }

    /// Whether anything is pending or raised after that.
    fn judge(
        &mut self,
        now: Timestamp,
        target: usize,
        judged: impl IntoIterator<Item = (usize, Option<[Measured; 2]>)>,
        tell: &mut impl FnMut(SeverityChange),
    ) -> bool {
        let before = self.verdicts[target];
        let mut worst: Option<Verdict> = None;
        let mut is_busy = false;
        for (at, measured) in judged {
            let rule = &self.plan.judged()[at];
            let over = measured.as_ref().and_then(|both| passing(rule, both));
            let was = self.latches[at];
            let latch = match &measured {
                None => was.frozen(),
                Some(both) => was.next(now, over.is_some(), lowering(rule, both)),
            };
            self.latches[at] = latch;
            is_busy |= latch != Latch::Quiet;
            let Latch::Raised { since, .. } = latch else { continue };
            let held = before.filter(|verdict| verdict.judged == at);
            let raised = over.map(|(window, of)| verdict((rule, at), since, window, of));
            // Before others have been lowered this one may have been raised without a word: it has its numbers of now.
            let verdict = held.or(raised).unwrap_or_else(|| current((rule, at), since, measured.as_ref()));
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

/// What a rule looks at over both windows, in the order of [`Window::ALL`]; none where nobody can see it.
pub(super) fn measured(
    members: &Members,
    evidence: &[Option<Evidence>],
    kpis: &[Option<KpiEvidence>],
) -> Option<[Measured; 2]> {
    let attempts = |place: &usize| evidence.get(*place)?.as_ref();
    let kpi = |place: &usize| kpis.get(*place)?.as_ref();
    match members {
        Members::One(place) => attempts(place).map(|both| both.map(Measured::Attempts)),
        Members::Kpi(place) => kpi(place).map(|both| both.map(|of| Measured::Kpi(Box::new(of)))),
        Members::Pool(places) => {
            let seen = || places.iter().filter_map(attempts);
            let of = |window| Measured::Attempts(Impact::pooled(seen().map(|both| &both[window as usize])));
            seen().next().map(|_| Window::ALL.map(of))
        }
        Members::KpiPool(places) => {
            let seen = || places.iter().filter_map(kpi);
            let of = |window| Measured::Kpi(Box::new(KpiImpact::pooled(seen().map(|both| &both[window as usize]))));
            seen().next().map(|_| Window::ALL.map(of))
        }
    }
}

/// The window that is over, if any is: the one with the higher lower bound.
fn passing<'m>(rule: &Judged, both: &'m [Measured; 2]) -> Option<(Window, &'m Measured)> {
    let over = Window::ALL.into_iter().zip(both).filter(|(_, of)| of.passes(rule));
    over.max_by_key(|(_, of)| of.at_least())
}

/// Both windows must be well under: as long as one of them is over the rule holds.
fn lowering(rule: &Judged, both: &[Measured; 2]) -> Lowering {
    let is_under = both.iter().all(|of| of.is_well_under(rule));
    if is_under { Lowering::WellUnder } else { Lowering::No }
}

fn current(rule: (&Judged, usize), since: Timestamp, both: Option<&[Measured; 2]>) -> Verdict {
    let windows = both.into_iter().flat_map(|both| Window::ALL.into_iter().zip(both));
    match windows.max_by_key(|(_, of)| of.share()) {
        Some((window, of)) => verdict(rule, since, window, of),
        None => verdict(rule, since, Window::Short, &Measured::Attempts(Impact::default())),
    }
}

fn verdict((rule, judged): (&Judged, usize), since: Timestamp, window: Window, of: &Measured) -> Verdict {
    Verdict { level: rule.level, judged, window, impact: *of.attempts(), kpi: of.kpi().map(|of| of.part), since }
}
