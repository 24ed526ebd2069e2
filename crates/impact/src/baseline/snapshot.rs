//! A baseline as plain data, to be written down and read back by whoever has storage.

use super::Baseline;
use super::cells::{Cells, DAYS};
use super::scatter::{Pairs, Recent, Scatter};

/// All that a baseline has learnt.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BaselineSnapshot {
    /// The oldest slot of 15 minutes, by its number since 1970.
    pub first_slot: i64,
    /// Attempts, slot by slot.
    pub attempts: Vec<u32>,
    /// Of each slot a bit for each minute in which the source was alive, the first the lowest; bit 15 when nothing is learnt from it.
    pub minutes: Vec<u16>,
    /// The oldest day of scatter, by its number since 1970.
    pub first_day: i64,
    /// Scatter day by day, of stretches of 5 and of 30 minutes.
    pub scatter: Vec<[Pairs; 2]>,
    /// The newest minute, by its number since 1970.
    pub newest_minute: i64,
    /// Attempts in the last 60 minutes, the newest first; none where nothing is known.
    pub recent: Vec<Option<u32>>,
}

impl Baseline {
    /// As plain data.
    pub fn snapshot(&self) -> BaselineSnapshot {
        let (first_slot, attempts, minutes) = self.cells.parts();
        let Scatter { first_day, days, recent } = &self.scatter;
        let scatter = days.iter().copied().collect();
        let (newest_minute, recent) = (recent.newest, recent.parts());
        BaselineSnapshot { first_slot, attempts, minutes, first_day: *first_day, scatter, newest_minute, recent }
    }

    /// As it was when its data were taken. What is more than a baseline holds is left out, the oldest first.
    pub fn restored(data: &BaselineSnapshot) -> Self {
        let from = data.scatter.len().saturating_sub(DAYS as usize + 1);
        let scatter: Vec<[Pairs; 2]> = data.scatter[from..].to_vec();
        let recent = Recent::restored(data.newest_minute, &data.recent);
        Self {
            cells: Cells::restored(data.first_slot, &data.attempts, &data.minutes),
            scatter: Scatter { first_day: data.first_day.saturating_add(from as i64), days: scatter.into(), recent },
            ..Self::default()
        }
    }
}
