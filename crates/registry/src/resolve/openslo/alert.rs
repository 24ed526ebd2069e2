//! Alert policies of OpenSLO, with their conditions and who is told put in.

use super::Known;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::openslo::{DeclaredCondition, DeclaredOpenSlo, DeclaredPolicy, DeclaredTarget, Either};
use crate::resolve::Resolver;
use milepost_slo::open::{AlertCondition, AlertPolicy, AlertTarget, OpenSlo, Unjudged};
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

impl Resolver<'_> {
    /// Reports what of the alert policies of an SLO nobody is told of; of one that is about no step nothing is judged at all.
    pub(super) fn report_unjudged(&mut self, declared: &DeclaredOpenSlo, slo: &OpenSlo) {
        if slo.binding.is_none() {
            return;
        }
        for Unjudged { place, policy, why } in slo.alerts().1 {
            // The declared ones are as many, and in the same order.
            let Some(written) = declared.policies.get(place).and_then(Option::as_ref) else { continue };
            let condition = &slo.alert_policies[place].condition.name;
            let message =
                format!("alert policy `{policy}` with condition `{condition}` is not judged as it is written: {why}");
            let diagnostic = Diagnostic::new(Code::PolicyUnjudged, written.name().place.clone(), message);
            self.found.push(diagnostic.help(JUDGED));
        }
    }
}

/// What a tier can say.
const JUDGED: &str =
    "what is judged: `alertWhenBreaching: true`, and `op: gt` or `gte` with a threshold above 1, over a rolling window";

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
