//! The rows of one append as they are stored: columns, sorted by series, then by minute.

use super::{Row, VALUES};
use crate::lsn::Lsn;
use crate::series::SeriesId;
use milepost_facts::packed::{Column, Cursor, NotPacked, put_number, put_numbers};
use milepost_model::Minute;

/// What bounds the rows of a block that says how many it has.
const MAX_ROWS: u64 = 1 << 28;

/// The rows of a block, read in place.
#[derive(Debug)]
pub(super) struct Rows<'b> {
    hour: i64,
    count: usize,
    series: Column<'b>,
    minutes: Column<'b>,
    values: [Column<'b>; VALUES],
}

impl<'b> Rows<'b> {
    /// Of a block's payload, in the file of an hour.
    pub(super) fn read(payload: &'b [u8], hour: i64) -> Result<Self, NotPacked> {
        let mut cursor = Cursor(payload);
        cursor.take(8)?;
        let count = cursor.count(MAX_ROWS)?;
        let (series, minutes) = (Column::take(&mut cursor, count)?, Column::take(&mut cursor, count)?);
        let mut values = [series; VALUES];
        for column in &mut values {
            *column = Column::take(&mut cursor, count)?;
        }
        Ok(Self { hour, count, series, minutes, values })
    }

    pub(super) fn len(&self) -> usize {
        self.count
    }

    pub(super) fn series(&self, at: usize) -> SeriesId {
        SeriesId(self.series.get(at) as u32)
    }

    pub(super) fn minute(&self, at: usize) -> Minute {
        Minute::new(self.hour * 60 + self.minutes.get(at) as i64)
    }

    pub(super) fn values(&self, at: usize) -> [u64; VALUES] {
        std::array::from_fn(|value| self.values[value].get(at))
    }

    pub(super) fn row(&self, at: usize) -> Row {
        Row { series: self.series(at), minute: self.minute(at), values: self.values(at) }
    }
}

pub(super) fn lsn_of(payload: &[u8]) -> Option<Lsn> {
    let bytes = payload.get(..8)?;
    Some(Lsn(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))))
}

pub(super) fn encode(lsn: Lsn, hour: i64, rows: &[Row]) -> Vec<u8> {
    let mut bytes = lsn.0.to_le_bytes().to_vec();
    put_number(&mut bytes, rows.len() as u64);
    put_numbers(rows.iter().map(|row| u64::from(row.series.0)), &mut bytes);
    put_numbers(rows.iter().map(|row| (row.minute.number() - hour * 60) as u64), &mut bytes);
    for at in 0..VALUES {
        put_numbers(rows.iter().map(|row| row.values[at]), &mut bytes);
    }
    bytes
}
