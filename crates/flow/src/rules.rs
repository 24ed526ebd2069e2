//! Trace rules compiled: which step a root and its calls make.

use hashbrown::{HashMap, HashSet};
use milepost_annotate::{Annotator, Scope, StepChoice, TraceRule};
use milepost_facts::{NameId, NameTables};
use milepost_model::{Operation, OperationId, RuleId, StepId};
use milepost_registry::Registry;

/// All trace rules of a registry, by the operation of their root.
#[derive(Debug, Default)]
pub struct TraceRules {
    by_root: HashMap<NameId, Vec<Rule>>,
}

#[derive(Debug)]
struct Rule {
    id: RuleId,
    scope: Scope,
    when: Vec<NameId>,
    requires: Vec<NameId>,
    step: StepChoice,
}

/// The operations called below a root, by how far a rule looks.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    pub(crate) of_root: HashSet<NameId>,
    pub(crate) of_trace: HashSet<NameId>,
}

/// What the rules make of a root and its calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Judgement {
    /// No rule fits.
    Unmatched,
    /// Rules for these steps fit equally well.
    Ambiguous(Vec<StepId>),
    /// One step's rules fit best.
    Step { rule: RuleId, choice: StepChoice, missing: Vec<NameId> },
}

impl TraceRules {
    /// Compiles the rules of a registry.
    pub fn new(registry: &Registry, annotator: &Annotator) -> Self {
        let id = |operation: &Operation| -> Option<OperationId> { annotator.operations().id(operation) };
        let ids = |operations: &[Operation]| operations.iter().filter_map(id).map(NameTables::operation).collect();
        let mut by_root: HashMap<NameId, Vec<Rule>> = HashMap::new();
        for (at, rule) in registry.trace_rules.iter().enumerate() {
            let TraceRule { root, scope, when, requires, step, .. } = rule;
            let Some(root) = id(root) else { continue };
            by_root.entry(NameTables::operation(root)).or_default().push(Rule {
                id: RuleId::new(registry.rules.len() + at),
                scope: *scope,
                when: ids(when),
                requires: ids(requires),
                step: *step,
            });
        }
        Self { by_root }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.by_root.is_empty()
    }

    /// Whether traces with such a root are judged.
    pub(crate) fn is_root(&self, operation: NameId) -> bool {
        self.by_root.contains_key(&operation)
    }

    /// The step of the rules with most calls in `when` among those that fit; between several for one step, the one whose requirements are met
    /// best, then the first.
    pub(crate) fn judge(&self, root: NameId, calls: &Calls) -> Judgement {
        let rules = self.by_root.get(&root).map_or(&[][..], |rules| rules);
        let mut best: Vec<&Rule> = Vec::new();
        for rule in rules.iter().filter(|rule| rule.when.iter().all(|call| rule.calls(calls).contains(call))) {
            match best.first().map_or(0, |b| b.when.len()) {
                longest if best.is_empty() || rule.when.len() > longest => best = vec![rule],
                longest if rule.when.len() == longest => best.push(rule),
                _ => {}
            }
        }
        let mut steps: Vec<StepId> = best.iter().map(|rule| rule.step.step).collect();
        steps.sort_unstable();
        steps.dedup();
        match steps.len() {
            0 => Judgement::Unmatched,
            1 => {
                let missing = |rule: &Rule| -> Vec<NameId> {
                    rule.requires.iter().filter(|call| !rule.calls(calls).contains(*call)).copied().collect()
                };
                let rule = best.into_iter().min_by_key(|rule| (missing(rule).len(), rule.id));
                rule.map_or(Judgement::Unmatched, |rule| Judgement::Step {
                    rule: rule.id,
                    choice: rule.step,
                    missing: missing(rule),
                })
            }
            _ => Judgement::Ambiguous(steps),
        }
    }
}

impl Rule {
    fn calls<'c>(&self, calls: &'c Calls) -> &'c HashSet<NameId> {
        match self.scope {
            Scope::RootChildren => &calls.of_root,
            Scope::Trace => &calls.of_trace,
        }
    }
}
