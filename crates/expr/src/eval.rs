//! The value of an expression for one row: the plain reading that faster evaluators are tested against.
//!
//! Not used to count: `facts` evaluates whole columns.

use crate::{Column, Comparison, Expr, Predicate, Test};
use std::borrow::Borrow;

/// What a row holds in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scalar<'a> {
    /// Nothing.
    Null,
    /// Text.
    Text(&'a str),
    /// A whole number.
    Integer(i64),
}

impl Expr {
    /// The value for one row, by SQL's three-valued logic; `None` is NULL, which does not count at the end.
    ///
    /// `row` answers with the column's type or NULL; a value of another type is taken as NULL.
    pub fn eval<'a>(&self, row: &dyn Fn(&Column) -> Scalar<'a>) -> Option<bool> {
        match self {
            Self::Constant(value) => Some(*value),
            Self::Predicate(predicate) => predicate.eval(row(predicate.column())),
            Self::And(operands) => decide(operands, row, false),
            Self::Or(operands) => decide(operands, row, true),
        }
    }
}

/// One operand that is `deciding` decides; else one that is NULL makes the whole NULL.
fn decide<'a>(operands: &[Expr], row: &dyn Fn(&Column) -> Scalar<'a>, deciding: bool) -> Option<bool> {
    let mut value = Some(!deciding);
    for operand in operands {
        match operand.eval(row) {
            Some(operand) if operand == deciding => return Some(deciding),
            Some(_) => {}
            None => value = None,
        }
    }
    value
}

impl Predicate {
    fn eval(&self, value: Scalar<'_>) -> Option<bool> {
        match (self.test(), value) {
            (Test::IsNull { negated }, value) => Some((value == Scalar::Null) != *negated),
            (Test::StartsWith { prefix, negated }, Scalar::Text(text)) => Some(text.starts_with(prefix) != *negated),
            (Test::Text(comparison), Scalar::Text(text)) => Some(comparison.holds(text)),
            (Test::Integer(comparison), Scalar::Integer(number)) => Some(comparison.holds(&number)),
            _ => None,
        }
    }
}

impl<T> Comparison<T> {
    /// Whether it holds for a value that is not NULL.
    pub fn holds<Q: Ord + ?Sized>(&self, candidate: &Q) -> bool
    where
        T: Borrow<Q>,
    {
        match self {
            Self::Compare { op, value } => op.holds(candidate.cmp(value.borrow())),
            Self::In { values, negated } => values.iter().any(|value| value.borrow() == candidate) != *negated,
            Self::Between { low, high, negated } => {
                (low.borrow() <= candidate && candidate <= high.borrow()) != *negated
            }
        }
    }
}
