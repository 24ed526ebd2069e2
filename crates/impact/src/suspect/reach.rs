//! Which steps operations and services reach: from the registry, and from what has been observed.

use super::Fit;
use milepost_model::{Name, Operation, Step};
use std::collections::{BTreeMap, BTreeSet};

/// Steps by the operations and services that they need.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    operations: BTreeMap<Operation, BTreeSet<Name>>,
    services: BTreeMap<Name, BTreeSet<Name>>,
    steps: BTreeSet<Name>,
}

impl Reach {
    /// By what the steps of a product declare.
    pub fn declared<'m>(steps: impl IntoIterator<Item = &'m Step>) -> Self {
        let mut reach = Self::default();
        for step in steps {
            reach.steps.insert(step.name.clone());
            for (operation, _) in step.operations() {
                reach.add(operation, &step.name);
            }
        }
        reach
    }

    /// An operation has been seen to serve a step.
    pub fn add(&mut self, operation: &Operation, step: &Name) {
        self.steps.insert(step.clone());
        self.services.entry(operation.service.clone()).or_default().insert(step.clone());
        self.operations.entry(operation.clone()).or_default().insert(step.clone());
    }

    /// The steps that an operation reaches.
    pub fn operation(&self, operation: &Operation) -> impl Iterator<Item = &Name> {
        self.operations.get(operation).into_iter().flatten()
    }

    /// How well an operation fits the steps that are hit.
    pub fn fit_operation(&self, operation: &Operation, hit: &BTreeSet<Name>) -> Fit {
        fit(self.operation(operation), hit)
    }

    /// How well a change fits the steps that are hit, by the services and operations that it changes; all steps of the product are reached when it names none,
    /// since then all may be meant.
    pub fn fit_change(&self, services: &[Name], operations: &[Operation], hit: &BTreeSet<Name>) -> Fit {
        if services.is_empty() && operations.is_empty() {
            return fit(self.steps.iter(), hit);
        }
        let of_services = services.iter().filter_map(|service| self.services.get(service)).flatten();
        let of_operations = operations.iter().flat_map(|operation| self.operation(operation));
        let reached: BTreeSet<&Name> = of_services.chain(of_operations).collect();
        fit(reached.into_iter(), hit)
    }
}

fn fit<'n>(reached: impl Iterator<Item = &'n Name>, hit: &BTreeSet<Name>) -> Fit {
    let mut fit = Fit { hit: 0, reached: 0, all_hit: hit.len() };
    for step in reached {
        fit.reached += 1;
        fit.hit += usize::from(hit.contains(step));
    }
    fit
}
