//! Rules compiled for speed: sorted by rank, indexed by what most of them look at, checked against slots only.

use crate::annotator::Scratch;
use crate::field::{FieldPlan, Slot, Slots, Value};
use crate::operations::rpc_method;
use crate::pattern::TextPattern;
use crate::routes::Routes;
use crate::rule::{Predicate, Rule, StepChoice, Subject, Test};
use hashbrown::HashMap;
use milepost_model::{ClassId, PathTemplate, RuleId};
use std::cmp::Reverse;
use std::fmt::Write as _;

/// One way in which a rule can hold, ready to be checked.
#[derive(Debug)]
pub(crate) struct CompiledRule {
    pub(crate) id: RuleId,
    pub(crate) step: Option<StepChoice>,
    pub(crate) class: Option<ClassId>,
    checks: Vec<Check>,
}

#[derive(Debug)]
enum Check {
    Text(Slot, Vec<TextPattern>),
    Rpc(Vec<TextPattern>),
    QueryParameter(Box<str>, Vec<TextPattern>),
    QueryParameterPresent(Box<str>, bool),
    Path(Slot, Vec<PathTemplate>),
    Present(Slot, bool),
}

/// All rules, found by path, RPC, span name or user agent, in order of rank.
#[derive(Debug, Default)]
pub(crate) struct RuleIndex {
    /// Most specific first: a position here is a rank.
    rules: Vec<CompiledRule>,
    by_path: Routes,
    by_rpc: HashMap<String, Vec<u32>>,
    by_span: HashMap<String, Vec<u32>>,
    by_agent: Vec<u32>,
    others: Vec<u32>,
}

/// How specific a rule is: literal path segments, then the number of other predicates, then file order.
pub(crate) type Rank = (Reverse<usize>, Reverse<usize>);

/// A rule with one path template at most, so that it has one rank.
struct Variant<'r> {
    rule: &'r Rule,
    id: RuleId,
    path: Option<(Subject, &'r PathTemplate)>,
}

impl Variant<'_> {
    fn rank(&self) -> Rank {
        let literals = self.path.as_ref().map_or(0, |(_, template)| template.literal_segments());
        (Reverse(literals), Reverse(other_predicates(self.rule)))
    }
}

/// How many predicates a rule has beyond those on path and route.
pub(crate) fn other_predicates(rule: &Rule) -> usize {
    rule.predicates.iter().filter(|p| !matches!(p.test, Test::Path(_))).count()
}

impl RuleIndex {
    pub(crate) fn new(rules: &[Rule], plan: &mut FieldPlan) -> Self {
        let mut variants: Vec<Variant<'_>> = Vec::new();
        for (at, rule) in rules.iter().enumerate() {
            let id = RuleId::new(at);
            let path = rule.predicates.iter().find_map(|p| match &p.test {
                Test::Path(templates) => Some((p.subject.clone(), templates)),
                _ => None,
            });
            match path {
                Some((subject, templates)) => {
                    variants.extend(templates.iter().map(|t| Variant { rule, id, path: Some((subject.clone(), t)) }));
                }
                None => variants.push(Variant { rule, id, path: None }),
            }
        }
        // The sort is stable, so file order decides among equals.
        variants.sort_by_key(Variant::rank);
        let mut index = Self::default();
        for variant in &variants {
            index.add(variant, plan);
        }
        index
    }

    fn add(&mut self, variant: &Variant<'_>, plan: &mut FieldPlan) {
        let rank = u32::try_from(self.rules.len()).expect("a registry has fewer than 2^32 rules");
        let exact = |subject: &Subject| {
            variant.rule.predicates.iter().find_map(|p| match &p.test {
                Test::Text(patterns) if p.subject == *subject => {
                    patterns.iter().map(TextPattern::exact).collect::<Option<Vec<_>>>()
                }
                _ => None,
            })
        };
        let only_agent =
            matches!(&variant.rule.predicates[..], [Predicate { subject: Subject::UserAgent, test: Test::Text(_) }]);
        if let Some((Subject::Path, template)) = &variant.path {
            self.by_path.insert(template, rank);
        } else if let Some(methods) = exact(&Subject::Rpc) {
            methods.iter().for_each(|m| self.by_rpc.entry_ref(*m).or_default().push(rank));
        } else if let Some(names) = exact(&Subject::Span) {
            names.iter().for_each(|n| self.by_span.entry_ref(*n).or_default().push(rank));
        } else if only_agent {
            self.by_agent.push(rank);
        } else {
            self.others.push(rank);
        }
        let checks = variant.rule.predicates.iter().filter_map(|p| compile(p, variant, plan)).collect();
        self.rules.push(CompiledRule { id: variant.id, step: variant.rule.step, class: variant.rule.class, checks });
    }

