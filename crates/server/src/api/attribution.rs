//! `/products/{product}/steps/{step}/explanation` and `/products/{product}/harm`: why a step fails, and what the errors of operations did. Counted from the
//! facts of a time when it is asked: at most one such answer is worked on at once, over at most so many facts.

use super::ask::{AsOf, Ask};
use super::csv::Table;
use super::operations::service_of;
use super::problem::Problem;
use super::reply::Reply;
use super::span::Span;
use crate::attribution::{Attribution, ExplanationBody, HarmBody, facts_in};
use crate::stored::Stored;
use milepost_facts::TimeSpan;
use milepost_model::Name;
use milepost_registry::Registry;
use serde::Serialize;
use std::collections::BTreeSet;
use std::sync::TryLockError;
use utoipa::ToSchema;

/// Why a step fails.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct StepExplanationBody {
    #[serde(flatten)]
    explanation: ExplanationBody,
    #[serde(flatten)]
    read: ReadBody,
}

/// What the errors of operations did.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProductHarmBody {
    product: String,
    /// Operations that failed, those with most failed attempts first.
    items: Vec<HarmBody>,
    #[serde(flatten)]
    read: ReadBody,
}

/// What was read to tell it.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = ReadFacts)]
struct ReadBody {
    /// Facts of the time that were gone through.
    facts: u64,
    /// Whether some are lost, since a file is damaged; the log of the server says which.
    is_damaged: bool,
    /// Whether all errors could be joined with the attempts of their traces; not where there were too many.
    has_all_errors: bool,
}

/// What is told of when no time is asked for.
const DEFAULT_MINUTES: i64 = 60;
/// Most facts gone through for an answer: a few seconds.
const MAX_FACTS: u64 = 50_000_000;

const EXPLANATION_TABLE: Table = Table::Each(
    "explained_by",
    &[
        "product",
        "step",
        "explained_by.kind",
        "explained_by.by",
        "explained_by.value",
        "explained_by.and_by",
        "explained_by.and_value",
        "explained_by.attempts",
        "explained_by.failed",
        "explained_by.coverage",
        "explained_by.precision",
        "explained_by.lift",
        "explained_by.lift_interval.low",
        "explained_by.lift_interval.high",
    ],
);
const HARM_TABLE: Table = Table::Each(
    "steps",
    &[
        "operation",
        "events",
        "errors",
        "errors_by.hurting",
        "errors_by.harmless",
        "errors_by.without_attempt",
        "errors_by.without_trace",
        "steps.product",
        "steps.step",
        "steps.failed",
        "steps.failed_with",
        "steps.share",
    ],
);

pub(super) fn explanation(ask: &Ask<'_>) -> Result<Reply, Problem> {
    let product = &ask.product()?.name;
    let step = &ask.step(product)?.name;
    let id = ask.registry().step(product, step).ok_or_else(|| Problem::Internal("a step without an id".to_owned()))?;
    let (span, found, read) = attribution(ask)?;
    let explanation = ExplanationBody::new(ask.registry(), id, &found.slices, &found.tables);
    let as_of = AsOf { lsn: found.through.lsn, span: Some(span) };
    ask.object(as_of, StepExplanationBody { explanation, read }, EXPLANATION_TABLE)
}

pub(super) fn harm(ask: &Ask<'_>) -> Result<Reply, Problem> {
    let product = &ask.product()?.name;
    let top = ask.top()?;
    let (span, found, read) = attribution(ask)?;
    let Attribution { slices, harm, tables, through, .. } = &found;
    let items = match ask.parameter("operation") {
        Some(name) => HarmBody::one(name, ask.registry(), harm, slices, tables).into_iter().collect(),
        None => {
            let mut items = HarmBody::all(ask.registry(), harm, slices, tables);
            let services = services(ask.registry(), product);
            items.retain(|item| is_of(item, product, &services));
            items.truncate(top);
            items
        }
    };
    let body = ProductHarmBody { product: product.to_string(), items, read };
    ask.object(AsOf { lsn: through.lsn, span: Some(span) }, body, HARM_TABLE)
}

/// Whether an operation is one of a product's services, or hurt one of its steps.
fn is_of(item: &HarmBody, product: &Name, services: &BTreeSet<&str>) -> bool {
    service_of(&item.operation).is_some_and(|service| services.contains(service))
        || item.steps.iter().any(|step| step.product == product.as_str())
}

fn services<'r>(registry: &'r Registry, product: &Name) -> BTreeSet<&'r str> {
    let services = registry.services.iter().filter(|service| service.product == *product);
    services.map(|service| service.name.as_str()).collect()
}

/// Counts the facts of the time that is asked for.
fn attribution(ask: &Ask<'_>) -> Result<(Span, Attribution, ReadBody), Problem> {
    let span = ask.span(DEFAULT_MINUTES)?;
    let time = TimeSpan { from: Some(span.from.start()), to: Some(span.to.start()) };
    // Whoever comes while another is answered comes again: two at once would each take twice as long.
    let _place = match ask.shared.attributing.try_lock() {
        Ok(place) => place,
        Err(TryLockError::Poisoned(place)) => place.into_inner(),
        Err(TryLockError::WouldBlock) => return Err(Problem::Busy),
    };
    let stored = Stored::open(ask.shared.directory.root()).map_err(|error| Problem::internal(&error))?;
    let facts = facts_in(&stored, time).map_err(|error| Problem::internal(&error))?;
    if facts > MAX_FACTS {
        let right = format!("that time has {facts} facts, and at most {MAX_FACTS} are gone through; ask for less");
        return Err(Problem::bad("from", ask.parameter("from").unwrap_or_default(), right));
    }
    let found = Attribution::of_stored(&stored, &ask.version.setup, time).map_err(|error| Problem::internal(&error))?;
    for damage in &found.through.damage {
        tracing::warn!(damage, "facts are missing in what explains failures");
    }
    let read = ReadBody {
        facts: found.through.facts.0 + found.through.facts.1,
        is_damaged: !found.through.damage.is_empty(),
        has_all_errors: !found.is_cut,
    };
    Ok((span, found, read))
}
