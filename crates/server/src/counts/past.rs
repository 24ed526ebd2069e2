//! What was counted up to a record of the log: for links that show the same numbers later, whatever comes in meanwhile.
//!
//! The minute log is appended to at checkpoints, each under its record, so that it has what was counted up to the last of them before the one that is asked
//! for. What came between the two is counted again from the facts: those that a checkpoint's time has brought, of the hours that are asked for.

use super::asked::Asked;
use super::{Cell, Counter, Counts, Part, Resolution, add};
use crate::stored::{StoredError, Written};
use hashbrown::{HashMap, HashSet};
use milepost_facts::{NameTables, Sketch};
use milepost_ingest::Setup;
use milepost_model::Minute;
use milepost_store::minutes::{self, LogError, LostRows};
use milepost_store::{Directory, Hour, Lsn, SeriesId};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// What is asked for, and what memory says of it, taken out of [`Counts`] so that nobody waits while files are read.
#[derive(Debug)]
pub(crate) struct Past {
    /// Series by their keys: what is counted again has numbers of its own.
    series: Vec<(SeriesId, String)>,
    /// Names of others, where it matters which have one.
    known: HashSet<u64>,
    minutes: Range<Minute>,
    resolution: Resolution,
    until: Lsn,
    /// The minute log has everything up to here.
    checkpoint: Lsn,
    /// Something was counted of these hours that it does not have yet.
    has_pending: bool,
}

/// What was counted then, by the position of the series.
#[derive(Debug, Default)]
pub(crate) struct Then {
    /// The parts that have anything, in order.
    pub(crate) parts: Vec<Vec<Part>>,
    /// How long attempts took, by hour.
    pub(crate) latencies: Vec<BTreeMap<Minute, Sketch>>,
    /// What is lost of the files that were read.
    pub(crate) lost: Vec<LostRows>,
}

/// Why it cannot be told what was counted then.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PastError {
    /// The minute log cannot be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The facts cannot be read.
    #[error(transparent)]
    Stored(#[from] StoredError),
    /// What came before cannot be told from what came after.
    #[error("the facts of that time were removed")]
    Gone,
}

impl Counts {
    /// What was counted up to a record of some series over some minutes, the end not included.
    pub(crate) fn past(&self, series: &[SeriesId], minutes: Range<Minute>, resolution: Resolution, until: Lsn) -> Past {
        let key = |series: &SeriesId| (*series, self.series.key(*series).unwrap_or_default().to_owned());
        let hours = whole_hours(&minutes);
        let series: Vec<_> = series.iter().map(key).collect();
        Past {
            known: self.names_beside(series.iter().map(|(_, key)| &**key)),
            series,
            has_pending: self.has_pending(&hours),
            minutes,
            resolution,
            until,
            checkpoint: self.checkpoint(),
        }
    }
}

impl Past {
    /// The minutes that it is about.
    pub(crate) fn minutes(&self) -> Range<Minute> {
        self.minutes.clone()
    }

    /// Reads it, with room for so many bytes of names that facts bring.
    ///
    /// # Errors
    /// A file cannot be read, or facts that would be needed are there no more.
    pub(crate) fn read(&self, directory: &Directory, setup: &Setup, names_bytes: usize) -> Result<Then, PastError> {
        let (folder, hours) = (directory.minutes(), whole_hours(&self.minutes));
        let appended = minutes::appended(&folder, hours.clone())?;
        let base = appended.iter().map(|(_, lsn)| *lsn).filter(|lsn| *lsn <= self.until).max().unwrap_or(Lsn(0));
        let base = if self.checkpoint <= self.until { base.max(self.checkpoint) } else { base };
        let later: BTreeSet<Hour> =
            appended.iter().filter(|(_, lsn)| *lsn > self.until).map(|(hour, _)| *hour).collect();
        let mut sums = Sums::of(self);
        let places: HashMap<SeriesId, usize> =
            self.series.iter().enumerate().map(|(at, (series, _))| (*series, at)).collect();
        let lost = minutes::read(&folder, hours.clone(), base, |row| {
            if let Some(at) = places.get(&row.series) {
                sums.add(*at, row.minute, &row.values);
            }
        })?;
        if base < self.until && (self.has_pending || !later.is_empty()) {
            let again = self.count_again(directory, (setup, names_bytes), (base, &hours), &later)?;
            sums.merge(&again);
        }
        Ok(sums.then(lost))
    }

    /// Counts what records after a checkpoint have brought.
    fn count_again(
        &self,
        directory: &Directory,
        (setup, names_bytes): (&Setup, usize),
        (after, hours): (Lsn, &Range<Minute>),
        later: &BTreeSet<Hour>,
    ) -> Result<Counts, PastError> {
        let mut tables = NameTables::within(&setup.registry, &setup.annotator, names_bytes);
        let (asked, names) = Asked::new(self.series.iter().map(|(_, key)| &**key), self.known.clone());
        let mut counts = Counts::of_asked(asked, names);
        let mut counter = Counter::new(&setup.registry, &tables, &mut counts);
        let written = Written { time: hours.start.start()..hours.end.start(), after, until: self.until };
        let (kept, flushed) =
            written.read(directory, &mut tables, |batch, tables| counter.count(&batch, tables, &mut counts))?;
        // Facts are removed hour by hour, and long before counts are.
        if flushed >= self.until && later.iter().any(|hour| !kept.contains(hour)) {
            return Err(PastError::Gone);
        }
        Ok(counts)
    }
}

/// What is summed up.
struct Sums<'p> {
    past: &'p Past,
    cells: Vec<BTreeMap<Minute, Cell>>,
    /// The numbers of latencies are buckets.
    is_latency: Vec<bool>,
    latencies: Vec<BTreeMap<Minute, Sketch>>,
}

impl<'p> Sums<'p> {
    fn of(past: &'p Past) -> Self {
        let count = past.series.len();
        let is_latency = past.series.iter().map(|(_, key)| super::SeriesKey::is_latency(key)).collect();
        Self { past, cells: vec![BTreeMap::new(); count], is_latency, latencies: vec![BTreeMap::new(); count] }
    }

    fn add(&mut self, at: usize, minute: Minute, cell: &Cell) {
        if self.is_latency[at] {
            self.latencies[at].entry(minute).or_default().add_bucket(cell[0], cell[1]);
        } else if self.past.minutes.contains(&minute) {
            add(self.cells[at].entry(self.past.resolution.start(minute)).or_default(), cell);
        }
    }

    fn merge(&mut self, again: &Counts) {
        for (at, (_, key)) in self.past.series.iter().enumerate() {
            let Some(series) = again.series.find(key) else { continue };
            for (minute, cell) in again.recent(series).into_iter().flatten() {
                self.add(at, *minute, cell);
            }
            for (hour, sketch) in again.latency(series).into_iter().flatten() {
                self.latencies[at].entry(*hour).or_default().merge(sketch);
            }
        }
    }

    fn then(self, lost: Vec<LostRows>) -> Then {
        let parts =
            |cells: BTreeMap<Minute, Cell>| cells.into_iter().map(|(start, cell)| Part { start, cell }).collect();
        Then { parts: self.cells.into_iter().map(parts).collect(), latencies: self.latencies, lost }
    }
}

/// The hours that minutes touch, as minutes: latencies stand in the first of theirs.
fn whole_hours(minutes: &Range<Minute>) -> Range<Minute> {
    let (first, last) = (minutes.start.number().div_euclid(60), (minutes.end.number() - 1).div_euclid(60));
    Minute::new(first * 60)..Minute::new((last + 1) * 60)
}
