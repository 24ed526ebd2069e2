//! Tests of the module that this file belongs to: known values, and an oracle in fractions.

use super::*;
use proptest::prelude::*;

fn seen(attempts: u64, failed: u64) -> Seen {
    Seen::new(attempts, failed, 0, 0).unwrap()
}

fn expected(attempts: u64, at_least: u64) -> Option<Expected> {
    Some(Expected { attempts: Attempts::whole(attempts), at_least: Attempts::whole(at_least) })
}

fn percent(text: &str) -> Share {
    text.parse().unwrap()
}

#[test]
fn a_silent_step_with_a_baseline_is_missing_wholly_and_surely_as_much_as_always_comes() {
    let impact = Impact::of(Seen::default(), expected(100, 77));
    assert_eq!((impact.missing, impact.surely_missing), (Attempts::whole(100), Attempts::whole(77)));
    assert_eq!((impact.share, impact.at_least), (Share::WHOLE, percent("77%")));
}

#[test]
fn nothing_is_missing_as_long_as_as_much_comes_as_almost_always() {
    let missing = |attempts| Impact::of(seen(attempts, 0), expected(100, 77)).missing;
    assert_eq!(missing(77), Attempts::NONE);
    assert_eq!(missing(76), Attempts::whole(24));
    assert_eq!(Impact::of(Seen::default(), None), Impact::default());
}

#[test]
fn bad_attempts_are_a_part_of_what_is_expected_or_of_what_came_if_that_is_more() {
    let share = |attempts, failed, expected| Impact::of(seen(attempts, failed), expected).share;
    assert_eq!(share(100, 10, None), percent("10%"));
    assert_eq!(share(100, 10, expected(200, 50)), percent("5%"));
    assert_eq!(share(100, 10, expected(50, 20)), percent("10%"));
    // 10 failed of 40, 60 never came.
    assert_eq!(share(40, 10, expected(100, 77)), percent("70%"));
}

#[test]
fn the_lower_bound_is_wilsons() {
    // 10 of 100, z = 2.3263: (0.1 + 0.02706 - 2.3263 sqrt(0.0009 + 0.0001353)) / 1.05412 = 0.04954.
    let at_least = Impact::of(seen(100, 10), None).at_least.nanos();
    assert!(at_least.abs_diff(49_540_000) < 20_000, "{at_least}");
    // All of n: n / (n + z^2).
    let at_least = Impact::of(seen(100, 100), None).at_least.nanos();
    assert!(at_least.abs_diff(948_660_000) < 20_000, "{at_least}");
}

#[test]
fn parts_may_not_be_more_than_the_whole() {
    assert_eq!(Seen::new(10, 5, 3, 3), None);
    assert_eq!(Seen::new(10, u64::MAX, 1, 0), None);
    assert_eq!(Seen::new(10, 5, 3, 2).unwrap().bad(), 10);
}

#[test]
fn little_traffic_and_few_hits_say_nothing() {
    let passes = |attempts, failed| {
        Impact::of(seen(attempts, failed), None).passes(Threshold::ANY, Tolerated::both(Share::ZERO))
    };
    assert!(!passes(19, 19) && passes(20, 20));
    assert!(!passes(1_000, 2) && passes(1_000, 3));
}

#[test]
fn only_of_any_impact_is_subtracted_what_the_slo_tolerates() {
    let impact = Impact::of(seen(10_000, 600), None);
    let five: Threshold = "> 5%".parse().unwrap();
    let both = |share| Tolerated::both(percent(share));
    assert!(impact.passes(five, both("50%")));
    assert!(impact.passes(Threshold::ANY, both("5%")) && !impact.passes(Threshold::ANY, both("6%")));
    let targets = || ["99.9%", "95%"].map(|target| target.parse().unwrap());
    assert_eq!(Tolerated::by(targets(), []), Tolerated { failures: percent("5%"), slow: percent("1%") });
    assert_eq!(Tolerated::by([], targets()), Tolerated { failures: percent("1%"), slow: percent("5%") });
}

