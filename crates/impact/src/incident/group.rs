//! Which hit steps belong together: those that share a cause, directly or through others.

use super::event::Cause;
use super::observe::StepHit;
use super::open::Incident;
use milepost_model::StepPath;
use std::collections::{BTreeMap, BTreeSet};

/// Groups of steps with one cause, by places in the list of hits; each in the order of the list.
///
/// A step of which nothing is known now fails by what it failed by when it was hit; where nothing was known then either it stays with the
/// incident that it is part of.
pub(super) fn groups(hits: &[&StepHit], open: &[&Incident]) -> Vec<Vec<usize>> {
    let places: BTreeMap<&StepPath, usize> = hits.iter().enumerate().map(|(place, hit)| (&hit.step, place)).collect();
    let causes: Vec<&BTreeSet<Cause>> = hits.iter().map(|hit| causes(hit, open)).collect();
    let mut sets = Sets((0..hits.len()).collect());
    let mut first: BTreeMap<&Cause, usize> = BTreeMap::new();
    for (place, causes) in causes.iter().enumerate() {
        for cause in *causes {
            sets.join(place, *first.entry(cause).or_insert(place));
        }
    }
    for incident in open {
        let Some(anchor) = incident.anchor().and_then(|anchor| places.get(anchor)) else { continue };
        for member in incident.active().filter_map(|(step, _)| places.get(step)) {
            if causes[*member].is_empty() || causes[*anchor].is_empty() {
                sets.join(*member, *anchor);
            }
        }
    }
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for place in 0..hits.len() {
        groups.entry(sets.root(place)).or_default().push(place);
    }
    groups.into_values().collect()
}

fn causes<'h>(hit: &'h StepHit, open: &[&'h Incident]) -> &'h BTreeSet<Cause> {
    if !hit.causes.is_empty() {
        return &hit.causes;
    }
    let known = open.iter().find_map(|incident| incident.steps.get(&hit.step).filter(|step| step.healed_at.is_none()));
    known.map_or(&hit.causes, |step| &step.causes)
}

/// Disjoint sets; the root of each is its lowest place.
struct Sets(Vec<usize>);

impl Sets {
    fn root(&mut self, mut place: usize) -> usize {
        while self.0[place] != place {
            self.0[place] = self.0[self.0[place]];
            place = self.0[place];
        }
        place
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b)] = a.min(b);
    }
}
