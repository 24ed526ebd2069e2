//! Tests of one column: what they are, how they are built, and what a column does not allow.
//!
//! The parser and [`Expr`]'s constructors build them here and nowhere else, so a predicate always fits its column and
//! is in its normal form. Not how they combine: that is `expr`.

use crate::value::{check_text, integer, text, unknown_value};
use crate::{Column, ColumnType, Expr, Operator, Problem, ProblemKind, Value};
use std::cmp::Ordering;
use std::ops::Not;

/// Most values in one list. More belongs into a dimension or a rule; the list is searched for every event.
pub const MAX_IN_VALUES: usize = 1_000;

/// A test of one column; NULL where the column is, save for [`Test::IsNull`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Predicate {
    column: Column,
    test: Test,
}

/// What is asked of the column.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Test {
    /// Whether it is NULL; never NULL itself.
    IsNull {
        /// Whether it is not.
        negated: bool,
    },
    /// Whether a text column starts with this.
    StartsWith {
        /// At least one character, none of them `%`, `_` or `\`.
        prefix: String,
        /// Whether it does not.
        negated: bool,
    },
    /// How a text column compares, byte by byte.
    Text(Comparison<String>),
    /// How an integer column compares.
    Integer(Comparison<i64>),
}

/// A comparison with constants of the column's own type.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Comparison<T> {
    /// With one value, the column on the left.
    Compare {
        /// Which comparison.
        op: Operator,
        /// The right side.
        value: T,
    },
    /// With two values or more, in order, each once.
    In {
        /// The list.
        values: Vec<T>,
        /// Whether it is none of them.
        negated: bool,
    },
    /// With a range, both ends in it.
    Between {
        /// The least value in it; less than `high`.
        low: T,
        /// The greatest value in it.
        high: T,
        /// Whether it lies outside.
        negated: bool,
    },
}

/// Predicates in code; the columns are had from [`crate::Columns`] or are a [`crate::FactColumn`].
impl Expr {
    /// `column op value`.
    pub fn compare(column: impl Into<Column>, op: Operator, value: impl Into<Value>) -> Result<Self, Problem> {
        Predicate::compare(column.into(), op, value.into()).map(Self::Predicate)
    }

    /// `column IN (values)`.
    pub fn one_of<V: Into<Value>>(
        column: impl Into<Column>,
        values: impl IntoIterator<Item = V>,
    ) -> Result<Self, Problem> {
        Predicate::one_of(column.into(), values.into_iter().map(Into::into).collect()).map(Self::Predicate)
    }

    /// `column BETWEEN low AND high`.
    pub fn between(column: impl Into<Column>, low: impl Into<Value>, high: impl Into<Value>) -> Result<Self, Problem> {
        Predicate::between(column.into(), low.into(), high.into()).map(Self::Predicate)
    }

    /// `column LIKE 'prefix%'`.
    pub fn starts_with(column: impl Into<Column>, prefix: &str) -> Result<Self, Problem> {
        Predicate::starts_with(column.into(), prefix).map(Self::Predicate)
    }

    /// `column IS NULL`.
    pub fn is_null(column: impl Into<Column>) -> Self {
        Self::Predicate(Predicate::is_null(column.into()))
    }
}

impl Predicate {
    /// The column tested.
    pub fn column(&self) -> &Column {
        &self.column
    }

    /// What is asked of it.
    pub fn test(&self) -> &Test {
        &self.test
    }

    pub(crate) fn compare(column: Column, op: Operator, value: Value) -> Result<Self, Problem> {
        let test = match column.column_type() {
            ColumnType::Text => Test::Text(Comparison::Compare { op, value: text(&column, value)? }),
            ColumnType::Integer => Test::Integer(Comparison::Compare { op, value: integer(&column, value)? }),
        };
        Ok(Self { column, test })
    }

