//! Server-side rules as they are declared: what to look at, what it must look like, and what follows.

use crate::compile::Source;
use crate::event::Event;
use crate::field::{FieldPlan, Slots};
use crate::pattern::TextPattern;
use crate::words::Words;
use milepost_model::{ClassId, Name, ObjectiveId, Operation, PathTemplate, StepId};
use std::fmt;

/// How sure the author of a rule is of its assumption.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// It is a guess that is right more often than not.
    Low,
    /// It is right in most cases; the exceptions are known.
    Medium,
    /// Nothing else sends such requests.
    High,
}

impl Confidence {
    /// The name in registry files and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }

    /// The level of a name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Low, Self::Medium, Self::High].into_iter().find(|c| c.as_str() == text)
    }
}

/// A step, or one use of it, that a rule decides for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StepChoice {
    /// The step.
    pub step: StepId,
    /// The objective, when the rule knows for which one the step is used.
    pub objective: Option<ObjectiveId>,
}

/// One rule: requests that look so serve this step, or are of this class.
#[derive(Clone, Debug)]
pub struct Rule {
    /// `document/rule`, unique in the registry.
    pub id: String,
    /// What must hold, all of it.
    pub predicates: Vec<Predicate>,
    /// The step, when the rule names one.
    pub step: Option<StepChoice>,
    /// The traffic class, when the rule names one.
    pub class: Option<ClassId>,
    /// What the rule takes for granted, in words.
    pub assumption: String,
    /// How sure that is.
    pub confidence: Confidence,
}

/// One condition of a rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Predicate {
    /// What is looked at.
    pub subject: Subject,
    /// What it must look like.
    pub test: Test,
}

/// What a predicate looks at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// The service's name.
    Service,
    /// The span's name.
    Span,
    /// Span kind, or `log`.
    Kind,
    /// The full RPC method.
    Rpc,
    /// The HTTP method.
    Method,
    /// The route template that the server matched.
    Route,
    /// The path as it came; the route where telemetry has no path.
    Path,
    /// The whole query.
    Query,
    /// One parameter of the query.
    QueryParameter(String),
    /// A request header, by lower-case name.
    Header(String),
    /// Any attribute.
    Attribute(String),
    /// The user agent; upper and lower case are the same.
    UserAgent,
    /// The client's address.
    Peer,
    /// The host asked.
    Host,
}

impl Subject {
    /// Subjects without a name of their own, with their keys in registry files.
    pub const SIMPLE: [(&str, Self); 11] = [
        ("service", Self::Service),
        ("span", Self::Span),
        ("kind", Self::Kind),
        ("rpc", Self::Rpc),
        ("method", Self::Method),
        ("route", Self::Route),
        ("path", Self::Path),
        ("query", Self::Query),
        ("userAgent", Self::UserAgent),
        ("peer", Self::Peer),
        ("host", Self::Host),
    ];

    /// The subject of a key: `method`, `query.page`, `header.x-client`, `attribute.app.version`.
    pub fn parse(key: &str) -> Option<Self> {
        if let Some((_, subject)) = Self::SIMPLE.iter().find(|(name, _)| *name == key) {
            return Some(subject.clone());
        }
        match key.split_once('.')? {
            (_, "") => None,
            ("query", name) => Some(Self::QueryParameter(name.to_owned())),
            ("header", name) => Some(Self::Header(name.to_ascii_lowercase())),
            ("attribute", name) => Some(Self::Attribute(name.to_owned())),
            _ => None,
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::QueryParameter(name) => write!(f, "query.{name}"),
            Self::Header(name) => write!(f, "header.{name}"),
            Self::Attribute(name) => write!(f, "attribute.{name}"),
            simple => {
                let name = Self::SIMPLE.iter().find(|(_, subject)| subject == simple).map_or("", |(name, _)| *name);
                f.write_str(name)
            }
        }
    }
}

/// What the subject of a predicate must look like.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// Like one of these.
    Text(Vec<TextPattern>),
    /// A path or route of one of these shapes.
    Path(Vec<PathTemplate>),
    /// There or not there, whatever it says.
    Present(bool),
}

impl fmt::Display for Predicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fn join<T: fmt::Display>(items: &[T]) -> String {
            items.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ")
        }
        match &self.test {
            Test::Text(patterns) => write!(f, "{} is {}", self.subject, join(patterns)),
            Test::Path(templates) => write!(f, "{} is {}", self.subject, join(templates)),
            Test::Present(true) => write!(f, "{} is there", self.subject),
            Test::Present(false) => write!(f, "{} is not there", self.subject),
        }
    }
}

impl Predicate {
    /// The condition as an event met it: of several texts only the one that matched, and of a long expression only the part that did.
    pub fn told(&self, slots: &Slots<'_>, plan: &FieldPlan) -> String {
        let Test::Text(patterns) = &self.test else { return self.to_string() };
        let source = Source::new(&self.subject, &mut plan.clone());
        let (words, mut rpc, mut shown) = (Words::default(), String::new(), String::new());
        let event = Event::new(slots, &words, &mut rpc);
        let Some(value) = source.text(&event, &mut shown) else { return self.to_string() };
        let matching = |pattern: &&TextPattern| source.pattern(pattern).matches(value);
        let Some(pattern) = patterns.iter().find(matching) else { return self.to_string() };
        let others = match patterns.len() - 1 {
            0 => String::new(),
            others => format!(" (or one of {others} others)"),
        };
        format!("{} is {}{others}", self.subject, source.pattern(pattern).told(value))
    }
}

/// Which spans of a trace a trace rule looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The direct children of the root.
    RootChildren,
    /// Every span but the root.
    Trace,
}

impl Scope {
    /// The name in registry files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RootChildren => "root-children",
            Self::Trace => "trace",
        }
    }
}

/// A rule that reads the step of an attempt from the shape of its trace.
#[derive(Clone, Debug, PartialEq)]
pub struct TraceRule {
    /// `document/rule`, unique in the registry.
    pub id: String,
    /// The operation of the root span.
    pub root: Operation,
    /// Which spans count as calls.
    pub scope: Scope,
    /// The calls that identify the attempt; the rule with most of them wins.
    pub when: Vec<Operation>,
    /// The calls without which the attempt failed; they never help to identify it.
    pub requires: Vec<Operation>,
    /// The step that the attempt was.
    pub step: StepChoice,
    /// The product of the step.
    pub product: Name,
    /// What the rule takes for granted, in words.
    pub assumption: String,
    /// How sure that is.
    pub confidence: Confidence,
}
