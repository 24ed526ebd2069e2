//! What is declared and serves nothing: a warning each, since it may come into use.
//!
//! A thing is excused when a use of it seems to be there and is wrong in another way: one slip has one message.

use super::{Key, Resolver, key};
use crate::Registry;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::documents::Declared;
use crate::source::Spanned;
use milepost_model::{Name, Operation, Stage};
use milepost_slo::Method;
use std::collections::{HashMap, HashSet};

/// A step, and an operation that it is measured at.
type Measured<'d> = (Key, &'d Spanned<Operation>);

impl Resolver<'_> {
    pub(super) fn check_usage(&mut self, declared: &Declared, registry: &Registry) {
        // What uses them may stand where nothing could be read.
        if self.unread.is_empty() {
            self.check_operations(declared, registry);
            self.check_objectives(declared, registry);
        }
        self.check_measures(declared, registry);
        self.check_shared_measures(declared);
    }

    /// Attempts at an operation that several steps are measured at count for none of them, unless something tells which they serve.
    fn check_shared_measures(&mut self, declared: &Declared) {
        // What a rule gives counts as it is written, also where the rule has another mistake.
        let rules = declared.rules.iter().flat_map(|document| {
            let events = document.rules.iter().map(|rule| &rule.common);
            let commons = events.chain(document.trace_rules.iter().map(|rule| &rule.common));
            commons
                .filter_map(|common| Some((document.header.belongs.clone()?, common.step.as_ref()?.value.step.clone())))
        });
        let decided: HashSet<Key> = rules.collect();
        let mut measured: HashMap<(Name, Name, String), Vec<Measured<'_>>> = HashMap::new();
        for step in &declared.steps {
            let Some(key) = key(&step.header) else { continue };
            for operation in &step.measure {
                let shape = operation.value.action.shape();
                let at = measured.entry((key.0.clone(), operation.value.service.clone(), shape)).or_default();
                // One that stands twice in a list has been reported.
                if at.last().is_none_or(|(last, _)| *last != key) {
                    at.push((key.clone(), operation));
                }
            }
        }
        for steps in measured.into_values().filter(|steps| steps.len() > 1) {
            let (first_key, first) = &steps[0];
            if let Some((_, other)) = steps.iter().find(|(_, operation)| operation.value != first.value) {
                self.found.push(two_spellings(first, other));
                continue;
            }
            for (key, operation) in steps.iter().filter(|(key, _)| !decided.contains(key)) {
                let (other_key, other) = if key == first_key { &steps[1] } else { &steps[0] };
                let message = format!(
                    "`{}` and `{}` are both measured at `{}`, and no rule gives `{}`",
                    key.1, other_key.1, operation.value, key.1
                );
                let help = "requests that neither a rule nor their own annotation gives a step count for none: write a rule for each step";
                let diagnostic = Diagnostic::new(Code::SharedMeasure, operation.place.clone(), message).help(help);
                self.found
                    .push(diagnostic.related(other.place.clone(), format!("`{}` is measured here, too", other_key.1)));
            }
        }
    }

    fn check_operations(&mut self, declared: &Declared, registry: &Registry) {
        let in_rules = registry.trace_rules.iter().flat_map(|r| {
            std::iter::once(&r.root).chain(&r.when).chain(&r.requires).map(|operation| (&r.product, operation))
        });
        let in_steps = registry.steps.iter().flat_map(|s| s.operations().map(|(operation, _)| (&s.product, operation)));
        let used: HashSet<(&Name, &Operation)> = in_rules.chain(in_steps).collect();
        let codes = [Code::BadOperation, Code::UnknownOperation, Code::UnknownService];
        let slips = self.found.texts(self.sources, &codes);
        for service in &declared.services {
            let Some((product, service_name)) = key(&service.header) else { continue };
            for action in &service.actions {
                let operation = Operation { service: service_name.clone(), action: action.value.clone() };
                if !used.contains(&(&product, &operation)) && !self.is_operation_meant(&operation.to_string(), &slips) {
                    let message = format!("no step uses `{operation}`");
                    let help = "add it to the `operations` of a step, or remove it here";
                    self.found.push(Diagnostic::new(Code::UnusedOperation, action.place.clone(), message).help(help));
                }
            }
        }
    }

    fn check_objectives(&mut self, declared: &Declared, registry: &Registry) {
        let uses = registry.objectives.iter().flat_map(|o| o.steps.iter().map(|u| (&o.product, &u.step)));
        let used: HashSet<(&Name, &Name)> = uses.collect();
        let slips = self.found.texts(self.sources, &[Code::UnknownStep, Code::BadName]);
        for step in &declared.steps {
            let Some((product, name)) = key(&step.header) else { continue };
            if !used.contains(&(&product, &name)) && !self.is_meant(name.as_str(), &slips) {
                let message = format!("step `{name}` belongs to no objective");
                let help = "list it under the `steps` of an objective, so that people see what it is for";
                let place = step.header.name.place.clone();
                self.found.push(Diagnostic::new(Code::UnusedStep, place, message).help(help));
            }
        }
    }

    /// The same for an operation, whose service or method may have been left out.
    fn is_operation_meant(&mut self, text: &str, slips: &[String]) -> bool {
        let is_part = |slip: &String| text.strip_suffix(slip.as_str()).is_some_and(|rest| rest.ends_with(' '));
        self.is_meant(text, slips) || (self.known.spend(slips.len()) && slips.iter().any(is_part))
    }

    /// Whether a text that was reported seems to mean this.
    fn is_meant(&mut self, text: &str, slips: &[String]) -> bool {
        self.known.nearest(text, slips).is_some()
    }

    fn check_measures(&mut self, declared: &Declared, registry: &Registry) {
        let by_trace: HashSet<usize> = registry.trace_rules.iter().map(|r| r.step.step.index()).collect();
        let promised: HashSet<Key> = (registry.slos.iter())
            .filter(|slo| slo.indicator.method == Method::Service)
            .map(|slo| (slo.product.clone(), slo.indicator.path.step.clone()))
            .collect();
        let bindings = registry.open_slos.iter().filter_map(|slo| slo.binding.as_ref());
        let counted_elsewhere: HashSet<Key> =
            bindings.map(|binding| (binding.product.clone(), binding.path.step.clone())).collect();
        for declared in &declared.steps {
            let Some(key) = key(&declared.header) else { continue };
            let Some((id, place)) = self.steps.get(&key) else { continue };
            let step = &registry.steps[id.index()];
            if *place != declared.header.name.place || declared.has_measure || by_trace.contains(&id.index()) {
                continue;
            }
            // Counted by somebody else, so that there need be no telemetry of its attempts.
            if counted_elsewhere.contains(&key) {
                continue;
            }
            let why = match (step.stage, promised.contains(&key)) {
                (Stage::Live, _) => "its attempts cannot be counted",
                (Stage::Unlaunched, true) => "its SLOs will have no data",
                (Stage::Unlaunched, false) => continue,
            };
            let message = format!("step `{}` has no measuring point: {why}", step.name);
            let help = "name under `measure:` the operation that stands for an attempt, or write a trace rule";
            let diagnostic = Diagnostic::new(Code::Unmeasured, place.clone(), message);
            self.found.push(diagnostic.help(help));
        }
    }
}

/// Paths that differ in the names of their parameters alone are one, and only the first that is declared is ever found.
fn two_spellings(first: &Spanned<Operation>, other: &Spanned<Operation>) -> Diagnostic {
    let message = format!("`{}` and `{}` are one operation, written in two ways", first.value, other.value);
    let diagnostic = Diagnostic::new(Code::TwoSpellings, other.place.clone(), message);
    let help = "name the parameters alike in both, and let rules tell the steps apart";
    diagnostic.related(first.place.clone(), "the other way").help(help)
}
