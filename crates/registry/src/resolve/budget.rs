//! Error budget policies: built, and each SLO under one of them at most.

use super::Resolver;
use super::scope::{Scoped, places};
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::documents::Declared;
use crate::documents::budget::DeclaredBudgetPolicy;
use crate::{Promised, Registry};
use milepost_model::{Criticality, EffectiveCriticality, Name, Objective, StepPath};
use milepost_slo::ErrorBudgetPolicy;
use std::collections::{HashMap, HashSet};

const POLICY: Scoped = Scoped { noun: "error budget policy", empty: Code::EmptyBudgetPolicy };

impl Resolver<'_> {
    pub(super) fn budget_policies(&mut self, declared: &[DeclaredBudgetPolicy]) -> Vec<ErrorBudgetPolicy> {
        self.scoped(
            POLICY,
            declared,
            |of| (&of.header, of.scope.as_ref()),
            |written, (product, name), scope| {
                Some(ErrorBudgetPolicy {
                    product,
                    name,
                    title: written.title.clone(),
                    description: written.description.clone(),
                    thresholds: written.thresholds.clone(),
                    agreed_by: written.agreed_by.iter().map(|name| name.value.clone()).collect(),
                    agreed_on: written.agreed_on.as_ref()?.value,
                    scope,
                })
            },
        )
    }

    /// Reports SLOs under two policies, and policies that no SLO is under.
    pub(super) fn check_budget_policies(&mut self, declared: &Declared, registry: &Registry) {
        if registry.budget_policies.is_empty() {
            return;
        }
        let places = places(declared.budgets.iter().map(|written| &written.header));
        let place = |policy: &ErrorBudgetPolicy| places.get(&(&policy.product, &policy.name)).copied();
        let index = Index::new(&registry.budget_policies);
        let criticalities = Criticalities::new(registry);
        let mut used = HashSet::new();
        let mut told = HashSet::new();
        for slo in registry.promised() {
            let of_slo = index.of(slo, criticalities.of(slo, registry));
            used.extend(of_slo.iter().copied());
            let [first, second, ..] = of_slo[..] else { continue };
            let both = [first, second].map(|at| &registry.budget_policies[at]);
            let [Some(first_place), Some(second_place)] = both.map(place) else { continue };
            if !told.insert((first, second)) {
                continue;
            }
            let [first, second] = both;
            let message = format!("policies `{}` and `{}` both apply to SLO `{}`", first.name, second.name, slo.name);
            let diagnostic = Diagnostic::new(Code::TwoBudgetPolicies, second_place.clone(), message);
            let help = "narrow `appliesTo:` of one of them: nobody can follow two rules for one budget";
            self.found.push(diagnostic.related(first_place.clone(), "the other policy").help(help));
        }
        for (_, policy) in registry.budget_policies.iter().enumerate().filter(|(at, _)| !used.contains(at)) {
            self.about_nothing(POLICY, (&policy.product, &policy.name), &places);
        }
    }
}

/// Policies by what they apply to, so that each SLO asks for its own.
struct Index<'m> {
    all: HashMap<&'m Name, Vec<usize>>,
    slos: HashMap<(&'m Name, &'m str), Vec<usize>>,
    steps: HashMap<(&'m Name, &'m StepPath), Vec<usize>>,
    criticality: HashMap<(&'m Name, Criticality), Vec<usize>>,
}

/// Policies kept of those that apply to one thing: two are one too many.
const MAX_KEPT: usize = 2;

impl<'m> Index<'m> {
    fn new(policies: &'m [ErrorBudgetPolicy]) -> Self {
        let mut index =
            Self { all: HashMap::new(), slos: HashMap::new(), steps: HashMap::new(), criticality: HashMap::new() };
        for (at, policy) in policies.iter().enumerate() {
            let (product, scope) = (&policy.product, &policy.scope);
            if scope.is_everything() {
                keep(index.all.entry(product).or_default(), at);
            }
            scope.slos.iter().for_each(|slo| keep(index.slos.entry((product, slo.as_str())).or_default(), at));
            scope.steps.iter().for_each(|step| keep(index.steps.entry((product, step)).or_default(), at));
            scope.criticality.iter().for_each(|c| keep(index.criticality.entry((product, *c)).or_default(), at));
        }
        index
    }

    /// The policies that apply to an SLO, by position.
    fn of(&self, slo: Promised<'_>, criticality: Criticality) -> Vec<usize> {
        let (product, path) = (slo.product, slo.path);
        let bare = StepPath { objective: None, step: path.step.clone() };
        let lists = [
            self.all.get(product),
            self.slos.get(&(product, slo.name)),
            self.steps.get(&(product, path)),
            self.steps.get(&(product, &bare)),
            self.criticality.get(&(product, criticality)),
        ];
        let mut of_slo: Vec<usize> = lists.into_iter().flatten().flatten().copied().collect();
        of_slo.sort_unstable();
        of_slo.dedup();
        of_slo
    }
}

fn keep(list: &mut Vec<usize>, at: usize) {
    if list.len() < MAX_KEPT && !list.contains(&at) {
        list.push(at);
    }
}

/// The criticality of what SLOs speak of; each step is looked at once.
struct Criticalities<'m> {
    objectives: HashMap<(&'m Name, &'m Name), Vec<&'m Objective>>,
    steps: HashMap<(&'m Name, &'m Name), usize>,
}

impl<'m> Criticalities<'m> {
    fn new(registry: &'m Registry) -> Self {
        let mut objectives: HashMap<(&Name, &Name), Vec<&Objective>> = HashMap::new();
        for objective in &registry.objectives {
            for used in &objective.steps {
                objectives.entry((&objective.product, &used.step)).or_default().push(objective);
            }
        }
        let steps = registry.steps.iter().enumerate().map(|(at, step)| ((&step.product, &step.name), at)).collect();
        Self { objectives, steps }
    }

    fn of(&self, slo: Promised<'_>, registry: &Registry) -> Criticality {
        let path = slo.path;
        let key = (slo.product, &path.step);
        let Some(step) = self.steps.get(&key).map(|at| &registry.steps[*at]) else { return Criticality::None };
        let objectives = self.objectives.get(&key).map_or(&[][..], |list| &list[..]);
        match &path.objective {
            None => EffectiveCriticality::of_step(step, objectives.iter().copied()).criticality,
            Some(name) => {
                let objective = objectives.iter().find(|o| o.name == *name);
                objective.map_or(Criticality::None, |o| EffectiveCriticality::of_use(step, o).criticality)
            }
        }
    }
}
