//! One condition on one column: its operands read, and each that is wrong reported at its place.
//!
//! Called by the parser where no NOT, parenthesis or constant stands. What a column allows is decided in `value` and
//! `predicate` of the crate; here is only where the mistake is.

use super::{Parsed, Parser};
use crate::error::{alternatives, excerpt};
use crate::lex::{Keyword, TokenKind};
use crate::{Column, Expr, ExprError, Operator, Predicate, Problem, ProblemKind, Value, value};
use std::ops::Range;

const COMPARISONS: &str = "=, <>, <, <=, >, >=, IN, BETWEEN, LIKE or IS";

/// One side of a predicate.
struct Operand<'t> {
    what: Side<'t>,
    span: Range<usize>,
}

enum Side<'t> {
    Column(&'t str),
    Literal(Value),
    /// In the place of a literal, but none.
    Wrong(Problem),
}

impl<'t> Parser<'t> {
    pub(super) fn predicate(&mut self, mut negated: bool) -> Parsed<Expr> {
        let first = self.operand("write a condition, such as `outcome = 'success'`")?;
        if let TokenKind::Operator(op) = self.token.kind {
            self.advance();
            let second = self.operand("write a number, or text in single quotes")?;
            let predicate = self.compare(first, op, second);
            return Ok(self.built(predicate, negated));
        }
        let column = match first.what {
            Side::Column(name) => self.column(name, &first.span),
            Side::Literal(_) | Side::Wrong(_) => {
                return Err(self.unexpected("a condition starts with a column, or compares a constant with one"));
            }
        };
        if self.take_keyword(Keyword::Is) {
            negated ^= self.take_keyword(Keyword::Not);
            self.expect_keyword(Keyword::Null, "write `IS NULL` or `IS NOT NULL`")?;
            return Ok(self.built(column.map(Predicate::is_null), negated));
        }
        let not = self.take_keyword(Keyword::Not);
        let predicate = match self.token.kind {
            TokenKind::Keyword(Keyword::In) => self.one_of(column)?,
            TokenKind::Keyword(Keyword::Between) => self.between(column)?,
            TokenKind::Keyword(Keyword::Like) => self.like(column)?,
            _ if not => return Err(self.unexpected("after a column's NOT write IN, BETWEEN or LIKE")),
            TokenKind::Open => return Err(self.function(&first)),
            TokenKind::Keyword(Keyword::And | Keyword::Or) | TokenKind::Close | TokenKind::End => {
                self.bare(column, &first.span);
                None
            }
            _ => return Err(self.unexpected(&format!("after a column write {COMPARISONS}"))),
        };
        Ok(self.built(predicate, negated ^ not))
    }

    fn compare(&mut self, first: Operand<'t>, op: Operator, second: Operand<'t>) -> Option<Predicate> {
        let span = first.span.start..second.span.end;
        let (column, op, literal) = match (first.what, second.what) {
            (Side::Column(name), Side::Column(other)) => {
                self.column(name, &first.span);
                self.not_literal(other, &second.span);
                return None;
            }
            (Side::Column(name), what) => (self.column(name, &first.span), op, Operand { what, span: second.span }),
            (what, Side::Column(name)) => {
                let literal = Operand { what, span: first.span };
                (self.column(name, &second.span), op.flipped(), literal)
            }
            _ => {
                let help = "write the name of a column on one side";
                self.report(Problem::new(ProblemKind::Unsupported, "two constants are compared", help), &span);
                return None;
            }
        };
        let value = self.literal(column.as_ref(), literal);
        let predicate = Predicate::compare(column?, op, value?);
        self.reported(predicate, &span)
    }

    fn one_of(&mut self, column: Option<Column>) -> Parsed<Option<Predicate>> {
        let start = self.advance().span.start;
        if !matches!(self.token.kind, TokenKind::Open) {
            return Err(self.unexpected("write a list in parentheses, such as IN ('success', 'failure')"));
        }
        self.advance();
        let mut values = Some(Vec::new());
        while !matches!(self.token.kind, TokenKind::Close) {
            let operand = self.operand("write numbers, or texts in single quotes, separated by commas")?;
            let value = self.literal(column.as_ref(), operand);
            // After a wrong value the others are still checked, but there is no list.
            values = values.zip(value).map(|(mut values, value)| {
                values.push(value);
                values
            });
            match self.token.kind {
                TokenKind::Comma => {
                    self.advance();
                    if matches!(self.token.kind, TokenKind::Close) {
                        return Err(self.unexpected("write a value after the last comma, or remove the comma"));
                    }
                }
                TokenKind::Close => {}
                _ => return Err(self.unexpected("separate the values by commas and close the list with `)`")),
            }
        }
        let end = self.advance().span.end;
        let predicate = column.zip(values).map(|(column, values)| Predicate::one_of(column, values));
        Ok(predicate.and_then(|predicate| self.reported(predicate, &(start..end))))
    }

    fn between(&mut self, column: Option<Column>) -> Parsed<Option<Predicate>> {
        self.advance();
        let help = "write both ends of the range, such as BETWEEN 200 AND 299";
        let low = self.operand(help)?;
        self.expect_keyword(Keyword::And, help)?;
        let high = self.operand(help)?;
        let span = low.span.start..high.span.end;
        let ends = (self.literal(column.as_ref(), low), self.literal(column.as_ref(), high));
        let (Some(column), (Some(low), Some(high))) = (column, ends) else { return Ok(None) };
        Ok(self.reported(Predicate::between(column, low, high), &span))
    }

