//! Server-side annotation: the step, class and role of one event, decided by claim, rules and declared operations.

use crate::compile::{AgentMemo, Best, CheckScratch, RuleIndex};
use crate::event::Event;
use crate::field::{FieldPlan, Slot, Slots};
use crate::operations::Operations;
use crate::routes::{Guard, RouteMemo, Routes};
use crate::rule::{Rule, StepChoice, TraceRule};
use crate::wire::{AnnotationRef, WireError};
use crate::words::{Word, Words};
use hashbrown::HashMap;
use milepost_model::{
    ClassId, Name, Objective, ObjectiveId, Operation, OperationId, RuleId, Service, Signal, Step, StepId, TrafficClass,
};
use std::sync::atomic::{AtomicU64, Ordering};

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
    /// Tells it from those of other registries.
    identity: u64,
    words: Words,
    routes: Routes,
    operations: Operations,
    uses: Vec<OperationUse>,
    rules: RuleIndex,
    /// By product and name.
    steps: HashMap<(Word, Word), StepId>,
    /// By product and name, with the steps of each.
    objectives: HashMap<(Word, Word), (ObjectiveId, Vec<StepId>)>,
    classes: HashMap<Word, ClassId>,
}

/// Who uses one declared operation; steps in their order.
#[derive(Debug)]
struct OperationUse {
    steps: Vec<StepId>,
    measured_by: Vec<StepId>,
    /// The signal that its service is measured by; spans for a service that nobody declared.
    signal: Signal,
}

/// Reusable memory of one thread's annotating, whatever the registry.
#[derive(Debug, Default)]
pub struct Scratch {
    /// The annotator whose answers are remembered; 0 is none.
    identity: u64,
    rpc: String,
    checks: CheckScratch,
    routes: RouteMemo,
    agents: AgentMemo,
}

impl Scratch {
    /// Forgets what another annotator said.
    fn serve(&mut self, identity: u64) {
        if self.identity != identity {
            self.identity = identity;
            self.routes.clear();
            self.agents.clear();
        }
    }
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

impl Claim {
    /// The name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Accepted => "accepted",
            Self::Overruled => "overruled",
            Self::UnknownStep => "unknown-step",
            Self::UnknownVersion => "unknown-version",
            Self::Invalid => "invalid",
        }
    }
}

/// How far those are believed from whom an event comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trust {
    /// A product's own parts: their claims are believed.
    #[default]
    Internal,
    /// Whoever: their claims say which step is served, and never that it is none of a user's. Rules can.
    Public,
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
    /// It is at the measuring point of several steps, and nothing tells which of them it serves.
    pub is_undecided: bool,
    /// What became of the annotation it carried.
    pub claim: Claim,
    /// The annotation names a class in which those from whom the event comes cannot put it.
    pub is_class_refused: bool,
    /// The interaction that the annotation names.
    pub interaction: Option<&'a str>,
}

impl Annotator {
    /// Compiles the declarations, and adds the keys that rules look at to the plan.
    pub fn new(declared: &Declarations<'_>, plan: &mut FieldPlan) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let mut words = Words::default();
        let mut routes = Routes::default();
        let operations = declare_operations(declared, &mut words, &mut routes);
        let rules = RuleIndex::new(declared.rules, plan, &mut words, &mut routes);
        let steps = (declared.steps.iter().enumerate())
            .map(|(at, step)| (key(&mut words, &step.product, &step.name), StepId::new(at)))
            .collect();
        let classes = declared.classes.iter().enumerate().map(|(at, c)| (words.add(c.as_str()), ClassId::new(at)));
        Self {
            identity: NEXT.fetch_add(1, Ordering::Relaxed),
            classes: classes.collect(),
            objectives: objectives(declared.objectives, &steps, &mut words),
            steps,
            uses: operation_uses(declared, &operations),
            words,
            routes,
            operations,
            rules,
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
    /// Its step, in this order: the claim it carries, unless the registry declares the operation for other steps only; the best rule; the
    /// operation itself, when exactly one step uses it. Its class: the one that the claim names, whatever became of its step, if that is not
    /// the interactive one; the best rule for classes; else interactive.
    pub fn annotate<'a>(&self, slots: &Slots<'a>, scratch: &mut Scratch) -> Annotated<'a> {
        self.annotate_from(Trust::Internal, slots, scratch)
    }

