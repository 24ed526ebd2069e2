//! Trace rules compiled: which step a root and its calls make.

use crate::closed::Root;
use hashbrown::{HashMap, HashSet};
use milepost_annotate::{Annotator, Scope, StepChoice, TraceRule};
use milepost_facts::{NameId, NameTables};
use milepost_model::{Operation, OperationId, Outcome, OutcomeTable, RuleId, SpanStatus, StepId};
use milepost_registry::Registry;

/// All trace rules of a registry, by the operation of their root.
#[derive(Debug, Default)]
pub struct TraceRules {
    by_root: HashMap<NameId, Vec<Rule>>,
    /// How the steps of the rules read status codes.
    outcomes: HashMap<StepId, OutcomeTable>,
    /// Traces of users that no rule speaks of are told, too.
    tells_all: bool,
    /// Attempts that were found before come with the spans: those of rules from this id on.
    told_from: Option<RuleId>,
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
        let mut rules = Self::default();
        for (at, rule) in registry.trace_rules.iter().enumerate() {
            let TraceRule { root, scope, when, requires, step, .. } = rule;
            let Some(root) = id(root) else { continue };
            rules.outcomes.entry(step.step).or_insert_with(|| registry.steps[step.step.index()].outcomes.clone());
            rules.by_root.entry(NameTables::operation(root)).or_default().push(Rule {
                id: RuleId::new(registry.rules.len() + at),
                scope: *scope,
                when: ids(when),
                requires: ids(requires),
                step: *step,
            });
        }
        rules
    }

    /// The same, for somebody who looks for rules to write: a trace of a user whose root serves no step and calls something is told as one that no
    /// rule fits, whatever its root is.
    #[must_use]
    pub fn telling_all(self) -> Self {
        Self { tells_all: true, ..self }
    }

    /// The same, for traces that were judged before: their attempts come with their spans, and are never found anew. They are known by their rules,
    /// which begin with this id.
    #[must_use]
    pub fn with_attempts_told(self, from: RuleId) -> Self {
        Self { told_from: Some(from), ..self }
    }

    /// Whether attempts come with the spans.
    pub(crate) fn are_attempts_told(&self) -> bool {
        self.told_from.is_some()
    }

    /// The rule that found an attempt which came with the spans; nothing of what is a span.
    pub(crate) fn told(&self, rule: Option<RuleId>) -> Option<RuleId> {
        rule.filter(|rule| self.told_from.is_some_and(|from| *rule >= from))
    }

    /// Whether traces of users that no rule speaks of are told.
    pub(crate) fn tells_all(&self) -> bool {
        self.tells_all
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.by_root.is_empty()
    }

    /// Whether traces with such a root are judged.
    pub(crate) fn is_root(&self, operation: NameId, decided: Option<StepId>) -> bool {
        self.of_root(operation, decided).next().is_some()
    }

    /// The rules that can make an attempt of a root; of one whose step is decided, those for that step.
    fn of_root(&self, operation: NameId, decided: Option<StepId>) -> impl Iterator<Item = &Rule> + Clone {
        let rules = self.by_root.get(&operation).map_or(&[][..], |rules| rules);
        rules.iter().filter(move |rule| decided.is_none_or(|step| rule.step.step == step))
    }

    /// How a root ended as an attempt of a step: by the step's own table, as far as there are codes to read; without, its status has decided.
    pub(crate) fn outcome(&self, step: StepId, root: &Root) -> Outcome {
        let http_status = Some(root.http_status).filter(|status| *status != 0);
        match self.outcomes.get(&step) {
            Some(table) if root.grpc_status.is_some() || http_status.is_some() => {
                table.outcome(root.grpc_status, http_status, SpanStatus::Unset)
            }
            _ => root.outcome,
        }
    }

    /// The step of the rules with most calls in `when` among those that fit. Between several for one step, the one whose requirements are met
    /// best, then the first; where they are for different objectives, none of these is known, since requirements do not help to identify.
    pub(crate) fn judge(&self, root: NameId, decided: Option<StepId>, calls: &Calls) -> Judgement {
        let fits = |rule: &&Rule| rule.when.iter().all(|call| rule.calls(calls).contains(call));
        let fitting = self.of_root(root, decided).filter(fits);
        let longest = fitting.clone().map(|rule| rule.when.len()).max();
        let best = || fitting.clone().filter(|rule| Some(rule.when.len()) == longest);
        let mut steps: Vec<StepId> = best().map(|rule| rule.step.step).collect();
        steps.sort_unstable();
        steps.dedup();
        match steps[..] {
            [] => Judgement::Unmatched,
            [step] => {
                let (missing, rule) = (best().map(|rule| (rule.missing(calls), rule)))
                    .min_by_key(|(missing, rule)| (missing.len(), rule.id))
                    .expect("a step has a rule");
                let is_one_use = best().all(|other| other.step == rule.step);
                let objective = rule.step.objective.filter(|_| is_one_use);
                Judgement::Step { rule: rule.id, choice: StepChoice { step, objective }, missing }
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

    fn missing(&self, calls: &Calls) -> Vec<NameId> {
        self.requires.iter().filter(|call| !self.calls(calls).contains(*call)).copied().collect()
    }
}
