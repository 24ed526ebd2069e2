//! Documents to copy for services that telemetry knows and the registry does not.

use milepost_model::{Name, Operation};
use milepost_registry::Registry;
use std::collections::BTreeSet;

/// One document for each service that nobody declared, of those whose operations serve no step. Operations are left out: once any is listed, steps
/// can use no other.
pub(super) fn documents<'o>(registry: &Registry, operations: impl Iterator<Item = &'o str>) -> Vec<String> {
    let is_known = |name: &Name| registry.services.iter().any(|service| service.name == *name);
    let services = operations.filter_map(|operation| Some(operation.parse::<Operation>().ok()?.service));
    let unknown: BTreeSet<Name> = services.filter(|name| !is_known(name)).collect();
    unknown.iter().map(document).collect()
}

fn document(service: &Name) -> String {
    format!(
        "apiVersion: milepost/v1\nkind: Service\nmetadata:\n  name: {service}\nspec:\n  title: TITLE\n  owner: TEAM\n"
    )
}
