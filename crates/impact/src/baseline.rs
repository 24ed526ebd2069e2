//! Expected traffic of one step and class, learnt from how many attempts began in each minute.
//!
//! The median of the last two weeks at this time of day, with the weekday's own level once three weeks are known, and by how much a day may fall short of that. Knows no
//! clock: whoever counts tells each minute that is over, and asks once a minute for the [`Forecast`] of the windows that end in it. Time of day and weekday are
//! those of UTC; when clocks change, days differ by an hour of traffic until the median has followed.

mod cells;
mod forecast;
mod scatter;
mod slot;
mod snapshot;
mod student;

pub use forecast::{Error, Expected, Forecast};
pub use scatter::Pairs;
pub use snapshot::BaselineSnapshot;
pub(crate) use student::Z99;

use crate::Attempts;
use cells::{Cells, SLOT_MINUTES, day_of, slot_of};
use forecast::Ahead;
use milepost_model::Minute;
use scatter::Scatter;
use slot::SlotModel;
use std::ops::Range;

/// A window over which impact is judged; it ends in the running minute and holds whole minutes besides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Window {
    /// 5 minutes: fast.
    #[default]
    Short,
    /// 30 minutes: sure, also with little traffic.
    Long,
}

impl Window {
    /// Both, the shorter first.
    pub const ALL: [Self; 2] = [Self::Short, Self::Long];

    /// Its length in minutes, the running one included.
    pub const fn minutes(self) -> i64 {
        match self {
            Self::Short => 5,
            Self::Long => 30,
        }
    }
}

/// How much a baseline has seen, and what it can say for that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Maturity {
    /// Below 7 covered days: nothing.
    Young,
    /// From 7 covered days: by time of day, with the wide error of few days that differ.
    TimeOfDay,
    /// From 21 covered days: by weekday, too.
    Weekdays,
}

/// What is usual of one step and class.
///
/// Bounded: 29 days of slots of 15 minutes, at most 17 KiB.
#[derive(Clone, Debug, Default)]
pub struct Baseline {
    cells: Cells,
    scatter: Scatter,
    /// Slots around the minute that was asked for last, by number: days that are over change seldom.
    models: [Option<(i64, Option<SlotModel>)>; NEAR],
    /// Whether those know weekdays.
    has_weekdays: bool,
}

/// A covered day, in minutes.
const DAY: u64 = 1_440;
/// Slots that windows of 30 minutes touch, with one more on either side.
const NEAR: usize = 5;

impl Baseline {
    /// A minute is over in which the source was alive, and so many attempts began in it. Told again, it changes nothing.
    ///
    /// A minute in which the source was not alive is not told: what nobody could see was not quiet. The number of a minute must come from a trusted
    /// clock, since one far ahead makes everything before too old.
    pub fn observe(&mut self, minute: Minute, attempts: u64) {
        if self.cells.cover(minute) {
            self.cells.add(minute, attempts);
            self.scatter.observe(minute, attempts);
            self.forget_models(minute);
        }
    }

    /// So many more attempts have become known of a minute that has been told.
    pub fn add_late(&mut self, minute: Minute, attempts: u64) {
        self.cells.add(minute, attempts);
        self.forget_models(minute);
    }

    /// Nothing is learnt from a stretch of minutes, what was learnt is forgotten: there was an incident. Slots of 15 minutes are left out as a whole.
    pub fn exclude(&mut self, from: Minute, until: Minute) {
        self.cells.exclude(from, until);
        self.scatter.exclude(from, until);
        self.models = Default::default();
    }

    /// Minutes of the last 29 days in which the source was alive and that may be learnt from.
    pub fn covered_minutes(&self) -> u64 {
        self.cells.covered_minutes()
    }

    /// What it can say.
    pub fn maturity(&self) -> Maturity {
        match self.covered_minutes() / DAY {
            0..7 => Maturity::Young,
            7..21 => Maturity::TimeOfDay,
            _ => Maturity::Weekdays,
        }
    }

    /// What is expected of the windows that end in a minute, from the days before its own.
    ///
    /// Rates are those of the middles of slots, and lie on a straight line between them.
    pub fn forecast(&mut self, minute: Minute) -> Forecast {
        let mut windows = [None, None];
        if self.maturity() > Maturity::Young {
            self.learn(minute);
            let dispersion = self.scatter.dispersion();
            for (window, dispersion) in Window::ALL.into_iter().zip(dispersion) {
                windows[window as usize] = self.ahead(minute, window, dispersion);
            }
        }
        Forecast { minute, windows }
    }

