//! An hour of the minute log held as its file has it, for whoever asks for single minutes of many series: a few bytes a row.

use super::rows::{Rows, lsn_of};
use super::{LogError, VALUES, file_name};
use crate::block;
use crate::file::FileKind;
use crate::lsn::Lsn;
use crate::series::SeriesId;
use milepost_model::Minute;
use std::fs;
use std::io;
use std::ops::{Range, RangeInclusive};
use std::path::Path;

/// The rows of an hour, as far as a checkpoint has them.
#[derive(Debug)]
pub struct StoredHour {
    hour: i64,
    length: u64,
    bytes: Vec<u8>,
    blocks: Vec<Block>,
}

#[derive(Debug)]
struct Block {
    payload: Range<usize>,
    /// Of its rows.
    minutes: RangeInclusive<Minute>,
}

impl StoredHour {
    /// Reads the file of an hour, counted from 1970; without one there are no rows, as there are none in what is damaged.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read(folder: &Path, hour: i64, to: Lsn) -> Result<Self, LogError> {
        let path = folder.join(file_name(hour));
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(source) => return Err(LogError::Io { path, source }),
        };
        let (mut blocks, mut length) = (Vec::new(), bytes.len());
        block::each(&bytes, FileKind::HEADER_BYTES.min(bytes.len()), |place, payload| {
            if lsn_of(payload).is_none_or(|lsn| lsn > to) {
                length = length.min(place.start);
                return;
            }
            let Ok(rows) = Rows::read(payload, hour) else { return };
            let minutes = || (0..rows.len()).map(|at| rows.minute(at));
            if let (Some(first), Some(last)) = (minutes().min(), minutes().max()) {
                blocks.push(Block { payload: place.end - payload.len()..place.end, minutes: first..=last });
            }
        });
        Ok(Self { hour, length: length as u64, bytes, blocks })
    }

    /// How long its file is as far as it was taken in, in bytes.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// What was counted of a series in a minute.
    pub fn sum(&self, series: SeriesId, minute: Minute) -> [u64; VALUES] {
        let mut sum = [0; VALUES];
        for block in self.blocks.iter().filter(|block| block.minutes.contains(&minute)) {
            let Ok(rows) = Rows::read(&self.bytes[block.payload.clone()], self.hour) else { continue };
            let wanted = (series, minute);
            let at = |row: usize| (rows.series(row), rows.minute(row));
            let (mut from, mut to) = (0, rows.len());
            while from < to {
                let middle = from + (to - from) / 2;
                if at(middle) < wanted { from = middle + 1 } else { to = middle }
            }
            for row in (from..rows.len()).take_while(|row| at(*row) == wanted) {
                rows.values(row).iter().zip(&mut sum).for_each(|(value, sum)| *sum += value);
            }
        }
        sum
    }
}
