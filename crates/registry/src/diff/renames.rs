//! What goes by another name: products, services, steps and objectives, which others refer to.
//!
//! Nothing in a registry says that a name is new, so that it is told from the rest: what is gone and what is new are one thing when they say the
//! same, and nothing else does. The registry before is given the new names everywhere; a new name is then one change and not one at each mention.

use super::{Noun, matching};
use crate::Registry;
use milepost_impact::Scope;
use milepost_model::{Name, Objective, Operation, Product, Service, Step, StepPath};
use milepost_slo::{FlowSource, FlowSubject};

/// The names that things had before.
#[derive(Debug, Default)]
pub(super) struct Renames(Vec<Rename>);

#[derive(Debug)]
struct Rename {
    noun: Noun,
    /// The product, by the name that it has after.
    product: Name,
    from: Name,
    to: Name,
}

impl Renames {
    /// The name that a thing had before, when it has another now.
    pub(super) fn former(&self, noun: Noun, product: Option<&Name>, name: &str) -> Option<&Name> {
        let mut all = self.0.iter();
        let found = all.find(|r| r.noun == noun && Some(&r.product) == product && r.to.as_str() == name);
        found.map(|rename| &rename.from)
    }
}

/// The registry before with the names that things have after, and which those are.
pub(super) fn applied(before: &Registry, after: &Registry) -> (Registry, Renames) {
    let mut registry = before.clone();
    let mut renames = Vec::new();
    // In this order, since steps refer to services and objectives to steps.
    for rename in found(&registry.products, &after.products, Noun::Product, |p| (&p.name, &p.name), same_product) {
        registry.rename_product(&rename.from, &rename.to);
        renames.push(Rename { product: rename.to.clone(), ..rename });
    }
    for rename in found(&registry.services, &after.services, Noun::Service, |s| (&s.product, &s.name), same_service) {
        registry.rename_service(&rename);
        renames.push(rename);
    }
    for rename in found(&registry.steps, &after.steps, Noun::Step, |s| (&s.product, &s.name), same_step) {
        registry.rename_step(&rename);
        renames.push(rename);
    }
    for rename in
        found(&registry.objectives, &after.objectives, Noun::Objective, |o| (&o.product, &o.name), same_objective)
    {
        registry.rename_objective(&rename);
        renames.push(rename);
    }
    (registry, Renames(renames))
}

fn found<T>(
    before: &[T],
    after: &[T],
    noun: Noun,
    key: impl Fn(&T) -> (&Name, &Name),
    is_same: impl Fn(&T, &T) -> bool,
) -> Vec<Rename> {
    let owned = |thing: &T| {
        let (product, name) = key(thing);
        (product.clone(), name.clone())
    };
    let pairs = matching::by_key(before, after, owned).take_renamed(is_same);
    let rename = |(old, new): (&T, &T)| {
        let (product, to) = owned(new);
        Rename { noun, product, from: owned(old).1, to }
    };
    pairs.into_iter().map(rename).collect()
}

fn same_product(old: &Product, new: &Product) -> bool {
    old.description == new.description && old.owner == new.owner
}

fn same_service(old: &Service, new: &Service) -> bool {
    old.product == new.product && !old.actions.is_empty() && old.actions == new.actions
}

/// The same in words, or counted at the same place.
fn same_step(old: &Step, new: &Step) -> bool {
    let in_words = old.description == new.description && old.start == new.start;
    let is_counted = !old.measure.is_empty() && old.measure == new.measure;
    old.product == new.product && (in_words || is_counted)
}

/// The same in words, or of the same steps.
fn same_objective(old: &Objective, new: &Objective) -> bool {
    let steps = |objective: &Objective| objective.steps.iter().map(|u| u.step.clone()).collect::<Vec<_>>();
    old.product == new.product && (old.description == new.description || steps(old) == steps(new))
}

/// Gives something its new name, where it has the old one.
fn put(name: &mut Name, from: &Name, to: &Name) {
    if name == from {
        *name = to.clone();
    }
}

/// The same for a title, which is the name where no other is written.
fn put_title(title: &mut String, from: &Name, to: &Name) {
    if *title == from.as_str() {
        *title = to.to_string();
    }
}