    /// The best rule that names a step, and the best that names a class.
    pub(crate) fn best(
        &self,
        slots: &Slots<'_>,
        scratch: &mut Scratch,
    ) -> (Option<&CompiledRule>, Option<&CompiledRule>) {
        let mut step = u32::MAX;
        let mut class = u32::MAX;
        let Scratch { text, agents } = scratch;
        self.candidates(slots, text, &mut |rank, text| {
            let rule = &self.rules[rank as usize];
            let better = (rule.step.is_some() && rank < step) || (rule.class.is_some() && rank < class);
            if better && rule.holds(slots, text) {
                step = if rule.step.is_some() { step.min(rank) } else { step };
                class = if rule.class.is_some() { class.min(rank) } else { class };
            }
        });
        if !self.by_agent.is_empty()
            && let Some(agent) = slots.text(Slot::USER_AGENT)
        {
            let (agent_step, agent_class) = agents.get(agent, || self.best_by_agent(agent));
            step = step.min(agent_step);
            class = class.min(agent_class);
        }
        (self.rules.get(step as usize), self.rules.get(class as usize))
    }

    /// All rules that hold, best first.
    pub(crate) fn all(&self, slots: &Slots<'_>, scratch: &mut Scratch) -> Vec<&CompiledRule> {
        let mut found = Vec::new();
        self.candidates(slots, &mut scratch.text, &mut |rank, text| {
            if self.rules[rank as usize].holds(slots, text) {
                found.push(rank);
            }
        });
        let text = &mut scratch.text;
        found.extend(self.by_agent.iter().filter(|rank| self.rules[**rank as usize].holds(slots, text)));
        found.sort_unstable();
        found.dedup();
        found.iter().map(|rank| &self.rules[*rank as usize]).collect()
    }

    /// Calls `candidate` with each rule that the indexes cannot rule out, but for those on the user agent alone.
    fn candidates(&self, slots: &Slots<'_>, text: &mut String, candidate: &mut impl FnMut(u32, &mut String)) {
        if let Some(path) = slots.text(Slot::PATH).or_else(|| slots.text(Slot::ROUTE)) {
            self.by_path.find(path, &mut |rank| candidate(rank, text));
        }
        if !self.by_rpc.is_empty() {
            let ranks = rpc_method(slots, text).and_then(|method| self.by_rpc.get(method));
            ranks.into_iter().flatten().for_each(|rank| candidate(*rank, text));
        }
        if !self.by_span.is_empty() {
            let ranks = slots.text(Slot::SPAN_NAME).and_then(|name| self.by_span.get(name));
            ranks.into_iter().flatten().for_each(|rank| candidate(*rank, text));
        }
        self.others.iter().for_each(|rank| candidate(*rank, text));
    }

    fn best_by_agent(&self, agent: &str) -> (u32, u32) {
        let (mut step, mut class) = (u32::MAX, u32::MAX);
        for rank in &self.by_agent {
            let rule = &self.rules[*rank as usize];
            let [Check::Text(_, patterns)] = &rule.checks[..] else { continue };
            if patterns.iter().any(|p| p.matches(agent)) {
                step = if rule.step.is_some() { step.min(*rank) } else { step };
                class = if rule.class.is_some() { class.min(*rank) } else { class };
            }
        }
        (step, class)
    }
}

