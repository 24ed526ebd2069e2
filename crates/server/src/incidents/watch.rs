//! What incidents are told of each round: which steps are hit, by what, what is suspected, and which alerts fire.

use super::book::ChangeError;
use super::failing::{Served, Uses, declared};
use crate::changes::Changes;
use crate::evaluate::Board;
use crate::severity::{JudgedPath, ProductSeverity, SeverityBoard};
use crate::shared::Shared;
use crate::version::Version;
use milepost_impact::incident::{Cause, Event, Incident, IncidentId, Incidents, Observation, StepHit, Suspicion, What};
use milepost_impact::suspect::{FailingOperation, Reach, rank_operations};
use milepost_impact::{Attempts, Impact, Lost};
use milepost_model::{DurationNs, Minute, Name, Step, StepPath, Timestamp};
use milepost_registry::Registry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
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
/// An operation that fails fewer times says nothing of why a step does.
const FEWEST_FAILED: u64 = 2;
/// And one whose failures are less than this part of the step's.
const PART_OF_FAILED: u64 = 4;
/// What is silent, when nothing of any kind is received.
const ALL_TELEMETRY: &str = "all telemetry";

/// What served a hit step lately.
type Below = BTreeMap<Name, Vec<Served>>;

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
            if is_quiet && !board.is_silent {
                continue;
            }
            let observation = self.observation(shared, (board, product), at);
            let below = self.below(shared, product, &observation);
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

    fn observation(
        &self,
        shared: &Shared,
        (board, product): (&SeverityBoard, &ProductSeverity),
        at: Timestamp,
    ) -> Observation {
        let mut observation = Observation { at, ..Observation::default() };
        for (place, of) in product.paths.iter().enumerate() {
            let Some(verdict) = product.verdict(place) else { continue };
            let causes = self.causes(shared, product, (place, of));
            observation.hits.push(StepHit {
                step: of.path.clone(),
                level: verdict.level,
                reason: product.reason(verdict),
                is_supported: of.is_supported,
                owner: of.owner.clone(),
                causes,
            });
            if let Some(lost) = product.lost.get(&place).filter(|lost| **lost != Lost::default()) {
                observation.lost.insert(of.path.clone(), *lost);
            }
        }
        if board.is_silent {
            observation.silent.insert(ALL_TELEMETRY.to_owned());
        }
        observation
    }

    /// What a step fails by: operations below it that fail about as much as it does; its measuring point when nothing below it does.
    fn causes(&self, shared: &Shared, product: &ProductSeverity, (place, of): (usize, &JudgedPath)) -> BTreeSet<Cause> {
        let Some(impact) = product.impact(place) else { return BTreeSet::new() };
        let Some(step) = self.version.setup.registry.steps.get(of.step) else { return BTreeSet::new() };
        let mut causes = BTreeSet::new();
        if is_mostly_missing(impact) {
            causes.insert(Cause::MissingTraffic);
        }
        // Of the window in which operations are told: the shorter.
        let short = product.evidence.get(place).and_then(Option::as_ref).map_or(*impact, |[short, _]| *short);
        let failed = short.seen.failed() + short.seen.timed_out();
        let served = self.uses.of(&shared.counts(), product.product.as_str(), step.name.as_str());
        let counts =
            |served: &&Served| served.failed >= FEWEST_FAILED && served.failed.saturating_mul(PART_OF_FAILED) >= failed;
        let is_measured = |served: &&Served| step.measure.contains(&served.operation);
        let below = || served.iter().filter(counts).filter(|served| !is_measured(served));
        let own = || served.iter().filter(counts).filter(is_measured);
        let operations: Vec<&Served> = if below().next().is_some() { below().collect() } else { own().collect() };
        causes.extend(operations.into_iter().map(|served| Cause::Operation(served.operation.clone())));
        causes
    }

    fn below(&self, shared: &Shared, product: &ProductSeverity, observation: &Observation) -> Below {
        let counts = shared.counts();
        let served = |hit: &StepHit| {
            let step = hit.step.step.clone();
            let served = self.uses.of(&counts, product.product.as_str(), step.as_str());
            (step, served)
        };
        observation.hits.iter().map(served).collect()
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
        let due: Vec<(IncidentId, Timestamp, BTreeSet<Name>)> = incidents
            .open()
            .filter(|incident| suspected_at(incident).is_none_or(|last| at.since(last) >= SUSPECTED_FOR))
            .map(|incident| {
                let hit = incident.active().map(|(path, _)| path.step.clone()).collect();
                (incident.id, incident.opened_at, hit)
            })
            .collect();
        for (id, opened_at, hit) in due.into_iter().filter(|(.., hit)| !hit.is_empty()) {
            let suspects = changes.suspects(&product.product, reach, &hit, opened_at);
            for suspect in suspects.iter().filter(|suspect| suspect.score >= LEAST_SUSPECT).take(MOST_CHANGES) {
                told.extend(incidents.changed(id, at, &suspect.change.what));
            }
            let change = suspects.first().filter(|suspect| suspect.score >= PROBABLY_SUSPECT);
            let change = change.map(|suspect| format!("; shortly before: {}", suspect.change.what.title));
            let failing = failing(registry, &product.product, below, &hit);
            let Some(first) = rank_operations(&failing, reach, &hit).into_iter().next() else { continue };
            let operation = &first.failing.operation;
            let service = registry
                .services
                .iter()
                .find(|service| service.product == product.product && service.name == operation.service);
            let suspicion = Suspicion {
                text: format!("{operation}{}", change.unwrap_or_default()),
                service: Some(operation.service.clone()),
                owner: service.map(|service| service.owner.clone()),
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
            let fires = standing.alerts.tiers().iter().any(|tier| tier.is_firing());
            for incident in incidents.open() {
                let mut active = incident.active().map(|(path, _)| path);
                let Some(path) = active.find(|path| path.step == slo.indicator.path.step) else { continue };
                if was_firing(incident, slo.name.as_str()) != fires {
                    news.push((path.clone(), slo.name.to_string(), fires));
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

/// The operations that have failed, in all uses by hit steps together. A measuring point hands on what fails below it.
fn failing(registry: &Registry, product: &Name, below: &Below, hit: &BTreeSet<Name>) -> Vec<FailingOperation> {
    let mut all: BTreeMap<_, FailingOperation> = BTreeMap::new();
    for step in hit {
        let declared = registry.step(product, step).map(|id| &registry.steps[id.index()]);
        let served = below.get(step).map(Vec::as_slice).unwrap_or_default();
        let is_measured =
            |served: &Served| declared.is_some_and(|step: &Step| step.measure.contains(&served.operation));
        let fails_below = served.iter().any(|served| served.failed >= FEWEST_FAILED && !is_measured(served));
        for of in served.iter().filter(|served| served.failed > 0) {
            let known = all.entry(of.operation.clone()).or_insert_with(|| FailingOperation {
                operation: of.operation.clone(),
                seen: 0,
                bad: 0,
                hands_on: false,
            });
            known.seen += of.events;
            known.bad += of.failed;
            known.hands_on |= is_measured(of) && fails_below;
        }
    }
    all.into_values().collect()
}

fn suspected_at(incident: &Incident) -> Option<Timestamp> {
    let mut last = incident.timeline.iter().rev();
    last.find(|event| matches!(event.what, What::Suspected(_))).map(|event| event.at)
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
