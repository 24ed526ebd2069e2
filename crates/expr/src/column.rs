//! The columns that an expression may name: those that every fact has, and the product's dimensions.
//!
//! Not how they are stored: `facts` maps each to an Arrow array. The parser reads names here, the documentation
//! prints the table.

use crate::{reserved, suggest};
use milepost_model::Name;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// The columns known to one product's expressions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    dimensions: BTreeMap<Arc<str>, Name>,
}

/// A column that exists: one of every fact, or a declared dimension.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Column {
    /// A column of every fact.
    Fact(FactColumn),
    /// A dimension of the product; always text.
    Dimension(DimensionColumn),
}

/// A dimension's column, had only from [`Columns`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DimensionColumn {
    column: Arc<str>,
    dimension: Name,
}

/// What a column holds, where it is not NULL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ColumnType {
    /// UTF-8 text, compared byte by byte.
    Text,
    /// A signed 64-bit integer.
    Integer,
}

/// Why a dimension cannot be a column.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DimensionError {
    /// The name is taken.
    #[error("every fact has a column `{0}`: give the dimension another name")]
    FactColumn(FactColumn),
    /// The name means something in SQL.
    #[error("`{0}` is a word of SQL: give the dimension a longer name, such as `request-{0}`")]
    Reserved(Name),
    /// The name would not be read as a column.
    #[error("a dimension's name starts with a letter, not with a digit as `{0}` does")]
    Digit(Name),
    /// It is there already.
    #[error("the dimension `{0}` is declared already: declare it once")]
    Twice(Name),
}

impl Columns {
    /// The columns that every fact has, and no dimensions.
    pub fn facts() -> Self {
        Self::default()
    }

    /// Adds a dimension; hyphens in its name become underscores.
    pub fn declare(&mut self, dimension: &Name) -> Result<(), DimensionError> {
        let column = dimension.as_str().replace('-', "_");
        if let Some(taken) = FactColumn::named(&column) {
            return Err(DimensionError::FactColumn(taken));
        }
        if reserved::is_reserved(&column) {
            return Err(DimensionError::Reserved(dimension.clone()));
        }
        if column.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(DimensionError::Digit(dimension.clone()));
        }
        if self.dimensions.contains_key(column.as_str()) {
            return Err(DimensionError::Twice(dimension.clone()));
        }
        self.dimensions.insert(column.into(), dimension.clone());
        Ok(())
    }

    /// The column of this name.
    pub fn get(&self, name: &str) -> Option<Column> {
        FactColumn::named(name).map(Column::Fact).or_else(|| {
            let (column, dimension) = self.dimensions.get_key_value(name)?;
            Some(Column::Dimension(DimensionColumn { column: column.clone(), dimension: dimension.clone() }))
        })
    }

    /// All names, those of every fact first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let facts = FactColumn::all().map(|column| -> &str { column.name() });
        facts.chain(self.dimensions.keys().map(AsRef::as_ref))
    }

    /// The name that `wrong` was probably meant to be.
    pub(crate) fn nearest(&self, wrong: &str) -> Option<&str> {
        suggest::nearest(wrong, self.names())
    }
}

impl Column {
    /// The name in expressions.
    pub fn name(&self) -> &str {
        match self {
            Self::Fact(column) => column.name(),
            Self::Dimension(column) => column.name(),
        }
    }

    /// What it holds.
    pub fn column_type(&self) -> ColumnType {
        match self {
            Self::Fact(column) => column.column_type(),
            Self::Dimension(_) => ColumnType::Text,
        }
    }

    /// The only values it can have; empty when it can have any.
    pub fn allowed(&self) -> &'static [&'static str] {
        match self {
            Self::Fact(column) => column.allowed(),
            Self::Dimension(_) => &[],
        }
    }
}

impl DimensionColumn {
    /// The name in expressions: the dimension's, with underscores for hyphens.
    pub fn name(&self) -> &str {
        &self.column
    }

    /// The dimension's own name.
    pub fn dimension(&self) -> &Name {
        &self.dimension
    }
}

impl From<FactColumn> for Column {
    fn from(column: FactColumn) -> Self {
        Self::Fact(column)
    }
}

impl From<&Self> for Column {
    fn from(column: &Self) -> Self {
        column.clone()
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Display for ColumnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Text => "text",
            Self::Integer => "whole numbers",
        })
    }
}

/// A column that every fact has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FactColumn {
    Role,
    Source,
    Signal,
    Objective,
    Step,
    Class,
    Service,
    Operation,
    Kind,
    Outcome,
    ErrorType,
    Annotation,
    Rule,
    InteractionId,
    HttpStatus,
    GrpcStatus,
    DurationNs,
}

impl FactColumn {
    /// All of them, in the order of the documentation.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|row| row.column)
    }

    /// The name in expressions.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// What it holds.
    pub fn column_type(self) -> ColumnType {
        self.row().holds
    }

    /// The only values it can have; empty when it can have any.
    pub fn allowed(self) -> &'static [&'static str] {
        self.row().allowed
    }

    /// What it means, in words for the documentation.
    pub fn meaning(self) -> &'static str {
        self.row().meaning
    }

    fn named(name: &str) -> Option<Self> {
        Self::all().find(|column| column.name() == name)
    }

    fn row(self) -> &'static Row {
        &TABLE[self as usize]
    }
}

