//! Alert policies of OpenSLO, with their conditions and who is told put in.

use super::Known;
use crate::openslo::{DeclaredCondition, DeclaredPolicy, DeclaredTarget, Either};
use crate::resolve::Resolver;
use milepost_slo::open::{AlertCondition, AlertPolicy, AlertTarget};
use std::sync::Arc;

/// What alert policies refer to.
pub(super) struct AlertParts {
    pub(super) conditions: Known<Arc<AlertCondition>>,
    pub(super) targets: Known<Arc<AlertTarget>>,
}

impl Resolver<'_> {
    pub(super) fn policy_or_ref(
        &mut self,
        policy: &Either<DeclaredPolicy>,
        policies: &Known<Arc<AlertPolicy>>,
        parts: &AlertParts,
    ) -> Option<Arc<AlertPolicy>> {
        match policy {
            Either::Inline(declared) => self.policy(declared, parts),
            Either::Ref(name) => self.referred(name, policies),
        }
    }

    pub(super) fn policy(&mut self, declared: &DeclaredPolicy, parts: &AlertParts) -> Option<Arc<AlertPolicy>> {
        let condition = declared.condition.as_ref().and_then(|either| match either {
            Either::Inline(declared) => condition(declared),
            Either::Ref(name) => self.referred(name, &parts.conditions),
        });
        let targets: Vec<Option<Arc<AlertTarget>>> = (declared.targets.iter())
            .map(|either| match either.as_ref()? {
                Either::Inline(declared) => target(declared),
                Either::Ref(name) => self.referred(name, &parts.targets),
            })
            .collect();
        Some(Arc::new(AlertPolicy {
            name: declared.header.name.value.clone(),
            when_breaching: declared.when_breaching,
            when_resolved: declared.when_resolved,
            when_no_data: declared.when_no_data,
            condition: condition?,
            targets: targets.into_iter().collect::<Option<_>>()?,
        }))
    }
}

pub(super) fn condition(declared: &DeclaredCondition) -> Option<Arc<AlertCondition>> {
    Some(Arc::new(AlertCondition {
        name: declared.header.name.value.clone(),
        severity: declared.severity.clone()?,
        operator: declared.operator,
        threshold: declared.threshold?,
        lookback: declared.lookback?,
        after: declared.after?,
    }))
}

pub(super) fn target(declared: &DeclaredTarget) -> Option<Arc<AlertTarget>> {
    Some(Arc::new(AlertTarget { name: declared.header.name.value.clone(), target: declared.target.clone()? }))
}
