//! Rules that disagree: equal in rank, with an event that fits both, and different in what follows.

use crate::compile::other_predicates;
use crate::pattern::TextPattern;
use crate::rule::{Rule, Subject, Test, TraceRule};
use hashbrown::HashMap;
use milepost_model::{PathTemplate, RuleId};

/// Two rules of which only the order in the files would decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The rule that comes first.
    pub first: RuleId,
    /// The rule that would never decide.
    pub second: RuleId,
}

/// A rule with one of its paths, if it has any.
type Shape<'r> = (RuleId, Option<&'r PathTemplate>);

/// Finds all pairs of step rules of equal rank that some event fits and that name different steps. Rules that name only a class may overlap:
/// their order in the file is part of what they say.
pub fn conflicts(rules: &[Rule]) -> Vec<Conflict> {
    let mut by_rank: HashMap<(usize, usize), Vec<Shape<'_>>> = HashMap::new();
    for (at, rule) in rules.iter().enumerate().filter(|(_, r)| r.step.is_some()) {
        let others = other_predicates(rule);
        match path_templates(rule) {
            Some(templates) => {
                for template in templates {
                    let rank = (template.literal_segments(), others);
                    by_rank.entry(rank).or_default().push((RuleId::new(at), Some(template)));
                }
            }
            None => by_rank.entry((0, others)).or_default().push((RuleId::new(at), None)),
        }
    }
    let mut found = Vec::new();
    for equals in by_rank.values() {
        for (i, (first, a)) in equals.iter().enumerate() {
            for (second, b) in &equals[i + 1..] {
                let (one, other) = (&rules[first.index()], &rules[second.index()]);
                let paths_overlap = a.zip(*b).is_none_or(|(a, b)| a.overlaps(b));
                if one.step != other.step && paths_overlap && predicates_overlap(one, other) {
                    found.push(Conflict { first: *first, second: *second });
                }
            }
        }
    }
    found.sort_by_key(|c| (c.second, c.first));
    found.dedup();
    found
}

fn path_templates(rule: &Rule) -> Option<&[PathTemplate]> {
    rule.predicates.iter().find_map(|p| match &p.test {
        Test::Path(templates) => Some(&templates[..]),
        _ => None,
    })
}

/// Whether the predicates beyond paths leave room for an event that fits both rules.
fn predicates_overlap(a: &Rule, b: &Rule) -> bool {
    a.predicates.iter().all(|p| {
        let mut same = b.predicates.iter().filter(|q| q.subject == p.subject);
        same.all(|q| tests_overlap(&p.subject, &p.test, &q.test))
    })
}

fn tests_overlap(subject: &Subject, a: &Test, b: &Test) -> bool {
    let any = |x: &[TextPattern], y: &[TextPattern]| x.iter().any(|p| y.iter().any(|q| p.overlaps(q)));
    match (a, b) {
        (Test::Text(x), Test::Text(y)) => any(x, y),
        (Test::Present(x), Test::Present(y)) => x == y,
        (Test::Present(there), _) | (_, Test::Present(there)) => *there,
        // Paths were compared shape by shape; only a route beside a path comes here, and they may differ.
        (Test::Path(x), Test::Path(y)) => {
            *subject == Subject::Path || x.iter().any(|t| y.iter().any(|u| t.overlaps(u)))
        }
        (Test::Path(_), Test::Text(_)) | (Test::Text(_), Test::Path(_)) => true,
    }
}

/// Finds pairs of trace rules, by position, that are the same in all but the step: an attempt of either is always ambiguous. Rules that share
/// only what identifies them are left alone, since an attempt may have been cut short before they differ.
pub fn trace_conflicts(rules: &[TraceRule]) -> Vec<(usize, usize)> {
    let sorted = |operations: &[milepost_model::Operation]| {
        let mut texts: Vec<String> = operations.iter().map(ToString::to_string).collect();
        texts.sort_unstable();
        texts
    };
    let mut seen: HashMap<_, usize> = HashMap::new();
    let mut found = Vec::new();
    for (at, rule) in rules.iter().enumerate() {
        let key = (&rule.product, &rule.root, rule.scope.as_str(), sorted(&rule.when), sorted(&rule.requires));
        match seen.get(&key) {
            Some(first) if rules[*first].step != rule.step => found.push((*first, at)),
            Some(_) => {}
            None => {
                seen.insert(key, at);
            }
        }
    }
    found
}
