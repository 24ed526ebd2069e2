//! What is declared and serves nothing: a warning each, since it may come into use.

use super::Resolver;
use crate::Registry;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::documents::Declared;
use milepost_model::{Operation, Stage};
use std::collections::HashSet;

impl Resolver<'_> {
    pub(super) fn check_usage(&mut self, declared: &Declared, registry: &Registry) {
        let in_rules =
            registry.trace_rules.iter().flat_map(|r| std::iter::once(&r.root).chain(&r.when).chain(&r.requires));
        let in_steps = registry.steps.iter().flat_map(|s| s.operations().map(|(o, _)| o));
        let used: HashSet<&Operation> = in_rules.chain(in_steps).collect();
        for service in &declared.services {
            for action in &service.actions {
                let operation = Operation { service: service.header.name.value.clone(), action: action.value.clone() };
                if !used.contains(&operation) {
                    let message = format!("no step uses `{operation}`");
                    let help = "add it to the `operations` of a step, or remove it here";
                    self.found.push(Diagnostic::new(Code::UnusedOperation, action.place.clone(), message).help(help));
                }
            }
        }
        let used: HashSet<_> = registry.objectives.iter().flat_map(|o| o.steps.iter().map(|u| &u.step)).collect();
        let by_trace: HashSet<usize> = registry.trace_rules.iter().map(|r| r.step.step.index()).collect();
        for (at, step) in registry.steps.iter().enumerate() {
            let Some(place) =
                declared.steps.iter().find(|s| s.header.name.value == step.name).map(|s| &s.header.name.place)
            else {
                continue;
            };
            if !used.contains(&step.name) {
                let message = format!("step `{}` belongs to no objective", step.name);
                let help = "list it under the `steps` of an objective, so that people see what it is for";
                self.found.push(Diagnostic::new(Code::UnusedStep, place.clone(), message).help(help));
            }
            if step.measure.is_empty() && step.stage == Stage::Live && !by_trace.contains(&at) {
                let message = format!("step `{}` has no measuring point: its attempts cannot be counted", step.name);
                let help = "name under `measure:` the operation that stands for an attempt, or write a trace rule";
                self.found.push(Diagnostic::new(Code::Unmeasured, place.clone(), message).help(help));
            }
        }
    }
}
