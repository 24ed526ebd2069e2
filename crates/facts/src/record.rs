//! Facts as an Arrow record batch with names as text: the form that is stored and that other engines read.

mod read;

pub use read::NotFactColumns;

use crate::batch::{FactBatch, NO_DURATION, NO_GRPC_STATUS, NO_HTTP_STATUS};
use crate::columns::{Kind, Role, Source, texts};
use crate::names::{NameId, Names};
use crate::tables::NameTables;
use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray, TimestampNanosecondArray, UInt8Array, UInt32Array};
use arrow_schema::ArrowError;
use milepost_annotate::Origin;
use milepost_model::{Name, Outcome, Signal};
use std::sync::Arc;

/// Writes a batch out in full: columns by the names that expressions use, NULL where a fact has no value.
pub fn to_record_batch(batch: &FactBatch, tables: &NameTables) -> Result<RecordBatch, ArrowError> {
    let names = |ids: &UInt32Array, table: &Names| -> ArrayRef {
        Arc::new(ids.values().iter().map(|id| table.text(NameId(*id))).collect::<StringArray>())
    };
    let codes = |codes: &UInt8Array, texts: &[Option<&'static str>]| -> ArrayRef {
        Arc::new(codes.values().iter().map(|code| texts[usize::from(*code)]).collect::<StringArray>())
    };
    let products =
        batch.step.values().iter().map(|id| tables.step_products.get((*id as usize).wrapping_sub(1)).map(|t| &**t));
    let numbers = |values: Vec<Option<i64>>| -> ArrayRef { Arc::new(values.into_iter().collect::<Int64Array>()) };
    let some = |value: i64, null: i64| (value != null).then_some(value);
    let mut columns: Vec<(&str, ArrayRef)> = vec![
        ("time", Arc::new(TimestampNanosecondArray::from(batch.time.values().to_vec()).with_timezone("UTC"))),
        ("duration_ns", numbers(batch.duration.values().iter().map(|v| some(*v, NO_DURATION)).collect())),
        ("role", codes(&batch.role, &texts(Role::ALL, Role::as_str))),
        ("source", codes(&batch.source, &texts(Source::ALL, Source::as_str))),
        ("signal", codes(&batch.signal, &texts(&[Signal::Spans, Signal::Logs], Signal::as_str))),
        ("kind", codes(&batch.kind, &Kind::ALL.iter().map(|kind| kind.column_text()).collect::<Vec<_>>())),
        ("product", Arc::new(products.collect::<StringArray>())),
        ("objective", names(&batch.objective, &tables.objectives)),
        ("step", names(&batch.step, &tables.steps)),
        ("class", names(&batch.class, &tables.classes)),
        ("service", names(&batch.service, &tables.services)),
        ("operation", names(&batch.operation, &tables.operations)),
        ("outcome", codes(&batch.outcome, &texts(&Outcome::ALL, Outcome::as_str))),
        ("error_type", names(&batch.error, &tables.errors)),
        (
            "http_status",
            numbers(
                batch.http_status.values().iter().map(|v| some(i64::from(*v), i64::from(NO_HTTP_STATUS))).collect(),
            ),
        ),
        (
            "grpc_status",
            numbers(
                batch.grpc_status.values().iter().map(|v| some(i64::from(*v), i64::from(NO_GRPC_STATUS))).collect(),
            ),
        ),
        ("annotation", codes(&batch.origin, &texts(&Origin::ALL, Origin::as_str))),
        ("rule", names(&batch.rule, &tables.rules)),
        ("trace_id", Arc::new((0..batch.len()).map(|row| trace_text(batch, row)).collect::<StringArray>())),
        ("span_id", Arc::new(batch.span.values().iter().map(|id| span_text(*id)).collect::<StringArray>())),
        ("parent_span_id", Arc::new(batch.parent.values().iter().map(|id| span_text(*id)).collect::<StringArray>())),
        (
            "sampling_threshold",
            numbers(
                (0..batch.len()).map(|row| batch.sampling_threshold(row).and_then(|t| i64::try_from(t).ok())).collect(),
            ),
        ),
        ("interaction_id", Arc::new((0..batch.len()).map(|row| batch.interaction(row)).collect::<StringArray>())),
    ];
    let dimension_names: Vec<String> = tables.dimension_names.iter().map(column_of).collect();
    for (at, name) in dimension_names.iter().enumerate() {
        columns.push((name, names(&batch.dimensions[at], &tables.dimensions[at])));
    }
    let kpi_names: Vec<String> = tables.kpi_names.iter().map(amount_column_of).collect();
    for (at, name) in kpi_names.iter().enumerate() {
        // Amounts are far below what a signed number holds.
        let micros = |row: usize| batch.amount(at, row).and_then(|amount| i64::try_from(amount.micros()).ok());
        columns.push((name, numbers((0..batch.len()).map(micros).collect())));
    }
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true)))
}

/// The column of a dimension.
fn column_of(dimension: &Name) -> String {
    dimension.as_str().replace('-', "_")
}

/// The column of a KPI whose numbers events carry, in millionths of its unit. No name of a dimension has a dot.
fn amount_column_of(kpi: &Name) -> String {
    format!("kpi.{kpi}")
}

fn trace_text(batch: &FactBatch, row: usize) -> Option<String> {
    let trace = batch.trace(row);
    (!trace.is_none()).then(|| trace.to_string())
}

fn span_text(id: u64) -> Option<String> {
    (id != 0).then(|| format!("{id:016x}"))
}
