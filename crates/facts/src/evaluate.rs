//! Expressions over columns: compiled once, evaluated for many rows at a time.
//!
//! Text columns hold ids, so a test of text is decided once a name and then looked up by id. An expression in normal form has no NOT above its
//! predicates, so NULL can be taken as false at once: no AND or OR turns it into truth.

use crate::batch::{FactBatch, NO_GRPC_STATUS, NO_HTTP_STATUS};
use crate::columns::{Kind, Role, Source, texts};
use crate::names::Names;
use crate::tables::NameTables;
use arrow_buffer::BooleanBuffer;
use milepost_annotate::Origin;
use milepost_expr::{Column, Comparison, Expr, FactColumn, Test};
use milepost_model::{Outcome, Signal};

/// An expression compiled for the columns of one registry.
#[derive(Clone, Debug)]
pub struct Program {
    root: Node,
}

#[derive(Clone, Debug)]
enum Node {
    Constant(bool),
    All(Vec<Node>),
    Any(Vec<Node>),
    /// A test of an id column, with its answer for each id known so far.
    Name {
        column: NameColumn,
        test: Test,
        truth: Vec<bool>,
    },
    /// A test of a column with few values, with its answer for each.
    Code {
        column: CodeColumn,
        truth: Vec<bool>,
    },
    Number {
        column: NumberColumn,
        test: Test,
    },
    Interaction(Test),
}

#[derive(Clone, Copy, Debug)]
enum NameColumn {
    Objective,
    Step,
    Class,
    Service,
    Operation,
    Error,
    Rule,
    Dimension(usize),
}

#[derive(Clone, Copy, Debug)]
enum CodeColumn {
    Role,
    Source,
    Signal,
    Kind,
    Outcome,
    Origin,
}

#[derive(Clone, Copy, Debug)]
enum NumberColumn {
    HttpStatus,
    GrpcStatus,
    Duration,
}

impl Program {
    /// Compiles an expression for batches built with these tables.
    pub fn new(expr: &Expr, tables: &NameTables) -> Self {
        Self { root: compile(expr, tables) }
    }

    /// Decides the expression for the given rows of a batch; a row's place in the answer is its place in `rows`.
    pub fn evaluate(&mut self, batch: &FactBatch, rows: &[u32], tables: &NameTables) -> BooleanBuffer {
        self.root.evaluate(batch, rows, tables)
    }
}

fn compile(expr: &Expr, tables: &NameTables) -> Node {
    match expr {
        Expr::Constant(truth) => Node::Constant(*truth),
        Expr::And(operands) => Node::All(operands.iter().map(|o| compile(o, tables)).collect()),
        Expr::Or(operands) => Node::Any(operands.iter().map(|o| compile(o, tables)).collect()),
        Expr::Predicate(predicate) => {
            let test = predicate.test().clone();
            let name = |column| Node::Name { column, test: test.clone(), truth: Vec::new() };
            let code = |column: CodeColumn, names: Vec<Option<&'static str>>| {
                let truth = names.into_iter().map(|text| holds_text(&test, text)).collect();
                Node::Code { column, truth }
            };
            let number = |column| Node::Number { column, test: test.clone() };
            match predicate.column() {
                Column::Dimension(column) => {
                    let at = tables.dimension_names.iter().position(|name| name == column.dimension());
                    // A dimension of another product is NULL here.
                    at.map_or(Node::Constant(holds_text(&test, None)), |at| name(NameColumn::Dimension(at)))
                }
                Column::Fact(column) => match column {
                    FactColumn::Objective => name(NameColumn::Objective),
                    FactColumn::Step => name(NameColumn::Step),
                    FactColumn::Class => name(NameColumn::Class),
                    FactColumn::Service => name(NameColumn::Service),
                    FactColumn::Operation => name(NameColumn::Operation),
                    FactColumn::ErrorType => name(NameColumn::Error),
                    FactColumn::Rule => name(NameColumn::Rule),
                    FactColumn::Role => code(CodeColumn::Role, texts(Role::ALL, Role::as_str)),
                    FactColumn::Source => code(CodeColumn::Source, texts(Source::ALL, Source::as_str)),
                    FactColumn::Signal => {
                        code(CodeColumn::Signal, texts(&[Signal::Spans, Signal::Logs], Signal::as_str))
                    }
                    FactColumn::Kind => {
                        code(CodeColumn::Kind, Kind::ALL.iter().map(|kind| kind.column_text()).collect())
                    }
                    FactColumn::Outcome => code(CodeColumn::Outcome, texts(&Outcome::ALL, Outcome::as_str)),
                    FactColumn::Annotation => code(CodeColumn::Origin, texts(&Origin::ALL, Origin::as_str)),
                    FactColumn::HttpStatus => number(NumberColumn::HttpStatus),
                    FactColumn::GrpcStatus => number(NumberColumn::GrpcStatus),
                    FactColumn::DurationNs => number(NumberColumn::Duration),
                    FactColumn::InteractionId => Node::Interaction(test.clone()),
                },
            }
        }
    }
}

