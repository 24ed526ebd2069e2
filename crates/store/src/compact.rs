//! Small segments of an hour become one, in order of time, once the hour is over.
//!
//! The new file is durable before the catalog lists it in place of the old ones, in one transaction; those are removed after. A stop in between
//! leaves files that no catalog lists, and doing it again changes nothing more.

use crate::catalog::Blocking;
use crate::directory::Directory;
use crate::error::StoreError;
use crate::files::remove_files;
use crate::hour::Hour;
use crate::segment::{self, BATCH_ROWS, Damage, Segment, Within, Writer, times, with_columns};
use arrow_array::cast::AsArray as _;
use arrow_array::types::UInt64Type;
use arrow_array::{Array as _, RecordBatch};
use arrow_schema::{ArrowError, Schema, SchemaRef};
use arrow_select::interleave::interleave_record_batch;
use milepost_model::{DurationNs, Timestamp};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

/// What compaction did.
#[derive(Debug, Default)]
pub struct Compacted {
    /// Segments that were replaced.
    pub removed: Vec<Segment>,
    /// Segments that took their place.
    pub added: Vec<Segment>,
    /// Segments that are lost; they stay listed, and those beside them as they are.
    pub damage: Vec<Damage>,
}

/// Facts of a merged segment, and bytes they take in memory while they are merged.
const MERGED_ROWS: u64 = 256 * 1024;
const MERGED_BYTES: u64 = 16 << 20;
/// Most facts of an hour have come by then; those that come later are merged once they are worth it.
const SETTLED_AFTER: DurationNs = DurationNs::from_seconds(10 * 60);
/// So many times smaller than the largest of their group are segments that wait, and so many are too many.
const WORTH: u64 = 8;
const TOO_MANY: usize = 16;

/// Merges what can be merged at a time, until somebody holds the directory's files: where that is from the beginning, nothing is returned.
///
/// # Errors
/// A segment or the catalog cannot be written; what was merged before that stays.
pub fn compact(directory: &Directory, catalog: &Blocking, now: Timestamp) -> Result<Option<Compacted>, StoreError> {
    let mut compacted = Compacted::default();
    for group in plan(&catalog.segments()?, now) {
        // Group by group, so that nobody who wants to hold files waits for long.
        let Some(_alone) = directory.alone()? else {
            let is_begun = !compacted.added.is_empty();
            return Ok(is_begun.then_some(compacted));
        };
        let merged = match merge(directory, &group, catalog.next_serial()?, now) {
            Ok(merged) => merged,
            Err(StoreError::Damaged(damage)) => {
                compacted.damage.push(damage);
                continue;
            }
            Err(error) => return Err(error),
        };
        match catalog.replace(&group, &merged) {
            Ok(true) => {
                remove_files(directory, &group);
                compacted.removed.extend(group);
                compacted.added.push(merged);
            }
            // One of them is gone, so that the merged one has too much.
            Ok(false) => remove_files(directory, &[merged]),
            Err(error) => {
                if matches!(catalog.lists(&merged), Ok(false)) {
                    remove_files(directory, &[merged]);
                }
                return Err(error);
            }
        }
    }
    Ok(Some(compacted))
}

/// Which segments are merged at a time: groups within an hour that is over.
pub fn plan(segments: &[Segment], now: Timestamp) -> Vec<Vec<Segment>> {
    let mut by_hour: BTreeMap<Hour, Vec<&Segment>> = BTreeMap::new();
    for segment in segments.iter().filter(|segment| segment.hour.end().plus(SETTLED_AFTER) <= now) {
        by_hour.entry(segment.hour).or_default().push(segment);
    }
    let mut groups = Vec::new();
    for of_hour in by_hour.into_values() {
        let mut group = Group::default();
        for segment in of_hour {
            if !group.has_room_for(segment) {
                groups.push(std::mem::take(&mut group));
            }
            group.add(segment);
        }
        groups.push(group);
    }
    groups.retain(Group::is_worth_it);
    groups.into_iter().map(|group| group.segments).collect()
}

/// Segments that fit into one.
#[derive(Default)]
struct Group {
    segments: Vec<Segment>,
    rows: u64,
    memory_bytes: u64,
}

impl Group {
    fn has_room_for(&self, segment: &Segment) -> bool {
        self.rows + segment.rows <= MERGED_ROWS && self.memory_bytes + segment.memory_bytes <= MERGED_BYTES
    }

    fn add(&mut self, segment: &Segment) {
        self.rows += segment.rows;
        self.memory_bytes += segment.memory_bytes;
        self.segments.push(segment.clone());
    }

    /// A few late facts are not worth writing all of an hour again.
    fn is_worth_it(&self) -> bool {
        let largest = self.segments.iter().map(|segment| segment.rows).max().unwrap_or_default();
        let others = self.rows - largest;
        self.segments.len() >= TOO_MANY || (self.segments.len() > 1 && others * WORTH >= largest)
    }
}

/// The first half of [`compact`] for one group of an hour: a durable segment that no catalog lists yet, under a serial of its own.
///
/// # Errors
/// One of them is damaged, or the new one cannot be written.
///
/// # Panics
/// Without segments.
pub fn merge(directory: &Directory, group: &[Segment], serial: u64, now: Timestamp) -> Result<Segment, StoreError> {
    let mut batches = Vec::new();
    for segment in group {
        segment::read(directory, segment, &Within::default(), |rows| batches.push(rows))?;
    }
    let folder = directory.segments();
    let schema = all_columns(&batches);
    let aligned: Result<Vec<RecordBatch>, ArrowError> =
        batches.iter().map(|rows| with_columns(rows, &schema)).collect();
    let batches = aligned.map_err(StoreError::columns(&folder))?;
    let order = by_time(&batches).map_err(StoreError::columns(&folder))?;
    let mut writer = Writer::new(&folder, group[0].hour, (serial, 0), &schema)?;
    let all: Vec<&RecordBatch> = batches.iter().collect();
    for places in order.chunks(BATCH_ROWS) {
        let rows = interleave_record_batch(&all, places).map_err(StoreError::columns(&folder))?;
        writer.write(&rows)?;
    }
    writer.finish(now)
}

/// The columns of all batches, each once.
fn all_columns(batches: &[RecordBatch]) -> SchemaRef {
    let mut names = HashSet::new();
    let schemas: Vec<SchemaRef> = batches.iter().map(RecordBatch::schema).collect();
    let fields = schemas.iter().flat_map(|schema| schema.fields().iter());
    Arc::new(Schema::new(fields.filter(|field| names.insert(field.name().as_str())).cloned().collect::<Vec<_>>()))
}

/// Where the rows lie, in the order of their times, and those of one time in that of the log.
fn by_time(batches: &[RecordBatch]) -> Result<Vec<(usize, usize)>, ArrowError> {
    let mut places = Vec::new();
    for (batch, rows) in batches.iter().enumerate() {
        let lsns = rows.column_by_name("lsn").and_then(|lsns| lsns.as_primitive_opt::<UInt64Type>());
        let lsn = |row| lsns.filter(|lsns| lsns.is_valid(row)).map_or(0, |lsns| lsns.value(row));
        places.extend(times(rows)?.iter().enumerate().map(|(row, time)| ((*time, lsn(row)), (batch, row))));
    }
    places.sort_unstable();
    Ok(places.into_iter().map(|(_, place)| place).collect())
}
