//! Names that documents use of each other, looked up; what was probably meant, where nothing has that name.

use super::{Key, Resolver};
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::quote::quote;
use crate::source::{Place, Spanned};
use crate::suggest::{choices, did_you_mean, nearest, or_else};
use milepost_model::{ClassId, Name, ObjectiveId, Operation, StepId, StepPath};
use std::collections::HashMap;
use std::rc::Rc;

/// Most comparisons of names for suggestions in one run, about a fifth of a second: past it messages come without.
const MAX_COMPARISONS: usize = 400_000;

/// A sort of thing that has names within a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Sort {
    Step,
    Objective,
    Service,
    Slo,
}

impl Sort {
    fn code(self) -> Code {
        match self {
            Self::Step => Code::UnknownStep,
            Self::Objective => Code::UnknownObjective,
            Self::Service => Code::UnknownService,
            Self::Slo => Code::UnknownSlo,
        }
    }

    fn kind(self) -> &'static str {
        match self {
            Self::Step => "Step",
            Self::Objective => "Objective",
            Self::Service => "Service",
            Self::Slo => "SLO",
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Step => "step",
            Self::Objective => "objective",
            Self::Service => "service",
            Self::Slo => "SLO",
        }
    }
}

/// The names there are, sorted once for each product, and what may still be spent on comparing with them.
#[derive(Debug)]
pub(super) struct KnownNames {
    lists: HashMap<(Sort, Name), Rc<[String]>>,
    comparisons_left: usize,
}

impl Default for KnownNames {
    fn default() -> Self {
        Self { lists: HashMap::new(), comparisons_left: MAX_COMPARISONS }
    }
}

impl KnownNames {
    pub(super) fn nearest<'k>(&mut self, text: &str, known: &'k [String]) -> Option<&'k str> {
        if self.spend(known.len()) { nearest(text, known) } else { None }
    }

    fn did_you_mean(&mut self, text: &str, known: &[String]) -> String {
        if self.spend(known.len()) { did_you_mean(text, known) } else { choices(known) }
    }

    pub(super) fn spend(&mut self, comparisons: usize) -> bool {
        let left = self.comparisons_left.checked_sub(comparisons);
        self.comparisons_left = left.unwrap_or_default();
        left.is_some()
    }
}

