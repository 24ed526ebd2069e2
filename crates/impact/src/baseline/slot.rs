//! What past days say of one slot of 15 minutes to come: a rate, and how far a day may lie from it.

use super::cells::{Cells, DAYS, SLOTS_A_DAY};
use super::student::t99;

/// Slots on either side that a day's level is taken from: two and a half hours in all. Longer would blur how weekends differ by hour; shorter is
/// mostly chance.
const REACH: i64 = 4;
/// Days whose median is the usual one: it has followed a change for good after a week, and a week of trouble does not make it follow.
const MIDDLE_DAYS: i64 = 14;
/// The levels that are looked at, from 1/64 to 64 times the usual: one night without any traffic must not say that anything is possible.
const FURTHEST_LOG: f64 = 4.158_883_083_359_672;
/// Fewer days say nothing of how days differ.
const FEWEST_DAYS: usize = 3;
/// What the variance of a median is more than that of a mean: half of pi.
const OF_MEDIAN: f64 = std::f64::consts::FRAC_PI_2;

/// What is expected of a slot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct SlotModel {
    /// Millionths of an attempt a minute.
    pub(super) rate_micros: u64,
    /// By which part of the expected a whole stretch of hours may fall short, at 99 %: as days differ.
    pub(super) level: f64,
    /// The variance of the rate itself for scatter of 1, as a part of its square: it is learnt from few days.
    pub(super) own: f64,
}

/// A past day at this time of day.
#[derive(Clone, Copy)]
struct Past {
    /// Days ago; a multiple of seven has the same weekday.
    days_ago: i64,
    /// How much more there was than usual, as a logarithm.
    level: f64,
}

impl SlotModel {
    /// Of a slot, by its number since 1970, from the days before; none when too few of them say something.
    pub(super) fn fit(cells: &Cells, slot: i64, by_weekday: bool) -> Option<Self> {
        let profile: [Option<Middle>; 2 * REACH as usize + 1] =
            std::array::from_fn(|at| Middle::of(cells, slot + at as i64 - REACH));
        let middle = profile[REACH as usize].filter(|middle| middle.days >= FEWEST_DAYS)?;
        let mut past: Vec<Past> = Vec::with_capacity(DAYS as usize);
        past.extend((1..=DAYS).filter_map(|days_ago| Past::of(cells, slot, days_ago, &profile)));
        let weekday = if by_weekday { Spread::by_weekday(&past) } else { None };
        let Spread { usual, low } = weekday.or_else(|| Spread::of_all(&past))?;
        let rate_micros = (middle.rate_micros as f64 * usual.exp()).round() as u64;
        let own = OF_MEDIAN / (middle.attempts.max(1) as f64);
        Some(Self { rate_micros, level: (1.0 - low.exp()).clamp(0.0, 1.0), own })
    }
}

/// The median day of a slot.
#[derive(Clone, Copy)]
struct Middle {
    rate_micros: u64,
    days: usize,
    /// Attempts of all days.
    attempts: u64,
}

impl Middle {
    fn of(cells: &Cells, slot: i64) -> Option<Self> {
        let mut rates = [0u64; DAYS as usize];
        let (mut days, mut all) = (0, 0);
        for (attempts, minutes) in (1..=MIDDLE_DAYS).filter_map(|ago| cells.usable(slot - ago * SLOTS_A_DAY)) {
            rates[days] = attempts * 1_000_000 / u64::from(minutes);
            days += 1;
            all += attempts;
        }
        let rates = rates.get_mut(..days).filter(|rates| !rates.is_empty())?;
        let half = rates.len() / 2;
        let (below, upper, _) = rates.select_nth_unstable(half);
        let lower = if days.is_multiple_of(2) { below.iter().max().copied() } else { None };
        Some(Self { rate_micros: u64::midpoint(lower.unwrap_or(*upper), *upper), days, attempts: all })
    }
}

