//! What is declared and serves nothing: a warning each, since it may come into use.
//!
//! A thing is excused when a use of it seems to be there and is wrong in another way: one slip has one message.

use super::{Key, Resolver, key};
use crate::Registry;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::documents::Declared;
use crate::source::Place;
use milepost_model::{Name, Operation, Stage, StepId};
use milepost_slo::Method;
use std::collections::{HashMap, HashSet};

impl Resolver<'_> {
    pub(super) fn check_usage(&mut self, declared: &Declared, registry: &Registry) {
        // What uses them may stand where nothing could be read.
        if self.unread.is_empty() {
            self.check_operations(declared, registry);
            self.check_objectives(declared, registry);
        }
        self.check_measures(declared, registry);
        self.check_shared_measures(declared, registry);
    }

    /// Attempts at an operation that several steps are measured at count for none of them, unless something tells which they serve.
    fn check_shared_measures(&mut self, declared: &Declared, registry: &Registry) {
        let by_rule = registry.rules.iter().filter_map(|rule| rule.step);
        let by_trace = registry.trace_rules.iter().map(|rule| rule.step);
        let decided: HashSet<StepId> = by_rule.chain(by_trace).map(|choice| choice.step).collect();
        let mut measured: HashMap<(Name, &Operation), Vec<(Key, &Place)>> = HashMap::new();
        for step in &declared.steps {
            let Some((product, name)) = key(&step.header) else { continue };
            for operation in &step.measure {
                let at = measured.entry((product.clone(), &operation.value)).or_default();
                // One that stands twice in a list has been reported.
                if at.last().is_none_or(|((_, last), _)| *last != name) {
                    at.push(((product.clone(), name.clone()), &operation.place));
                }
            }
        }
        for ((_, operation), steps) in measured {
            let [(_, first), .., (_, last)] = &steps[..] else { continue };
            let id = |key: &Key| self.steps.get(key).map(|(id, _)| *id);
            let Some((_, undecided)) =
                steps.iter().find_map(|(key, _)| Some((id(key)?, &key.1)).filter(|(id, _)| !decided.contains(id)))
            else {
                continue;
            };
            let message = format!("several steps are measured at `{operation}`, and no rule gives `{undecided}`");
            let help = "requests that neither a rule nor their own annotation gives a step count for none: write a rule for each step";
            let diagnostic = Diagnostic::new(Code::SharedMeasure, (*last).clone(), message);
            self.found.push(diagnostic.related((*first).clone(), "another step is measured here, too").help(help));
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
        for declared in &declared.steps {
            let Some(key) = key(&declared.header) else { continue };
            let Some((id, place)) = self.steps.get(&key) else { continue };
            let step = &registry.steps[id.index()];
            if *place != declared.header.name.place || declared.has_measure || by_trace.contains(&id.index()) {
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
