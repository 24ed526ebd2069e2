//! Counts in memory: the last hours, what the next checkpoint appends to the minute log, and totals.

use super::asked::Asked;
use super::room::{CountBounds, Room};
use super::{Cell, Imported, Sources, add};
use hashbrown::HashMap;
use milepost_facts::Sketch;
use milepost_model::{Minute, Timestamp};
use milepost_store::minutes::{Row, VALUES};
use milepost_store::{Lsn, SeriesFile, SeriesId};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// Minutes kept in memory.
pub(super) const RECENT_MINUTES: i64 = 180;
/// Hours of latencies kept in memory.
pub(crate) const LATENCY_HOURS: i64 = 25;
/// Most changes that are remembered: those of 10,000 SLOs in a minute of a late hour.
const MAX_CHANGES: usize = 600_000;
/// What a cell takes in a table that has just grown.
const CELL_BYTES: usize = 96;

/// What was counted since it was asked for.
#[derive(Debug, Default)]
struct Changes {
    cells: HashMap<(SeriesId, Minute), Cell>,
    are_too_many: bool,
}

impl Changes {
    fn note(&mut self, series: SeriesId, minute: Minute, more: &Cell, most: usize) {
        if self.cells.len() >= most {
            self.cells = HashMap::new();
            self.are_too_many = true;
        }
        if !self.are_too_many {
            add(self.cells.entry((series, minute)).or_default(), more);
        }
    }
}

/// Everything counted.
#[derive(Debug)]
pub struct Counts {
    /// The series.
    pub series: SeriesFile,
    /// Everything up to here is counted.
    pub lsn: Lsn,
    /// The minute log has everything up to here.
    pub(super) checkpoint: Lsn,
    /// The first minute that is wholly in memory.
    pub(super) horizon: Minute,
    /// When facts were received last.
    pub received_at: Option<Timestamp>,
    /// The same by the clock that nobody sets.
    pub heard_at: Option<Timestamp>,
    /// The newest event.
    pub newest: Option<Timestamp>,
    /// When something came last from each service.
    pub(crate) sources: Sources,
    recent: HashMap<SeriesId, BTreeMap<Minute, Cell>>,
    latency: HashMap<SeriesId, BTreeMap<Minute, Sketch>>,
    /// How long attempts took since the server was started: by size, and all together in nanoseconds.
    latency_totals: HashMap<SeriesId, (Sketch, u128)>,
    totals: HashMap<SeriesId, Cell>,
    deltas: HashMap<(SeriesId, Minute), Cell>,
    changes: Mutex<Changes>,
    latency_deltas: HashMap<(SeriesId, Minute), Sketch>,
    /// How far indicators are imported whose counts come from elsewhere, by id.
    pub(crate) imported: BTreeMap<String, Imported>,
    room: Room,
    /// Where only some series are asked for.
    asked: Option<Asked>,
    /// Most cells that wait for something.
    most_pending: usize,
}

/// When something was received last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Heard {
    /// When facts were received last.
    pub(crate) received_at: Option<Timestamp>,
    /// The same by the clock that nobody sets.
    pub(crate) heard_at: Option<Timestamp>,
    /// The newest event.
    pub(crate) newest: Option<Timestamp>,
}

impl Counts {
    /// When something was received last.
    pub(crate) fn heard(&self) -> Heard {
        Heard { received_at: self.received_at, heard_at: self.heard_at, newest: self.newest }
    }

    /// Nothing counted.
    pub fn new(series: SeriesFile, bounds: CountBounds) -> Self {
        let all = (0..series.len()).filter_map(|at| u32::try_from(at).ok().map(SeriesId));
        let room = Room::new(bounds.series_bytes, all.filter_map(|id| series.key(id)));
        Self {
            room,
            asked: None,
            most_pending: bounds.pending_bytes / 2 / CELL_BYTES,
            series,
            lsn: Lsn(0),
            checkpoint: Lsn(0),
            horizon: Minute::new(i64::MIN),
            received_at: None,
            heard_at: None,
            newest: None,
            sources: Sources::default(),
            recent: HashMap::new(),
            latency: HashMap::new(),
            latency_totals: HashMap::new(),
            totals: HashMap::new(),
            deltas: HashMap::new(),
            changes: Mutex::default(),
            latency_deltas: HashMap::new(),
            imported: BTreeMap::new(),
        }
    }

