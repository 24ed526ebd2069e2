//! One product of a registry, and everything that belongs to it.

use crate::{Promised, Registry};
use milepost_impact::{Inheritance, SeverityPolicy, Subject};
use milepost_model::{
    Criticality, EffectiveCriticality, Name, Objective, Product, Service, Stage, Step, StepPath, StepUse,
};
use milepost_slo::open::OpenSlo;
use milepost_slo::{ErrorBudgetPolicy, Flow, Slo};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// A product of a registry. Look-ups are made once, since registries have thousands of steps.
pub(super) struct Of<'r> {
    pub(super) registry: &'r Registry,
    pub(super) product: &'r Product,
    steps: HashMap<&'r Name, &'r Step>,
    objectives: HashMap<&'r Name, &'r Objective>,
}

/// A use of a step in an objective, or a step that no objective uses.
#[derive(Clone, Copy)]
pub(super) struct Use<'r> {
    pub(super) objective: Option<&'r Objective>,
    pub(super) step: &'r Step,
}

impl<'r> Of<'r> {
    pub(super) fn new(registry: &'r Registry, product: &'r Product) -> Self {
        let steps = registry.steps.iter().filter(|step| step.product == product.name);
        let objectives = registry.objectives.iter().filter(|objective| objective.product == product.name);
        Self {
            registry,
            product,
            steps: steps.map(|step| (&step.name, step)).collect(),
            objectives: objectives.map(|objective| (&objective.name, objective)).collect(),
        }
    }