    pub(crate) fn one_of(column: Column, values: Vec<Value>) -> Result<Self, Problem> {
        if values.is_empty() {
            return Err(Problem::new(
                ProblemKind::NeverTrue,
                format!("`{column}` is compared with an empty list"),
                "write at least one value between the parentheses",
            ));
        }
        if values.len() > MAX_IN_VALUES {
            return Err(Problem::new(
                ProblemKind::TooLarge,
                format!("the list for `{column}` has {} values", values.len()),
                format!("write at most {MAX_IN_VALUES}, or use LIKE, BETWEEN or a dimension"),
            ));
        }
        let values = values.into_iter();
        let test = match column.column_type() {
            ColumnType::Text => {
                Test::Text(Comparison::one_of(values.map(|v| text(&column, v)).collect::<Result<_, _>>()?))
            }
            ColumnType::Integer => {
                Test::Integer(Comparison::one_of(values.map(|v| integer(&column, v)).collect::<Result<_, _>>()?))
            }
        };
        Ok(Self { column, test })
    }

    pub(crate) fn between(column: Column, low: Value, high: Value) -> Result<Self, Problem> {
        let test = match column.column_type() {
            ColumnType::Text => Comparison::between(text(&column, low)?, text(&column, high)?).map(Test::Text),
            ColumnType::Integer => {
                Comparison::between(integer(&column, low)?, integer(&column, high)?).map(Test::Integer)
            }
        };
        let Some(test) = test else {
            return Err(Problem::new(
                ProblemKind::NeverTrue,
                format!("no `{column}` lies in a range that ends before it begins"),
                "write the lesser value first, as in BETWEEN 200 AND 299",
            ));
        };
        Ok(Self { column, test })
    }

    pub(crate) fn starts_with(column: Column, prefix: &str) -> Result<Self, Problem> {
        check_text(&column)?;
        if prefix.is_empty() {
            return Err(Problem::new(
                ProblemKind::Pattern,
                "the pattern `%` matches any text",
                format!("write `{column} IS NOT NULL`, or some text before the `%`"),
            ));
        }
        // Only `%` at the end is a prefix; `\` is an escape in some dialects of SQL and a character in others.
        if let Some(c) = prefix.chars().find(|c| matches!(c, '%' | '_' | '\\')) {
            return Err(Problem::new(
                ProblemKind::Pattern,
                format!("the pattern's text contains `{c}`"),
                "write a prefix: text without `%`, `_` and `\\`, then one `%`, such as 'POST /api/%'",
            ));
        }
        let allowed = column.allowed();
        if !allowed.is_empty() && !allowed.iter().any(|value| value.starts_with(prefix)) {
            return Err(unknown_value(&column, prefix));
        }
        Ok(Self { column, test: Test::StartsWith { prefix: prefix.to_owned(), negated: false } })
    }

    pub(crate) fn is_null(column: Column) -> Self {
        Self { column, test: Test::IsNull { negated: false } }
    }
}

impl<T: Ord> Comparison<T> {
    fn one_of(mut values: Vec<T>) -> Self {
        values.sort();
        values.dedup();
        match <[T; 1]>::try_from(values) {
            Ok([value]) => Self::Compare { op: Operator::Equal, value },
            Err(values) => Self::In { values, negated: false },
        }
    }

    /// `None` when the range is empty.
    fn between(low: T, high: T) -> Option<Self> {
        match low.cmp(&high) {
            Ordering::Less => Some(Self::Between { low, high, negated: false }),
            Ordering::Equal => Some(Self::Compare { op: Operator::Equal, value: low }),
            Ordering::Greater => None,
        }
    }
}

impl<T> Not for Comparison<T> {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::Compare { op, value } => Self::Compare { op: !op, value },
            Self::In { values, negated } => Self::In { values, negated: !negated },
            Self::Between { low, high, negated } => Self::Between { low, high, negated: !negated },
        }
    }
}

impl Not for Predicate {
    type Output = Self;

    fn not(self) -> Self {
        let test = match self.test {
            Test::IsNull { negated } => Test::IsNull { negated: !negated },
            Test::StartsWith { prefix, negated } => Test::StartsWith { prefix, negated: !negated },
            Test::Text(comparison) => Test::Text(!comparison),
            Test::Integer(comparison) => Test::Integer(!comparison),
        };
        Self { column: self.column, test }
    }
}
