//! What was agreed of SLOs beside their targets: which policies and maintenances are about which.

use crate::Registry;
use milepost_model::{Name, StepPath};
use milepost_slo::open::OpenSlo;
use milepost_slo::{ErrorBudgetPolicy, Maintenance, Slo, SloScope};

/// An SLO as scopes see it: one of the registry's own, or of an OpenSLO document that says its step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Promised<'r> {
    /// The product it belongs to.
    pub product: &'r Name,
    /// Its name; of an OpenSLO document that of the document, whatever objectives it has.
    pub name: &'r str,
    /// The step, or one use of it.
    pub path: &'r StepPath,
}

impl<'r> From<&'r Slo> for Promised<'r> {
    fn from(slo: &'r Slo) -> Self {
        Self { product: &slo.product, name: slo.name.as_str(), path: &slo.indicator.path }
    }
}

impl<'r> Promised<'r> {
    /// Of an OpenSLO document; `None` where it says no step.
    pub fn of_open(slo: &'r OpenSlo) -> Option<Self> {
        let binding = slo.binding.as_ref()?;
        Some(Self { product: &binding.product, name: slo.name.as_str(), path: &binding.path })
    }
}

impl Registry {
    /// The error budget policy that applies to an SLO.
    pub fn budget_policy(&self, of: Promised<'_>) -> Option<&ErrorBudgetPolicy> {
        // Most registries have none, and many SLOs.
        if self.budget_policies.is_empty() {
            return None;
        }
        let holds = self.holding(of);
        self.budget_policies.iter().find(|policy| holds(&policy.product, &policy.scope))
    }

    /// The maintenances that are about an SLO, by place.
    pub fn maintenances_of<'r>(&'r self, of: Promised<'_>) -> impl Iterator<Item = &'r Maintenance> {
        // The same.
        let about = match &self.maintenances[..] {
            [] => Vec::new(),
            all => {
                let holds = self.holding(of);
                all.iter().filter(|maintenance| holds(&maintenance.product, &maintenance.scope)).collect()
            }
        };
        about.into_iter()
    }

    /// All SLOs, those of OpenSLO documents that say their step last.
    pub fn promised(&self) -> impl Iterator<Item = Promised<'_>> {
        self.slos.iter().map(Promised::from).chain(self.open_slos.iter().filter_map(Promised::of_open))
    }

    /// The SLOs under an error budget policy, in the same order.
    pub fn slos_under<'r>(&'r self, policy: &'r ErrorBudgetPolicy) -> impl Iterator<Item = Promised<'r>> {
        let is_it = |one: &ErrorBudgetPolicy| one.product == policy.product && one.name == policy.name;
        let of_product = self.promised().filter(|of| *of.product == policy.product);
        of_product.filter(move |of| self.budget_policy(*of).is_some_and(is_it))
    }

    /// The SLOs that a maintenance is about, in the same order.
    pub fn slos_of<'r>(&'r self, maintenance: &'r Maintenance) -> impl Iterator<Item = Promised<'r>> {
        self.promised()
            .filter(|of| of.product == &maintenance.product)
            .filter(|of| self.holding(*of)(&maintenance.product, &maintenance.scope))
    }

    /// Whether a scope of a product holds for an SLO: nothing does where there is no such step.
    fn holding<'r>(&self, of: Promised<'r>) -> impl Fn(&Name, &SloScope) -> bool + use<'r> {
        let criticality = self.criticality(of.product, of.path).map(|of| of.criticality);
        move |product, scope| product == of.product && criticality.is_some_and(|it| scope.holds(of.name, of.path, it))
    }
}
