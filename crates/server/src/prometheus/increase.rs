//! From values at whole minutes to what happened in each minute: pure numbers, exact in billionths.
//!
//! A point at 12:05:00 tells of the minute 12:04, which it ends.

use milepost_model::Minute;
use std::collections::BTreeMap;

/// A number in units of 1e-9.
pub(super) type Nanos = i128;

/// One, in the same units.
pub(super) const ONE: Nanos = 1_000_000_000;

/// Values of one series, each at the minute that it ends, in order.
pub(super) type Points = Vec<(Minute, Nanos)>;

/// Values at most: above it neighbouring whole numbers are one to a float.
const MOST: f64 = 9_007_199_254_740_992.0;

/// How far back the value before a point may lie. A series that was not seen for longer begins anew, however the time is cut into questions.
pub(super) const BASE_MINUTES: i64 = 60;

/// A sample's value, exactly; `None` for what is no number, or too large to be counted by.
pub(super) fn nanos(value: f64) -> Option<Nanos> {
    if !value.is_finite() || value.abs() > MOST {
        return None;
    }
    let whole = value.trunc();
    #[expect(clippy::cast_possible_truncation, reason = "whole, and below 2^53; the fraction is below 1e9")]
    let nanos = (whole as Nanos) * ONE + ((value - whole) * 1e9).round() as Nanos;
    Some(nanos)
}

/// What a counter grew by in each minute since `from`, added to `sums`.
///
/// The first point of a series is where it begins to be counted: what it had by then was counted by nobody. A value below the one before is that of a
/// counter that began anew, all of which happened since. What grew over minutes without points belongs to the minute in which it is seen.
pub(super) fn add_increases(points: &Points, from: Minute, sums: &mut BTreeMap<Minute, Nanos>) {
    for pair in points.windows(2) {
        let [(before, base), (minute, value)] = pair else { continue };
        if *minute < from || minute.number() - before.number() > BASE_MINUTES {
            continue;
        }
        *sums.entry(*minute).or_default() += if value < base { *value } else { value - base };
    }
}

/// Values that are amounts of their minutes, added to `sums`.
pub(super) fn add_amounts(points: &Points, from: Minute, sums: &mut BTreeMap<Minute, Nanos>) {
    for (minute, value) in points.iter().filter(|(minute, _)| *minute >= from) {
        *sums.entry(*minute).or_default() += value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_are_taken_exactly() {
        assert_eq!(nanos(0.3), Some(300_000_000));
        assert_eq!(nanos(9_007_199_254_740_991.0), Some(9_007_199_254_740_991 * ONE));
        assert_eq!(nanos(-1.5), Some(-1_500_000_000));
        assert_eq!([f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300].map(nanos), [None; 4]);
    }

    #[test]
    fn a_reset_counts_what_is_there_after_it_and_a_gap_where_it_is_seen() {
        let points = [(0, 70), (1, 75), (2, 4), (5, 10), (70, 90), (71, 91)];
        let points = points.map(|(minute, value)| (Minute::new(minute), value * ONE)).to_vec();
        let mut sums = BTreeMap::new();
        add_increases(&points, Minute::new(1), &mut sums);
        let sums: Vec<_> = sums.into_iter().map(|(minute, sum)| (minute.number(), sum / ONE)).collect();
        // Between minute 5 and 70 it was not seen for more than an hour.
        assert_eq!(sums, [(1, 5), (2, 4), (5, 6), (71, 1)]);
    }

    proptest! {
        /// The oracle knows each event: a counter counts them one by one, restarts, and is seen at some minutes only. What is lost is what was counted
        /// between a point and a restart, and what came before the first point; all else is found, whatever way the time is cut.
        #[test]
        fn increases_are_the_events_that_could_be_seen(
            minutes in prop::collection::vec((0u32..50, any::<bool>(), 0u8..10), 2..200),
            cut in 1usize..199,
        ) {
            let mut points = Points::new();
            let (mut value, mut seen_since_restart, mut expected, mut unseen) = (0i128, true, 0i128, 0i128);
            let mut last: Option<(usize, i128)> = None;
            for (at, (events, is_seen, restart)) in minutes.iter().enumerate() {
                if *restart == 0 {
                    (value, unseen, seen_since_restart) = (0, 0, false);
                }
                value += i128::from(*events);
                unseen += i128::from(*events);
                if !is_seen { continue }
                let is_known = last.is_some_and(|(before, _)| at - before <= BASE_MINUTES as usize);
                if is_known {
                    // A restarted counter that has overtaken what was seen of the one before looks like one that went on.
                    let base = last.map_or(0, |(_, base)| base);
                    expected += if !seen_since_restart && value >= base { value - base } else { unseen };
                }
                points.push((Minute::new(at as i64), value * ONE));
                (last, unseen, seen_since_restart) = (Some((at, value)), 0, true);
            }
            let mut whole = BTreeMap::new();
            add_increases(&points, Minute::new(0), &mut whole);
            prop_assert_eq!(whole.values().sum::<i128>(), expected * ONE);
            // Two questions, the second with the points of the hour before it.
            let cut = Minute::new(cut as i64);
            let early: Points = points.iter().copied().filter(|(minute, _)| *minute < cut).collect();
            let base = Minute::new(cut.number() - BASE_MINUTES);
            let late: Points = points.iter().copied().filter(|(minute, _)| *minute >= base).collect();
            let mut parts = BTreeMap::new();
            add_increases(&early, Minute::new(0), &mut parts);
            add_increases(&late, cut, &mut parts);
            prop_assert_eq!(parts, whole);
        }
    }
}
