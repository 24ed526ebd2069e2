//! `/products`: what is measured, in the words of the registry.

use super::ask::Ask;
use super::csv::Table;
use super::problem::Problem;
use super::reply::Reply;
use milepost_model::{Name, Product};
use milepost_registry::Registry;
use serde::Serialize;
use utoipa::ToSchema;

/// A product.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProductItem {
    name: String,
    title: String,
    description: String,
    owner: String,
    /// How many objectives it has.
    objectives: usize,
    /// How many steps.
    steps: usize,
    /// How many SLOs.
    slos: usize,
    /// Who has a say in it.
    stakeholders: Vec<StakeholderBody>,
    /// Who does what in an activity.
    responsibilities: Vec<ResponsibilityBody>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Stakeholder)]
pub(super) struct StakeholderBody {
    name: String,
    role: &'static str,
    /// Where to reach it.
    contact: Option<String>,
}

/// Who does what in an activity, by names of stakeholders.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Responsibility)]
pub(super) struct ResponsibilityBody {
    activity: String,
    /// Who answers for it.
    accountable: String,
    /// Who does it.
    responsible: Vec<String>,
    /// Who is asked before.
    consulted: Vec<String>,
    /// Who is told after.
    informed: Vec<String>,
}

const TABLE: Table = Table::Rows(&["name", "title", "description", "owner", "objectives", "steps", "slos"]);

pub(super) fn list(ask: &Ask<'_>) -> Result<Reply, Problem> {
    let all: Vec<&Product> = ask.registry().products.iter().collect();
    let (page, next) = ask.paging()?.of(all, |product| product.name.to_string());
    let items: Vec<ProductItem> = page.into_iter().map(|product| item(ask.registry(), product)).collect();
    ask.page(ask.as_of(), (items, next), TABLE)
}

pub(super) fn one(ask: &Ask<'_>) -> Result<Reply, Problem> {
    let product = ask.product()?;
    ask.object(ask.as_of(), item(ask.registry(), product), TABLE)
}

fn item(registry: &Registry, product: &Product) -> ProductItem {
    let names = |names: &[Name]| names.iter().map(ToString::to_string).collect();
    ProductItem {
        name: product.name.to_string(),
        title: product.title.clone(),
        description: product.description.clone(),
        owner: product.owner.clone(),
        objectives: registry.objectives.iter().filter(|objective| objective.product == product.name).count(),
        steps: registry.steps.iter().filter(|step| step.product == product.name).count(),
        slos: registry.slos.iter().filter(|slo| slo.product == product.name).count(),
        stakeholders: (product.stakeholders.iter())
            .map(|one| StakeholderBody {
                name: one.name.to_string(),
                role: one.role.as_str(),
                contact: one.contact.clone(),
            })
            .collect(),
        responsibilities: (product.responsibilities.iter())
            .map(|one| ResponsibilityBody {
                activity: one.activity.clone(),
                accountable: one.accountable.to_string(),
                responsible: names(&one.responsible),
                consulted: names(&one.consulted),
                informed: names(&one.informed),
            })
            .collect(),
    }
}