impl Registry {
    fn rename_product(&mut self, from: &Name, to: &Name) {
        for product in self.products.iter_mut().filter(|product| product.name == *from) {
            put_title(&mut product.title, from, to);
            product.name = to.clone();
        }
        for slo in &mut self.slos {
            put(&mut slo.product, from, to);
            put(&mut slo.indicator.product, from, to);
        }
        let bindings = self.open_slos.iter_mut().filter_map(|slo| slo.binding.as_mut());
        let products = (self.objectives.iter_mut().map(|o| &mut o.product))
            .chain(self.steps.iter_mut().map(|s| &mut s.product))
            .chain(self.services.iter_mut().map(|s| &mut s.product))
            .chain(self.trace_rules.iter_mut().map(|r| &mut r.product))
            .chain(self.flows.iter_mut().map(|f| &mut f.product))
            .chain(self.severity_policies.iter_mut().map(|p| &mut p.product))
            .chain(self.budget_policies.iter_mut().map(|p| &mut p.product))
            .chain(self.maintenances.iter_mut().map(|m| &mut m.product))
            .chain(self.fit_assessments.iter_mut().map(|f| &mut f.product))
            .chain(bindings.map(|b| &mut b.product));
        products.for_each(|product| put(product, from, to));
    }

    fn rename_service(&mut self, rename: &Rename) {
        let Rename { product, from, to, .. } = rename;
        let of = |operation: &mut Operation| put(&mut operation.service, from, to);
        for service in self.services.iter_mut().filter(|s| s.product == *product && s.name == *from) {
            put_title(&mut service.title, from, to);
            service.name = to.clone();
        }
        for step in self.steps.iter_mut().filter(|step| step.product == *product) {
            step.measure.iter_mut().for_each(of);
            step.dependencies.iter_mut().for_each(|d| of(&mut d.operation));
        }
        for rule in self.trace_rules.iter_mut().filter(|rule| rule.product == *product) {
            of(&mut rule.root);
            rule.when.iter_mut().chain(&mut rule.requires).for_each(of);
        }
        for flow in self.flows.iter_mut().filter(|flow| flow.product == *product) {
            for facts in std::iter::once(&mut flow.start).chain(flow.ends.iter_mut().map(|end| &mut end.facts)) {
                if let FlowSubject::Operation(operation) = &mut facts.of {
                    of(operation);
                }
            }
            for source in &mut flow.sources {
                if let FlowSource::Service(name) = source {
                    put(name, from, to);
                }
            }
        }
    }

    fn rename_step(&mut self, rename: &Rename) {
        let Rename { product, from, to, .. } = rename;
        for step in self.steps.iter_mut().filter(|s| s.product == *product && s.name == *from) {
            put_title(&mut step.title, from, to);
            step.name = to.clone();
        }
        for used in self.objectives.iter_mut().filter(|o| o.product == *product).flat_map(|o| &mut o.steps) {
            put(&mut used.step, from, to);
            used.after.iter_mut().for_each(|after| put(after, from, to));
        }
        self.each_path(product, |path| put(&mut path.step, from, to));
    }

    fn rename_objective(&mut self, rename: &Rename) {
        let Rename { product, from, to, .. } = rename;
        for objective in self.objectives.iter_mut().filter(|o| o.product == *product && o.name == *from) {
            put_title(&mut objective.title, from, to);
            objective.name = to.clone();
        }
        self.each_path(product, |path| {
            if let Some(objective) = &mut path.objective {
                put(objective, from, to);
            }
        });
    }

    /// Hands out every path to a step, wherever one is written.
    fn each_path(&mut self, product: &Name, mut change: impl FnMut(&mut StepPath)) {
        let is_of = |other: &Name| other == product;
        for slo in self.slos.iter_mut().filter(|slo| is_of(&slo.product)) {
            change(&mut slo.indicator.path);
        }
        let bindings = self.open_slos.iter_mut().filter_map(|slo| slo.binding.as_mut());
        bindings.filter(|b| is_of(&b.product)).for_each(|b| change(&mut b.path));
        for flow in self.flows.iter_mut().filter(|flow| is_of(&flow.product)) {
            change(&mut flow.step);
            for facts in std::iter::once(&mut flow.start).chain(flow.ends.iter_mut().map(|end| &mut end.facts)) {
                if let FlowSubject::Step(path) = &mut facts.of {
                    change(path);
                }
            }
        }
        let kpis = self.products.iter_mut().filter(|p| is_of(&p.name)).flat_map(|p| &mut p.kpis);
        kpis.flat_map(|kpi| &mut kpi.steps).for_each(&mut change);
        for rule in self.severity_policies.iter_mut().filter(|p| is_of(&p.product)).flat_map(|p| &mut p.rules) {
            if let Scope::Any { steps, .. } = &mut rule.scope {
                steps.iter_mut().for_each(&mut change);
            }
        }
        let policies = self.budget_policies.iter_mut().filter(|p| is_of(&p.product));
        policies.flat_map(|p| &mut p.scope.steps).for_each(&mut change);
        let maintenances = self.maintenances.iter_mut().filter(|m| is_of(&m.product));
        maintenances.flat_map(|m| &mut m.scope.steps).for_each(&mut change);
    }
}
