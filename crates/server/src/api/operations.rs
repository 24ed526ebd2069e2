//! `/products/{product}/operations` and `/matrix`: what the system does for the steps, as it is declared and as it was seen.

use super::ask::{AsOf, Ask};
use super::csv::Table;
use super::problem::Problem;
use super::reply::Reply;
use super::services::Both;
use crate::counts::{Cell, Resolution, SeriesKey, add};
use milepost_model::{HttpMethod, Name, Need};
use milepost_store::SeriesId;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// An operation, as it is declared and as it was seen.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(super) struct OperationItem {
    operation: String,
    /// Its service; null where only callers tell of it, who do not know whom they call.
    service: Option<String>,
    /// Whether the registry has it, at a service or at a step.
    is_declared: bool,
    /// `as-declared`, `never-seen` (declared, and not seen) or `not-declared` (seen, and not declared).
    difference: &'static str,
    /// How important it is by the steps that declare it; null where none does.
    criticality: Option<&'static str>,
    /// How important it is by those and by the steps that it was seen to serve; null where there is none of either.
    observed_criticality: Option<&'static str>,
    /// The steps that declare it.
    steps: Vec<DeclaredUse>,
    /// Events that serve a step of the product.
    events: u64,
    /// Of those, the failed ones.
    failed: u64,
    /// Requests of users that serve no step.
    unannotated: u64,
    /// Of those, the failed ones.
    unannotated_failed: u64,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct DeclaredUse {
    step: String,
    /// `required` or `optional`.
    need: &'static str,
}

/// What an operation did for a step.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct MatrixItem {
    operation: String,
    /// Its service; null where only callers tell of it.
    service: Option<String>,
    step: String,
    /// What the registry says: `required`, `optional`, or null where it says nothing.
    need: Option<&'static str>,
    events: u64,
    failed: u64,
}

const TABLE: Table = Table::Rows(&[
    "operation",
    "service",
    "is_declared",
    "difference",
    "criticality",
    "observed_criticality",
    "steps",
    "events",
    "failed",
    "unannotated",
    "unannotated_failed",
]);
const MATRIX_TABLE: Table = Table::Rows(&["operation", "service", "step", "need", "events", "failed"]);
const DIFFERENCES: [&str; 3] = ["as-declared", "never-seen", "not-declared"];

/// Events by operation: all, and those that failed.
pub(super) struct Seen {
    pub(super) as_of: AsOf,
    /// By operation and step.
    pub(super) uses: BTreeMap<(String, String), Cell>,
    unannotated: BTreeMap<String, Cell>,
}

pub(super) fn list(ask: &Ask<'_>) -> Result<Reply, Problem> {
    let product = ask.product()?.name.clone();
    let wanted = ask.choice("difference", &DIFFERENCES)?;
    let paging = ask.paging()?;
    let _alone = ask.index.alone();
    let seen = seen(ask, &product)?;
    let mut items = declared(ask, &product);
    let services: BTreeSet<&str> = (ask.registry().services.iter())
        .filter(|service| service.product == product)
        .map(|service| service.name.as_str())
        .collect();
    for ((operation, _), cell) in &seen.uses {
        let item = items.entry(operation.clone()).or_default();
        item.events += cell[0];
        item.failed += cell[1];
    }
    for (operation, cell) in &seen.unannotated {
        // What serves no step has no product but that of its service.
        if service_of(operation).is_some_and(|service| services.contains(service)) {
            let item = items.entry(operation.clone()).or_default();
            item.unannotated += cell[0];
            item.unannotated_failed += cell[1];
        }
    }
    let inherited = Both::of(ask.registry(), &product, &seen);
    let finished = items.into_iter().map(|(operation, item)| {
        let (declared, observed) = inherited.operation(&product, &operation);
        finished(OperationItem { criticality: declared, observed_criticality: observed, operation, ..item })
    });
    let all = finished.filter(|item| wanted.is_none_or(|wanted| item.difference == wanted)).collect();
    let page = paging.of(all, |item: &OperationItem| item.operation.clone());
    ask.page(seen.as_of, page, TABLE)
}

pub(super) fn matrix(ask: &Ask<'_>) -> Result<Reply, Problem> {
    let product = ask.product()?.name.clone();
    let paging = ask.paging()?;
    let _alone = ask.index.alone();
    let seen = seen(ask, &product)?;
    let declared = declared(ask, &product);
    let item = |((operation, step), cell): ((String, String), Cell)| {
        let uses = declared.get(&operation).map_or(&[][..], |item| &item.steps);
        let need = uses.iter().find(|used| used.step == step).map(|used| used.need);
        let service = service_of(&operation).map(str::to_owned);
        MatrixItem { operation, service, step, need, events: cell[0], failed: cell[1] }
    };
    let all = seen.uses.into_iter().filter(|(_, cell)| cell[0] > 0).map(item).collect();
    let page = paging.of(all, |item: &MatrixItem| format!("{}|{}", item.step, item.operation));
    ask.page(seen.as_of, page, MATRIX_TABLE)
}

