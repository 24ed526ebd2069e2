//! Server-side annotation: the step, class and role of one event, decided by claim, rules and declared operations.

use crate::compile::RuleIndex;
use crate::field::{FieldPlan, Slot, Slots};
use crate::operations::Operations;
use crate::rule::{Rule, StepChoice, TraceRule};
use crate::wire::{AnnotationRef, WireError};
use hashbrown::HashMap;
use milepost_model::{
    ClassId, Name, Objective, ObjectiveId, Operation, OperationId, RuleId, Service, Signal, Step, StepId, TrafficClass,
};

/// What the annotator is made of: the parts of a registry that it reads.
#[derive(Clone, Copy, Debug)]
pub struct Declarations<'m> {
    /// All steps, by [`StepId`].
    pub steps: &'m [Step],
    /// All objectives, by [`ObjectiveId`].
    pub objectives: &'m [Objective],
    /// All services.
    pub services: &'m [Service],
    /// All traffic classes, by [`ClassId`]; the first is interactive.
    pub classes: &'m [TrafficClass],
    /// All rules, by [`RuleId`], in file order.
    pub rules: &'m [Rule],
    /// All trace rules, in file order.
    pub trace_rules: &'m [TraceRule],
}

/// Decides what each event is. Made once per registry version, shared by all threads.
#[derive(Debug)]
pub struct Annotator {
    operations: Operations,
    uses: Vec<OperationUse>,
    rules: RuleIndex,
    steps: HashMap<(Name, Name), StepId>,
    objectives: HashMap<(Name, Name), ObjectiveId>,
    objective_steps: Vec<Vec<StepId>>,
    classes: HashMap<Box<str>, ClassId>,
}

/// Who uses one declared operation.
#[derive(Clone, Debug, Default)]
struct OperationUse {
    steps: Vec<StepId>,
    measured_by: Vec<StepId>,
    signal: Option<Signal>,
}

/// Reusable memory of one thread's annotating.
#[derive(Debug, Default)]
pub struct Scratch {
    pub(crate) text: String,
    pub(crate) agents: crate::compile::AgentMemo,
}

/// How an event came by its step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// The request said so.
    Client,
    /// A server-side rule said so.
    Rule,
    /// Exactly one step uses its operation.
    Operation,
    /// It has none.
    None,
}

impl Origin {
    /// All origins, in the order of their codes in facts.
    pub const ALL: [Self; 4] = [Self::Client, Self::Rule, Self::Operation, Self::None];

    /// The name in facts, expressions and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Rule => "rule",
            Self::Operation => "operation",
            Self::None => "none",
        }
    }
}

/// What became of the annotation that an event carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Claim {
    /// It carried none.
    Absent,
    /// It stands.
    Accepted,
    /// The registry declares the operation for other steps, so the rules decided.
    Overruled,
    /// It names no step or objective of the registry.
    UnknownStep,
    /// Its version is not known.
    UnknownVersion,
    /// It is malformed.
    Invalid,
}

/// What one event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Annotated<'a> {
    /// The step it serves.
    pub step: Option<StepId>,
    /// The objective, where that is known.
    pub objective: Option<ObjectiveId>,
    /// Its traffic class.
    pub class: ClassId,
    /// How it came by its step.
    pub origin: Origin,
    /// The rule that gave the step.
    pub rule: Option<RuleId>,
    /// The rule that gave the class.
    pub class_rule: Option<RuleId>,
    /// The declared operation it is of.
    pub operation: Option<OperationId>,
    /// Whether it stands for an attempt of its step; else it is one of the operations of an attempt.
    pub is_attempt: bool,
    /// It would stand for an attempt, but its service is measured by the other signal.
    pub is_other_signal: bool,
    /// What became of the annotation it carried.
    pub claim: Claim,
    /// The interaction that the annotation names.
    pub interaction: Option<&'a str>,
}

impl Annotator {
    /// Compiles the declarations, and adds the keys that rules look at to the plan.
    pub fn new(declared: &Declarations<'_>, plan: &mut FieldPlan) -> Self {
        let mut operations = Operations::default();
        let mut uses: Vec<OperationUse> = Vec::new();
        let mut used = |operations: &mut Operations, operation: &Operation| {
            let id = operations.declare(operation);
            uses.resize(operations.declared().len(), OperationUse::default());
            id
        };
        for service in declared.services {
            for action in &service.actions {
                used(&mut operations, &Operation { service: service.name.clone(), action: action.clone() });
            }
        }
        for rule in declared.trace_rules {
            for operation in std::iter::once(&rule.root).chain(&rule.when).chain(&rule.requires) {
                used(&mut operations, operation);
            }
        }
        for step in declared.steps {
            step.operations().for_each(|(operation, _)| {
                used(&mut operations, operation);
            });
        }
        for (at, step) in declared.steps.iter().enumerate() {
            note_uses(StepId::new(at), step, &operations, &mut uses);
        }
        for (operation, of) in operations.declared().iter().zip(&mut uses) {
            of.signal = declared.services.iter().find(|s| s.name == operation.service).map(|s| s.measured_by);
        }
        let key = |product: &Name, name: &Name| (product.clone(), name.clone());
        let steps =
            declared.steps.iter().enumerate().map(|(i, s)| (key(&s.product, &s.name), StepId::new(i))).collect();
        Self {
            rules: RuleIndex::new(declared.rules, plan),
            objective_steps: objective_steps(declared, &steps),
            steps,
            objectives: (declared.objectives.iter().enumerate())
                .map(|(i, o)| (key(&o.product, &o.name), ObjectiveId::new(i)))
                .collect(),
            classes: declared.classes.iter().enumerate().map(|(i, c)| (c.as_str().into(), ClassId::new(i))).collect(),
            operations,
            uses,
        }
    }

