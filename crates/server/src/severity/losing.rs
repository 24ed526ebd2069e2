//! What a step loses while it has a level: minute by minute, from when it began; attempts, and what they are worth of KPIs.

use super::places::{KpiSeries, Series};
use super::traffic::{Traffic, of_minutes};
use super::worth::{self, values};
use crate::counts::Counts;
use milepost_impact::incident::HitStep;
use milepost_impact::{Attempts, Impact, KpiWindow, Loss, LossMinute, Lost, LostKpi, Seen, Values, Window, Worth};
use milepost_model::{Amount, DurationNs, Minute, Name, Timestamp};
use std::collections::BTreeMap;
use std::ops::Range;

/// The losses of one step.
#[derive(Clone, Debug)]
pub(super) struct Losing {
    loss: Loss,
    /// Of failures and what never came: what is slow costs no KPI anything.
    failing: Loss,
    kpis: Vec<LosingKpi>,
    /// What was lost before minutes that memory still has.
    before: Lost,
    kpis_before: BTreeMap<Name, LostKpi>,
    /// The minute that is to be added next.
    next: Minute,
}

/// What came of a KPI since then.
#[derive(Clone, Debug)]
struct LosingKpi {
    kpi: Name,
    kept: Values,
    bad: Values,
    worth: Worth,
}

/// What is seen first began before that, in the shorter window.
const BEFORE: DurationNs = DurationNs::from_seconds(60 * Window::Short.minutes().unsigned_abs());

impl Losing {
    /// Of a step that got its level just now.
    pub(super) fn since(raised: Timestamp) -> Self {
        let (loss, failing) = (Loss::default(), Loss::default());
        let next = raised.minus(BEFORE).minute();
        Self { loss, failing, kpis: Vec::new(), before: Lost::default(), kpis_before: BTreeMap::new(), next }
    }

    /// Of one that had it before a start: what was told stands for minutes that memory does not have.
    pub(super) fn of(hit: &HitStep, horizon: Minute) -> Self {
        let begun = Self::since(hit.since);
        match (hit.lost, hit.lost_at) {
            (Some(before), Some(at)) if begun.next < horizon => {
                Self { before, kpis_before: hit.kpis.clone(), next: at.minute().max(horizon), ..begun }
            }
            _ => begun,
        }
    }

    /// Adds the minutes that are over before another.
    pub(super) fn add(&mut self, counts: &Counts, series: &Series, traffic: &mut Traffic, until: Minute) {
        self.next = self.next.max(counts.horizon());
        if self.kpis.is_empty() {
            let usual = counts.horizon()..self.next;
            self.kpis = series.kpis.iter().map(|of| LosingKpi::new(counts, of, usual.clone())).collect();
        }
        while self.next < until {
            let minute = self.next;
            let after = Minute::new(minute.number() + 1);
            let forecast = traffic.usual.with(|baseline| baseline.forecast(minute));
            let numbers = |first| of_minutes(counts, series, first, minute);
            let seen = |[attempts, failed, timed_out, slow]: [u64; 4]| {
                Seen::new(attempts, failed, timed_out, slow).unwrap_or_default()
            };
            let window = seen(numbers(Minute::new(after.number() - Window::Short.minutes())));
            let usual = forecast.at(Window::Short, after.start());
            let own = numbers(minute);
            let [attempts, failed, timed_out, _] = own;
            let loss = LossMinute {
                seen: seen(own),
                expected: forecast.of_minute().zip(forecast.error(Window::Short)),
                is_missing: Impact::of(window, usual).missing > Attempts::NONE,
            };
            self.loss.add(&loss);
            self.failing.add(&LossMinute { seen: seen([attempts, failed, timed_out, 0]), ..loss });
            let successes = attempts.saturating_sub(failed + timed_out);
            for (kpi, of) in self.kpis.iter_mut().zip(&series.kpis) {
                kpi.add(counts, of, minute, successes);
            }
            self.next = after;
        }
    }

    /// What it comes to.
    pub(super) fn lost(&self) -> Lost {
        self.loss.lost().plus(self.before)
    }

    /// What it comes to of KPIs, of those of which anything is lost.
    pub(super) fn lost_kpis(&self) -> BTreeMap<Name, LostKpi> {
        let mut all = self.kpis_before.clone();
        let lost = self.failing.lost();
        for of in &self.kpis {
            let window = KpiWindow { kept: of.kept, bad: of.bad, worth: of.worth, lost };
            let Some(now) = LostKpi::of(&window) else { continue };
            if now.lost_micros > 0 {
                all.entry(of.kpi.clone()).and_modify(|before| *before = before.plus(now)).or_insert(now);
            }
        }
        all
    }
}

impl LosingKpi {
    /// What one attempt is worth is learnt from the hours before.
    fn new(counts: &Counts, of: &KpiSeries, usual: Range<Minute>) -> Self {
        let (kept, bad) = (Values::default(), Values::default());
        Self { kpi: of.kpi.clone(), kept, bad, worth: worth::usual(counts, of, usual) }
    }

    fn add(&mut self, counts: &Counts, of: &KpiSeries, minute: Minute, successes: u64) {
        if of.is_carried {
            let minute = minute..Minute::new(minute.number() + 1);
            self.kept.merge(&values(counts, &of.kept, minute.clone()));
            self.bad.merge(&values(counts, &of.failed, minute));
        } else {
            self.kept.merge(&Values::of(successes, Amount::ONE));
        }
    }
}
