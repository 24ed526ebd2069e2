//! `/registry`: which version is active, and what is wrong with the folder where it is not that.

use super::ask::Ask;
use super::csv::Table;
use super::problem::Problem;
use super::reply::Reply;
use serde::Serialize;
use utoipa::ToSchema;

/// The active registry, and its folder.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RegistryBody {
    /// Counts activations, from 1.
    version: u64,
    /// A hash of its documents.
    digest: String,
    /// When it became active, where the server has run since.
    activated_at: Option<String>,
    /// When the folder was looked at last.
    looked_at: Option<String>,
    /// What is wrong with what the folder has now; null when that is active.
    refused: Option<String>,
    products: usize,
    objectives: usize,
    steps: usize,
    slos: usize,
    services: usize,
}

pub(super) fn state(ask: &Ask<'_>) -> Result<Reply, Problem> {
    let state = ask.shared.registry().clone();
    let registry = ask.registry();
    let body = RegistryBody {
        version: ask.version.number,
        digest: ask.version.digest.clone(),
        activated_at: state.activated_at.map(|at| at.to_string()),
        looked_at: state.looked_at.map(|at| at.to_string()),
        refused: state.refused,
        products: registry.products.len(),
        objectives: registry.objectives.len(),
        steps: registry.steps.len(),
        slos: registry.slos.len(),
        services: registry.services.len(),
    };
    ask.object(ask.as_of(), body, Table::Fields)
}
