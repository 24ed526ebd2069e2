//! The tables of all columns of names, as one registry version begins them, and how much each may take of what telemetry brings.

use crate::names::{NameId, Names};
use milepost_annotate::Annotator;
use milepost_model::{OperationId, RuleId, StepId};
use milepost_registry::Registry;

/// The tables of all name columns.
#[derive(Debug)]
pub struct NameTables {
    /// Steps; ids follow [`StepId`].
    pub steps: Names,
    /// Steps with their products, `product/step`, by the same ids.
    pub step_paths: Names,
    /// Objectives with their products, by the same ids.
    pub objective_paths: Names,
    /// The product of each step, in the order of the steps.
    pub step_products: Vec<Box<str>>,
    /// Objectives; ids follow [`milepost_model::ObjectiveId`].
    pub objectives: Names,
    /// Traffic classes; ids follow [`milepost_model::ClassId`].
    pub classes: Names,
    /// Rules, those over events first; ids follow [`RuleId`].
    pub rules: Names,
    /// Operations, the declared ones first; ids follow [`OperationId`].
    pub operations: Names,
    /// Services.
    pub services: Names,
    /// Error types.
    pub errors: Names,
    /// Names of the dimensions.
    pub dimension_names: Vec<milepost_model::Name>,
    /// One table a dimension.
    pub dimensions: Vec<Names>,
    /// Names of the KPIs whose numbers events carry.
    pub kpi_names: Vec<milepost_model::Name>,
}

/// Most services, operations, error types and values of a dimension that telemetry can add, where their bytes are not bounded more tightly.
const MAX_SERVICES: usize = 10_000;
const MAX_OPERATIONS: usize = 100_000;
const MAX_ERRORS: usize = 10_000;
const MAX_DIMENSION_VALUES: usize = 10_000;
/// What each may take of the bytes of all. Operations are the names that people look at.
const OPERATIONS_PERCENT: usize = 50;
const SERVICES_PERCENT: usize = 10;
const ERRORS_PERCENT: usize = 15;
const DIMENSIONS_PERCENT: usize = 25;

impl NameTables {
    /// The tables of a registry, its own names first.
    pub fn new(registry: &Registry, annotator: &Annotator) -> Self {
        Self::within(registry, annotator, usize::MAX)
    }

    /// The same, where names of telemetry may take so many bytes together.
    pub fn within(registry: &Registry, annotator: &Annotator, bytes: usize) -> Self {
        let rules = registry.rules.iter().map(|r| r.id.as_str());
        let trace_rules = registry.trace_rules.iter().map(|r| r.id.as_str());
        let dimensions = registry.dimensions();
        let part = |percent: usize| bytes / 100 * percent;
        let of_dimension = part(DIMENSIONS_PERCENT) / dimensions.len().max(1);
        let declared = annotator.operations().declared().iter().map(ToString::to_string);
        let services = registry.services.iter().map(|s| s.name.as_str());
        Self {
            steps: Names::new(registry.steps.iter().map(|s| s.name.as_str()), 0),
            step_paths: Names::new(registry.steps.iter().map(|s| format!("{}/{}", s.product, s.name)), 0),
            objective_paths: Names::new(registry.objectives.iter().map(|o| format!("{}/{}", o.product, o.name)), 0),
            step_products: registry.steps.iter().map(|s| s.product.as_str().into()).collect(),
            objectives: Names::new(registry.objectives.iter().map(|o| o.name.as_str()), 0),
            classes: Names::new(registry.classes.iter().map(milepost_model::TrafficClass::as_str), 0),
            rules: Names::new(rules.chain(trace_rules), 0),
            operations: Names::new(declared, MAX_OPERATIONS).within(part(OPERATIONS_PERCENT)),
            services: Names::new(services, MAX_SERVICES).within(part(SERVICES_PERCENT)),
            errors: Names::new::<&str>([], MAX_ERRORS).within(part(ERRORS_PERCENT)),
            dimensions: (dimensions.iter())
                .map(|_| Names::new::<&str>([], MAX_DIMENSION_VALUES).within(of_dimension))
                .collect(),
            dimension_names: dimensions.iter().map(|d| d.name.clone()).collect(),
            kpi_names: registry.carried_kpis().into_iter().cloned().collect(),
        }
    }

    /// The id of a step in facts.
    pub fn step(id: Option<StepId>) -> NameId {
        NameId(id.map_or(0, |id| id.raw() + 1))
    }

    /// The id of a rule in facts.
    pub fn rule(id: Option<RuleId>) -> NameId {
        NameId(id.map_or(0, |id| id.raw() + 1))
    }

    /// The id of a declared operation in facts.
    pub fn operation(id: OperationId) -> NameId {
        NameId(id.raw() + 1)
    }

    /// The declared operation of an id in facts, if it is one.
    pub fn declared_operation(&self, id: NameId) -> Option<OperationId> {
        let index = (id.0 as usize).checked_sub(1)?;
        (index < self.operations.reserved()).then(|| OperationId::new(index))
    }

    /// The tables in which some name did not fit, in the plural.
    pub fn full(&self) -> impl Iterator<Item = String> {
        let tables = [("operations", &self.operations), ("services", &self.services), ("error types", &self.errors)];
        let named = tables.into_iter().filter(|(_, names)| names.is_full()).map(|(table, _)| table.to_owned());
        let dimensions = self.dimension_names.iter().zip(&self.dimensions).filter(|(_, names)| names.is_full());
        named.chain(dimensions.map(|(name, _)| format!("values of {name}")))
    }
}
