//! What incidents are told of each round: which steps are hit, by what, what is suspected, and which alerts fire.

use super::book::ChangeError;
use super::explained::Together;
use super::failing::{Uses, declared, is_slow};
use super::hit::{Below, HitBy, common_error, explained, failing, hit_by, where_mostly};
use super::words::ALL_TELEMETRY;
use crate::changes::Changes;
use crate::evaluate::Board;
use crate::severity::{ProductSeverity, SeverityBoard};
use crate::shared::Shared;
use crate::version::Version;
use milepost_impact::incident::{
    Cause, Event, Incident, IncidentId, Incidents, Level, Observation, StepHit, Suspicion, What,
};
use milepost_impact::suspect::{Reach, rank_operations};
use milepost_impact::{Attempts, Impact, Lost, Trouble};
use milepost_model::{DurationNs, Minute, Name, StepId, StepPath, Timestamp};
use milepost_slo::Urgency;
use std::collections::{BTreeSet, HashMap};
use std::convert::Infallible;
use std::sync::Arc;

/// Observes for incidents under one version of the registry.
#[derive(Debug)]
pub(crate) struct Watch {
    version: Arc<Version>,
    uses: Uses,
    reach: HashMap<String, Reach>,
    /// Why what has happened could not be stored in the last round.
    error: Option<String>,
}

/// What is suspected changes so often at most: what fails most differs from one minute to the next.
const SUSPECTED_FOR: DurationNs = DurationNs::from_seconds(300);
/// Changes of which an incident tells: a perfect fit of three hours ago, or one of many steps just before.
const LEAST_SUSPECT: u64 = 15_000_000;
const MOST_CHANGES: usize = 3;
/// A change that is named beside the operation that fails: a perfect fit of at most an hour and a half ago.
const PROBABLY_SUSPECT: u64 = 125_000_000;

impl Watch {
    pub(crate) fn new(shared: &Shared, version: Arc<Version>) -> Self {
        let registry = &version.setup.registry;
        let reach = registry.products.iter().map(|of| (of.name.to_string(), declared(registry, &of.name))).collect();
        let mut watch = Self { version, uses: Uses::default(), reach, error: None };
        watch.look(shared, shared.now().minute());
        watch
    }

    /// Observes one round.
    pub(crate) fn round(&mut self, shared: &Shared, board: &SeverityBoard) {
        let Some(at) = board.at else { return };
        self.look(shared, at.minute());
        let alerts = shared.board();
        let mut errors = Vec::new();
        for product in &board.products {
            let known = shared.incidents.of(product.product.as_str());
            let is_quiet = product.judge.worst().is_none() && known.open().next().is_none();
            if is_quiet && !board.is_silent && product.lost_sources.is_empty() {
                continue;
            }
            let below = self.below(shared, product);
            let observation = Self::observation((board, product), &below, at);
            let happens = |incidents: &mut Incidents| {
                let mut told = incidents.observe(&observation);
                self.suspect(incidents, (product, &below), &shared.changes, at, &mut told);
                self.alerts(incidents, &alerts, at, &mut told);
                Ok::<_, Infallible>(told)
            };
            match shared.incidents.change(product.product.as_str(), happens) {
                Ok(told) => told.iter().for_each(|event| log(product.product.as_str(), event)),
                Err(ChangeError::Refused(never)) => match never {},
                Err(error) => errors.push(crate::commit::chain(&error)),
            }
        }
        let error = errors.pop();
        if let Some(why) = error.as_ref().filter(|_| self.error != error) {
            tracing::error!(error = why, "what happens to incidents is not stored, and so not told");
        }
        self.error = error;
    }

    fn look(&mut self, shared: &Shared, now: Minute) {
        let (uses, reach) = (&mut self.uses, &mut self.reach);
        uses.look(&shared.counts(), now, |product, operation, step| {
            if let Some(reach) = reach.get_mut(product) {
                reach.add(operation, step);
            }
        });
    }

