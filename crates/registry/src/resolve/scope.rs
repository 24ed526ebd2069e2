//! Names that policies and flows use of steps, SLOs, KPIs and tags; a neighbour's name is told from one that nothing has.

use super::reference::Sort;
use super::{Key, Resolver, duplicate_of, key};
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::documents::Header;
use crate::documents::scope::DeclaredScope;
use crate::source::{Place, Spanned};
use crate::suggest::{did_you_mean, or_else};
use milepost_model::{Name, ObjectiveId, StepId, StepPath};
use milepost_slo::SloScope;
use std::collections::HashMap;

/// A kind of documents each of which is about some SLOs.
#[derive(Clone, Copy)]
pub(super) struct Scoped {
    pub(super) noun: &'static str,
    /// Of one that is about no SLO.
    pub(super) empty: Code,
}

/// Where documents of a kind are, by product and name; of several the first.
pub(super) type Places<'d> = HashMap<(&'d Name, &'d Name), &'d Place>;

pub(super) fn places<'d>(headers: impl Iterator<Item = &'d Header>) -> Places<'d> {
    let mut places = Places::new();
    for Header { name, belongs, .. } in headers {
        if let Some(product) = belongs {
            places.entry((product, &name.value)).or_insert(&name.place);
        }
    }
    places
}

impl Resolver<'_> {
    /// Builds what is declared of a kind, each name of a product once.
    pub(super) fn scoped<D, T>(
        &mut self,
        kind: Scoped,
        declared: &[D],
        parts: fn(&D) -> (&Header, Option<&DeclaredScope>),
        build: impl Fn(&D, Key, SloScope) -> Option<T>,
    ) -> Vec<T> {
        let mut seen: HashMap<Key, &Place> = HashMap::new();
        let mut built = Vec::new();
        for written in declared {
            let (header, scope) = parts(written);
            let Some(key) = key(header) else { continue };
            let scope = self.slo_scope(scope, &key.0);
            let place = &header.name.place;
            let first = *seen.entry(key.clone()).or_insert(place);
            if first != place {
                self.found.push(duplicate_of(header, kind.noun, first));
            } else if let Some(scope) = scope {
                built.extend(build(written, key, scope));
            }
        }
        built
    }

    /// Reports a document that is about no SLO; not where one that it would be about may be among what is wrong.
    pub(super) fn about_nothing(&mut self, kind: Scoped, (product, name): (&Name, &Name), places: &Places<'_>) {
        let Some(place) = places.get(&(product, name)) else { return };
        if self.unread.is_empty() && self.found.errors() == 0 {
            let message = format!("{} `{name}` applies to no SLO", kind.noun);
            let help = "write an SLO for what it names, or name what has one";
            self.found.push(Diagnostic::new(kind.empty, (*place).clone(), message).help(help));
        }
    }

    /// A step path of the product that a document belongs to.
    pub(super) fn own_path(
        &mut self,
        product: &Name,
        path: &Spanned<StepPath>,
    ) -> Option<(StepId, Option<ObjectiveId>)> {
        let step = &path.value.step;
        let is_own = self.steps.contains_key(&(product.clone(), step.clone()));
        if !is_own && self.is_of_other(Sort::Step, product, step, &path.place) {
            return None;
        }
        self.known_path(product, path)
    }

    /// The paths that are known, for a scope.
    pub(super) fn own_paths(&mut self, product: &Name, paths: &[Spanned<StepPath>]) -> Vec<StepPath> {
        let known = paths.iter().filter(|path| self.own_path(product, path).is_some());
        known.map(|path| path.value.clone()).collect()
    }

    /// The SLOs that something applies to; `None` when it names nothing that exists: without that it would mean everything.
    fn slo_scope(&mut self, written: Option<&DeclaredScope>, product: &Name) -> Option<SloScope> {
        let Some(scope) = written else { return Some(SloScope::default()) };
        let mut slos = Vec::new();
        for slo in &scope.slos {
            let is_open = self.open_slo_names.contains(&(product.clone(), slo.value.clone()));
            if is_open || self.own_slo(product, slo) {
                slos.push(slo.value.clone());
            }
        }
        let steps = self.own_paths(product, &scope.steps);
        let scope = SloScope { slos, steps, criticality: scope.criticality.clone() };
        (!scope.is_everything()).then_some(scope)
    }

    /// Whether the product has an SLO of this name.
    pub(super) fn own_slo(&mut self, product: &Name, slo: &Spanned<Name>) -> bool {
        let is_own = self.slo_names.contains(&(product.clone(), slo.value.clone()));
        if !is_own && !self.is_of_other(Sort::Slo, product, &slo.value, &slo.place) {
            self.unknown(Sort::Slo, product, slo.value.as_str(), &slo.place);
        }
        is_own
    }

    /// Reports a name that another product has.
    fn is_of_other(&mut self, sort: Sort, product: &Name, name: &Name, place: &Place) -> bool {
        let Some(home) = self.homes.get(&(sort, name.clone())).filter(|home| *home != product) else { return false };
        let message = format!("{} `{name}` belongs to product `{home}`, and this document to `{product}`", sort.word());
        let diagnostic = Diagnostic::new(Code::OtherProduct, place.clone(), message);
        let help = format!("name one of `{product}`, or write a document of `{home}` for it");
        self.found.push(diagnostic.help(help));
        true
    }

    /// Whether the product has a KPI of this name.
    pub(super) fn known_kpi(&mut self, product: &Name, kpi: &Spanned<Name>) -> bool {
        let Some(of) = self.products.iter().find(|p| p.name == *product) else { return false };
        if of.kpi(&kpi.value).is_some() {
            return true;
        }
        let known: Vec<&str> = of.kpis.iter().map(|k| k.name.as_str()).collect();
        let help = or_else(&did_you_mean(kpi.value.as_str(), &known), "declare it under the product's `kpis`");
        let message = format!("product `{product}` has no KPI `{}`", kpi.value);
        self.found.push(Diagnostic::new(Code::UnknownKpi, kpi.place.clone(), message).help(help));
        false
    }
}
