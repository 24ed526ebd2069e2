//! From declarations to the model: products filled in, references followed, what contradicts reported.

mod annotation;
mod slo;
mod usage;

use crate::Registry;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::documents::objective::DeclaredObjective;
use crate::documents::service::DeclaredService;
use crate::documents::step::DeclaredStep;
use crate::documents::{Declared, Header};
use crate::source::{Place, Spanned};
use crate::suggest::did_you_mean;
use milepost_model::{
    Action, ClassId, Dependency, Name, Objective, ObjectiveId, Operation, Product, Service, Signal, Step, StepId,
    StepPath, StepUse, TrafficClass,
};
use std::collections::HashMap;

/// Builds the registry; `None` when there is not even a product. Errors found on the way make the result unusable, which the caller decides
/// by the diagnostics.
pub(crate) fn resolve(declared: Declared, found: &mut Vec<Diagnostic>) -> Option<Registry> {
    let mut resolver = Resolver::new(&declared, found);
    let services = resolver.services(&declared.services);
    resolver.index(&declared);
    let steps = resolver.steps(&declared.steps);
    let objectives = resolver.objectives(&declared.objectives);
    let (rules, trace_rules) = resolver.rules(&declared.rules);
    let mut registry = Registry {
        products: std::mem::take(&mut resolver.products),
        classes: std::mem::take(&mut resolver.classes),
        objectives,
        steps,
        services,
        rules,
        trace_rules,
        slos: Vec::new(),
    };
    resolver.slos(&declared.slos, &mut registry);
    resolver.check_usage(&declared, &registry);
    (!registry.products.is_empty()).then_some(registry)
}

struct Resolver<'d> {
    found: &'d mut Vec<Diagnostic>,
    products: Vec<Product>,
    classes: Vec<TrafficClass>,
    /// What each service of a product offers, with the place of its name.
    offers: HashMap<(Name, Name), (Vec<Action>, Place)>,
    steps: HashMap<(Name, Name), StepId>,
    objectives: HashMap<(Name, Name), ObjectiveId>,
    /// The steps of each objective, by id.
    objective_steps: Vec<Vec<Name>>,
}

impl<'d> Resolver<'d> {
    fn new(declared: &Declared, found: &'d mut Vec<Diagnostic>) -> Self {
        let mut classes: Vec<TrafficClass> = (TrafficClass::BUILT_IN.iter())
            .map(|(name, _)| TrafficClass::new(name).expect("the built-in classes are names"))
            .collect();
        let mut seen: HashMap<Name, Place> = HashMap::new();
        let mut products: Vec<Product> = Vec::new();
        for declared in &declared.products {
            let product = &declared.product;
            if let Some(first) = seen.get(&product.name) {
                found.push(duplicate("product", &product.name, &declared.place, first));
                continue;
            }
            seen.insert(product.name.clone(), declared.place.clone());
            for class in &product.classes {
                if !classes.contains(class) {
                    classes.push(class.clone());
                }
            }
            products.push(product.clone());
        }
        let (offers, steps, objectives) = (HashMap::new(), HashMap::new(), HashMap::new());
        Self { found, products, classes, offers, steps, objectives, objective_steps: Vec::new() }
    }

    /// The product of a document: the one it names, or the only one.
    fn product(&mut self, header: &Header) -> Option<Name> {
        let names: Vec<&str> = self.products.iter().map(|p| p.name.as_str()).collect();
        match (&header.product, &names[..]) {
            (Some(named), _) if names.contains(&named.value.as_str()) => Some(named.value.clone()),
            (Some(named), _) => {
                let message = format!("there is no product `{}`", named.value);
                let diagnostic = Diagnostic::new(Code::UnknownProduct, named.place.clone(), message);
                let help = did_you_mean(named.value.as_str(), &names);
                self.found.push(diagnostic.help(help));
                None
            }
            (None, [only]) => Name::new(only).ok(),
            (None, []) => {
                let message = format!("`{}` belongs to no product: the registry has none", header.name.value);
                let diagnostic = Diagnostic::new(Code::UnknownProduct, header.name.place.clone(), message);
                self.found.push(diagnostic.help("add a document of `kind: Product`"));
                None
            }
            (None, _) => {
                let message = format!("`{}` does not say to which product it belongs", header.name.value);
                let help = format!("add `product:` to its metadata; {}", did_you_mean("", &names));
                let diagnostic = Diagnostic::new(Code::WhichProduct, header.name.place.clone(), message);
                self.found.push(diagnostic.help(help));
                None
            }
        }
    }

