//! Assessments of fit: one a product.

use super::{Resolver, duplicate_of_product, key};
use crate::documents::fit::DeclaredFit;
use crate::source::Place;
use milepost_model::{FitAssessment, FitRequirement, Name};
use std::collections::HashMap;

impl Resolver<'_> {
    pub(super) fn fit_assessments(&mut self, declared: &[DeclaredFit]) -> Vec<FitAssessment> {
        let mut seen: HashMap<Name, &Place> = HashMap::new();
        let mut assessments = Vec::new();
        for written in declared {
            let Some((product, name)) = key(&written.header) else { continue };
            let place = &written.header.name.place;
            if let Some(first) = seen.get(&product) {
                self.found.push(duplicate_of_product(&product, "fit assessments", place, first));
                continue;
            }
            seen.insert(product.clone(), place);
            let Some(assessed_on) = written.assessed_on.as_ref().map(|d| d.value) else { continue };
            if written.answers.len() < FitRequirement::ALL.len() {
                continue;
            }
            assessments.push(FitAssessment {
                product,
                name,
                answers: written.answers.clone(),
                infrastructure: written.infrastructure,
                assessed_by: written.assessed_by.iter().map(|name| name.value.clone()).collect(),
                assessed_on,
            });
        }
        assessments
    }
}
