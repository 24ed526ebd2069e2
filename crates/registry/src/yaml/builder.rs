//! The tree of nodes, built from the parser's events within bounds.

use super::offsets::Offsets;
use super::problem::{Kind, Problem};
use super::{Node, NodeValue, Style};
use saphyr_parser::{Event, ScalarStyle, Span};
use std::collections::HashMap;
use std::ops::Range;

/// Deepest nesting, aliases followed: registry documents need about ten.
pub(super) const MAX_DEPTH: usize = 32;
/// Most nodes in one file; twenty thousand documents have half as many.
const MAX_NODES: usize = 1_000_000;
/// Most memory for what aliases repeat, in bytes: they are a convenience of a few lines, and a small file must not grow to gigabytes.
const MAX_REPEATED_BYTES: usize = 16 << 20;
/// What a node takes beside its text.
const NODE_BYTES: usize = size_of::<Node>();

pub(super) struct Builder<'s> {
    source: &'s str,
    offsets: Offsets,
    documents: Vec<Node>,
    problems: Vec<Problem>,
    open: Vec<Open>,
    anchors: HashMap<usize, Anchored>,
    document_start: usize,
    nodes: usize,
    repeated_bytes: usize,
}

/// A list or mapping whose end has not come.
struct Open {
    start: usize,
    anchor: usize,
    items: Vec<Node>,
    is_map: bool,
}

struct Anchored {
    node: Node,
    bytes: usize,
    depth: usize,
}

impl<'s> Builder<'s> {
    pub(super) fn new(source: &'s str) -> Self {
        Self {
            source,
            offsets: Offsets::new(source),
            documents: Vec::new(),
            problems: Vec::new(),
            open: Vec::new(),
            anchors: HashMap::new(),
            document_start: 0,
            nodes: 0,
            repeated_bytes: 0,
        }
    }

