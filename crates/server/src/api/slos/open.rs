//! Objectives of OpenSLO documents among SLOs: the same noun, counted from another source.

use super::about::About;
use crate::api::ask::Ask;
use crate::counts::SeriesKey;
use crate::evaluate::Standing;
use crate::prometheus::OpenJudged;
use milepost_model::Minute;
use milepost_registry::{Promised, Registry};
use milepost_slo::open::{OpenBudgeting, SliKind};
use milepost_slo::{Counting, Doubt, Quality, SloState, WindowKey};

impl<'r> About<'r> {
    /// One of an OpenSLO document; `None` where it says no step.
    pub(super) fn open(registry: &'r Registry, judged: &'r OpenJudged<'r>) -> Option<Self> {
        let (binding, of) = (judged.binding()?, Promised::of_open(judged.slo)?);
        let window = WindowKey::of_open(&judged.slo.window).ok();
        let indicator = judged.query.as_ref().map(|query| query.id.clone()).unwrap_or_default();
        let kind = SliKind::NAMED.iter().find(|(_, kind)| Some(*kind) == binding.kind);
        Some(Self {
            of,
            name: judged.name.clone(),
            title: title(judged),
            method: binding.method,
            class: "any".to_owned(),
            source: "prometheus",
            sli: kind.map_or("unspecified", |(name, _)| name),
            threshold: None,
            target: judged.objective.target,
            window: judged.slo.window.to_string(),
            counted: window.zip(Counting::of_open(judged.objective, &judged.slo.window).ok()),
            unit: unit(judged),
            series: SeriesKey::Imported(indicator.clone()),
            indicator,
            alerts: &judged.alerts,
            unjudged: &judged.unjudged,
            policy: registry.budget_policy(of),
            expressions: judged.expressions(),
        })
    }
}

fn title(judged: &OpenJudged<'_>) -> String {
    match judged.objective.title.as_str() {
        "" => judged.slo.title.clone(),
        objective => format!("{}: {objective}", judged.slo.title),
    }
}

fn unit(judged: &OpenJudged<'_>) -> &'static str {
    match (judged.objective.budgeting, &judged.query) {
        (OpenBudgeting::Timeslices { .. }, _) => "slices",
        (OpenBudgeting::RatioTimeslices { .. }, _) => "billionths of slices",
        (OpenBudgeting::Occurrences, Ok(query)) => query.asked.unit(),
        (OpenBudgeting::Occurrences, Err(_)) => "events",
    }
}

/// How an objective is, and why it is not good.
pub(super) fn state(
    ask: &Ask<'_>,
    judged: &OpenJudged<'_>,
    standing: Option<&Standing>,
) -> (&'static str, Option<String>) {
    let unknown = |reason: String| ("unknown", Some(reason));
    let query = match &judged.query {
        Ok(query) => query,
        Err(why) => return unknown(format!("not measured: {why}")),
    };
    let error = ask.shared.imports().get(&query.id).and_then(|note| note.error.clone());
    let Some((standing, imported)) = standing.and_then(|standing| Some((standing, standing.imported?))) else {
        return unknown(error.unwrap_or_else(|| "its history is being imported".to_owned()));
    };
    if imported.through < imported.backfilled {
        let through = Minute::new(imported.through).start();
        return unknown(error.unwrap_or_else(|| format!("its history is being imported: up to {through}")));
    }
    if !standing.is_alive {
        let since = Minute::new(imported.through).start();
        return unknown(error.unwrap_or_else(|| format!("its source has told of no minute since {since}")));
    }
    let (counts, target) = (standing.budget.counts, judged.objective.target);
    let method = judged.binding().map(|binding| binding.method).unwrap_or_default();
    match SloState::of(target, counts, &Quality::unmeasured(method)) {
        SloState::Met => ("good", None),
        SloState::Missed => {
            ("bad", Some(format!("{} of {} are not good: more than {target} allows", counts.bad(), counts.valid)))
        }
        SloState::Unknown(Doubt::NoData) => {
            ("no-data", Some("its queries gave nothing to count in the window so far".to_owned()))
        }
        SloState::Unknown(doubt) => unknown(doubt.to_string()),
    }
}
