//! What attempts of a step were worth of a KPI: in both windows, and as a rule.

use crate::recording::KeptAndBad;
use milepost_impact::severity::{Evidence, KpiEvidence};
use milepost_impact::{KpiImpact, KpiSeen, Values, Window, Worth};
use milepost_model::Minute;
use std::collections::BTreeMap;

/// A KPI by which a rule judges a step, while time goes on.
#[derive(Debug)]
pub(super) struct WorthLately<'r> {
    /// Nothing where each success counts as one.
    carried: Option<&'r BTreeMap<Minute, KeptAndBad>>,
    /// What one is worth that carries no number; none until it was looked at.
    usual: Option<Worth>,
}

/// What is usual is learnt from so many minutes, as long as a running server has in memory.
const USUAL_MINUTES: i64 = 180;

impl<'r> WorthLately<'r> {
    /// Of a KPI that attempts carry numbers for, or of one that counts them.
    pub(super) fn new(carried: Option<&'r BTreeMap<Minute, KeptAndBad>>) -> Self {
        Self { carried, usual: None }
    }

    /// What both windows hold beside attempts that end with a minute. While the step has a level, what is usual stays what it was.
    pub(super) fn pass(&mut self, minute: Minute, attempts: Option<&Evidence>, is_hit: bool) -> Option<KpiEvidence> {
        let end = minute.number() + 1;
        if self.usual.is_none() || !is_hit {
            let [kept, _] = self.values(end - USUAL_MINUTES, end - Window::Long.minutes());
            self.usual = Some(self.carried.map_or(Worth::One, |_| Worth::Usual(kept)));
        }
        let (attempts, worth) = (attempts?, self.usual?);
        Some(Window::ALL.map(|window| {
            let [kept, bad] = self.values(end - window.minutes(), end);
            KpiImpact::of(&attempts[window as usize], &KpiSeen { kept, bad, worth })
        }))
    }

    /// Of the minutes from one to before another.
    fn values(&self, from: i64, end: i64) -> KeptAndBad {
        let mut sum = [Values::default(); 2];
        let minutes = self.carried.into_iter().flat_map(|minutes| minutes.range(Minute::new(from)..Minute::new(end)));
        minutes.for_each(|(_, values)| sum.iter_mut().zip(values).for_each(|(sum, more)| sum.merge(more)));
        sum
    }
}