    fn like(&mut self, column: Option<Column>) -> Parsed<Option<Predicate>> {
        self.advance();
        let operand = self.operand("write a prefix and one `%` in single quotes, such as LIKE 'POST /api/%'")?;
        let span = operand.span.clone();
        let predicate = match operand.what {
            Side::Literal(Value::Text(pattern)) => match pattern.strip_suffix('%') {
                Some(prefix) => column.map(|column| Predicate::starts_with(column, prefix)),
                None => Some(Err(Problem::new(
                    ProblemKind::Pattern,
                    "the pattern does not end in `%`",
                    "write a prefix and one `%`, such as 'POST /api/%'; for the exact text use `=`",
                ))),
            },
            Side::Literal(Value::Integer(_)) => Some(Err(Problem::new(
                ProblemKind::Type,
                "a pattern is text, not a number",
                "write a prefix and one `%` in single quotes, such as LIKE 'POST /api/%'",
            ))),
            _ => {
                self.literal(None, operand);
                None
            }
        };
        Ok(predicate.and_then(|predicate| self.reported(predicate, &span)))
    }

    fn operand(&mut self, help: &str) -> Parsed<Operand<'t>> {
        let expected = matches!(
            self.token.kind,
            TokenKind::Word(_)
                | TokenKind::Literal(_)
                | TokenKind::Keyword(Keyword::Null | Keyword::True | Keyword::False)
        );
        if !expected {
            return Err(self.unexpected(help));
        }
        let token = self.advance();
        let what = match token.kind {
            TokenKind::Word(name) => Side::Column(name),
            TokenKind::Literal(Ok(value)) => Side::Literal(value),
            TokenKind::Literal(Err(problem)) => Side::Wrong(problem),
            TokenKind::Keyword(Keyword::Null) => Side::Wrong(Problem::new(
                ProblemKind::Unsupported,
                "a comparison with NULL is never true",
                "write `IS NULL` or `IS NOT NULL` after the column",
            )),
            _ => Side::Wrong(Problem::new(
                ProblemKind::Type,
                "no column holds TRUE or FALSE",
                "write the condition itself, or NOT and the condition",
            )),
        };
        Ok(Operand { what, span: token.span })
    }

    /// The operand as a value that the column may be compared with; otherwise reports why not.
    fn literal(&mut self, column: Option<&Column>, operand: Operand<'t>) -> Option<Value> {
        let problem = match operand.what {
            Side::Literal(value) => match column.map(|column| value::check(column, &value)) {
                None | Some(Ok(())) => return Some(value),
                Some(Err(problem)) => problem,
            },
            Side::Column(name) => {
                self.not_literal(name, &operand.span);
                return None;
            }
            Side::Wrong(problem) => problem,
        };
        self.report(problem, &operand.span);
        None
    }

    fn column(&mut self, name: &str, span: &Range<usize>) -> Option<Column> {
        let column = self.columns.get(name);
        if column.is_none() {
            let guess = self.columns.nearest(name).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
            let help = format!("{guess}the columns are {}", alternatives(self.columns.names()));
            let message = format!("there is no column `{}`", excerpt(name));
            self.report(Problem::new(ProblemKind::UnknownColumn, message, help), span);
        }
        column
    }

    fn not_literal(&mut self, word: &str, span: &Range<usize>) {
        let word = excerpt(word);
        let message = format!("`{word}` is not a constant, and columns are not compared with each other");
        let help = format!("write text in single quotes: '{word}'");
        self.report(Problem::new(ProblemKind::Unsupported, message, help), span);
    }

    fn bare(&mut self, column: Option<Column>, span: &Range<usize>) {
        if let Some(column) = column {
            let message = format!("`{column}` holds {}, it is not a condition by itself", column.column_type());
            self.report(Problem::new(ProblemKind::Type, message, format!("write {COMPARISONS} after it")), span);
        }
    }

    fn function(&mut self, name: &Operand<'t>) -> ExprError {
        // What precedes a parenthesis is no column: one mistake, not two.
        self.errors.retain(|error| error.span != name.span);
        let message = format!("`{}` is followed by a parenthesis, and there are no functions", self.quote(&name.span));
        Problem::new(ProblemKind::Unsupported, message, format!("write a column and {COMPARISONS}"))
            .at(name.span.clone())
    }

    fn built(&mut self, predicate: Option<Predicate>, negated: bool) -> Expr {
        match predicate {
            Some(predicate) => Expr::Predicate(if negated { !predicate } else { predicate }),
            // A mistake has been reported; what stands here is never seen.
            None => Expr::Constant(true),
        }
    }

    fn reported(&mut self, predicate: Result<Predicate, Problem>, span: &Range<usize>) -> Option<Predicate> {
        predicate.map_err(|problem| self.report(problem, span)).ok()
    }

    fn report(&mut self, problem: Problem, span: &Range<usize>) {
        self.errors.push(problem.at(span.clone()));
    }
}
