//! Random facts as plain rows, the registry that they belong to, and random expressions over them.

use milepost_annotate::{FieldPlan, Origin};
use milepost_expr::{Column, Columns, Expr, FactColumn, Scalar};
use milepost_facts::{Fact, FactBatch, FactBuilder, Kind, NameId, NameTables, Names, Role, Source, TraceId};
use milepost_model::{
    Amount, ClassId, DurationNs, GrpcStatus, ObjectiveId, Outcome, RuleId, Signal, StepId, Timestamp,
};
use milepost_registry::Registry;
use proptest::prelude::*;
use proptest::sample::{Select, select};
use std::sync::LazyLock;

/// Its rules stand in for those that ship, which would take longer to compile than all of a test.
const DOCUMENTS: &str = "
apiVersion: milepost/v1
kind: Product
metadata: {name: shop}
spec:
  description: People buy things.
  owner: product-manager
  dimensions: {region: attribute cloud.region, app-version: attribute app.version}
  kpis:
    revenue: {description: What people pay., unit: euros, value: attribute shop.revenue, steps: pay}
    orders: {description: How often people pay., unit: orders, steps: [pay]}
    found: {description: What people find while they look around., unit: things, value: attribute shop.found, steps: browse/search}
    searches: {description: How often people search to buy., unit: searches, steps: buy/search}
---
apiVersion: milepost/v1
kind: Objective
metadata: {name: buy}
spec: {title: Buy, description: Someone buys a thing., owner: product-manager, steps: [search, pay]}
---
apiVersion: milepost/v1
kind: Objective
metadata: {name: browse}
spec: {title: Browse, description: Someone looks around., owner: product-manager, steps: [search]}
---
apiVersion: milepost/v1
kind: Service
metadata: {name: web}
spec: {owner: web-team, operations: [GET /search, POST /pay, GET /help]}
---
apiVersion: milepost/v1
kind: Step
metadata: {name: search}
spec:
  title: Search
  description: Things are found.
  start: The user types.
  success: Things are shown.
  measure: [web GET /search]
---
apiVersion: milepost/v1
kind: Step
metadata: {name: pay}
spec:
  title: Pay
  description: Things are paid.
  start: The user presses Pay.
  success: A receipt is shown.
  measure: [web POST /pay]
---
apiVersion: milepost/v1
kind: AnnotationRules
metadata: {name: agents}
spec:
  rules:
    - {name: help, match: {path: /help}, step: browse/search, assumes: Help is read while searching.}
    - {name: tests, match: {userAgent: 'test*'}, class: test}
";

/// The registry of these tests.
pub(crate) static REGISTRY: LazyLock<Registry> = LazyLock::new(|| {
    let outcome = milepost_registry::read_texts([("shop.yaml", DOCUMENTS)]);
    outcome.registry.unwrap_or_else(|| panic!("{:?}", outcome.diagnostics))
});

pub(crate) fn tables(registry: &Registry) -> NameTables {
    NameTables::new(registry, &registry.annotator(&mut FieldPlan::default()))
}

pub(crate) fn columns() -> Columns {
    REGISTRY.columns(&REGISTRY.products[0].name)
}

/// Names as telemetry brings them; the first are names of the registry, too.
const SERVICES: [&str; 5] = ["web", "O'Brien's", "größe", "日本", "a%_\\"];
const OPERATIONS: [&str; 5] = ["web GET /search", "web POST /pay", "web GET /ünïcode/{id}", "span it's", ""];
const TEXTS: [&str; 7] = ["", "a", "ab", "a%b", "b'c", "é", "日本語"];
const INTERACTIONS: [&str; 3] = ["a-1", "A_1", "zz"];
const STATUSES: [u16; 7] = [100, 200, 204, 404, 499, 500, 999];
const DURATIONS: [u64; 7] = [0, 1, 500, 300_000_000, 300_000_001, i64::MAX as u64, u64::MAX];

/// The names of the dimensions, as columns.
pub(crate) const DIMENSIONS: [&str; 2] = ["region", "app_version"];
/// Steps, objectives, classes and rules of the registry, by position.
pub(crate) const STEPS: [&str; 2] = ["search", "pay"];

