//! Rules that disagree: equal in rank, with an event that fits both, and different in what follows.

mod candidates;

use crate::compile::{Source, Variant};
use crate::field::FieldPlan;
use crate::pattern::TextPattern;
use crate::rule::{Rule, Test, TraceRule};
use candidates::{Candidates, Key};
use hashbrown::HashMap;
use milepost_model::{Operation, PathTemplate, RuleId, Segment};

/// Two rules of which only the order in the files would decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The rule that comes first.
    pub first: RuleId,
    /// The rule that would never decide.
    pub second: RuleId,
}

/// Most disagreements told: who has so many is not helped by more.
const MAX_CONFLICTS: usize = 1_000;

/// Finds all pairs of step rules of equal rank that some event fits and that name different steps, at most 1,000 of them. Rules that name only
/// a class may overlap: their order in the file is part of what they say.
///
/// Told is what can be shown: of two regular expressions it is not known whether some text fits both, unless they are the same. The path and
/// the route of a request are taken to be of one shape.
pub fn conflicts(rules: &[Rule]) -> Vec<Conflict> {
    let mut plan = FieldPlan::default();
    let mut by_rank: HashMap<_, Candidates<'_, Shape<'_>>> = HashMap::new();
    let mut found = Vec::new();
    for variant in Variant::of_all(rules).filter(|variant| variant.rule.step.is_some()) {
        if found.len() >= MAX_CONFLICTS {
            break;
        }
        let shape = Shape::new(&variant, &mut plan);
        if !shape.is_possible() {
            continue;
        }
        let equals = by_rank.entry(variant.rank()).or_default();
        let key = shape.key();
        equals.for_each(&key, &mut |other| {
            if found.len() < MAX_CONFLICTS && other.step() != shape.step() && shape.overlaps(other) {
                found.push(Conflict { first: other.variant.id, second: variant.id });
            }
        });
        equals.add(&key, shape);
    }
    found.sort_by_key(|c| (c.second, c.first));
    found.dedup();
    found
}

/// A rule with one of its paths, and its conditions made ready to be compared.
struct Shape<'r> {
    variant: Variant<'r>,
    conditions: Vec<(Source, Condition<'r>)>,
}

enum Condition<'r> {
    Text(Vec<TextPattern>),
    Path(&'r [PathTemplate]),
    Present(bool),
}

impl<'r> Shape<'r> {
    fn new(variant: &Variant<'r>, plan: &mut FieldPlan) -> Self {
        let path = variant
            .path()
            .map(|(subject, template)| (Source::new(subject, plan), Condition::Path(std::slice::from_ref(template))));
        let mut conditions: Vec<_> = path.into_iter().collect();
        for predicate in variant.others() {
            let source = Source::new(&predicate.subject, plan);
            let condition = match &predicate.test {
                Test::Text(patterns) => Condition::Text(patterns.iter().map(|p| source.pattern(p)).collect()),
                Test::Path(templates) => Condition::Path(templates),
                Test::Present(there) => Condition::Present(*there),
            };
            conditions.push((source, condition));
        }
        Self { variant: *variant, conditions }
    }

    fn step(&self) -> Option<crate::rule::StepChoice> {
        self.variant.rule.step
    }

    /// What tells most pairs apart at once: exact texts of what most rules look at, then the segments of the path.
    fn key(&self) -> Vec<Key<'r>> {
        let exact = |place: &Source| {
            let only = self.conditions.iter().find_map(|(source, condition)| match condition {
                Condition::Text(patterns) if source == place => Some(&patterns[..]),
                _ => None,
            });
            match only {
                Some([pattern]) => {
                    pattern.literal().map_or(Key::Any, |text| Key::Text(text.to_ascii_lowercase().into()))
                }
                _ => Key::Any,
            }
        };
        let mut key: Vec<Key<'r>> = Source::TELLING.iter().map(exact).collect();
        match self.variant.path() {
            Some((_, template)) => key.extend(template.segments().iter().map(|segment| match segment {
                Segment::Literal(text) => Key::Text(text.as_str().into()),
                Segment::Parameter { .. } => Key::Segment(segment),
                Segment::Rest(_) => Key::Rest,
            })),
            None => key.push(Key::Rest),
        }
        key
    }

    /// Whether its own conditions leave room for an event.
    fn is_possible(&self) -> bool {
        let not_empty = |condition: &Condition<'_>| match condition {
            Condition::Text(patterns) => !patterns.is_empty(),
            Condition::Path(templates) => !templates.is_empty(),
            Condition::Present(_) => true,
        };
        self.conditions.iter().enumerate().all(|(at, (source, a))| {
            let mut same = self.conditions[..at].iter().filter(|(other, _)| other == source);
            not_empty(a) && same.all(|(_, b)| a.overlaps(b))
        })
    }

    /// Whether the conditions of both leave room for an event.
    fn overlaps(&self, other: &Self) -> bool {
        self.conditions.iter().all(|(source, a)| {
            let mut same = other.conditions.iter().filter(|(place, b)| a.bears_on(source, b, place));
            same.all(|(_, b)| a.overlaps(b))
        })
    }
}

impl Condition<'_> {
    /// Whether two conditions are about the same, so that they could exclude each other.
    fn bears_on(&self, source: &Source, other: &Self, place: &Source) -> bool {
        let is_path = |source: &Source| matches!(source, Source::Path | Source::Route);
        match (self, other) {
            (Self::Path(_), Self::Path(_)) if is_path(source) => is_path(place),
            _ => source == place,
        }
    }

    fn overlaps(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(a), Self::Text(b)) => a.iter().any(|p| b.iter().any(|q| p.overlaps(q))),
            (Self::Path(a), Self::Path(b)) => a.iter().any(|t| b.iter().any(|u| t.overlaps(u))),
            (Self::Present(a), Self::Present(b)) => a == b,
            (Self::Present(there), _) | (_, Self::Present(there)) => *there,
            (Self::Path(templates), Self::Text(patterns)) | (Self::Text(patterns), Self::Path(templates)) => {
                templates.iter().map(plainest).any(|path| patterns.iter().any(|p| p.matches(&path)))
            }
        }
    }
}

/// A path that the template matches.
fn plainest(template: &PathTemplate) -> String {
    let mut path = String::new();
    for segment in template.segments() {
        match segment {
            Segment::Literal(text) => path.extend(["/", text]),
            Segment::Parameter { prefix, suffix, .. } => path.extend(["/", prefix, "x", suffix]),
            Segment::Rest(_) => {}
        }
    }
    if path.is_empty() { "/".to_owned() } else { path }
}

/// Finds pairs of trace rules, by position, that are the same in all but the step: an attempt of either is always ambiguous. Rules that share
/// only what identifies them are left alone, since an attempt may have been cut short before they differ.
pub fn trace_conflicts(rules: &[TraceRule]) -> Vec<(usize, usize)> {
    let sorted = |operations: &[Operation]| {
        let mut texts: Vec<String> = operations.iter().map(ToString::to_string).collect();
        texts.sort_unstable();
        texts.dedup();
        texts
    };
    let mut seen: HashMap<_, usize> = HashMap::new();
    let mut found = Vec::new();
    for (at, rule) in rules.iter().enumerate() {
        let key = (&rule.product, &rule.root, rule.scope, sorted(&rule.when), sorted(&rule.requires));
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

#[cfg(test)]
mod tests;
