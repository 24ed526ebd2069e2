//! Rules compiled for speed: sorted by rank, indexed by what most of them look at, checked against slots only.

mod agents;
mod build;
mod check;
mod variant;

pub(crate) use agents::AgentMemo;
pub(crate) use check::{CheckScratch, Source};
pub(crate) use variant::Variant;

use crate::event::Event;
use crate::field::{FieldPlan, Slot};
use crate::pattern::AnyOf;
use crate::routes::Routes;
use crate::rule::{Rule, StepChoice};
use crate::words::{Word, Words};
use check::Check;
use hashbrown::{HashMap, HashSet};
use milepost_model::{ClassId, RuleId};

/// One way in which a rule can hold, ready to be checked.
#[derive(Debug)]
pub(crate) struct CompiledRule {
    pub(crate) id: RuleId,
    pub(crate) step: Option<StepChoice>,
    pub(crate) class: Option<ClassId>,
    /// What the index that leads here leaves open, cheap things first.
    checks: Vec<Check>,
}

/// All rules in order of rank, each found by one thing that it looks at. Those with a path or route are found by the trie of routes, outside.
#[derive(Debug)]
pub(crate) struct RuleIndex {
    /// Most specific first: a position here is a rank.
    rules: Vec<CompiledRule>,
    /// Whether some rule is found by its route.
    has_route_rules: bool,
    by_text: Vec<(Source, HashMap<Word, Vec<u32>>)>,
    by_agent: Vec<u32>,
    by_expression: Vec<Scan>,
    others: Vec<u32>,
}

/// Rules that look at one thing by expressions: one look tells for most events that none of them holds.
#[derive(Debug)]
struct Scan {
    source: Source,
    any: AnyOf,
    ranks: Vec<u32>,
}

/// The ranks of the best rule that names a step, and of the best that names a class; past all ranks when there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Best {
    step: u32,
    class: u32,
}

impl RuleIndex {
    /// Compiles rules; what they look at is added to the plan, and those with a path or route to the trie.
    pub(crate) fn new(rules: &[Rule], plan: &mut FieldPlan, words: &mut Words, routes: &mut Routes) -> Self {
        build::build(rules, plan, words, routes)
    }

    /// Whether some rule is found by its route.
    pub(crate) fn has_route_rules(&self) -> bool {
        self.has_route_rules
    }

    /// Looks for better rules among those that a path or route led to, best first.
    pub(crate) fn improve(&self, best: &mut Best, routed: &[u32], event: &Event<'_>, scratch: &mut CheckScratch) {
        routed.iter().for_each(|rank| self.try_rule(*rank, event, scratch, best));
    }

    /// Looks for better rules among those without a path or route.
    pub(crate) fn improve_by_others(
        &self,
        best: &mut Best,
        event: &Event<'_>,
        scratch: &mut CheckScratch,
        agents: &mut AgentMemo,
    ) {
        self.candidates(event, scratch, &mut |rank, scratch| self.try_rule(rank, event, scratch, best));
        if !self.by_agent.is_empty()
            && let Some(agent) = event.slots.text(Slot::USER_AGENT)
        {
            best.merge(agents.get(agent, || {
                let mut best = Best::default();
                self.by_agent.iter().for_each(|rank| self.try_rule(*rank, event, scratch, &mut best));
                best
            }));
        }
    }

    /// The best rule that names a step.
    pub(crate) fn for_step(&self, best: Best) -> Option<&CompiledRule> {
        self.rules.get(best.step as usize)
    }

    /// The best rule that names a class.
    pub(crate) fn for_class(&self, best: Best) -> Option<&CompiledRule> {
        self.rules.get(best.class as usize)
    }

    fn try_rule(&self, rank: u32, event: &Event<'_>, scratch: &mut CheckScratch, best: &mut Best) {
        let rule = &self.rules[rank as usize];
        let for_step = rule.step.is_some() && rank < best.step;
        let for_class = rule.class.is_some() && rank < best.class;
        if (for_step || for_class) && rule.holds(event, scratch) {
            best.step = if for_step { rank } else { best.step };
            best.class = if for_class { rank } else { best.class };
        }
    }

    /// All rules that hold, best first, given those that path and route led to.
    pub(crate) fn all(&self, routed: &[u32], event: &Event<'_>, scratch: &mut CheckScratch) -> Vec<RuleId> {
        let mut found = Vec::new();
        let mut note = |rank: u32, scratch: &mut CheckScratch| {
            if self.rules[rank as usize].holds(event, scratch) {
                found.push(rank);
            }
        };
        routed.iter().chain(&self.by_agent).for_each(|rank| note(*rank, scratch));
        self.candidates(event, scratch, &mut note);
        found.sort_unstable();
        // Several templates of one rule can fit.
        let mut seen = HashSet::new();
        found.iter().map(|rank| self.rules[*rank as usize].id).filter(|id| seen.insert(*id)).collect()
    }

    /// Calls `candidate` with each rule without path or route that the indexes cannot rule out, but for those on the user agent alone.
    fn candidates(
        &self,
        event: &Event<'_>,
        scratch: &mut CheckScratch,
        candidate: &mut impl FnMut(u32, &mut CheckScratch),
    ) {
        for (source, ranks) in &self.by_text {
            let word = source.text(event, &mut scratch.shown).map_or(Word::UNKNOWN, |text| event.words.find(text));
            ranks.get(&word).into_iter().flatten().for_each(|rank| candidate(*rank, scratch));
        }
        for scan in &self.by_expression {
            if scan.may_hold(event, scratch) {
                scan.ranks.iter().for_each(|rank| candidate(*rank, scratch));
            }
        }
        self.others.iter().for_each(|rank| candidate(*rank, scratch));
    }
}

impl CompiledRule {
    fn holds(&self, event: &Event<'_>, scratch: &mut CheckScratch) -> bool {
        self.checks.iter().all(|check| check.holds(event, scratch))
    }
}

impl Scan {
    fn may_hold(&self, event: &Event<'_>, scratch: &mut CheckScratch) -> bool {
        let CheckScratch { shown, folded } = scratch;
        self.source.text(event, shown).is_some_and(|text| self.any.matches(text, folded))
    }
}

impl Default for Best {
    fn default() -> Self {
        Self { step: u32::MAX, class: u32::MAX }
    }
}

impl Best {
    fn merge(&mut self, other: Self) {
        self.step = self.step.min(other.step);
        self.class = self.class.min(other.class);
    }
}

#[cfg(test)]
mod tests;
