//! From declarations to the model: products filled in, references followed, what contradicts reported.
//!
//! Called once a run, with all declarations. What refers to a thing that is missing is left out and reported, and everything else is still
//! looked at, so that one run shows every mistake.

mod alerts;
mod annotation;
mod attempt;
mod budget;
mod expression;
mod fit;
mod flow;
mod kpi;
mod maintenance;
mod objective;
mod openslo;
mod people;
mod reference;
mod scope;
mod severity;
mod slo;
#[cfg(test)]
mod tests;
mod usage;
mod wire;

use crate::Registry;
use crate::code::Code;
use crate::diagnostic::{Diagnostic, Found};
use crate::documents::objective::DeclaredObjective;
use crate::documents::product::DeclaredProduct;
use crate::documents::service::DeclaredService;
use crate::documents::step::DeclaredStep;
use crate::documents::{Declared, Header, Unread, literal_segments, method_slip};
use crate::source::{Place, Sources, Spanned};
use crate::suggest::{choices, nearest};
use alerts::Measured;
use milepost_model::{
    Action, ClassId, Date, Dependency, Dimension, Name, Objective, ObjectiveId, Product, Sampling, Service, Signal,
    Step, StepId, TrafficClass,
};
use reference::{KnownNames, Sort};
use std::collections::{HashMap, HashSet};

/// Builds the registry; `None` when there is not even a product. Errors found on the way make the result unusable, which the caller decides
/// by the diagnostics.
pub(crate) fn resolve(
    mut declared: Declared,
    today: Option<Date>,
    sources: &Sources,
    found: &mut Found,
) -> Option<Registry> {
    let unread = std::mem::take(&mut declared.unread);
    let mut resolver = Resolver::new(&declared.products, unread, sources, found);
    resolver.today = today;
    resolver.settle_products(&mut declared);
    let services = resolver.services(&declared.services);
    resolver.index(&declared);
    let steps = resolver.steps(&declared.steps);
    let objectives = resolver.objectives(&declared.objectives);
    let (rules, trace_rules) = resolver.rules(&declared.rules, &steps, &services);
    for product in &declared.products {
        resolver.own_paths(&product.product.name, &product.kpi_steps);
    }
    let flows = resolver.flows(&declared.flows, &flow::Sources { steps: &steps, trace_rules: &trace_rules });
    let measured = Measured::new(&declared, &steps, &services, &trace_rules, &flows);
    let slos = resolver.slos(&declared.slos, &measured);
    let open_slos = resolver.open_slos(&declared.open);
    let severity_policies = resolver.severity_policies(&declared.severity);
    let budget_policies = resolver.budget_policies(&declared.budgets);
    let maintenances = resolver.maintenances(&declared.maintenances);
    let fit_assessments = resolver.fit_assessments(&declared.fit);
    let Resolver { products, classes, .. } = &mut resolver;
    let (products, classes) = (std::mem::take(products), std::mem::take(classes));
    let registry = Registry {
        shipped_rules: 0,
        products,
        objectives,
        steps,
        services,
        classes,
        rules,
        trace_rules,
        slos,
        open_slos,
        open_services: declared.open.services.iter().map(|service| service.header.name.value.clone()).collect(),
        flows,
        severity_policies,
        budget_policies,
        maintenances,
        fit_assessments,
    };
    resolver.check_usage(&declared, &registry);
    resolver.check_flow_sources(&declared.flows, &registry);
    resolver.check_severity(&declared, &registry);
    resolver.check_budget_policies(&declared, &registry);
    resolver.check_maintenances(&declared, &registry);
    resolver.check_annotations(&declared, &registry);
    resolver.check_people(&declared);
    (!registry.products.is_empty()).then_some(registry)
}

/// A thing by product and name.
type Key = (Name, Name);

struct Resolver<'d> {
    found: &'d mut Found,
    sources: &'d Sources,
    unread: Unread,
    today: Option<Date>,
    products: Vec<Product>,
    classes: Vec<TrafficClass>,
    class_ids: HashMap<String, ClassId>,
    offers: HashMap<Key, Offer>,
    steps: HashMap<Key, (StepId, Place)>,
    objectives: HashMap<Key, (ObjectiveId, Place)>,
    /// The steps of each objective, by id.
    objective_steps: Vec<HashSet<Name>>,
    slo_names: HashSet<Key>,
    /// Those of OpenSLO documents, by the product of their step.
    open_slo_names: HashSet<Key>,
    /// A product that has a step or an SLO of this name, to tell a stranger from a neighbour.
    homes: HashMap<(Sort, Name), Name>,
    known: KnownNames,
    /// Documents that were said to be missing.
    missing: HashSet<(Sort, (Name, Box<str>))>,
}

