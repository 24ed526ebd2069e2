//! What is judged of one product: its rules at its steps, since when each has a level, and what it loses.

use super::board::{JudgedPath, ProductSeverity};
use super::ears::Ears;
use super::history::Excluded;
use super::losing::Losing;
use super::places::{Places, Series};
use super::traffic::Traffic;
use super::usual::Usual;
use crate::version::Version;
use milepost_impact::incident::Incidents;
use milepost_impact::severity::{Evidence, Judge, KpiEvidence, SeverityChange, SeverityPlan, Verdict};
use milepost_impact::{Maturity, SeverityPolicy, Window};
use milepost_model::{DurationNs, Minute, Name, StepId, StepPath, Timestamp};
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

/// What is judged of a product.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) product: Name,
    policy: Arc<SeverityPolicy>,
    pub(super) judge: Judge,
    pub(super) paths: Arc<[JudgedPath]>,
    /// Where they lie among all.
    pub(super) places: Range<usize>,
    /// What both windows of each hold, where that can be seen.
    evidence: Vec<Option<Evidence>>,
    /// The same of each KPI at a step that a rule judges, in the order of the plan.
    kpis: Vec<Option<KpiEvidence>>,
    /// Services that are not heard any more, so that nobody knows how some of them do.
    lost_sources: BTreeSet<String>,
    /// Since when each has a level, if it has one, and what it loses.
    pub(super) hit: Vec<Option<Hit>>,
    pub(super) learnt: Arc<[(Maturity, u64)]>,
    pub(super) usual: Arc<[Usual]>,
}

/// Something that has a level.
#[derive(Clone, Debug)]
pub(super) struct Hit {
    since: Timestamp,
    pub(super) losing: Losing,
}

/// Incidents begin before they are seen: in the shorter window.
const BEFORE: i64 = Window::Short.minutes();

impl Judged {
    /// With the levels that incidents have.
    pub(super) fn new(
        (version, product): (&Version, &Name),
        places: &mut Places,
        known: Option<&Incidents>,
        horizon: Minute,
    ) -> Self {
        let registry = &version.setup.registry;
        let policy = registry.severity_policy(product).into_owned();
        let steps = registry.judged_steps(product, &policy);
        let kpis = registry.product(product).map_or(&[][..], |product| &product.kpis);
        let subjects: Vec<_> = steps.iter().map(|of| (of.subject.clone(), of.tolerated)).collect();
        let mut judge = Judge::new(SeverityPlan::new(&policy, &subjects));
        let first = places.all.len();
        let (mut paths, mut hits) = (Vec::with_capacity(steps.len()), Vec::with_capacity(steps.len()));
        for (place, of) in steps.iter().enumerate() {
            let path = of.subject.path.clone();
            let moved = judge.plan().moved().iter().filter(|moved| moved.subject == place);
            let sources = registry.sources_of(of.step);
            places.add((of.step, &path), of.slow_by, (kpis, sources), moved.map(|moved| moved.kpi.clone()));
            let hit = known.and_then(|known| known.of_step(&path)?.steps.get(&path));
            if let Some(hit) = hit {
                // Levels may have changed their places since then.
                let level = policy.levels.iter().position(|name| *name == hit.level.name);
                let last = policy.levels.len().saturating_sub(1);
                judge.restore(place, level.unwrap_or(hit.level.place.min(last)), hit.since);
            }
            hits.push(hit.map(|hit| Hit { since: hit.since, losing: Losing::of(hit, horizon) }));
            paths.push(JudgedPath {
                path,
                step: registry.step(product, &of.step.name).map_or(usize::MAX, StepId::index),
                is_supported: registry.is_supported(of.step),
                owner: registry.owner_of(of.step).to_owned(),
                sources: registry.sources_of(of.step),
            });
        }
        Self {
            product: product.clone(),
            policy: Arc::new(policy),
            judge,
            paths: paths.into(),
            places: first..places.all.len(),
            evidence: Vec::new(),
            kpis: Vec::new(),
            lost_sources: BTreeSet::new(),
            hit: hits,
            learnt: Arc::new([]),
            usual: Arc::new([]),
        }
    }

