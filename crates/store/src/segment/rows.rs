//! Rows as they go into segments: facts and where they came from.

use crate::lsn::Lsn;
use arrow_array::cast::AsArray as _;
use arrow_array::types::TimestampNanosecondType;
use arrow_array::{Array as _, ArrayRef, RecordBatch, TimestampNanosecondArray, UInt64Array, new_null_array};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use milepost_model::Timestamp;
use std::sync::Arc;

/// Facts of one record of the log, under the registry that was active then.
#[derive(Clone, Debug)]
pub struct Decoded {
    /// The facts in columns, with a column `time`.
    pub facts: RecordBatch,
    /// When they were received.
    pub received_at: Timestamp,
    /// The registry under which they were made, by its number in the log.
    pub registry_version: u64,
}

impl Decoded {
    /// The facts with the columns that say where they came from.
    pub(crate) fn into_rows(self, lsn: Lsn) -> Result<RecordBatch, ArrowError> {
        let rows = self.facts.num_rows();
        let numbers = |number: u64| -> ArrayRef { Arc::new(UInt64Array::from_value(number, rows)) };
        let received = TimestampNanosecondArray::from_value(self.received_at.nanos(), rows).with_timezone("UTC");
        let schema = self.facts.schema();
        let mut fields: Vec<_> = schema.fields().iter().cloned().collect();
        let mut columns = self.facts.columns().to_vec();
        for (name, column) in [
            ("received_at", Arc::new(received) as ArrayRef),
            ("registry_version", numbers(self.registry_version)),
            ("lsn", numbers(lsn.0)),
        ] {
            fields.push(Arc::new(Field::new(name, column.data_type().clone(), true)));
            columns.push(column);
        }
        RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
    }
}

/// The starts of facts, as nanoseconds.
pub(crate) fn times(rows: &RecordBatch) -> Result<&[i64], ArrowError> {
    let column = rows.column_by_name("time").and_then(|column| column.as_primitive_opt::<TimestampNanosecondType>());
    let column =
        column.ok_or_else(|| ArrowError::SchemaError("facts need a column `time` in nanoseconds".to_owned()))?;
    Ok(column.values())
}

/// When facts were received, as nanoseconds; `None` where the column is not there.
pub fn received_at(rows: &RecordBatch) -> Option<&[i64]> {
    let column = rows.column_by_name("received_at")?.as_primitive_opt::<TimestampNanosecondType>()?;
    (column.null_count() == 0).then(|| &**column.values())
}

/// The same rows with the columns of a schema that has all of theirs.
pub(crate) fn with_columns(rows: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    let column = |field: &Arc<Field>| {
        let own = rows.column_by_name(field.name()).cloned();
        own.unwrap_or_else(|| new_null_array(field.data_type(), rows.num_rows()))
    };
    RecordBatch::try_new(schema.clone(), schema.fields().iter().map(column).collect())
}

/// Bytes that the columns take in memory, without what else their buffers hold.
pub(crate) fn memory_bytes(rows: &RecordBatch) -> u64 {
    let column = |column: &ArrayRef| match column.data_type() {
        DataType::Utf8 => {
            let offsets = column.as_string::<i32>().value_offsets();
            let text = offsets.last().copied().unwrap_or_default() - offsets.first().copied().unwrap_or_default();
            4 * rows.num_rows() as u64 + u64::from(text.unsigned_abs())
        }
        _ => 8 * rows.num_rows() as u64,
    };
    rows.columns().iter().map(column).sum()
}
