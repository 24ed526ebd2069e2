//! Reading counts over a time: what is in memory, and from the minute log what is older.

use super::{Cell, Counts, add};
use hashbrown::HashMap;
use milepost_model::Minute;
use milepost_store::minutes::{self, LogError, LostRows};
use milepost_store::{Lsn, SeriesId};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

/// How finely counts are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resolution {
    /// By minute.
    Minute,
    /// By hour.
    Hour,
    /// By day, in UTC.
    Day,
}

impl Resolution {
    /// Minutes of one part.
    pub fn minutes(self) -> i64 {
        match self {
            Self::Minute => 1,
            Self::Hour => 60,
            Self::Day => 24 * 60,
        }
    }

    pub(super) fn start(self, minute: Minute) -> Minute {
        Minute::new(minute.number().div_euclid(self.minutes()) * self.minutes())
    }
}

/// What was counted of a series in one part of a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its first minute.
    pub start: Minute,
    /// What was counted.
    pub cell: Cell,
}

/// The answer as far as memory has it, taken out of [`Counts`] so that nobody waits while files are read.
#[derive(Debug)]
pub struct Answer {
    wanted: HashMap<SeriesId, usize>,
    resolution: Resolution,
    /// What was asked for.
    minutes: Range<Minute>,
    /// By the position of the series.
    parts: Vec<BTreeMap<Minute, Cell>>,
    /// The minutes that files must add, as a checkpoint has them.
    from_files: Range<Minute>,
    checkpoint: Lsn,
}

/// The parts of each series that have anything, in order; and what is lost of the files that were read.
pub type Completed = (Vec<Vec<Part>>, Vec<LostRows>);

impl Counts {
    /// What is in memory of some series over some minutes, the end not included. [`Answer::complete`] adds what is in files.
    pub fn ask(&self, series: &[SeriesId], minutes: Range<Minute>, resolution: Resolution) -> Answer {
        let wanted: HashMap<SeriesId, usize> = series.iter().enumerate().map(|(at, series)| (*series, at)).collect();
        let in_files = minutes.start.min(self.horizon)..minutes.end.min(self.horizon);
        let mut parts = vec![BTreeMap::new(); series.len()];
        for (at, series) in series.iter().enumerate() {
            let recent = self.recent(*series).map(|recent| recent.range(minutes.clone())).into_iter().flatten();
            for (minute, cell) in recent {
                add(parts_entry(&mut parts[at], resolution, *minute), cell);
            }
        }
        for ((series, minute), cell) in self.late_deltas(in_files.clone()) {
            if let Some(at) = wanted.get(&series) {
                add(parts_entry(&mut parts[*at], resolution, minute), cell);
            }
        }
        Answer { wanted, resolution, minutes, parts, from_files: in_files, checkpoint: self.checkpoint }
    }
}

impl Answer {
    /// The minutes that it is about.
    pub fn minutes(&self) -> Range<Minute> {
        self.minutes.clone()
    }

    /// Adds what is in the files of a minute log.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn complete(mut self, folder: &Path) -> Result<Completed, LogError> {
        let mut lost = Vec::new();
        if !self.from_files.is_empty() {
            let (wanted, parts, resolution) = (&self.wanted, &mut self.parts, self.resolution);
            lost = minutes::read(folder, self.from_files, self.checkpoint, |row| {
                if let Some(at) = wanted.get(&row.series) {
                    add(parts_entry(&mut parts[*at], resolution, row.minute), &row.values);
                }
            })?;
        }
        let parts =
            self.parts.into_iter().map(|parts| parts.into_iter().map(|(start, cell)| Part { start, cell }).collect());
        Ok((parts.collect(), lost))
    }
}

fn parts_entry(parts: &mut BTreeMap<Minute, Cell>, resolution: Resolution, minute: Minute) -> &mut Cell {
    parts.entry(resolution.start(minute)).or_default()
}
