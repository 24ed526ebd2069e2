//! `/changes`: what was deployed, switched and configured, told and seen.

use super::ask::Ask;
use super::commands::{Done, Sent};
use super::csv::Table;
use super::paging::Paging;
use super::problem::Problem;
use super::reply::Reply;
use super::routes::{Schemas, schema};
use crate::changes::{AddError, Added, Change, Context, is_deploy_of, read};
use axum::http::StatusCode;
use milepost_model::{DurationNs, Name, Operation, Step, Timestamp};
use milepost_registry::{Registry, did_you_mean};
use serde::Serialize;
use std::collections::BTreeSet;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa::openapi::Ref;

/// A change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Change)]
pub(super) struct ChangeItem {
    id: String,
    /// `deploy`, `flag`, `configuration`, `other`, or `version`: a version that telemetry shows for the first time, or again.
    kind: &'static str,
    title: String,
    /// The product that it is part of, where it is one.
    product: Option<String>,
    /// The services that it changes. Without services and operations it may have changed all of the product.
    services: Vec<String>,
    operations: Vec<String>,
    version: Option<String>,
    /// The version that most events were of before; of versions that are seen.
    previous_version: Option<String>,
    /// Whether an older version has come back; of versions that are seen.
    is_rollback: bool,
    link: Option<String>,
    author: Option<String>,
    /// When it began to take effect.
    start: String,
    /// When it had taken effect everywhere, or was taken back.
    end: Option<String>,
    /// When it was told or noticed.
    received_at: String,
    /// Of a change that was told: when telemetry showed its version first.
    first_seen: Option<String>,
    /// Of a version that is seen: the change that was told of it.
    deploy: Option<String>,
}

/// What came of changes that were sent.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Posted {
    /// In the order in which they were sent.
    items: Vec<PostedItem>,
    /// What is right, and may still not be meant: services that nothing knows.
    warnings: Vec<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PostedItem {
    #[serde(flatten)]
    change: ChangeItem,
    /// Whether it was not known before.
    is_new: bool,
}

/// A change as it is sent.
#[derive(ToSchema)]
#[schema(as = NewChange)]
#[expect(
    dead_code,
    reason = "says in the OpenAPI document what is read field by field, so that all mistakes are told at once"
)]
struct NewChange {
    /// Tells it from others: what is sent twice with one id stands once. Without it, it is made of the other fields.
    id: Option<String>,
    /// `deploy`, `flag`, `configuration` or `other`.
    kind: String,
    /// The product; the only one where there is one.
    product: Option<String>,
    /// One service.
    service: Option<String>,
    services: Option<Vec<String>>,
    operations: Option<Vec<String>>,
    version: Option<String>,
    title: Option<String>,
    link: Option<String>,
    author: Option<String>,
    /// When it began to take effect, RFC 3339; now without it.
    start: Option<String>,
    /// When it had taken effect everywhere, or was taken back; may be told later, with the same id.
    end: Option<String>,
}

const TABLE: Table = Table::Rows(&[
    "start",
    "end",
    "kind",
    "title",
    "product",
    "services",
    "operations",
    "version",
    "previous_version",
    "is_rollback",
    "author",
    "link",
    "id",
    "received_at",
    "first_seen",
    "deploy",
]);
const KINDS: [&str; 5] = ["deploy", "flag", "configuration", "version", "other"];
/// Without a time: a week.
const DEFAULT_MINUTES: i64 = 7 * 24 * 60;
/// The change that a version came with, and the version of a change, lie so near.
const NEAR: DurationNs = DurationNs::from_seconds(25 * 3_600);