    fn services(&mut self, declared: &[DeclaredService]) -> Vec<Service> {
        let mut services = Vec::new();
        for service in declared {
            let Some(product) = self.product(&service.header) else { continue };
            let name = &service.header.name;
            let key = (product.clone(), name.value.clone());
            if let Some((_, first)) = self.offers.get(&key) {
                let first = first.clone();
                self.found.push(duplicate("service", &name.value, &name.place, &first));
                continue;
            }
            let actions: Vec<Action> = service.actions.iter().map(|a| a.value.clone()).collect();
            self.offers.insert(key, (actions.clone(), name.place.clone()));
            let default_signal = if service.access_log.is_some() { Signal::Logs } else { Signal::Spans };
            services.push(Service {
                product,
                name: name.value.clone(),
                title: service.title.clone(),
                owner: service.owner.clone(),
                actions,
                access_log: service.access_log.clone(),
                measured_by: service.measured_by.unwrap_or(default_signal),
            });
        }
        services
    }

    /// Gives steps and objectives their ids, so that documents can name each other in any order.
    fn index(&mut self, declared: &Declared) {
        let mut places: HashMap<(&str, Name, Name), Place> = HashMap::new();
        let steps = declared.steps.iter().map(|s| ("step", &s.header, &[][..]));
        let objectives = declared.objectives.iter().map(|o| ("objective", &o.header, &o.steps[..]));
        for (kind, header, uses) in steps.chain(objectives) {
            let Some(product) = self.product(header) else { continue };
            let name = header.name.value.clone();
            if let Some(first) = places.get(&(kind, product.clone(), name.clone())) {
                self.found.push(duplicate(kind, &name, &header.name.place, first));
                continue;
            }
            places.insert((kind, product.clone(), name.clone()), header.name.place.clone());
            if kind == "step" {
                let id = StepId::new(self.steps.len());
                self.steps.insert((product, name), id);
            } else {
                self.objective_steps.push(uses.iter().map(|u| u.step.value.clone()).collect());
                let id = ObjectiveId::new(self.objectives.len());
                self.objectives.insert((product, name), id);
            }
        }
    }

    fn steps(&mut self, declared: &[DeclaredStep]) -> Vec<Step> {
        let mut steps = Vec::new();
        for step in declared {
            let Some(product) = self.quiet_product(&step.header) else { continue };
            let name = step.header.name.value.clone();
            if self.steps.get(&(product.clone(), name.clone())).is_none_or(|id| id.index() != steps.len()) {
                continue;
            }
            let measured = step.measure.iter();
            for operation in measured.chain(step.operations.iter().map(|(o, _)| o)) {
                self.check_operation(&product, operation);
            }
            let dependencies = step.operations.iter();
            steps.push(Step {
                product,
                name,
                title: step.title.clone(),
                description: step.description.clone(),
                owner: step.owner.clone(),
                start: step.start.clone(),
                success: step.success.clone(),
                failure: step.failure.clone(),
                abandoned: step.abandoned.clone(),
                asynchronous: step.asynchronous,
                tags: step.tags.clone(),
                criticality: step.criticality,
                stage: step.stage,
                measure: step.measure.iter().map(|o| o.value.clone()).collect(),
                dependencies: dependencies
                    .map(|(o, need)| Dependency { operation: o.value.clone(), need: *need })
                    .collect(),
                outcomes: step.outcomes.clone(),
            });
        }
        steps
    }

    fn objectives(&mut self, declared: &[DeclaredObjective]) -> Vec<Objective> {
        let mut objectives: Vec<Objective> = Vec::new();
        for objective in declared {
            let Some(product) = self.quiet_product(&objective.header) else { continue };
            let name = objective.header.name.value.clone();
            if self.objectives.get(&(product.clone(), name.clone())).is_none_or(|id| id.index() != objectives.len()) {
                continue;
            }
            let steps = self.uses(&product, objective);
            objectives.push(Objective {
                product,
                name,
                title: objective.title.clone(),
                description: objective.description.clone(),
                owner: objective.owner.clone(),
                steps,
            });
        }
        objectives
    }

    fn uses(&mut self, product: &Name, objective: &DeclaredObjective) -> Vec<StepUse> {
        let mut uses: Vec<StepUse> = Vec::new();
        for declared in &objective.steps {
            self.known_step(product, &declared.step);
            let after = match &declared.after {
                Some(names) => {
                    for name in names {
                        if !objective.steps.iter().any(|u| u.step.value == name.value) {
                            let message = format!("this objective has no step `{}` to come after", name.value);
                            let known: Vec<&str> = objective.steps.iter().map(|u| u.step.value.as_str()).collect();
                            let diagnostic = Diagnostic::new(Code::NotBefore, name.place.clone(), message);
                            self.found.push(diagnostic.help(did_you_mean(name.value.as_str(), &known)));
                        }
                    }
                    names.iter().map(|n| n.value.clone()).collect()
                }
                None => before(&uses, declared.alternative),
            };
            uses.push(StepUse {
                step: declared.step.value.clone(),
                after,
                optional: declared.optional,
                alternative: declared.alternative,
            });
        }
        uses
    }