impl Resolver<'_> {
    pub(super) fn known_step(&mut self, product: &Name, step: &Spanned<Name>) -> Option<StepId> {
        let id = self.steps.get(&(product.clone(), step.value.clone())).map(|(id, _)| *id);
        if id.is_none() {
            self.unknown(Sort::Step, product, step.value.as_str(), &step.place);
        }
        id
    }

    /// A step path, with the objective checked to use the step.
    pub(super) fn known_path(
        &mut self,
        product: &Name,
        path: &Spanned<StepPath>,
    ) -> Option<(StepId, Option<ObjectiveId>)> {
        let name = Spanned { value: path.value.step.clone(), place: path.place.clone() };
        let step = self.known_step(product, &name);
        let Some(objective) = &path.value.objective else { return Some((step?, None)) };
        let Some(id) = self.objectives.get(&(product.clone(), objective.clone())).map(|(id, _)| *id) else {
            self.unknown(Sort::Objective, product, objective.as_str(), &path.place);
            return None;
        };
        if step.is_some() && !self.objective_steps[id.index()].contains(&path.value.step) {
            let message = format!("objective `{objective}` has no step `{}`", path.value.step);
            let help = format!("add the step to the objective's `steps`, or write `{}` alone", path.value.step);
            self.found.push(Diagnostic::new(Code::NotAStepOf, path.place.clone(), message).help(help));
            return None;
        }
        Some((step?, Some(id)))
    }

    pub(super) fn known_class(&mut self, class: &Spanned<Name>) -> Option<ClassId> {
        let id = self.class_ids.get(class.value.as_str()).copied();
        if id.is_none() {
            self.unknown_class(class.value.as_str(), &class.place);
        }
        id
    }

    pub(super) fn unknown_class(&mut self, name: &str, place: &Place) {
        if self.unread.may_declare(name) {
            return;
        }
        let known: Vec<String> = self.classes.iter().map(ToString::to_string).collect();
        let choices = self.known.did_you_mean(name, &known);
        let help = or_else(&choices, "declare it under the product's `trafficClasses`");
        let message = format!("there is no traffic class {}", quote(name));
        self.found.push(Diagnostic::new(Code::UnknownClass, place.clone(), message).help(help));
    }

    pub(super) fn check_operation(&mut self, product: &Name, operation: &Spanned<Operation>) {
        let Operation { service, action } = &operation.value;
        let Some(offer) = self.offers.get(&(product.clone(), service.clone())) else {
            return self.unknown(Sort::Service, product, service.as_str(), &operation.place);
        };
        if offer.actions.is_empty() {
            // Where the service lists what it offers, it has been said there.
            let action = Spanned { value: action.clone(), place: operation.place.clone() };
            return self.check_literals(&action);
        }
        if offer.actions.contains(action) {
            return;
        }
        let mut known: Vec<String> = offer.actions.iter().map(ToString::to_string).collect();
        known.sort_unstable();
        let place = offer.place.clone();
        let choices = self.known.did_you_mean(&action.to_string(), &known);
        let message = format!("service `{service}` does not offer `{action}`");
        let help = or_else(&choices, "add it to the service's `operations`");
        let diagnostic = Diagnostic::new(Code::UnknownOperation, operation.place.clone(), message);
        self.found.push(diagnostic.related(place, "the service is declared here").help(help));
    }

    /// Reports a name that nothing has, unless it may be declared where nothing could be read.
    pub(super) fn unknown(&mut self, sort: Sort, product: &Name, name: &str, place: &Place) {
        if self.unread.may_declare(name) {
            return;
        }
        let known = self.names(sort, product);
        let document = format!("add a document of `kind: {}` with this name", sort.kind());
        let help = match self.known.nearest(name, &known) {
            // Telemetry often has many services with names that are alike.
            Some(near) if sort == Sort::Service => or_else(&format!("did you mean `{near}`?"), &document),
            Some(near) => format!("did you mean `{near}`?"),
            // A document that is missing is one mistake, however often it is named.
            None if !self.missing.insert((sort, (product.clone(), Box::from(name)))) => return,
            None => or_else(&choices(&known), &document),
        };
        let message = format!("there is no {} {}", sort.word(), quote(name));
        self.found.push(Diagnostic::new(sort.code(), place.clone(), message).help(help));
    }

    /// Reports that no name begins so.
    pub(super) fn unknown_prefix(&mut self, sort: Sort, product: &Name, prefix: &str, place: &Place) {
        let known = self.names(sort, product);
        let message = format!("no {} begins with {}", sort.word(), quote(prefix));
        self.found.push(Diagnostic::new(sort.code(), place.clone(), message).help(choices(&known)));
    }

    /// The names of a product's things, sorted.
    pub(super) fn names(&mut self, sort: Sort, product: &Name) -> Rc<[String]> {
        fn collect<'k>(product: &Name, keys: impl Iterator<Item = &'k Key>) -> Rc<[String]> {
            let mut names: Vec<String> = keys.filter(|(p, _)| p == product).map(|(_, name)| name.to_string()).collect();
            names.sort_unstable();
            names.into()
        }
        let list = self.known.lists.entry((sort, product.clone()));
        let list = list.or_insert_with(|| match sort {
            Sort::Step => collect(product, self.steps.keys()),
            Sort::Objective => collect(product, self.objectives.keys()),
            Sort::Service => collect(product, self.offers.keys()),
            Sort::Slo => collect(product, self.slo_names.iter()),
        });
        list.clone()
    }
}
