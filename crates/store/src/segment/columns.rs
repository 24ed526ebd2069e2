//! Reading few columns of a segment, more than once: first those by which rows are chosen, then the others of the chosen rows. For questions that look
//! at all facts and need little of them.

use super::read::{damage, verify};
use super::{BATCH_ROWS, Damage, Segment};
use crate::directory::Directory;
use arrow_array::{BooleanArray, RecordBatch};
use arrow_schema::{DataType, Field, Fields, Schema};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection,
};
use parquet::errors::ParquetError;
use std::fs::File;
use std::sync::Arc;

/// A segment whose checksum was right when it was opened.
#[derive(Debug)]
pub struct Opened<'s> {
    directory: &'s Directory,
    segment: &'s Segment,
    file: File,
    metadata: ArrowReaderMetadata,
}

/// Which rows of a segment are wanted.
#[derive(Debug)]
pub struct Wanted(RowSelection);

impl Wanted {
    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        !self.0.selects_any()
    }
}

impl<'s> Opened<'s> {
    /// Opens a segment. Names come out of it as dictionaries, so that nobody reads a name for each row.
    ///
    /// # Errors
    /// It is not what was written.
    pub fn new(directory: &'s Directory, segment: &'s Segment) -> Result<Self, Damage> {
        verify(directory, segment)?;
        let open = || -> Result<_, ParquetError> {
            let file = File::open(segment.file(directory))?;
            let plain = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new())?;
            let fields: Fields = plain.schema().fields().iter().map(|field| Arc::new(as_dictionary(field))).collect();
            let options = ArrowReaderOptions::new().with_schema(Arc::new(Schema::new(fields)));
            Ok((file, ArrowReaderMetadata::try_new(plain.metadata().clone(), options)?))
        };
        let (file, metadata) = open().map_err(|error| damage(directory, segment, error.to_string()))?;
        Ok(Self { directory, segment, file, metadata })
    }

    /// Gives some columns of all rows, and notes which rows are wanted. Columns that are not there are left out.
    ///
    /// # Errors
    /// The file changed while it was read.
    pub fn choose(
        &self,
        columns: &[&str],
        mut is_wanted: impl FnMut(RecordBatch) -> Vec<bool>,
    ) -> Result<Wanted, Damage> {
        let mut chosen = Vec::new();
        self.each(columns, None, |rows| chosen.push(BooleanArray::from(is_wanted(rows))))?;
        Ok(Wanted(RowSelection::from_filters(&chosen)))
    }

    /// Gives some columns of the rows that are wanted.
    ///
    /// # Errors
    /// The file changed while it was read.
    pub fn read(&self, columns: &[&str], wanted: &Wanted, each: impl FnMut(RecordBatch)) -> Result<(), Damage> {
        if wanted.is_empty() { Ok(()) } else { self.each(columns, Some(&wanted.0), each) }
    }

    fn each(
        &self,
        columns: &[&str],
        rows: Option<&RowSelection>,
        mut each: impl FnMut(RecordBatch),
    ) -> Result<(), Damage> {
        let mut read = || -> Result<(), ParquetError> {
            let builder =
                ParquetRecordBatchReaderBuilder::new_with_metadata(self.file.try_clone()?, self.metadata.clone());
            let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
            let builder = builder.with_projection(mask).with_batch_size(BATCH_ROWS);
            let builder = match rows {
                Some(rows) => builder.with_row_selection(rows.clone()),
                None => builder,
            };
            builder.build()?.try_for_each(|batch| {
                each(batch?);
                Ok(())
            })
        };
        read().map_err(|error| damage(self.directory, self.segment, error.to_string()))
    }
}

/// Names as dictionaries; ids, each of which is another, as they are.
fn as_dictionary(field: &Field) -> Field {
    let is_name = *field.data_type() == DataType::Utf8 && !field.name().ends_with("_id");
    let kind = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    if is_name { field.clone().with_data_type(kind) } else { field.clone() }
}
