//! What a step loses while it has a level: minute by minute, from when it began.

use super::places::Series;
use super::traffic::{Traffic, of_minutes};
use crate::counts::Counts;
use milepost_impact::incident::HitStep;
use milepost_impact::{Impact, Loss, LossMinute, Lost, Seen, Window};
use milepost_model::{DurationNs, Minute, Timestamp};

/// The losses of one step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Losing {
    loss: Loss,
    /// What was lost before minutes that memory still has.
    before: Lost,
    /// The minute that is to be added next.
    next: Minute,
}

/// What is seen first began before that, in the shorter window.
const BEFORE: DurationNs = DurationNs::from_seconds(60 * Window::Short.minutes().unsigned_abs());

impl Losing {
    /// Of a step that got its level just now.
    pub(super) fn since(raised: Timestamp) -> Self {
        Self { loss: Loss::default(), before: Lost::default(), next: raised.minus(BEFORE).minute() }
    }

    /// Of one that had it before a start: what was told stands for minutes that memory does not have.
    pub(super) fn of(hit: &HitStep, horizon: Minute) -> Self {
        let begun = Self::since(hit.since);
        match (hit.lost, hit.lost_at) {
            (Some(before), Some(at)) if begun.next < horizon => {
                Self { before, next: at.minute().max(horizon), ..begun }
            }
            _ => begun,
        }
    }

    /// Adds the minutes that are over before another.
    pub(super) fn add(&mut self, counts: &Counts, series: &Series, traffic: &mut Traffic, until: Minute) {
        self.next = self.next.max(counts.horizon());
        while self.next < until {
            let minute = self.next;
            let after = Minute::new(minute.number() + 1);
            let forecast = traffic.baseline.forecast(minute);
            let seen = |first| {
                let [attempts, failed, timed_out, slow] = of_minutes(counts, series, first, minute);
                Seen::new(attempts, failed, timed_out, slow).unwrap_or_default()
            };
            let window = seen(Minute::new(after.number() - Window::Short.minutes()));
            let usual = forecast.at(Window::Short, after.start());
            self.loss.add(&LossMinute {
                seen: seen(minute),
                expected: forecast.of_minute().zip(forecast.error(Window::Short)),
                is_missing: Impact::of(window, usual).missing > milepost_impact::Attempts::NONE,
            });
            self.next = after;
        }
    }

    /// What it comes to.
    pub(super) fn lost(&self) -> Lost {
        self.loss.lost().plus(self.before)
    }
}