impl fmt::Display for FactColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

struct Row {
    column: FactColumn,
    name: &'static str,
    holds: ColumnType,
    allowed: &'static [&'static str],
    meaning: &'static str,
}

const fn text(column: FactColumn, name: &'static str, meaning: &'static str) -> Row {
    Row { column, name, holds: ColumnType::Text, allowed: &[], meaning }
}

const fn choice(
    column: FactColumn,
    name: &'static str,
    allowed: &'static [&'static str],
    meaning: &'static str,
) -> Row {
    Row { column, name, holds: ColumnType::Text, allowed, meaning }
}

const fn integer(column: FactColumn, name: &'static str, meaning: &'static str) -> Row {
    Row { column, name, holds: ColumnType::Integer, allowed: &[], meaning }
}

/// One row a column, in the order of [`FactColumn`].
const TABLE: [Row; 17] = [
    choice(
        FactColumn::Role,
        "role",
        &["step", "operation"],
        "`step` for the one event that stands for an attempt at a step, `operation` for any other annotated event",
    ),
    choice(
        FactColumn::Source,
        "source",
        &["service", "client", "probe", "flow"],
        "who saw it: the service, the client, a probe, or a flow joined from several events",
    ),
    choice(FactColumn::Signal, "signal", &["spans", "logs"], "the kind of telemetry it came as"),
    text(FactColumn::Objective, "objective", "the objective the step was used for; NULL when only the step is known"),
    text(FactColumn::Step, "step", "the step it serves; NULL when none was recognised"),
    text(FactColumn::Class, "class", "the traffic class, such as `interactive`, `batch` or `test`"),
    text(FactColumn::Service, "service", "the service that handled it"),
    text(FactColumn::Operation, "operation", "what the service did, such as `POST /api/messages/{id}`"),
    choice(
        FactColumn::Kind,
        "kind",
        &["server", "client", "producer", "consumer", "internal", "log"],
        "the span's kind, or `log` for a log line",
    ),
    choice(
        FactColumn::Outcome,
        "outcome",
        &["success", "failure", "abandoned", "timeout"],
        "how it ended, by the step's outcome table",
    ),
    text(FactColumn::ErrorType, "error_type", "the kind of error, as telemetry names it; NULL without one"),
    choice(
        FactColumn::Annotation,
        "annotation",
        &["client", "rule", "operation", "none"],
        "what named the step: the client, a rule, the operation itself, or nothing",
    ),
    text(FactColumn::Rule, "rule", "the rule that named the step; NULL when none did"),
    text(FactColumn::InteractionId, "interaction_id", "what joins the events of one interaction; NULL without one"),
    integer(FactColumn::HttpStatus, "http_status", "the HTTP status code; NULL without one"),
    integer(FactColumn::GrpcStatus, "grpc_status", "the gRPC status code, 0 to 16; NULL without one"),
    integer(FactColumn::DurationNs, "duration_ns", "how long it took, in nanoseconds; NULL when it never ended"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use milepost_model::{Outcome, Signal};

    fn name(text: &str) -> Name {
        Name::new(text).unwrap()
    }

    #[test]
    fn the_table_has_one_row_a_column_in_order() {
        for (i, row) in TABLE.iter().enumerate() {
            assert_eq!(row.column as usize, i, "{}", row.name);
            assert_eq!(Columns::facts().get(row.name), Some(Column::Fact(row.column)));
            assert!(!reserved::is_reserved(row.name) && !row.meaning.is_empty());
        }
        assert_eq!(FactColumn::DurationNs as usize, TABLE.len() - 1);
    }

    #[test]
    fn allowed_values_are_the_models_own_words() {
        assert_eq!(FactColumn::Outcome.allowed(), Outcome::ALL.map(Outcome::as_str));
        assert_eq!(FactColumn::Signal.allowed(), [Signal::Spans, Signal::Logs].map(Signal::as_str));
    }

    #[test]
    fn a_dimension_is_a_text_column_with_underscores() {
        let mut columns = Columns::facts();
        columns.declare(&name("app-version")).unwrap();
        let column = columns.get("app_version").unwrap();
        assert_eq!(column.column_type(), ColumnType::Text);
        assert!(matches!(&column, Column::Dimension(d) if d.dimension() == &name("app-version")));
        assert_eq!(columns.get("app-version"), None);
        assert_eq!(columns.names().last(), Some("app_version"));
    }

    #[test]
    fn dimensions_that_no_expression_could_name_are_refused() {
        let mut columns = Columns::facts();
        columns.declare(&name("region")).unwrap();
        for (dimension, error) in [
            ("http-status", DimensionError::FactColumn(FactColumn::HttpStatus)),
            ("group", DimensionError::Reserved(name("group"))),
            ("in", DimensionError::Reserved(name("in"))),
            ("3g", DimensionError::Digit(name("3g"))),
            ("region", DimensionError::Twice(name("region"))),
        ] {
            assert_eq!(columns.declare(&name(dimension)), Err(error));
        }
    }
}
