//! Real load: a night is no major outage, and an outage is seen within minutes.
//!
//! Single windows of usual days come over 5 % all the same: by definition one of a hundred is below the quantile.

use super::chance::Chance;
use milepost_impact::Tolerated;
use milepost_impact::{Baseline, Impact, Seen, Window};
use milepost_model::{Minute, Share};

const DAY: usize = 1_440;

/// Requests by minute; nothing where the data is absent.
fn minutes() -> Option<Vec<u64>> {
    let folder = milepost_testkit::data_dir("load_nasa_per_second")?;
    let file = std::fs::File::open(folder.join("workload.txt.zst")).expect("the file");
    let text = std::io::read_to_string(zstd::Decoder::new(file).expect("zstd")).expect("text");
    let seconds: Vec<u64> = text.split_ascii_whitespace().map(|count| count.parse().expect("a count")).collect();
    Some(seconds.chunks(60).map(|minute| minute.iter().sum()).collect())
}

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

/// What came in a day of which the shape is known, by chance that is the same each time.
fn a_day(chance: &mut Chance, shape: &[u64]) -> Vec<u64> {
    let smooth = |at: usize| {
        let around = at.saturating_sub(30)..(at + 31).min(shape.len());
        shape[around.clone()].iter().sum::<u64>() as f64 / around.len() as f64
    };
    (0..shape.len()).map(|at| chance.poisson(smooth(at))).collect()
}

#[test]
fn after_a_week_of_load_shaped_like_a_real_day_an_outage_is_seen_within_three_minutes_and_no_night_is_a_major_one() {
    let Some(real) = minutes() else { return };
    let mut chance = Chance::new(1995);
    let load: Vec<u64> = (0..8).flat_map(|_| a_day(&mut chance, &real[5 * DAY..6 * DAY])).collect();
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
    let Some(load) = minutes() else { return };
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
