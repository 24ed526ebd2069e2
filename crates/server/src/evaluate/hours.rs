//! Minutes that are not in memory any more: the few hours of the minute log that windows give up now.

use super::watched::{Watched, Watches};
use crate::counts::Counts;
use hashbrown::HashMap;
use milepost_model::Minute;
use milepost_slo::{Counts as Units, IndicatorIndex, Minutes};
use milepost_store::minutes::StoredHour;
use milepost_store::{Lsn, SeriesId, minutes};
use std::cell::{Cell, RefCell};
use std::path::{Path, PathBuf};

/// Hours as the files had them when they were read.
#[derive(Debug)]
pub(super) struct Hours {
    folder: PathBuf,
    /// The checkpoint whose files they are of.
    checkpoint: Lsn,
    hours: HashMap<i64, Hour>,
}

#[derive(Debug)]
struct Hour {
    stored: StoredHour,
    is_used: Cell<bool>,
}

impl Hours {
    pub(super) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), checkpoint: Lsn(0), hours: HashMap::new() }
    }

    /// Lets go of hours that no window has asked for since, and of those whose files have grown with a checkpoint.
    pub(super) fn refresh(&mut self, checkpoint: Lsn) {
        let has_grown = std::mem::replace(&mut self.checkpoint, checkpoint) != checkpoint;
        let folder = self.folder.clone();
        self.hours.retain(|hour, kept| {
            let has_same_length = || minutes::length(&folder, *hour).unwrap_or_default() == kept.stored.length();
            kept.is_used.replace(false) && (!has_grown || has_same_length())
        });
    }

    fn hour(&mut self, hour: i64, counts: &Counts) -> Result<&Hour, minutes::LogError> {
        use hashbrown::hash_map::Entry;
        match self.hours.entry(hour) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(entry) => {
                let stored = StoredHour::read(&self.folder, hour, counts.checkpoint())?;
                Ok(entry.insert(Hour { stored, is_used: Cell::new(true) }))
            }
        }
    }
}

/// What was counted and is not taken in yet.
pub(super) type Changes = HashMap<(SeriesId, Minute), crate::counts::Cell>;

/// What was counted, as of one moment: in memory, in files, and in what files do not have yet; without what is still ahead.
pub(super) struct View<'v> {
    pub(super) counts: &'v Counts,
    pub(super) watches: &'v Watches,
    pub(super) hours: &'v RefCell<Hours>,
    pub(super) ahead: RefCell<Changes>,
    /// Set when a file could not be read: what was said of its minutes is wrong.
    pub(super) is_broken: Cell<bool>,
}

impl Minutes for View<'_> {
    fn minute(&self, indicator: IndicatorIndex, minute: Minute) -> Units {
        let watched = &self.watches.all[indicator.0 as usize];
        let mut units = self.counted(watched, minute);
        let ahead = self.ahead.borrow();
        if !ahead.is_empty() {
            for cell in watched.series.iter().filter_map(|series| ahead.get(&(*series, minute))) {
                let later = watched.units(cell);
                units = Units { valid: units.valid - later.valid, good: units.good - later.good };
            }
        }
        units
    }

    fn newest(&self, indicator: IndicatorIndex, running: Minute) -> Minute {
        self.watches.newest(indicator, running, self.counts)
    }
}

impl View<'_> {
    fn counted(&self, watched: &Watched, minute: Minute) -> Units {
        if watched.series.is_empty() {
            return Units::default();
        }
        let mut sum = Units::default();
        if minute >= self.counts.horizon() {
            for series in &watched.series {
                let cell = self.counts.recent(*series).and_then(|recent| recent.get(&minute));
                sum.add(cell.map(|cell| watched.units(cell)).unwrap_or_default());
            }
            return sum;
        }
        let mut hours = self.hours.borrow_mut();
        let Ok(hour) = hours.hour(minute.number().div_euclid(60), self.counts) else {
            self.is_broken.set(true);
            return sum;
        };
        hour.is_used.set(true);
        for series in &watched.series {
            sum.add(watched.units(&hour.stored.sum(*series, minute)));
            sum.add(self.counts.pending(*series, minute).map(|cell| watched.units(cell)).unwrap_or_default());
        }
        sum
    }
}
