//! Maintenances: built, and each about some SLO.

use super::{Key, Resolver, duplicate_of, key};
use crate::Registry;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::documents::Declared;
use crate::documents::maintenance::DeclaredMaintenance;
use crate::source::Place;
use milepost_model::Name;
use milepost_slo::Maintenance;
use std::collections::HashMap;

impl Resolver<'_> {
    pub(super) fn maintenances(&mut self, declared: &[DeclaredMaintenance]) -> Vec<Maintenance> {
        let mut seen: HashMap<Key, &Place> = HashMap::new();
        let mut maintenances = Vec::new();
        for written in declared {
            let Some(key) = key(&written.header) else { continue };
            let (product, name) = key.clone();
            let scope = self.slo_scope(written.scope.as_ref(), &product);
            let place = &written.header.name.place;
            let first = *seen.entry(key).or_insert(place);
            if first != place {
                self.found.push(duplicate_of(&written.header, "maintenance", first));
                continue;
            }
            let (Some(correction), Some(scope)) = (written.correction.clone(), scope) else { continue };
            let (is_excluded, is_silent) = (written.is_excluded, written.is_silent);
            let title = written.title.clone();
            maintenances.push(Maintenance { product, name, title, correction, scope, is_excluded, is_silent });
        }
        maintenances
    }

    /// Reports maintenances that are about no SLO, and those that were written in the future.
    pub(super) fn check_maintenances(&mut self, declared: &Declared, registry: &Registry) {
        for written in &declared.maintenances {
            self.check_done("recorded", written.recorded_on.as_ref());
        }
        // An SLO that it is about may be among what is wrong.
        if !self.unread.is_empty() || self.found.errors() > 0 {
            return;
        }
        for maintenance in &registry.maintenances {
            if registry.slos_of(maintenance).next().is_some() {
                continue;
            }
            let of = declared.maintenances.iter().map(|d| &d.header);
            let is_its = |name: &Name, product: Option<&Name>| {
                *name == maintenance.name && product == Some(&maintenance.product)
            };
            let Some(header) = of.into_iter().find(|header| is_its(&header.name.value, header.belongs.as_ref())) else {
                continue;
            };
            let message = format!("maintenance `{}` applies to no SLO", maintenance.name);
            let diagnostic = Diagnostic::new(Code::EmptyMaintenance, header.name.place.clone(), message);
            self.found.push(diagnostic.help("write an SLO for what it names, or name what has one"));
        }
    }
}
