//! Scores against textbook values and plain counting, pairs against brute force, and what chance makes of noise.

use super::pairs::{Search, each_pair};
use super::*;
use proptest::prelude::*;
use std::collections::{BTreeMap, HashMap};

fn tally(attempts: u64, failed: u64) -> Tally {
    Tally { attempts, failed }
}

#[test]
fn chance_is_that_of_the_exact_test() {
    // Fisher's tea: four of four cups told right is one way of C(8, 4) = 70, three or more are 17.
    assert!((chance(tally(4, 4), tally(8, 4)) - 1.0 / 70.0).abs() < 1e-12);
    assert!((chance(tally(4, 3), tally(8, 4)) - 17.0 / 70.0).abs() < 1e-12);
    assert_eq!(chance(tally(4, 2), tally(8, 4)), 1.0);
    // 18 of 18 failures in 98 of 121 attempts: the product of (98 - i) / (121 - i).
    let product: f64 = (0..18).map(|i| f64::from(98 - i) / f64::from(121 - i)).product();
    assert!((chance(tally(98, 18), tally(121, 18)) - product).abs() < 1e-12);
    // Ten million attempts: the tail of a normal distribution at 4.05 standard deviations, 2.5e-5, a little more for the discrete one.
    let far = chance(tally(2_000_000, 2_162), tally(10_000_000, 10_000));
    assert!((2.0e-5..4.0e-5).contains(&far), "{far}");
}

#[test]
fn a_slice_is_told_by_coverage_precision_and_lift_and_few_failures_do_not_shout() {
    let version = Association { slice: tally(28, 18), all: tally(121, 18) };
    assert_eq!((version.coverage(), version.precision()), (1.0, 18.0 / 28.0));
    assert!((version.lift() - 121.0 / 28.0).abs() < 1e-12);
    let range = version.lift_range();
    assert!((3.5..3.7).contains(&range.low) && (range.high - version.lift()).abs() < 1e-9, "{range:?}");
    assert!(version.is_clear());
    // Two failures of two in a hundredth of the traffic, and three of three in half of it, may be chance.
    assert!(!Association { slice: tally(10, 2), all: tally(1_000, 2) }.is_clear());
    assert!(!Association { slice: tally(500, 3), all: tally(1_000, 3) }.is_clear());
    assert!(Association { slice: tally(100, 3), all: tally(1_000, 3) }.is_clear());
    // Where all fail, no slice does so more than others.
    let all = Association { slice: tally(5, 5), all: tally(10, 10) };
    assert_eq!((all.lift_range(), all.is_clear()), (Range { low: 1.0, high: 1.0 }, false));
}

#[test]
fn a_version_in_a_region_is_told_where_neither_alone_says_it() {
    // Columns: version, region. Version 2 fails in region 1, and only there.
    let rows = [([1, 1], tally(400, 2)), ([1, 2], tally(400, 2)), ([2, 1], tally(100, 60)), ([2, 2], tally(100, 1))];
    let told = told_pairs(&rows.map(|(values, tally)| (values.to_vec(), tally)));
    assert_eq!(told, [(pair((0, 2), (1, 1)), tally(100, 60))]);
}

#[test]
fn a_pair_that_repeats_one_of_its_values_is_not_told() {
    // All of version 2 runs in region 1: the pair is the version.
    let rows = [([1, 1], tally(400, 2)), ([1, 2], tally(400, 2)), ([2, 1], tally(100, 60))];
    assert_eq!(told_pairs(&rows.map(|(values, tally)| (values.to_vec(), tally))), []);
}

#[test]
fn strengths_that_floats_cannot_tell_apart_are_told_apart() {
    let all = tally(u64::MAX / 2, 1 << 60);
    let strength = |attempts| Association { slice: tally(attempts, 1 << 59), all }.strength();
    assert!(strength(1 << 60) > strength((1 << 60) + 1));
    assert_eq!(strength(1 << 60), strength(1 << 60));
}

#[test]
fn noise_is_told_as_seldom_as_is_said() {
    // 400 steps of 2,000 attempts with 40 failures, four columns of five values, none of which has to do with failure.
    let (mut singles_told, mut pairs_told, mut looked_at) = (0, 0, 0);
    for seed in 0..400 {
        let rows = noise(seed);
        let (singles, all) = singles_of(&rows);
        looked_at += singles.len();
        singles_told += singles.values().filter(|slice| Association { slice: **slice, all }.is_clear()).count();
        pairs_told += told_pairs(&rows).len();
    }
    // One in forty at most: 200 of 8,000. Of 150 pairs a step hardly any.
    assert_eq!(looked_at, 8_000);
    assert!((50..200).contains(&singles_told), "{singles_told}");
    assert!(pairs_told <= 10, "{pairs_told}");
}

fn noise(seed: u64) -> Vec<(Vec<u32>, Tally)> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut below = |bound: u64| {
        // SplitMix64, so that neighbouring seeds have nothing in common.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    };
    let mut rows: BTreeMap<Vec<u32>, Tally> = BTreeMap::new();
    for attempt in 0..2_000 {
        let values = (0..4).map(|_| 1 + u32::try_from(below(5)).unwrap()).collect();
        rows.entry(values).or_default().count(attempt < 40);
    }
    rows.into_iter().collect()
}