pub(super) fn list(ask: &Ask<'_>) -> Result<Reply, Problem> {
    let span = ask.span(DEFAULT_MINUTES)?;
    let paging: Paging = ask.paging()?;
    let kind = ask.choice("kind", &KINDS)?;
    let product = ask.parameter("product").map(|name| known_product(ask, name)).transpose()?;
    let service = ask.parameter("service");
    let step = ask.parameter("step").map(|name| known_step(ask.registry(), product, name)).transpose()?;
    let (from, to) = (span.from.start(), span.to.start());
    let near = ask.shared.changes.between(from.minus(NEAR)..=to.plus(NEAR));
    let of_product = product.map(|product| (product, services_of(ask.registry(), product)));
    let is_wanted = |change: &&Arc<Change>| {
        from <= change.at()
            && change.at() < to
            && kind.is_none_or(|kind| change.what.kind.as_str() == kind)
            && service.is_none_or(|service| is_of_service(change, service))
            && step.is_none_or(|step| may_reach(change, step))
            && of_product.as_ref().is_none_or(|(product, services)| is_of_product(change, product, services))
    };
    let all = near.iter().filter(is_wanted).map(|change| (change.at(), item(change, &near))).collect();
    // The newest first.
    let key = |(at, item): &(Timestamp, ChangeItem)| {
        format!("{:020}|{}", i128::from(i64::MAX) - i128::from(at.nanos()), item.id)
    };
    let (items, next) = paging.of(all, key);
    let as_of = super::ask::AsOf { span: Some(span), ..ask.as_of() };
    ask.page(as_of, (items.into_iter().map(|(_, item)| item).collect(), next), TABLE)
}

/// Takes in what was sent.
pub(super) fn tell(ask: &Ask<'_>, sent: &Sent<'_>) -> Done {
    let context = Context { registry: ask.registry(), now: ask.now, told_by: sent.sender.id() };
    let drafts = read(sent.body, &context).map_err(Problem::BadBody)?;
    let added = ask.shared.changes.add(drafts).map_err(|error| match error {
        AddError::Differs { .. } => Problem::Conflict(error.to_string()),
        AddError::NotStored(why) => Problem::NotStored(why),
    })?;
    let status = if added.iter().any(|added| added.is_new) { StatusCode::CREATED } else { StatusCode::OK };
    let warnings = warnings(ask, &added);
    let near = nearby(ask, &added);
    let posted = |added: &Added| PostedItem { change: item(&added.change, &near), is_new: added.is_new };
    let body = Posted { items: added.iter().map(posted).collect(), warnings };
    Ok((status, ask.object(ask.as_of(), body, TABLE)?))
}

/// The schema of what is sent: one change, or a list.
pub(super) fn request(schemas: &mut Schemas) -> Ref {
    schema::<NewChange>(schemas)
}

/// A change as it is shown, beside others of its time.
pub(super) fn item(change: &Arc<Change>, near: &[Arc<Change>]) -> ChangeItem {
    let what = &change.what;
    let seen = near.iter().filter(|other| is_deploy_of(change, other)).map(|other| other.at()).min();
    let deploy = near.iter().filter(|other| is_deploy_of(other, change)).max_by_key(|other| other.at());
    let texts = |names: &[Name]| names.iter().map(ToString::to_string).collect();
    ChangeItem {
        id: what.id.clone(),
        kind: what.kind.as_str(),
        title: what.title.clone(),
        product: change.product.as_ref().map(ToString::to_string),
        services: texts(&what.services),
        operations: what.operations.iter().map(ToString::to_string).collect(),
        version: change.version.clone(),
        previous_version: change.previous.clone(),
        is_rollback: change.is_rollback,
        link: change.link.clone(),
        author: change.author.clone(),
        start: what.at.to_string(),
        end: what.end.map(|end| end.to_string()),
        received_at: change.received_at.to_string(),
        first_seen: seen.map(|at| at.to_string()),
        deploy: deploy.map(|deploy| deploy.id().to_owned()),
    }
}

fn nearby(ask: &Ask<'_>, added: &[Added]) -> Vec<Arc<Change>> {
    let times = || added.iter().map(|added| added.change.at());
    match (times().min(), times().max()) {
        (Some(first), Some(last)) => ask.shared.changes.between(first.minus(NEAR)..=last.plus(NEAR)),
        _ => Vec::new(),
    }
}

