//! Which attempts' courses are told, and, where nothing but courses needs traces, which of these are kept whole for that.

use crate::closed::Attempt;
use crate::course::Course;
use crate::traces::Traces;
use hashbrown::HashMap;
use milepost_facts::TraceId;
use milepost_model::{ClassId, Outcome, StepId};

/// The courses that are told.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    /// How many were told since more were asked for, by step.
    told: HashMap<StepId, usize>,
    /// How many spans were gone through for these, of all steps.
    gone_through: usize,
    /// Traces are kept whose hash has none of these bits.
    mask: u64,
    /// Those are whole whose hash has none of these: the others may have begun when they were not kept.
    whole: u64,
    /// So often more must be asked for until the others are whole, too.
    rounds: u32,
}

/// Most spans gone through for courses until more are asked for: some hundredths of a second of work at worst, whatever traces are made of.
const MOST_GONE_THROUGH: usize = 50_000;

/// More are asked for each second, and no trace is open longer than a minute.
const ROUNDS: u32 = 61;

impl Wanted {
    /// Whether a trace is kept, where nothing else needs it.
    pub(crate) fn follows(&self, id: TraceId) -> bool {
        hash(id) & self.mask == 0
    }

    /// Half as many traces are kept from now on.
    pub(crate) fn halve(&mut self) {
        self.mask = self.mask << 1 | 1;
        self.whole |= self.mask;
    }

    /// As many courses again.
    pub(crate) fn again(&mut self) {
        self.told.clear();
        self.gone_through = 0;
        self.rounds = self.rounds.saturating_sub(1);
        if self.rounds == 0 {
            self.whole = self.mask;
        }
    }

    /// There are so few traces that twice as many may be kept, once all that are kept now are whole.
    pub(crate) fn double(&mut self) {
        if self.whole == self.mask && self.mask != 0 {
            (self.mask, self.rounds) = (self.mask >> 1, ROUNDS);
        }
    }

    /// Whether the course of an attempt in a trace of so many spans is told.
    pub(crate) fn takes(&mut self, (id, spans): (TraceId, usize), attempt: &Attempt) -> bool {
        let is_users = attempt.class == ClassId::new(0) && attempt.outcome != Outcome::Abandoned;
        let is_too_much = spans > Course::MOST_SPANS || self.gone_through + spans > MOST_GONE_THROUGH;
        if !is_users || is_too_much || hash(id) & self.whole != 0 {
            return false;
        }
        let told = self.told.entry(attempt.step).or_default();
        *told += 1;
        let is_told = *told <= Traces::MOST_COURSES;
        self.gone_through += if is_told { spans } else { 0 };
        is_told
    }
}

/// Some make ids that begin, or end, alike.
fn hash(id: TraceId) -> u64 {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    (id.0 ^ id.1).wrapping_mul(ODD) >> 32
}

#[cfg(test)]
mod tests {
    use super::*;
    use milepost_model::Timestamp;

    #[test]
    fn traces_that_may_have_begun_before_they_were_kept_tell_nothing_for_a_minute() {
        let attempt = Attempt {
            span: 1,
            step: StepId::new(0),
            class: ClassId::new(0),
            time: Timestamp::from_nanos(0),
            outcome: Outcome::Success,
        };
        let mut wanted = Wanted::default();
        let left_out = (1..).map(|id| TraceId(7, id)).find(|id| hash(*id) & 1 == 1).expect("half of them");
        assert!(wanted.follows(left_out) && wanted.takes((left_out, 1), &attempt));
        wanted.halve();
        assert!(!wanted.follows(left_out) && !wanted.takes((left_out, 1), &attempt));
        wanted.double();
        assert!(wanted.follows(left_out));
        for _ in 1..ROUNDS {
            wanted.again();
            assert!(!wanted.takes((left_out, 1), &attempt));
        }
        wanted.again();
        assert!(wanted.takes((left_out, 1), &attempt));
    }

    #[test]
    fn so_many_spans_are_gone_through_and_no_more_until_more_is_asked_for() {
        let attempt = |step| Attempt {
            span: 1,
            step: StepId::new(step),
            class: ClassId::new(0),
            time: Timestamp::from_nanos(0),
            outcome: Outcome::Success,
        };
        let mut wanted = Wanted::default();
        let large = (TraceId(7, 7), Course::MOST_SPANS);
        let told = (0..100).filter(|step| wanted.takes(large, &attempt(*step))).count();
        assert_eq!(told, MOST_GONE_THROUGH / Course::MOST_SPANS);
        assert!(!wanted.takes(large, &attempt(200)));
        wanted.again();
        assert!(wanted.takes(large, &attempt(200)) && !wanted.takes((large.0, Course::MOST_SPANS + 1), &attempt(201)));
    }
}