fn pair(one: (usize, u32), other: (usize, u32)) -> Pair {
    let value = |(column, value)| Value { column, value };
    Pair(value(one), value(other))
}

fn singles_of(rows: &[(Vec<u32>, Tally)]) -> (HashMap<Value, Tally>, Tally) {
    let (mut singles, mut all) = (HashMap::<Value, Tally>::new(), Tally::default());
    for (values, tally) in rows {
        all.add(*tally);
        for (column, value) in values.iter().copied().enumerate().filter(|(_, value)| *value != 0) {
            singles.entry(Value { column, value }).or_default().add(*tally);
        }
    }
    (singles, all)
}

fn told_pairs(rows: &[(Vec<u32>, Tally)]) -> Vec<(Pair, Tally)> {
    let (singles, all) = singles_of(rows);
    let columns: Vec<usize> = (0..rows.first().map_or(0, |(values, _)| values.len())).collect();
    let combinations = rows.iter().map(|(values, tally)| Combination { values, tally: *tally });
    pairs(combinations, &columns, &singles, all)
}

/// All pairs, counted and judged one by one.
fn brute_force(rows: &[(Vec<u32>, Tally)]) -> Vec<(Pair, Tally)> {
    let (singles, all) = singles_of(rows);
    let columns: Vec<usize> = (0..rows.first().map_or(0, |(values, _)| values.len())).collect();
    let mut counted: BTreeMap<Pair, Tally> = BTreeMap::new();
    for (values, tally) in rows {
        each_pair(values, &columns, |pair| counted.entry(pair).or_default().add(*tally));
    }
    let search = Search { singles: &singles, all };
    counted.into_iter().filter(|(pair, tally)| search.is_told(*pair, *tally)).collect()
}

/// Combinations in which failures follow one pair, more or less.
fn rows() -> impl Strategy<Value = Vec<(Vec<u32>, Tally)>> {
    let row = (prop::collection::vec(0u32..4, 3), 1u64..80, 0u64..4, any::<prop::sample::Index>());
    (prop::collection::vec(row, 1..40), [1u32..4, 1..4]).prop_map(|(rows, guilty)| {
        let mut merged: BTreeMap<Vec<u32>, Tally> = BTreeMap::new();
        for (values, attempts, noise, fails) in rows {
            let is_guilty = values[..2] == guilty;
            let failed = if is_guilty { 1 + fails.index(attempts as usize) as u64 } else { noise.min(attempts) };
            merged.entry(values).or_default().add(Tally { attempts, failed });
        }
        merged.into_iter().collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_pair_that_would_be_told_is_dropped_and_its_counts_are_those_of_counting_all(rows in rows()) {
        prop_assert_eq!(told_pairs(&rows), brute_force(&rows));
    }

    #[test]
    fn chance_is_the_sum_of_what_counting_all_choices_gives(
        (all, failed, attempts, inside) in (1u64..14).prop_flat_map(|all| (Just(all), 0..=all, 1..=all, 0u64..14))
    ) {
        let inside = inside.min(failed).min(attempts).max((failed + attempts).saturating_sub(all));
        // Attempts are bits; the slice is the lowest ones.
        let choices = (0u32..1 << all).filter(|choice| u64::from(choice.count_ones()) == failed);
        let slice = (1u32 << attempts) - 1;
        let (so_many, of) = choices.fold((0u32, 0u32), |(so_many, of), choice| {
            (so_many + u32::from(u64::from((choice & slice).count_ones()) >= inside), of + 1)
        });
        let told = chance(tally(attempts, inside), tally(all, failed));
        let counted = f64::from(so_many) / f64::from(of);
        let is_more_than_average = inside * all > attempts * failed;
        prop_assert!(if is_more_than_average { (told - counted).abs() < 1e-9 } else { told == 1.0 }, "{told} {counted}");
    }

    #[test]
    fn lift_lies_in_its_range_and_strength_orders_as_the_harmonic_mean(
        all in 1u64..500, shares in [0.0..1.0f64, 0.0..1.0, 0.0..1.0]
    ) {
        let part = |of: u64, share: f64| ((of as f64 * share) as u64).clamp(1, of);
        let failed = part(all, shares[0]);
        let attempts = part(all, shares[1]);
        let least = (failed + attempts).saturating_sub(all).max(1);
        let inside = part(failed.min(attempts), shares[2]).max(least);
        let of = |slice| Association { slice, all: tally(all, failed) };
        let association = of(tally(attempts, inside));
        let range = association.lift_range();
        prop_assert!(0.0 <= range.low && range.low <= association.lift() && association.lift() <= range.high);
        let mean = |of: Association| 2.0 * of.coverage() * of.precision() / (of.coverage() + of.precision());
        let other = of(tally(all, failed));
        if (mean(association) - mean(other)).abs() > 1e-9 {
            prop_assert_eq!(mean(association) > mean(other), association.strength() > other.strength());
        }
    }
}
