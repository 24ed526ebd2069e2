//! Text patterns of rules: exact text, `*` wildcards, regular expressions.

mod any_of;
mod glob;
mod narrow;

pub(crate) use any_of::AnyOf;

use glob::Glob;
use regex_automata::meta::{Builder, Regex};
use regex_automata::util::syntax;
use std::fmt;

/// Longest pattern, in bytes: real ones are far shorter, and it bounds the work of a match.
const MAX_BYTES: usize = 1024;
/// Most memory that a compiled regular expression may take, in bytes.
const MAX_REGEX_BYTES: usize = 1 << 20;
/// Most memory that the states which one thread has met in one regular expression may take, in bytes; past it they are met anew. Every rule
/// with expressions has its own.
const MAX_STATES_BYTES: usize = 256 << 10;

/// What a text must look like.
#[derive(Clone)]
pub struct TextPattern {
    text: String,
    form: Form,
    ignore_case: bool,
}

#[derive(Clone)]
enum Form {
    Glob(Glob),
    Regex(Box<Regex>),
}

/// Why a text is not a [`TextPattern`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// An empty pattern could match nothing that is there.
    #[error("a pattern cannot be empty; write `*` for any value")]
    Empty,
    /// Longer than a pattern may be.
    #[error("a pattern has at most {MAX_BYTES} bytes")]
    TooLong,
    /// The regular expression does not parse, or is too large.
    #[error("`{0}` is not a regular expression: {1}")]
    Regex(String, String),
}

impl TextPattern {
    /// Text in which `*` stands for any characters, also none. Case is that of ASCII letters.
    pub fn glob(text: &str, ignore_case: bool) -> Result<Self, PatternError> {
        check_length(text)?;
        Ok(Self { text: text.to_owned(), form: Form::Glob(Glob::new(text, ignore_case)), ignore_case })
    }

    /// A regular expression, found anywhere in the text unless anchored; matching takes linear time.
    pub fn regex(text: &str, ignore_case: bool) -> Result<Self, PatternError> {
        check_length(text)?;
        let regex = (regex_builder().syntax(regex_syntax(ignore_case)).build(text))
            .map_err(|error| PatternError::Regex(text.to_owned(), innermost(&error)))?;
        Ok(Self { text: text.to_owned(), form: Form::Regex(Box::new(regex)), ignore_case })
    }

    /// The same pattern, but with upper and lower case alike: for subjects that have no case, such as HTTP methods.
    pub(crate) fn ignoring_case(&self) -> Self {
        let again = match &self.form {
            _ if self.ignore_case => return self.clone(),
            Form::Glob(_) => Self::glob(&self.text, true),
            Form::Regex(_) => Self::regex(&self.text, true),
        };
        // An expression can be too large only now; it is better matched with case than not at all.
        again.unwrap_or_else(|_| self.clone())
    }

    /// The text that alone matches, if there is just one.
    pub fn exact(&self) -> Option<&str> {
        self.literal().filter(|_| !self.ignore_case)
    }

    /// The text without wildcards that matches, in whatever case if that is ignored.
    pub(crate) fn literal(&self) -> Option<&str> {
        matches!(&self.form, Form::Glob(glob) if glob.is_literal()).then_some(&self.text)
    }

    /// Whether any value at all matches: the pattern `*`.
    pub fn is_any(&self) -> bool {
        matches!(self.form, Form::Glob(_)) && self.text.bytes().all(|byte| byte == b'*')
    }

    /// Whether this is a regular expression.
    pub(crate) fn is_regex(&self) -> bool {
        matches!(self.form, Form::Regex(_))
    }

    /// Whether the text matches.
    pub fn matches(&self, text: &str) -> bool {
        match &self.form {
            Form::Regex(regex) => regex.is_match(text),
            Form::Glob(glob) if glob.needs_folding() => glob.matches_folded(&text.to_ascii_lowercase()),
            Form::Glob(glob) => glob.matches(text),
        }
    }

    /// Whether some text matches both. A regular expression is known to overlap only with itself, with any text, and with patterns of which it
    /// matches the plainest text.
    pub fn overlaps(&self, other: &Self) -> bool {
        match (&self.form, &other.form) {
            _ if self.is_any() || other.is_any() => true,
            (Form::Glob(a), Form::Glob(b)) => a.overlaps(b),
            (Form::Glob(glob), Form::Regex(_)) => other.matches(&self.plainest(glob)),
            (Form::Regex(_), Form::Glob(glob)) => self.matches(&other.plainest(glob)),
            (Form::Regex(_), Form::Regex(_)) => self.text == other.text,
        }
    }

    /// A text that the glob matches: its own, every `*` being nothing.
    fn plainest(&self, glob: &Glob) -> String {
        let text = self.text.replace('*', "");
        debug_assert!(self.matches(&text), "{glob:?}");
        text
    }
}

/// Builds automata of bounded memory.
fn regex_builder() -> Builder {
    let mut builder = Regex::builder();
    builder.configure(Regex::config().nfa_size_limit(Some(MAX_REGEX_BYTES)).hybrid_cache_capacity(MAX_STATES_BYTES));
    builder
}

fn regex_syntax(ignore_case: bool) -> syntax::Config {
    syntax::Config::new().case_insensitive(ignore_case)
}

fn check_length(text: &str) -> Result<(), PatternError> {
    match text.len() {
        0 => Err(PatternError::Empty),
        1..=MAX_BYTES => Ok(()),
        _ => Err(PatternError::TooLong),
    }
}

fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

impl PartialEq for TextPattern {
    fn eq(&self, other: &Self) -> bool {
        self.is_regex() == other.is_regex() && self.ignore_case == other.ignore_case && self.text == other.text
    }
}

impl Eq for TextPattern {}

impl fmt::Display for TextPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.form {
            Form::Glob(_) => f.write_str(&self.text),
            Form::Regex(_) => write!(f, "regex {}", self.text),
        }
    }
}

impl fmt::Debug for TextPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests;
