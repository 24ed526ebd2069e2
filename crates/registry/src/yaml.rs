//! YAML read into a tree that keeps the place of every node.
//!
//! Strict where registries gain from it: keys once, no tags, no merge keys, bounded depth, size and aliases. The text of scalars is kept as
//! written, so that a target such as `0.999` never passes through a float.

use saphyr_parser::{Event, Parser, ScalarStyle, Span};
use std::ops::Range;

/// Deepest nesting: registry documents need about ten.
const MAX_DEPTH: usize = 32;
/// Most nodes in one file, aliases expanded; bounds the work that a small file can cause.
const MAX_NODES: usize = 1_000_000;

/// A value with its place in the file, in bytes.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) range: Range<usize>,
    pub(crate) value: NodeValue,
}

#[derive(Clone, Debug)]
pub(crate) enum NodeValue {
    /// Nothing after the key.
    Null,
    /// Text as written; `plain` without quotes.
    Scalar {
        text: String,
        plain: bool,
    },
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
}

impl Node {
    /// What kind of value it is, for messages.
    pub(crate) fn describe(&self) -> &'static str {
        match self.value {
            NodeValue::Null => "nothing",
            NodeValue::Scalar { .. } => "text",
            NodeValue::List(_) => "a list",
            NodeValue::Map(_) => "a mapping",
        }
    }
}

/// Why a file is no YAML that a registry can hold, and where.
#[derive(Clone, Debug)]
pub(crate) struct YamlError {
    pub(crate) range: Range<usize>,
    pub(crate) problem: YamlProblem,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum YamlProblem {
    Syntax(String),
    TooDeep,
    TooManyNodes,
    Tag,
    UnknownAlias,
}

/// Reads all documents of a file: what was read up to the first error, and that error.
pub(crate) fn read(source: &str) -> (Vec<Node>, Option<YamlError>) {
    let mut builder = Builder { offsets: Offsets::new(source), ..Builder::default() };
    for event in Parser::new_from_str(source) {
        let step = match event {
            Ok((event, span)) => builder.event(event, span),
            Err(error) => {
                let at = builder.offsets.byte(error.marker().index());
                let end = source[at..].chars().next().map_or(at, |c| at + c.len_utf8());
                Err(YamlError { range: at..end, problem: YamlProblem::Syntax(error.info().to_owned()) })
            }
        };
        if let Err(error) = step {
            return (builder.documents, Some(error));
        }
    }
    (builder.documents, None)
}

/// Byte offsets of characters: the parser counts characters.
#[derive(Default)]
struct Offsets {
    /// Empty when every character is one byte.
    bytes: Vec<usize>,
    length: usize,
}

impl Offsets {
    fn new(source: &str) -> Self {
        let bytes = if source.is_ascii() { Vec::new() } else { source.char_indices().map(|(i, _)| i).collect() };
        Self { bytes, length: source.len() }
    }

    fn byte(&self, character: usize) -> usize {
        let byte = if self.bytes.is_empty() { Some(character) } else { self.bytes.get(character).copied() };
        byte.unwrap_or(self.length).min(self.length)
    }

    fn range(&self, span: Span) -> Range<usize> {
        let start = self.byte(span.start.index());
        start..self.byte(span.end.index()).max(start)
    }
}

#[derive(Default)]
struct Builder {
    offsets: Offsets,
    documents: Vec<Node>,
    open: Vec<Open>,
    anchors: Vec<(usize, Node)>,
    nodes: usize,
}

struct Open {
    start: usize,
    anchor: usize,
    items: Vec<Node>,
    is_map: bool,
}

impl Builder {
    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), YamlError> {
        let range = self.offsets.range(span);
        let refuse = |problem| Err(YamlError { range: range.clone(), problem });
        match event {
            Event::Scalar(_, _, _, Some(_)) | Event::SequenceStart(_, Some(_)) | Event::MappingStart(_, Some(_)) => {
                refuse(YamlProblem::Tag)
            }
            Event::Scalar(text, style, anchor, None) => {
                let plain = style == ScalarStyle::Plain;
                let value = if plain && matches!(&*text, "" | "~" | "null") {
                    NodeValue::Null
                } else {
                    NodeValue::Scalar { text: text.into_owned(), plain }
                };
                self.add(Node { range, value }, anchor)
            }
            Event::SequenceStart(anchor, None) | Event::MappingStart(anchor, None) => {
                if self.open.len() >= MAX_DEPTH {
                    return refuse(YamlProblem::TooDeep);
                }
                let is_map = matches!(event, Event::MappingStart(..));
                self.open.push(Open { start: range.start, anchor, items: Vec::new(), is_map });
                Ok(())
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(open) = self.open.pop() else { return Ok(()) };
                // A block ends where its last item does, not where the parser saw the next token.
                let end = open.items.last().map_or(range.end, |n| n.range.end).max(open.start);
                let anchor = open.anchor;
                let value = if open.is_map { NodeValue::Map(pairs(open.items)) } else { NodeValue::List(open.items) };
                self.add(Node { range: open.start..end, value }, anchor)
            }
            Event::Alias(id) => match self.anchors.iter().find(|(anchor, _)| *anchor == id) {
                Some((_, node)) => {
                    let node = node.clone();
                    self.nodes += count(&node);
                    self.add(node, 0)
                }
                None => refuse(YamlProblem::UnknownAlias),
            },
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) | Event::DocumentEnd => {
                Ok(())
            }
        }
    }

    fn add(&mut self, node: Node, anchor: usize) -> Result<(), YamlError> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(YamlError { range: node.range, problem: YamlProblem::TooManyNodes });
        }
        if anchor != 0 {
            self.nodes += count(&node);
            self.anchors.push((anchor, node.clone()));
        }
        match self.open.last_mut() {
            Some(open) => open.items.push(node),
            None => self.documents.push(node),
        }
        Ok(())
    }
}

fn pairs(items: Vec<Node>) -> Vec<(Node, Node)> {
    let mut items = items.into_iter();
    let mut pairs = Vec::new();
    while let (Some(key), Some(value)) = (items.next(), items.next()) {
        pairs.push((key, value));
    }
    pairs
}

fn count(node: &Node) -> usize {
    match &node.value {
        NodeValue::Null | NodeValue::Scalar { .. } => 1,
        NodeValue::List(items) => 1 + items.iter().map(count).sum::<usize>(),
        NodeValue::Map(entries) => 1 + entries.iter().map(|(k, v)| count(k) + count(v)).sum::<usize>(),
    }
}