    pub(super) fn name(&self) -> &'r str {
        self.product.name.as_str()
    }

    pub(super) fn objectives(&self) -> impl Iterator<Item = &'r Objective> + use<'r> {
        let product = &self.product.name;
        self.registry.objectives.iter().filter(move |objective| objective.product == *product)
    }

    pub(super) fn steps(&self) -> impl Iterator<Item = &'r Step> + use<'r> {
        let product = &self.product.name;
        self.registry.steps.iter().filter(move |step| step.product == *product)
    }

    pub(super) fn services(&self) -> impl Iterator<Item = &'r Service> + use<'r> {
        let product = &self.product.name;
        self.registry.services.iter().filter(move |service| service.product == *product)
    }

    pub(super) fn slos(&self) -> impl Iterator<Item = &'r Slo> + use<'r> {
        let product = &self.product.name;
        self.registry.slos.iter().filter(move |slo| slo.product == *product)
    }

    /// Its own SLOs, then those of OpenSLO documents that are bound to its steps.
    pub(super) fn promised(&self) -> impl Iterator<Item = Promised<'r>> + use<'r> {
        let product = &self.product.name;
        self.registry.promised().filter(move |slo| slo.product == product)
    }

    pub(super) fn flows(&self) -> impl Iterator<Item = &'r Flow> + use<'r> {
        let product = &self.product.name;
        self.registry.flows.iter().filter(move |flow| flow.product == *product)
    }

    pub(super) fn budget_policies(&self) -> impl Iterator<Item = &'r ErrorBudgetPolicy> + use<'r> {
        let product = &self.product.name;
        self.registry.budget_policies.iter().filter(move |policy| policy.product == *product)
    }

    /// OpenSLO SLOs that are bound to a step of the product.
    pub(super) fn open_slos(&self) -> impl Iterator<Item = (&'r OpenSlo, &'r milepost_slo::open::Binding)> + use<'r> {
        let product = &self.product.name;
        let bound = self.registry.open_slos.iter().filter_map(|slo| Some((slo, slo.binding.as_ref()?)));
        bound.filter(move |(_, binding)| binding.product == *product)
    }

    /// The rules that give events or traces to each step, by name: a step may be measured by them alone.
    pub(super) fn rules_by_step(&self) -> HashMap<&'r Name, Vec<&'r str>> {
        let of_events =
            self.registry.rules.iter().filter_map(|rule| Some((rule.step.as_ref()?.step, rule.id.as_str())));
        let of_traces = self.registry.trace_rules.iter().map(|rule| (rule.step.step, rule.id.as_str()));
        let mut rules: HashMap<&'r Name, Vec<&'r str>> = HashMap::new();
        for (step, rule) in of_events.chain(of_traces) {
            let step = &self.registry.steps[step.index()];
            if step.product == self.product.name {
                rules.entry(&step.name).or_default().push(rule);
            }
        }
        rules
    }

    pub(super) fn step(&self, name: &Name) -> Option<&'r Step> {
        self.steps.get(name).copied()
    }

    /// The step of a use; every step that an objective names is there.
    pub(super) fn used(&self, objective: &'r Objective) -> impl Iterator<Item = (&'r StepUse, &'r Step)> {
        objective.steps.iter().filter_map(|used| Some((used, self.step(&used.step)?)))
    }

    /// All uses of steps by objective, then the steps that no objective uses.
    pub(super) fn uses(&self) -> Vec<Use<'r>> {
        let mut uses = Vec::new();
        let mut used = HashSet::new();
        for objective in self.objectives() {
            for (_, step) in self.used(objective) {
                used.insert(&step.name);
                uses.push(Use { objective: Some(objective), step });
            }
        }
        let unused = self.steps().filter(|step| !used.contains(&step.name));
        uses.extend(unused.map(|step| Use { objective: None, step }));
        uses
    }

    /// The highest criticality of each step's uses.
    pub(super) fn criticality_by_step(&self) -> HashMap<&'r Name, Criticality> {
        let mut highest = HashMap::new();
        for used in self.uses() {
            let criticality = used.criticality().criticality;
            let held = highest.entry(&used.step.name).or_insert(criticality);
            *held = criticality.max(*held);
        }
        highest
    }

    pub(super) fn inheritance(&self) -> Inheritance {
        let of_steps = self.criticality_by_step();
        let of = |step: &'r Step| of_steps.get(&step.name).copied().unwrap_or(Criticality::None);
        Inheritance::new(self.steps().map(|step| (step, of(step))))
    }

    pub(super) fn severity_policy(&self) -> Cow<'r, SeverityPolicy> {
        self.registry.severity_policy(&self.product.name)
    }

    /// Whether the product has written a severity policy of its own.
    pub(super) fn has_severity_policy(&self) -> bool {
        self.registry.severity_policies.iter().any(|policy| policy.product == self.product.name)
    }

    pub(super) fn title_of_step<'t>(&self, name: &'t Name) -> &'t str
    where
        'r: 't,
    {
        self.step(name).map_or(name.as_str(), |step| &step.title)
    }

    /// A step path in titles: `Compose mail > Send mail`.
    pub(super) fn title_of(&self, path: &StepPath) -> String {
        let step = self.title_of_step(&path.step);
        match &path.objective {
            Some(name) => {
                let objective = self.objectives.get(name).map_or(name.as_str(), |objective| &objective.title);
                format!("{objective} > {step}")
            }
            None => step.to_owned(),
        }
    }
}

impl<'r> Use<'r> {
    pub(super) fn criticality(&self) -> EffectiveCriticality {
        match self.objective {
            Some(objective) => EffectiveCriticality::of_use(self.step, objective),
            None => EffectiveCriticality::of_step(self.step, []),
        }
    }

    pub(super) fn subject(&self, product: &'r Product) -> Subject<'r> {
        match self.objective {
            Some(objective) => Subject::of_use(self.step, objective, &product.kpis),
            None => Subject::of_step(self.step, [], &product.kpis),
        }
    }

    pub(super) fn path(&self) -> StepPath {
        StepPath { objective: self.objective.map(|objective| objective.name.clone()), step: self.step.name.clone() }
    }

    pub(super) fn title(&self) -> String {
        match self.objective {
            Some(objective) => format!("{} > {}", objective.title, self.step.title),
            None => self.step.title.clone(),
        }
    }

    pub(super) fn is_live(&self) -> bool {
        self.objective.map_or(self.step.stage, |objective| self.step.stage.min(objective.stage)) == Stage::Live
    }
}
