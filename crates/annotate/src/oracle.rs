//! For tests: events as plain fields, and the obvious way to hold rules against them, written without a look at the code that is tested.

use crate::field::{FieldPlan, Slot, Slots, Value};
use crate::pattern::TextPattern;
use crate::rule::{Confidence, Predicate, Rule, StepChoice, Subject, Test};
use milepost_model::{ClassId, PathTemplate, Segment, StepId};
use proptest::prelude::*;
use proptest::sample::select;

/// What an event says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields {
    pub(crate) service: Option<String>,
    pub(crate) span: Option<String>,
    pub(crate) kind: Option<String>,
    pub(crate) rpc: Option<(String, String)>,
    pub(crate) method: Option<String>,
    pub(crate) route: Option<String>,
    pub(crate) path: Option<String>,
    pub(crate) query: Option<String>,
    pub(crate) agent: Option<String>,
    pub(crate) host: Option<String>,
    pub(crate) destination: Option<String>,
    /// The header `x-a`.
    pub(crate) header: Option<String>,
    /// The attribute `app.n`, a number.
    pub(crate) number: Option<i64>,
    pub(crate) annotation: Option<String>,
}

impl Fields {
    pub(crate) fn slots(&self, plan: &mut FieldPlan) -> Slots<'_> {
        let (header, number) = (plan.want_header("x-a"), plan.want_attribute("app.n"));
        let mut slots = plan.slots();
        let texts = [
            (Slot::SERVICE, &self.service),
            (Slot::SPAN_NAME, &self.span),
            (Slot::KIND, &self.kind),
            (Slot::METHOD, &self.method),
            (Slot::ROUTE, &self.route),
            (Slot::PATH, &self.path),
            (Slot::QUERY, &self.query),
            (Slot::USER_AGENT, &self.agent),
            (Slot::HOST, &self.host),
            (Slot::DESTINATION, &self.destination),
            (header, &self.header),
            (Slot::ANNOTATION, &self.annotation),
        ];
        for (slot, text) in texts {
            slots.set(slot, text.as_deref().map_or(Value::Missing, Value::Text));
        }
        if let Some((service, method)) = &self.rpc {
            slots.set(Slot::RPC_SERVICE, Value::Text(service));
            slots.set(Slot::RPC_METHOD, Value::Text(method));
        }
        if let Some(value) = self.number {
            slots.set(number, Value::Int(value));
        }
        slots
    }

    fn value(&self, subject: &Subject) -> Option<String> {
        match subject {
            Subject::Service => self.service.clone(),
            Subject::Span => self.span.clone(),
            Subject::Kind => self.kind.clone(),
            Subject::Rpc => self.rpc.as_ref().map(|(service, method)| format!("{service}/{method}")),
            Subject::Method => self.method.clone(),
            Subject::Route => self.route.clone(),
            Subject::Path => self.path.clone().or_else(|| self.route.clone()),
            Subject::Query => self.query.clone(),
            Subject::QueryParameter(name) => self.query.as_ref().and_then(|query| {
                let mut pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
                pairs.find(|(key, _)| key == name).map(|(_, value)| value.to_owned())
            }),
            Subject::UserAgent => self.agent.clone(),
            Subject::Host => self.host.clone(),
            Subject::Header(_) => self.header.clone(),
            Subject::Attribute(_) => self.number.map(|n| n.to_string()),
            Subject::Peer => None,
        }
    }
}

/// Whether one predicate holds, all templates of a path counting.
pub(crate) fn holds(predicate: &Predicate, fields: &Fields) -> bool {
    let value = fields.value(&predicate.subject);
    match &predicate.test {
        Test::Present(there) => value.is_some() == *there,
        Test::Path(templates) => value.is_some_and(|path| templates.iter().any(|t| fits(t, &path))),
        Test::Text(patterns) => value.is_some_and(|value| {
            let no_case =
                matches!(predicate.subject, Subject::Method | Subject::Host | Subject::Kind | Subject::UserAgent);
            patterns.iter().any(|pattern| matches(pattern, &value, no_case))
        }),
    }
}

/// The regular expressions that occur in tests mean this.
fn matches(pattern: &TextPattern, value: &str, no_case: bool) -> bool {
    let fold = |text: &str| if no_case { text.to_ascii_lowercase() } else { text.to_owned() };
    let (pattern, value) = (fold(&pattern.to_string()), fold(value));
    match pattern.strip_prefix("regex ") {
        Some("^a") => value.starts_with('a'),
        Some("^/a") => value.starts_with("/a"),
        Some("b$") => value.ends_with('b'),
        Some("get|b") => value.contains("get") || value.contains('b'),
        Some(other) => panic!("unknown expression {other}"),
        None => glob(pattern.as_bytes(), value.as_bytes()),
    }
}

/// By trying every split.
pub(crate) fn glob(pattern: &[u8], text: &[u8]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((b'*', rest)) => (0..=text.len()).any(|i| glob(rest, &text[i..])),
        Some((c, rest)) => text.first() == Some(c) && glob(rest, &text[1..]),
    }
}