/// A fact with its names as text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) time: Timestamp,
    pub(crate) duration: Option<u64>,
    pub(crate) role: Role,
    pub(crate) source: Source,
    pub(crate) signal: Signal,
    pub(crate) kind: Kind,
    pub(crate) step: Option<usize>,
    pub(crate) objective: Option<usize>,
    pub(crate) class: usize,
    pub(crate) service: Option<&'static str>,
    pub(crate) operation: Option<&'static str>,
    pub(crate) outcome: Outcome,
    pub(crate) error: Option<&'static str>,
    pub(crate) http_status: Option<u16>,
    pub(crate) grpc_status: Option<GrpcStatus>,
    pub(crate) origin: Origin,
    pub(crate) rule: Option<usize>,
    pub(crate) trace: TraceId,
    pub(crate) span: u64,
    pub(crate) interaction: Option<&'static str>,
    pub(crate) dimensions: [Option<&'static str>; DIMENSIONS.len()],
    pub(crate) amounts: [Option<Amount>; 2],
}

/// A fact with most of it missing.
pub(crate) fn sample() -> Row {
    Row {
        time: Timestamp::default(),
        duration: None,
        role: Role::Step,
        source: Source::Service,
        signal: Signal::Spans,
        kind: Kind::Server,
        step: Some(0),
        objective: None,
        class: 0,
        service: None,
        operation: None,
        outcome: Outcome::Success,
        error: None,
        http_status: None,
        grpc_status: None,
        origin: Origin::Operation,
        rule: None,
        trace: TraceId(0, 0),
        span: 0,
        interaction: None,
        dimensions: [None, None],
        amounts: [None, None],
    }
}

/// One of these, or NULL.
fn some<T: Copy + std::fmt::Debug + 'static>(values: &'static [T]) -> impl Strategy<Value = Option<T>> {
    prop::option::weighted(0.75, select(values))
}

fn any_of<T: Copy + std::fmt::Debug + 'static>(values: &'static [T]) -> Select<T> {
    select(values)
}

/// Instants in four minutes around 1970, mostly at the borders of minutes.
fn time() -> impl Strategy<Value = Timestamp> {
    const MINUTE: i64 = 60_000_000_000;
    let within = prop_oneof![Just(0), Just(1), Just(MINUTE - 1), 0..MINUTE];
    (-2i64..2, within).prop_map(|(minute, nanos)| Timestamp::from_nanos(minute * MINUTE + nanos))
}

/// Nothing, as a rule; else small ones, and the largest.
fn amount() -> impl Strategy<Value = Option<Amount>> {
    let micros = prop_oneof![Just(0), Just(Amount::MOST.micros()), 0..5_000_000u64];
    prop::option::of(micros.prop_map(|micros| Amount::from_micros(micros).expect("within bounds")))
}

/// Any fact; trace and span ids are few, so that some events come again.
pub(crate) fn row() -> impl Strategy<Value = Row> {
    let what = (any_of(Role::ALL), any_of(Source::ALL), select(&[Signal::Spans, Signal::Logs][..]), any_of(Kind::ALL));
    let ids = (some(&[0, 1]), some(&[0, 1]), select(&[0, 0, 0, 1, 2][..]), some(&[0, 1]));
    let names = (some(&SERVICES), some(&OPERATIONS), some(&TEXTS), some(&INTERACTIONS), [some(&TEXTS), some(&TEXTS)]);
    let ended = (any_of(&Outcome::ALL), some(&STATUSES), some(&[0i64, 4, 14, 16]), some(&DURATIONS));
    let origin = (any_of(&Origin::ALL), [amount(), amount()]);
    let span = (0u64..3, 0u64..40);
    (time(), what, ids, names, ended, origin, span).prop_map(
        |(time, what, ids, names, ended, origin, (trace, span))| Row {
            time,
            role: what.0,
            source: what.1,
            signal: what.2,
            kind: what.3,
            step: ids.0,
            objective: ids.1,
            class: ids.2,
            rule: ids.3,
            service: names.0,
            operation: names.1,
            error: names.2,
            // An empty interaction id is none.
            interaction: names.3,
            dimensions: names.4,
            outcome: ended.0,
            http_status: ended.1,
            grpc_status: ended.2.and_then(GrpcStatus::from_code),
            duration: ended.3,
            origin: origin.0,
            amounts: origin.1,
            trace: TraceId(0, trace),
            span,
        },
    )
}