    /// The product of a header whose mistakes were reported before.
    fn quiet_product(&self, header: &Header) -> Option<Name> {
        match &header.product {
            Some(named) => self.products.iter().find(|p| p.name == named.value).map(|p| p.name.clone()),
            None => match &self.products[..] {
                [only] => Some(only.name.clone()),
                _ => None,
            },
        }
    }

    fn known_step(&mut self, product: &Name, step: &Spanned<Name>) -> Option<StepId> {
        let id = self.steps.get(&(product.clone(), step.value.clone())).copied();
        if id.is_none() {
            let known = names_in(product, self.steps.keys());
            self.unknown(Code::UnknownStep, "step", step.value.as_str(), &step.place, &known);
        }
        id
    }

    /// A step path, with the objective checked to use the step.
    fn known_path(&mut self, product: &Name, path: &Spanned<StepPath>) -> Option<(StepId, Option<ObjectiveId>)> {
        let name = Spanned { value: path.value.step.clone(), place: path.place.clone() };
        let step = self.known_step(product, &name);
        let Some(objective) = &path.value.objective else { return Some((step?, None)) };
        let Some(id) = self.objectives.get(&(product.clone(), objective.clone())).copied() else {
            let known = names_in(product, self.objectives.keys());
            self.unknown(Code::UnknownObjective, "objective", objective.as_str(), &path.place, &known);
            return None;
        };
        if step.is_some() && !self.objective_steps[id.index()].contains(&path.value.step) {
            let message = format!("objective `{objective}` has no step `{}`", path.value.step);
            let help = "add the step to the objective's `steps`, or name the step alone";
            self.found.push(Diagnostic::new(Code::NotAStepOf, path.place.clone(), message).help(help));
            return None;
        }
        Some((step?, Some(id)))
    }

    fn known_class(&mut self, class: &Spanned<Name>) -> Option<ClassId> {
        let at = self.classes.iter().position(|c| c.as_str() == class.value.as_str());
        if at.is_none() {
            let known: Vec<String> = self.classes.iter().map(ToString::to_string).collect();
            let help = format!(
                "{}, or a class that the product declares under `trafficClasses`",
                did_you_mean(class.value.as_str(), &known)
            );
            let message = format!("there is no traffic class `{}`", class.value);
            self.found.push(Diagnostic::new(Code::UnknownClass, class.place.clone(), message).help(help));
        }
        at.map(ClassId::new)
    }

    fn check_operation(&mut self, product: &Name, operation: &Spanned<Operation>) {
        let Operation { service, action } = &operation.value;
        match self.offers.get(&(product.clone(), service.clone())) {
            None => {
                let known = names_in(product, self.offers.keys());
                self.unknown(Code::UnknownService, "service", service.as_str(), &operation.place, &known);
            }
            Some((actions, place)) if !actions.is_empty() && !actions.contains(action) => {
                let known: Vec<String> = actions.iter().map(ToString::to_string).collect();
                let message = format!("service `{service}` does not offer `{action}`");
                let help =
                    format!("{}, or add it to the service's `operations`", did_you_mean(&action.to_string(), &known));
                let diagnostic = Diagnostic::new(Code::UnknownOperation, operation.place.clone(), message);
                self.found.push(diagnostic.related(place.clone(), "the service is declared here").help(help));
            }
            Some(_) => {}
        }
    }

    fn unknown(&mut self, code: Code, what: &str, name: &str, place: &Place, known: &[String]) {
        let help = did_you_mean(name, known);
        let message = format!("there is no {what} `{name}`");
        self.found.push(Diagnostic::new(code, place.clone(), message).help(help));
    }
}

/// What a use without `after` comes after: the entry before it, all of its alternatives included.
fn before(uses: &[StepUse], alternative: Option<usize>) -> Vec<Name> {
    let earlier = uses.iter().rev().skip_while(|u| alternative.is_some() && u.alternative == alternative);
    let mut earlier = earlier.peekable();
    let Some(last) = earlier.peek() else { return Vec::new() };
    let group = last.alternative;
    let mut names: Vec<Name> = match group {
        None => vec![last.step.clone()],
        Some(_) => earlier.take_while(|u| u.alternative == group).map(|u| u.step.clone()).collect(),
    };
    names.reverse();
    names
}

/// The names of a product's things, sorted.
fn names_in<'n>(product: &Name, keys: impl Iterator<Item = &'n (Name, Name)>) -> Vec<String> {
    let mut names: Vec<String> = keys.filter(|(p, _)| p == product).map(|(_, name)| name.to_string()).collect();
    names.sort_unstable();
    names
}

fn duplicate(kind: &str, name: &Name, place: &Place, first: &Place) -> Diagnostic {
    let message = format!("there are two documents for {kind} `{name}`");
    let diagnostic = Diagnostic::new(Code::DuplicateDocument, place.clone(), message).label("the second one");
    diagnostic.related(first.clone(), "the first one").help("keep one of them, or give this one another name")
}