/// What a service offers, with the place of its name.
struct Offer {
    actions: HashSet<Action>,
    place: Place,
}

impl<'d> Resolver<'d> {
    fn new(declared: &[DeclaredProduct], unread: Unread, sources: &'d Sources, found: &'d mut Found) -> Self {
        let mut resolver = Self {
            found,
            sources,
            unread,
            today: None,
            products: Vec::new(),
            classes: Vec::new(),
            class_ids: HashMap::new(),
            offers: HashMap::new(),
            steps: HashMap::new(),
            objectives: HashMap::new(),
            objective_steps: Vec::new(),
            slo_names: HashSet::new(),
            open_slo_names: HashSet::new(),
            homes: HashMap::new(),
            known: KnownNames::default(),
            missing: HashSet::new(),
        };
        for (name, _) in TrafficClass::BUILT_IN {
            resolver.class(&TrafficClass::new(name).expect("the built-in classes are names"));
        }
        let mut seen: HashMap<&Name, &Place> = HashMap::new();
        for DeclaredProduct { product, place, .. } in declared {
            if let Some(first) = seen.get(&product.name) {
                resolver.found.push(duplicate("product", &product.name, place, first));
                continue;
            }
            seen.insert(&product.name, place);
            resolver.check_dimensions(product, place);
            product.classes.iter().for_each(|class| resolver.class(class));
            resolver.products.push(product.clone());
        }
        resolver
    }

    /// Facts have one column for all dimensions of a name, so that products have to find it in the same place.
    fn check_dimensions(&mut self, product: &Product, place: &Place) {
        for dimension in &product.dimensions {
            let others = self.products.iter().flat_map(|other| other.dimensions.iter().map(move |d| (&other.name, d)));
            let differs =
                |(_, other): &(&Name, &Dimension)| other.name == dimension.name && other.source != dimension.source;
            if let Some((other, _)) = others.into_iter().find(differs) {
                let message = format!(
                    "dimension `{}` of product `{}` is found elsewhere than that of product `{other}`",
                    dimension.name, product.name
                );
                let help = "find both in the same place, or give one of them another name";
                self.found.push(Diagnostic::new(Code::DimensionsDiffer, place.clone(), message).help(help));
            }
        }
    }

    /// Warns when the path of an HTTP operation looks as if its author had meant parameters, or the method another.
    fn check_literals(&mut self, action: &Spanned<Action>) {
        let Action::Http { path, method } = &action.value else { return };
        let slip = method.as_ref().and_then(|method| method_slip(method.as_str(), &action.place));
        for diagnostic in literal_segments(path, &action.place).into_iter().chain(slip) {
            self.found.push(diagnostic);
        }
    }

    fn class(&mut self, class: &TrafficClass) {
        let id = ClassId::new(self.classes.len());
        if let std::collections::hash_map::Entry::Vacant(entry) = self.class_ids.entry(class.as_str().to_owned()) {
            entry.insert(id);
            self.classes.push(class.clone());
        }
    }

