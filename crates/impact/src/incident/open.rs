//! One incident as it is: the sum of its events.

use super::event::{Cause, Event, IncidentId, IncidentKind, Level, Resolution, Route, Suspicion, What};
use crate::{Lost, LostKpi, Trouble};
use milepost_model::{Name, StepPath, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// Most entries of a timeline: more nobody reads. What is left out is counted, and is in the log of events.
pub const MOST_TIMELINE: usize = 1_000;

/// An incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    /// Its number.
    pub id: IncidentId,
    /// What it is about.
    pub kind: IncidentKind,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// Where it is.
    pub phase: Phase,
    /// The steps, or uses of steps, that are or were hit.
    pub steps: BTreeMap<StepPath, HitStep>,
    /// The sources that are silent.
    pub silent: BTreeSet<String>,
    /// What a person says of how bad it is.
    pub overridden: Option<Override>,
    /// The cause that is suspected.
    pub suspicion: Option<Suspicion>,
    /// Who must act.
    pub route: Option<Route>,
    /// Who has it, and since when.
    pub acknowledged: Option<(super::Author, Timestamp)>,
    /// What has happened, in its order.
    pub timeline: Vec<Event>,
    /// How much is left out of the timeline.
    pub left_out: u64,
}

/// Where an incident is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It goes on.
    Open,
    /// A person says that it is over, and some of its steps have not healed yet.
    Resolved {
        /// Since when.
        at: Timestamp,
    },
    /// It is over.
    Closed {
        /// Since when.
        at: Timestamp,
        /// How.
        how: Resolution,
    },
}

/// A step of an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HitStep {
    /// Since when it is hit.
    pub since: Timestamp,
    /// When it had healed.
    pub healed_at: Option<Timestamp>,
    /// Its level, or its last.
    pub level: Level,
    /// The worst that it had.
    pub worst: Level,
    /// In what way it is hit, as of when it got its level.
    pub trouble: Trouble,
    /// Whether SRE supports it.
    pub is_supported: bool,
    /// The team that answers for it.
    pub owner: String,
    /// What it failed by when it was hit.
    pub causes: BTreeSet<Cause>,
    /// What it has lost so far.
    pub lost: Option<Lost>,
    /// When that was told last.
    pub lost_at: Option<Timestamp>,
    /// What it has lost of KPIs so far.
    pub kpis: BTreeMap<Name, LostKpi>,
}

impl HitStep {
    /// The same in an incident of which it was a part before.
    pub(super) fn after(mut self, before: &Self) -> Self {
        self.worst = before.worst.or_worse(&self.worst).clone();
        self.lost = match (before.lost, self.lost) {
            (Some(before), Some(lost)) => Some(before.plus(lost)),
            (before, lost) => lost.or(before),
        };
        for (kpi, lost) in &before.kpis {
            self.kpis.entry(kpi.clone()).and_modify(|known| *known = known.plus(*lost)).or_insert(*lost);
        }
        self
    }
}

/// What a person says of how bad an incident is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// The level; none when it is no incident to them.
    pub level: Option<Level>,
    /// Who.
    pub by: super::Author,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

impl Incident {
    pub(super) fn new(id: IncidentId, kind: IncidentKind, opened_at: Timestamp) -> Self {
        Self {
            id,
            kind,
            opened_at,
            phase: Phase::Open,
            steps: BTreeMap::new(),
            silent: BTreeSet::new(),
            overridden: None,
            suspicion: None,
            route: None,
            acknowledged: None,
            timeline: Vec::new(),
            left_out: 0,
        }
    }

    /// The level that the rules give: the worst of the steps that are hit.
    pub fn computed_level(&self) -> Option<&Level> {
        self.active().map(|(_, step)| &step.level).min_by_key(|level| level.place)
    }

    /// The worst level that it ever had by the rules.
    pub fn worst_level(&self) -> Option<&Level> {
        self.steps.values().map(|step| &step.worst).min_by_key(|level| level.place)
    }

    /// The level that counts: what a person says where one has, else what the rules give.
    pub fn level(&self) -> Option<&Level> {
        self.overridden.as_ref().map_or_else(|| self.computed_level(), |held| held.level.as_ref())
    }

    /// The steps that are hit.
    pub fn active(&self) -> impl Iterator<Item = (&StepPath, &HitStep)> {
        self.steps.iter().filter(|(_, step)| step.healed_at.is_none())
    }

    /// The objectives that are impacted: those of the uses that are or were hit.
    pub fn objectives(&self) -> BTreeSet<&Name> {
        self.steps.keys().filter_map(|path| path.objective.as_ref()).collect()
    }

