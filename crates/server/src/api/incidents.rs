//! `/products/{product}/incidents`: what goes wrong for users, one for each cause, and what became of it.

pub(super) mod command;
mod detail;
mod item;
mod report;

pub(super) use detail::IncidentDetail;
pub(super) use item::IncidentItem;
pub(super) use report::{REPORT, report};

use super::ask::Ask;
use super::csv::Table;
use super::problem::Problem;
use super::reply::Reply;
use crate::incidents::Words;
use item::TABLE;
use milepost_impact::SeverityPolicy;
use milepost_impact::incident::{Incident, IncidentId, Incidents};
use milepost_model::Product;
use std::borrow::Cow;

/// The states that can be asked for.
pub(super) const STATES: &[&str] = &["open", "closed"];
/// More than all digits that a number has sort as the number does.
const DIGITS: usize = 20;

pub(super) fn list(ask: &Ask<'_>) -> Result<Reply, Problem> {
    let product = ask.product()?;
    let state = ask.choice("state", STATES)?;
    let incidents = ask.shared.incidents.of(product.name.as_str());
    let is_wanted = |incident: &&Incident| state.is_none_or(|state| (state == "closed") == incident.is_closed());
    let all: Vec<&Incident> = incidents.all().filter(is_wanted).collect();
    // The newest first.
    let (page, next) = ask.paging()?.of(all, |incident| format!("{:0DIGITS$}", u64::MAX - incident.id.0));
    let policy = policy(ask, product);
    let words = words(ask, product, &policy);
    let items: Vec<IncidentItem> = page.into_iter().map(|incident| IncidentItem::of(&words, incident)).collect();
    ask.page(ask.as_of(), (items, next), TABLE)
}

pub(super) fn one(ask: &Ask<'_>) -> Result<Reply, Problem> {
    let product = ask.product()?;
    let incidents = ask.shared.incidents.of(product.name.as_str());
    let incident = wanted(ask, &incidents)?;
    let policy = policy(ask, product);
    let detail = IncidentDetail::of(&words(ask, product, &policy), incident);
    ask.object(ask.as_of(), detail, Table::Fields)
}

/// The incident that is asked for.
fn wanted<'i>(ask: &Ask<'_>, incidents: &'i Incidents) -> Result<&'i Incident, Problem> {
    let text = ask.wanted_name("incident");
    let id = text.parse().ok().map(IncidentId);
    let found = id.and_then(|id| incidents.get(id));
    found.ok_or_else(|| {
        let known: Vec<String> = incidents.open().map(|incident| incident.id.to_string()).collect();
        Problem::unknown("incident", text, &known)
    })
}

fn policy<'a>(ask: &'a Ask<'_>, product: &Product) -> Cow<'a, SeverityPolicy> {
    ask.registry().severity_policy(&product.name)
}

fn words<'a>(ask: &'a Ask<'_>, product: &'a Product, policy: &'a SeverityPolicy) -> Words<'a> {
    Words { registry: ask.registry(), product: &product.name, policy }
}