impl Past {
    fn of(cells: &Cells, slot: i64, days_ago: i64, profile: &[Option<Middle>]) -> Option<Self> {
        let (mut seen, mut usual_micros) = (0, 0);
        let then = slot - days_ago * SLOTS_A_DAY - REACH;
        for (middle, slot) in profile.iter().zip(then..) {
            if let (Some(middle), Some((attempts, minutes))) = (middle, cells.usable(slot)) {
                seen += attempts;
                usual_micros += middle.rate_micros * u64::from(minutes);
            }
        }
        cells.usable(then + REACH)?;
        // Half an attempt more on both sides keeps what is empty finite, and few attempts from saying much.
        let level = ((seen as f64 + 0.5) / (usual_micros as f64 / 1e6 + 0.5)).ln();
        Some(Self { days_ago, level: level.clamp(-FURTHEST_LOG, FURTHEST_LOG) })
    }
}

/// How days differ, in logarithms of levels.
struct Spread {
    /// What is usual of such a day.
    usual: f64,
    /// How far below the usual one in a hundred such days is: `mean - t s sqrt(1 + 1/n)`, the prediction interval for one more
    /// observation (G. Hahn and W. Meeker, *Statistical Intervals*, 4.7).
    low: f64,
}

impl Spread {
    /// Any day is like any other.
    fn of_all(past: &[Past]) -> Option<Self> {
        (past.len() >= FEWEST_DAYS)
            .then(|| Self { usual: 0.0, low: lowest(past.iter().map(|day| day.level), past.len() - 1, past.len()) })
    }

    /// Each weekday has a level of its own, the median of its days; how days differ beyond that is taken from all of them.
    fn by_weekday(past: &[Past]) -> Option<Self> {
        let mut usual = [None; 7];
        let mut days = [0; 7];
        for weekday in 0..7 {
            let mut levels = [0.0; DAYS as usize / 7];
            let of_day = past.iter().filter(|day| day.days_ago % 7 == weekday as i64);
            for (level, day) in levels.iter_mut().zip(of_day) {
                *level = day.level;
                days[weekday] += 1;
            }
            usual[weekday] = median(&mut levels[..days[weekday]]);
        }
        let weekdays = days.iter().filter(|days| **days > 0).count();
        let degrees = past.len().checked_sub(weekdays).filter(|degrees| *degrees >= FEWEST_DAYS)?;
        let rest = past.iter().map(|day| day.level - usual[(day.days_ago % 7) as usize].unwrap_or(day.level));
        let low = lowest(rest, degrees, days[0]);
        // The slot that is asked for lies a multiple of seven days after those of its weekday.
        let same = past.iter().filter(|day| day.days_ago % 7 == 0);
        let own = median(&mut same.map(|day| day.level - week_of(past, day)).collect::<Vec<_>>());
        own.filter(|_| days[0] >= 2).map(|usual| Self { usual, low })
    }
}

/// The level of the week around a day: what is a weekday's own shows beside it, however much more or less there was in all.
fn week_of(past: &[Past], of: &Past) -> f64 {
    // A whole week, also for the last day that is looked back on: each weekday once.
    let first = (of.days_ago - 3).min(DAYS - 6);
    let week = past.iter().filter(|day| (first..first + 7).contains(&day.days_ago));
    median(&mut week.map(|day| day.level).collect::<Vec<_>>()).unwrap_or(of.level)
}

fn lowest(levels: impl Iterator<Item = f64> + Clone, degrees: usize, days: usize) -> f64 {
    let mean = levels.clone().sum::<f64>() / levels.clone().count().max(1) as f64;
    let squares: f64 = levels.map(|level| (level - mean).powi(2)).sum();
    let deviation = (squares / degrees.max(1) as f64).sqrt();
    mean - t99(degrees) * deviation * (1.0 + 1.0 / days.max(1) as f64).sqrt()
}

fn median(levels: &mut [f64]) -> Option<f64> {
    levels.sort_unstable_by(f64::total_cmp);
    let upper = *levels.get(levels.len() / 2)?;
    Some(if levels.len().is_multiple_of(2) { f64::midpoint(levels[levels.len() / 2 - 1], upper) } else { upper })
}
