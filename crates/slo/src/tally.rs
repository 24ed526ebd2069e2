//! From the minutes of an indicator to the counts that a target is compared with.

use crate::{Budgeting, Counts, SliType};
use milepost_model::{DurationNs, Minute, Target};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// The counts of a period: of events, of slices of time, or of minutes, as type and budgeting say.
///
/// `covered` are the minutes in which the source was seen, whether or not the indicator counted anything; only throughput looks at it, since
/// a minute without events is one with too few. Slices are aligned to 1970; those without valid events count neither way, and one that the minutes
/// cut counts by what they have of it. Windows that go on with time are [`crate::Series`], of whole slices.
pub fn tally(
    minutes: &BTreeMap<Minute, Counts>,
    sli: SliType,
    budgeting: Budgeting,
    covered: Option<RangeInclusive<Minute>>,
) -> Counts {
    if let SliType::Throughput(rate) = sli {
        return throughput(minutes, rate, covered);
    }
    match budgeting {
        Budgeting::Occurrences => sum(minutes.values()),
        Budgeting::Timeslices { slice, target, .. } => {
            let slices = slices(minutes, slice);
            let good = slices.values().filter(|counts| target.is_met(counts.good, counts.valid)).count();
            Counts { valid: slices.len() as u64, good: good as u64 }
        }
        Budgeting::RatioTimeslices { slice, .. } => {
            // Each slice weighs the same, by its share of good events in units of 1e-9.
            let slices = slices(minutes, slice);
            let share = |counts: &Counts| {
                let nanos = u128::from(counts.good) * u128::from(Target::ONE) / u128::from(counts.valid);
                u64::try_from(nanos).unwrap_or(Target::ONE)
            };
            Counts { valid: slices.len() as u64 * Target::ONE, good: slices.values().map(share).sum() }
        }
    }
}

fn sum<'c>(counts: impl Iterator<Item = &'c Counts>) -> Counts {
    counts.fold(Counts::default(), |mut total, counts| {
        total.add(*counts);
        total
    })
}

/// Counts by slice, those without valid events left out.
fn slices(minutes: &BTreeMap<Minute, Counts>, slice: DurationNs) -> BTreeMap<i64, Counts> {
    let length = i64::try_from(slice.nanos() / DurationNs::from_seconds(60).nanos()).unwrap_or(i64::MAX).max(1);
    let mut slices: BTreeMap<i64, Counts> = BTreeMap::new();
    for (minute, counts) in minutes.iter().filter(|(_, counts)| counts.valid > 0) {
        slices.entry(minute.number().div_euclid(length)).or_default().add(*counts);
    }
    slices
}

fn throughput(minutes: &BTreeMap<Minute, Counts>, rate: u64, covered: Option<RangeInclusive<Minute>>) -> Counts {
    let Some(covered) = covered else { return Counts::default() };
    let valid = covered.end().number() - covered.start().number() + 1;
    let enough = minutes.range(covered).filter(|(_, counts)| counts.good >= rate).count();
    Counts { valid: u64::try_from(valid).unwrap_or(0), good: enough as u64 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NoData;

    fn minutes(counts: &[(i64, u64, u64)]) -> BTreeMap<Minute, Counts> {
        counts
            .iter()
            .map(|(minute, valid, good)| (Minute::new(*minute), Counts { valid: *valid, good: *good }))
            .collect()
    }

    const FIVE: DurationNs = DurationNs::from_seconds(300);

    #[test]
    fn occurrences_are_summed() {
        let counts = tally(&minutes(&[(0, 10, 9), (7, 5, 5)]), SliType::Availability, Budgeting::Occurrences, None);
        assert_eq!(counts, Counts { valid: 15, good: 14 });
    }

    #[test]
    fn slices_are_aligned_and_empty_ones_do_not_count() {
        // Minutes 3 and 5 lie in different slices of five minutes; the slice from 10 has no valid event.
        let minutes = minutes(&[(3, 10, 9), (5, 10, 10), (11, 0, 0), (-1, 4, 2)]);
        let target = "95%".parse().unwrap();
        let counts = tally(
            &minutes,
            SliType::Availability,
            Budgeting::Timeslices { slice: FIVE, target, no_data: NoData::Skip },
            None,
        );
        assert_eq!(counts, Counts { valid: 3, good: 1 });
        let ratio = tally(
            &minutes,
            SliType::Availability,
            Budgeting::RatioTimeslices { slice: FIVE, no_data: NoData::Skip },
            None,
        );
        assert_eq!(ratio, Counts { valid: 3_000_000_000, good: 900_000_000 + 1_000_000_000 + 500_000_000 });
    }

    #[test]
    fn a_minute_without_events_has_too_little_throughput() {
        let minutes = minutes(&[(0, 12, 10), (2, 9, 9)]);
        let covered = Some(Minute::new(0)..=Minute::new(3));
        let counts = tally(&minutes, SliType::Throughput(10), Budgeting::Occurrences, covered);
        assert_eq!(counts, Counts { valid: 4, good: 1 });
        assert_eq!(tally(&minutes, SliType::Throughput(1), Budgeting::Occurrences, None), Counts::default());
    }
}
