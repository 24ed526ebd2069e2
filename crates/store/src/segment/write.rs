//! Writing a segment: under a temporary name, until it is whole and durable.

use super::rows::{memory_bytes, times};
use super::{BATCH_ROWS, Segment};
use crate::error::StoreError;
use crate::file::{Summed, sync_folder};
use crate::hour::Hour;
use crate::lsn::Lsn;
use arrow_array::RecordBatch;
use arrow_array::cast::AsArray as _;
use arrow_array::types::UInt64Type;
use arrow_schema::{ArrowError, SchemaRef};
use milepost_model::Timestamp;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// A segment that is being written. Dropped before it is finished, it leaves nothing.
#[derive(Debug)]
pub struct Writer {
    segments: PathBuf,
    temporary: Temporary,
    schema: SchemaRef,
    parquet: ArrowWriter<Summed<File>>,
    /// What is known so far; its path is the end of its name until it is finished.
    segment: Segment,
}

/// Rows of a row group: enough to compress well, few enough to be held while they are encoded.
const ROW_GROUP_ROWS: usize = 128 * 1024;

impl Writer {
    /// Begins a segment in the folder of segments. `serial` and `part` are its own: no other segment has both.
    ///
    /// # Errors
    /// The file cannot be created.
    pub fn new(
        segments: &Path,
        hour: Hour,
        (serial, part): (u64, u32),
        schema: &SchemaRef,
    ) -> Result<Self, StoreError> {
        let name = format!("{serial}-{part}");
        let path = segments.join(&name).with_extension("tmp");
        let file = File::create(&path).map_err(StoreError::io("create", &path))?;
        let temporary = Temporary(Some(path.clone()));
        // Readers go by names of columns; what Arrow would add says nothing that they need.
        let options = ArrowWriterOptions::new().with_properties(properties()).with_skip_arrow_metadata(true);
        let parquet = ArrowWriter::try_new_with_options(Summed::new(file), schema.clone(), options);
        let segment = Segment {
            path: name,
            hour,
            first_lsn: Lsn(u64::MAX),
            last_lsn: Lsn(0),
            rows: 0,
            bytes: 0,
            memory_bytes: 0,
            min_time: Timestamp::from_nanos(i64::MAX),
            max_time: Timestamp::from_nanos(i64::MIN),
            crc32: 0,
            created: Timestamp::default(),
        };
        let parquet = parquet.map_err(StoreError::columns(&path))?;
        Ok(Self { segments: segments.to_owned(), temporary, schema: schema.clone(), parquet, segment })
    }

    /// The columns it was begun with.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Facts so far.
    pub fn rows(&self) -> u64 {
        self.segment.rows
    }

    /// Bytes in memory that wait for the end of their row group.
    pub fn buffered_bytes(&self) -> usize {
        self.parquet.memory_size()
    }

    /// Adds facts of its hour, with the columns it was begun with.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&mut self, rows: &RecordBatch) -> Result<(), StoreError> {
        let path = self.temporary.path();
        let fails = StoreError::columns::<ArrowError>(path);
        let segment = &mut self.segment;
        let (times, lsns) = match (times(rows), rows.column_by_name("lsn")) {
            (Ok(times), Some(lsns)) => (times, lsns.as_primitive::<UInt64Type>().values()),
            (Err(error), _) => return Err(fails(error)),
            (_, None) => return Err(fails(ArrowError::SchemaError("facts need a column `lsn`".to_owned()))),
        };
        for (time, lsn) in times.iter().zip(lsns) {
            segment.min_time = segment.min_time.min(Timestamp::from_nanos(*time));
            segment.max_time = segment.max_time.max(Timestamp::from_nanos(*time));
            segment.first_lsn = segment.first_lsn.min(Lsn(*lsn));
            segment.last_lsn = segment.last_lsn.max(Lsn(*lsn));
        }
        segment.rows += rows.num_rows() as u64;
        segment.memory_bytes += memory_bytes(rows);
        self.parquet.write(rows).map_err(StoreError::columns(path))
    }

    /// Ends the file, makes it durable and gives it its name. It counts once the catalog has it.
    ///
    /// # Errors
    /// It is not durable; nothing of it is left.
    pub fn finish(mut self, created: Timestamp) -> Result<Segment, StoreError> {
        let path = self.temporary.path();
        self.parquet.finish().map_err(StoreError::columns(path))?;
        let file = self.parquet.inner();
        file.inner.sync_all().map_err(StoreError::io("sync", path))?;
        let mut segment = self.segment;
        (segment.bytes, segment.crc32) = file.sum();
        segment.created = created;
        let folder = self.segments.join(segment.hour.folder());
        segment.path =
            format!("{}/{}-{}-{}.parquet", segment.hour.folder(), segment.first_lsn, segment.last_lsn, segment.path);
        fs::create_dir_all(&folder).map_err(StoreError::io("create", &folder))?;
        let target = self.segments.join(&segment.path);
        fs::rename(path, &target).map_err(StoreError::io("create", &target))?;
        self.temporary.0 = Some(target);
        for folder in [Some(&*folder), folder.parent(), Some(&*self.segments)].into_iter().flatten() {
            sync_folder(folder).map_err(StoreError::io("sync", folder))?;
        }
        self.temporary.0 = None;
        Ok(segment)
    }
}

fn properties() -> WriterProperties {
    let mut properties = WriterProperties::builder()
        .set_created_by(format!("milepost {}", env!("CARGO_PKG_VERSION")))
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_write_batch_size(BATCH_ROWS)
        .set_statistics_enabled(EnabledStatistics::Chunk);
    let numbers = ["time", "duration_ns", "received_at", "lsn"].map(|name| (name, Encoding::DELTA_BINARY_PACKED));
    // Each is another, so that a dictionary would only be begun and given up.
    let ids = ["trace_id", "span_id", "parent_span_id", "interaction_id"]
        .map(|name| (name, Encoding::DELTA_LENGTH_BYTE_ARRAY));
    for (name, encoding) in numbers.into_iter().chain(ids) {
        let column = ColumnPath::from(name);
        properties =
            properties.set_column_dictionary_enabled(column.clone(), false).set_column_encoding(column, encoding);
    }
    properties.build()
}

/// A file that is removed unless it is finished.
#[derive(Debug)]
struct Temporary(Option<PathBuf>);

impl Temporary {
    fn path(&self) -> &Path {
        self.0.as_deref().expect("a file until it is finished")
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // What cannot be removed now is removed at the next start, since no catalog lists it.
        if let Some(path) = &self.0 {
            let _ = fs::remove_file(path);
        }
    }
}
