//! Text to expressions, with every mistake at its place.
//!
//! Recursive descent over the grammar in the crate's documentation. A wrong predicate is reported and reading goes on;
//! only where the structure is lost does it stop, so one run shows all wrong columns and values and the first
//! syntax error. NOT is carried down while reading, so the normal form is built in one pass.

mod predicate;

use crate::error::excerpt;
use crate::lex::{Keyword, Lexer, Token, TokenKind};
use crate::{Columns, Expr, ExprError, Problem, ProblemKind};
use std::ops::Range;

/// Longest text that is read, and longest normal form: some thirty lines. It bounds the work for hostile input.
pub const MAX_TEXT_BYTES: usize = 4_096;

/// Most parentheses within each other. It bounds the recursion here and wherever an expression is walked;
/// code composes at most a few levels more.
pub const MAX_DEPTH: usize = 64;

impl Expr {
    /// Reads an expression over `columns`; all mistakes are reported, ordered by place, and there is at least one.
    pub fn parse(text: &str, columns: &Columns) -> Result<Self, Vec<ExprError>> {
        check_length(text, text, "")?;
        let mut lexer = Lexer::new(text);
        let token = lexer.next();
        let mut parser = Parser { text, lexer, token, columns, depth: 0, errors: Vec::new() };
        let parsed = parser.whole();
        let mut errors = parser.errors;
        match parsed {
            Ok(expr) if errors.is_empty() => {
                // Otherwise the printed form could not be read again.
                check_length(text, &expr.to_string(), " in normal form")?;
                Ok(expr)
            }
            stopped => {
                errors.extend(stopped.err());
                errors.sort_by_key(|error| error.span.start);
                Err(errors)
            }
        }
    }
}

fn check_length(text: &str, form: &str, which: &str) -> Result<(), Vec<ExprError>> {
    let bytes = form.len();
    if bytes <= MAX_TEXT_BYTES {
        return Ok(());
    }
    let message = format!("the expression has {bytes} bytes{which}");
    let help =
        format!("write at most {MAX_TEXT_BYTES}: use LIKE, BETWEEN, a dimension or a rule instead of long lists");
    Err(vec![Problem::new(ProblemKind::TooLarge, message, help).at(0..text.len())])
}

struct Parser<'t> {
    text: &'t str,
    lexer: Lexer<'t>,
    /// The next token, not yet taken.
    token: Token<'t>,
    columns: &'t Columns,
    depth: usize,
    errors: Vec<ExprError>,
}

/// `Err` stops the reading: the structure is lost.
type Parsed<T> = Result<T, ExprError>;

impl<'t> Parser<'t> {
    fn whole(&mut self) -> Parsed<Expr> {
        let expr = self.either(false)?;
        match self.token.kind {
            TokenKind::End => Ok(expr),
            TokenKind::Close => Err(self.unexpected("remove it, or open it before with `(`")),
            _ => Err(self.unexpected("join conditions with AND or OR")),
        }
    }

    fn either(&mut self, negated: bool) -> Parsed<Expr> {
        let mut operands = vec![self.both(negated)?];
        while self.take_keyword(Keyword::Or) {
            operands.push(self.both(negated)?);
        }
        Ok(if negated { Expr::and(operands) } else { Expr::or(operands) })
    }

    fn both(&mut self, negated: bool) -> Parsed<Expr> {
        let mut operands = vec![self.condition(negated)?];
        while self.take_keyword(Keyword::And) {
            operands.push(self.condition(negated)?);
        }
        Ok(if negated { Expr::or(operands) } else { Expr::and(operands) })
    }

    fn condition(&mut self, mut negated: bool) -> Parsed<Expr> {
        while self.take_keyword(Keyword::Not) {
            negated = !negated;
        }
        match self.token.kind {
            TokenKind::Open => self.parenthesised(negated),
            TokenKind::Keyword(constant @ (Keyword::True | Keyword::False)) => {
                self.advance();
                Ok(Expr::Constant((constant == Keyword::True) != negated))
            }
            _ => self.predicate(negated),
        }
    }

    fn parenthesised(&mut self, negated: bool) -> Parsed<Expr> {
        let open = self.advance();
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let message = format!("more than {MAX_DEPTH} parentheses lie within each other");
            let help = "remove those that change nothing, or split the expression into several SLIs";
            return Err(Problem::new(ProblemKind::TooLarge, message, help).at(open.span));
        }
        let inner = self.either(negated)?;
        if !matches!(self.token.kind, TokenKind::Close) {
            return Err(self.unexpected("join conditions with AND or OR, or close the parenthesis with `)`"));
        }
        self.advance();
        self.depth -= 1;
        Ok(inner)
    }

    fn unexpected(&mut self, help: &str) -> ExprError {
        let token = self.advance();
        let problem = match token.kind {
            TokenKind::Stray(problem) => problem,
            TokenKind::End => Problem::new(ProblemKind::Syntax, "the expression ends too early", help),
            _ => {
                let message = format!("`{}` does not belong here", self.quote(&token.span));
                Problem::new(ProblemKind::Syntax, message, help)
            }
        };
        problem.at(token.span)
    }

    fn quote(&self, span: &Range<usize>) -> String {
        excerpt(&self.text[span.clone()])
    }

    fn expect_keyword(&mut self, keyword: Keyword, help: &str) -> Parsed<()> {
        if self.take_keyword(keyword) { Ok(()) } else { Err(self.unexpected(help)) }
    }

    fn take_keyword(&mut self, keyword: Keyword) -> bool {
        let taken = matches!(self.token.kind, TokenKind::Keyword(next) if next == keyword);
        if taken {
            self.advance();
        }
        taken
    }

    fn advance(&mut self) -> Token<'t> {
        let next = self.lexer.next();
        std::mem::replace(&mut self.token, next)
    }
}