/// Whether a path has the shape of a template.
pub(crate) fn fits(template: &PathTemplate, path: &str) -> bool {
    fn rest_fits(segments: &[Segment], parts: &[&str]) -> bool {
        match (segments, parts) {
            ([Segment::Rest(_)], _) | ([], []) => true,
            ([segment, segments @ ..], [part, parts @ ..]) => {
                let one = match segment {
                    Segment::Literal(text) => text == part,
                    Segment::Parameter { prefix, suffix, .. } => {
                        let inside = part.strip_prefix(prefix.as_str()).and_then(|p| p.strip_suffix(suffix.as_str()));
                        inside.is_some_and(|inside| !inside.is_empty())
                    }
                    Segment::Rest(_) => unreachable!("a rest is last"),
                };
                one && rest_fits(segments, parts)
            }
            _ => false,
        }
    }
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    rest_fits(template.segments(), &parts)
}

/// How specific one way is: literal segments, parameters with text around them, other predicates.
pub(crate) type Way = (usize, usize, usize);

/// The ways in which a rule holds for an event; none when it does not hold.
pub(crate) fn ways(rule: &Rule, fields: &Fields) -> Vec<Way> {
    let with_templates =
        |subject: Subject| rule.predicates.iter().position(|p| p.subject == subject && matches!(p.test, Test::Path(_)));
    if !rule.predicates.iter().all(|p| holds(p, fields)) {
        return Vec::new();
    }
    let Some(at) = with_templates(Subject::Path).or_else(|| with_templates(Subject::Route)) else {
        return vec![(0, 0, rule.predicates.len())];
    };
    let Test::Path(templates) = &rule.predicates[at].test else { unreachable!() };
    let path = fields.value(&rule.predicates[at].subject).unwrap_or_default();
    let way = |template: &PathTemplate| {
        // As it is written, a literal has no brace, and a parameter alone is all brace.
        let text = template.to_string();
        let parts: Vec<&str> = text.split('/').filter(|part| !part.is_empty()).collect();
        let literal = parts.iter().filter(|part| !part.contains('{')).count();
        let bare = parts.iter().filter(|part| part.starts_with('{') && part.ends_with('}')).count();
        (literal, parts.len() - literal - bare, rule.predicates.len() - 1)
    };
    templates.iter().filter(|t| fits(t, &path)).map(way).collect()
}

/// The best rule for an event among those that `counts` admits.
pub(crate) fn best(rules: &[Rule], fields: &Fields, counts: impl Fn(&Rule) -> bool) -> Option<usize> {
    let of =
        |(at, rule): (usize, &Rule)| ways(rule, fields).into_iter().max().map(|rank| (rank, std::cmp::Reverse(at)));
    rules.iter().enumerate().filter(|(_, rule)| counts(rule)).filter_map(of).max().map(|(_, at)| at.0)
}

pub(crate) fn rule(predicates: Vec<Predicate>, step: Option<usize>, class: Option<usize>) -> Rule {
    Rule {
        id: "rules/one".into(),
        predicates,
        step: step.map(|step| StepChoice { step: StepId::new(step), objective: None }),
        class: class.map(ClassId::new),
        assumption: String::new(),
        confidence: Confidence::Medium,
    }
}

/// A predicate as a registry file writes it: globs, templates for `path` and `route`, `regex EXPRESSION`, `present`, `absent`.
pub(crate) fn predicate(key: &str, values: &[&str]) -> Predicate {
    let subject = Subject::parse(key).unwrap();
    let no_case = subject == Subject::UserAgent;
    let pattern = |text: &&str| match text.strip_prefix("regex ") {
        Some(text) => TextPattern::regex(text, no_case).unwrap(),
        None => TextPattern::glob(text, no_case).unwrap(),
    };
    let test = match (key, values) {
        (_, ["present"]) => Test::Present(true),
        (_, ["absent"]) => Test::Present(false),
        ("path" | "route", [first, ..]) if first.starts_with('/') => {
            Test::Path(values.iter().map(|text| text.parse().unwrap()).collect())
        }
        _ => Test::Text(values.iter().map(pattern).collect()),
    };
    Predicate { subject, test }
}

/// Templates of a few segments that often fit the same paths.
pub(crate) fn template() -> impl Strategy<Value = String> {
    let segment = select(vec!["a", "b", "{x}", "{y}", "a{x}", "{x}b", "{x}.b", "a{x}.b", "a.b"]);
    (prop::collection::vec(segment, 0..4), any::<bool>())
        .prop_map(|(segments, rest)| format!("/{}{}", segments.join("/"), if rest { "/{rest...}" } else { "" }))
}

/// Paths that often fit them.
pub(crate) fn path() -> impl Strategy<Value = String> {
    "(//?(a|b|ab|aab|abb|a\\.b|ab\\.b|b\\.a\\.b|\\.b|c)){0,4}/?"
}