    fn observation((board, product): (&SeverityBoard, &ProductSeverity), below: &Below, at: Timestamp) -> Observation {
        let mut observation = Observation { at, ..Observation::default() };
        for (place, of) in product.paths.iter().enumerate() {
            let Some(verdict) = product.verdict(place) else { continue };
            let Some(name) = product.policy.levels.get(verdict.level) else { continue };
            let mut causes = below.get(&of.path).map(HitBy::causes).unwrap_or_default();
            if product.impact(place).is_some_and(is_mostly_missing) {
                causes.insert(Cause::MissingTraffic);
            }
            observation.hits.push(StepHit {
                step: of.path.clone(),
                level: Level { place: verdict.level, name: name.clone() },
                trouble: Trouble::of(&verdict.impact),
                reason: product.reason(verdict),
                is_supported: of.is_supported,
                owner: of.owner.clone(),
                causes,
            });
            if let Some(lost) = product.lost.get(&place).filter(|lost| **lost != Lost::default()) {
                observation.lost.insert(of.path.clone(), *lost);
            }
            if let Some(kpis) = product.lost_kpis.get(&place).filter(|kpis| !kpis.is_empty()) {
                observation.kpis.insert(of.path.clone(), kpis.clone());
            }
        }
        observation.silent = match board.is_silent {
            true => [ALL_TELEMETRY.to_owned()].into(),
            false => product.lost_sources.clone(),
        };
        observation
    }

    /// What each step that has a level fails by. While nothing can be seen nothing is known.
    fn below(&self, shared: &Shared, product: &ProductSeverity) -> Below {
        let (counts, mut symptoms, now) = (shared.counts(), shared.symptoms(), shared.now().minute());
        let steps = &self.version.setup.registry.steps;
        let hit = product.paths.iter().enumerate().filter(|(place, _)| product.verdict(*place).is_some());
        let found = hit.filter_map(|(place, of)| {
            let step = steps.get(of.step)?;
            // Of the window in which operations are told, the shorter, where anything was hit in it.
            let both = product.evidence.get(place)?.as_ref()?;
            let impact = both.iter().find(|impact| impact.seen.bad() > 0)?;
            let served = self.uses.of(&counts, product.product.as_str(), step.name.as_str());
            let (version, id) = (self.version.number, StepId::new(of.step));
            let explained = symptoms.explained(version, id, is_slow(impact.seen), now);
            let failed = symptoms.failed(version, id, now);
            Some((of.path.clone(), hit_by(step, impact.seen, explained, &served, failed)))
        });
        found.collect()
    }

    /// What may have caused each incident that goes on.
    fn suspect(
        &self,
        incidents: &mut Incidents,
        (product, below): (&ProductSeverity, &Below),
        changes: &Changes,
        at: Timestamp,
        told: &mut Vec<Event>,
    ) {
        let registry = &self.version.setup.registry;
        let Some(reach) = self.reach.get(product.product.as_str()) else { return };
        let due: Vec<(IncidentId, Timestamp, BTreeSet<StepPath>)> = incidents
            .open()
            .map(|incident| (incident, incident.active().map(|(path, _)| path.clone()).collect()))
            .filter(|(incident, paths)| is_due(incident, below, paths, at))
            .map(|(incident, paths)| (incident.id, incident.opened_at, paths))
            .collect();
        for (id, opened_at, paths) in due.into_iter().filter(|(.., paths)| !paths.is_empty()) {
            let hit: BTreeSet<Name> = paths.iter().map(|path| path.step.clone()).collect();
            let suspects = changes.suspects(&product.product, reach, &hit, opened_at);
            for suspect in suspects.iter().filter(|suspect| suspect.score >= LEAST_SUSPECT).take(MOST_CHANGES) {
                told.extend(incidents.changed(id, at, &suspect.change.what));
            }
            let change = suspects.first().filter(|suspect| suspect.score >= PROBABLY_SUSPECT);
            let change = change.map(|suspect| format!("; shortly before: {}", suspect.change.what.title));
            let Some((what, service)) = first_suspect(below, &paths, reach, &hit) else { continue };
            let owner = registry.services.iter().find(|of| of.product == product.product && of.name == service);
            let suspicion = Suspicion {
                text: format!("{what}{}{}", where_mostly(below, &paths), change.unwrap_or_default()),
                service: Some(service),
                owner: owner.map(|of| of.owner.clone()),
            };
            told.extend(incidents.suspect(id, at, suspicion));
        }
    }