    /// Finds the product of each document: the one it names, or the only one.
    fn settle_products(&mut self, declared: &mut Declared) {
        // Rules that only give classes hold for every product.
        let rules = declared.rules.iter_mut().filter(|d| {
            let names_step = d.rules.iter().any(|r| r.common.step.is_some()) || !d.trace_rules.is_empty();
            names_step || d.header.product.is_some()
        });
        let headers = (declared.services.iter_mut().map(|d| &mut d.header))
            .chain(declared.steps.iter_mut().map(|d| &mut d.header))
            .chain(declared.objectives.iter_mut().map(|d| &mut d.header))
            .chain(rules.map(|d| &mut d.header))
            .chain(declared.slos.iter_mut().map(|d| &mut d.header))
            .chain(declared.severity.iter_mut().map(|d| &mut d.header))
            .chain(declared.budgets.iter_mut().map(|d| &mut d.header))
            .chain(declared.maintenances.iter_mut().map(|d| &mut d.header))
            .chain(declared.flows.iter_mut().map(|d| &mut d.header))
            .chain(declared.fit.iter_mut().map(|d| &mut d.header));
        let names: Vec<String> = self.products.iter().map(|p| p.name.to_string()).collect();
        let known: HashSet<&str> = names.iter().map(String::as_str).collect();
        let mut without: Option<Spanned<Name>> = None;
        for header in headers {
            header.belongs = match (&header.product, &names[..]) {
                (Some(named), _) if known.contains(named.value.as_str()) => Some(named.value.clone()),
                (Some(named), _) => {
                    let (named, place) = (named.value.clone(), named.place.clone());
                    self.unknown_product(&named, place, &names)
                }
                (None, [only]) => Name::new(only).ok(),
                (None, []) => {
                    // Said once, of the first: it is one mistake, however many documents there are.
                    let start = |name: &Spanned<Name>| (name.place.file, name.place.range.start);
                    if without.as_ref().is_none_or(|first| start(&header.name) < start(first)) {
                        without = Some(header.name.clone());
                    }
                    Name::new("unnamed").ok()
                }
                (None, _) => {
                    let message = format!("`{}` does not say to which product it belongs", header.name.value);
                    let help = format!("add `product:` to its metadata; {}", choices(&names));
                    let place = header.name.place.clone();
                    self.found.push(Diagnostic::new(Code::WhichProduct, place, message).help(help));
                    None
                }
            };
            if header.belongs.is_none() {
                self.unread.add(header.name.value.as_str());
            }
        }
        if let Some(name) = without.filter(|_| !self.unread.may_declare_a_product()) {
            let message = format!("`{}` belongs to no product: the registry has none", name.value);
            let diagnostic = Diagnostic::new(Code::UnknownProduct, name.place, message);
            self.found.push(diagnostic.help("add a document of `kind: Product`"));
        }
    }

    /// Reports a product that does not exist; which one was probably meant, so that the document can be looked at.
    fn unknown_product(&mut self, named: &Name, place: Place, names: &[String]) -> Option<Name> {
        let meant = match names {
            [only] => Some(only.as_str()),
            _ => self.known.nearest(named.as_str(), names),
        };
        if !self.unread.may_declare(named.as_str()) {
            let message = format!("there is no product `{named}`");
            let help = match nearest(named.as_str(), names) {
                Some(name) => format!("did you mean `{name}`?"),
                None if names.is_empty() => "add a document of `kind: Product` with this name".to_owned(),
                None => choices(names),
            };
            self.found.push(Diagnostic::new(Code::UnknownProduct, place, message).help(help));
        }
        meant.and_then(|name| Name::new(name).ok())
    }

    fn services(&mut self, declared: &[DeclaredService]) -> Vec<Service> {
        let mut services = Vec::new();
        for service in declared {
            let Some(product) = service.header.belongs.clone() else { continue };
            let name = &service.header.name;
            let key = (product.clone(), name.value.clone());
            if let Some(first) = self.offers.get(&key) {
                self.found.push(duplicate("service", &name.value, &name.place, &first.place));
                continue;
            }
            for action in &service.actions {
                self.check_literals(action);
            }
            let actions: Vec<Action> = service.actions.iter().map(|a| a.value.clone()).collect();
            self.offers.insert(key, Offer { actions: actions.iter().cloned().collect(), place: name.place.clone() });
            let default_signal = if service.access_log.is_some() { Signal::Logs } else { Signal::Spans };
            services.push(Service {
                product,
                name: name.value.clone(),
                title: service.title.clone(),
                owner: service.owner.clone(),
                actions,
                access_log: service.access_log.clone(),
                measured_by: service.measured_by.unwrap_or(default_signal),
                sampling: service.sampling.as_ref().map_or_else(Sampling::default, |s| s.value),
            });
        }
        services
    }

