//! An incident with all that is known of it.

use super::item::{IncidentItem, LostBody};
use crate::incidents::{Words, author, route_of};
use milepost_impact::LostKpi;
use milepost_impact::incident::Phase;
use milepost_impact::incident::{Event, HitStep, Incident, Resolution, What};
use milepost_model::{Name, StepPath};
use serde::Serialize;
use utoipa::ToSchema;

/// An incident with its steps, its timeline, and what people have said of it.
#[derive(Debug, Serialize, ToSchema)]
pub(in super::super) struct IncidentDetail {
    #[serde(flatten)]
    item: IncidentItem,
    /// Who must act, and why, in words.
    routed: Option<String>,
    /// The levels of the product's rules, the worst first: what a person can say it is.
    levels: Vec<String>,
    /// How each step was hit.
    hits: Vec<HitBody>,
    /// The sources that are silent.
    silent: Vec<String>,
    /// What is lost of KPIs so far, in their units.
    kpis: Vec<KpiBody>,
    suspicion: Option<SuspicionBody>,
    /// What a person says of how bad it is.
    overridden: Option<OverrideBody>,
    /// When it was taken.
    acknowledged_at: Option<String>,
    /// The incident that it has become part of.
    merged_into: Option<u64>,
    /// What has happened, the oldest first.
    timeline: Vec<EventBody>,
    /// Entries beyond what a timeline holds.
    left_out: u64,
}

/// A step of an incident.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = IncidentStep)]
pub(super) struct HitBody {
    /// The step, or `objective/step` of a use.
    path: String,
    title: String,
    /// The objectives that need it, by their titles.
    objectives: Vec<String>,
    /// Its level, or its last.
    level: Option<String>,
    worst_level: Option<String>,
    since: String,
    healed_at: Option<String>,
    is_supported: bool,
    /// The team that answers for it.
    owner: String,
    /// What it failed by when it was hit.
    causes: Vec<String>,
    lost: Option<LostBody>,
    /// What it has lost of KPIs so far, in their units.
    kpis: Vec<KpiBody>,
}

/// What is lost of a KPI so far.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LostKpi)]
pub(super) struct KpiBody {
    kpi: String,
    /// What people call it.
    title: String,
    /// What it is counted in.
    unit: String,
    lost: f64,
    low: f64,
    high: Option<f64>,
}

/// A cause that is suspected.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Suspicion)]
pub(super) struct SuspicionBody {
    text: String,
    service: Option<String>,
    /// The team that owns the service.
    owner: Option<String>,
}

/// What a person says of how bad an incident is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = IncidentOverride)]
pub(super) struct OverrideBody {
    /// Null when it is no incident to them.
    level: Option<String>,
    by: String,
    at: String,
    reason: String,
}

/// Something that has happened.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = IncidentEvent)]
pub(super) struct EventBody {
    at: String,
    /// Who has done it; `Milepost` when it follows from what is measured.
    by: String,
    /// `opened`, `step-hit`, `step-level`, `step-healed`, `step-moved`, `source`, `lost`, `kpi-lost`, `suspected`, `routed`, `alert`, `change`,
    /// `acknowledged`, `note`, `overridden`, `override-removed`, `resolved` or `closed`.
    what: &'static str,
    /// The same in words.
    text: String,
    /// The step that it is about, if it is about one.
    step: Option<String>,
}

impl IncidentDetail {
    pub(in super::super) fn of(words: &Words<'_>, incident: &Incident) -> Self {
        let merged_into = match incident.phase {
            Phase::Closed { how: Resolution::Merged { into }, .. } => Some(into.0),
            _ => None,
        };
        Self {
            item: IncidentItem::of(words, incident),
            routed: incident.route.as_ref().map(route_of),
            levels: words.policy.levels.iter().map(ToString::to_string).collect(),
            hits: incident.steps.iter().map(|(path, hit)| HitBody::of(words, path, hit)).collect(),
            silent: incident.silent.iter().cloned().collect(),
            kpis: incident.kpis().into_iter().map(|(kpi, lost)| KpiBody::of(words, kpi, &lost)).collect(),
            suspicion: incident.suspicion.as_ref().map(|of| SuspicionBody {
                text: of.text.clone(),
                service: of.service.as_ref().map(ToString::to_string),
                owner: of.owner.clone(),
            }),
            overridden: incident.overridden.as_ref().map(|held| OverrideBody {
                level: held.level.as_ref().map(|level| level.name.to_string()),
                by: author(&held.by).to_owned(),
                at: held.at.to_string(),
                reason: held.reason.clone(),
            }),
            acknowledged_at: incident.acknowledged.as_ref().map(|(_, at)| at.to_string()),
            merged_into,
            timeline: incident.timeline.iter().map(|event| EventBody::of(words, event)).collect(),
            left_out: incident.left_out,
        }
    }
}

impl HitBody {
    fn of(words: &Words<'_>, path: &StepPath, hit: &HitStep) -> Self {
        Self {
            path: path.to_string(),
            title: words.step(path),
            objectives: words.objectives_of(path).iter().map(|name| words.objective(name)).collect(),
            level: Some(hit.level.name.to_string()),
            worst_level: Some(hit.worst.name.to_string()),
            since: hit.since.to_string(),
            healed_at: hit.healed_at.map(|at| at.to_string()),
            is_supported: hit.is_supported,
            owner: hit.owner.clone(),
            causes: hit.causes.iter().map(ToString::to_string).collect(),
            lost: hit.lost.as_ref().map(LostBody::of),
            kpis: hit.kpis.iter().map(|(kpi, lost)| KpiBody::of(words, kpi, lost)).collect(),
        }
    }
}

impl KpiBody {
    #[expect(clippy::cast_precision_loss, reason = "what is lost is shown to a few digits")]
    fn of(words: &Words<'_>, kpi: &Name, lost: &LostKpi) -> Self {
        let number = |micros: i128| micros as f64 / 1e6;
        let (title, unit) = words.kpi(kpi);
        Self {
            kpi: kpi.to_string(),
            title: title.to_owned(),
            unit: unit.to_owned(),
            lost: number(lost.lost_micros),
            low: number(lost.low_micros),
            high: lost.high_micros.map(number),
        }
    }
}

impl EventBody {
    fn of(words: &Words<'_>, event: &Event) -> Self {
        let (what, step) = kind(&event.what);
        Self {
            at: event.at.to_string(),
            by: author(&event.by).to_owned(),
            what,
            text: words.event(event),
            step: step.map(ToString::to_string),
        }
    }
}

/// What kind of thing has happened, and to which step.
fn kind(what: &What) -> (&'static str, Option<&StepPath>) {
    match what {
        What::Opened { .. } => ("opened", None),
        What::StepHit { step, .. } => ("step-hit", Some(step)),
        What::StepLevel { step, .. } => ("step-level", Some(step)),
        What::StepHealed { step } => ("step-healed", Some(step)),
        What::StepMoved { step, .. } => ("step-moved", Some(step)),
        What::Source { .. } => ("source", None),
        What::Lost { step, .. } => ("lost", Some(step)),
        What::KpiLost { step, .. } => ("kpi-lost", Some(step)),
        What::Suspected(_) => ("suspected", None),
        What::Routed(_) => ("routed", None),
        What::Alert { .. } => ("alert", None),
        What::Change { .. } => ("change", None),
        What::Acknowledged => ("acknowledged", None),
        What::Note { .. } => ("note", None),
        What::Overridden { .. } => ("overridden", None),
        What::OverrideRemoved => ("override-removed", None),
        What::Resolved { .. } => ("resolved", None),
        What::Closed(_) => ("closed", None),
    }
}
