//! The SLOs of products in the order in which they are listed: worked out once for each version of a registry, so that a page is a slice.

use super::Listed;
use crate::api::ask::Ask;
use crate::prometheus::{judged_at, names};
use crate::version::Version;
use milepost_model::Name;
use std::collections::HashMap;

/// The SLOs of each product of a version: its own, and those of OpenSLO documents that are bound to its steps; sorted by key.
#[derive(Debug)]
pub(in crate::api) struct Listing {
    pub(in crate::api) version: u64,
    of_product: HashMap<Name, Vec<Entry>>,
}

/// One of them.
#[derive(Debug)]
pub(in crate::api) struct Entry {
    /// Its name, and for those of one name what makes them differ.
    key: String,
    name_bytes: usize,
    place: Place,
}

/// Where it is in the registry.
#[derive(Clone, Copy, Debug)]
enum Place {
    Own(usize),
    /// The place among the objectives of all documents, and where that is: which of which document.
    Open {
        all: usize,
        document: usize,
        objective: usize,
    },
}

impl Listing {
    pub(in crate::api) fn new(version: &Version) -> Self {
        let registry = &version.setup.registry;
        let mut of_product: HashMap<Name, Vec<Entry>> = HashMap::new();
        let mut add = |product: &Name, entry| of_product.entry(product.clone()).or_default().push(entry);
        for (place, slo) in registry.slos.iter().enumerate() {
            add(&slo.product, Entry::new(slo.name.to_string(), "", Place::Own(place)));
        }
        let mut all = 0;
        for (document, slo) in registry.open_slos.iter().enumerate() {
            for (objective, name) in names(slo).enumerate() {
                if let Some(binding) = &slo.binding {
                    let place = Place::Open { all, document, objective };
                    add(&binding.product, Entry::new(name, " prometheus", place));
                }
                all += 1;
            }
        }
        of_product.values_mut().for_each(|entries| entries.sort_by(|one, other| one.key.cmp(&other.key)));
        Self { version: version.number, of_product }
    }

    pub(in crate::api) fn of(&self, product: &Name) -> &[Entry] {
        self.of_product.get(product).map_or(&[], Vec::as_slice)
    }
}

/// The one of a name; of several the first.
pub(super) fn find<'e>(sorted: &'e [Entry], name: &str) -> Option<&'e Entry> {
    let place = sorted.partition_point(|entry| entry.key.as_str() < name);
    sorted.get(place).filter(|entry| entry.name() == name)
}

impl Entry {
    fn new(name: String, more: &str, place: Place) -> Self {
        Self { name_bytes: name.len(), key: name + more, place }
    }

    /// By which it is sorted.
    pub(super) fn key(&self) -> &str {
        &self.key
    }

    pub(super) fn name(&self) -> &str {
        &self.key[..self.name_bytes]
    }

    /// What the registry says of it.
    pub(super) fn listed<'r>(&self, ask: &'r Ask<'_>) -> Option<Listed<'r>> {
        let registry = ask.registry();
        match self.place {
            Place::Own(place) => Some(Listed::Own(place, registry.slos.get(place)?)),
            Place::Open { all, document, objective } => {
                let slo = registry.open_slos.get(document)?;
                let judged = judged_at(slo, objective, &ask.shared.settings.sources)?;
                Some(Listed::Open(all, Box::new(judged)))
            }
        }
    }
}
