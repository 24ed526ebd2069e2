//! Impact on a KPI at a step over a window: which part of what is usually made there is lost by attempts that failed or never came.

use super::about;
use super::values::{Each, Values, Worth};
use crate::impact::{NANOS, part, wilson_lower_of};
use crate::{Attempts, Impact, Threshold, Tolerated};
use milepost_model::Share;

/// What is seen of a KPI at a step in a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KpiSeen {
    /// Of attempts that went well and carried a value.
    pub kept: Values,
    /// Of attempts that failed and carried a value.
    pub bad: Values,
    /// What one is worth that carries none.
    pub worth: Worth,
}

/// How much of a KPI was hit at a step, or at several, in a window.
///
/// What an attempt is worth takes the place of the attempt: a KPI of which each is worth the same is hit as much as attempts are that failed or never came.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct KpiImpact {
    /// The attempts of the window. None of them is slow: what was asked for was done.
    pub attempts: Impact,
    /// Which part of the KPI that is.
    pub part: KpiPart,
    known: Known,
    usual: Valued,
    /// At either end of the interval of what one is worth.
    ends: [Valued; 2],
}

/// Which part of a KPI is lost in a window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KpiPart {
    /// In millionths: values of bad attempts, and as much as usual for each that carried none or never came.
    pub lost_micros: u128,
    /// In millionths: what attempts that were seen are worth, and those that usually come besides.
    pub expected_micros: u128,
    /// `lost / expected`, rounded down to 1e-9.
    pub share: Share,
    /// Its lower bound at 99 %: `(seen x W + surely missing) / expected`, each in what attempts are worth, and W the Wilson bound of what was lost of what was
    /// seen, as if it were of as many attempts of equal worth as say no more: `(sum of values)^2 / sum of their squares`. What one is worth that carries
    /// nothing is taken at the end of its interval that says less.
    pub at_least: Share,
}

/// What is known of what attempts are worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Known {
    /// With an interval; or nothing is lost, whatever they are worth.
    #[default]
    Surely,
    /// From too few values.
    Roughly,
    /// Not at all.
    Not,
}

/// What attempts are worth in a window, in millionths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Valued {
    seen: u128,
    /// Of those, bad ones.
    bad: u128,
    /// The squares of thousandths of those that were seen.
    squares: u128,
    /// What usually comes beyond what was seen, missing or not.
    unseen: u128,
    missing: u128,
    surely_missing: u128,
}

impl KpiImpact {
    /// Of one step, of whose attempts that is the impact.
    pub fn of(attempts: &Impact, seen: &KpiSeen) -> Self {
        let attempts = attempts.of_failures();
        let KpiSeen { kept, bad, worth } = seen;
        let nothing = Self { attempts, ..Self::default() };
        let Some(each) = worth.each(kept, bad) else {
            let known = if attempts.hit() > Attempts::NONE { Known::Not } else { Known::Surely };
            return Self { known, ..nothing };
        };
        let at = |mean| Valued::of(&attempts, (kept, bad), Each { mean, ..each });
        let is_sure = each.error.is_finite() || attempts.hit() == Attempts::NONE;
        let known = if is_sure { Known::Surely } else { Known::Roughly };
        let error = if each.error.is_finite() { each.error } else { 0.0 };
        let ends = [each.mean - error, each.mean + error].map(at);
        Self { known, usual: at(each.mean), ends, ..nothing }.judged()
    }

