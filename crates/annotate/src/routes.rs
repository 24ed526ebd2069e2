//! A trie of path templates that finds every template a path fits, in one walk over its segments.
//!
//! Declared operations and rules are stored in one trie. What a walk found is remembered by the shape of the path, see [`RouteMemo`].

mod memo;
mod walk;

pub(crate) use memo::RouteMemo;

use crate::words::{Word, Words};
use milepost_model::{OperationId, PathTemplate, Segment, Specificity};

/// Path templates, each with what was stored under it for some service and method.
#[derive(Debug, Default)]
pub(crate) struct Routes {
    nodes: Vec<Node>,
    /// By position of a segment, as deep as the deepest template; a path is read no further than one segment beyond.
    levels: Vec<Level>,
}

/// What templates look at, beside whole segments, in the segments of one position.
#[derive(Debug, Default)]
struct Level {
    /// Some are parameters with an extension.
    has_extensions: bool,
    /// Those that are parameters with other text around them, each with a word that stands for its match.
    affixed: Vec<(Segment, Word)>,
}

#[derive(Debug, Default)]
struct Node {
    /// In the order of words.
    literals: Vec<(Word, u32)>,
    /// Parameters with an extension, such as `{name}.csv`, in the order of the words `.csv`.
    extensions: Vec<(Word, u32)>,
    /// Parameters with other text around them, each with the word that stands for its match.
    affixed: Vec<(Word, Segment, u32)>,
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

/// What a template leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stored {
    /// A declared operation; the greatest of several is meant.
    Operation(Offer),
    /// A rule on the path, by rank.
    PathRule(u32),
    /// A rule on the route, by rank.
    RouteRule(u32),
}

/// A declared operation as one of several that fit: by the most specific path, then with a method before one for any, then the first declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Offer {
    pub(crate) specificity: Specificity,
    pub(crate) has_method: bool,
    pub(crate) operation: std::cmp::Reverse<OperationId>,
}

/// What is stored with its guards, in the order of services, so that an event meets only what is for its own service and for any.
#[derive(Debug, Default)]
struct Entries(Vec<(Guard, Stored)>);

impl Routes {
    /// Stores something under a template.
    pub(crate) fn insert(&mut self, template: &PathTemplate, guard: Guard, stored: Stored, words: &mut Words) {
        if self.nodes.is_empty() {
            self.nodes.push(Node::default());
        }
        let mut at = 0;
        for (position, segment) in template.segments().iter().enumerate() {
            if let Segment::Rest(_) = segment {
                self.nodes[at].rests.insert(guard, stored);
                return;
            }
            if position == self.levels.len() {
                self.levels.push(Level::default());
            }
            at = self.child(at, position, segment, words);
        }
        self.nodes[at].ends.insert(guard, stored);
    }

    fn child(&mut self, at: usize, position: usize, segment: &Segment, words: &mut Words) -> usize {
        let next = self.nodes.len();
        let fresh = u32::try_from(next).expect("a registry has fewer than 2^32 segments");
        let node = &mut self.nodes[at];
        let found = match segment {
            Segment::Literal(text) => child_of_word(&mut node.literals, words.add(text), fresh),
            Segment::Parameter { prefix, suffix, .. } if prefix.is_empty() && suffix.is_empty() => {
                *node.parameter.get_or_insert(fresh)
            }
            Segment::Parameter { prefix, suffix, .. } if prefix.is_empty() && is_extension(suffix) => {
                self.levels[position].has_extensions = true;
                child_of_word(&mut node.extensions, words.add(suffix), fresh)
            }
            Segment::Parameter { prefix, suffix, .. } => {
                // Names of parameters are for people: the same text around them is the same node. No segment has a slash.
                let mark = words.add(&format!("{prefix}/{suffix}"));
                let level = &mut self.levels[position];
                if level.affixed.iter().all(|(_, known)| *known != mark) {
                    level.affixed.push((segment.clone(), mark));
                }
                match node.affixed.iter().find(|(known, ..)| *known == mark) {
                    Some((.., child)) => *child,
                    None => {
                        node.affixed.push((mark, segment.clone(), fresh));
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
}

fn child_of_word(children: &mut Vec<(Word, u32)>, word: Word, fresh: u32) -> u32 {
    match children.binary_search_by_key(&word, |(word, _)| *word) {
        Ok(place) => children[place].1,
        Err(place) => {
            children.insert(place, (word, fresh));
            fresh
        }
    }
}

/// Whether a suffix is a dot and what follows the last dot of a segment.
fn is_extension(suffix: &str) -> bool {
    suffix.rfind('.') == Some(0)
}

impl Entries {
    fn insert(&mut self, guard: Guard, stored: Stored) {
        let place = self.0.partition_point(|entry| *entry <= (guard, stored));
        self.0.insert(place, (guard, stored));
    }

    /// Up to this many, looking at each in turn beats halving.
    const FEW: usize = 8;

    fn offer(&self, event: Guard, found: &mut impl FnMut(Stored)) {
        let all = &self.0[..];
        let any = all.iter().take_while(|(guard, _)| guard.service == Word::ANY);
        let from = if all.len() <= Self::FEW { 0 } else { all.partition_point(|(g, _)| g.service < event.service) };
        let own = all[from..].iter().take_while(|(guard, _)| guard.service <= event.service);
        for (guard, stored) in any.chain(own.filter(|(guard, _)| guard.service == event.service)) {
            if guard.method == Word::ANY || guard.method == event.method {
                found(*stored);
            }
        }
    }
}

#[cfg(test)]
mod tests;
