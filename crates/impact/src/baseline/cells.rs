//! What is remembered of past minutes: attempts by slots of 15 minutes, with the minutes of each in which the source was alive.
//!
//! Adding, covering and excluding may come in any order: what is remembered is the same.

use milepost_model::Minute;
use std::collections::VecDeque;

/// Minutes of a slot: short enough for a morning's rise, long enough for steps with an attempt a minute.
pub(super) const SLOT_MINUTES: i64 = 15;
pub(super) const SLOTS_A_DAY: i64 = 1_440 / SLOT_MINUTES;
/// Days that are looked back on: four of each weekday.
pub(super) const DAYS: i64 = 28;
/// Those days and the running one.
pub(super) const MOST_SLOTS: usize = ((DAYS + 1) * SLOTS_A_DAY) as usize;
/// Marks a slot that is not to be learnt from.
pub(super) const EXCLUDED: u16 = 1 << SLOT_MINUTES;
/// Fewer minutes of a slot say too little of it.
const FEWEST_MINUTES: u32 = 8;

/// Slots of 15 minutes, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cells {
    /// The oldest slot, by its number since 1970.
    first: i64,
    attempts: VecDeque<u32>,
    /// A bit for each minute in which the source was alive, and [`EXCLUDED`].
    minutes: VecDeque<u16>,
    /// Minutes that can be learnt from, in all.
    covered: u64,
}

/// The slot of a minute, by its number since 1970.
pub(super) fn slot_of(minute: Minute) -> i64 {
    minute.number().div_euclid(SLOT_MINUTES)
}

/// The day of a slot, by its number since 1970.
pub(super) fn day_of(slot: i64) -> i64 {
    slot.div_euclid(SLOTS_A_DAY)
}

impl Cells {
    /// The source was alive in a minute. False when that was known, or the minute is too long ago.
    pub(super) fn cover(&mut self, minute: Minute) -> bool {
        let Some(at) = self.place(slot_of(minute)) else { return false };
        let bit = 1 << minute.number().rem_euclid(SLOT_MINUTES);
        let held = &mut self.minutes[at];
        let is_new = *held & bit == 0;
        *held |= bit;
        if is_new && *held & EXCLUDED == 0 {
            self.covered += 1;
        }
        is_new
    }

    /// So many more attempts began in a minute.
    pub(super) fn add(&mut self, minute: Minute, attempts: u64) {
        if attempts > 0
            && let Some(at) = self.place(slot_of(minute))
        {
            let more = u32::try_from(attempts).unwrap_or(u32::MAX);
            self.attempts[at] = self.attempts[at].saturating_add(more);
        }
    }

    /// Nothing is learnt from the slots that a stretch of minutes touches.
    pub(super) fn exclude(&mut self, from: Minute, until: Minute) {
        let last = slot_of(Minute::new(until.number() - 1));
        // What is older than all that can be held is not looked at, slot by slot.
        let first = slot_of(from).max(last - MOST_SLOTS as i64);
        for slot in first..=last {
            if let Some(at) = self.place(slot)
                && self.minutes[at] & EXCLUDED == 0
            {
                self.covered -= u64::from(self.minutes[at].count_ones());
                self.minutes[at] |= EXCLUDED;
            }
        }
    }

    /// Attempts and covered minutes of a slot; none when it says too little.
    pub(super) fn usable(&self, slot: i64) -> Option<(u64, u32)> {
        let at = usize::try_from(slot - self.first).ok()?;
        let minutes = *self.minutes.get(at)?;
        let usable = minutes & EXCLUDED == 0 && minutes.count_ones() >= FEWEST_MINUTES;
        usable.then(|| (u64::from(self.attempts[at]), minutes.count_ones()))
    }

    /// Minutes in which the source was alive and that may be learnt from.
    pub(super) fn covered_minutes(&self) -> u64 {
        self.covered
    }

    /// The oldest slot, and of each slot the attempts and the minutes.
    pub(super) fn parts(&self) -> (i64, Vec<u32>, Vec<u16>) {
        (self.first, self.attempts.iter().copied().collect(), self.minutes.iter().copied().collect())
    }

    /// As it was; what is too much or does not fit is left out.
    pub(super) fn restored(first: i64, attempts: &[u32], minutes: &[u16]) -> Self {
        let count = attempts.len().min(minutes.len());
        let from = count.saturating_sub(MOST_SLOTS);
        let learns = |minutes: &&u16| **minutes & EXCLUDED == 0;
        let minutes: VecDeque<u16> = minutes[from..count].to_vec().into();
        let covered = minutes.iter().filter(learns).map(|minutes| u64::from(minutes.count_ones())).sum();
        Self {
            first: first.saturating_add(from as i64),
            attempts: attempts[from..count].to_vec().into(),
            minutes,
            covered,
        }
    }

    /// Where a slot lies, made when it is new; none when it is too long ago.
    fn place(&mut self, slot: i64) -> Option<usize> {
        let next = self.first + self.minutes.len() as i64;
        if self.minutes.is_empty() || slot >= next + MOST_SLOTS as i64 {
            *self = Self { first: slot, ..Self::default() };
        } else if slot < next - MOST_SLOTS as i64 {
            return None;
        }
        for _ in self.first + self.minutes.len() as i64..=slot {
            self.attempts.push_back(0);
            self.minutes.push_back(0);
        }
        for _ in slot..self.first {
            self.attempts.push_front(0);
            self.minutes.push_front(0);
        }
        self.first = self.first.min(slot);
        // What is empty in front is not kept, so that the order in which slots came cannot be seen.
        let is_empty = |cells: &Self| cells.minutes.front() == Some(&0) && cells.attempts.front() == Some(&0);
        while self.minutes.len() > MOST_SLOTS || self.first < slot && is_empty(self) {
            let left = self.minutes.pop_front().filter(|minutes| minutes & EXCLUDED == 0);
            self.covered -= u64::from(left.map_or(0, u16::count_ones));
            self.attempts.pop_front();
            self.first += 1;
        }
        usize::try_from(slot - self.first).ok()
    }
}