    /// The declared operations.
    pub fn operations(&self) -> &Operations {
        &self.operations
    }

    /// The steps that use a declared operation.
    pub fn users(&self, operation: OperationId) -> &[StepId] {
        self.uses.get(operation.index()).map_or(&[], |u| &u.steps)
    }

    /// Decides what an event is.
    ///
    /// In this order: the claim it carries, unless the registry declares the operation for other steps only; the best rule; the operation
    /// itself, when exactly one step uses it.
    pub fn annotate<'a>(&self, slots: &Slots<'a>, scratch: &mut Scratch) -> Annotated<'a> {
        let operation = self.operations.find(slots, &mut scratch.text);
        let users = operation.map_or(&[][..], |o| self.users(o));
        let (step_rule, class_rule) = self.rules.best(slots, scratch);
        let annotation = slots.text(Slot::ANNOTATION).map(AnnotationRef::parse);
        let (claim, claimed) = self.claim(annotation, users);
        let mut class = claimed.map(|(_, class)| class).filter(|c| c.index() != 0);
        let class_rule = if class.is_none() { class_rule } else { None };
        class = class.or_else(|| class_rule.and_then(|r| r.class));
        let rule = if claimed.is_none() { step_rule } else { None };
        let (choice, origin) = match (claimed, rule.and_then(|r| r.step), users) {
            (Some((choice, _)), _, _) => (Some(choice), Origin::Client),
            (None, Some(choice), _) => (Some(choice), Origin::Rule),
            (None, None, [only]) => (Some(StepChoice { step: *only, objective: None }), Origin::Operation),
            _ => (None, Origin::None),
        };
        let attempt = self.attempt(operation, choice.map(|c| c.step), slots.text(Slot::KIND));
        Annotated {
            step: choice.map(|c| c.step),
            objective: choice.and_then(|c| c.objective),
            class: class.unwrap_or(ClassId::new(0)),
            origin,
            rule: rule.map(|r| r.id),
            class_rule: class_rule.map(|r| r.id),
            operation,
            is_attempt: attempt == Some(true),
            is_other_signal: attempt == Some(false),
            claim,
            interaction: annotation.and_then(Result::ok).and_then(AnnotationRef::interaction),
        }
    }

    /// All rules that hold for an event, best first: for explaining one, not for the hot path.
    pub fn matching_rules(&self, slots: &Slots<'_>, scratch: &mut Scratch) -> Vec<RuleId> {
        self.rules.all(slots, scratch).iter().map(|rule| rule.id).collect()
    }

    /// Whether an event at this operation stands for an attempt of the step: yes, only by the other signal, or no.
    fn attempt(&self, operation: Option<OperationId>, step: Option<StepId>, kind: Option<&str>) -> Option<bool> {
        let of = &self.uses[operation?.index()];
        let signal = match kind {
            Some("server" | "consumer") => Signal::Spans,
            Some("log") => Signal::Logs,
            _ => return None,
        };
        of.measured_by.contains(&step?).then(|| of.signal.unwrap_or(Signal::Spans) == signal)
    }

    fn claim(
        &self,
        annotation: Option<Result<AnnotationRef<'_>, WireError>>,
        users: &[StepId],
    ) -> (Claim, Option<(StepChoice, ClassId)>) {
        let annotation = match annotation {
            None => return (Claim::Absent, None),
            Some(Ok(annotation)) => annotation,
            Some(Err(WireError::UnknownVersion)) => return (Claim::UnknownVersion, None),
            Some(Err(_)) => return (Claim::Invalid, None),
        };
        let Some(choice) = self.claimed_step(&annotation) else { return (Claim::UnknownStep, None) };
        if !users.is_empty() && !users.contains(&choice.step) {
            return (Claim::Overruled, None);
        }
        let class = self.classes.get(annotation.class()).copied().unwrap_or(ClassId::new(0));
        (Claim::Accepted, Some((choice, class)))
    }

    fn claimed_step(&self, annotation: &AnnotationRef<'_>) -> Option<StepChoice> {
        let step = *self.steps.get(&PathKey(annotation.product(), annotation.step()))?;
        let objective = match annotation.objective() {
            Some(name) => {
                let id = *self.objectives.get(&PathKey(annotation.product(), name))?;
                // A step that the objective does not have is no use of it; the step alone still stands.
                self.objective_steps[id.index()].contains(&step).then_some(id)
            }
            None => None,
        };
        Some(StepChoice { step, objective })
    }
}

fn note_uses(id: StepId, step: &Step, operations: &Operations, uses: &mut [OperationUse]) {
    for (operation, _) in step.operations() {
        let Some(of) = operations.id(operation).map(|o| &mut uses[o.index()]) else { continue };
        if !of.steps.contains(&id) {
            of.steps.push(id);
        }
        if step.measure.contains(operation) && !of.measured_by.contains(&id) {
            of.measured_by.push(id);
        }
    }
}

fn objective_steps(declared: &Declarations<'_>, steps: &HashMap<(Name, Name), StepId>) -> Vec<Vec<StepId>> {
    let of = |o: &Objective| {
        o.steps.iter().filter_map(|u| steps.get(&PathKey(o.product.as_str(), u.step.as_str())).copied()).collect()
    };
    declared.objectives.iter().map(of).collect()
}

/// Looks up a pair of names by their texts.
#[derive(Hash)]
struct PathKey<'a>(&'a str, &'a str);

impl hashbrown::Equivalent<(Name, Name)> for PathKey<'_> {
    fn equivalent(&self, key: &(Name, Name)) -> bool {
        key.0.as_str() == self.0 && key.1.as_str() == self.1
    }
}
