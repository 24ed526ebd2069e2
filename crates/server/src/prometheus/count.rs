//! Answers counted: valid and good by minute, whole numbers whose sums are exact.

use super::client::Answer;
use super::increase::{Nanos, ONE, Points, add_amounts, add_increases};
use super::plan::Asked;
use milepost_model::Minute;
use milepost_slo::open::{Comparison, Operator};
use std::collections::BTreeMap;
use std::ops::Range;

/// What some minutes counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Counted {
    /// Minutes with anything: valid and good.
    pub(super) cells: Vec<(Minute, u64, u64)>,
    /// What is left of good and of bad below one, in units of 1e-9, for the minutes after.
    pub(super) carry: [u64; 2],
    /// Minutes in which more was good, or bad, than there was, or less than nothing: taken for the nearest that can be.
    pub(super) clamped: u64,
    /// Minutes with several series where one is meant: they count neither way.
    pub(super) ambiguous: u64,
}

/// Counts the answers to the queries of an indicator over some minutes; answers may have points of earlier minutes.
pub(super) fn count(asked: &Asked, answers: &[Answer], minutes: &Range<Minute>, carry: [u64; 2]) -> Counted {
    match (asked, answers) {
        (Asked::Ratio { is_counter, is_good, .. }, [part, total]) => {
            let add = if *is_counter { add_increases } else { add_amounts };
            let [part, total] = [part, total].map(|answer| sums(&answer.series, minutes, add));
            ratio(*is_good, &part, &total, carry)
        }
        (Asked::Raw { is_good, .. }, [answer]) => single(&answer.series, minutes, |value, counted| {
            let share = value.clamp(0, ONE);
            counted.clamped += u64::from(share != value);
            (ONE, if *is_good { share } else { ONE - share })
        }),
        (Asked::Threshold { comparison, .. }, [answer]) => {
            single(&answer.series, minutes, |value, _| (1, Nanos::from(is_good(value, *comparison))))
        }
        _ => Counted { carry, ..Counted::default() },
    }
}

type Add = fn(&Points, Minute, &mut BTreeMap<Minute, Nanos>);

fn sums(series: &[Points], minutes: &Range<Minute>, add: Add) -> BTreeMap<Minute, Nanos> {
    let mut sums = BTreeMap::new();
    series.iter().for_each(|points| add(points, minutes.start, &mut sums));
    sums.retain(|minute, _| minutes.contains(minute));
    sums
}

/// Good and bad are carried each for itself, so that never more is good than there is.
fn ratio(
    is_good: bool,
    part: &BTreeMap<Minute, Nanos>,
    total: &BTreeMap<Minute, Nanos>,
    mut carry: [u64; 2],
) -> Counted {
    let mut counted = Counted::default();
    // Of what has a part and no total, the part is clamped to nothing.
    let lonely = part.iter().filter(|(minute, value)| **value != 0 && !total.contains_key(minute)).count();
    counted.clamped += lonely as u64;
    for (minute, all) in total {
        let (all, some) = (*all, part.get(minute).copied().unwrap_or_default());
        let (clamped_all, clamped) = (all.max(0), some.clamp(0, all.max(0)));
        counted.clamped += u64::from(clamped_all != all || clamped != some);
        let (good, bad) = if is_good { (clamped, clamped_all - clamped) } else { (clamped_all - clamped, clamped) };
        let [good, bad] = [(good, 0), (bad, 1)].map(|(amount, place)| {
            let sum = amount + Nanos::from(carry[place]);
            carry[place] = u64::try_from(sum % ONE).unwrap_or(0);
            u64::try_from(sum / ONE).unwrap_or(u64::MAX)
        });
        if good + bad > 0 {
            counted.cells.push((*minute, good + bad, good));
        }
    }
    Counted { carry, ..counted }
}

/// Counts the one series that a query gives; valid and good of each value.
fn single(
    series: &[Points],
    minutes: &Range<Minute>,
    mut units: impl FnMut(Nanos, &mut Counted) -> (Nanos, Nanos),
) -> Counted {
    let mut values: BTreeMap<Minute, (Nanos, usize)> = BTreeMap::new();
    for (minute, value) in series.iter().flatten().filter(|(minute, _)| minutes.contains(minute)) {
        let (known, count) = values.entry(*minute).or_default();
        (*known, *count) = (*value, *count + 1);
    }
    let mut counted = Counted::default();
    for (minute, (value, count)) in values {
        if count > 1 {
            counted.ambiguous += 1;
            continue;
        }
        let (valid, good) = units(value, &mut counted);
        let whole = |number: Nanos| u64::try_from(number).unwrap_or(0);
        counted.cells.push((minute, whole(valid), whole(good)));
    }
    counted
}

