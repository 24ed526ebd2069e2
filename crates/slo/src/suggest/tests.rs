//! Evidence against what is computed by hand and by force.

use super::*;
use crate::{Counts, Fraction, Period, SliType};
use milepost_model::{Criticality, Minute, Target};
use proptest::prelude::*;

const DAY: u64 = 1_440;
const MONTH: u64 = 28 * DAY;

fn target(text: &str) -> Target {
    text.parse().unwrap()
}

fn evidence(minutes: &[(u64, u64)]) -> Evidence {
    let period = Period::new(Minute::new(0), Minute::new(i64::try_from(minutes.len()).unwrap()));
    let counts =
        (0..).zip(minutes).map(|(at, (valid, bad))| (Minute::new(at), Counts { valid: *valid, good: valid - bad }));
    Evidence::new(period, counts)
}

/// Days of 100 attempts a minute, with so many bad in each minute that `bad` says.
fn days(days: u64, bad: impl Fn(u64) -> u64) -> Evidence {
    evidence(&(0..days * DAY).map(|at| (100, bad(at))).collect::<Vec<_>>())
}

fn advice(evidence: &Evidence, criticality: Criticality) -> Advice {
    let asked = Asked::of(criticality, SliType::Availability);
    Advice::of(evidence, MONTH, Confidence::USUAL, asked, &[])
}

#[test]
fn failures_that_come_evenly_support_what_is_asked_for_and_no_more_is_proposed() {
    // One of 2,000 fails all the time: 99.95 %.
    let evidence = days(28, |at| u64::from(at % 20 == 0));
    assert_eq!(evidence.clustering(), Fraction::new(1, 1).unwrap());
    let advice = advice(&evidence, Criticality::Critical);
    assert_eq!((advice.proposed, advice.reason), (Some(target("99.9%")), Reason::AsAsked));
    assert_eq!(advice.standing(target("99.95%")), Some(Standing::Open));
    assert_eq!(advice.standing(target("99.99%")), Some(Standing::Unreachable));
    // A history as long as the window is worth half of it.
    assert_eq!(advice.sample, Sample { valid: 2_016_000, bad: 1_008 });
}

#[test]
fn one_outage_says_less_than_as_many_failures_one_by_one() {
    // An outage of 20 minutes in 28 days: the same 99.95 %.
    let evidence = days(28, |at| if (10_000..10_020).contains(&at) { 100 } else { 0 });
    assert_eq!(evidence.counts().bad(), 2_000);
    // By days: 28 blocks of 144,000, all bad in one of them. 28/27 x (2,000^2 x 27/28) / (2,000 x 0.9995...), about 2,001.
    let clustering = evidence.clustering().to_f64();
    assert!((2_000.0..2_002.0).contains(&clustering), "{clustering}");
    let advice = advice(&evidence, Criticality::Critical);
    // One bad of 1,007: with 4.74 of them bad at most one would be seen once in twenty. One outage in 28 days does not say that there are not four in the next.
    assert_eq!(advice.sample, Sample { valid: 1_007, bad: 1 });
    assert_eq!((advice.proposed, advice.reason), (Some(target("99.5%")), Reason::AsSupported));
    // However long the history: where one outage a month is usual there may be two.
    assert_eq!(advice.needed_minutes(&evidence, target("99.9%")), None);
}

#[test]
fn a_longer_history_of_the_same_supports_more() {
    let evidence = days(1, |at| u64::from(at % 12 == 0));
    let advice = advice(&evidence, Criticality::Critical);
    // 0.083 % fail: 120 of 144,000. A day leaves it open whether the next 28 have 0.1 %.
    assert_eq!(advice.standing(target("99.9%")), Some(Standing::Supported));
    let hours = self::evidence(&(0..360).map(|at| (100, u64::from(at % 12 == 0))).collect::<Vec<_>>());
    let advice = self::advice(&hours, Criticality::Critical);
    assert_eq!((advice.standing(target("99.9%")), advice.has_a_day), (Some(Standing::Open), false));
    let needed = advice.needed_minutes(&hours, target("99.9%")).unwrap();
    assert!((720..=1_440).contains(&needed), "{needed}");
}

#[test]
fn nothing_is_proposed_without_events_or_for_so_few_that_one_failure_is_too_much() {
    assert_eq!(advice(&days(2, |_| 0), Criticality::None).reason, Reason::NothingAsked);
    let none = evidence(&vec![(0, 0); 3_000]);
    assert_eq!(
        (advice(&none, Criticality::Critical).proposed, advice(&none, Criticality::Critical).reason),
        (None, Reason::NoEvents)
    );
    // Ten attempts a day, 280 in 28 days: 99 % lets two fail, 99.9 % none.
    let few = evidence(&(0..28 * DAY).map(|at| (u64::from(at % 144 == 0), 0)).collect::<Vec<_>>());
    assert_eq!(few.expected(MONTH), 280);
    // 140 without failure: 0.98^140 = 5.9 %, 0.97^140 = 1.4 %.
    assert_eq!(advice(&few, Criticality::Critical).proposed, Some(target("97%")));
}