    /// The same of an event from those who are trusted so far: a class that a claim from [`Trust::Public`] names is as good as none.
    pub fn annotate_from<'a>(&self, trust: Trust, slots: &Slots<'a>, scratch: &mut Scratch) -> Annotated<'a> {
        scratch.serve(self.identity);
        let Scratch { rpc, checks, routes, agents, .. } = scratch;
        let event = Event::new(slots, &self.words, rpc);
        let mut best = Best::default();
        let routed = self.routed(&event, routes, &mut |ranks| self.rules.improve(&mut best, ranks, &event, checks));
        self.rules.improve_by_others(&mut best, &event, checks, agents);
        let (step_rule, class_rule) = (self.rules.for_step(best), self.rules.for_class(best));
        let operation = self.operations.find(&event, routed);
        let users = operation.map_or(&[][..], |o| self.users(o));
        let annotation = slots.text(Slot::ANNOTATION).map(AnnotationRef::copied);
        let (claim, claimed) = self.claim(annotation, users);
        let named_class = annotation.and_then(Result::ok).and_then(|a| self.claimed_class(a));
        let claimed_class = named_class.filter(|_| trust == Trust::Internal);
        let class_rule = class_rule.filter(|_| claimed_class.is_none());
        let step_rule = step_rule.filter(|_| claimed.is_none());
        let (choice, origin) = match (claimed, step_rule.and_then(|r| r.step), users) {
            (Some(choice), _, _) => (Some(choice), Origin::Client),
            (None, Some(choice), _) => (Some(choice), Origin::Rule),
            (None, None, [only]) => (Some(StepChoice { step: *only, objective: None }), Origin::Operation),
            _ => (None, Origin::None),
        };
        let attempt = self.attempt(operation, choice.map(|c| c.step), slots.text(Slot::KIND));
        Annotated {
            step: choice.map(|c| c.step),
            objective: choice.and_then(|c| c.objective),
            class: claimed_class.or_else(|| class_rule.and_then(|r| r.class)).unwrap_or(ClassId::new(0)),
            origin,
            rule: step_rule.map(|r| r.id),
            class_rule: class_rule.map(|r| r.id),
            operation,
            is_attempt: attempt == Some(true),
            is_other_signal: attempt == Some(false),
            is_undecided: choice.is_none() && self.is_shared(operation, slots.text(Slot::KIND)),
            claim,
            is_class_refused: named_class != claimed_class,
            interaction: annotation.and_then(Result::ok).and_then(AnnotationRef::interaction),
        }
    }

    /// All rules that hold for an event, best first: for explaining one, not for the hot path.
    pub fn matching_rules(&self, slots: &Slots<'_>, scratch: &mut Scratch) -> Vec<RuleId> {
        scratch.serve(self.identity);
        let Scratch { rpc, checks, routes, .. } = scratch;
        let event = Event::new(slots, &self.words, rpc);
        let mut routed = Vec::new();
        self.routed(&event, routes, &mut |ranks| routed.extend_from_slice(ranks));
        self.rules.all(&routed, &event, checks)
    }

    /// The operation that the path leads to, or else the route: a server may have been asked under a prefix. Calls `rules` with the rules that
    /// both lead to, by rank.
    fn routed(&self, event: &Event<'_>, memo: &mut RouteMemo, rules: &mut impl FnMut(&[u32])) -> Option<OperationId> {
        let guard = Guard { service: event.service, method: event.method };
        let mut operation = None;
        if let Some(path) = event.raw_path() {
            let found = self.routes.find(path, guard, &self.words, memo);
            rules(found.path_rules);
            operation = found.operation;
            if operation.is_some() && !self.rules.has_route_rules() {
                return operation;
            }
        }
        if let Some(route) = event.route() {
            let found = self.routes.find(route, guard, &self.words, memo);
            rules(found.route_rules);
            if event.raw_path().is_none() {
                rules(found.path_rules);
            }
            operation = operation.or(found.operation);
        }
        operation
    }

    /// Whether an event at this operation stands for an attempt of the step: yes, only by the other signal, or no.
    fn attempt(&self, operation: Option<OperationId>, step: Option<StepId>, kind: Option<&str>) -> Option<bool> {
        let of = &self.uses[operation?.index()];
        let signal = signal(kind)?;
        of.measured_by.binary_search(&step?).is_ok().then_some(of.signal == signal)
    }

    /// Whether attempts of several steps are counted at this operation, for events of this kind.
    fn is_shared(&self, operation: Option<OperationId>, kind: Option<&str>) -> bool {
        let Some(of) = operation.map(|operation| &self.uses[operation.index()]) else { return false };
        of.measured_by.len() > 1 && signal(kind) == Some(of.signal)
    }

    /// What becomes of the step that an event claims to serve.
    fn claim(
        &self,
        annotation: Option<Result<AnnotationRef<'_>, WireError>>,
        users: &[StepId],
    ) -> (Claim, Option<StepChoice>) {
        let annotation = match annotation {
            None => return (Claim::Absent, None),
            Some(Ok(annotation)) => annotation,
            Some(Err(WireError::UnknownVersion)) => return (Claim::UnknownVersion, None),
            Some(Err(_)) => return (Claim::Invalid, None),
        };
        let Some(choice) = self.claimed_step(&annotation) else { return (Claim::UnknownStep, None) };
        if !users.is_empty() && users.binary_search(&choice.step).is_err() {
            return (Claim::Overruled, None);
        }
        (Claim::Accepted, Some(choice))
    }

    /// The class that a claim names, if the registry has it and it is not the interactive one, which anybody is in who says nothing.
    fn claimed_class(&self, annotation: AnnotationRef<'_>) -> Option<ClassId> {
        self.classes.get(&self.words.find(annotation.class())).copied().filter(|class| class.index() != 0)
    }

    fn claimed_step(&self, annotation: &AnnotationRef<'_>) -> Option<StepChoice> {
        let key = |name| (self.words.find(annotation.product()), self.words.find(name));
        let step = *self.steps.get(&key(annotation.step()))?;
        let objective = match annotation.objective() {
            Some(name) => {
                let (id, steps) = self.objectives.get(&key(name))?;
                // A step that the objective does not have is no use of it; the step alone still stands.
                steps.contains(&step).then_some(*id)
            }
            None => None,
        };
        Some(StepChoice { step, objective })
    }
}