fn compile(predicate: &Predicate, variant: &Variant<'_>, plan: &mut FieldPlan) -> Option<Check> {
    let slot = match &predicate.subject {
        Subject::Rpc => match &predicate.test {
            Test::Text(patterns) => return Some(Check::Rpc(patterns.clone())),
            Test::Present(there) => return Some(Check::Present(Slot::RPC_METHOD, *there)),
            Test::Path(_) => return None,
        },
        Subject::QueryParameter(name) => match &predicate.test {
            Test::Text(patterns) => return Some(Check::QueryParameter(name.as_str().into(), patterns.clone())),
            Test::Present(there) => return Some(Check::QueryParameterPresent(name.as_str().into(), *there)),
            Test::Path(_) => return None,
        },
        Subject::Service => Slot::SERVICE,
        Subject::Span => Slot::SPAN_NAME,
        Subject::Kind => Slot::KIND,
        Subject::Method => Slot::METHOD,
        Subject::Route => Slot::ROUTE,
        Subject::Path => Slot::PATH,
        Subject::Query => Slot::QUERY,
        Subject::UserAgent => Slot::USER_AGENT,
        Subject::Peer => Slot::PEER,
        Subject::Host => Slot::HOST,
        Subject::Header(name) => plan.want_header(name),
        Subject::Attribute(name) => plan.want_attribute(name),
    };
    match &predicate.test {
        Test::Text(patterns) => Some(Check::Text(slot, patterns.clone())),
        Test::Present(there) => Some(Check::Present(slot, *there)),
        Test::Path(templates) => match &variant.path {
            // The trie has checked it.
            Some((Subject::Path, _)) if predicate.subject == Subject::Path => None,
            Some((subject, template)) if *subject == predicate.subject => {
                Some(Check::Path(slot, vec![(*template).clone()]))
            }
            // The other one of path and route: any of its shapes will do.
            _ => Some(Check::Path(slot, templates.clone())),
        },
    }
}

impl CompiledRule {
    fn holds(&self, slots: &Slots<'_>, scratch: &mut String) -> bool {
        self.checks.iter().all(|check| check.holds(slots, scratch))
    }
}

impl Check {
    fn holds(&self, slots: &Slots<'_>, scratch: &mut String) -> bool {
        match self {
            Self::Text(slot, patterns) => match slots.get(*slot) {
                Value::Text(text) => patterns.iter().any(|p| p.matches(text)),
                Value::Missing => false,
                other => {
                    scratch.clear();
                    let _ = write!(scratch, "{other}");
                    patterns.iter().any(|p| p.matches(scratch))
                }
            },
            Self::Rpc(patterns) => {
                rpc_method(slots, scratch).is_some_and(|method| patterns.iter().any(|p| p.matches(method)))
            }
            Self::QueryParameter(name, patterns) => {
                parameter(slots, name).is_some_and(|value| patterns.iter().any(|p| p.matches(value)))
            }
            Self::QueryParameterPresent(name, there) => parameter(slots, name).is_some() == *there,
            Self::Path(slot, templates) => {
                slots.text(*slot).is_some_and(|text| templates.iter().any(|template| template.matches(text)))
            }
            Self::Present(slot, there) => slots.get(*slot).is_present() == *there,
        }
    }
}

/// The value of the first parameter of that name in the query, as it is on the wire; empty when it has none.
fn parameter<'a>(slots: &Slots<'a>, name: &str) -> Option<&'a str> {
    slots.text(Slot::QUERY)?.split('&').find_map(|pair| match pair.split_once('=') {
        Some((key, value)) => (key == name).then_some(value),
        None => (pair == name).then_some(""),
    })
}

/// What rules on the user agent alone said of the agents seen last: there are few, and each comes often.
#[derive(Debug, Default)]
pub(crate) struct AgentMemo {
    ranks: HashMap<String, (u32, u32)>,
}

impl AgentMemo {
    /// Most agents remembered; past it everything is forgotten, so that made-up agents cost no memory.
    const CAPACITY: usize = 4096;
    /// Longest agent remembered, in bytes; longer ones are rare, and are looked at each time.
    const LONGEST: usize = 512;

    fn get(&mut self, agent: &str, find: impl FnOnce() -> (u32, u32)) -> (u32, u32) {
        if let Some(ranks) = self.ranks.get(agent) {
            return *ranks;
        }
        if agent.len() > Self::LONGEST {
            return find();
        }
        if self.ranks.len() >= Self::CAPACITY {
            self.ranks.clear();
        }
        let ranks = find();
        self.ranks.insert(agent.into(), ranks);
        ranks
    }
}
