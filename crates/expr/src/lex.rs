//! The words, literals and signs of an expression's text.
//!
//! One token at a time and never an error of its own: what cannot be read becomes a token that carries the problem,
//! so that what came before it is still checked. The parser decides what stands where.

use crate::error::excerpt;
use crate::{Operator, Problem, ProblemKind, Value};
use milepost_model::DurationNs;
use std::ops::Range;

/// A piece of the text.
#[derive(Debug)]
pub(crate) struct Token<'t> {
    pub(crate) kind: TokenKind<'t>,
    pub(crate) span: Range<usize>,
}

#[derive(Debug)]
pub(crate) enum TokenKind<'t> {
    Keyword(Keyword),
    /// A word that is no keyword.
    Word(&'t str),
    /// Text or a number, or what is wrong with it; reading can go on after it.
    Literal(Result<Value, Problem>),
    Operator(Operator),
    Open,
    Close,
    Comma,
    End,
    /// What has no place in an expression.
    Stray(Problem),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keyword {
    And,
    Or,
    Not,
    In,
    Between,
    Is,
    Null,
    Like,
    True,
    False,
}

pub(crate) struct Lexer<'t> {
    text: &'t str,
    position: usize,
}

impl<'t> Lexer<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self { text, position: 0 }
    }

    pub(crate) fn next(&mut self) -> Token<'t> {
        self.position += self.count(|c| c.is_ascii_whitespace());
        let start = self.position;
        let kind = match self.peek() {
            None => TokenKind::End,
            Some('a'..='z' | 'A'..='Z' | '_') => self.word(),
            Some('0'..='9') => self.number(start),
            Some('\'') => self.quoted(),
            Some(sign @ ('+' | '-')) => self.signed(sign),
            Some(c) => self.sign(c),
        };
        Token { kind, span: start..self.position }
    }

    fn word(&mut self) -> TokenKind<'t> {
        let word = self.take(self.count(is_word));
        match Keyword::read(word) {
            Some(keyword) => TokenKind::Keyword(keyword),
            None => TokenKind::Word(word),
        }
    }

    /// The digits at the position and what clings to them, with the sign that began at `start`.
    fn number(&mut self, start: usize) -> TokenKind<'t> {
        let digits = self.take(self.count(|c| is_word(c) || c == '.'));
        let negative = self.text[start..].starts_with('-');
        let help = if !digits.bytes().all(|b| b.is_ascii_digit()) {
            match digits.parse::<DurationNs>() {
                Ok(duration) => format!("durations are in nanoseconds: write {}", duration.nanos()),
                Err(_) => "write digits only, with a space or sign after them".to_owned(),
            }
        } else if let Ok(number) = format!("{}{digits}", if negative { "-" } else { "" }).parse() {
            return TokenKind::Literal(Ok(Value::Integer(number)));
        } else {
            format!("write a number from {} to {}", i64::MIN, i64::MAX)
        };
        let message = format!("`{}` is not a whole number of 64 bits", excerpt(&self.text[start..self.position]));
        TokenKind::Literal(Err(Problem::new(ProblemKind::Number, message, help)))
    }

    /// A number's sign; SQL allows space after it, and reads two hyphens as the start of a comment.
    fn signed(&mut self, sign: char) -> TokenKind<'t> {
        let start = self.position;
        self.position += 1;
        self.position += self.count(|c| c.is_ascii_whitespace());
        if self.peek().is_some_and(|c| c.is_ascii_digit()) {
            return self.number(start);
        }
        self.position = start;
        self.sign(sign)
    }

    fn quoted(&mut self) -> TokenKind<'t> {
        let mut value = String::new();
        let mut rest = &self.text[self.position + 1..];
        while let Some((part, after)) = rest.split_once('\'') {
            value.push_str(part);
            rest = after;
            match after.strip_prefix('\'') {
                Some(after) => {
                    value.push('\'');
                    rest = after;
                }
                None => {
                    self.position = self.text.len() - rest.len();
                    return TokenKind::Literal(Ok(Value::Text(value)));
                }
            }
        }
        self.position = self.text.len();
        TokenKind::Stray(Problem::new(
            ProblemKind::Syntax,
            "the text in single quotes has no end",
            "close it with `'`, and write a quote within it as `''`",
        ))
    }

    fn sign(&mut self, c: char) -> TokenKind<'t> {
        let rest = &self.text[self.position..];
        let (length, kind) = match (c, rest[c.len_utf8()..].chars().next()) {
            ('(', _) => (1, TokenKind::Open),
            (')', _) => (1, TokenKind::Close),
            (',', _) => (1, TokenKind::Comma),
            ('=', Some('=')) => (2, stray("`==` is not a comparison", "write `=`")),
            ('=', Some('<' | '>')) => (2, stray("the signs of a comparison are swapped", "write `<=` or `>=`")),
            ('=', _) => (1, TokenKind::Operator(Operator::Equal)),
            ('!', Some('=')) | ('<', Some('>')) => (2, TokenKind::Operator(Operator::NotEqual)),
            ('<', Some('=')) => (2, TokenKind::Operator(Operator::LessOrEqual)),
            ('>', Some('=')) => (2, TokenKind::Operator(Operator::GreaterOrEqual)),
            ('<', _) => (1, TokenKind::Operator(Operator::Less)),
            ('>', _) => (1, TokenKind::Operator(Operator::Greater)),
            ('!', _) => (1, stray("`!` is not an operator", "write `NOT`, or `<>` between two sides")),
            ('&', _) => (1, stray("`&` is not an operator", "write `AND`")),
            ('|', _) => (1, stray("`|` is not an operator", "write `OR`; texts cannot be joined")),
            ('"', _) => {
                (1, unsupported("double quotes are not used", "write text in single quotes, and column names bare"))
            }
            ('-', Some('-')) | ('/', Some('*')) => {
                (2, unsupported("an expression has no comments", "leave the comment out"))
            }
            ('+' | '-' | '*' | '/' | '%', _) => {
                (1, unsupported("there is no arithmetic", "compare a column with a constant"))
            }
            _ => (
                c.len_utf8(),
                stray(
                    &format!("`{}` has no meaning here", c.escape_debug()),
                    "an expression has column names, numbers, text in single quotes, comparisons, AND, OR, NOT and parentheses",
                ),
            ),
        };
        self.position += length;
        kind
    }

    fn peek(&self) -> Option<char> {
        self.text[self.position..].chars().next()
    }

    /// How many bytes from here on are characters of this sort.
    fn count(&self, matches: impl Fn(char) -> bool) -> usize {
        let rest = &self.text[self.position..];
        rest.find(|c| !matches(c)).unwrap_or(rest.len())
    }

    fn take(&mut self, length: usize) -> &'t str {
        let taken = &self.text[self.position..self.position + length];
        self.position += length;
        taken
    }
}

impl Keyword {
    const ALL: [(&str, Self); 10] = [
        ("AND", Self::And),
        ("OR", Self::Or),
        ("NOT", Self::Not),
        ("IN", Self::In),
        ("BETWEEN", Self::Between),
        ("IS", Self::Is),
        ("NULL", Self::Null),
        ("LIKE", Self::Like),
        ("TRUE", Self::True),
        ("FALSE", Self::False),
    ];

    fn read(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(text, _)| text.eq_ignore_ascii_case(word)).map(|(_, keyword)| *keyword)
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn stray<'t>(message: &str, help: &str) -> TokenKind<'t> {
    TokenKind::Stray(Problem::new(ProblemKind::Syntax, message, help))
}

fn unsupported<'t>(message: &str, help: &str) -> TokenKind<'t> {
    TokenKind::Stray(Problem::new(ProblemKind::Unsupported, message, help))
}