pub(super) fn need(need: Need) -> &'static str {
    match need {
        Need::Required => "required",
        Need::Optional => "optional",
    }
}

/// The service of `webmail POST /login`. What a caller's span tells of has none where nobody declared it: `POST /login`, `message queue`, `mail.Box/Get`.
pub(super) fn service_of(operation: &str) -> Option<&str> {
    let (first, rest) = operation.split_once(' ')?;
    let is_action = matches!(first, "message" | "span") || HttpMethod::new(first).is_some() && rest.starts_with('/');
    (!is_action).then_some(first)
}

fn finished(item: OperationItem) -> OperationItem {
    let is_seen = item.events + item.unannotated > 0;
    let difference = match (item.is_declared, is_seen) {
        (true, true) => DIFFERENCES[0],
        (true, false) => DIFFERENCES[1],
        (false, _) => DIFFERENCES[2],
    };
    OperationItem { service: service_of(&item.operation).map(str::to_owned), difference, ..item }
}

/// What the registry has, by its text.
fn declared(ask: &Ask<'_>, product: &Name) -> BTreeMap<String, OperationItem> {
    let registry = ask.registry();
    let mut items: BTreeMap<String, OperationItem> = BTreeMap::new();
    for service in registry.services.iter().filter(|service| service.product == *product) {
        for action in &service.actions {
            items.entry(format!("{} {action}", service.name)).or_default().is_declared = true;
        }
    }
    for step in registry.steps.iter().filter(|step| step.product == *product) {
        for (operation, how) in step.operations() {
            let item = items.entry(operation.to_string()).or_default();
            item.is_declared = true;
            item.steps.push(DeclaredUse { step: step.name.to_string(), need: need(how) });
        }
    }
    items
}

/// Since the data directory was begun; or in the whole hours that a time touches, where one is asked for.
pub(super) fn seen(ask: &Ask<'_>, product: &Name) -> Result<Seen, Problem> {
    let is_timed = ask.parameter("from").is_some() || ask.parameter("to").is_some();
    let span = if is_timed { Some(ask.span(24 * 60)?.widened(60)) } else { None };
    let known = ask.index.of(ask.shared);
    let mut series: Vec<SeriesId> = known.uses(product.as_str()).to_vec();
    series.extend(known.unannotated());
    series.extend(known.by_trace());
    drop(known);
    let (keys, totals, answer, lsn) = {
        let counts = ask.shared.counts();
        let keys: Vec<_> = series.iter().map(|id| counts.series.key(*id).and_then(SeriesKey::parse)).collect();
        let totals: Vec<Cell> = series.iter().map(|id| counts.total(*id)).collect();
        (keys, totals, span.map(|span| counts.ask(&series, span.range(), Resolution::Day)), counts.lsn)
    };
    let cells = match answer {
        None => totals,
        Some(answer) => {
            let parts = ask.complete(answer)?;
            let sum = |parts: Vec<crate::counts::Part>| {
                parts.iter().fold(Cell::default(), |mut sum, part| {
                    add(&mut sum, &part.cell);
                    sum
                })
            };
            parts.into_iter().map(sum).collect()
        }
    };
    let mut seen = Seen { as_of: AsOf { lsn, span }, uses: BTreeMap::new(), unannotated: BTreeMap::new() };
    let mut by_trace: BTreeMap<String, Cell> = BTreeMap::new();
    for (key, cell) in keys.into_iter().zip(cells) {
        match key {
            Some(SeriesKey::ByTrace { failed, operation }) => {
                by_trace.entry(operation).or_default()[usize::from(failed)] += cell[0];
            }
            Some(SeriesKey::Use { step, operation, .. }) => add(seen.uses.entry((operation, step)).or_default(), &cell),
            Some(SeriesKey::Unannotated(operation)) => add(seen.unannotated.entry(operation).or_default(), &cell),
            _ => {}
        }
    }
    // They serve the step of their trace.
    for (operation, cell) in by_trace {
        if let Some(of) = seen.unannotated.get_mut(&operation) {
            of.iter_mut().zip(cell).for_each(|(all, by_trace)| *all = all.saturating_sub(by_trace));
        }
    }
    Ok(seen)
}

#[cfg(test)]
mod tests {
    use super::service_of;

    #[test]
    fn what_a_caller_tells_of_has_no_service() {
        let of = ["webmail POST /login", "mailbox message unwanted-mail", "auth mail.Accounts/Login", "GET users"];
        assert_eq!(of.map(service_of), [Some("webmail"), Some("mailbox"), Some("auth"), Some("GET")]);
        let calls = ["POST /login", "message unwanted-mail", "span unnamed", "mail.Accounts/Login", "other"];
        assert_eq!(calls.map(service_of), [None; 5]);
    }
}