fn known_product<'a>(ask: &'a Ask<'_>, wanted: &str) -> Result<&'a Name, Problem> {
    let products = &ask.registry().products;
    let found = products.iter().find(|product| product.name.as_str() == wanted).map(|product| &product.name);
    let names: Vec<&str> = products.iter().map(|product| product.name.as_str()).collect();
    found.ok_or_else(|| Problem::bad("product", wanted, did_you_mean(wanted, &names)))
}

fn known_step<'r>(registry: &'r Registry, product: Option<&Name>, wanted: &str) -> Result<&'r Step, Problem> {
    let product = product.ok_or_else(|| Problem::bad("step", wanted, "say its product, too: `product=NAME`"))?;
    let steps = || registry.steps.iter().filter(|step| step.product == *product);
    let names: Vec<&str> = steps().map(|step| step.name.as_str()).collect();
    let found = steps().find(|step| step.name.as_str() == wanted);
    found.ok_or_else(|| Problem::bad("step", wanted, did_you_mean(wanted, &names)))
}

/// Whether something that the step is declared to use was changed, or nothing in particular.
fn may_reach(change: &Change, step: &Step) -> bool {
    let (services, operations) = (&change.what.services, &change.what.operations);
    let is_used =
        |(operation, _): (&Operation, _)| services.contains(&operation.service) || operations.contains(operation);
    (services.is_empty() && operations.is_empty()) || step.operations().any(is_used)
}

fn is_of_service(change: &Change, service: &str) -> bool {
    let mut operations = change.what.operations.iter();
    change.what.services.iter().any(|name| name.as_str() == service)
        || operations.any(|operation| operation.service.as_str() == service)
}

/// Changes that name no product are of all products that have one of their services.
fn is_of_product(change: &Change, product: &Name, services: &BTreeSet<&Name>) -> bool {
    match &change.product {
        Some(of) => of == product,
        None => {
            let operations = change.what.operations.iter().map(|operation| &operation.service);
            change.what.services.iter().chain(operations).any(|service| services.contains(service))
        }
    }
}

/// The services that a product declares, or that its steps use.
fn services_of<'r>(registry: &'r Registry, product: &Name) -> BTreeSet<&'r Name> {
    let own = registry.services.iter().filter(|service| service.product == *product).map(|service| &service.name);
    let steps = registry.steps.iter().filter(|step| step.product == *product);
    own.chain(steps.flat_map(|step| step.operations().map(|(operation, _)| &operation.service))).collect()
}

/// Services that neither the registry nor telemetry knows: most likely misspelt.
fn warnings(ask: &Ask<'_>, added: &[Added]) -> Vec<String> {
    let registry = ask.registry();
    let known: BTreeSet<&Name> =
        registry.products.iter().flat_map(|product| services_of(registry, &product.name)).collect();
    let names: Vec<&str> = known.iter().map(|name| name.as_str()).collect();
    let said = added.iter().flat_map(|added| {
        let what = &added.change.what;
        what.services.iter().chain(what.operations.iter().map(|operation| &operation.service))
    });
    let unknown: BTreeSet<&Name> = said.filter(|service| !known.contains(service)).collect();
    let warning = |service: &Name| {
        let hint = did_you_mean(service.as_str(), &names);
        format!(
            "the registry has no service `{service}`: what it changes reaches no step, unless telemetry shows that it does; {hint}"
        )
    };
    unknown.into_iter().map(warning).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use milepost_impact::suspect::ChangeKind;

    #[test]
    fn every_kind_can_be_asked_for() {
        let all: BTreeSet<&str> = ChangeKind::ALL.into_iter().map(ChangeKind::as_str).collect();
        assert_eq!(KINDS.into_iter().collect::<BTreeSet<_>>(), all);
    }
}
