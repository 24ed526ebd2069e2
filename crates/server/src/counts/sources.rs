//! When something came last from each service that the registry names: its sign of life.

use milepost_facts::{FactBatch, NameId, NameTables};
use milepost_model::{Name, Timestamp};
use milepost_registry::Registry;
use std::collections::BTreeMap;

/// Signs of life, by service; of those that the registry names and of no others.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sources(BTreeMap<String, Sign>);

/// When something came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sign {
    /// By the clock that events go by.
    pub(crate) received_at: Timestamp,
    /// By the clock that nobody sets.
    pub(crate) heard_at: Timestamp,
}

impl Sources {
    /// Facts came.
    pub(crate) fn hear(&mut self, batch: &FactBatch, tables: &NameTables, sign: Sign) {
        // Ids of services that the registry names come first, behind the one that stands for none.
        let mut came = vec![false; tables.services.reserved() + 1];
        for row in 0..batch.len() {
            if let Some(came) = came.get_mut(batch.service(row).0 as usize) {
                *came = true;
            }
        }
        for (id, _) in (0u32..).zip(came).filter(|(_, came)| *came) {
            if let Some(name) = tables.services.text(NameId(id)) {
                self.note(name, sign);
            }
        }
    }

    /// Something came of a service that the registry names.
    pub(crate) fn note(&mut self, service: &str, sign: Sign) {
        match self.0.get_mut(service) {
            Some(last) => {
                last.received_at = last.received_at.max(sign.received_at);
                last.heard_at = last.heard_at.max(sign.heard_at);
            }
            None => _ = self.0.insert(service.to_owned(), sign),
        }
    }

    /// When a service was heard last, by the clock that nobody sets.
    pub(crate) fn heard_at(&self, service: &Name) -> Option<Timestamp> {
        self.0.get(service.as_str()).map(|sign| sign.heard_at)
    }

    /// Lets go of services that a registry does not name.
    pub(crate) fn keep_named(&mut self, registry: &Registry) {
        self.0.retain(|name, _| registry.services.iter().any(|service| service.name.as_str() == name));
    }

    /// When something was received of each, to be kept.
    pub(crate) fn received(&self) -> BTreeMap<String, i64> {
        self.0.iter().map(|(name, sign)| (name.clone(), sign.received_at.nanos())).collect()
    }

    /// As they were kept.
    pub(crate) fn restore(&mut self, received: &BTreeMap<String, i64>) {
        for (name, nanos) in received {
            let at = Timestamp::from_nanos(*nanos);
            self.note(name, Sign { received_at: at, heard_at: at });
        }
    }

    /// Nothing was heard later than now.
    pub(crate) fn until(&mut self, now: Timestamp) {
        self.0.values_mut().for_each(|sign| sign.heard_at = sign.heard_at.min(now));
    }
}