    /// Gives steps and objectives their ids, so that documents can name each other in any order.
    fn index(&mut self, declared: &Declared) {
        for step in &declared.steps {
            let id = StepId::new(self.steps.len());
            let Some(key) = key(&step.header) else { continue };
            match self.steps.get(&key) {
                Some((_, first)) => self.found.push(duplicate_of(&step.header, "step", first)),
                None => {
                    self.homes.insert((Sort::Step, key.1.clone()), key.0.clone());
                    self.steps.insert(key, (id, step.header.name.place.clone()));
                }
            }
        }
        for slo in &declared.slos {
            let Some((product, name)) = key(&slo.header) else { continue };
            self.homes.insert((Sort::Slo, name.clone()), product.clone());
            self.slo_names.insert((product, name));
        }
        for objective in &declared.objectives {
            let id = ObjectiveId::new(self.objectives.len());
            let Some(key) = key(&objective.header) else { continue };
            match self.objectives.get(&key) {
                Some((_, first)) => self.found.push(duplicate_of(&objective.header, "objective", first)),
                None => {
                    self.objectives.insert(key, (id, objective.header.name.place.clone()));
                    self.objective_steps.push(objective.steps.iter().map(|u| u.step.value.clone()).collect());
                }
            }
        }
    }

    fn steps(&mut self, declared: &[DeclaredStep]) -> Vec<Step> {
        let mut steps = Vec::new();
        for step in declared {
            let Some((product, name)) = key(&step.header) else { continue };
            for operation in step.measure.iter().chain(step.operations.iter().map(|(o, _)| o)) {
                self.check_operation(&product, operation);
            }
            let place = &step.header.name.place;
            if !self.steps.get(&(product.clone(), name.clone())).is_some_and(|(_, first)| first == place) {
                continue;
            }
            let dependencies = step.operations.iter();
            steps.push(Step {
                product,
                name,
                title: step.title.clone(),
                description: step.description.clone(),
                owner: step.owner.as_ref().map(|o| o.value.clone()),
                start: step.start.clone(),
                success: step.success.clone(),
                failure: step.failure.clone(),
                abandoned: step.abandoned.clone(),
                asynchronous: step.asynchronous,
                tags: step.tags.clone(),
                criticality: step.criticality.as_ref().map(|c| c.value),
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
            let Some((product, name)) = key(&objective.header) else { continue };
            let steps = self.uses(&product, objective);
            let place = &objective.header.name.place;
            if !self.objectives.get(&(product.clone(), name.clone())).is_some_and(|(_, first)| first == place) {
                continue;
            }
            objectives.push(Objective {
                product,
                name,
                title: objective.title.clone(),
                description: objective.description.clone(),
                owner: objective.owner.as_ref().map(|o| o.value.clone()),
                reconfirm_by: objective.reconfirm_by.as_ref().map(|d| d.value),
                criticality: objective.criticality.as_ref().map(|c| c.value),
                stage: objective.stage,
                steps,
            });
        }
        objectives
    }
}

/// The documents that the steps and objectives of the registry were made of, in the order of their ids.
impl Resolver<'_> {
    fn first_steps<'m>(&self, declared: &'m Declared) -> Vec<&'m DeclaredStep> {
        let is_first = |step: &&DeclaredStep| {
            let first = key(&step.header).and_then(|key| self.steps.get(&key));
            first.is_some_and(|(_, first)| *first == step.header.name.place)
        };
        declared.steps.iter().filter(is_first).collect()
    }

    fn first_objectives<'m>(&self, declared: &'m Declared) -> Vec<&'m DeclaredObjective> {
        let is_first = |objective: &&DeclaredObjective| {
            let first = key(&objective.header).and_then(|key| self.objectives.get(&key));
            first.is_some_and(|(_, first)| *first == objective.header.name.place)
        };
        declared.objectives.iter().filter(is_first).collect()
    }
}

fn key(header: &Header) -> Option<Key> {
    Some((header.belongs.clone()?, header.name.value.clone()))
}

fn duplicate_of(header: &Header, kind: &str, first: &Place) -> Diagnostic {
    duplicate(kind, &header.name.value, &header.name.place, first)
}

fn duplicate_of_product(product: &Name, kinds: &str, place: &Place, first: &Place) -> Diagnostic {
    let message = format!("product `{product}` has two {kinds}");
    let diagnostic = Diagnostic::new(Code::SecondOfOne, place.clone(), message).label("the second one");
    diagnostic
        .related(first.clone(), "the first one")
        .help("make one of them, or give this one to the product it is for")
}

fn duplicate(kind: &str, name: &Name, place: &Place, first: &Place) -> Diagnostic {
    let message = format!("there are two documents for {kind} `{name}`");
    let diagnostic = Diagnostic::new(Code::DuplicateDocument, place.clone(), message).label("the second one");
    diagnostic.related(first.clone(), "the first one").help("keep one of them, or give this one another name")
}