    /// Starts afresh at a byte; the part of the source from there.
    pub(super) fn begin(&mut self, from: usize) -> &'s str {
        self.offsets.begin(from);
        self.document(from);
        &self.source[from..]
    }

    fn document(&mut self, start: usize) {
        self.document_start = start;
        self.open.clear();
        self.anchors.clear();
    }

    /// Where the document that is being read begins.
    pub(super) fn document_start(&self) -> usize {
        self.document_start
    }

    pub(super) fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// What the parser could not read, at a character.
    pub(super) fn broken(&self, info: &str, character: usize) -> Problem {
        let is_bracket = |start: &usize| matches!(self.source.as_bytes().get(*start), Some(b'[' | b'{'));
        let bracket = self.open.last().map(|open| open.start).filter(is_bracket);
        Problem::of_parser(self.source, info, self.document_start, self.offsets.byte(character), bracket)
    }

    pub(super) fn finish(self) -> (Vec<Node>, Vec<Problem>) {
        (self.documents, self.problems)
    }

    pub(super) fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Problem> {
        let range = self.offsets.range(span);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.check_tag(tag.is_some(), &range);
                let range = self.without_properties(range, anchor != 0 || tag.is_some());
                if style == ScalarStyle::Plain && text.starts_with(['>', '|']) {
                    return Err(Problem::block_in_brackets(&self.source[range.clone()], range.start));
                }
                let node = self.scalar(text.into_owned(), style, range);
                self.add(node, anchor)
            }
            Event::SequenceStart(anchor, ref tag) | Event::MappingStart(anchor, ref tag) => {
                self.check_tag(tag.is_some(), &range);
                let range = self.without_properties(range, anchor != 0 || tag.is_some());
                if self.open.len() >= MAX_DEPTH {
                    return Err(Problem::new(Kind::TooDeep, range));
                }
                let is_map = matches!(event, Event::MappingStart(..));
                let start = if is_map { range.start } else { self.list_start(range.start) };
                self.open.push(Open { start, anchor, items: Vec::new(), is_map });
                Ok(())
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(&range),
            Event::Alias(id) => self.alias(id, range),
            Event::DocumentStart(_) => {
                self.document(range.start);
                Ok(())
            }
            Event::DocumentEnd => {
                self.document_start = range.end;
                Ok(())
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd => Ok(()),
        }
    }

    fn check_tag(&mut self, is_tagged: bool, range: &Range<usize>) {
        if is_tagged {
            let start = range.start + self.source[range.start..].find('!').unwrap_or(0);
            let end = start + self.source[start..].find(char::is_whitespace).unwrap_or(0);
            self.problems.push(Problem::new(Kind::Tag, start..end));
        }
    }

    /// The range without the anchor and tag that it begins with.
    fn without_properties(&self, range: Range<usize>, has_some: bool) -> Range<usize> {
        if !has_some {
            return range;
        }
        let mut start = range.start;
        loop {
            let rest = &self.source[start..range.end];
            let skipped = match rest.as_bytes().first() {
                Some(b'&' | b'!') => rest.find(char::is_whitespace).unwrap_or(rest.len()),
                Some(b'#') => rest.find('\n').unwrap_or(rest.len()),
                _ => rest.len() - rest.trim_start().len(),
            };
            if skipped == 0 {
                return start..range.end;
            }
            start += skipped;
        }
    }

    /// Where a list begins. One that is not indented below its key begins, as the parser has it, behind its first hyphen.
    fn list_start(&self, start: usize) -> usize {
        let begins = |at: usize, with: &[u8]| self.source.as_bytes().get(at).is_some_and(|byte| with.contains(byte));
        if begins(start, b"-[") {
            return start;
        }
        let line = self.source[..start].rfind('\n').map_or(0, |at| at + 1);
        let indentation = &self.source[line..start];
        let first = start - indentation.trim_start().len();
        if begins(first, b"-") { first } else { start }
    }

    fn scalar(&self, text: String, style: ScalarStyle, range: Range<usize>) -> Node {
        // The parser's ranges go on to the next token: over space, comments and line breaks.
        let written = &self.source[range.clone()];
        let (style, length) = match style {
            ScalarStyle::Plain => (Style::Plain, written.len()),
            ScalarStyle::SingleQuoted => (Style::SingleQuoted, single_quoted_length(written)),
            ScalarStyle::DoubleQuoted => (Style::DoubleQuoted, double_quoted_length(written)),
            ScalarStyle::Literal | ScalarStyle::Folded => (Style::Block, written.trim_end().len()),
        };
        let is_null = style == Style::Plain && matches!(&*text, "" | "~" | "null" | "Null" | "NULL");
        let range = range.start..range.start + if text.is_empty() && is_null { 0 } else { length };
        Node { range, key: None, value: if is_null { NodeValue::Null } else { NodeValue::Scalar { text, style } } }
    }

    fn close(&mut self, range: &Range<usize>) -> Result<(), Problem> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let end = match self.source.as_bytes().get(range.start) {
            Some(b']' | b'}') if !range.is_empty() => range.start + 1,
            // A block ends where its last item does, not where the parser saw the next token.
            _ => open.items.last().map_or(range.end, |n| n.range.end).max(open.start),
        };
        let value = if open.is_map { NodeValue::Map(pairs(open.items)) } else { NodeValue::List(open.items) };
        self.add(Node { range: open.start..end, key: None, value }, open.anchor)
    }

    fn alias(&mut self, id: usize, range: Range<usize>) -> Result<(), Problem> {
        let Some(anchored) = self.anchors.get(&id) else {
            let is_within = self.open.iter().any(|open| open.anchor == id);
            return Err(Problem::new(if is_within { Kind::SelfAlias } else { Kind::UnknownAlias }, range));
        };
        if self.open.len() + anchored.depth > MAX_DEPTH {
            return Err(Problem::new(Kind::TooDeep, range));
        }
        self.repeated_bytes += anchored.bytes;
        if self.repeated_bytes > MAX_REPEATED_BYTES {
            return Err(Problem::new(Kind::TooManyAliases, range));
        }
        let node = Node { range, ..anchored.node.clone() };
        self.add(node, 0)
    }

    fn add(&mut self, node: Node, anchor: usize) -> Result<(), Problem> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(Problem::new(Kind::TooManyNodes, node.range));
        }
        if anchor != 0 {
            let (bytes, depth) = measure(&node);
            self.repeated_bytes += bytes;
            if self.repeated_bytes > MAX_REPEATED_BYTES {
                return Err(Problem::new(Kind::TooManyAliases, node.range));
            }
            self.anchors.insert(anchor, Anchored { node: node.clone(), bytes, depth });
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
    let mut pairs = Vec::with_capacity(items.len() / 2);
    while let (Some(key), Some(value)) = (items.next(), items.next()) {
        let value = Node { key: Some(key.range.clone()), ..value };
        pairs.push((key, value));
    }
    pairs
}

/// The memory that a node takes, and how deep it nests.
fn measure(node: &Node) -> (usize, usize) {
    let below = |bytes: usize, depth: usize, node: &Node| {
        let (more, deep) = measure(node);
        (bytes + more, depth.max(deep + 1))
    };
    match &node.value {
        NodeValue::Null => (NODE_BYTES, 0),
        NodeValue::Scalar { text, .. } => (NODE_BYTES + text.len(), 0),
        NodeValue::List(items) => items.iter().fold((NODE_BYTES, 1), |(bytes, depth), n| below(bytes, depth, n)),
        NodeValue::Map(entries) => {
            let nodes = entries.iter().flat_map(|(key, value)| [key, value]);
            nodes.fold((NODE_BYTES, 1), |(bytes, depth), n| below(bytes, depth, n))
        }
    }
}

/// The length of a quotation in single quotes, in which two quotes stand for one.
fn single_quoted_length(written: &str) -> usize {
    let mut quotes = written.match_indices('\'').map(|(at, _)| at).skip(1).peekable();
    while let Some(at) = quotes.next() {
        if quotes.next_if_eq(&(at + 1)).is_none() {
            return at + 1;
        }
    }
    written.len()
}

/// The length of a quotation in double quotes, in which a backslash takes what follows.
fn double_quoted_length(written: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in written.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    written.len()
}