impl Row {
    /// Adds the fact to a batch.
    pub(crate) fn push(&self, builder: &mut FactBuilder, tables: &mut NameTables) {
        let name = |names: &mut Names, text: Option<&str>| text.map_or(NameId::NULL, |text| names.id(text));
        let dimensions: Vec<NameId> =
            tables.dimensions.iter_mut().zip(self.dimensions).map(|(names, text)| name(names, text)).collect();
        let fact = Fact {
            time: self.time,
            duration: self.duration.map(DurationNs::from_nanos),
            role: self.role,
            source: self.source,
            signal: self.signal,
            kind: self.kind,
            step: self.step.map(StepId::new),
            objective: self.objective.map(ObjectiveId::new),
            class: ClassId::new(self.class),
            service: name(&mut tables.services, self.service),
            operation: name(&mut tables.operations, self.operation),
            outcome: self.outcome,
            error: name(&mut tables.errors, self.error),
            http_status: self.http_status,
            grpc_status: self.grpc_status,
            origin: self.origin,
            rule: self.rule.map(RuleId::new),
            trace: self.trace,
            span: self.span,
            parent: self.span / 2,
            sampling_threshold: Some(self.span << 50).filter(|threshold| *threshold > 0),
            interaction: self.interaction,
            amounts: &self.amounts,
        };
        builder.push(&fact, &dimensions);
    }

    /// What the fact holds in a column, by the documentation of columns.
    pub(crate) fn cell(&self, column: &Column) -> Scalar<'static> {
        let text = |text: Option<&'static str>| text.map_or(Scalar::Null, Scalar::Text);
        let integer = |number: Option<i64>| number.map_or(Scalar::Null, Scalar::Integer);
        let column = match column {
            Column::Fact(column) => *column,
            Column::Dimension(dimension) => {
                let at = DIMENSIONS.iter().position(|name| *name == dimension.name()).expect("a declared dimension");
                return text(self.dimensions[at]);
            }
        };
        match column {
            FactColumn::Role => Scalar::Text(self.role.as_str()),
            FactColumn::Source => Scalar::Text(self.source.as_str()),
            FactColumn::Signal => Scalar::Text(self.signal.as_str()),
            FactColumn::Objective => text(self.objective.map(|at| ["buy", "browse"][at])),
            FactColumn::Step => text(self.step.map(|at| STEPS[at])),
            FactColumn::Class => Scalar::Text(["interactive", "batch", "test"][self.class]),
            FactColumn::Service => text(self.service),
            FactColumn::Operation => text(self.operation),
            FactColumn::Kind => text((self.kind != Kind::Unspecified).then(|| self.kind.as_str())),
            FactColumn::Outcome => Scalar::Text(self.outcome.as_str()),
            FactColumn::ErrorType => text(self.error),
            FactColumn::Annotation => Scalar::Text(self.origin.as_str()),
            FactColumn::Rule => {
                assert_eq!(REGISTRY.rules[0].id, "agents/help");
                text(self.rule.map(|at| ["agents/help", "agents/tests"][at]))
            }
            FactColumn::InteractionId => text(self.interaction),
            FactColumn::HttpStatus => integer(self.http_status.map(i64::from)),
            FactColumn::GrpcStatus => integer(self.grpc_status.map(|status| status.code().into())),
            FactColumn::DurationNs => integer(self.duration.map(|nanos| i64::try_from(nanos).unwrap_or(i64::MAX))),
        }
    }
}

/// A batch of rows.
pub(crate) fn batch(rows: &[Row], tables: &mut NameTables) -> FactBatch {
    let mut builder = FactBuilder::new(tables);
    rows.iter().for_each(|row| row.push(&mut builder, tables));
    builder.take()
}

