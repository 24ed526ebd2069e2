//! How long the annotation of a step is on the wire: every request carries it, on every hop.

use super::Resolver;
use crate::Registry;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::documents::Declared;
use crate::source::Place;
use milepost_annotate::{Annotation, Cohort, InteractionId};
use milepost_model::{Criticality, Name, TrafficClass};
use std::collections::HashMap;

/// What an annotation should stay within, its key not counted.
const USUAL_BYTES: usize = 128;
/// An interaction's id of the longest form, a UUID.
const LONGEST_ID: &str = "00000000-0000-0000-0000-000000000000";
const HIGHEST_COHORT: u8 = 127;

impl Resolver<'_> {
    /// Reports steps whose annotation can be longer than is usual: with the longest of the product's traffic classes, the longest
    /// criticality, the highest cohort and a UUID for the interaction. Said once a step, at its longest use.
    pub(super) fn check_annotations(&mut self, declared: &Declared, registry: &Registry) {
        let classes: HashMap<&Name, TrafficClass> =
            registry.products.iter().map(|product| (&product.name, longest_class(&product.classes))).collect();
        let mut longest: HashMap<(&Name, &Name), (usize, &Place)> = HashMap::new();
        for (objective, written) in registry.objectives.iter().zip(self.first_objectives(declared)) {
            let Some(class) = classes.get(&objective.product) else { continue };
            for entry in &written.steps {
                let bytes = length(&objective.product, Some(&objective.name), &entry.step.value, class);
                let held = longest.entry((&objective.product, &entry.step.value)).or_insert((bytes, &entry.step.place));
                if bytes > held.0 {
                    *held = (bytes, &entry.step.place);
                }
            }
        }
        let mut found: Vec<(usize, Place, Name)> = (longest.into_iter())
            .filter(|(_, (bytes, _))| *bytes > USUAL_BYTES)
            .map(|((_, step), (bytes, place))| (bytes, place.clone(), step.clone()))
            .collect();
        found.sort_by_key(|(_, place, _)| (place.file, place.range.start));
        for (bytes, place, step) in found {
            let message = format!("the annotation of `{step}` can have {bytes} bytes on the wire");
            let help = format!(
                "shorten the names of product, objective or step by {} characters; titles can be as long as people like",
                bytes - USUAL_BYTES
            );
            self.found.push(Diagnostic::new(Code::LongAnnotation, place, message).help(help));
        }
    }
}

fn longest_class(declared: &[TrafficClass]) -> TrafficClass {
    let built_in = TrafficClass::BUILT_IN.iter().filter_map(|(name, _)| TrafficClass::new(name).ok());
    built_in.chain(declared.iter().cloned()).max_by_key(|class| class.as_str().len()).unwrap_or_default()
}

fn length(product: &Name, objective: Option<&Name>, step: &Name, class: &TrafficClass) -> usize {
    let annotation = Annotation {
        product: product.clone(),
        objective: objective.cloned(),
        step: step.clone(),
        class: class.clone(),
        criticality: Criticality::ALL.into_iter().max_by_key(|c| c.as_str().len()),
        cohort: Cohort::new(HIGHEST_COHORT),
        interaction: InteractionId::new(LONGEST_ID).ok(),
    };
    annotation.to_string().len()
}
