//! One predicate of a rule, ready to be held against events.

use crate::event::Event;
use crate::field::{FieldPlan, Slot, Value};
use crate::pattern::{AnyOf, TextPattern};
use crate::rule::{Predicate, Subject, Test};
use milepost_model::PathTemplate;
use std::fmt::Write as _;

/// Where the value that a predicate looks at is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// In a slot.
    Slot(Slot),
    /// The path as it came; the route where telemetry has no path.
    Path,
    /// The route that the server matched.
    Route,
    /// The full RPC method.
    Rpc,
    /// The first parameter of that name in the query, as it is on the wire.
    Parameter(Box<str>),
}

impl Source {
    /// What tells most rules apart, beside paths.
    pub(crate) const TELLING: [Self; 4] =
        [Self::Slot(Slot::SERVICE), Self::Slot(Slot::METHOD), Self::Rpc, Self::Slot(Slot::SPAN_NAME)];

    /// Where the value of a subject is found; asks the plan for it.
    pub(crate) fn new(subject: &Subject, plan: &mut FieldPlan) -> Self {
        Self::Slot(match subject {
            Subject::Path => return Self::Path,
            Subject::Route => return Self::Route,
            Subject::Rpc => return Self::Rpc,
            Subject::QueryParameter(name) => return Self::Parameter(name.as_str().into()),
            Subject::Service => Slot::SERVICE,
            Subject::Span => Slot::SPAN_NAME,
            Subject::Kind => Slot::KIND,
            Subject::Method => Slot::METHOD,
            Subject::Query => Slot::QUERY,
            Subject::UserAgent => Slot::USER_AGENT,
            Subject::Peer => Slot::PEER,
            Subject::Host => Slot::HOST,
            Subject::Header(name) => plan.want_header(name),
            Subject::Attribute(name) => plan.want_attribute(name),
        })
    }

    /// Whether upper and lower case are the same there: names of hosts, and what is written in one case by everybody but not in the same.
    pub(super) fn ignores_case(&self) -> bool {
        matches!(self, Self::Slot(Slot::METHOD | Slot::HOST | Slot::KIND | Slot::USER_AGENT))
    }

    /// A pattern as it is held against values from there.
    pub(crate) fn pattern(&self, pattern: &TextPattern) -> TextPattern {
        if self.ignores_case() { pattern.ignoring_case() } else { pattern.clone() }
    }

    /// The value that an event has there.
    pub(crate) fn value<'e>(&self, event: &Event<'e>) -> Value<'e> {
        let optional = |text: Option<&'e str>| text.map_or(Value::Missing, Value::Text);
        match self {
            Self::Slot(slot) => event.slots.get(*slot),
            Self::Path => optional(event.path()),
            Self::Route => optional(event.route()),
            Self::Rpc => optional(event.rpc),
            Self::Parameter(name) => optional(event.slots.text(Slot::QUERY).and_then(|query| parameter(query, name))),
        }
    }

    /// That value as text; `shown` is overwritten when it is a number.
    pub(crate) fn text<'s>(&self, event: &Event<'s>, shown: &'s mut String) -> Option<&'s str> {
        match self.value(event) {
            Value::Missing => None,
            Value::Text(text) => Some(text),
            number => {
                shown.clear();
                let _ = write!(shown, "{number}");
                Some(shown)
            }
        }
    }
}

/// The value of the first parameter of that name, as it is on the wire; empty when it has none.
fn parameter<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = query.as_bytes();
    let mut at = 0;
    loop {
        let end = memchr::memchr(b'&', rest).unwrap_or(rest.len());
        if let Some(value) = rest[..end].strip_prefix(name.as_bytes()) {
            match value.first() {
                None => return Some(""),
                Some(b'=') => return Some(&query[at + name.len() + 1..at + end]),
                Some(_) => {}
            }
        }
        rest = rest.get(end + 1..)?;
        at += end + 1;
    }
}

/// What must hold of the value.
#[derive(Debug)]
enum Condition {
    Text(AnyOf),
    Shape(Vec<PathTemplate>),
    Present(bool),
}

/// A predicate ready to be checked.
#[derive(Debug)]
pub(crate) struct Check {
    source: Source,
    condition: Condition,
}

/// Memory for looking at values, used again for the next.
#[derive(Debug, Default)]
pub(crate) struct CheckScratch {
    /// A number as text.
    pub(super) shown: String,
    /// A text in lower case.
    pub(super) folded: String,
}

impl Check {
    pub(crate) fn new(predicate: &Predicate, source: Source) -> Self {
        let condition = match &predicate.test {
            Test::Text(patterns) => {
                let patterns: Vec<TextPattern> = patterns.iter().map(|p| source.pattern(p)).collect();
                Condition::Text(AnyOf::new(&patterns))
            }
            Test::Path(templates) => Condition::Shape(templates.clone()),
            Test::Present(there) => Condition::Present(*there),
        };
        Self { source, condition }
    }

    /// How dear it is to check: what is cheap is tried first.
    pub(crate) fn cost(&self) -> usize {
        let looking = usize::from(!matches!(self.source, Source::Slot(_)));
        looking
            + match &self.condition {
                Condition::Present(_) => 0,
                Condition::Text(any) => any.cost(),
                Condition::Shape(templates) => 2 * templates.len(),
            }
    }

    pub(crate) fn holds(&self, event: &Event<'_>, scratch: &mut CheckScratch) -> bool {
        let CheckScratch { shown, folded } = scratch;
        match (&self.condition, self.source.text(event, shown)) {
            (Condition::Present(there), text) => text.is_some() == *there,
            (_, None) => false,
            (Condition::Text(any), Some(text)) => any.matches(text, folded),
            (Condition::Shape(templates), Some(text)) => templates.iter().any(|template| template.matches(text)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_parameter_is_the_first_of_its_name(query in "[ab=&é]{0,12}", name in "[ab]{1,2}") {
            let mut pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
            prop_assert_eq!(parameter(&query, &name), pairs.find(|(key, _)| *key == name).map(|(_, value)| value));
        }
    }
}
