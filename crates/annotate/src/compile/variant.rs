//! A rule taken apart by the templates of its path, so that each part has one rank.

use crate::rule::{Predicate, Rule, Subject, Test};
use milepost_model::{PathTemplate, RuleId, Specificity};
use std::cmp::Reverse;

/// How specific a rule is, most specific first: its path, then the number of other predicates. File order decides among equals.
pub(crate) type Rank = (Reverse<Specificity>, Reverse<usize>);

/// A rule with one path template at most.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Variant<'r> {
    pub(crate) id: RuleId,
    pub(crate) rule: &'r Rule,
    /// The predicate on the path, by position, and one of its templates.
    path: Option<(usize, &'r PathTemplate)>,
}

impl<'r> Variant<'r> {
    /// The variants of all rules, in their order.
    pub(crate) fn of_all(rules: &'r [Rule]) -> impl Iterator<Item = Self> {
        rules.iter().enumerate().flat_map(|(at, rule)| Self::of(RuleId::new(at), rule))
    }

    /// One for each template of the path, or of the route when there is none for the path; one for a rule without either.
    fn of(id: RuleId, rule: &'r Rule) -> Vec<Self> {
        let on = |subject: &Subject| {
            rule.predicates.iter().enumerate().find_map(|(at, p)| match &p.test {
                Test::Path(templates) if p.subject == *subject => Some((at, templates)),
                _ => None,
            })
        };
        match on(&Subject::Path).or_else(|| on(&Subject::Route)) {
            Some((at, templates)) => templates.iter().map(|t| Self { id, rule, path: Some((at, t)) }).collect(),
            None => vec![Self { id, rule, path: None }],
        }
    }

    pub(crate) fn rank(&self) -> Rank {
        let path = self.path.map_or(Specificity::default(), |(_, template)| template.specificity());
        (Reverse(path), Reverse(self.others().count()))
    }

    /// What the template is held against, and the template.
    pub(crate) fn path(&self) -> Option<(&'r Subject, &'r PathTemplate)> {
        self.path.map(|(at, template)| (&self.rule.predicates[at].subject, template))
    }

    /// The predicates beside the one with the template.
    pub(crate) fn others(&self) -> impl Iterator<Item = &'r Predicate> + use<'r> {
        let path = self.path.map(|(at, _)| at);
        self.rule.predicates.iter().enumerate().filter(move |(at, _)| Some(*at) != path).map(|(_, p)| p)
    }
}