impl Node {
    fn evaluate(&mut self, batch: &FactBatch, rows: &[u32], tables: &NameTables) -> BooleanBuffer {
        match self {
            Self::Constant(true) => BooleanBuffer::new_set(rows.len()),
            Self::Constant(false) => BooleanBuffer::new_unset(rows.len()),
            Self::All(nodes) => join(nodes, batch, rows, tables, |a, b| a & b),
            Self::Any(nodes) => join(nodes, batch, rows, tables, |a, b| a | b),
            Self::Name { column, test, truth } => {
                let (ids, names) = column.read(batch, tables);
                if truth.len() < names.len() {
                    if truth.is_empty() {
                        truth.push(holds_text(test, None));
                    }
                    truth.extend(names.since(truth.len()).map(|text| holds_text(test, Some(text))));
                }
                BooleanBuffer::collect_bool(rows.len(), |i| truth[ids[rows[i] as usize] as usize])
            }
            Self::Code { column, truth } => {
                let codes = column.read(batch);
                BooleanBuffer::collect_bool(rows.len(), |i| truth[usize::from(codes[rows[i] as usize])])
            }
            Self::Number { column, test } => {
                BooleanBuffer::collect_bool(rows.len(), |i| holds_number(test, column.read(batch, rows[i] as usize)))
            }
            Self::Interaction(test) => {
                BooleanBuffer::collect_bool(rows.len(), |i| holds_text(test, batch.interaction(rows[i] as usize)))
            }
        }
    }
}

fn join(
    nodes: &mut [Node],
    batch: &FactBatch,
    rows: &[u32],
    tables: &NameTables,
    with: impl Fn(&BooleanBuffer, &BooleanBuffer) -> BooleanBuffer,
) -> BooleanBuffer {
    let mut answers = nodes.iter_mut().map(|node| node.evaluate(batch, rows, tables));
    // Joined expressions have two operands at least.
    let first = answers.next().unwrap_or_else(|| BooleanBuffer::new_unset(rows.len()));
    answers.fold(first, |all, answer| with(&all, &answer))
}

impl NameColumn {
    fn read<'a>(self, batch: &'a FactBatch, tables: &'a NameTables) -> (&'a [u32], &'a Names) {
        match self {
            Self::Objective => (batch.objective.values(), &tables.objectives),
            Self::Step => (batch.step.values(), &tables.steps),
            Self::Class => (batch.class.values(), &tables.classes),
            Self::Service => (batch.service.values(), &tables.services),
            Self::Operation => (batch.operation.values(), &tables.operations),
            Self::Error => (batch.error.values(), &tables.errors),
            Self::Rule => (batch.rule.values(), &tables.rules),
            Self::Dimension(at) => (batch.dimensions[at].values(), &tables.dimensions[at]),
        }
    }
}

impl CodeColumn {
    fn read(self, batch: &FactBatch) -> &[u8] {
        match self {
            Self::Role => batch.role.values(),
            Self::Source => batch.source.values(),
            Self::Signal => batch.signal.values(),
            Self::Kind => batch.kind.values(),
            Self::Outcome => batch.outcome.values(),
            Self::Origin => batch.origin.values(),
        }
    }
}

impl NumberColumn {
    fn read(self, batch: &FactBatch, row: usize) -> Option<i64> {
        match self {
            Self::Duration => Some(batch.duration.value(row)).filter(|d| *d >= 0),
            Self::HttpStatus => Some(batch.http_status.value(row)).filter(|s| *s != NO_HTTP_STATUS).map(i64::from),
            Self::GrpcStatus => Some(batch.grpc_status.value(row)).filter(|s| *s != NO_GRPC_STATUS).map(i64::from),
        }
    }
}

/// Whether a test of a text column holds; NULL fails all but IS NULL.
fn holds_text(test: &Test, value: Option<&str>) -> bool {
    match (test, value) {
        (Test::IsNull { negated }, value) => value.is_none() != *negated,
        (Test::StartsWith { prefix, negated }, Some(text)) => text.starts_with(&**prefix) != *negated,
        (Test::Text(Comparison::In { values, negated }), Some(text)) => {
            values.binary_search_by(|value| value.as_str().cmp(text)).is_ok() != *negated
        }
        (Test::Text(comparison), Some(text)) => comparison.holds(text),
        (Test::StartsWith { .. } | Test::Text(_), None) | (Test::Integer(_), _) => false,
    }
}

fn holds_number(test: &Test, value: Option<i64>) -> bool {
    match (test, value) {
        (Test::IsNull { negated }, value) => value.is_none() != *negated,
        // Lists are sorted, and may be long.
        (Test::Integer(Comparison::In { values, negated }), Some(number)) => {
            values.binary_search(&number).is_ok() != *negated
        }
        (Test::Integer(comparison), Some(number)) => comparison.holds(&number),
        _ => false,
    }
}