    /// Of several steps together: sums of what was seen, of what is lost and of what is expected. Whoever sums takes no step twice, as itself and as one of its
    /// uses.
    pub fn pooled<'i>(impacts: impl IntoIterator<Item = &'i Self> + Clone) -> Self {
        let attempts = Impact::pooled(impacts.clone().into_iter().map(|of| &of.attempts));
        let sum = impacts.into_iter().fold(Self { attempts, ..Self::default() }, |sum, one| Self {
            known: sum.known.max(one.known),
            usual: sum.usual.plus(&one.usual),
            ends: [sum.ends[0].plus(&one.ends[0]), sum.ends[1].plus(&one.ends[1])],
            ..sum
        });
        sum.judged()
    }

    /// Whether it is known what attempts are worth, at least roughly.
    pub fn is_known(&self) -> bool {
        self.known != Known::Not
    }

    /// Whether there is enough traffic, enough of it hit, and enough known of what it is worth to say anything. A few attempts that are worth more than all others
    /// are no more than few attempts.
    pub fn is_enough(&self) -> bool {
        let unseen = self.attempts.base.less(Attempts::whole(self.attempts.seen.attempts()));
        let as_many = self.usual.as_many_equals(self.attempts.seen.attempts()) + unseen.to_f64();
        let is_enough = as_many >= Impact::FEWEST_ATTEMPTS.to_f64();
        self.known == Known::Surely && self.attempts.is_enough() && is_enough
    }

    /// Whether it is over a threshold for sure. What SLOs tolerate of failures is left out of [`Threshold::ANY`] only.
    pub fn passes(&self, threshold: Threshold, tolerated: Tolerated) -> bool {
        self.is_enough() && self.part.at_least > limit(threshold, tolerated)
    }

    /// Whether it is so low that a rule may be lowered: under 0.8 times what it must be more than. What nobody knows is not.
    pub fn is_well_under(&self, threshold: Threshold, tolerated: Tolerated) -> bool {
        let share = self.part.share;
        let is_under = share.nanos() * 10 < limit(threshold, tolerated).nanos() * 8;
        self.is_known() && (share == Share::ZERO || is_under)
    }

    fn judged(mut self) -> Self {
        let Valued { seen, bad, unseen, missing, .. } = self.usual;
        self.part = KpiPart { lost_micros: bad + missing, expected_micros: seen + unseen, ..KpiPart::default() };
        if self.attempts.hit() == Attempts::NONE {
            return self;
        }
        self.part.share = part(self.part.lost_micros * NANOS, self.part.expected_micros);
        if self.known == Known::Surely {
            let as_many = self.usual.as_many_equals(self.attempts.seen.attempts());
            let [one, other] = self.ends.map(|end| end.at_least(as_many));
            self.part.at_least = one.min(other);
        }
        self
    }
}

impl KpiPart {
    /// What is lost of what is expected: `300 of 1,200 euros`.
    pub fn text(&self, unit: &str) -> String {
        let said = |micros| about(i128::try_from(micros).unwrap_or(i128::MAX));
        format!("{} of {} {unit}", said(self.lost_micros), said(self.expected_micros))
    }
}

impl Valued {
    fn of(attempts: &Impact, (kept, bad): (&Values, &Values), each: Each) -> Self {
        let (all, failed) = (attempts.seen.attempts(), attempts.seen.bad());
        let bad_without = failed.saturating_sub(bad.count());
        let kept_without = (all - failed).saturating_sub(kept.count());
        let worth = |attempts: Attempts| (attempts.to_f64() * each.mean.max(0.0)).round() as u128;
        let of_bad = bad.sum_micros() + worth(Attempts::whole(bad_without));
        let squares = ((bad_without + kept_without) as f64 * each.square).round() as u128;
        Self {
            seen: of_bad + kept.sum_micros() + worth(Attempts::whole(kept_without)),
            bad: of_bad,
            squares: bad.squares().saturating_add(kept.squares()).saturating_add(squares),
            unseen: worth(attempts.base.less(Attempts::whole(all))),
            missing: worth(attempts.missing),
            surely_missing: worth(attempts.surely_missing),
        }
    }

    fn plus(&self, other: &Self) -> Self {
        Self {
            seen: self.seen + other.seen,
            bad: self.bad + other.bad,
            squares: self.squares.saturating_add(other.squares),
            unseen: self.unseen + other.unseen,
            missing: self.missing + other.missing,
            surely_missing: self.surely_missing + other.surely_missing,
        }
    }

    /// As many attempts that are all worth the same say as much as those that were seen; no more than those.
    ///
    /// Source: L. Kish, *Survey Sampling*, 1965: the effective size of a weighted sample.
    fn as_many_equals(&self, attempts: u64) -> f64 {
        let thousandths = self.seen as f64 / 1_000.0;
        let as_many = thousandths * thousandths / self.squares as f64;
        // Values below a thousandth have no squares.
        as_many.min(attempts as f64)
    }

    fn at_least(&self, as_many: f64) -> Share {
        let bound = wilson_lower_of(self.bad as f64 / self.seen as f64, as_many);
        part(self.seen * u128::from(bound) + self.surely_missing * NANOS, self.seen + self.unseen)
    }
}

/// What the share must be more than.
fn limit(threshold: Threshold, tolerated: Tolerated) -> Share {
    if threshold == Threshold::ANY { tolerated.failures } else { threshold.share() }
}

#[cfg(test)]
mod tests;
