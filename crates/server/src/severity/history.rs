//! What is usual, learnt from the minutes that are stored: one pass over the minute log when a version of the registry begins.

use super::places::Places;
use crate::counts::{Cell, Counts, SeriesKey};
use milepost_impact::Baseline;
use milepost_model::{Minute, Outcome};
use milepost_store::minutes::{self, LostRows};
use milepost_store::{Lsn, SeriesId};
use std::path::Path;

/// How far back a baseline looks.
const DAYS: i64 = 29;
const HOUR: i64 = 60;
/// Minutes after the last event in which its source is still alive.
const ALIVE: i64 = 2;

/// What memory and the names of series say of the past, taken in one moment.
pub(super) struct Past {
    since: Minute,
    horizon: Minute,
    until: Minute,
    checkpoint: Lsn,
    /// Of each series the places that it counts for; nothing where its rows are not by the minute.
    series: Vec<Option<Vec<usize>>>,
    recent: Vec<(SeriesId, Minute, Cell)>,
}

/// Minutes of a step that nothing is learnt from, because of what was wrong with it then: from, and until before.
pub(super) type Excluded = Vec<(Minute, Minute)>;

impl Past {
    /// Up to a minute, with the places of all series so far.
    pub(super) fn of(counts: &Counts, places: &Places, until: Minute) -> Self {
        let mut series: Vec<Option<Vec<usize>>> = (0..counts.series.len())
            .map(|at| {
                let key = counts.series.key(SeriesId(u32::try_from(at).ok()?)).and_then(SeriesKey::parse)?;
                matches!(key, SeriesKey::Step(_) | SeriesKey::Heard(_)).then(Vec::new)
            })
            .collect();
        for (place, of) in places.all.iter().enumerate() {
            for id in &of.attempts {
                if let Some(Some(places)) = series.get_mut(id.0 as usize) {
                    places.push(place);
                }
            }
        }
        let horizon = counts.horizon();
        let mut recent = Vec::new();
        for at in (0..series.len()).filter(|at| series[*at].is_some()) {
            let id = SeriesId(u32::try_from(at).unwrap_or(u32::MAX));
            let cells = counts.recent(id).into_iter().flatten().filter(|(minute, _)| (horizon..until).contains(minute));
            recent.extend(cells.map(|(minute, cell)| (id, *minute, *cell)));
        }
        recent.sort_unstable_by_key(|(_, minute, _)| *minute);
        let since = Minute::new(until.number() - DAYS * 24 * HOUR);
        Self { since, horizon, until, checkpoint: counts.checkpoint(), series, recent }
    }

    /// What is usual of each place.
    ///
    /// # Errors
    /// A file cannot be read.
    pub(super) fn learn(
        self,
        folder: &Path,
        excluded: &[Excluded],
    ) -> Result<(Vec<Baseline>, Vec<LostRows>), minutes::LogError> {
        let mut learning = Learning::new(excluded, self.until);
        let mut lost = Vec::new();
        if self.since < self.horizon {
            lost = minutes::read(folder, self.since..self.horizon.min(self.until), self.checkpoint, |row| {
                learning.add(&self.series, row.series, row.minute, &row.values);
            })?;
        }
        for (series, minute, cell) in &self.recent {
            learning.add(&self.series, *series, *minute, cell);
        }
        learning.pass_hour();
        Ok((learning.finished(), lost))
    }
}

/// Baselines while hours are read in their order.
struct Learning<'e> {
    baselines: Vec<Baseline>,
    excluded: &'e [Excluded],
    /// From here on nothing is known yet.
    until: Minute,
    /// The hour that is being read, since 1970.
    hour: Option<i64>,
    /// Attempts of each place in each of its minutes.
    attempts: Vec<[u32; HOUR as usize]>,
    /// Whether anything came in its minutes.
    heard: [bool; HOUR as usize],
    /// The last minute before in which anything came.
    heard_last: i64,
}

impl<'e> Learning<'e> {
    fn new(excluded: &'e [Excluded], until: Minute) -> Self {
        Self {
            baselines: vec![Baseline::default(); excluded.len()],
            excluded,
            until,
            hour: None,
            attempts: vec![[0; HOUR as usize]; excluded.len()],
            heard: [false; HOUR as usize],
            heard_last: i64::MIN,
        }
    }

    fn add(&mut self, series: &[Option<Vec<usize>>], of: SeriesId, minute: Minute, cell: &Cell) {
        let Some(Some(places)) = series.get(of.0 as usize) else { return };
        let hour = minute.number().div_euclid(HOUR);
        if self.hour != Some(hour) {
            self.pass_hour();
            self.hour = Some(hour);
        }
        let at = usize::try_from(minute.number().rem_euclid(HOUR)).unwrap_or(0);
        self.heard[at] = true;
        let attempts = cell[..4].iter().sum::<u64>() - cell[Outcome::Abandoned as usize];
        let attempts = u32::try_from(attempts).unwrap_or(u32::MAX);
        for place in places {
            let sum = &mut self.attempts[*place][at];
            *sum = sum.saturating_add(attempts);
        }
    }

    /// Teaches the hour that was read, and goes on to whichever comes.
    fn pass_hour(&mut self) {
        let Some(hour) = self.hour.take() else { return };
        for at in 0..HOUR as usize {
            let minute = Minute::new(hour * HOUR + at as i64);
            if self.heard[at] {
                self.heard_last = minute.number();
            }
            if minute >= self.until || minute.number().saturating_sub(self.heard_last) > ALIVE {
                continue;
            }
            for ((baseline, attempts), excluded) in self.baselines.iter_mut().zip(&self.attempts).zip(self.excluded) {
                if !excluded.iter().any(|(from, until)| (*from..*until).contains(&minute)) {
                    baseline.observe(minute, u64::from(attempts[at]));
                }
            }
        }
        self.attempts.fill([0; HOUR as usize]);
        self.heard = [false; HOUR as usize];
    }

    fn finished(mut self) -> Vec<Baseline> {
        for (baseline, excluded) in self.baselines.iter_mut().zip(self.excluded) {
            excluded.iter().for_each(|(from, until)| baseline.exclude(*from, *until));
        }
        self.baselines
    }
}
