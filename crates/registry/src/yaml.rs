//! YAML read into a tree that keeps the place of every node.
//!
//! Strict where registries gain from it: no tags, no merge keys, bounded depth, size and aliases. The text of scalars is kept as written, so that
//! a target such as `0.999` never passes through a float. What the tree means is not known here: `reader` and `documents` look at it.

mod builder;
mod comment;
mod offsets;
mod problem;
#[cfg(test)]
mod tests;

use builder::Builder;
pub(crate) use problem::Problem;
use saphyr_parser::Parser;
use std::ops::Range;

/// Most documents that are not valid YAML before the rest of a file is given up: each may be read to the end of the file in search of its own.
const MAX_BROKEN_DOCUMENTS: usize = 20;

/// A value with its place in the file, in bytes.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// Where it stands: without quotes' trailing space, anchors and comments. Of an alias the alias, of what is below it the anchored text.
    pub(crate) range: Range<usize>,
    /// The key that it is the value of.
    pub(crate) key: Option<Range<usize>>,
    pub(crate) value: NodeValue,
}

#[derive(Clone, Debug)]
pub(crate) enum NodeValue {
    /// Nothing after the key.
    Null,
    /// Text as written, its quotes and line folding resolved.
    Scalar {
        text: String,
        style: Style,
    },
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
}

/// How a text is written, which decides where in the file its characters are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    /// After `|` or `>`.
    Block,
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

    pub(crate) fn is_null(&self) -> bool {
        matches!(self.value, NodeValue::Null)
    }

    pub(crate) fn is_map(&self) -> bool {
        matches!(self.value, NodeValue::Map(_))
    }
}

/// What a file holds.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    pub(crate) documents: Vec<Node>,
    pub(crate) problems: Vec<Problem>,
    /// What was not read, because it is broken.
    pub(crate) unread: Vec<Range<usize>>,
}

/// Reads all documents of a file. One that is broken is left out, and reading goes on at the next `---`.
pub(crate) fn read(source: &str) -> Contents {
    let mut builder = Builder::new(source);
    let mut unread = Vec::new();
    let mut from = 0;
    while let Err(problem) = read_part(&mut builder, from) {
        let problem = if unread.len() + 1 < MAX_BROKEN_DOCUMENTS { problem } else { problem.ending_file() };
        let next = match problem.ends_file() {
            true => None,
            false => next_document(source, problem.range.start.max(from + 1)),
        };
        unread.push(builder.document_start()..next.unwrap_or(source.len()));
        builder.problem(problem);
        match next {
            Some(next) => from = next,
            None => break,
        }
    }
    let (documents, problems) = builder.finish();
    Contents { documents, problems, unread }
}

fn read_part(builder: &mut Builder<'_>, from: usize) -> Result<(), Problem> {
    let part = builder.begin(from);
    for event in Parser::new_from_str(part) {
        match event {
            Ok((event, span)) => builder.event(event, span)?,
            Err(error) => return Err(builder.broken(error.info(), error.marker().index())),
        }
    }
    Ok(())
}

/// The next line `---` that begins at an offset or after it.
fn next_document(source: &str, from: usize) -> Option<usize> {
    let from = (from..source.len()).find(|at| source.is_char_boundary(*at)).unwrap_or(source.len());
    let begins_line = |at: usize| at == 0 || source.as_bytes()[at - 1] == b'\n';
    source[from..]
        .match_indices("---")
        .map(|(at, _)| from + at)
        .find(|at| begins_line(*at) && source[at + 3..].chars().next().is_none_or(char::is_whitespace))
}
