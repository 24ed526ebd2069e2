//! Which steps of a product services and operations reach: by the registry, and by what was seen to serve them.

use crate::counts::SeriesKey;
use crate::shared::Shared;
use milepost_impact::suspect::Reach;
use milepost_model::{Name, Operation};
use milepost_store::SeriesId;

/// What a product's steps need, declared and observed. Walks through all series: for once an incident, not once a second.
pub fn reach(shared: &Shared, product: &Name) -> Reach {
    let version = shared.versions.current();
    let registry = &version.setup.registry;
    let mut reach = Reach::declared(registry.steps.iter().filter(|step| step.product == *product));
    for (operation, step) in observed(shared, product) {
        if registry.step(product, &step).is_some() {
            reach.add(&operation, &step);
        }
    }
    reach
}

/// The operations that were seen to serve steps of a product; those whose names are none of an operation are left out.
fn observed(shared: &Shared, product: &Name) -> Vec<(Operation, Name)> {
    let mine = format!("use|{product}|");
    let counts = shared.counts();
    let all = (0..counts.series.len()).filter_map(|at| u32::try_from(at).ok().map(SeriesId));
    let keys = all.filter_map(|id| counts.series.key(id)).filter(|key| key.starts_with(&mine));
    let uses = keys.filter_map(|key| match SeriesKey::parse(key)? {
        SeriesKey::Use { step, operation, .. } => Some((operation.parse().ok()?, Name::new(&step).ok()?)),
        _ => None,
    });
    uses.collect()
}
