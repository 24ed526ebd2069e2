//! The one text of an expression's normal form.
//!
//! It parses back to the same expression, is SQL as it stands, and is what indicators are hashed by: a change here
//! changes their identity.

use crate::{Comparison, Expr, Operator, Predicate, Test, Value};
use std::fmt::{self, Display, Formatter, Write};

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Constant(value) => f.write_str(if *value { "TRUE" } else { "FALSE" }),
            Self::Predicate(predicate) => predicate.fmt(f),
            Self::And(operands) => join(f, operands, " AND ", |f, operand| match operand {
                Self::Or(_) => write!(f, "({operand})"),
                _ => operand.fmt(f),
            }),
            Self::Or(operands) => join(f, operands, " OR ", |f, operand| operand.fmt(f)),
        }
    }
}

impl Display for Predicate {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.column())?;
        match self.test() {
            Test::IsNull { negated } => write!(f, "IS {}NULL", not(*negated)),
            Test::StartsWith { prefix, negated } => {
                write!(f, "{}LIKE ", not(*negated))?;
                quoted(f, prefix, "%")
            }
            Test::Text(comparison) => comparison.print(f, |f, text| quoted(f, text, "")),
            Test::Integer(comparison) => comparison.print(f, |f, number| number.fmt(f)),
        }
    }
}

impl<T> Comparison<T> {
    fn print(&self, f: &mut Formatter<'_>, literal: impl Fn(&mut Formatter<'_>, &T) -> fmt::Result) -> fmt::Result {
        match self {
            Self::Compare { op, value } => {
                write!(f, "{op} ")?;
                literal(f, value)
            }
            Self::In { values, negated } => {
                write!(f, "{}IN (", not(*negated))?;
                join(f, values, ", ", literal)?;
                f.write_char(')')
            }
            Self::Between { low, high, negated } => {
                write!(f, "{}BETWEEN ", not(*negated))?;
                literal(f, low)?;
                f.write_str(" AND ")?;
                literal(f, high)
            }
        }
    }
}

impl Display for Operator {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Display for Value {
    /// As a literal of an expression.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => quoted(f, text, ""),
            Self::Integer(number) => number.fmt(f),
        }
    }
}

fn not(negated: bool) -> &'static str {
    if negated { "NOT " } else { "" }
}

fn quoted(f: &mut Formatter<'_>, text: &str, suffix: &str) -> fmt::Result {
    f.write_char('\'')?;
    for (i, part) in text.split('\'').enumerate() {
        f.write_str(if i > 0 { "''" } else { "" })?;
        f.write_str(part)?;
    }
    write!(f, "{suffix}'")
}

fn join<T>(
    f: &mut Formatter<'_>,
    items: &[T],
    separator: &str,
    print: impl Fn(&mut Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    for (i, item) in items.iter().enumerate() {
        f.write_str(if i > 0 { separator } else { "" })?;
        print(f, item)?;
    }
    Ok(())
}
