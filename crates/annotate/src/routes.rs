//! A trie of path templates that finds every template a path fits, in one walk over its segments.

use crate::event::Path;
use crate::words::{Word, Words};
use milepost_model::{PathTemplate, Segment};

/// Path templates, each with the numbers that were stored under it for some service and method.
#[derive(Debug, Default)]
pub(crate) struct Routes {
    nodes: Vec<Node>,
}

#[derive(Debug, Default)]
struct Node {
    /// In the order of words.
    literals: Vec<(Word, u32)>,
    /// Parameters with text around them.
    affixed: Vec<(Segment, u32)>,
    parameter: Option<u32>,
    /// Stored where the path ends here.
    ends: Entries,
    /// Stored for whatever follows.
    rests: Entries,
}

/// Which service and method something is stored for, or which an event has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Guard {
    pub(crate) service: Word,
    pub(crate) method: Word,
}

/// Numbers with their guards, in the order of services, so that an event meets only those of its own service and of any.
#[derive(Debug, Default)]
struct Entries(Vec<(Guard, u32)>);

impl Routes {
    /// Stores a number under a template.
    pub(crate) fn insert(&mut self, template: &PathTemplate, guard: Guard, stored: u32, words: &mut Words) {
        if self.nodes.is_empty() {
            self.nodes.push(Node::default());
        }
        let mut at = 0;
        for segment in template.segments() {
            if let Segment::Rest(_) = segment {
                self.nodes[at].rests.insert(guard, stored);
                return;
            }
            at = self.child(at, segment, words);
        }
        self.nodes[at].ends.insert(guard, stored);
    }

    fn child(&mut self, at: usize, segment: &Segment, words: &mut Words) -> usize {
        let next = self.nodes.len();
        let fresh = u32::try_from(next).expect("a registry has fewer than 2^32 segments");
        let node = &mut self.nodes[at];
        let found = match segment {
            Segment::Literal(text) => {
                let word = words.add(text);
                match node.literals.binary_search_by_key(&word, |(word, _)| *word) {
                    Ok(place) => node.literals[place].1,
                    Err(place) => {
                        node.literals.insert(place, (word, fresh));
                        fresh
                    }
                }
            }
            Segment::Parameter { prefix, suffix, .. } if prefix.is_empty() && suffix.is_empty() => {
                *node.parameter.get_or_insert(fresh)
            }
            Segment::Parameter { prefix, suffix, .. } => {
                // Names of parameters are for people: the same text around them is the same node.
                let same = |s: &Segment| matches!(s, Segment::Parameter { prefix: p, suffix: q, .. } if p == prefix && q == suffix);
                match node.affixed.iter().find(|(s, _)| same(s)) {
                    Some((_, child)) => *child,
                    None => {
                        node.affixed.push((segment.clone(), fresh));
                        fresh
                    }
                }
            }
            Segment::Rest(_) => unreachable!("a rest has no child"),
        };
        if found == fresh {
            self.nodes.push(Node::default());
        }
        found as usize
    }

    /// Calls `found` with every number whose template the path fits and whose guard lets the event in, in no particular order. Visits each node
    /// at most once and each byte of the path at most once, so the work is bounded by both, whatever they are.
    pub(crate) fn find(&self, path: &mut Path<'_>, event: Guard, found: &mut impl FnMut(u32)) {
        if let Some(root) = self.nodes.first() {
            self.walk(root, 0, path, event, found);
        }
    }

    /// As deep as the deepest template, which has [`PathTemplate::MAX_SEGMENTS`] at most.
    fn walk(&self, node: &Node, depth: usize, path: &mut Path<'_>, event: Guard, found: &mut impl FnMut(u32)) {
        node.rests.offer(event, found);
        let Some(part) = path.segment(depth) else {
            node.ends.offer(event, found);
            return;
        };
        if let Some(child) = node.literal(part.word) {
            self.walk(&self.nodes[child as usize], depth + 1, path, event, found);
        }
        for (shape, child) in &node.affixed {
            if shape.matches(path.text(part)) {
                self.walk(&self.nodes[*child as usize], depth + 1, path, event, found);
            }
        }
        if let Some(child) = node.parameter {
            self.walk(&self.nodes[child as usize], depth + 1, path, event, found);
        }
    }
}

/// Up to this many, looking at each in turn beats halving.
const FEW: usize = 8;

impl Node {
    fn literal(&self, word: Word) -> Option<u32> {
        let all = &self.literals;
        if all.len() <= FEW {
            return all.iter().find(|(w, _)| *w == word).map(|(_, child)| *child);
        }
        all.binary_search_by_key(&word, |(word, _)| *word).ok().map(|place| all[place].1)
    }
}

impl Guard {
    /// For any service and method.
    #[cfg(test)]
    pub(crate) const ANY: Self = Self { service: Word::ANY, method: Word::ANY };
}

impl Entries {
    fn insert(&mut self, guard: Guard, stored: u32) {
        let place = self.0.partition_point(|entry| *entry <= (guard, stored));
        self.0.insert(place, (guard, stored));
    }

    fn offer(&self, event: Guard, found: &mut impl FnMut(u32)) {
        let mut offer = |entries: &[(Guard, u32)], service: Word| {
            for (guard, stored) in entries.iter().take_while(|(guard, _)| guard.service <= service) {
                if guard.service == service && (guard.method == Word::ANY || guard.method == event.method) {
                    found(*stored);
                }
            }
        };
        if self.0.is_empty() {
            return;
        }
        offer(&self.0, Word::ANY);
        let from = if self.0.len() <= FEW { 0 } else { self.0.partition_point(|(g, _)| g.service < event.service) };
        offer(&self.0[from..], event.service);
    }
}

#[cfg(test)]
mod tests;
