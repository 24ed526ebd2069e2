//! Tests of the module that this file belongs to: against what is reckoned attempt by attempt, and against the impact on attempts.

use super::*;
use crate::{Expected, Seen};
use milepost_model::Amount;
use proptest::prelude::*;

fn whole(number: i64) -> Amount {
    Amount::from_whole(number).unwrap()
}

/// One attempt: whether it failed, and what it says that it is worth.
type Attempt = (bool, Option<i64>);

/// What is reckoned attempt by attempt.
struct Oracle {
    share: f64,
    at_least: f64,
    as_many: f64,
}

impl Oracle {
    /// Of attempts that came, so many that usually come besides, and those of them that are missing, perhaps and surely.
    fn of(attempts: &[Attempt], usual: &[i64], [unseen, missing, surely]: [f64; 3]) -> Self {
        let told = attempts.iter().filter_map(|(_, worth)| *worth);
        let known: Vec<f64> = if usual.len() < 30 {
            usual.iter().copied().chain(told).map(|value| value as f64).collect()
        } else {
            usual.iter().map(|value| *value as f64).collect()
        };
        let count = known.len() as f64;
        let mean = known.iter().sum::<f64>() / count;
        let variance = known.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
        let error = 2.326_347_874 * (variance / (count - 1.0)).sqrt();
        let square = known.iter().map(|value| value * value).sum::<f64>() / count;
        let sum = |each: f64, only_bad: bool| -> f64 {
            let of = attempts.iter().filter(|(is_bad, _)| *is_bad || !only_bad);
            of.map(|(_, worth)| worth.map_or(each, |worth| worth as f64)).sum()
        };
        let squares: f64 = attempts.iter().map(|(_, worth)| worth.map_or(square, |worth| (worth * worth) as f64)).sum();
        let as_many = (sum(mean, false).powi(2) / squares).min(attempts.len() as f64);
        let at_least = |each: f64| {
            let each = each.max(0.0);
            let (seen, bad) = (sum(each, false), sum(each, true));
            let bound = if bad > 0.0 { wilson(bad / seen, as_many) } else { 0.0 };
            (seen * bound + surely * each) / (seen + unseen * each)
        };
        Self {
            share: (sum(mean, true) + missing * mean) / (sum(mean, false) + unseen * mean),
            at_least: at_least(mean - error).min(at_least(mean + error)),
            as_many: as_many + unseen,
        }
    }
}

fn wilson(share: f64, of: f64) -> f64 {
    let z = 2.326_347_874_f64;
    let middle = share + z * z / (2.0 * of);
    (middle - z * ((share * (1.0 - share) + z * z / (4.0 * of)) / of).sqrt()) / (1.0 + z * z / of)
}

fn is_near(share: Share, expected: f64) -> bool {
    (share.nanos() as f64 / 1e9 - expected).abs() < 1e-6
}

fn attempt() -> impl Strategy<Value = Attempt> {
    (prop::bool::weighted(0.3), prop::option::weighted(0.7, 1i64..1_000))
}

