//! Maintenances: built, each of at least one SLO.

use super::Resolver;
use super::scope::{Scoped, places};
use crate::Registry;
use crate::code::Code;
use crate::documents::Declared;
use crate::documents::maintenance::DeclaredMaintenance;
use milepost_slo::Maintenance;

const MAINTENANCE: Scoped = Scoped { noun: "maintenance", empty: Code::EmptyMaintenance };

impl Resolver<'_> {
    pub(super) fn maintenances(&mut self, declared: &[DeclaredMaintenance]) -> Vec<Maintenance> {
        self.scoped(
            MAINTENANCE,
            declared,
            |of| (&of.header, of.scope.as_ref()),
            |written, (product, name), scope| {
                let correction = written.correction.clone()?;
                let (is_excluded, is_silent) = (written.is_excluded, written.is_silent);
                let title = written.title.clone();
                Some(Maintenance { product, name, title, correction, scope, is_excluded, is_silent })
            },
        )
    }

    /// Reports maintenances that are about no SLO, and those that were written in the future.
    pub(super) fn check_maintenances(&mut self, declared: &Declared, registry: &Registry) {
        for written in &declared.maintenances {
            self.check_done("recorded", written.recorded_on.as_ref());
        }
        let places = places(declared.maintenances.iter().map(|written| &written.header));
        for maintenance in &registry.maintenances {
            if registry.slos_of(maintenance).next().is_none() {
                self.about_nothing(MAINTENANCE, (&maintenance.product, &maintenance.name), &places);
            }
        }
    }
}
