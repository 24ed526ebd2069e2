//! How bad it is as of one round, for whoever asks.

use super::usual::Usual;
use milepost_impact::severity::{Evidence, Explanation, Judge, KpiEvidence, Verdict, reason};
use milepost_impact::{Impact, Lost, LostKpi, Maturity, SeverityPolicy};
use milepost_model::{Name, Share, StepPath, Timestamp};
use milepost_store::Lsn;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The severity of everything as of a round.
#[derive(Debug, Default)]
pub struct SeverityBoard {
    /// The number of the registry's version.
    pub version: u64,
    /// When the round was; `None` before the first.
    pub at: Option<Timestamp>,
    /// Everything up to here is in it.
    pub lsn: Lsn,
    /// Whether anything was received lately; where not, nothing is raised or lowered.
    pub is_alive: bool,
    /// Whether nothing has come for so long, though something had, that somebody must look.
    pub is_silent: bool,
    /// The products, in the order of the registry.
    pub products: Vec<ProductSeverity>,
}

/// The severity of the steps of a product.
#[derive(Debug)]
pub struct ProductSeverity {
    /// Which product.
    pub product: Name,
    /// Its rules.
    pub policy: Arc<SeverityPolicy>,
    /// What the rules make of it.
    pub judge: Judge,
    /// What is judged: its steps, and the uses that a rule names.
    pub paths: Arc<[JudgedPath]>,
    /// What both windows of each hold; nothing while telemetry of it is silent.
    pub evidence: Vec<Option<Evidence>>,
    /// The same of each KPI at a step that a rule judges, in the order of the plan.
    pub kpis: Vec<Option<KpiEvidence>>,
    /// Services of which nothing comes any more, while that is the only telemetry of some of its steps.
    pub lost_sources: BTreeSet<String>,
    /// What its baseline can say, and from how many covered minutes.
    pub learnt: Arc<[(Maturity, u64)]>,
    /// What that is, for whoever shows what was expected of a time.
    pub(crate) usual: Arc<[Usual]>,
    /// What those lose that have a level of their own, by place, since they got it.
    pub lost: BTreeMap<usize, Lost>,
    /// What they lose of KPIs since then.
    pub lost_kpis: BTreeMap<usize, BTreeMap<Name, LostKpi>>,
}

/// A step, or a use of one, that is judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JudgedPath {
    /// Which.
    pub path: StepPath,
    /// The step's place in the registry.
    pub step: usize,
    /// Whether SRE supports it.
    pub is_supported: bool,
    /// The team that answers for it.
    pub owner: String,
    /// The services by whose telemetry its attempts are counted; none where the registry does not say which.
    pub sources: Vec<Name>,
}

impl SeverityBoard {
    /// The steps of which nobody knows how they do, since their only sources are lost, by their places in the registry.
    pub(crate) fn lost_steps(&self) -> BTreeSet<usize> {
        let of_product = |product: &ProductSeverity| {
            let lost = (0..product.paths.len()).filter(|place| product.lost_source(*place).is_some());
            lost.map(|place| product.paths[place].step).collect::<Vec<_>>()
        };
        self.products.iter().flat_map(of_product).collect()
    }

    /// The severity of a product.
    pub fn product(&self, name: &Name) -> Option<&ProductSeverity> {
        self.products.iter().find(|of| of.product == *name)
    }
}

/// The level of what stands at a place: its own, or that of a pool of which it is a part that is hit; the worse of both.
pub(super) fn verdict<'j>(judge: &'j Judge, evidence: &[Option<Evidence>], place: usize) -> Option<&'j Verdict> {
    let is_hit = || evidence.get(place)?.as_ref().map(|both| both.iter().any(|of| of.share > Share::ZERO));
    let pooled = judge.pools().filter(|(judged, _)| judge.plan().includes(judged, place)).map(|(_, verdict)| verdict);
    let pooled = pooled.filter(|_| is_hit().unwrap_or(false));
    judge.verdict(place).into_iter().chain(pooled).min_by_key(|verdict| verdict.level)
}

impl ProductSeverity {
    /// The level of what stands at a place: its own, or that of a pool of which it is a part that is hit; the worse of both.
    pub fn verdict(&self, place: usize) -> Option<&Verdict> {
        verdict(&self.judge, &self.evidence, place)
    }

    /// The source that what stands at a place has lost, where it has no other that is heard.
    pub(crate) fn lost_source(&self, place: usize) -> Option<&Name> {
        let is_unseen = self.evidence.get(place).is_some_and(Option::is_none);
        let sources = self.paths.get(place).filter(|_| is_unseen)?.sources.iter();
        sources.clone().find(|source| self.lost_sources.contains(source.as_str()))
    }

    /// Why something has its level, in a line.
    pub fn reason(&self, verdict: &Verdict) -> String {
        reason(&self.policy, &self.judge, verdict)
    }

    /// The impact on what stands at a place by the window that says more of it: the higher lower bound, then the longer.
    pub fn impact(&self, place: usize) -> Option<&Impact> {
        let both = self.evidence.get(place)?.as_ref()?;
        both.iter().max_by_key(|impact| impact.at_least)
    }

    /// The severity of what stands at a place with everything that leads to it.
    pub fn explanation(&self, place: usize, at: Timestamp) -> Option<Explanation> {
        let path = &self.paths.get(place)?.path;
        Some(Explanation::of((&self.policy, &self.judge), (path, place), (&self.evidence, &self.kpis), at))
    }

    /// The place of a step or of a use of one.
    pub fn place(&self, path: &StepPath) -> Option<usize> {
        self.paths.iter().position(|of| of.path == *path)
    }
}
