//! An incident at a glance.

use super::super::csv::Table;
use super::super::severity::number;
use crate::incidents::{Words, author, ended_at};
use milepost_impact::Lost;
use milepost_impact::incident::{Incident, IncidentKind, Level, Phase, Route};
use serde::Serialize;
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// An incident.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub(in super::super) struct IncidentItem {
    product: String,
    /// Its number in the product: 1 is the first that was ever opened.
    incident: u64,
    /// `impact`: users have trouble; `telemetry-lost`: nobody knows.
    kind: &'static str,
    /// `open`; `resolved`: a person says that it is over, and not all of it has healed; or `closed`.
    state: &'static str,
    /// What is wrong, in the product's words.
    title: String,
    /// The level that counts: what a person says where one has, else what the rules give.
    level: Option<String>,
    /// What the rules give.
    computed_level: Option<String>,
    /// The worst that they ever gave.
    worst_level: Option<String>,
    /// Whether a person has said how bad it is.
    is_overridden: bool,
    opened_at: String,
    /// When it was over, or a person said so.
    ended_at: Option<String>,
    /// The steps, or uses of steps, that are hit now.
    active_steps: Vec<String>,
    /// All that are or were hit.
    steps: Vec<String>,
    /// The objectives that need them.
    objectives: Vec<String>,
    /// Who must act: `sre` is paged, the `queue` of a team, or the `platform` team.
    route: Option<&'static str>,
    /// The team whose queue it is in.
    team: Option<String>,
    /// Who has it.
    acknowledged_by: Option<String>,
    /// The cause that is suspected.
    suspected: Option<String>,
    /// Null for up to three minutes, and where nobody knows what users do.
    lost: Option<LostBody>,
    /// What it costs of KPIs so far, in words, or that it is not known yet; null where its steps move none, or none is lost.
    cost: Option<String>,
}

/// Attempts lost so far.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = LostAttempts)]
pub(super) struct LostBody {
    /// Those that were bad, and those that never came.
    gross: f64,
    /// The same without what came more than usual after that.
    net: f64,
    /// At least so many, gross, at 99 %.
    low: f64,
    /// At most so many, gross, at 99 %.
    high: f64,
}

pub(super) const TABLE: Table = Table::Rows(&[
    "product",
    "incident",
    "kind",
    "state",
    "title",
    "level",
    "computed_level",
    "worst_level",
    "is_overridden",
    "opened_at",
    "ended_at",
    "active_steps",
    "steps",
    "objectives",
    "route",
    "team",
    "acknowledged_by",
    "suspected",
    "lost.gross",
    "lost.net",
    "lost.low",
    "lost.high",
    "cost",
]);

impl IncidentItem {
    pub(in super::super) fn of(words: &Words<'_>, incident: &Incident) -> Self {
        let level = |level: Option<&Level>| level.map(|level| level.name.to_string());
        let objectives: BTreeSet<_> = incident.steps.keys().flat_map(|path| words.objectives_of(path)).collect();
        let team = match &incident.route {
            Some(Route::Queue { team }) => Some(team.clone()),
            _ => None,
        };
        Self {
            product: words.product.to_string(),
            incident: incident.id.0,
            kind: kind(incident.kind),
            state: state(&incident.phase),
            title: words.title(incident),
            level: level(incident.level()),
            computed_level: level(incident.computed_level()),
            worst_level: level(incident.worst_level()),
            is_overridden: incident.overridden.is_some(),
            opened_at: incident.opened_at.to_string(),
            ended_at: ended_at(incident).map(|at| at.to_string()),
            active_steps: incident.active().map(|(path, _)| path.to_string()).collect(),
            steps: incident.steps.keys().map(ToString::to_string).collect(),
            objectives: objectives.iter().map(ToString::to_string).collect(),
            route: incident.route.as_ref().map(route),
            team,
            acknowledged_by: incident.acknowledged.as_ref().map(|(by, _)| author(by).to_owned()),
            suspected: incident.suspicion.as_ref().map(|suspicion| suspicion.text.clone()),
            lost: incident.lost().as_ref().map(LostBody::of),
            cost: words.cost(incident),
        }
    }
}

impl IncidentItem {
    /// Whether it is over.
    pub(in super::super) fn is_closed(&self) -> bool {
        self.state == "closed"
    }
}

impl LostBody {
    pub(super) fn of(lost: &Lost) -> Self {
        let [gross, net, low, high] = [lost.gross, lost.net, lost.low, lost.high].map(number);
        Self { gross, net, low, high }
    }
}

fn kind(kind: IncidentKind) -> &'static str {
    match kind {
        IncidentKind::Impact => "impact",
        IncidentKind::TelemetryLost => "telemetry-lost",
    }
}

fn state(phase: &Phase) -> &'static str {
    match phase {
        Phase::Open => "open",
        Phase::Resolved { .. } => "resolved",
        Phase::Closed { .. } => "closed",
    }
}

fn route(route: &Route) -> &'static str {
    match route {
        Route::PageSre => "sre",
        Route::Queue { .. } => "queue",
        Route::Platform => "platform",
    }
}
