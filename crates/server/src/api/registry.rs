//! `/registry`: which version is active, and what is wrong with the folder where it is not that.

use super::ask::Ask;
use super::csv::Table;
use super::problem::Problem;
use super::reply::Reply;
use crate::registry_store;
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

/// A document of the active registry, as it was written.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DocumentItem {
    /// Its file, in the folder of the registry.
    path: String,
    text: String,
}

const DOCUMENTS: Table = Table::Rows(&["path", "text"]);

pub(super) fn documents(ask: &Ask<'_>) -> Result<Reply, Problem> {
    let folder = ask.shared.directory.registry();
    let texts = registry_store::texts(&folder, &ask.version.digest).map_err(Problem::Internal)?;
    let all = texts.into_iter().map(|(path, text)| DocumentItem { path, text }).collect();
    let page = ask.paging()?.of(all, |document: &DocumentItem| document.path.clone());
    ask.page(ask.as_of(), page, DOCUMENTS)
}
