//! Documents to copy for services that telemetry knows and the registry does not.

use super::Unannotated;
use milepost_model::{Name, Operation};
use milepost_registry::Registry;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// One document for each service that nobody declared, with those of its operations that are listed.
pub(super) fn documents(registry: &Registry, rows: &[Unannotated]) -> Vec<String> {
    let is_known = |name: &Name| registry.services.iter().any(|service| service.name == *name);
    let mut unknown: BTreeMap<Name, Vec<&str>> = BTreeMap::new();
    for row in rows {
        let Ok(operation) = row.operation.parse::<Operation>() else { continue };
        // In a document of the service its operations stand without its name.
        let action = row.operation.split_once(' ').map_or("", |(_, action)| action);
        if !is_known(&operation.service) && !action.is_empty() {
            unknown.entry(operation.service).or_default().push(action);
        }
    }
    unknown.iter().map(|(service, actions)| document(service, actions)).collect()
}

fn document(service: &Name, actions: &[&str]) -> String {
    let mut out = format!(
        "apiVersion: milepost/v1\nkind: Service\nmetadata:\n  name: {service}\nspec:\n  title: TITLE\n  owner: TEAM\n  operations:\n"
    );
    for action in actions {
        let _ = writeln!(out, "    - {}", super::quote(action));
    }
    out
}
