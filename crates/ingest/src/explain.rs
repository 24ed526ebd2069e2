//! Why one event got its step: everything that was looked at, in words.

use crate::recorder::Setup;
use milepost_annotate::{Annotated, Claim, Origin, Slot, Slots};
use milepost_facts::{Fact, NameTables, TraceId};
use milepost_model::RuleId;

/// Asks a recorder to explain the event at a position of a file.
#[derive(Clone, Debug)]
pub struct Watch {
    /// The position, from 1.
    pub position: u64,
    /// What was found of it.
    pub found: Option<Explanation>,
}

/// What an event says, which rules hold for it, and what was decided.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// What the registry looks at, as the event has it.
    pub fields: Vec<(String, String)>,
    /// The operation, and whether it is declared.
    pub operation: (String, bool),
    /// The steps that use the operation.
    pub users: Vec<String>,
    /// What became of the annotation that it carried.
    pub claim: Claim,
    /// The rules that hold, best first.
    pub rules: Vec<RuleFound>,
    /// The step.
    pub step: Option<String>,
    /// How it came by its step.
    pub origin: Origin,
    /// Its class.
    pub class: String,
    /// Whether it counts as an attempt.
    pub is_attempt: bool,
    /// It would, if its service were measured by the other signal.
    pub is_other_signal: bool,
    /// It is at the measuring point of several steps, and nothing says which it serves.
    pub is_undecided: bool,
    /// The trace it belongs to.
    pub trace: Option<TraceId>,
    /// How it ended.
    pub outcome: &'static str,
}

/// A rule that holds for an event.
#[derive(Clone, Debug)]
pub struct RuleFound {
    /// The rule.
    pub id: String,
    /// What it looks at, in words.
    pub conditions: Vec<String>,
    /// What it gives.
    pub gives: String,
    /// What it takes for granted.
    pub assumption: String,
    /// How sure that is.
    pub confidence: &'static str,
    /// It gave the step or the class.
    pub decided: bool,
}

/// The slots that every plan has, by the names that rules use.
const FIELDS: [(&str, Slot); 17] = [
    ("service", Slot::SERVICE),
    ("kind", Slot::KIND),
    ("span", Slot::SPAN_NAME),
    ("rpc service", Slot::RPC_SERVICE),
    ("rpc", Slot::RPC_METHOD),
    ("method", Slot::METHOD),
    ("route", Slot::ROUTE),
    ("path", Slot::PATH),
    ("query", Slot::QUERY),
    ("host", Slot::HOST),
    ("peer", Slot::PEER),
    ("userAgent", Slot::USER_AGENT),
    ("message", Slot::DESTINATION),
    ("HTTP status", Slot::HTTP_STATUS),
    ("gRPC status", Slot::GRPC_STATUS),
    ("error type", Slot::ERROR_TYPE),
    ("annotation", Slot::ANNOTATION),
];

impl Explanation {
    pub(crate) fn new(
        setup: &Setup,
        tables: &NameTables,
        slots: &Slots<'_>,
        fact: &Fact<'_>,
        annotated: &Annotated<'_>,
        rules: Vec<RuleId>,
    ) -> Self {
        let registry = &setup.registry;
        let step_name = |id: milepost_model::StepId| registry.steps[id.index()].name.to_string();
        let extra = setup.plan.extra_attributes();
        let named = FIELDS.into_iter().chain(extra.iter().map(|(key, slot)| (*key, *slot)));
        let fields = named.filter(|(_, slot)| slots.get(*slot).is_present());
        let found = |id: RuleId| {
            let rule = &registry.rules[id.index()];
            let step = rule.step.map(|choice| format!("step {}", step_name(choice.step)));
            let class = rule.class.map(|class| format!("class {}", registry.classes[class.index()]));
            RuleFound {
                id: rule.id.clone(),
                conditions: rule.predicates.iter().map(|p| p.told(slots, &setup.plan)).collect(),
                gives: step.into_iter().chain(class).collect::<Vec<_>>().join(" and "),
                assumption: rule.assumption.clone(),
                confidence: rule.confidence.as_str(),
                decided: annotated.rule == Some(id) || annotated.class_rule == Some(id),
            }
        };
        Self {
            fields: fields.map(|(name, slot)| (name.to_owned(), slots.get(slot).to_string())).collect(),
            operation: (
                tables.operations.text(fact.operation).unwrap_or_default().to_owned(),
                annotated.operation.is_some(),
            ),
            users: annotated
                .operation
                .map_or(&[][..], |o| setup.annotator.users(o))
                .iter()
                .map(|s| step_name(*s))
                .collect(),
            claim: annotated.claim,
            rules: rules.into_iter().map(found).collect(),
            step: annotated.step.map(step_name),
            origin: annotated.origin,
            class: registry.classes[annotated.class.index()].to_string(),
            is_attempt: annotated.is_attempt,
            is_other_signal: annotated.is_other_signal,
            is_undecided: annotated.is_undecided,
            trace: Some(fact.trace).filter(|trace| !trace.is_none()),
            outcome: fact.outcome.as_str(),
        }
    }
}
