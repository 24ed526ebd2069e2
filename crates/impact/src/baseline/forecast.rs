//! What is expected of the windows that end in one minute.

use super::Window;
use super::student::Z99;
use crate::Attempts;
use milepost_model::{DurationNs, Minute, Timestamp};

/// What is expected of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected {
    /// E: as many as usual.
    pub attempts: Attempts,
    /// Q: fewer come in one of a hundred such windows, at most.
    pub at_least: Attempts,
}

/// What is expected of the windows of 5 and 30 minutes that end in one minute, however much of it has passed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Forecast {
    pub(super) minute: Minute,
    pub(super) windows: [Option<Ahead>; 2],
}

/// What is expected of one window.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Ahead {
    /// Millionths of an attempt in its minutes but the running one.
    pub(super) whole_micros: u64,
    /// Millionths of an attempt in the running minute.
    pub(super) running_micros: u64,
    /// By which part a whole stretch of hours may fall short.
    pub(super) level: f64,
    /// The variance of the expected itself, for scatter of 1, as a part of its square.
    pub(super) own: f64,
    /// How many times the variance of independent attempts.
    pub(super) dispersion: f64,
}

const MINUTE: DurationNs = DurationNs::from_seconds(60);

impl Forecast {
    /// The minute in which the windows end.
    pub fn minute(&self) -> Minute {
        self.minute
    }

    /// What is expected of a window up to an instant of the minute, or a little before it; none without a baseline.
    ///
    /// `Q = E x (1 - sqrt(level^2 + z^2 x scatter x (1/E + own)))`, at least 0, with z = 2.326: by how much days differ and by how much attempts scatter
    /// are independent, so that their squares add up.
    pub fn at(&self, window: Window, until: Timestamp) -> Option<Expected> {
        let ahead = self.windows[window as usize].as_ref()?;
        let start = self.minute.start();
        let passed = ahead.within(until.since(start).min(MINUTE));
        // What is not known yet of the minutes before is as much as would come in the running one.
        let micros = (ahead.whole_micros + passed).saturating_sub(ahead.within(start.since(until)));
        let attempts = Attempts::from_micros(micros);
        Some(Expected { attempts, at_least: ahead.at_least(attempts) })
    }

    /// What is expected of the whole minute, alone; none without a baseline.
    pub fn of_minute(&self) -> Option<Attempts> {
        Some(Attempts::from_micros(self.windows[Window::Short as usize].as_ref()?.running_micros))
    }

    /// By which part of the expected a whole stretch of hours may fall short, and how attempts scatter around that.
    pub fn error(&self, window: Window) -> Option<Error> {
        let ahead = self.windows[window as usize].as_ref()?;
        Some(Error { level: ahead.level, scatter: ahead.dispersion })
    }
}

/// How far off a forecast may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Error {
    /// By which part of the expected whole stretches of hours fall short in one of a hundred cases.
    pub level: f64,
    /// How many times the variance of independent attempts a window has.
    pub scatter: f64,
}

impl Ahead {
    /// Millionths of an attempt in so much time, at the rate of the running minute.
    fn within(&self, time: DurationNs) -> u64 {
        let micros = u128::from(self.running_micros) * u128::from(time.nanos()) / u128::from(MINUTE.nanos());
        u64::try_from(micros).unwrap_or(u64::MAX)
    }

    pub(super) fn at_least(&self, expected: Attempts) -> Attempts {
        let expected = expected.to_f64();
        if expected <= 0.0 {
            return Attempts::NONE;
        }
        let chance = Z99 * Z99 * self.dispersion * (1.0 / expected + self.own);
        Attempts::from_f64(expected * (1.0 - (self.level * self.level + chance).sqrt()))
    }
}