    /// Burn alerts of steps that incidents are about, as they begin and end.
    fn alerts(&self, incidents: &mut Incidents, board: &Board, at: Timestamp, told: &mut Vec<Event>) {
        if board.version != self.version.number {
            return;
        }
        let slos = &self.version.setup.registry.slos;
        let mut news: Vec<(StepPath, String, bool)> = Vec::new();
        for (slo, standing) in slos.iter().zip(&board.standings) {
            let Some(standing) = standing else { continue };
            for incident in incidents.open() {
                let mut active = incident.active().map(|(path, _)| path);
                let Some(path) = active.find(|path| path.step == slo.indicator.path.step) else { continue };
                for urgency in Urgency::ALL {
                    let mut tiers = slo.alerts.tiers.iter().zip(standing.alerts.tiers());
                    let fires = tiers.any(|(tier, state)| tier.urgency == urgency && state.is_firing());
                    let name = alert_name(slo.name.as_str(), urgency);
                    if was_firing(incident, &name) != fires {
                        news.push((path.clone(), name, fires));
                    }
                }
            }
        }
        for (step, name, fires) in news {
            told.extend(incidents.alert(&step, at, &name, fires));
        }
    }
}

fn is_mostly_missing(impact: &Impact) -> bool {
    impact.missing > Attempts::NONE && impact.missing >= Attempts::whole(impact.seen.bad())
}

/// What is suspected first of hit steps, in words, and its service: an error that all of several have in common, else the operation that most of their attempts
/// have to do with, else the one that fits best.
fn first_suspect(
    below: &Below,
    paths: &BTreeSet<StepPath>,
    reach: &Reach,
    hit: &BTreeSet<Name>,
) -> Option<(String, Name)> {
    if let Some(error) = common_error(below, paths).filter(|_| hit.len() > 1) {
        return Some((format!("{}: {}", error.service, error.error), error.service));
    }
    if let Some(together) = explained(below, paths) {
        return Some((together.text(), together.operation().service.clone()));
    }
    let failing = failing(below, paths);
    let first = rank_operations(&failing, reach, hit).into_iter().next()?;
    let operation = &first.failing.operation;
    Some((operation.to_string(), operation.service.clone()))
}

/// Whether it is time to say what is suspected: again after a while, and at once where traces show what was not known by them.
fn is_due(incident: &Incident, below: &Below, paths: &BTreeSet<StepPath>, at: Timestamp) -> bool {
    let is_shown = incident.suspicion.as_ref().is_some_and(|of| Together::is_told_in(&of.text));
    suspected_at(incident).is_none_or(|last| at.since(last) >= SUSPECTED_FOR)
        || !is_shown && explained(below, paths).is_some()
}

fn suspected_at(incident: &Incident) -> Option<Timestamp> {
    let mut last = incident.timeline.iter().rev();
    last.find(|event| matches!(event.what, What::Suspected(_))).map(|event| event.at)
}

/// How an alert of an SLO is called: as in no other word, a space stands between.
fn alert_name(slo: &str, urgency: Urgency) -> String {
    format!("{slo} {}", urgency.as_str())
}

/// Whether a page of one of its steps fired when an incident was opened: then that page tells of it.
pub(crate) fn is_told_by_page(incident: &Incident) -> bool {
    let is_page = |name: &str| name.rsplit_once(' ').is_some_and(|(_, urgency)| urgency == Urgency::Page.as_str());
    let mut begin = incident.timeline.iter().take_while(|event| event.at == incident.opened_at);
    begin.any(|event| matches!(&event.what, What::Alert { name, is_firing: true } if is_page(name)))
}

fn was_firing(incident: &Incident, name: &str) -> bool {
    let last = incident.timeline.iter().rev().find_map(|event| match &event.what {
        What::Alert { name: of, is_firing } if of == name => Some(*is_firing),
        _ => None,
    });
    last.unwrap_or(false)
}

fn log(product: &str, event: &Event) {
    let incident = event.incident.0;
    match &event.what {
        What::Opened { kind } => tracing::warn!(product, incident, ?kind, "an incident is open"),
        What::StepHit { step, reason, .. } => tracing::warn!(product, incident, %step, reason, "a step is hit"),
        What::Closed(how) => tracing::info!(product, incident, ?how, "an incident is over"),
        _ => {}
    }
}
