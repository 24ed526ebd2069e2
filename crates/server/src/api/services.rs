//! `/products/{product}/services`: how important services are by the steps that need them, as declared and as seen, and what that means.

use super::ask::Ask;
use super::csv::Table;
use super::operations::{Seen, seen, service_of};
use super::problem::Problem;
use super::reply::Reply;
use milepost_impact::{Inheritance, Inherited};
use milepost_model::{Criticality, EffectiveCriticality, Name, Need, Operation, Step};
use milepost_registry::Registry;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// A service, and how important it is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ServiceItem {
    service: String,
    title: String,
    /// The team that owns it; null where the registry does not have it.
    owner: Option<String>,
    is_declared: bool,
    /// By the steps that declare its operations: `critical`, `important` or `none`; null where none does.
    criticality: Option<&'static str>,
    /// A step that makes it so.
    step: Option<String>,
    /// By those and by the steps that its operations were seen to serve.
    observed_criticality: Option<&'static str>,
    /// A step that makes it so.
    observed_step: Option<String>,
    /// `as-declared`, or `higher`: it serves something more important than is declared.
    difference: &'static str,
    /// Operations that were seen to serve steps which do not declare them, each with its step.
    undeclared: Vec<UndeclaredUse>,
    /// What it means for the team that owns it.
    meaning: String,
}

/// An operation that serves a step without being declared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub(super) struct UndeclaredUse {
    operation: String,
    step: String,
}

/// What is inherited by what is declared, and by what was seen beside it.
pub(super) struct Both {
    declared: Inheritance,
    observed: Inheritance,
}

const TABLE: Table = Table::Rows(&[
    "service",
    "owner",
    "is_declared",
    "criticality",
    "step",
    "observed_criticality",
    "observed_step",
    "difference",
    "undeclared",
    "meaning",
]);

impl Both {
    pub(super) fn of(registry: &Registry, product: &Name, seen: &Seen) -> Self {
        let declared = registry.inheritance();
        let mut observed = declared.clone();
        let of_step = |step: &Step| EffectiveCriticality::of_step(step, registry.objectives_of(step)).criticality;
        let served = seen.uses.iter().filter(|(_, cell)| cell[0] > 0);
        for ((operation, step), _) in served {
            let step = Name::new(step).ok().and_then(|name| registry.step(product, &name));
            let step = step.and_then(|id| registry.steps.get(id.index()));
            // What stands for others is no operation.
            if let (Some(step), Ok(operation)) = (step, operation.parse::<Operation>()) {
                observed.observe(step, of_step(step), &operation);
            }
        }
        Self { declared, observed }
    }

    /// How important an operation is, as declared, and as seen beside.
    pub(super) fn operation(&self, product: &Name, text: &str) -> (Option<&'static str>, Option<&'static str>) {
        let Ok(operation) = text.parse() else { return (None, None) };
        let of = |inherited: &Inheritance| inherited.operation(product, &operation).map(|of| of.criticality.as_str());
        (of(&self.declared), of(&self.observed))
    }
}

pub(super) fn list(ask: &Ask<'_>) -> Result<Reply, Problem> {
    let product = ask.product()?.name.clone();
    let paging = ask.paging()?;
    let seen = seen(ask, &product)?;
    let registry = ask.registry();
    let both = Both::of(registry, &product, &seen);
    let mut undeclared: BTreeMap<&str, BTreeSet<UndeclaredUse>> = BTreeMap::new();
    for ((operation, step), _) in seen.uses.iter().filter(|(_, cell)| cell[0] > 0) {
        let Some(service) = service_of(operation) else { continue };
        let of_service = undeclared.entry(service).or_default();
        if !declares(registry, &product, step, operation) {
            of_service.insert(UndeclaredUse { operation: operation.clone(), step: step.clone() });
        }
    }
    let own = registry.services.iter().filter(|service| service.product == product).map(|service| &service.name);
    let seen_services = undeclared.keys().filter_map(|text| Name::new(text).ok());
    let steps = registry.steps.iter().filter(|step| step.product == product);
    let used = steps.flat_map(|step| step.operations().map(|(operation, _)| operation.service.clone()));
    let names: BTreeSet<Name> = own.cloned().chain(used).chain(seen_services).collect();
    let item = |name: Name| {
        let undeclared = undeclared.get(name.as_str()).into_iter().flatten().cloned().collect();
        item(registry, &product, &both, &name, undeclared)
    };
    let page = paging.of(names.into_iter().map(item).collect(), |item: &ServiceItem| item.service.clone());
    ask.page(seen.as_of, page, TABLE)
}

fn item(registry: &Registry, product: &Name, both: &Both, name: &Name, undeclared: Vec<UndeclaredUse>) -> ServiceItem {
    let service = registry.services.iter().find(|service| service.product == *product && service.name == *name);
    let (declared, observed) = (both.declared.service(product, name), both.observed.service(product, name));
    let level = |inherited: Option<&Inherited>| inherited.map(|of| of.criticality.as_str());
    let step = |inherited: Option<&Inherited>| inherited.map(|of| of.step.to_string());
    let is_higher = observed.map(|of| of.criticality) > declared.map(|of| of.criticality);
    ServiceItem {
        title: service.map_or_else(|| name.to_string(), |service| service.title.clone()),
        service: name.to_string(),
        owner: service.map(|service| service.owner.clone()),
        is_declared: service.is_some(),
        criticality: level(declared),
        step: step(declared),
        observed_criticality: level(observed),
        observed_step: step(observed),
        difference: if is_higher { "higher" } else { "as-declared" },
        undeclared,
        meaning: meaning(registry, product, observed),
    }
}

fn declares(registry: &Registry, product: &Name, step: &str, operation: &str) -> bool {
    let mut steps = registry.steps.iter().filter(|of| of.product == *product && of.name.as_str() == step);
    steps.any(|step| step.operations().any(|(declared, _)| declared.to_string() == operation))
}

/// What its importance means for whoever owns a service.
fn meaning(registry: &Registry, product: &Name, inherited: Option<&Inherited>) -> String {
    let Some(Inherited { criticality, step, need }) = inherited else {
        return "No step is known to need it: its failures are its owner's to see, and no user's step shows them."
            .to_owned();
    };
    let found = registry.steps.iter().find(|of| of.product == *product && of.name == *step);
    let title = found.map_or(step.as_str(), |step| step.title.as_str());
    let fails = match need {
        Need::Required => format!("Where it fails, \"{title}\" fails"),
        Need::Optional => format!("Where it fails, \"{title}\" does less than it should"),
    };
    match criticality {
        Criticality::Critical => format!(
            "{fails}, which users cannot do without: an outage is an incident of the first level, and whoever supports the step is paged."
        ),
        Criticality::Important => format!(
            "{fails}, which matters to users: an outage is an incident of the second level; it gives way after what no step needs, and before what is critical."
        ),
        Criticality::None => format!(
            "{fails}, which users can do without for a while: its failures go to the queue of its owner, and it gives way first."
        ),
    }
}
