//! `/products/{product}/board`: all SLOs of a product at a glance, a line each: for lists of thousands.

use super::{SloItem, items, page};
use crate::api::ask::Ask;
use crate::api::csv::Table;
use crate::api::problem::Problem;
use crate::api::reply::Reply;
use serde::Serialize;
use utoipa::ToSchema;

/// An SLO at a glance.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct BoardItem {
    name: String,
    title: String,
    step: String,
    objective: Option<String>,
    /// As of the SLO.
    #[serde(rename = "type")]
    sli: &'static str,
    threshold_ms: Option<f64>,
    target: String,
    window: String,
    ratio: Option<f64>,
    budget_spent: Option<f64>,
    budget_is_estimate: bool,
    /// The most urgent tier that fires: `page` or `ticket`.
    firing: Option<&'static str>,
    /// `good`, `bad`, `no-data` or `unknown`.
    state: &'static str,
}

const TABLE: Table = Table::Rows(&[
    "name",
    "title",
    "step",
    "objective",
    "type",
    "threshold_ms",
    "target",
    "window",
    "ratio",
    "budget_spent",
    "budget_is_estimate",
    "firing",
    "state",
]);

pub(in crate::api) fn list(ask: &Ask<'_>) -> Result<Reply, Problem> {
    let (page, next) = page(ask)?;
    let (as_of, items) = items(ask, &page);
    ask.page(as_of, (items.into_iter().map(line).collect::<Vec<_>>(), next), TABLE)
}

fn line(slo: SloItem) -> BoardItem {
    let fires = |urgency: &str| slo.alerts.iter().any(|alert| alert.state == "firing" && alert.urgency == urgency);
    let firing = ["page", "ticket"].into_iter().find(|urgency| fires(urgency));
    let SloItem { name, title, step, objective, sli, threshold_ms, target, window, ratio, budget_spent, .. } = slo;
    let (budget_is_estimate, state) = (slo.budget_is_estimate, slo.state);
    BoardItem {
        name,
        title,
        step,
        objective,
        sli,
        threshold_ms,
        target,
        window,
        ratio,
        budget_spent,
        budget_is_estimate,
        firing,
        state,
    }
}
