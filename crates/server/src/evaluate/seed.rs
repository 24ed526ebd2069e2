//! The history of SLOs, read once: every minute of the longest window, in one pass over the minute log.

use super::watched::Watches;
use crate::counts::{Cell, Counts};
use hashbrown::{HashMap, HashSet};
use milepost_model::Minute;
use milepost_slo::{Counts as Units, Evaluator, IndicatorIndex, Minutes, Period, Subject};
use milepost_store::{Lsn, SeriesId, minutes};
use std::path::Path;

const DAY_MINUTES: i64 = 24 * 60;

/// What is in memory, taken in one moment, and up to where files go on with it.
pub(super) struct Start {
    pub(super) running: Minute,
    checkpoint: Lsn,
    horizon: Minute,
    recent: Vec<(SeriesId, Minute, Cell)>,
    /// The minute with which the windows of each indicator end.
    newest: Vec<Minute>,
}

impl Start {
    /// As of now; what comes after it is in the changes.
    pub(super) fn of(counts: &Counts, watches: &mut Watches, running: Minute) -> Self {
        // What has changed up to here is in what is read.
        let _ = counts.take_changes();
        watches.look_at_all(counts);
        let horizon = counts.horizon();
        let mut recent = Vec::new();
        for series in watches.all.iter().flat_map(|watched| &watched.series) {
            let cells = counts.recent(*series).into_iter().flatten().filter(|(minute, _)| **minute >= horizon);
            recent.extend(cells.map(|(minute, cell)| (*series, *minute, *cell)));
        }
        // One series may be of several.
        recent.sort_unstable();
        recent.dedup();
        let late = counts.late_deltas(Minute::new(i64::MIN)..horizon);
        recent.extend(late.map(|((series, minute), cell)| (series, minute, *cell)));
        let index = |place| IndicatorIndex(u32::try_from(place).expect("a registry is smaller"));
        let newest = (0..watches.all.len()).map(|place| watches.newest(index(place), running, counts)).collect();
        Self { running, newest, checkpoint: counts.checkpoint(), horizon, recent }
    }

    /// Each cell since a minute.
    pub(super) fn each(
        &self,
        folder: &Path,
        since: Minute,
        mut each: impl FnMut(SeriesId, Minute, &Cell),
    ) -> Result<(), minutes::LogError> {
        if since < self.horizon {
            minutes::read(folder, since..self.horizon, self.checkpoint, |row| {
                each(row.series, row.minute, &row.values);
            })?;
        }
        let recent = self.recent.iter().filter(|(_, minute, _)| *minute >= since && *minute <= self.running);
        recent.for_each(|(series, minute, cell)| each(*series, *minute, cell));
        Ok(())
    }
}

/// The first minute of each indicator's history, as far back as any window looks; the running one where there is none.
///
/// Days are read until every series was seen, which is soon where all began together.
pub(super) fn first_minutes(
    start: &Start,
    folder: &Path,
    since: Minute,
    watches: &Watches,
) -> Result<Vec<Minute>, minutes::LogError> {
    let mut first = vec![start.running; watches.all.len()];
    let mut note = |series, minute| {
        for index in watches.of(series) {
            let first = &mut first[index.0 as usize];
            *first = (*first).min(minute);
        }
    };
    let mut unseen: HashSet<SeriesId> = watches.all.iter().flat_map(|watched| &watched.series).copied().collect();
    let mut from = since;
    while from < start.horizon && !unseen.is_empty() {
        let to = Minute::new(from.number() + DAY_MINUTES).min(start.horizon);
        minutes::read(folder, from..to, start.checkpoint, |row| {
            unseen.remove(&row.series);
            note(row.series, row.minute);
        })?;
        from = to;
    }
    let recent = start.recent.iter().filter(|(_, minute, _)| *minute >= since && *minute <= start.running);
    recent.for_each(|(series, minute, _)| note(*series, *minute));
    Ok(first)
}

/// What was given to the evaluator so far: it asks for the other minutes of a slice.
struct Given {
    newest: Vec<Minute>,
    minutes: HashMap<(IndicatorIndex, Minute), Units>,
}

impl Given {
    fn of(start: &Start) -> Self {
        Self { newest: start.newest.clone(), minutes: HashMap::new() }
    }
}

impl Minutes for Given {
    fn minute(&self, indicator: IndicatorIndex, minute: Minute) -> Units {
        self.minutes.get(&(indicator, minute)).copied().unwrap_or_default()
    }

    fn newest(&self, indicator: IndicatorIndex, _: Minute) -> Minute {
        self.newest[indicator.0 as usize]
    }
}

/// An evaluator without history.
pub(super) fn empty(subjects: &[Subject], start: &Start) -> Evaluator {
    Evaluator::new(subjects, &Given::of(start), start.running)
}

/// An evaluator that has read everything.
pub(super) fn evaluator(
    start: &Start,
    folder: &Path,
    since: Minute,
    (subjects, sliced): (&[Subject], &[bool]),
    watches: &Watches,
) -> Result<Evaluator, minutes::LogError> {
    let mut reading = Reading { given: Given::of(start), evaluator: empty(subjects, start), sliced, watches };
    let mut run = Run::default();
    start.each(folder, since, |series, minute, cell| {
        if !run.goes_on(series, minute) {
            reading.take(&run);
            run.begin(series);
        }
        run.minutes.push((minute, *cell));
    })?;
    reading.take(&run);
    Ok(reading.evaluator)
}

/// What came of one series in one hour, one after the other.
#[derive(Default)]
struct Run {
    series: SeriesId,
    minutes: Vec<(Minute, Cell)>,
}

impl Run {
    fn goes_on(&self, series: SeriesId, minute: Minute) -> bool {
        self.series == series && self.minutes.last().is_none_or(|(last, _)| hour(*last) == hour(minute))
    }

    fn begin(&mut self, series: SeriesId) {
        self.series = series;
        self.minutes.clear();
    }
}

fn hour(minute: Minute) -> i64 {
    minute.number().div_euclid(60)
}

struct Reading<'r> {
    given: Given,
    evaluator: Evaluator,
    sliced: &'r [bool],
    watches: &'r Watches,
}

impl Reading<'_> {
    /// Adds a run: as a whole where that is the same, which spares most of the work, or minute by minute.
    fn take(&mut self, run: &Run) {
        let Some((first, _)) = run.minutes.first() else { return };
        let within = Period::new(Minute::new(hour(*first) * 60), Minute::new(hour(*first) * 60 + 60));
        for index in self.watches.of(run.series) {
            let watched = &self.watches.all[index.0 as usize];
            let units = run.minutes.iter().map(|(minute, cell)| (*minute, watched.units(cell)));
            if self.sliced[index.0 as usize] {
                // What a slice was before is what is given of it so far: minute after minute.
                for (minute, units) in units {
                    self.given.minutes.entry((*index, minute)).or_default().add(units);
                    self.evaluator.add(&self.given, *index, minute, units);
                }
                continue;
            }
            let mut sum = Units::default();
            units.clone().for_each(|(_, units)| sum.add(units));
            if !self.evaluator.add_period(*index, within, sum) {
                units.for_each(|(minute, units)| self.evaluator.add(&self.given, *index, minute, units));
            }
        }
    }
}