    /// What is expected of a stretch of whole minutes, each from the days before its own: for whoever shows a time that is over. None where nothing is
    /// known of one of them, or the stretch is empty.
    ///
    /// The lower end is that of [`Forecast::at`], with the scatter of the longer window for stretches that are no shorter.
    pub fn expected(&mut self, minutes: Range<Minute>) -> Option<Expected> {
        let (from, until) = (minutes.start.number(), minutes.end.number());
        if self.maturity() == Maturity::Young || from >= until {
            return None;
        }
        let window = if until - from < Window::Long.minutes() { Window::Short } else { Window::Long };
        let mut sum = Weighted::default();
        for number in from..until {
            self.learn(Minute::new(number));
            sum.add(self.rate(number)?);
        }
        let (level, own) = sum.errors();
        let dispersion = self.scatter.dispersion()[window as usize];
        let ahead = Ahead { whole_micros: sum.micros, running_micros: 0, level, own, dispersion };
        let attempts = Attempts::from_micros(sum.micros);
        Some(Expected { attempts, at_least: ahead.at_least(attempts) })
    }

    fn ahead(&self, minute: Minute, window: Window, dispersion: f64) -> Option<Ahead> {
        let mut sum = Weighted::default();
        let mut running_micros = 0;
        for back in (0..window.minutes()).rev() {
            let rate = self.rate(minute.number() - back)?;
            running_micros = rate.0;
            sum.add(rate);
        }
        let (level, own) = sum.errors();
        Some(Ahead { whole_micros: sum.micros - running_micros, running_micros, level, own, dispersion })
    }

    /// Millionths of an attempt in a minute, and the slot that it lies in.
    fn rate(&self, minute: i64) -> Option<(u64, &SlotModel)> {
        let slot = minute.div_euclid(SLOT_MINUTES);
        let model = self.model(slot)?;
        // In half minutes: the middle of the minute, from the middle of its slot.
        let off = 2 * minute.rem_euclid(SLOT_MINUTES) + 1 - SLOT_MINUTES;
        let other = self.model(slot + off.signum()).unwrap_or(model);
        let (whole, weight) = (2 * SLOT_MINUTES.unsigned_abs(), off.unsigned_abs());
        Some(((model.rate_micros * (whole - weight) + other.rate_micros * weight) / whole, model))
    }

    fn model(&self, slot: i64) -> Option<&SlotModel> {
        let (held, model) = self.models[place(slot)].as_ref()?;
        model.as_ref().filter(|_| *held == slot)
    }

    /// Makes the models that the windows ending in a minute need.
    fn learn(&mut self, minute: Minute) {
        let first = slot_of(Minute::new(minute.number() - Window::Long.minutes() + 1)) - 1;
        let by_weekday = self.maturity() == Maturity::Weekdays;
        if by_weekday != self.has_weekdays {
            self.models = Default::default();
            self.has_weekdays = by_weekday;
        }
        for slot in first..=slot_of(minute) + 1 {
            let held = &mut self.models[place(slot)];
            if held.as_ref().is_none_or(|(held, _)| *held != slot) {
                *held = Some((slot, SlotModel::fit(&self.cells, slot, by_weekday)));
            }
        }
    }

    /// Slots are learnt from the days before: the running day changes none of them, but for what becomes known of an earlier one.
    fn forget_models(&mut self, minute: Minute) {
        let day = day_of(slot_of(minute));
        for model in &mut self.models {
            if model.as_ref().is_some_and(|(slot, _)| day < day_of(*slot)) {
                *model = None;
            }
        }
    }
}

/// Minutes summed up, with how far off they may be as parts of their rates.
#[derive(Default)]
struct Weighted {
    micros: u64,
    level: f64,
    own: f64,
}

impl Weighted {
    fn add(&mut self, (rate_micros, model): (u64, &SlotModel)) {
        self.micros += rate_micros;
        self.level += rate_micros as f64 * model.level;
        self.own += rate_micros as f64 * model.own;
    }

    /// By which part the whole may be off, as days differ, and because it is learnt from few.
    fn errors(&self) -> (f64, f64) {
        let all = self.micros as f64;
        if all > 0.0 { (self.level / all, self.own / all) } else { (0.0, 0.0) }
    }
}

impl PartialEq for Baseline {
    fn eq(&self, other: &Self) -> bool {
        self.cells == other.cells && self.scatter == other.scatter
    }
}

fn place(slot: i64) -> usize {
    slot.rem_euclid(NEAR as i64) as usize
}

#[cfg(test)]
mod tests;
