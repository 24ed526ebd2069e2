//! What walks through the trie found, remembered by the shape of the path.
//!
//! The shape of a path is all that templates can see of it: which segments are words of the registry, and which have an extension or other text
//! that some template asks for at that place. `/users/7/mail` and `/users/8/mail` are of one shape when `7` and `8` are no words. Paths are many,
//! shapes are about as many as templates.

use super::walk::{Part, Segment};
use super::{Guard, Level, Offer, Routes, Stored};
use crate::words::{Word, Words};
use hashbrown::{DefaultHashBuilder, HashTable};
use milepost_model::{OperationId, PathTemplate};
use std::hash::BuildHasher;

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
    seed: Seed,
    shapes: HashTable<Shape>,
    /// The words of all shapes, one behind the other.
    words: Vec<Word>,
    /// The ranks of all rules found, one behind the other.
    ranks: Vec<u32>,
    /// The path that was looked at last, ready to be taken apart.
    copy: Vec<u8>,
    segments: Vec<Segment>,
    /// What it leads to.
    path_rules: Vec<u32>,
    route_rules: Vec<u32>,
}

#[derive(Debug)]
struct Shape {
    hash: u64,
    words: Span,
    operation: Option<OperationId>,
    path_rules: Span,
    route_rules: Span,
}

/// A part of a list that has its bound far below 2^32.
#[derive(Clone, Copy, Debug)]
struct Span {
    from: u32,
    to: u32,
}

impl Span {
    fn new(from: usize, to: usize) -> Self {
        let place = |at| u32::try_from(at).expect("what is remembered has its bound");
        Self { from: place(from), to: place(to) }
    }

    fn of<T>(self, all: &[T]) -> &[T] {
        &all[self.from as usize..self.to as usize]
    }
}

/// So many words are compared at once. A shape has whole blocks of them; [`Word::ANY`], which no event has, stands behind its last.
const BLOCK: usize = 8;

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
        let words = Span::new(start, self.words.len());
        let (path_rules, route_rules) = (Span::new(from, middle), Span::new(middle, self.ranks.len()));
        let shape = Shape { hash, words, operation, path_rules, route_rules };
        self.shapes.insert_unique(hash, shape, |shape| shape.hash);
    }
}

/// Whether two shapes have the same words.
#[inline]
fn are_same(known: &[Word], asked: &[Word]) -> bool {
    let ((known, _), (asked, _)) = (known.as_chunks::<BLOCK>(), asked.as_chunks::<BLOCK>());
    let differ = |known: &[Word; BLOCK], asked: &[Word; BLOCK]| {
        known.iter().zip(asked).fold(0, |bits, (known, asked)| bits | (known.number() ^ asked.number()))
    };
    known.len() == asked.len() && known.iter().zip(asked).all(|(known, asked)| differ(known, asked) == 0)
}

impl Level {
    fn looks_inside(&self) -> bool {
        self.has_extensions || !self.affixed.is_empty()
    }

    /// Notes what templates can see of a segment beside its word.
    fn look_inside(&self, part: &Part<'_>, note: &mut impl FnMut(Word)) {
        if self.has_extensions {
            note(part.extension);
        }
        for (shape, mark) in &self.affixed {
            if shape.matches(part.text) {
                note(*mark);
            }
        }
    }
}

impl Routes {
    /// What a path leads to for an event of a service and method.
    pub(crate) fn find<'m>(&self, path: &str, event: Guard, words: &Words, memo: &'m mut RouteMemo) -> Found<'m> {
        if memo.words.len() > RouteMemo::CAPACITY || memo.ranks.len() > RouteMemo::CAPACITY {
            memo.clear();
        }
        let start = memo.words.len();
        let RouteMemo { words: noted, seed, copy, segments, .. } = memo;
        let count = self.take_apart(path, words, copy, segments);
        let mut hash = seed.start();
        let mut at = start;
        let mut note = |word: Word| {
            if at == noted.len() {
                noted.extend_from_slice(&[Word::ANY; BLOCK]);
            }
            noted[at] = word;
            at += 1;
            hash.add(word);
        };
        note(event.service);
        note(event.method);
        for (position, segment) in segments[..count].iter().enumerate() {
            note(segment.word);
            match self.levels.get(position) {
                Some(level) if level.looks_inside() => {
                    level.look_inside(&self.part(path, position, *segment, words), &mut note);
                }
                _ => {}
            }
        }
        let hash = hash.state;
        let (known, asked) = memo.words.split_at(start);
        if let Some(shape) = memo.shapes.find(hash, |shape| are_same(shape.words.of(known), asked)) {
            memo.words.truncate(start);
            return Found {
                operation: shape.operation,
                path_rules: shape.path_rules.of(&memo.ranks),
                route_rules: shape.route_rules.of(&memo.ranks),
            };
        }
        let operation = self.look(path, count, event, words, memo);
        memo.remember(start, hash, operation);
        Found { operation, path_rules: &memo.path_rules, route_rules: &memo.route_rules }
    }

    /// Walks the trie for a path that was taken apart into so many segments.
    fn look(&self, path: &str, count: usize, event: Guard, words: &Words, memo: &mut RouteMemo) -> Option<OperationId> {
        let mut parts = [Part::NONE; PathTemplate::MAX_SEGMENTS + 1];
        for (position, segment) in memo.segments[..count].iter().enumerate() {
            parts[position] = self.part(path, position, *segment, words);
        }
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
            assert!(memo.words.len() <= RouteMemo::CAPACITY + BLOCK + PathTemplate::MAX_SEGMENTS);
            assert!(memo.ranks.len() <= RouteMemo::CAPACITY + 2);
            assert!(memo.shapes.len() <= RouteMemo::CAPACITY / 2 + 1);
        }
    }
}
