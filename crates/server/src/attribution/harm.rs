//! What the errors of an operation did to steps, as bodies.

use super::{ShareRange, range, share};
use milepost_facts::{Errors, Harm, HarmCounter, NameTables, SliceCounter};
use milepost_model::StepId;
use milepost_registry::Registry;
use serde::Serialize;
use std::cmp::Reverse;
use utoipa::ToSchema;

/// What the errors of an operation did. Associations: an attempt in whose trace it failed may have failed for another reason.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = OperationHarm)]
pub struct HarmBody {
    /// The operation.
    pub operation: String,
    /// Events of it for users.
    pub events: u64,
    /// Of those, failed or timed out.
    pub errors: u64,
    /// The share that failed; null without events.
    pub share: Option<f64>,
    /// Its interval.
    pub interval: Option<ShareRange>,
    /// The errors by what became of the request that they belong to.
    pub errors_by: ErrorsBody,
    /// The steps that failed with it, those with the greatest share first.
    pub steps: Vec<HurtStep>,
}

/// Errors by what became of their request; they sum to all of them.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = ErrorsByHarm)]
pub struct ErrorsBody {
    /// An attempt failed in the same trace.
    pub hurting: u64,
    /// All attempts in the same trace succeeded: they hurt no step.
    pub harmless: u64,
    /// No attempt of a step is in their trace.
    pub without_attempt: u64,
    /// They have no trace.
    pub without_trace: u64,
}

/// A step that failed where an operation did.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HurtStep {
    /// The product.
    pub product: String,
    /// The step.
    pub step: String,
    /// Its title.
    pub title: String,
    /// Failed attempts of users, whatever failed.
    pub failed: u64,
    /// Of those, with an error of the operation in their trace.
    pub failed_with: u64,
    /// The share of the step's failures that those are.
    pub share: Option<f64>,
    /// Its interval.
    pub interval: Option<ShareRange>,
}

impl HarmBody {
    /// Of all operations that failed, those with most failed attempts first, then those with most errors.
    pub fn all(registry: &Registry, harm: &HarmCounter, slices: &SliceCounter, tables: &NameTables) -> Vec<Self> {
        let failing = harm.operations().filter(|(_, harm)| harm.errors.all() > 0);
        let body = |(id, harm): (_, &Harm)| Some(Self::new(tables.operations.text(id)?, harm, registry, slices));
        let mut bodies: Vec<Self> = failing.filter_map(body).collect();
        bodies
            .sort_by_cached_key(|body| (Reverse(body.failed_attempts()), Reverse(body.errors), body.operation.clone()));
        bodies
    }

    /// Of one operation, whether it failed or not; nothing where it was not seen.
    pub fn one(
        operation: &str,
        registry: &Registry,
        harm: &HarmCounter,
        slices: &SliceCounter,
        tables: &NameTables,
    ) -> Option<Self> {
        let id = tables.operations.find(operation)?;
        let (_, harm) = harm.operations().find(|(seen, _)| *seen == id)?;
        Some(Self::new(operation, harm, registry, slices))
    }

    fn new(operation: &str, harm: &Harm, registry: &Registry, slices: &SliceCounter) -> Self {
        let Errors { hurting, harmless, without_attempt, without_trace } = harm.errors;
        let errors = harm.errors.all();
        // Events that came twice are counted twice, their errors once.
        let events = harm.events.max(errors);
        let step = |(id, failed_with): (&StepId, &u64)| {
            let step = &registry.steps[id.index()];
            let failed = slices.total(*id).failed.max(*failed_with);
            HurtStep {
                product: step.product.to_string(),
                step: step.name.to_string(),
                title: step.title.clone(),
                failed,
                failed_with: *failed_with,
                share: share(*failed_with, failed),
                interval: range(*failed_with, failed),
            }
        };
        let mut steps: Vec<HurtStep> = harm.failed_attempts.iter().map(step).collect();
        steps.sort_by(|a, b| {
            // Shares without a float between them.
            let across = |one: &HurtStep, other: &HurtStep| u128::from(one.failed_with) * u128::from(other.failed);
            let by_share = across(b, a).cmp(&across(a, b));
            by_share
                .then_with(|| b.failed_with.cmp(&a.failed_with))
                .then_with(|| (&a.product, &a.step).cmp(&(&b.product, &b.step)))
        });
        Self {
            operation: operation.to_owned(),
            events,
            errors,
            share: share(errors, events),
            interval: range(errors, events),
            errors_by: ErrorsBody { hurting, harmless, without_attempt, without_trace },
            steps,
        }
    }

    fn failed_attempts(&self) -> u64 {
        self.steps.iter().map(|step| step.failed_with).sum()
    }
}