/// The text of an expression within the grammar.
pub(crate) fn expression() -> impl Strategy<Value = String> {
    leaf().prop_recursive(4, 16, 3, |inner| {
        let join = |word: &'static str| {
            prop::collection::vec(inner.clone(), 2..4).prop_map(move |operands| format!("({})", operands.join(word)))
        };
        prop_oneof![join(" AND "), join(" OR "), inner.clone().prop_map(|operand| format!("NOT ({operand})"))]
    })
}

fn leaf() -> BoxedStrategy<String> {
    let columns = columns();
    let all: Vec<Column> = columns.names().filter_map(|name| columns.get(name)).collect();
    select(all).prop_flat_map(|column| predicate(&column)).boxed()
}

fn predicate(column: &Column) -> BoxedStrategy<String> {
    let name = column.name().to_owned();
    let literals = literals(column);
    let literal = select(literals.clone());
    let negation = select(&["", "NOT "][..]);
    let operator = select(&["=", "<>", "<", "<=", ">", ">="][..]);
    let (one, many, null, range) = (name.clone(), name.clone(), name.clone(), name.clone());
    let compare = (operator, literal.clone()).prop_map(move |(op, value)| format!("{one} {op} {value}"));
    let list = (negation.clone(), prop::collection::vec(literal, 1..5))
        .prop_map(move |(not, values)| format!("{many} {not}IN ({})", values.join(", ")));
    let is_null = negation.clone().prop_map(move |not| format!("{null} IS {not}NULL"));
    // Literals are in order.
    let between = (negation.clone(), 0..literals.len(), 0..literals.len())
        .prop_map(move |(not, a, b)| format!("{range} {not}BETWEEN {} AND {}", literals[a.min(b)], literals[a.max(b)]));
    let plain = prop_oneof![4 => compare, 2 => list, 1 => is_null, 1 => between];
    if column.column_type() == milepost_expr::ColumnType::Text {
        let prefixes = select(match column.allowed() {
            [] => vec!["a", "ab", "b'", "é", "日", "web ", "web GET /ü", "s", "interactive"],
            // Only what some value begins with; the values are ASCII.
            allowed => allowed.iter().map(|value| &value[..2]).collect(),
        });
        let like = (negation, prefixes)
            .prop_map(move |(not, prefix)| format!("{name} {not}LIKE '{}%'", prefix.replace('\'', "''")));
        return prop_oneof![4 => plain, 1 => like].boxed();
    }
    plain.boxed()
}

/// Literals worth comparing a column with, in order.
fn literals(column: &Column) -> Vec<String> {
    let numbers: &[i64] = match column {
        Column::Fact(FactColumn::HttpStatus) => &[i64::MIN, 0, 100, 200, 404, 499, 500, 999],
        Column::Fact(FactColumn::GrpcStatus) => &[-1, 0, 4, 14, 16, 255],
        Column::Fact(FactColumn::DurationNs) => &[i64::MIN, -1, 0, 1, 499, 300_000_000, 300_000_001, i64::MAX],
        _ => &[],
    };
    if !numbers.is_empty() {
        return numbers.iter().map(ToString::to_string).collect();
    }
    let mut texts: Vec<&str> = match column {
        _ if !column.allowed().is_empty() => column.allowed().to_vec(),
        Column::Fact(FactColumn::Service) => SERVICES.to_vec(),
        Column::Fact(FactColumn::Operation) => OPERATIONS.to_vec(),
        Column::Fact(FactColumn::Step) => [&STEPS[..], &["Search", "zz"]].concat(),
        Column::Fact(FactColumn::Objective) => vec!["browse", "buy", "none"],
        Column::Fact(FactColumn::Class) => vec!["batch", "interactive", "monitor", "test"],
        Column::Fact(FactColumn::Rule) => vec!["agents", "agents/help", "agents/tests"],
        Column::Fact(FactColumn::InteractionId) => [&INTERACTIONS[..], &["a-2"]].concat(),
        _ => TEXTS.to_vec(),
    };
    texts.sort_unstable();
    texts.iter().map(|text| format!("'{}'", text.replace('\'', "''"))).collect()
}

/// Parses what [`expression`] wrote.
pub(crate) fn parse(text: &str) -> Expr {
    Expr::parse(text, &columns()).unwrap_or_else(|errors| panic!("{text}: {errors:#?}"))
}
