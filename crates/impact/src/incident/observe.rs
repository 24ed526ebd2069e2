//! What is measured makes incidents: opened, merged, parted, healed and closed.

use super::event::{Cause, Event, IncidentId, IncidentKind, Level, Resolution, What};
use super::group;
use super::open::{HitStep, Incident, Phase};
use super::state::{Incidents, itself};
use crate::{Lost, LostKpi, Trouble};
use milepost_model::{DurationNs, Name, StepPath, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// So long must steps of one incident share no cause before they part: causes that come and go with few failures must not tear incidents apart.
pub const PARTED_AFTER: DurationNs = DurationNs::from_seconds(300);
/// What is lost so far is told anew after this, and once more when a step heals.
const LOST_EVERY: DurationNs = DurationNs::from_seconds(300);
/// When it has grown by a tenth it is told after this: the sooner the less was known, and ever more seldom.
const LOST_SOON: DurationNs = DurationNs::from_seconds(60);

/// What is measured at a time.
#[derive(Clone, Debug, Default)]
pub struct Observation {
    /// When.
    pub at: Timestamp,
    /// The steps, and uses of steps, that have a level now.
    pub hits: Vec<StepHit>,
    /// What steps have lost since they were hit.
    pub lost: BTreeMap<StepPath, Lost>,
    /// What they have lost of KPIs since then.
    pub kpis: BTreeMap<StepPath, BTreeMap<Name, LostKpi>>,
    /// The sources that are silent.
    pub silent: BTreeSet<String>,
}

/// A step that has a level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepHit {
    /// Which, or which use of it.
    pub step: StepPath,
    /// Its level.
    pub level: Level,
    /// In what way it is hit.
    pub trouble: Trouble,
    /// Why: the rule and its numbers, as text.
    pub reason: String,
    /// Whether SRE supports it.
    pub is_supported: bool,
    /// The team that answers for it.
    pub owner: String,
    /// What it fails by: the operations that fail below it, as far as they are known.
    pub causes: BTreeSet<Cause>,
}

impl Incidents {
    /// What follows from what is measured, made so and told. Hits may stand in any order.
    pub fn observe(&mut self, seen: &Observation) -> Vec<Event> {
        let mut told = Vec::new();
        let hits: BTreeMap<&StepPath, &StepHit> = seen.hits.iter().map(|hit| (&hit.step, hit)).collect();
        self.sources(seen, &mut told);
        self.steps(seen, &hits, &mut told);
        self.causes(seen.at, &hits, &mut told);
        let ids: Vec<IncidentId> = self.open().map(|incident| incident.id).collect();
        for id in ids {
            self.route(id, seen.at, &mut told);
            self.close_healed(id, seen.at, &mut told);
        }
        told
    }

    /// One incident for all silent sources: nobody knows whether users have trouble, and that is another team's.
    fn sources(&mut self, seen: &Observation, told: &mut Vec<Event>) {
        let open = |incident: &&Incident| incident.kind == IncidentKind::TelemetryLost;
        let going = self.open().find(open).map(|incident| (incident.id, incident.silent.clone()));
        let (id, known) = match going {
            Some(going) => going,
            None if seen.silent.is_empty() => return,
            None => (self.open_new(IncidentKind::TelemetryLost, seen.at, told), BTreeSet::new()),
        };
        for source in known.symmetric_difference(&seen.silent) {
            let what = What::Source { source: source.clone(), is_silent: seen.silent.contains(source) };
            self.tell(itself(id, seen.at, what), told);
        }
    }

    /// Levels, losses and healing of steps that are part of incidents.
    fn steps(&mut self, seen: &Observation, hits: &BTreeMap<&StepPath, &StepHit>, told: &mut Vec<Event>) {
        let mut news = Vec::new();
        for incident in self.open() {
            for (path, step) in incident.active() {
                let hit = hits.get(path);
                let lost = seen.lost.get(path).filter(|lost| step.lost != Some(**lost));
                let kpis = seen.kpis.get(path).into_iter().flatten();
                let kpis = kpis.filter(|(kpi, lost)| step.kpis.get(*kpi) != Some(*lost));
                let is_due = hit.is_none() || is_due(step, seen.at, lost, seen.kpis.get(path));
                let path = path.clone();
                if let Some(lost) = lost.filter(|_| is_due) {
                    news.push((incident.id, What::Lost { step: path.clone(), lost: *lost }));
                }
                for (kpi, lost) in kpis.filter(|_| is_due) {
                    let (step, kpi) = (path.clone(), kpi.clone());
                    news.push((incident.id, What::KpiLost { step, kpi, lost: *lost }));
                }
                match hit {
                    None => news.push((incident.id, What::StepHealed { step: path })),
                    Some(hit) if hit.level != step.level => {
                        let (level, trouble, reason) = (hit.level.clone(), hit.trouble, hit.reason.clone());
                        news.push((incident.id, What::StepLevel { step: path, level, trouble, reason }));
                    }
                    Some(_) => {}
                }
            }
        }
        for (id, what) in news {
            self.tell(itself(id, seen.at, what), told);
        }
        self.parting.retain(|step, _| hits.contains_key(step));
    }