/// The signal of events of a kind that can stand for attempts.
fn signal(kind: Option<&str>) -> Option<Signal> {
    match kind? {
        "server" | "consumer" => Some(Signal::Spans),
        "log" => Some(Signal::Logs),
        _ => None,
    }
}

fn key(words: &mut Words, product: &Name, name: &Name) -> (Word, Word) {
    (words.add(product.as_str()), words.add(name.as_str()))
}

fn declare_operations(declared: &Declarations<'_>, words: &mut Words, routes: &mut Routes) -> Operations {
    let mut operations = Operations::default();
    for service in declared.services {
        for action in &service.actions {
            operations.declare(&Operation { service: service.name.clone(), action: action.clone() }, words, routes);
        }
    }
    for rule in declared.trace_rules {
        for operation in std::iter::once(&rule.root).chain(&rule.when).chain(&rule.requires) {
            operations.declare(operation, words, routes);
        }
    }
    for (operation, _) in declared.steps.iter().flat_map(Step::operations) {
        operations.declare(operation, words, routes);
    }
    operations
}

fn operation_uses(declared: &Declarations<'_>, operations: &Operations) -> Vec<OperationUse> {
    let mut signals: HashMap<&Name, Signal> = HashMap::new();
    for service in declared.services {
        signals.entry(&service.name).or_insert(service.measured_by);
    }
    let signal = |o: &Operation| signals.get(&o.service).copied().unwrap_or(Signal::Spans);
    let new = |o: &Operation| OperationUse { steps: Vec::new(), measured_by: Vec::new(), signal: signal(o) };
    let mut uses: Vec<OperationUse> = operations.declared().iter().map(new).collect();
    // Steps come in order, so one that is noted already is the last.
    let note = |steps: &mut Vec<StepId>, id| {
        if steps.last() != Some(&id) {
            steps.push(id);
        }
    };
    for (at, step) in declared.steps.iter().enumerate() {
        let used = |operation| operations.id(operation).expect("operations of steps were declared").index();
        for (operation, _) in step.operations() {
            note(&mut uses[used(operation)].steps, StepId::new(at));
        }
        for operation in &step.measure {
            note(&mut uses[used(operation)].measured_by, StepId::new(at));
        }
    }
    uses
}

fn objectives(
    declared: &[Objective],
    steps: &HashMap<(Word, Word), StepId>,
    words: &mut Words,
) -> HashMap<(Word, Word), (ObjectiveId, Vec<StepId>)> {
    let mut of = |(at, objective): (usize, &Objective)| {
        let used = objective.steps.iter().filter_map(|u| steps.get(&key(words, &objective.product, &u.step)).copied());
        let used = used.collect();
        (key(words, &objective.product, &objective.name), (ObjectiveId::new(at), used))
    };
    declared.iter().enumerate().map(&mut of).collect()
}

#[cfg(test)]
mod tests;
