//! What of the flow reaches each step, and what is turned away before it.

use super::seconds;
use crate::api::ask::Ask;
use crate::ledger::StepLedger;
use crate::receive::Answer;
use crate::shared::Shared;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Events that serve one step, since the server was started.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StepFlow)]
pub(in crate::api) struct StepFlowBody {
    product: String,
    step: String,
    /// How many, at all of its operations: by themselves, or by their trace.
    annotated: u64,
    /// When the newest of them began.
    newest_event: Option<String>,
    /// How long that is ago, in seconds.
    lag_seconds: Option<u64>,
}

/// Each step of the registry, in its order.
pub(super) fn steps(ask: &Ask<'_>, known: &BTreeMap<(String, String), StepLedger>) -> Vec<StepFlowBody> {
    let body = |step: &milepost_model::Step| {
        let name = (step.product.to_string(), step.name.to_string());
        let StepLedger { annotated, newest } = known.get(&name).copied().unwrap_or_default();
        StepFlowBody {
            product: name.0,
            step: name.1,
            annotated,
            newest_event: newest.map(|newest| newest.to_string()),
            lag_seconds: newest.map(|newest| seconds(ask.now.since(newest))),
        }
    };
    ask.registry().steps.iter().map(body).collect()
}

/// Requests that were refused on all ports, by reason.
pub(super) fn refused(shared: &Shared) -> BTreeMap<&'static str, u64> {
    let mut refused = BTreeMap::new();
    let answers = shared.receive_stats().map(|stats| stats.snapshot().answers).unwrap_or_default();
    for (_, answer, count) in answers {
        if !matches!(answer, Answer::Accepted | Answer::Partial | Answer::Repeated) {
            *refused.entry(answer.as_str()).or_default() += count;
        }
    }
    refused
}
