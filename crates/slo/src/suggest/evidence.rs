//! What an indicator has counted: how its failures cluster, and which windows would have met a target.

use super::sample::{Confidence, Sample};
use crate::{Counts, Fraction, Period};
use milepost_model::{Minute, Target};

/// Counts of an indicator, minute by minute.
#[derive(Clone, Debug)]
pub struct Evidence {
    period: Period,
    minutes: Vec<Counts>,
    sum: Counts,
}

/// Windows of one length that have had events, and how many of them met a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    /// How long each is, in minutes.
    pub minutes: u64,
    /// Of the rolling ones, which begin with each minute: those that met it, and all.
    pub rolling: (u64, u64),
    /// Of those that follow each other, the last ending with the history: those that met it, and all.
    pub disjoint: (u64, u64),
}

impl Windows {
    /// The share of windows that meets the target, at least: by Clopper and Pearson, of those that follow each other. Rolling ones share their events, and
    /// say no more between them.
    pub fn at_least(&self, confidence: Confidence) -> Target {
        let (met, all) = self.disjoint;
        Sample { bad: all - met, valid: all }.at_least(confidence)
    }
}

/// Lengths by which it is looked at how failures cluster, in minutes: bursts of minutes, of hours, and days that differ.
const BLOCKS: [u64; 7] = [1, 5, 15, 60, 360, 1_440, 10_080];
/// With fewer blocks their differences say nothing.
const LEAST_BLOCKS: u64 = 7;
/// A day has nights and peaks: with less nothing longer can be judged.
pub(super) const DAY: u64 = 1_440;

impl Evidence {
    /// What was counted in a period; what lies outside is left out.
    pub fn new(period: Period, counts: impl IntoIterator<Item = (Minute, Counts)>) -> Self {
        let length = usize::try_from(period.minutes()).unwrap_or(0);
        let (mut minutes, mut sum) = (vec![Counts::default(); length], Counts::default());
        for (minute, counts) in counts.into_iter().filter(|(minute, _)| period.contains(*minute)) {
            let at = usize::try_from(minute.number() - period.start.number()).unwrap_or(0);
            minutes[at].add(counts);
            sum.add(counts);
        }
        Self { period, minutes, sum }
    }

    /// From when to when.
    pub fn period(&self) -> Period {
        self.period
    }

    /// All that was counted.
    pub fn counts(&self) -> Counts {
        self.sum
    }

    /// By how much failures cluster: the variance of the bad share over that of as many events that fail each by itself, 1 at least. Exact.
    ///
    /// The design effect of a ratio estimator with blocks of time as clusters (Cochran, *Sampling Techniques*, chapter 6; Kish): with J blocks of v
    /// events and b bad ones, V and B in all, `J / (J - 1) x sum((b V - B v)^2) / (V B (V - B))`. The largest over blocks of a minute to a week,
    /// as far as there are seven.
    pub fn clustering(&self) -> Fraction {
        let one = Fraction::new(1, 1).expect("one");
        BLOCKS.iter().filter_map(|minutes| self.clustering_by(*minutes)).fold(one, Fraction::max)
    }

    fn clustering_by(&self, minutes: u64) -> Option<Fraction> {
        let blocks = self.blocks(minutes);
        let (valid, bad) = (u128::from(self.sum.valid), u128::from(self.sum.bad()));
        let count = blocks.len() as u64;
        if count < LEAST_BLOCKS || bad == 0 || bad == valid {
            return None;
        }
        let residual = |block: &Counts| (u128::from(block.bad()) * valid).abs_diff(bad * u128::from(block.valid));
        let largest = blocks.iter().map(residual).max()?;
        // Where squares would not fit, all lose the same binary digits.
        let room = (120 - 64 - count.leading_zeros().abs_diff(64)) / 2;
        let shift = (128 - largest.leading_zeros()).saturating_sub(room);
        let squares: u128 = blocks.iter().map(|block| (residual(block) >> shift).pow(2)).sum();
        let spread = Fraction::new(squares, (valid * bad) >> shift)?;
        let of_blocks = Fraction::new(u128::from(count), (u128::from(count) - 1) * ((valid - bad) >> shift).max(1))?;
        times(spread, of_blocks)
    }

