//! Rules by what tells them apart, so that each is compared only with those that may overlap it.

use hashbrown::HashMap;
use milepost_model::Segment;
use std::borrow::Cow;

/// One place of a rule's key.
#[derive(Clone, Debug)]
pub(super) enum Key<'r> {
    /// Only this text.
    Text(Cow<'r, str>),
    /// Any text that this segment of a path matches.
    Segment(&'r Segment),
    /// Any text.
    Any,
    /// Whatever follows; the last place.
    Rest,
}

/// A trie of items by their keys.
#[derive(Debug)]
pub(super) struct Candidates<'r, T> {
    nodes: Vec<Node<'r, T>>,
}

#[derive(Debug)]
struct Node<'r, T> {
    texts: HashMap<Cow<'r, str>, usize>,
    /// Places that hold more than one text.
    wide: Vec<(Key<'r>, usize)>,
    ends: Vec<T>,
    rests: Vec<T>,
}

impl<T> Default for Node<'_, T> {
    fn default() -> Self {
        Self { texts: HashMap::new(), wide: Vec::new(), ends: Vec::new(), rests: Vec::new() }
    }
}

impl<T> Default for Candidates<'_, T> {
    fn default() -> Self {
        Self { nodes: vec![Node::default()] }
    }
}

impl<'r, T> Candidates<'r, T> {
    pub(super) fn add(&mut self, key: &[Key<'r>], item: T) {
        let mut at = 0;
        for place in key {
            let next = self.nodes.len();
            let node = &mut self.nodes[at];
            let child = match place {
                Key::Rest => {
                    node.rests.push(item);
                    return;
                }
                Key::Text(text) => *node.texts.entry(text.clone()).or_insert(next),
                wide => match node.wide.iter().find(|(known, _)| known.is_like(wide)) {
                    Some((_, child)) => *child,
                    None => {
                        node.wide.push((wide.clone(), next));
                        next
                    }
                },
            };
            if child == next {
                self.nodes.push(Node::default());
            }
            at = child;
        }
        self.nodes[at].ends.push(item);
    }

    /// Calls `found` with every item whose key may overlap the given one, and with some whose key does not.
    pub(super) fn for_each(&self, key: &[Key<'r>], found: &mut impl FnMut(&T)) {
        self.walk(0, key, found);
    }

    fn walk(&self, at: usize, key: &[Key<'r>], found: &mut impl FnMut(&T)) {
        let node = &self.nodes[at];
        node.rests.iter().for_each(&mut *found);
        match key {
            [] => node.ends.iter().for_each(found),
            [Key::Rest, ..] => {
                node.ends.iter().for_each(&mut *found);
                let children = node.texts.values().chain(node.wide.iter().map(|(_, child)| child));
                children.for_each(|child| self.walk(*child, key, found));
            }
            [Key::Text(text), rest @ ..] => {
                if let Some(child) = node.texts.get(text) {
                    self.walk(*child, rest, found);
                }
                for (_, child) in node.wide.iter().filter(|(wide, _)| wide.holds(text)) {
                    self.walk(*child, rest, found);
                }
            }
            [wide, rest @ ..] => {
                for (_, child) in node.texts.iter().filter(|(text, _)| wide.holds(text)) {
                    self.walk(*child, rest, found);
                }
                node.wide.iter().for_each(|(_, child)| self.walk(*child, rest, found));
            }
        }
    }
}

impl Key<'_> {
    fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Segment(a), Self::Segment(b)) => match (a, b) {
                (Segment::Parameter { prefix: p, suffix: s, .. }, Segment::Parameter { prefix: q, suffix: t, .. }) => {
                    p == q && s == t
                }
                _ => a == b,
            },
            (Self::Any, Self::Any) => true,
            _ => false,
        }
    }

    fn holds(&self, text: &str) -> bool {
        match self {
            Self::Text(own) => own == text,
            Self::Segment(segment) => segment.matches(text),
            Self::Any | Self::Rest => true,
        }
    }
}
