//! Which types of SLO each step has by which method: the list that is worked off from above.

use super::of::{Of, Use};
use milepost_model::{Criticality, Name};
use milepost_slo::Method;
use milepost_slo::open::SliKind;
use serde::Serialize;
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap, HashSet};

/// The types of a step's SLOs by method.
#[derive(Debug, Serialize)]
pub(super) struct StepRecord<'r> {
    pub(super) step: &'r str,
    pub(super) criticality: &'static str,
    pub(super) service: Vec<&'static str>,
    pub(super) client: Vec<&'static str>,
    pub(super) end_to_end: Vec<&'static str>,
    #[serde(skip)]
    pub(super) title: &'r str,
    #[serde(skip)]
    pub(super) level: Criticality,
}

impl StepRecord<'_> {
    /// Whether it promises nothing.
    pub(super) fn is_bare(&self) -> bool {
        self.service.is_empty() && self.client.is_empty() && self.end_to_end.is_empty()
    }
}

/// All launched steps, the most important first, of equals in the order in which users take them.
pub(super) fn records<'r>(of: &Of<'r>) -> Vec<StepRecord<'r>> {
    let mut kinds: HashMap<(&Name, Method), BTreeSet<&'static str>> = HashMap::new();
    for slo in of.slos() {
        let indicator = &slo.indicator;
        kinds.entry((&indicator.path.step, indicator.method)).or_default().insert(indicator.sli.as_str());
    }
    for (_, binding) in of.open_slos() {
        let kind =
            SliKind::NAMED.iter().find(|(_, kind)| binding.kind == Some(*kind)).map_or("other", |(name, _)| *name);
        kinds.entry((&binding.path.step, binding.method)).or_default().insert(kind);
    }
    let criticality = of.criticality_by_step();
    let mut seen = HashSet::new();
    let steps = of.uses().into_iter().filter(Use::is_live).map(|used| used.step);
    let mut records: Vec<StepRecord<'r>> = steps
        .filter(|step| seen.insert(&step.name))
        .map(|step| {
            let mut of_method = |method| kinds.remove(&(&step.name, method)).unwrap_or_default().into_iter().collect();
            let level = criticality.get(&step.name).copied().unwrap_or(Criticality::None);
            StepRecord {
                step: step.name.as_str(),
                criticality: level.as_str(),
                service: of_method(Method::Service),
                client: of_method(Method::Client),
                end_to_end: of_method(Method::EndToEnd),
                title: &step.title,
                level,
            }
        })
        .collect();
    records.sort_by_key(|record| Reverse(record.level));
    records
}

/// The types that any step has.
pub(super) fn kinds(records: &[StepRecord<'_>]) -> Vec<&'static str> {
    let all = records.iter().flat_map(|record| record.service.iter().chain(&record.client).chain(&record.end_to_end));
    all.copied().collect::<BTreeSet<_>>().into_iter().collect()
}

/// The methods by which any step is measured, the cheapest first.
pub(super) fn methods(records: &[StepRecord<'_>]) -> Vec<&'static str> {
    let is_used = |method: &Method| {
        records.iter().any(|record| match method {
            Method::Service => !record.service.is_empty(),
            Method::Client => !record.client.is_empty(),
            Method::EndToEnd => !record.end_to_end.is_empty(),
        })
    };
    Method::ALL.into_iter().filter(is_used).map(Method::as_str).collect()
}