    /// Steps with one cause come into one incident.
    fn causes(&mut self, at: Timestamp, hits: &BTreeMap<&StepPath, &StepHit>, told: &mut Vec<Event>) {
        // A person has said of some that they are over: those are waited for, and open nothing.
        let is_resolved = |step: &StepPath| self.of_step(step).is_some_and(|incident| incident.phase != Phase::Open);
        let hits: Vec<&StepHit> = hits.values().copied().filter(|hit| !is_resolved(&hit.step)).collect();
        let open: Vec<&Incident> = self.open().filter(|incident| incident.phase == Phase::Open).collect();
        let anchors: BTreeMap<StepPath, IncidentId> =
            open.iter().filter_map(|incident| Some((incident.anchor()?.clone(), incident.id))).collect();
        for group in group::groups(&hits, &open) {
            let group: Vec<&StepHit> = group.into_iter().map(|place| hits[place]).collect();
            let mut homes: Vec<IncidentId> = group.iter().filter_map(|hit| anchors.get(&hit.step).copied()).collect();
            homes.sort_unstable();
            match homes.split_first() {
                Some((home, others)) => {
                    others.iter().for_each(|other| self.merge(*other, *home, at, told));
                    self.gather(*home, &group, at, told);
                }
                None => self.without_home(&group, at, told),
            }
        }
    }

    /// Brings a group into the incident whose first step it holds: new steps at once, those of other incidents once they have parted from them.
    fn gather(&mut self, home: IncidentId, group: &[&StepHit], at: Timestamp, told: &mut Vec<Event>) {
        for hit in group {
            match self.of_step(&hit.step).map(|incident| incident.id) {
                None => self.tell(itself(home, at, step_hit(hit)), told),
                Some(id) if id == home => _ = self.parting.remove(&hit.step),
                Some(from) if self.has_parted(&hit.step, at) => {
                    self.tell(itself(home, at, What::StepMoved { step: hit.step.clone(), from }), told);
                }
                Some(_) => {}
            }
        }
    }

    /// A group with a cause of its own: a new incident, at once or when its steps have parted from the one that they are part of.
    fn without_home(&mut self, group: &[&StepHit], at: Timestamp, told: &mut Vec<Event>) {
        let known = group.iter().filter_map(|hit| self.of_step(&hit.step).map(|incident| incident.id)).min();
        let mut has_parted = false;
        for hit in group.iter().filter(|_| known.is_some()) {
            has_parted |= self.of_step(&hit.step).is_some() && self.has_parted(&hit.step, at);
        }
        let home = match known {
            Some(known) if !has_parted => known,
            _ => self.open_new(IncidentKind::Impact, at, told),
        };
        for hit in group {
            match self.of_step(&hit.step).map(|incident| incident.id) {
                None => {
                    self.tell(itself(home, at, step_hit(hit)), told);
                    if known == Some(home) {
                        // It came by those that are about to part: so is it.
                        self.parting.insert(hit.step.clone(), at);
                    }
                }
                Some(from) if has_parted => {
                    self.tell(itself(home, at, What::StepMoved { step: hit.step.clone(), from }), told);
                }
                Some(_) => {}
            }
        }
    }

    /// Whether a step has shared no cause with its incident for long enough; the time begins when it is asked first.
    fn has_parted(&mut self, step: &StepPath, at: Timestamp) -> bool {
        let since = self.parting.entry(step.clone()).or_insert(at);
        at.since(*since) >= PARTED_AFTER
    }

    fn merge(&mut self, from: IncidentId, into: IncidentId, at: Timestamp, told: &mut Vec<Event>) {
        let known = |step: &StepPath| self.get(into).and_then(|incident| incident.steps.get(step));
        // What both have had stays where it is, unless it had healed there and goes on here.
        let moves = |step: &StepPath, of: &HitStep| {
            known(step).is_none_or(|there| there.healed_at.is_some() && of.healed_at.is_none())
        };
        let steps = self.get(from).into_iter().flat_map(|incident| &incident.steps);
        let steps: Vec<StepPath> = steps.filter(|(step, of)| moves(step, of)).map(|(step, _)| step.clone()).collect();
        for step in steps {
            self.tell(itself(into, at, What::StepMoved { step, from }), told);
        }
        self.tell(itself(from, at, What::Closed(Resolution::Merged { into })), told);
    }

    fn open_new(&mut self, kind: IncidentKind, at: Timestamp, told: &mut Vec<Event>) -> IncidentId {
        let id = IncidentId(self.last + 1);
        self.tell(itself(id, at, What::Opened { kind }), told);
        id
    }

    fn close_healed(&mut self, id: IncidentId, at: Timestamp, told: &mut Vec<Event>) {
        let is_over = |incident: &Incident| match incident.kind {
            IncidentKind::Impact => incident.active().next().is_none(),
            IncidentKind::TelemetryLost => incident.silent.is_empty(),
        };
        if self.get(id).is_some_and(is_over) {
            self.tell(itself(id, at, What::Closed(Resolution::Healed)), told);
        }
    }
}

/// Whether what a step has lost is told anew.
fn is_due(step: &HitStep, at: Timestamp, lost: Option<&Lost>, kpis: Option<&BTreeMap<Name, LostKpi>>) -> bool {
    let Some(last) = step.lost_at else { return true };
    let since = at.since(last);
    let grown = |now: u128, before: u128| now > before && now.saturating_mul(10) >= before.saturating_mul(11);
    let of_kpi = |kpi: &Name| step.kpis.get(kpi).map_or(0, |before| before.lost_micros.unsigned_abs());
    let has_grown = lost
        .is_some_and(|now| grown(now.gross.micros().into(), step.lost.unwrap_or_default().gross.micros().into()))
        || kpis
            .into_iter()
            .flatten()
            .any(|(kpi, now)| now.lost_micros > 0 && grown(now.lost_micros.unsigned_abs(), of_kpi(kpi)));
    since >= LOST_EVERY || (since >= LOST_SOON && has_grown)
}

fn step_hit(hit: &StepHit) -> What {
    What::StepHit {
        step: hit.step.clone(),
        level: hit.level.clone(),
        trouble: hit.trouble,
        is_supported: hit.is_supported,
        owner: hit.owner.clone(),
        causes: hit.causes.clone(),
        reason: hit.reason.clone(),
    }
}