    /// Blocks of so many minutes that had events, aligned to 1970.
    fn blocks(&self, minutes: u64) -> Vec<Counts> {
        let (length, start) = (i64::try_from(minutes).unwrap_or(i64::MAX), self.period.start.number());
        let mut blocks: Vec<(i64, Counts)> = Vec::new();
        for (at, counts) in (start..).zip(&self.minutes).filter(|(_, counts)| counts.valid > 0) {
            let block = at.div_euclid(length);
            match blocks.last_mut() {
                Some((last, sum)) if *last == block => sum.add(*counts),
                _ => blocks.push((block, *counts)),
            }
        }
        blocks.into_iter().map(|(_, counts)| counts).collect()
    }

    /// What the history says of the next window of so many minutes.
    ///
    /// The history is worth V over the clustering events that fail each by itself; the window has chance of its own, so that
    /// between them they are worth that times `window / (window + history)`. Bad ones are rounded up and all down.
    pub fn sample(&self, window_minutes: u64) -> Sample {
        let clustering = self.clustering();
        let (window, history) = (u128::from(window_minutes), u128::from(self.period.minutes().max(1)));
        let part = Fraction::new(window, window + history).expect("a history has minutes");
        let part = Fraction::new(clustering.below(), clustering.above()).and_then(|less| times(part, less));
        let part = part.unwrap_or(Fraction::new(0, 1).expect("nothing"));
        let of = |count: u64| scaled(count, part);
        let (valid, bad) = (of(self.sum.valid), of(self.sum.bad()));
        let bad = bad.0 + u64::from(bad.1);
        Sample { valid: valid.0.max(bad), bad }
    }

    /// How many events a window has by the history's rate, a day at least counting as one.
    pub fn expected(&self, window_minutes: u64) -> u64 {
        let valid = u128::from(self.sum.valid) * u128::from(window_minutes);
        u64::try_from(valid / u128::from(self.period.minutes().max(1))).unwrap_or(u64::MAX)
    }

    /// The longest windows that the history has whole: of the length asked for, else of a day, else of an hour.
    pub fn window_minutes(&self, asked_minutes: u64) -> u64 {
        let lengths = [asked_minutes, DAY, 60, 1];
        let fits = |length: &u64| *length <= asked_minutes && *length <= self.period.minutes();
        lengths.into_iter().find(fits).unwrap_or(1)
    }

    /// Windows of so many minutes against a target.
    pub fn windows(&self, minutes: u64, target: Target) -> Windows {
        let length = usize::try_from(minutes.max(1)).unwrap_or(usize::MAX);
        let (mut sum, mut rolling, mut disjoint) = (Counts::default(), (0, 0), (0, 0));
        for (at, counts) in self.minutes.iter().enumerate() {
            sum.add(*counts);
            if let Some(leaving) = (at + 1).checked_sub(length + 1) {
                sum.remove(self.minutes[leaving]);
            }
            if at + 1 < length || sum.valid == 0 {
                continue;
            }
            let is_met = u64::from(target.is_met(sum.good, sum.valid));
            rolling = (rolling.0 + is_met, rolling.1 + 1);
            if (self.minutes.len() - 1 - at).is_multiple_of(length) {
                disjoint = (disjoint.0 + is_met, disjoint.1 + 1);
            }
        }
        Windows { minutes, rolling, disjoint }
    }
}

/// A count by a part of it: whole, and whether something is left over.
fn scaled(count: u64, part: Fraction) -> (u64, bool) {
    let Some(product) = u128::from(count).checked_mul(part.above()) else { return (0, true) };
    (u64::try_from(product / part.below()).unwrap_or(u64::MAX), product % part.below() > 0)
}

/// A product; where it has more digits than are held, both numbers lose the same.
fn times(left: Fraction, right: Fraction) -> Option<Fraction> {
    let bits = |number: u128| 128 - number.leading_zeros();
    let (left, right) = (reduced(left), reduced(right));
    let over = (bits(left.above()) + bits(right.above())).max(bits(left.below()) + bits(right.below()));
    // Counts are multiplied by what comes out, so that room is left for them.
    let shift = over.saturating_sub(MOST_BITS);
    let half = shift.div_ceil(2);
    let (a, b) = (left.above() >> half, right.above() >> half);
    let (c, d) = (left.below() >> half, right.below() >> half);
    Fraction::new(a * b, (c * d).max(1)).map(reduced)
}

/// Numbers of so many bits can be multiplied by a count of 2^40.
const MOST_BITS: u32 = 86;

fn reduced(fraction: Fraction) -> Fraction {
    let (mut a, mut b) = (fraction.above(), fraction.below());
    while b > 0 {
        (a, b) = (b, a % b);
    }
    Fraction::new(fraction.above() / a.max(1), fraction.below() / a.max(1)).unwrap_or(fraction)
}
