//! Every step by type and method: which SLOs there are, and which its criticality asks for and nobody has written.

use milepost_model::{Criticality, Stage, Step, StepPath};
use milepost_registry::Registry;
use milepost_slo::Method;
use serde::Serialize;
use std::collections::BTreeMap;

/// Types in the order in which people think of them.
const TYPES: [&str; 6] = ["availability", "latency", "freshness", "correctness", "coverage", "throughput"];

/// What is asked of a criticality: the cheapest that tells, and where a step is critical also how its users see it.
const ASKED: [(Criticality, &str, Method); 4] = [
    (Criticality::Critical, "availability", Method::Service),
    (Criticality::Critical, "latency", Method::Service),
    (Criticality::Critical, "availability", Method::Client),
    (Criticality::Important, "availability", Method::Service),
];

/// The SLOs of a step by type and method.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Coverage {
    pub(crate) product: String,
    pub(crate) step: String,
    pub(crate) criticality: &'static str,
    /// By `type method`, the targets.
    pub(crate) has: BTreeMap<String, Vec<String>>,
    /// `type method` of those that are asked for and not there.
    pub(crate) missing: Vec<String>,
    #[serde(skip)]
    level: Criticality,
}

impl Coverage {
    /// Of all launched steps, the most important first; what the telemetry of a step serves is the caller's matter.
    pub(crate) fn of(registry: &Registry) -> Vec<Self> {
        let is_live = |step: &&Step| registry.objectives_of(step).any(|objective| objective.stage == Stage::Live);
        let mut all: Vec<Self> = registry.steps.iter().filter(is_live).map(|step| of_step(registry, step)).collect();
        all.sort_by_key(|of| (of.product.clone(), std::cmp::Reverse(of.level)));
        all
    }
}

fn of_step(registry: &Registry, step: &Step) -> Coverage {
    let path = StepPath { objective: None, step: step.name.clone() };
    let level = registry.criticality(&step.product, &path).map_or(Criticality::None, |found| found.criticality);
    let mut has: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let own = registry.slos.iter().filter(|slo| slo.product == step.product && slo.indicator.path.step == step.name);
    for slo in own {
        has.entry(key(slo.indicator.sli.as_str(), slo.indicator.method)).or_default().push(slo.target.to_string());
    }
    let bound = registry.open_slos.iter().filter_map(|slo| slo.binding.as_ref());
    for binding in bound.filter(|of| of.product == step.product && of.path.step == step.name) {
        let named = milepost_slo::open::SliKind::NAMED.iter().find(|(_, kind)| binding.kind == Some(*kind));
        let kind = named.map_or("other", |(name, _)| *name);
        has.entry(key(kind, binding.method)).or_default().push("OpenSLO".to_owned());
    }
    let is_missing =
        |(of, kind, method): &&(Criticality, &str, Method)| *of == level && !has.contains_key(&key(kind, *method));
    let missing = ASKED.iter().filter(is_missing).map(|(_, kind, method)| key(kind, *method)).collect();
    Coverage {
        product: step.product.to_string(),
        step: step.name.to_string(),
        criticality: level.as_str(),
        has,
        missing,
        level,
    }
}

fn key(kind: &str, method: Method) -> String {
    format!("{kind} {}", method.as_str())
}

/// Types with methods, of which any step has or misses one, in order.
pub(super) fn columns(all: &[&Coverage]) -> Vec<String> {
    let pairs = TYPES.iter().chain(["other"].iter()).flat_map(|kind| Method::ALL.map(|method| key(kind, method)));
    pairs.filter(|key| all.iter().any(|of| of.has.contains_key(key) || of.missing.contains(key))).collect()
}
