//! Real load: a night is no major outage, and an outage is seen within minutes.
//!
//! Single windows of usual days come over 5 % all the same: by definition one of a hundred is below the quantile.

use milepost_impact::Tolerated;
use milepost_impact::{Baseline, Impact, Seen, Window};
use milepost_model::{Minute, Share};
use milepost_testkit::{Chance, DAY, days_like_a_real_one, real_load};

/// The impact of a window that ends with a minute, that whole.
fn impact(baseline: &mut Baseline, load: &[u64], at: usize, window: Window) -> Impact {
    let forecast = baseline.forecast(Minute::new(at as i64));
    let expected = forecast.at(window, Minute::new(at as i64 + 1).start());
    let from = at + 1 - window.minutes() as usize;
    Impact::of(Seen::new(load[from..=at].iter().sum(), 0, 0, 0).expect("none bad"), expected)
}

fn passes(impact: &Impact, threshold: &str) -> bool {
    impact.passes(threshold.parse().expect("a threshold"), Tolerated::both(Share::from_percent(1)))
}

#[test]
fn after_a_week_of_load_shaped_like_a_real_day_an_outage_is_seen_within_three_minutes_and_no_night_is_a_major_one() {
    let Some(real) = real_load() else { return };
    let load = days_like_a_real_one(&mut Chance::new(1995), 8, &real);
    let mut baseline = learnt(&load[..7 * DAY]);
    for at in 7 * DAY..8 * DAY {
        for window in Window::ALL {
            let impact = impact(&mut baseline, &load, at, window);
            assert!(!passes(&impact, "> 20%"), "minute {at} of a usual day: {impact:?}");
        }
        // Each hour an outage of its own, in a copy.
        if at % 60 == 30 {
            let seen = seen_after(&baseline, &load, at).expect("an outage");
            assert!(seen <= 3, "an outage in minute {at} was seen after {seen} minutes");
        }
        baseline.observe(Minute::new(at as i64), load[at]);
    }
}

/// Days of the real log differ by more than chance, and the first week has a holiday and a weekend in it: that makes a baseline of seven days careful.
#[test]
fn after_a_real_week_no_usual_day_is_a_major_one_and_outages_are_seen_within_five_minutes() {
    let Some(load) = real_load() else { return };
    let mut baseline = learnt(&load[..7 * DAY]);
    let mut seen = Vec::new();
    for at in 7 * DAY..9 * DAY {
        for window in Window::ALL {
            let impact = impact(&mut baseline, &load, at, window);
            assert!(!passes(&impact, "> 20%"), "minute {at} of a usual day: {impact:?}");
        }
        if at % 60 == 30 {
            seen.push(seen_after(&baseline, &load, at));
        }
        baseline.observe(Minute::new(at as i64), load[at]);
    }
    println!("outages of two days were seen after so many minutes: {seen:?}");
    assert!(seen.iter().all(|after| after.is_some_and(|after| after <= 5)), "{seen:?}");
}

fn learnt(load: &[u64]) -> Baseline {
    let mut baseline = Baseline::default();
    load.iter().enumerate().for_each(|(at, count)| baseline.observe(Minute::new(at as i64), *count));
    baseline
}

/// Minutes without anything until traffic is known to be missing, and that makes a level.
fn seen_after(baseline: &Baseline, load: &[u64], at: usize) -> Option<usize> {
    let mut copy = baseline.clone();
    let mut dark = load[..at + 30].to_vec();
    dark[at..].fill(0);
    (1..=30).find(|after| passes(&impact(&mut copy, &dark, at + after - 1, Window::Short), "> 5%"))
}