    /// Nothing counted, and nothing kept but what is asked for, which has these names.
    pub(super) fn of_asked(asked: Asked, names: SeriesFile) -> Self {
        Self { asked: Some(asked), ..Self::new(names, CountBounds::NONE) }
    }

    /// The number of a series with names of telemetry; `other` stands in where there are too many.
    pub fn series(&mut self, key: &str, other: &str) -> SeriesId {
        if let Some(asked) = &self.asked {
            return asked.series(&self.series, key, other);
        }
        if let Some(id) = self.series.find(key) {
            return id;
        }
        let fits = key == other || self.room.take(key);
        self.series.id(if fits { key } else { other })
    }

    /// What counts as `other` from here on for want of room, in the plural.
    pub(crate) fn full(&self) -> impl Iterator<Item = &'static str> {
        self.room.full()
    }

    /// Whether so much waits for the next checkpoint that it should not be waited for.
    pub(crate) fn is_checkpoint_due(&self) -> bool {
        self.deltas.len() >= self.most_pending
    }

    /// Counts.
    pub fn add(&mut self, series: SeriesId, minute: Minute, more: &Cell) {
        if !self.keeps(series) {
            return;
        }
        add(self.deltas.entry((series, minute)).or_default(), more);
        if minute >= self.horizon {
            add(self.recent.entry(series).or_default().entry(minute).or_default(), more);
        }
        add(self.totals.entry(series).or_default(), more);
    }

    /// Counts what SLOs are made of, and remembers it for whoever evaluates them.
    pub fn add_watched(&mut self, series: SeriesId, minute: Minute, more: &Cell) {
        self.add(series, minute, more);
        // Nobody watches what is counted again.
        if self.asked.is_some() {
            return;
        }
        let most = self.most_pending.min(MAX_CHANGES);
        self.changes.get_mut().unwrap_or_else(PoisonError::into_inner).note(series, minute, more, most);
    }

    /// What was counted of what SLOs are made of since this was asked last; `None` when that was too much to remember.
    pub fn take_changes(&self) -> Option<HashMap<(SeriesId, Minute), Cell>> {
        let changes = std::mem::take(&mut *self.changes.lock().unwrap_or_else(PoisonError::into_inner));
        (!changes.are_too_many).then_some(changes.cells)
    }

    /// What a minute counted that the minute log does not have yet.
    pub(crate) fn pending(&self, series: SeriesId, minute: Minute) -> Option<&Cell> {
        self.deltas.get(&(series, minute))
    }

    /// The first minute that is wholly in memory.
    pub(crate) fn horizon(&self) -> Minute {
        self.horizon
    }

    /// The minute log has everything up to here.
    pub(crate) fn checkpoint(&self) -> Lsn {
        self.checkpoint
    }

    /// Counts how long attempts took, in an hour, and all together in nanoseconds.
    pub fn add_latency(&mut self, series: SeriesId, hour: Minute, (sketch, nanos): &(Sketch, u128)) {
        if !self.keeps(series) {
            return;
        }
        self.latency_deltas.entry((series, hour)).or_default().merge(sketch);
        self.latency.entry(series).or_default().entry(hour).or_default().merge(sketch);
        let (total, sum) = self.latency_totals.entry(series).or_default();
        total.merge(sketch);
        *sum += nanos;
    }

    fn keeps(&self, series: SeriesId) -> bool {
        self.asked.as_ref().is_none_or(|asked| asked.has(series))
    }

    /// How long attempts took since the server was started, and the sum in nanoseconds.
    pub fn latency_totals(&self) -> impl Iterator<Item = (SeriesId, &(Sketch, u128))> {
        self.latency_totals.iter().map(|(series, latency)| (*series, latency))
    }

    /// The minutes of a series that are in memory.
    pub fn recent(&self, series: SeriesId) -> Option<&BTreeMap<Minute, Cell>> {
        self.recent.get(&series)
    }

    /// The hours of latencies that are in memory.
    pub fn latency(&self, series: SeriesId) -> Option<&BTreeMap<Minute, Sketch>> {
        self.latency.get(&series)
    }

    /// All that was ever counted of each series.
    pub fn totals(&self) -> impl Iterator<Item = (SeriesId, &Cell)> {
        self.totals.iter().map(|(series, cell)| (*series, cell))
    }

    /// All that was ever counted of a series.
    pub fn total(&self, series: SeriesId) -> Cell {
        self.totals.get(&series).copied().unwrap_or_default()
    }

    /// What was counted since the last checkpoint, for the minute log; it is kept until [`Counts::checkpointed`].
    pub fn deltas(&self) -> Vec<Row> {
        let counted = self.deltas.iter().map(|((series, minute), values)| Row {
            series: *series,
            minute: *minute,
            values: *values,
        });
        let latencies = self.latency_deltas.iter().flat_map(|((series, hour), sketch)| {
            sketch.buckets().map(|(bucket, count)| {
                let mut values = [0; VALUES];
                (values[0], values[1]) = (bucket, count);
                Row { series: *series, minute: *hour, values }
            })
        });
        counted.chain(latencies).collect()
    }

    /// What was counted since the last checkpoint in minutes that are not in memory any more.
    pub(crate) fn late_deltas(&self, minutes: Range<Minute>) -> impl Iterator<Item = ((SeriesId, Minute), &Cell)> {
        let is_asked = !minutes.is_empty();
        let deltas = self.deltas.iter().filter(move |((_, minute), _)| is_asked && minutes.contains(minute));
        deltas.map(|(at, cell)| (*at, cell))
    }

    /// Whether something was counted of some minutes since the last checkpoint.
    pub(super) fn has_pending(&self, minutes: &Range<Minute>) -> bool {
        self.deltas.keys().any(|(_, minute)| minutes.contains(minute))
    }

    /// Forgets what the minute log has now.
    pub fn checkpointed(&mut self, lsn: Lsn) {
        self.checkpoint = lsn;
        // Their memory is given back, too: a minute of much late telemetry is not every minute.
        self.deltas = HashMap::new();
        self.latency_deltas.clear();
    }

    /// Puts a row of the minute log back into memory.
    pub fn restore(&mut self, row: &Row, is_latency: bool) {
        if is_latency {
            let sketch = self.latency.entry(row.series).or_default().entry(row.minute).or_default();
            sketch.add_bucket(row.values[0], row.values[1]);
        } else {
            add(self.recent.entry(row.series).or_default().entry(row.minute).or_default(), &row.values);
        }
    }

    /// Puts a total of a checkpoint back.
    pub fn restore_total(&mut self, series: SeriesId, cell: Cell) {
        self.totals.insert(series, cell);
    }

    /// Lets go of minutes and hours that are older than is kept.
    pub fn trim(&mut self, now: Minute) {
        let oldest = Minute::new(now.number() - RECENT_MINUTES);
        self.horizon = self.horizon.max(oldest);
        self.recent.retain(|_, minutes| {
            // Most have nothing to let go of.
            if minutes.first_key_value().is_some_and(|(first, _)| *first < oldest) {
                *minutes = minutes.split_off(&oldest);
            }
            !minutes.is_empty()
        });
        let oldest = Minute::new(now.number() - LATENCY_HOURS * 60);
        self.latency.retain(|_, hours| {
            if hours.first_key_value().is_some_and(|(first, _)| *first < oldest) {
                *hours = hours.split_off(&oldest);
            }
            !hours.is_empty()
        });
    }
}
