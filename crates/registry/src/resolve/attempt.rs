//! Whether a rule can ever decide for the attempts of its step.
//!
//! Events stand for attempts only at the step's measuring points. A rule that looks at a path, method, RPC, service, span name or kind which no
//! measuring point has can only name the step of other events. That may be meant, for operations that the step uses; where it fits none of
//! those either, it is a slip. Only what is certain counts: a condition on anything else may always hold.

use milepost_annotate::{Predicate, Rule, Subject, Test, TextPattern};
use milepost_model::{Action, Name, Operation, PathTemplate, Segment, Service, Signal, Step};
use std::collections::HashMap;

/// What rules are held against: the steps, and how the services of their measuring points are measured.
pub(super) struct Attempts<'m> {
    steps: &'m [Step],
    signals: HashMap<(&'m Name, &'m Name), Signal>,
}

impl<'m> Attempts<'m> {
    pub(super) fn new(steps: &'m [Step], services: &'m [Service]) -> Self {
        let signals = services.iter().map(|s| ((&s.product, &s.name), s.measured_by)).collect();
        Self { steps, signals }
    }

    /// Whether the rule gives a step that has measuring points, and certainly fits no event at any of them, nor at what the step uses.
    pub(super) fn are_impossible(&self, rule: &Rule) -> bool {
        let Some(step) = rule.step.map(|choice| &self.steps[choice.step.index()]) else { return false };
        let signal = |o: &Operation| self.signals.get(&(&step.product, &o.service)).copied().unwrap_or(Signal::Spans);
        let fits_measure = |o: &Operation| rule.predicates.iter().all(|p| may_hold_for_attempt(p, o, signal(o)));
        let fits_use = |o: &Operation| rule.predicates.iter().all(|p| may_hold_for_use(p, o));
        !step.measure.is_empty()
            && !step.measure.iter().any(fits_measure)
            && !step.dependencies.iter().any(|d| fits_use(&d.operation))
    }
}

/// Whether a condition may hold for an event that stands for an attempt at an operation.
fn may_hold_for_attempt(predicate: &Predicate, operation: &Operation, signal: Signal) -> bool {
    match (&predicate.subject, &predicate.test, &operation.action) {
        (Subject::Kind, Test::Text(patterns), _) => match signal {
            Signal::Spans => matches_any(patterns, &["server", "consumer"]),
            Signal::Logs => matches_any(patterns, &["log"]),
        },
        (subject @ (Subject::Path | Subject::Route), Test::Path(templates), Action::Http { path, .. }) => {
            match signal {
                Signal::Spans => templates.iter().any(|template| may_fit(template, subject, path)),
                // A log line has one path and no route.
                Signal::Logs => templates.iter().any(|template| template.overlaps(path)),
            }
        }
        _ => may_hold(predicate, operation),
    }
}

/// Whether a condition is meant for an operation that a step uses: the path or RPC, when it looks at one, must be that operation's.
fn may_hold_for_use(predicate: &Predicate, operation: &Operation) -> bool {
    match (&predicate.subject, &predicate.test, &operation.action) {
        // The callers' spans are of the caller's service.
        (Subject::Service, ..) => true,
        (subject @ (Subject::Path | Subject::Route), Test::Path(templates), action) => match action {
            Action::Http { path, .. } => templates.iter().any(|template| may_fit(template, subject, path)),
            // As gRPC puts it on the wire.
            Action::Rpc(method) => templates.iter().any(|template| template.matches(method)),
            _ => false,
        },
        (Subject::Rpc, Test::Text(_), action) if !matches!(action, Action::Rpc(_)) => false,
        _ => may_hold(predicate, operation),
    }
}

/// Whether a condition on what an operation is can hold at it.
fn may_hold(predicate: &Predicate, operation: &Operation) -> bool {
    let Test::Text(patterns) = &predicate.test else { return true };
    match (&predicate.subject, &operation.action) {
        (Subject::Service, _) => matches_any(patterns, &[operation.service.as_str()]),
        (Subject::Method, Action::Http { method: Some(method), .. }) => matches_any(patterns, &[method.as_str()]),
        (Subject::Rpc, Action::Rpc(method)) => matches_any(patterns, &[method]),
        (Subject::Span, Action::Span(name) | Action::Event(name)) => matches_any(patterns, &[name]),
        _ => true,
    }
}

fn matches_any(patterns: &[TextPattern], texts: &[&str]) -> bool {
    patterns.iter().any(|pattern| texts.iter().any(|text| pattern.matches(text)))
}

/// Whether a request of the operation's shape may have a path, or a route, of the template's. An operation is recognised by either, and a
/// router that is mounted below another reports only the end of the path as the route.
fn may_fit(template: &PathTemplate, subject: &Subject, operation: &PathTemplate) -> bool {
    match subject {
        Subject::Route => ends(operation).any(|end| end.overlaps(template)),
        _ => ends(template).any(|end| end.overlaps(operation)),
    }
}

/// The template, and what is left of it without its first segments, down to the last one.
fn ends(template: &PathTemplate) -> impl Iterator<Item = PathTemplate> {
    let texts: Vec<String> = template.segments().iter().map(segment_text).collect();
    (0..texts.len().max(1)).filter_map(move |start| format!("/{}", texts[start..].join("/")).parse().ok())
}

fn segment_text(segment: &Segment) -> String {
    match segment {
        Segment::Literal(text) => text.clone(),
        Segment::Parameter { prefix, name, suffix } => format!("{prefix}{{{name}}}{suffix}"),
        Segment::Rest(name) => format!("{{{name}...}}"),
    }
}
