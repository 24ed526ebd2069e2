//! All incidents of a product that go on, and the last ones that do not.

use super::event::{Author, Event, IncidentId, IncidentKind, Route, Suspicion, What};
use super::open::Incident;
use crate::suspect::Change;
use milepost_model::{StepPath, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Closed incidents that are remembered; older ones are in the log of events.
pub const MOST_CLOSED: usize = 200;

/// The incidents of a product. A copy shares what does not change.
#[derive(Clone, Debug, Default)]
pub struct Incidents {
    pub(super) all: BTreeMap<IncidentId, Arc<Incident>>,
    pub(super) last: u64,
    /// Since when a step has shared no cause with the incident that it belongs to. Not made of events: a restart only makes it wait anew.
    pub(super) parting: BTreeMap<StepPath, Timestamp>,
}

impl Incidents {
    /// All of them, the oldest first.
    pub fn all(&self) -> impl Iterator<Item = &Incident> {
        self.all.values().map(|incident| &**incident)
    }

    /// Those that are not over.
    pub fn open(&self) -> impl Iterator<Item = &Incident> {
        self.all().filter(|incident| !incident.is_closed())
    }

    /// One of them.
    pub fn get(&self, id: IncidentId) -> Option<&Incident> {
        self.all.get(&id).map(|incident| &**incident)
    }

    /// The one that is not over and in which a step is hit.
    pub fn of_step(&self, step: &StepPath) -> Option<&Incident> {
        self.open().find(|incident| incident.steps.get(step).is_some_and(|hit| hit.healed_at.is_none()))
    }

    /// Makes an event so. Events are applied in the order in which they were told, each once.
    pub fn apply(&mut self, event: &Event) {
        if let What::Opened { kind } = event.what {
            self.last = self.last.max(event.incident.0);
            let opened = || Arc::new(Incident::new(event.incident, kind, event.at));
            self.all.entry(event.incident).or_insert_with(opened);
        }
        if let What::StepMoved { step, from } = &event.what {
            let moved = self.change(*from).and_then(|incident| incident.steps.remove(step));
            if let (Some(moved), Some(incident)) = (moved, self.change(event.incident)) {
                let moved =
                    incident.steps.get(step).map_or_else(|| moved.clone(), |before| moved.clone().after(before));
                incident.steps.insert(step.clone(), moved);
            }
            self.parting.remove(step);
        }
        if let Some(incident) = self.change(event.incident) {
            incident.apply(event);
        }
        if let What::Closed(_) = event.what {
            self.forget_oldest();
        }
    }

    /// A cause is suspected of an incident: what follows, when that is news.
    pub fn suspect(&mut self, id: IncidentId, at: Timestamp, suspicion: Suspicion) -> Vec<Event> {
        let mut told = Vec::new();
        if self.is_open(id, |incident| incident.suspicion.as_ref() != Some(&suspicion)) {
            self.tell(itself(id, at, What::Suspected(suspicion)), &mut told);
            self.route(id, at, &mut told);
        }
        told
    }

    /// An alert of a step has begun or ended: an entry of the incident that the step is part of, if it is of one.
    pub fn alert(&mut self, step: &StepPath, at: Timestamp, name: &str, is_firing: bool) -> Vec<Event> {
        let mut told = Vec::new();
        if let Some(id) = self.of_step(step).map(|incident| incident.id) {
            self.tell(itself(id, at, What::Alert { name: name.to_owned(), is_firing }), &mut told);
        }
        told
    }

    /// Something was changed that reaches one of an incident's steps: an entry of it, once.
    pub fn changed(&mut self, id: IncidentId, at: Timestamp, change: &Change) -> Vec<Event> {
        let mut told = Vec::new();
        let is_it = |event: &Event| matches!(&event.what, What::Change { id, .. } if *id == change.id);
        if self.is_open(id, |incident| !incident.timeline.iter().any(is_it)) {
            let what = What::Change { id: change.id.clone(), title: change.title.clone() };
            self.tell(itself(id, at, what), &mut told);
        }
        told
    }

    /// Makes an event so, and tells it.
    pub(super) fn tell(&mut self, event: Event, told: &mut Vec<Event>) {
        self.apply(&event);
        told.push(event);
    }

    /// Who must act on an incident, when that has changed. Who was paged stays.
    pub(super) fn route(&mut self, id: IncidentId, at: Timestamp, told: &mut Vec<Event>) {
        let Some(incident) = self.get(id) else { return };
        let route = match incident.kind {
            IncidentKind::TelemetryLost => Route::Platform,
            IncidentKind::Impact if incident.route == Some(Route::PageSre) => return,
            IncidentKind::Impact if incident.active().any(|(_, step)| step.is_supported) => Route::PageSre,
            IncidentKind::Impact => {
                let suspected = incident.suspicion.as_ref().and_then(|suspicion| suspicion.owner.clone());
                let of_anchor = || Some(incident.steps.get(incident.anchor()?)?.owner.clone());
                let Some(team) = suspected.or_else(of_anchor) else { return };
                Route::Queue { team }
            }
        };
        if incident.route.as_ref() != Some(&route) {
            self.tell(itself(id, at, What::Routed(route)), told);
        }
    }

    fn change(&mut self, id: IncidentId) -> Option<&mut Incident> {
        self.all.get_mut(&id).map(Arc::make_mut)
    }

    fn is_open(&self, id: IncidentId, also: impl Fn(&Incident) -> bool) -> bool {
        self.get(id).is_some_and(|incident| !incident.is_closed() && also(incident))
    }

    fn forget_oldest(&mut self) {
        let closed = || self.all().filter(|incident| incident.is_closed()).map(|incident| incident.id);
        if closed().count() > MOST_CLOSED
            && let Some(oldest) = closed().min()
        {
            self.all.remove(&oldest);
        }
    }
}

pub(super) fn itself(incident: IncidentId, at: Timestamp, what: What) -> Event {
    Event { incident, at, by: Author::Itself, what }
}
