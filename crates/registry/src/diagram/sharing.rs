//! Which steps stand beside the lanes, because several objectives begin with them.
//!
//! A step that several objectives use is drawn once. Where they begin with it, lines lead from it into each of them. Lines through a step that
//! stands amid several objectives would show ways that nobody takes, so that such a step stands in one lane and is referred to from the others.

use milepost_model::{Name, Objective, StepUse};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// Most steps, or alternatives that stand together, beside the lanes: with more, the lines from them cross too often to be followed.
const MAX_SHARED: usize = 6;
/// How many steps can stand beside the lanes one after the other; what objectives have in common beyond is referred to.
const MAX_DEPTH: usize = 2;

/// A step, or alternatives that stand together.
pub(super) type Key<'r> = Vec<&'r Name>;

/// The steps beside the lanes, and for which objectives they stand there.
#[derive(Debug, Default)]
pub(super) struct Sharing<'r> {
    /// In the order in which they are drawn, each with the steps that it comes after.
    pub(super) shared: Vec<(Key<'r>, BTreeSet<&'r Name>)>,
    /// Objectives by position, with the steps that are not drawn in their lanes.
    joined: HashSet<(usize, &'r Name)>,
}

/// One entry of an objective: a step, or alternatives.
struct Unit<'r> {
    objective: usize,
    key: Key<'r>,
    after: BTreeSet<&'r Name>,
}

impl<'r> Sharing<'r> {
    /// Finds what the objectives of one product begin with.
    pub(super) fn new(objectives: &[&'r Objective]) -> Self {
        let units: Vec<Unit<'r>> = objectives.iter().enumerate().flat_map(|(at, o)| units(at, o)).collect();
        let mut sharing = Self::default();
        for _ in 0..MAX_DEPTH {
            sharing.add_next(&units);
        }
        sharing
    }

    /// Whether a use is drawn beside the lanes.
    pub(super) fn is_joined(&self, objective: usize, step: &Name) -> bool {
        self.joined.contains(&(objective, step))
    }

    /// Adds what comes next in several objectives, the most widely used first.
    fn add_next(&mut self, units: &[Unit<'r>]) {
        let drawn: HashSet<&Name> = self.shared.iter().flat_map(|(key, _)| key).copied().collect();
        let mut candidates: BTreeMap<(&Key<'r>, &BTreeSet<&'r Name>), Vec<usize>> = BTreeMap::new();
        for (at, unit) in units.iter().enumerate() {
            let is_new = unit.key.iter().all(|step| !drawn.contains(step));
            if is_new && unit.after.iter().all(|step| self.is_joined(unit.objective, step)) {
                candidates.entry((&unit.key, &unit.after)).or_default().push(at);
            }
        }
        let mut candidates: Vec<_> = candidates.into_iter().filter(|(_, uses)| uses.len() > 1).collect();
        candidates.sort_by_key(|(_, uses)| (std::cmp::Reverse(uses.len()), uses[0]));
        let mut taken: HashSet<&Name> = HashSet::new();
        let mut added = Vec::new();
        for ((key, after), uses) in candidates {
            if self.shared.len() + added.len() < MAX_SHARED && key.iter().all(|step| !taken.contains(step)) {
                taken.extend(key);
                added.push((uses[0], (key.clone(), after.clone())));
                let steps = uses.iter().flat_map(|at| key.iter().map(|step| (units[*at].objective, *step)));
                self.joined.extend(steps);
            }
        }
        added.sort_by_key(|(first, _)| *first);
        self.shared.extend(added.into_iter().map(|(_, shared)| shared));
    }
}

fn units<'r>(at: usize, objective: &'r Objective) -> Vec<Unit<'r>> {
    let mut units: Vec<(Option<usize>, Unit<'r>)> = Vec::new();
    for used in &objective.steps {
        let after = used.after.iter().filter(|name| **name != used.step);
        match units.iter_mut().find(|(number, _)| number.is_some() && *number == used.alternative) {
            Some((_, unit)) => {
                unit.key.push(&used.step);
                unit.after.extend(after);
            }
            None => {
                let unit = Unit { objective: at, key: vec![&used.step], after: after.collect() };
                units.push((used.alternative, unit));
            }
        }
    }
    units.into_iter().map(|(_, unit)| unit).collect()
}

/// Whether users may come back to a step at once: the only circle that there is.
pub(super) fn is_retried(used: &StepUse) -> bool {
    used.after.contains(&used.step)
}
