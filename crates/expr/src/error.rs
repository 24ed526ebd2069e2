//! What can be wrong with an expression, and how it is said.
//!
//! Codes of diagnostics and their rendering are the registry's; here is the place in the text, the kind, and two
//! sentences: what is wrong and what would be right.

use std::ops::Range;

/// A mistake in the text of an expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}: {help}")]
pub struct ExprError {
    /// Where: byte offsets in the text, on boundaries of characters.
    pub span: Range<usize>,
    /// What sort of mistake.
    pub kind: ProblemKind,
    /// What is wrong, naming the object.
    pub message: String,
    /// What would be right.
    pub help: String,
}

/// A mistake without a place: what the constructors of [`crate::Expr`] answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}: {help}")]
pub struct Problem {
    /// What sort of mistake.
    pub kind: ProblemKind,
    /// What is wrong, naming the object.
    pub message: String,
    /// What would be right.
    pub help: String,
}

/// The sorts of mistakes, as far as a program may care.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProblemKind {
    /// Not an expression; nothing after it was read.
    Syntax,
    /// SQL, but outside the grammar: functions, arithmetic, NULL as a value, columns compared with columns.
    Unsupported,
    /// No such column.
    UnknownColumn,
    /// A value that the column can never have.
    UnknownValue,
    /// Text where the column holds whole numbers, or the reverse.
    Type,
    /// A number that is not whole, or beyond 64 bits.
    Number,
    /// A LIKE pattern other than a prefix.
    Pattern,
    /// A condition that can never hold: an empty list or an empty range.
    NeverTrue,
    /// Longer, deeper or with more values than is read.
    TooLarge,
}

impl Problem {
    pub(crate) fn new(kind: ProblemKind, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { kind, message: message.into(), help: help.into() }
    }

    pub(crate) fn at(self, span: Range<usize>) -> ExprError {
        let Self { kind, message, help } = self;
        ExprError { span, kind, message, help }
    }
}

/// Text quoted from an expression into a message, cut to a readable length.
pub(crate) fn excerpt(text: &str) -> String {
    const MAX_CHARACTERS: usize = 40;
    match text.char_indices().nth(MAX_CHARACTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// `a`, `b` or `c`.
pub(crate) fn alternatives<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let mut words = words.map(|word| format!("`{word}`")).collect::<Vec<_>>();
    match (words.pop(), words.is_empty()) {
        (Some(last), false) => format!("{} or {last}", words.join(", ")),
        (last, _) => last.unwrap_or_default(),
    }
}
