//! A trie of path templates that finds every template a path fits, in one walk over its segments.

use hashbrown::HashMap;
use milepost_model::{PathTemplate, Segment};

/// Path templates, each with the numbers that were stored under it.
#[derive(Debug, Default)]
pub(crate) struct Routes {
    nodes: Vec<Node>,
}

#[derive(Debug, Default)]
struct Node {
    literals: HashMap<String, u32>,
    /// Parameters with text around them.
    affixed: Vec<(Segment, u32)>,
    parameter: Option<u32>,
    /// Stored where the path ends here.
    ends: Vec<u32>,
    /// Stored for whatever follows.
    rests: Vec<u32>,
}

impl Routes {
    /// Stores a number under a template.
    pub(crate) fn insert(&mut self, template: &PathTemplate, stored: u32) {
        if self.nodes.is_empty() {
            self.nodes.push(Node::default());
        }
        let mut at = 0;
        for segment in template.segments() {
            if let Segment::Rest(_) = segment {
                self.nodes[at].rests.push(stored);
                return;
            }
            at = self.child(at, segment);
        }
        self.nodes[at].ends.push(stored);
    }

    fn child(&mut self, at: usize, segment: &Segment) -> usize {
        let next = self.nodes.len();
        let fresh = u32::try_from(next).expect("a registry has fewer than 2^32 segments");
        let node = &mut self.nodes[at];
        let found = match segment {
            Segment::Literal(text) => *node.literals.entry_ref(text.as_str()).or_insert(fresh),
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

    /// Calls `found` with every number whose template the path fits, in no particular order. Visits each node at most
    /// once, so the work is bounded by the number of templates, whatever the path.
    pub(crate) fn find(&self, path: &str, found: &mut impl FnMut(u32)) {
        if let Some(root) = self.nodes.first() {
            self.walk(root, path, found);
        }
    }

    fn walk(&self, node: &Node, rest: &str, found: &mut impl FnMut(u32)) {
        node.rests.iter().for_each(|n| found(*n));
        let rest = rest.trim_start_matches('/');
        if rest.is_empty() {
            node.ends.iter().for_each(|n| found(*n));
            return;
        }
        let end = memchr::memchr(b'/', rest.as_bytes()).unwrap_or(rest.len());
        let (segment, rest) = rest.split_at(end);
        if !node.literals.is_empty()
            && let Some(child) = node.literals.get(segment)
        {
            self.walk(&self.nodes[*child as usize], rest, found);
        }
        for (shape, child) in &node.affixed {
            if shape.matches(segment) {
                self.walk(&self.nodes[*child as usize], rest, found);
            }
        }
        if let Some(child) = node.parameter {
            self.walk(&self.nodes[child as usize], rest, found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn templates() -> impl Strategy<Value = Vec<PathTemplate>> {
        let segment = prop_oneof![Just("a"), Just("b"), Just("{x}"), Just("{y}"), Just("a{x}"), Just("{x}b")];
        let template = (prop::collection::vec(segment, 0..4), any::<bool>()).prop_map(|(segments, rest)| {
            let tail = if rest { "/{rest...}" } else { "" };
            format!("/{}{tail}", segments.join("/")).parse().unwrap()
        });
        prop::collection::vec(template, 0..12)
    }

    proptest! {
        #[test]
        fn the_trie_finds_what_trying_each_template_finds(
            templates in templates(), path in "(/(a|b|ab|aab|abb|c)){0,4}/?"
        ) {
            let mut routes = Routes::default();
            for (i, template) in templates.iter().enumerate() {
                routes.insert(template, u32::try_from(i).unwrap());
            }
            let mut found = Vec::new();
            routes.find(&path, &mut |n| found.push(n as usize));
            found.sort_unstable();
            let expected: Vec<usize> = (0..templates.len()).filter(|i| templates[*i].matches(&path)).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
