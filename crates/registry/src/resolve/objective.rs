//! The steps of an objective: what each comes after, and that they go one way.

use super::Resolver;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::documents::objective::{DeclaredObjective, DeclaredUse};
use crate::source::{Place, Spanned};
use crate::suggest::did_you_mean;
use milepost_model::{Name, StepUse};
use std::collections::HashMap;

impl Resolver<'_> {
    pub(super) fn uses(&mut self, product: &Name, objective: &DeclaredObjective) -> Vec<StepUse> {
        let mut positions: HashMap<&Name, usize> = HashMap::new();
        for (at, used) in objective.steps.iter().enumerate() {
            positions.entry(&used.step.value).or_insert(at);
        }
        let mut uses: Vec<StepUse> = Vec::new();
        for used in &objective.steps {
            self.known_step(product, &used.step);
            for name in used.after.iter().flatten().filter(|name| !positions.contains_key(&name.value)) {
                self.not_before(objective, name);
            }
            let after = match &used.after {
                Some(names) => names.iter().map(|n| n.value.clone()).collect(),
                None => before(&uses, used.alternative),
            };
            uses.push(StepUse {
                step: used.step.value.clone(),
                after,
                criticality: used.criticality.as_ref().map(|c| c.value),
                optional: used.optional,
                alternative: used.alternative,
            });
        }
        self.check_direction(&objective.steps, &uses, &positions);
        self.check_reach(&objective.steps);
        uses
    }

    fn not_before(&mut self, objective: &DeclaredObjective, name: &Spanned<Name>) {
        let known: Vec<&str> = objective.steps.iter().map(|u| u.step.value.as_str()).collect();
        let message = format!("objective `{}` has no step `{}` to come after", objective.header.name.value, name.value);
        let diagnostic = Diagnostic::new(Code::NotBefore, name.place.clone(), message);
        self.found.push(diagnostic.help(did_you_mean(name.value.as_str(), &known)));
    }

    /// Reports steps that come after each other in a circle. A step after itself is a retry, which is allowed.
    fn check_direction(&mut self, declared: &[DeclaredUse], uses: &[StepUse], positions: &HashMap<&Name, usize>) {
        let earlier = reached(uses, positions);
        for (at, used) in declared.iter().enumerate() {
            for name in used.after.iter().flatten() {
                // Every circle has a step that is said to come after one that stands below it, since what is not said is the entry above.
                let Some(&other) = positions.get(&name.value) else { continue };
                if other > at && earlier[other][at] {
                    self.circle(&used.step.value, &name.value, &name.place);
                }
            }
        }
    }

    /// Reports steps that come after themselves only: a retry of what never happens. The first entry is where the objective begins.
    fn check_reach(&mut self, declared: &[DeclaredUse]) {
        for used in declared.iter().skip(1) {
            let Some(after) = &used.after else { continue };
            let Some(first) = after.first().filter(|_| after.iter().all(|name| name.value == used.step.value)) else {
                continue;
            };
            let message =
                format!("step `{}` comes after nothing but itself, so that users never get to it", first.value);
            let diagnostic = Diagnostic::new(Code::Unreachable, first.place.clone(), message);
            let help =
                "name the steps that it comes after beside itself, or write `after: []` if users can begin with it";
            self.found.push(diagnostic.help(help));
        }
    }

    fn circle(&mut self, step: &Name, after: &Name, place: &Place) {
        let message = format!("step `{step}` comes after `{after}`, which comes after `{step}`");
        let help =
            format!("the steps of an objective go one way: remove `{after}` here, or write `after:` at `{after}`");
        self.found.push(Diagnostic::new(Code::Circular, place.clone(), message).help(help));
    }
}

/// For each use which others come before it, directly or through others.
fn reached(uses: &[StepUse], positions: &HashMap<&Name, usize>) -> Vec<Vec<bool>> {
    let mut earlier = vec![vec![false; uses.len()]; uses.len()];
    for (at, used) in uses.iter().enumerate() {
        for other in used.after.iter().filter_map(|name| positions.get(name)).filter(|other| **other != at) {
            earlier[at][*other] = true;
        }
    }
    for through in 0..uses.len() {
        let row = earlier[through].clone();
        for from in earlier.iter_mut().filter(|from| from[through]) {
            from.iter_mut().zip(&row).for_each(|(reached, more)| *reached |= more);
        }
    }
    earlier
}

/// What a use without `after` comes after: the entry before it, all of its alternatives included.
pub(super) fn before(uses: &[StepUse], alternative: Option<usize>) -> Vec<Name> {
    let mut earlier =
        uses.iter().rev().skip_while(|u| alternative.is_some() && u.alternative == alternative).peekable();
    let Some(last) = earlier.peek() else { return Vec::new() };
    let group = last.alternative;
    let mut names: Vec<Name> = match group {
        None => vec![last.step.clone()],
        Some(_) => earlier.take_while(|u| u.alternative == group).map(|u| u.step.clone()).collect(),
    };
    names.reverse();
    names
}