#[test]
fn windows_are_of_the_period_where_the_history_has_one_and_else_of_a_day() {
    let evidence = days(3, |at| if at < 10 { 100 } else { 0 });
    assert_eq!(evidence.window_minutes(MONTH), DAY);
    let windows = evidence.windows(DAY, target("99.9%"));
    // The first day misses with 10 of 1,440 minutes; rolling ones until the ninth of them has gone: those that begin with minutes 0 to 8.
    assert_eq!(windows, Windows { minutes: DAY, rolling: (2_872, 2_881), disjoint: (2, 3) });
    // 2 of 3: 1 - p^3 - ... the bound of Clopper and Pearson is 13.5 %.
    assert_eq!(windows.at_least(Confidence::USUAL).nanos() / 1_000_000, 135);
}

proptest! {
    /// All windows, each summed by itself; and blocks by their formula in floats.
    #[test]
    fn evidence_is_what_brute_force_finds(
        minutes in proptest::collection::vec((0u64..6, 0u64..6), 1..90), length in 1u64..40, nanos in 1..Target::ONE
    ) {
        let minutes: Vec<(u64, u64)> = minutes.into_iter().map(|(valid, bad)| (valid, bad.min(valid))).collect();
        let (evidence, target) = (evidence(&minutes), Target::from_nanos(nanos).unwrap());
        let size = usize::try_from(length).unwrap();
        let met = |window: &[(u64, u64)]| {
            let (valid, bad) = window.iter().fold((0, 0), |sum, of| (sum.0 + of.0, sum.1 + of.1));
            (valid > 0).then(|| u128::from(bad) * u128::from(Target::ONE) <= u128::from(valid) * u128::from(target.allowed_bad_nanos()))
        };
        let count = |found: Vec<bool>| (found.iter().filter(|met| **met).count() as u64, found.len() as u64);
        let rolling = count(minutes.windows(size).filter_map(met).collect());
        let disjoint = count(minutes.rchunks_exact(size).filter_map(met).collect());
        prop_assert_eq!(evidence.windows(length, target), Windows { minutes: length, rolling, disjoint });
        let (valid, bad) = minutes.iter().fold((0, 0), |sum, of| (sum.0 + of.0, sum.1 + of.1));
        if bad > 0 && bad < valid {
            let mut most = Fraction::new(1, 1).unwrap();
            for block in [1usize, 5, 15, 60] {
                let blocks: Vec<(u64, u64)> = minutes.chunks(block).map(|of| of.iter().fold((0, 0), |sum, of| (sum.0 + of.0, sum.1 + of.1))).filter(|of| of.0 > 0).collect();
                if blocks.len() >= 7 {
                    let count = blocks.len() as u128;
                    let squares: u128 = blocks.iter().map(|(v, b)| u128::from((b * valid).abs_diff(bad * v)).pow(2)).sum();
                    let below = (count - 1) * u128::from(valid) * u128::from(bad) * u128::from(valid - bad);
                    most = most.max(Fraction::new(count * squares, below).unwrap());
                }
            }
            prop_assert_eq!(evidence.clustering(), most);
        }
        // The sample, from its definition in whole numbers.
        let clustering = evidence.clustering();
        let (above, below) = (u128::from(length) * clustering.below(), (u128::from(length) + minutes.len() as u128) * clustering.above());
        let sample = Sample { valid: u64::try_from(u128::from(valid) * above / below).unwrap(), bad: u64::try_from((u128::from(bad) * above).div_ceil(below)).unwrap() };
        prop_assert_eq!(evidence.sample(length), Sample { valid: sample.valid.max(sample.bad), ..sample });
    }

    /// The bounds part the targets: what is below the lower one is supported, what is above the upper one ruled out.
    #[test]
    fn bounds_are_where_verdicts_change(valid in 1u64..5_000, bad in 0u64..5_000, percent in 51u16..100) {
        let sample = Sample { valid, bad: bad.min(valid) };
        let confidence = Confidence::new(milepost_model::Share::from_percent(percent)).unwrap();
        let (low, high) = (sample.at_least(confidence), sample.at_most(confidence));
        let at = |nanos: u64| Target::from_nanos(nanos.clamp(1, Target::ONE - 1)).unwrap();
        if low.nanos() > 1 {
            prop_assert!(sample.supports(low, confidence));
            prop_assert!(!sample.supports(at(low.nanos() + 1), confidence) || low.nanos() + 1 == Target::ONE);
        }
        if sample.rules_out(high, confidence) {
            prop_assert!(!sample.rules_out(at(high.nanos() - 1), confidence) || high.nanos() == 1);
            prop_assert!(low <= high);
        }
    }
}
