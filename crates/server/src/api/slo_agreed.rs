//! What was agreed of an SLO beside its target: maintenance, and what happens as its error budget is spent.

use crate::evaluate::Standing;
use milepost_registry::{Promised, Registry};
use milepost_slo::{BudgetThreshold, ErrorBudgetPolicy, Fraction, Maintenance, PolicyStatus};
use serde::Serialize;
use utoipa::ToSchema;

/// What an SLO counted, with the time of maintenance.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Recorded)]
pub(super) struct RecordedBody {
    valid: u64,
    good: u64,
    ratio: Option<f64>,
    budget_spent: Option<f64>,
}

/// Time that does not count, or in which nobody is told of burns.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Maintenance)]
pub(super) struct MaintenanceBody {
    name: String,
    title: String,
    category: &'static str,
    reason: String,
    author: String,
    approver: String,
    /// Whether it goes on.
    is_on: bool,
    /// `excluded` or `counted`.
    error_budget: &'static str,
    /// `silent` or `told`.
    alerts: &'static str,
}

/// Where an error budget is by its policy.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Policy)]
pub(super) struct PolicyBody {
    name: String,
    title: String,
    /// `unknown`, `within` or `reached`.
    status: &'static str,
    /// The share of the budget from which on the actions are due.
    reached: Option<String>,
    /// What is to be done now.
    actions: Vec<String>,
    /// The share at which more is due.
    next: Option<String>,
}

/// The numbers without any time taken out; `None` where none is.
pub(super) fn recorded(registry: &Registry, of: Promised<'_>, standing: &Standing) -> Option<RecordedBody> {
    registry.maintenances_of(of).find(|maintenance| maintenance.is_excluded)?;
    let counts = standing.recorded.counts;
    let budget_spent = standing.recorded.spent().map(Fraction::to_f64);
    Some(RecordedBody { valid: counts.valid, good: counts.good, ratio: counts.ratio(), budget_spent })
}

/// The maintenances that are about an SLO.
pub(super) fn maintenances(registry: &Registry, of: Promised<'_>, standing: Option<&Standing>) -> Vec<MaintenanceBody> {
    let on = standing.map_or(&[][..], |standing| &standing.maintenances);
    let is_on = |of: &Maintenance| on.iter().any(|place| std::ptr::eq(&registry.maintenances[*place], of));
    let body = |of: &Maintenance| {
        let correction = &of.correction;
        let (author, approver) = correction.people();
        MaintenanceBody {
            name: of.name.to_string(),
            title: of.title.clone(),
            category: correction.category().as_str(),
            reason: correction.reason().to_owned(),
            author: author.to_owned(),
            approver: approver.to_owned(),
            is_on: is_on(of),
            error_budget: if of.is_excluded { "excluded" } else { "counted" },
            alerts: if of.is_silent { "silent" } else { "told" },
        }
    };
    registry.maintenances_of(of).map(body).collect()
}

/// Where the error budget of an SLO is by its policy.
pub(super) fn policy(policy: &ErrorBudgetPolicy, standing: Option<&Standing>) -> PolicyBody {
    let status = policy.status(standing.and_then(|standing| standing.budget.spent()));
    let (reached, next) = match status {
        PolicyStatus::Unknown => (None, None),
        PolicyStatus::Within { next } => (None, next),
        PolicyStatus::Reached { threshold, next } => (Some(threshold), next),
    };
    let spent = |threshold: &BudgetThreshold| threshold.spent.to_string();
    PolicyBody {
        name: policy.name.to_string(),
        title: policy.title.clone(),
        status: status.as_str(),
        reached: reached.map(spent),
        actions: status.actions().to_vec(),
        next: next.map(spent),
    }
}
