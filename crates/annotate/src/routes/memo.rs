//! What walks through the trie found, remembered by the shape of the path.
//!
//! The shape of a path is all that templates can see of it: which segments are words of the registry, and which have an extension or other text
//! that some template asks for at that place. `/users/7/mail` and `/users/8/mail` are of one shape when `7` and `8` are no words. Paths are many,
//! shapes are about as many as templates.

use super::walk::Part;
use super::{Guard, Offer, Routes, Stored};
use crate::words::{Word, Words};
use hashbrown::{DefaultHashBuilder, HashTable};
use milepost_model::{OperationId, PathTemplate};
use std::hash::BuildHasher;
use std::ops::Range;

/// What one path leads to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found<'m> {
    /// The operation that fits best.
    pub(crate) operation: Option<OperationId>,
    /// Rules on the path whose template fits, best first.
    pub(crate) path_rules: &'m [u32],
    /// Rules on the route whose template fits, best first.
    pub(crate) route_rules: &'m [u32],
}

/// What the paths seen last led to, under one registry.
#[derive(Debug, Default)]
pub(crate) struct RouteMemo {
    hash: Seed,
    shapes: HashTable<Shape>,
    /// The words of all shapes, one behind the other.
    words: Vec<Word>,
    /// The ranks of all rules found, one behind the other.
    ranks: Vec<u32>,
    /// What the path that was looked at last leads to.
    path_rules: Vec<u32>,
    route_rules: Vec<u32>,
}

#[derive(Debug)]
struct Shape {
    words: Range<usize>,
    operation: Option<OperationId>,
    path_rules: Range<usize>,
    route_rules: Range<usize>,
}

/// Where hashes of words start: a number that nobody outside knows, so that nobody can choose paths whose shapes collide.
#[derive(Clone, Copy, Debug)]
struct Seed(u64);

impl Default for Seed {
    fn default() -> Self {
        Self(DefaultHashBuilder::default().hash_one(0) | 1)
    }
}

impl Seed {
    fn start(self) -> WordHash {
        WordHash { state: self.0, seed: self.0 }
    }

    fn hash(self, words: &[Word]) -> u64 {
        let mut hash = self.start();
        words.iter().for_each(|word| hash.add(*word));
        hash.state
    }
}

/// A hash that grows word by word: the halves of a product, folded.
#[derive(Clone, Copy)]
struct WordHash {
    state: u64,
    seed: u64,
}

impl WordHash {
    #[inline]
    fn add(&mut self, word: Word) {
        let product = u128::from(self.state ^ word.number()) * u128::from(self.seed);
        self.state = (product ^ (product >> 64)) as u64;
    }
}

impl RouteMemo {
    /// Most words of shapes and most ranks remembered, give or take a path; past either everything is forgotten, so that made-up paths cost no
    /// more than three megabytes a thread.
    const CAPACITY: usize = 65_536;

    /// Forgets everything: words mean something else in another registry.
    pub(crate) fn clear(&mut self) {
        self.shapes.clear();
        self.words.clear();
        self.ranks.clear();
    }

    /// Notes what the path that was looked at last leads to; its words are those from `start`.
    fn remember(&mut self, start: usize, hash: u64, operation: Option<OperationId>) {
        let from = self.ranks.len();
        self.ranks.extend_from_slice(&self.path_rules);
        let middle = self.ranks.len();
        self.ranks.extend_from_slice(&self.route_rules);
        let words = start..self.words.len();
        let shape = Shape { words, operation, path_rules: from..middle, route_rules: middle..self.ranks.len() };
        let (seed, words) = (self.hash, &self.words);
        self.shapes.insert_unique(hash, shape, |shape| seed.hash(&words[shape.words.clone()]));
    }
}

impl Routes {
    /// What a path leads to for an event of a service and method.
    pub(crate) fn find<'m>(&self, path: &str, event: Guard, words: &Words, memo: &'m mut RouteMemo) -> Found<'m> {
        if memo.words.len() > RouteMemo::CAPACITY || memo.ranks.len() > RouteMemo::CAPACITY {
            memo.clear();
        }
        let start = memo.words.len();
        let RouteMemo { words: noted, hash: state, .. } = memo;
        let mut hash = state.start();
        let mut note = |word: Word| {
            hash.add(word);
            noted.push(word);
        };
        note(event.service);
        note(event.method);
        self.take_apart(path, words, |part, level| {
            note(part.word);
            if level.has_extensions {
                note(part.extension);
            }
            for (shape, mark) in &level.affixed {
                if shape.matches(part.text) {
                    note(*mark);
                }
            }
        });
        let hash = hash.state;
        let (known, asked) = memo.words.split_at(start);
        if let Some(shape) = memo.shapes.find(hash, |shape| &known[shape.words.clone()] == asked) {
            memo.words.truncate(start);
            return Found {
                operation: shape.operation,
                path_rules: &memo.ranks[shape.path_rules.clone()],
                route_rules: &memo.ranks[shape.route_rules.clone()],
            };
        }
        let operation = self.look(path, event, words, memo);
        memo.remember(start, hash, operation);
        Found { operation, path_rules: &memo.path_rules, route_rules: &memo.route_rules }
    }

    /// Walks the trie for a path.
    fn look(&self, path: &str, event: Guard, words: &Words, memo: &mut RouteMemo) -> Option<OperationId> {
        let mut parts = [Part::NONE; PathTemplate::MAX_SEGMENTS + 1];
        let mut count = 0;
        self.take_apart(path, words, |part, _| {
            parts[count] = part;
            count += 1;
        });
        let RouteMemo { path_rules, route_rules, .. } = memo;
        path_rules.clear();
        route_rules.clear();
        let mut best: Option<Offer> = None;
        self.walk(&parts[..count], event, &mut |stored| match stored {
            Stored::Operation(offer) => best = best.max(Some(offer)),
            Stored::PathRule(rank) => path_rules.push(rank),
            Stored::RouteRule(rank) => route_rules.push(rank),
        });
        path_rules.sort_unstable();
        route_rules.sort_unstable();
        best.map(|offer| offer.operation.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_up_paths_fill_no_memory() {
        let mut words = Words::default();
        let mut routes = Routes::default();
        let any = Guard { service: Word::ANY, method: Word::ANY };
        routes.insert(&"/a/{x}/b/{y}/a/{z}/b/a/b/a/b/a/b/a/b/a".parse().unwrap(), any, Stored::PathRule(0), &mut words);
        routes.insert(&"/{rest...}".parse().unwrap(), any, Stored::PathRule(1), &mut words);
        let mut memo = RouteMemo::default();
        // Every path of sixteen known words is of a shape of its own.
        for bits in 0..1u32 << 16 {
            let path: String = (0..16).map(|at| if bits >> at & 1 == 0 { "/a" } else { "/b" }).collect();
            assert!(routes.find(&path, any, &words, &mut memo).path_rules.contains(&1));
            assert!(memo.words.len() <= RouteMemo::CAPACITY + PathTemplate::MAX_SEGMENTS);
            assert!(memo.ranks.len() <= RouteMemo::CAPACITY + 2);
            assert!(memo.shapes.len() <= RouteMemo::CAPACITY / 2 + 1);
        }
    }
}
