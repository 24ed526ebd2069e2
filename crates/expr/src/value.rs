//! Constants, and whether a column may be compared with them.
//!
//! Called by whatever builds a predicate: the parser, to report each wrong literal at its place, and the constructors.

use crate::error::{alternatives, excerpt};
use crate::{Column, ColumnType, FactColumn, Problem, ProblemKind, suggest};
use milepost_model::{DurationNs, GrpcStatus};

/// A constant to compare with, before it is known to fit a column.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    /// Text.
    Text(String),
    /// A whole number.
    Integer(i64),
}

/// Whether the column may be compared with the value.
pub(crate) fn check(column: &Column, value: &Value) -> Result<(), Problem> {
    match column.column_type() {
        ColumnType::Text => text(column, value.clone()).map(drop),
        ColumnType::Integer => integer(column, value.clone()).map(drop),
    }
}

/// Whether the column can be the left side of LIKE.
pub(crate) fn check_text(column: &Column) -> Result<(), Problem> {
    match column.column_type() {
        ColumnType::Text => Ok(()),
        ColumnType::Integer => Err(Problem::new(
            ProblemKind::Type,
            format!("`{column}` holds whole numbers, LIKE is for text"),
            format!("write a range, such as `{column} BETWEEN 500 AND 599`"),
        )),
    }
}

pub(crate) fn text(column: &Column, value: Value) -> Result<String, Problem> {
    match value {
        Value::Text(text) if column.allowed().is_empty() || column.allowed().contains(&text.as_str()) => Ok(text),
        Value::Text(text) => Err(unknown_value(column, &text)),
        Value::Integer(number) => Err(Problem::new(
            ProblemKind::Type,
            format!("`{column}` holds text, {number} is a number"),
            match column.allowed() {
                [] => format!("write it in single quotes: '{number}'"),
                allowed => format!("write {}, in single quotes", alternatives(allowed.iter().copied())),
            },
        )),
    }
}

pub(crate) fn integer(column: &Column, value: Value) -> Result<i64, Problem> {
    match value {
        Value::Integer(number) => Ok(number),
        Value::Text(text) => Err(Problem::new(
            ProblemKind::Type,
            format!("`{column}` holds whole numbers, '{}' is text", excerpt(&text)),
            match meant(column, &text) {
                Some(number) => format!("write {number}, without quotes"),
                None => format!("write a whole number without quotes, such as `{column} = 1`"),
            },
        )),
    }
}

/// The number that a text stands for: people write 300ms, UNAVAILABLE, or the number in quotes.
fn meant(column: &Column, text: &str) -> Option<i64> {
    text.parse().ok().or_else(|| match column {
        Column::Fact(FactColumn::DurationNs) => i64::try_from(text.parse::<DurationNs>().ok()?.nanos()).ok(),
        Column::Fact(FactColumn::GrpcStatus) => GrpcStatus::parse(text).map(|status| i64::from(status.code())),
        _ => None,
    })
}

pub(crate) fn unknown_value(column: &Column, text: &str) -> Problem {
    let allowed = column.allowed().iter().copied();
    let guess =
        suggest::nearest(text, allowed.clone()).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
    Problem::new(
        ProblemKind::UnknownValue,
        format!("`{column}` is never `{}`", excerpt(text)),
        format!("{guess}it is {}", alternatives(allowed)),
    )
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}
