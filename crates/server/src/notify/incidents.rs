//! Incidents as something to tell: whoever must act is told that one began, and that it is over, as of a burn.
//!
//! A burn and an incident of one step wake nobody twice: of a page of each, the one that began first tells of both.

use super::burning::{About, Burning, State};
use crate::evaluate::{Board, Standing};
use crate::incidents::{Known, Words, ended_at, is_told_by_page, route_of};
use milepost_impact::incident::{Incident, IncidentKind, Phase, Route};
use milepost_impact::{Lost, LostKpi};
use milepost_model::{DurationNs, Name, Timestamp};
use milepost_registry::Registry;
use milepost_slo::{Slo, Urgency};
use std::collections::BTreeMap;

/// Burns and incidents that begin within so long begin together: they are seen by different threads.
const AT_ONCE: DurationNs = DurationNs::from_seconds(5);

/// What an incident says beside what everything that is told has.
#[derive(Clone, Debug)]
pub(super) struct OfIncident {
    /// Its number.
    pub(super) number: u64,
    pub(super) kind: &'static str,
    /// The level that counts.
    pub(super) level: Option<String>,
    /// The steps that are hit, and the objectives that need them.
    pub(super) steps: Vec<String>,
    pub(super) objectives: Vec<String>,
    pub(super) suspected: Option<String>,
    pub(super) lost: Option<Lost>,
    /// What is lost of KPIs, and all of it in words.
    pub(super) kpis: Vec<OfKpi>,
    pub(super) cost: Option<String>,
    /// Who must act: `sre`, `queue` or `platform`; and the team of a queue.
    pub(super) route: &'static str,
    pub(super) team: Option<String>,
}

/// What an incident has cost of a KPI so far.
#[derive(Clone, Debug)]
pub(super) struct OfKpi {
    pub(super) kpi: String,
    pub(super) title: String,
    pub(super) unit: String,
    pub(super) lost: LostKpi,
}

/// Adds the incidents that go on, and those that are over, and says of burns that an incident tells them.
pub(super) fn add(registry: &Registry, board: &Board, known: &Known, burning: &mut Vec<Burning>) {
    let mut all = Vec::new();
    for product in &registry.products {
        let Some(incidents) = known.get(product.name.as_str()) else { continue };
        let policy = registry.severity_policy(&product.name);
        let words = Words { registry, product: &product.name, policy: &policy };
        let told = incidents.all().filter_map(|incident| of_incident(&words, incident));
        for (incident, urgency, mut told) in told {
            if incident.phase == Phase::Open {
                let is_told_otherwise = urgency == Urgency::Page && is_told_by_page(incident);
                let silent_since = silent_since(registry, board, &product.name, incident);
                let since = incident.opened_at;
                told.state = match silent_since {
                    Some(silent_since) => State::Silent { since, silent_since },
                    None => State::Fires { since, is_told_otherwise },
                };
                if urgency == Urgency::Page && !is_told_otherwise {
                    inhibit(&product.name, incident, burning);
                }
            }
            all.push(told);
        }
    }
    burning.extend(all);
}

fn of_incident<'i>(words: &Words<'_>, incident: &'i Incident) -> Option<(&'i Incident, Urgency, Burning)> {
    let route = incident.route.as_ref()?;
    let (urgency, route_name, team) = match route {
        Route::PageSre => (Urgency::Page, "sre", None),
        Route::Queue { team } => (Urgency::Ticket, "queue", Some(team.clone())),
        // Nobody knows how users do: that does not wait for the morning.
        Route::Platform => (Urgency::Page, "platform", None),
    };
    let kind = match incident.kind {
        IncidentKind::Impact => "impact",
        IncidentKind::TelemetryLost => "telemetry-lost",
    };
    let level = incident.level().map(|level| level.name.to_string());
    let title = words.title(incident);
    let steps: Vec<String> = incident.active().map(|(path, _)| path.to_string()).collect();
    let mut objectives: Vec<String> =
        (incident.active()).flat_map(|(path, _)| words.objectives_of(path)).map(|name| name.to_string()).collect();
    objectives.sort();
    objectives.dedup();
    let suspected = incident.suspicion.as_ref().map(|suspicion| suspicion.text.clone());
    let mut description = route_of(route);
    if let Some(suspected) = &suspected {
        description += &format!(". Suspected: {suspected}");
    }
    let cost = words.cost(incident);
    if let Some(cost) = &cost {
        description += &format!(". {cost}");
    }
    let number = incident.id.0;
    let labels = [
        ("alertname", "Incident".to_owned()),
        ("product", words.product.to_string()),
        ("incident", number.to_string()),
        ("kind", kind.to_owned()),
        ("severity", urgency.as_str().to_owned()),
        ("route", route_name.to_owned()),
    ];
    let mut labels: BTreeMap<String, String> = labels.into_iter().map(|(name, of)| (name.to_owned(), of)).collect();
    if let Some(team) = &team {
        labels.insert("team".to_owned(), team.clone());
    }
    let state = State::Ended { at: ended_at(incident).unwrap_or(incident.opened_at) };
    let told = Burning {
        product: words.product.to_string(),
        slo: subject(number),
        urgency,
        state,
        labels,
        summary: level.as_ref().map_or_else(|| title.clone(), |level| format!("{title} ({level})")),
        description,
        about: About::Incident(OfIncident {
            number,
            kind,
            level,
            steps,
            objectives,
            suspected,
            lost: incident.lost(),
            kpis: kpis(words, incident),
            cost,
            route: route_name,
            team,
        }),
    };
    Some((incident, urgency, told))
}

fn kpis(words: &Words<'_>, incident: &Incident) -> Vec<OfKpi> {
    let of = |(kpi, lost): (&Name, LostKpi)| {
        let (title, unit) = words.kpi(kpi);
        OfKpi { kpi: kpi.to_string(), title: title.to_owned(), unit: unit.to_owned(), lost }
    };
    incident.kpis().into_iter().map(of).collect()
}

/// What stands for an incident where burns have their SLO: no name of an SLO has a space.
fn subject(number: u64) -> String {
    format!("incident {number}")
}

/// Burns of steps that are hit, which began with the incident or later, are told by it.
fn inhibit(product: &Name, incident: &Incident, burning: &mut [Burning]) {
    for of in burning {
        if is_of(product, incident, of)
            && let State::Fires { since, is_told_otherwise } = &mut of.state
            && since.plus(AT_ONCE) >= incident.opened_at
        {
            *is_told_otherwise = true;
        }
    }
}

fn is_of(product: &Name, incident: &Incident, burning: &Burning) -> bool {
    let step = burning.labels.get("step");
    burning.product == product.as_str()
        && step.is_some_and(|step| incident.active().any(|(path, _)| path.step.as_str() == step))
}

/// Since when a maintenance keeps every SLO of every step silent that is hit.
fn silent_since(registry: &Registry, board: &Board, product: &Name, incident: &Incident) -> Option<Timestamp> {
    let mut last = None;
    for (path, _) in incident.active() {
        let of_step = |slo: &Slo| slo.product == *product && slo.indicator.path.step == path.step;
        let standings = registry.slos.iter().zip(&board.standings).filter(|(slo, _)| of_step(slo));
        let silent: Vec<Option<Timestamp>> =
            standings.filter_map(|(_, standing)| standing.as_ref()).map(|of: &Standing| of.silent_since).collect();
        let since = silent.iter().copied().collect::<Option<Vec<_>>>().filter(|all| !all.is_empty())?;
        last = last.max(since.into_iter().max());
    }
    last
}