#[test]
fn what_may_be_slow_hides_no_failure_and_the_other_way_round() {
    let passes = |failed, slow, failures_may, slow_may| {
        let impact = Impact::of(Seen::new(1_000, failed, 0, slow).unwrap(), None);
        impact.passes(Threshold::ANY, Tolerated { failures: percent(failures_may), slow: percent(slow_may) })
    };
    // 10 % fail, or are slow, of 1,000: surely 8 %.
    assert!(passes(100, 0, "1%", "25%") && !passes(100, 0, "25%", "1%"));
    assert!(passes(0, 100, "25%", "1%") && !passes(0, 100, "1%", "25%"));
    assert!(!passes(100, 100, "10%", "25%") && passes(100, 300, "10%", "25%"));
    // And the end of it is by each, too.
    let is_well_under = |failed, slow| {
        let tolerated = Tolerated { failures: percent("1%"), slow: percent("25%") };
        Impact::of(Seen::new(1_000, failed, 0, slow).unwrap(), None).is_well_under(Threshold::ANY, tolerated)
    };
    assert!(is_well_under(7, 150) && !is_well_under(8, 0) && !is_well_under(0, 200) && is_well_under(0, 199));
}

/// A step as it is pooled: attempts, failures, and what was expected and at least expected, in whole attempts.
type Pooled = (u64, u64, Option<(u64, u64)>);

fn steps() -> impl Strategy<Value = Vec<Pooled>> {
    let expected = proptest::option::of((0u64..2_000, 0u64..=100));
    let step = (0u64..2_000, 0u64..=100, expected).prop_map(|(attempts, bad, expected)| {
        let expected = expected.map(|(attempts, percent)| (attempts, attempts * percent / 100));
        (attempts, attempts * bad / 100, expected)
    });
    proptest::collection::vec(step, 1..6)
}

proptest! {
    /// By whole attempts and fractions, in another order of work: nothing is in millionths, and nothing is summed before it must be.
    #[test]
    fn impacts_are_those_of_counting_by_hand(steps in steps()) {
        let impacts: Vec<Impact> = steps.iter().map(|(attempts, bad, e)| {
            Impact::of(seen(*attempts, *bad), e.and_then(|(e, q)| expected(e, q)))
        }).collect();
        let (mut hit, mut base, mut surely, mut all, mut bad_of_all) = (0u64, 0u64, 0u64, 0u64, 0u64);
        for (attempts, bad, expected) in &steps {
            let (e, q) = expected.unwrap_or((*attempts, *attempts));
            hit += bad + if *attempts < q { e.saturating_sub(*attempts) } else { 0 };
            surely += q.saturating_sub(*attempts);
            base += e.max(*attempts);
            (all, bad_of_all) = (all + attempts, bad_of_all + bad);
        }
        let pooled = Impact::pooled(&impacts);
        if base > 0 {
            prop_assert_eq!(pooled.share.nanos(), (u128::from(hit) * 1_000_000_000 / u128::from(base)) as u64);
            // Wilson's lower end is where the share seen is z standard errors above it.
            let low = pooled.at_least.nanos() as f64 / 1e9 * base as f64 - surely as f64;
            if bad_of_all > 0 {
                let q = low / all as f64;
                let p = bad_of_all as f64 / all as f64;
                let error = (q * (1.0 - q) / all as f64).sqrt();
                prop_assert!((p - q - 2.326_347_874 * error).abs() < 1e-4, "{} {} {}", p, q, error);
            } else {
                prop_assert!(low.abs() < 1e-3);
            }
        }
        prop_assert!(pooled.at_least <= pooled.share || pooled.share == Share::ZERO);
        let mut reversed = impacts.clone();
        reversed.reverse();
        prop_assert_eq!(Impact::pooled(&reversed), pooled);
        prop_assert_eq!(Impact::pooled(&impacts[..1]), impacts[0]);
    }
}
