//! What can be wrong with a file before anyone asks what it means, in words for whoever has to mend it.

use super::builder::MAX_DEPTH;
use super::comment::{self, Swallowed};
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::source::{FileId, Place};
use std::ops::Range;

/// Why a file, or a document in it, is nothing that a registry can hold, and where.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    pub(crate) range: Range<usize>,
    pub(super) kind: Kind,
    /// Another place that belongs to it, with what is there.
    related: Option<(Range<usize>, &'static str)>,
    ends_file: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Syntax { message: String, help: &'static str },
    Tag,
    UnknownAlias,
    SelfAlias,
    TooDeep,
    TooManyAliases,
    TooManyNodes,
}

impl Problem {
    pub(super) fn new(kind: Kind, range: Range<usize>) -> Self {
        let ends_file = matches!(kind, Kind::TooManyAliases | Kind::TooManyNodes);
        Self { range, kind, related: None, ends_file }
    }

    /// What the parser says of a place, in our words; `document` is where the document begins, `bracket` where the list or
    /// mapping in brackets does that is still open.
    pub(super) fn of_parser(source: &str, info: &str, document: usize, at: usize, bracket: Option<usize>) -> Self {
        if info.contains("recursion limit") {
            return Self::new(Kind::TooDeep, one_character(source, at));
        }
        if info.contains("found unknown anchor") {
            let length = source[at..].find(|c: char| c.is_whitespace() || matches!(c, ',' | ']' | '}'));
            return Self::new(Kind::UnknownAlias, at..at + length.unwrap_or(source.len() - at));
        }
        if let Some(Swallowed { bracket, comment }) = comment::swallowed(source, document, at) {
            let message = format!("not valid YAML: {COMMENT}");
            let related = Some((bracket..bracket + 1, "so that this bracket is not closed"));
            return Self { related, ..Self::new(Kind::Syntax { message, help: QUOTE_HASH }, comment) };
        }
        let (message, help) = match SYNTAX.iter().find(|(known, ..)| known.iter().any(|k| info.contains(k))) {
            Some((_, message, help)) => (*message, *help),
            None => (info, "look at the indentation, the quotes and the brackets before this place"),
        };
        if message == COLON
            && let Some(colon) = tight_colon(source, at)
        {
            let message = "not valid YAML: a space is missing behind this colon".to_owned();
            let help = "write `key: value`, with a space";
            return Self::new(Kind::Syntax { message, help }, colon..colon + 1);
        }
        let here = one_character(source, at);
        let (range, related) = match (message, bracket) {
            // On one line it is rather what stands there; else rather the bracket.
            (NOT_CLOSED, Some(bracket)) if source[bracket..at].contains('\n') => {
                (bracket..bracket + 1, Some((here, "it goes wrong here")))
            }
            (NOT_CLOSED, Some(bracket)) => (here, Some((bracket..bracket + 1, "within this bracket"))),
            (TAB, _) => (indenting_tab(source, at).unwrap_or(here), None),
            (NO_KEY, _) => (last_line(source, at), None),
            _ => (here, None),
        };
        let kind = Kind::Syntax { message: format!("not valid YAML: {message}"), help };
        Self { related, ..Self::new(kind, range) }
    }

    /// Text that begins with what begins a block elsewhere, within brackets: the parser lets it pass, others do not.
    pub(super) fn block_in_brackets(written: &str, start: usize) -> Self {
        let message = format!("not valid YAML: {BLOCK}");
        Self::new(Kind::Syntax { message, help: QUOTE_BLOCK }, start..start + written.trim_end().len())
    }

    /// Whether nothing more of the file should be read.
    pub(super) fn ends_file(&self) -> bool {
        self.ends_file
    }

    /// The same where reading is given up.
    pub(super) fn ending_file(self) -> Self {
        Self { ends_file: true, ..self }
    }

    /// The problem as people see it.
    pub(crate) fn diagnostic(self, file: FileId) -> Diagnostic {
        let (code, message, help) = match &self.kind {
            Kind::Syntax { message, help } => (Code::Syntax, &**message, *help),
            Kind::Tag => (
                Code::Tag,
                "a registry uses no YAML tags",
                "remove the word that begins with `!`, or put it between quotes",
            ),
            Kind::UnknownAlias => (
                Code::Syntax,
                "not valid YAML: there is no anchor of this name before it in this document",
                "write an anchor `&name` before the alias `*name`; text that begins with `*` needs quotes",
            ),
            Kind::SelfAlias => (
                Code::Syntax,
                "not valid YAML: an alias stands within what it repeats",
                "write out what is meant: nothing can contain itself",
            ),
            Kind::TooDeep => (Code::TooLarge, "the document nests too deep", TOO_DEEP),
            Kind::TooManyAliases => (
                Code::TooLarge,
                "the file grows too large when its aliases are followed",
                "use no aliases of aliases, and repeat only a few lines by alias",
            ),
            Kind::TooManyNodes => {
                (Code::TooLarge, "the file holds more values than are read", "split it into several files")
            }
        };
        let label = match self.kind {
            Kind::Tag => "",
            _ if self.ends_file => "the rest of the file was not read",
            _ => "this document was not read",
        };
        let diagnostic = Diagnostic::new(code, Place { file, range: self.range }, message).label(label).help(help);
        match self.related {
            Some((range, label)) => diagnostic.related(Place { file, range }, label),
            None => diagnostic,
        }
    }
}

const TOO_DEEP: &str = "nest at most 32 levels: registry documents need about ten";
const _: () = assert!(MAX_DEPTH == 32, "the message says so");

const NOT_CLOSED: &str = "a bracket is not closed, or a comma is missing";
const CLOSE: &str = "separate entries by commas and close with `]` or `}`; between brackets, text with a bracket, a comma or `: ` in it needs quotes";
const COMMENT: &str = "a `#` behind a space begins a comment, which has swallowed a bracket";
const QUOTE_HASH: &str =
    "put text with ` #` in it between quotes, such as `contact: \"#web\"`, or close the bracket before the comment";
const BLOCK: &str = "`>` and `|` at the beginning of a value announce text of several lines";
const QUOTE_BLOCK: &str = "put the text between quotes, such as `impact: \"> 20%\"`";
const NO_KEY: &str = "this line is no `key: value`";
const COLON: &str = "a colon stands where no key can end";
const TAB: &str = "this line is indented with a tab";
const ESCAPE: &str = "write `\\\\` for a backslash, or use single quotes, in which `\\` stands for itself";

/// What the parser's messages contain, what we say instead, and what would be right.
#[rustfmt::skip]
const SYNTAX: &[(&[&str], &str, &str)] = &[
    (&["mapping values are not allowed"], COLON,
        "put text that holds `: ` between quotes; or does the line before lack its colon, or is one of them indented wrongly?"),
    (&["tabs disallowed", "tab cannot be used", "found a tab", "cannot start with a tab"], TAB, "indent with spaces"),
    (&["followed by a valid YAML whitespace"], "a tab stands where a space belongs", "write a space instead"),
    (&["illegal placement of ':'", "expected ',' or '}'", "expected ',' or ']'", "invalid indentation in flow"], NOT_CLOSED, CLOSE),
    (&["did not find expected node content", "unexpected end of plain scalar", "cannot start with '-' followed by"], NOT_CLOSED, CLOSE),
    (&["misplaced bracket"], "a bracket is closed that was not opened", "remove it, or put the text between quotes"),
    (&["invalid indentation in quoted", "found unexpected end of stream", "unexpected document indicator"],
        "the quotation that begins here does not end", "close it with the same quote, and indent its further lines"),
    (&["invalid trailing content after"], "something follows the closing quote",
        "put the whole text between quotes; inside single quotes write `''` for one"),
    (&["expected '-' indicator"], "the list before this line goes on with something that is no item",
        "begin the line with `- `, or indent it like the key that it belongs beside"),
    (&["did not find expected key", "invalid indentation"], "this line is indented like nothing before it",
        "indent it like the key or item that it belongs beside"),
    (&["simple key expect"], NO_KEY,
        "write a colon and a space after the key, or indent the line if it goes on with the text before it"),
    (&["while scanning a block scalar"], BLOCK, QUOTE_BLOCK),
    (&["unexpected character"], "no text begins with this character", "put the text between quotes"),
    (&["unprintable character"], "a NUL character stands here", "remove it; was the file saved as UTF-16, or is it no text?"),
    (&["unknown escape character", "expected hexadecimal number", "Unicode character escape"],
        "a `\\` in this quotation begins no escape that YAML knows", ESCAPE),
    (&["block sequence entries are not allowed"], "a list cannot begin here", "begin it on the line below the key, with `- ` before each item"),
    (&["comment intercepting"], "a comment stands within a text of several lines", "move the comment, or put the text between quotes"),
    (&["byte order mark"], "a byte order mark stands within the file", "remove the invisible character"),
    (&["invalid content after document end"], "something follows the `...` that ends a document", "begin the next document with `---`"),
    (&["expected <document start>", "expected <document-start>"], "something follows the end of the document", "begin the next document with `---`"),
];

fn one_character(source: &str, at: usize) -> Range<usize> {
    match source[at..].chars().next() {
        Some(c) if c != '\n' && c != '\r' => at..at + c.len_utf8(),
        // At the end of a line or of the file: just after the last thing there.
        _ => {
            let end = source[..at].trim_end().len();
            end..end
        }
    }
}

/// The white space with a tab in it that a line begins with, at a place or after it.
fn indenting_tab(source: &str, at: usize) -> Option<Range<usize>> {
    let mut start = source[..at].rfind('\n').map_or(0, |at| at + 1);
    for line in source[start..].split_inclusive('\n') {
        let indentation = line.len() - line.trim_start_matches([' ', '\t']).len();
        if line[..indentation].contains('\t') {
            return Some(start..start + indentation);
        }
        start += line.len();
    }
    None
}

/// The colon of a line before a place that is `key:value`, which goes on as one text; not that of an address.
fn tight_colon(source: &str, at: usize) -> Option<usize> {
    let line = last_line(source, at);
    let text = &source[line.clone()];
    let key = text.find(':').filter(|colon| *colon > 0 && text[..*colon].bytes().all(|b| b.is_ascii_alphanumeric()))?;
    let next = text[key + 1..].chars().next()?;
    (!next.is_whitespace() && next != '/').then_some(line.start + key)
}

/// The last line before a place that has something on it.
fn last_line(source: &str, at: usize) -> Range<usize> {
    let line_start = source[..at].rfind('\n').map_or(0, |at| at + 1);
    let before = source[..line_start].trim_end();
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let indented = &before[start..];
    start + indented.len() - indented.trim_start().len()..before.len()
}

#[cfg(test)]
impl Problem {
    /// What is said of the syntax.
    pub(super) fn kind_message(&self) -> &str {
        match &self.kind {
            Kind::Syntax { message, .. } => message,
            _ => "",
        }
    }
}