    /// Lets a time pass in which nothing could be seen: nothing is raised or lowered by it.
    pub(super) fn freeze(&mut self, now: Timestamp) {
        let kpis = vec![None; self.judge.plan().moved().len()];
        self.judge.evaluate(now, (&vec![None; self.paths.len()], &kpis), &mut |_| {});
    }

    /// Judges what stands at its places.
    pub(super) fn round(&mut self, now: Timestamp, ears: &Ears, traffic: &mut [Traffic], series: &[Series]) {
        let evidence = |(traffic, series): (&Traffic, &Series)| {
            let is_seen = ears.is_alive() && !ears.are_lost(&series.sources);
            is_seen.then(|| traffic.evidence(now, ears.alive(&series.sources)))
        };
        self.evidence = traffic.iter().zip(series).map(evidence).collect();
        let kpis = traffic.iter().zip(&self.evidence).flat_map(|(traffic, of)| traffic.kpis(of.as_ref()));
        self.kpis = kpis.collect();
        let lost = series.iter().filter(|series| ears.are_lost(&series.sources));
        self.lost_sources = lost.flat_map(|series| &series.sources).map(Name::to_string).collect();
        let mut changes: Vec<SeverityChange> = Vec::new();
        self.judge.evaluate(now, (&self.evidence, &self.kpis), &mut |change| changes.push(change));
        for SeverityChange { target, after, .. } in changes {
            let Some(hit) = self.hit.get_mut(target) else { continue };
            match (after, hit.as_ref().map(|hit| hit.since)) {
                (Some(Verdict { since, .. }), None) => *hit = Some(Hit { since, losing: Losing::since(since) }),
                (None, Some(since)) => {
                    let (from, until) = bad_time(since, Some(now), now.minute());
                    traffic[target].usual.with(|baseline| baseline.exclude(from, until));
                    *hit = None;
                }
                _ => {}
            }
        }
    }

    /// Its rules.
    pub(super) fn policy(&self) -> &SeverityPolicy {
        &self.policy
    }

    /// What both windows of each hold, where that can be seen.
    pub(super) fn evidence(&self) -> &[Option<Evidence>] {
        &self.evidence
    }

    /// How bad it is, for whoever asks.
    pub(super) fn severity(&self) -> ProductSeverity {
        ProductSeverity {
            product: self.product.clone(),
            policy: Arc::clone(&self.policy),
            judge: self.judge.clone(),
            paths: Arc::clone(&self.paths),
            evidence: self.evidence.clone(),
            kpis: self.kpis.clone(),
            lost_sources: self.lost_sources.clone(),
            learnt: Arc::clone(&self.learnt),
            usual: Arc::clone(&self.usual),
            lost: self.losing().map(|(at, losing)| (at, losing.lost())).collect(),
            lost_kpis: self.losing().map(|(at, losing)| (at, losing.lost_kpis())).collect(),
        }
    }

    /// What those lose that have a level.
    fn losing(&self) -> impl Iterator<Item = (usize, &Losing)> {
        self.hit.iter().enumerate().filter_map(|(at, hit)| Some((at, &hit.as_ref()?.losing)))
    }
}

/// When something was wrong with a step, as far as incidents are remembered.
pub(super) fn bad_times(known: &Incidents, path: &StepPath, running: Minute) -> Excluded {
    let hits = known.all().filter_map(|incident| incident.steps.get(path));
    hits.map(|hit| bad_time(hit.since, hit.healed_at, running)).collect()
}

fn bad_time(since: Timestamp, until: Option<Timestamp>, running: Minute) -> (Minute, Minute) {
    let begin = since.minus(DurationNs::from_seconds(60 * BEFORE.unsigned_abs())).minute();
    (begin, Minute::new(until.map_or(running, Timestamp::minute).number() + 1))
}