    /// The step that was hit first of those that are hit: the incident stays with it.
    pub fn anchor(&self) -> Option<&StepPath> {
        self.active().min_by_key(|(path, step)| (step.since, *path)).map(|(path, _)| path)
    }

    /// Attempts lost so far, of steps and of uses whose step is not counted itself; nothing until the first is told.
    pub fn lost(&self) -> Option<Lost> {
        let is_whole = |step: &Name| self.steps.keys().any(|path| path.objective.is_none() && path.step == *step);
        let counted = self.steps.iter().filter(|(path, _)| path.objective.is_none() || !is_whole(&path.step));
        counted.filter_map(|(_, step)| step.lost).reduce(Lost::plus)
    }

    /// What is lost of KPIs so far: a KPI is lost where it is declared, at a step or at a use of one.
    pub fn kpis(&self) -> BTreeMap<&Name, LostKpi> {
        let mut all: BTreeMap<&Name, LostKpi> = BTreeMap::new();
        for (kpi, lost) in self.steps.values().flat_map(|step| &step.kpis) {
            all.entry(kpi).and_modify(|known| *known = known.plus(*lost)).or_insert(*lost);
        }
        all
    }

    /// Whether it is over, and needs nobody's attention.
    pub fn is_closed(&self) -> bool {
        matches!(self.phase, Phase::Closed { .. })
    }

    /// Makes an event so.
    pub(super) fn apply(&mut self, event: &Event) {
        let at = event.at;
        match &event.what {
            What::StepHit { step, level, trouble, is_supported, owner, causes, .. } => {
                let before = self.steps.get(step);
                let hit = HitStep {
                    since: at,
                    healed_at: None,
                    level: level.clone(),
                    trouble: *trouble,
                    worst: before.map_or(level, |before| before.worst.or_worse(level)).clone(),
                    is_supported: *is_supported,
                    owner: owner.clone(),
                    causes: causes.clone(),
                    lost: before.and_then(|before| before.lost),
                    lost_at: before.and_then(|before| before.lost_at),
                    kpis: before.map(|before| before.kpis.clone()).unwrap_or_default(),
                };
                self.steps.insert(step.clone(), hit);
            }
            What::StepLevel { step, level, trouble, .. } => {
                if let Some(hit) = self.steps.get_mut(step) {
                    (hit.level, hit.trouble) = (level.clone(), *trouble);
                    hit.worst = hit.worst.or_worse(level).clone();
                }
            }
            What::StepHealed { step } => {
                if let Some(hit) = self.steps.get_mut(step) {
                    hit.healed_at = Some(at);
                }
            }
            What::Lost { step, lost } => {
                if let Some(hit) = self.steps.get_mut(step) {
                    (hit.lost, hit.lost_at) = (Some(*lost), Some(at));
                }
            }
            What::Source { source, is_silent: true } => _ = self.silent.insert(source.clone()),
            What::Source { source, is_silent: false } => _ = self.silent.remove(source),
            What::KpiLost { step, kpi, lost } => {
                if let Some(hit) = self.steps.get_mut(step) {
                    hit.lost_at = Some(at);
                    hit.kpis.insert(kpi.clone(), *lost);
                }
            }
            What::Suspected(suspicion) => self.suspicion = Some(suspicion.clone()),
            What::Routed(route) => self.route = Some(route.clone()),
            What::Acknowledged => self.acknowledged = Some((event.by.clone(), at)),
            What::Overridden { level, reason } => {
                let by = event.by.clone();
                self.overridden = Some(Override { level: level.clone(), by, at, reason: reason.clone() });
            }
            What::OverrideRemoved => self.overridden = None,
            What::Resolved { .. } => self.phase = Phase::Resolved { at },
            What::Closed(how) => self.phase = Phase::Closed { at, how: how.clone() },
            // What moves between incidents is done by who has both; the rest only stands in the timeline.
            What::Opened { .. }
            | What::StepMoved { .. }
            | What::Alert { .. }
            | What::Change { .. }
            | What::Note { .. } => {}
        }
        self.remember(event);
    }

    fn remember(&mut self, event: &Event) {
        // Numbers that are told again and again stand in the timeline once.
        let is_same = |other: &Event| match (&other.what, &event.what) {
            (What::Lost { step: a, .. }, What::Lost { step: b, .. }) => a == b,
            (What::KpiLost { step: a, kpi: of_a, .. }, What::KpiLost { step: b, kpi: of_b, .. }) => {
                (a, of_a) == (b, of_b)
            }
            _ => false,
        };
        if let Some(place) = self.timeline.iter().rposition(is_same) {
            self.timeline.remove(place);
        }
        if self.timeline.len() < MOST_TIMELINE {
            self.timeline.push(event.clone());
        } else {
            self.left_out += 1;
        }
    }
}