fn is_good(value: Nanos, Comparison { operator, value: with }: Comparison) -> bool {
    let with = with.nanos();
    match operator {
        Operator::AtMost => value <= with,
        Operator::AtLeast => value >= with,
        Operator::Below => value < with,
        Operator::Above => value > with,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn answer(series: &[&[(i64, Nanos)]]) -> Answer {
        let points = |points: &&[(i64, Nanos)]| points.iter().map(|(at, value)| (Minute::new(*at), *value)).collect();
        Answer { series: series.iter().map(points).collect(), ignored: Vec::new() }
    }

    fn minutes(range: Range<i64>) -> Range<Minute> {
        Minute::new(range.start)..Minute::new(range.end)
    }

    fn asked(is_counter: bool, is_good: bool) -> Asked {
        Asked::Ratio { is_counter, is_good, part: "p".to_owned(), total: "t".to_owned() }
    }

    #[test]
    fn series_are_summed_and_a_bad_part_is_taken_from_the_total() {
        let total = answer(&[&[(0, 5 * ONE), (1, 9 * ONE)], &[(0, 100 * ONE), (1, 101 * ONE)]]);
        let bad = answer(&[&[(0, 2 * ONE), (1, 3 * ONE)]]);
        let counted = count(&asked(true, false), &[bad, total], &minutes(1..2), [0, 0]);
        assert_eq!(counted.cells, [(Minute::new(1), 5, 4)]);
    }

    #[test]
    fn more_good_than_there_is_is_clamped_and_told() {
        let counted = count(
            &asked(false, true),
            &[answer(&[&[(1, 7 * ONE), (2, ONE)]]), answer(&[&[(1, 5 * ONE)]])],
            &minutes(1..3),
            [0, 0],
        );
        assert_eq!((counted.cells, counted.clamped), (vec![(Minute::new(1), 5, 5)], 2));
    }

    #[test]
    fn a_threshold_counts_minutes_and_a_ratio_billionths_of_them() {
        let comparison = Comparison { operator: Operator::AtMost, value: "0.3".parse().unwrap() };
        let values = || answer(&[&[(1, 300_000_000), (2, 300_000_001), (4, 0)]]);
        let threshold = Asked::Threshold { query: "q".to_owned(), comparison };
        let counted = count(&threshold, &[values()], &minutes(1..5), [0, 0]).cells;
        assert_eq!(counted, [(1, 1, 1), (2, 1, 0), (4, 1, 1)].map(|(at, valid, good)| (Minute::new(at), valid, good)));
        let raw = Asked::Raw { is_good: false, query: "q".to_owned() };
        let counted = count(&raw, &[values()], &minutes(1..2), [0, 0]).cells;
        assert_eq!(counted, [(Minute::new(1), 1_000_000_000, 700_000_000)]);
        let two = answer(&[&[(1, 0)], &[(1, 0)]]);
        let counted = count(&raw, &[two], &minutes(1..2), [0, 0]);
        assert_eq!((counted.cells.len(), counted.ambiguous), (0, 1));
    }

    proptest! {
        /// Whatever is cut where: whole numbers and what is left are what was there.
        #[test]
        fn fractions_are_carried(
            amounts in prop::collection::vec((0i128..3_000_000_000, 0i128..3_000_000_000), 1..60),
            cut in 0i64..60,
        ) {
            let part: Vec<_> = (0i64..).zip(&amounts).map(|(at, (good, _))| (at, *good)).collect();
            let total: Vec<_> = (0i64..).zip(&amounts).map(|(at, (good, bad))| (at, good + bad)).collect();
            let answers = [answer(&[&part]), answer(&[&total])];
            let first = count(&asked(false, true), &answers, &minutes(0..cut), [0, 0]);
            let second = count(&asked(false, true), &answers, &minutes(cut..60), first.carry);
            let cells: Vec<_> = first.cells.into_iter().chain(second.cells).collect();
            let (valid, good) = cells.iter().fold((0, 0), |sum, cell| (sum.0 + cell.1, sum.1 + cell.2));
            let exact = |of: fn(&(i128, i128)) -> i128| amounts.iter().map(of).sum::<i128>();
            prop_assert_eq!(i128::from(good) * ONE + i128::from(second.carry[0]), exact(|amount| amount.0));
            prop_assert_eq!(i128::from(valid - good) * ONE + i128::from(second.carry[1]), exact(|amount| amount.1));
            prop_assert!(cells.iter().all(|(_, valid, good)| good <= valid));
        }
    }
}
