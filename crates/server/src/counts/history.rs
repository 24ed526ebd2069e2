//! What was counted of one series minute by minute, and in which minutes anything was: to be gone through again.

use super::{Cell, Counts, SeriesKey};
use milepost_model::Minute;
use milepost_slo::backtest::{Arrival, History};
use milepost_slo::{Counts as Units, IndicatorIndex};
use milepost_store::minutes::{self, LogError, LostRows};
use milepost_store::{Lsn, SeriesId};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;

/// A history as far as memory has it, taken out of [`Counts`] so that nobody waits while files are read.
#[derive(Debug)]
pub(crate) struct Recollection {
    of: SeriesId,
    /// Whether a series counts attempts, by its number: others are counted by hour, and say nothing of a minute.
    is_attempts: Vec<bool>,
    from_files: Range<Minute>,
    checkpoint: Lsn,
    counted: BTreeMap<Minute, Units>,
    heard: BTreeSet<Minute>,
}

/// The place that the series has in its history.
pub(crate) const INDICATOR: IndicatorIndex = IndicatorIndex(0);

impl Counts {
    /// What is in memory of the series of an indicator over some minutes, the end not included, and when anything was heard at all.
    pub(crate) fn recollect(&self, of: SeriesId, minutes: Range<Minute>) -> Recollection {
        let numbers = (0..self.series.len()).map(|number| SeriesId(u32::try_from(number).expect("series are fewer")));
        let is_attempts = |series: SeriesId| self.series.key(series).is_some_and(SeriesKey::is_attempts);
        let mut found = Recollection {
            of,
            is_attempts: numbers.clone().map(is_attempts).collect(),
            from_files: minutes.start.min(self.horizon)..minutes.end.min(self.horizon),
            checkpoint: self.checkpoint,
            counted: BTreeMap::new(),
            heard: BTreeSet::new(),
        };
        for series in numbers {
            let recent = self.recent(series).map(|recent| recent.range(minutes.clone())).into_iter().flatten();
            recent.for_each(|(minute, cell)| found.take(series, *minute, cell));
        }
        let late = self.late_deltas(found.from_files.clone());
        late.for_each(|((series, minute), cell)| found.take(series, minute, cell));
        found
    }
}

impl Recollection {
    /// Adds what is in the files of a minute log; and what is lost of those.
    ///
    /// # Errors
    /// A file cannot be read.
    pub(crate) fn complete(mut self, folder: &Path) -> Result<(History, Vec<LostRows>), LogError> {
        let mut lost = Vec::new();
        if !self.from_files.is_empty() {
            lost = minutes::read(folder, self.from_files.clone(), self.checkpoint, |row| {
                self.take(row.series, row.minute, &row.values);
            })?;
        }
        // The log does not say when an attempt was received: it is taken as known in the minute in which it began.
        let arrival =
            |(minute, counts): (Minute, Units)| Arrival { indicator: INDICATOR, minute, counts, received: minute };
        Ok((History::new(self.counted.into_iter().map(arrival), self.heard), lost))
    }

    fn take(&mut self, series: SeriesId, minute: Minute, cell: &Cell) {
        let [valid, good, ..] = *cell;
        if series == self.of && valid > 0 {
            self.counted.entry(minute).or_default().add(Units { valid, good });
        }
        if self.is_attempts.get(series.0 as usize).is_some_and(|is_attempts| *is_attempts) {
            self.heard.insert(minute);
        }
    }
}