proptest! {
    #[test]
    fn it_is_what_is_reckoned_attempt_by_attempt(
        attempts in prop::collection::vec(attempt(), 0..200),
        usual in prop::collection::vec(1i64..1_000, 0..60),
        beyond in prop::option::of((0u64..200, 0u64..=100)),
    ) {
        let values = |is_bad: bool| {
            let mut all = Values::default();
            let told = attempts.iter().filter(|(bad, _)| *bad == is_bad).filter_map(|(_, worth)| *worth);
            told.for_each(|worth| all.add(whole(worth)));
            all
        };
        let failed = attempts.iter().filter(|(bad, _)| *bad).count() as u64;
        let came = attempts.len() as u64;
        // More than came are expected, and at least a part of that.
        let expected = beyond.map(|(more, part)| {
            let all = came + more;
            Expected { attempts: Attempts::whole(all), at_least: Attempts::whole(all * part / 100) }
        });
        let impact = Impact::of(Seen::new(came, failed, 0, 0).unwrap(), expected);
        let mut known = Values::default();
        usual.iter().for_each(|value| known.add(whole(*value)));
        let (kept, bad) = (values(false), values(true));
        let found = KpiImpact::of(&impact, &KpiSeen { kept, bad, worth: Worth::Usual(known) });
        let values_known = if usual.len() < 30 { usual.len() as u64 + kept.count() + bad.count() } else { 30 };
        if impact.hit() == Attempts::NONE {
            prop_assert_eq!((found.part.share, found.part.at_least, found.is_known()), (Share::ZERO, Share::ZERO, true));
        } else if values_known == 0 {
            prop_assert!(!found.is_known() && !found.is_enough());
        } else {
            let unseen = impact.base.to_f64() - came as f64;
            let beyond = [unseen, impact.missing.to_f64(), impact.surely_missing.to_f64()];
            let oracle = Oracle::of(&attempts, &usual, beyond);
            prop_assert!(is_near(found.part.share, oracle.share), "{:?} is not {}", found.part, oracle.share);
            if values_known < 30 {
                prop_assert!(!found.is_enough() && found.part.at_least == Share::ZERO);
            } else {
                prop_assert!(is_near(found.part.at_least, oracle.at_least), "{:?} is not {}", found.part, oracle.at_least);
                prop_assert_eq!(found.is_enough(), impact.is_enough() && oracle.as_many >= 20.0);
            }
        }
    }

    #[test]
    fn where_all_are_worth_the_same_it_is_the_impact_on_attempts_that_failed_or_never_came(
        failed in 0u64..500, timed_out in 0u64..500, slow in 0u64..500, well in 0u64..5_000,
        expected in prop::option::of((0u64..8_000, 0u64..=100)),
        each in 1i64..1_000,
    ) {
        let seen = Seen::new(failed + timed_out + slow + well, failed, timed_out, slow).unwrap();
        let expected = expected.map(|(all, part)| {
            Expected { attempts: Attempts::whole(all), at_least: Attempts::whole(all * part / 100) }
        });
        let impact = Impact::of(seen, expected);
        let failing = impact.of_failures();
        let worth = Worth::Usual(Values::of(1_000, whole(each)));
        let all = KpiSeen { kept: Values::of(slow + well, whole(each)), bad: Values::default(), worth };
        for seen in [all, KpiSeen { worth: Worth::One, kept: Values::default(), ..all }] {
            let kpi = KpiImpact::of(&impact, &seen);
            let near = |one: Share, other: Share| one.nanos().abs_diff(other.nanos()) <= 2;
            prop_assert!(near(kpi.part.share, failing.share), "{:?} {:?}", kpi, failing);
            prop_assert!(near(kpi.part.at_least, failing.at_least), "{:?} {:?}", kpi, failing);
            prop_assert_eq!(kpi.is_enough(), failing.is_enough());
        }
    }

    #[test]
    fn a_pool_of_one_is_that_one_and_of_two_lies_between_them(
        one in (20u64..500, 0u64..=100, 1i64..100), other in (20u64..500, 0u64..=100, 1i64..100),
    ) {
        let of = |(attempts, percent, each): (u64, u64, i64)| {
            let seen = Seen::new(attempts, attempts * percent / 100, 0, 0).unwrap();
            let worth = Worth::Usual(Values::of(100, whole(each)));
            let seen_of_kpi = KpiSeen { kept: Values::default(), bad: Values::default(), worth };
            KpiImpact::of(&Impact::of(seen, None), &seen_of_kpi)
        };
        let (one, other) = (of(one), of(other));
        prop_assert_eq!(KpiImpact::pooled([&one]), one);
        let pool = KpiImpact::pooled([&one, &other]);
        prop_assert_eq!(pool.part.lost_micros, one.part.lost_micros + other.part.lost_micros);
        prop_assert_eq!(pool.part.expected_micros, one.part.expected_micros + other.part.expected_micros);
        let (low, high) = (one.part.share.min(other.part.share), one.part.share.max(other.part.share));
        prop_assert!(low <= pool.part.share && pool.part.share <= high);
    }
}

#[test]
fn what_nobody_knows_the_worth_of_is_neither_over_nor_well_under() {
    let tolerated = Tolerated::both(Share::from_percent(1));
    let nothing = Values::default();
    let seen = KpiSeen { kept: nothing, bad: nothing, worth: Worth::Usual(nothing) };
    let of = |failed| KpiImpact::of(&Impact::of(Seen::new(100, failed, 0, 0).unwrap(), None), &seen);
    let threshold: Threshold = "> 20%".parse().unwrap();
    assert_eq!((of(100).passes(threshold, tolerated), of(100).is_well_under(threshold, tolerated)), (false, false));
    assert!(of(0).is_well_under(threshold, tolerated), "nothing is lost, whatever they are worth");
}
