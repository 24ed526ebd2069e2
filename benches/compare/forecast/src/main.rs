//! How near what is expected comes to what came, and how often less came than in one window of a hundred should: Milepost's baseline beside forecasts
//! of the crate `augurs`, day after day, each from the days before.
//!
//! Reads counts by second from standard input, as numbers between spaces, and takes the days from the first number to before the second:
//! `zstd -dc workload.txt.zst | cargo run --release -- 0 28`. `benches/compare/expected` runs it.

use augurs::ets::AutoETS;
use augurs::mstl::MSTLModel;
use augurs::{Fit as _, Predict as _};
use milepost_impact::{Baseline, Window};
use milepost_model::{Minute, Timestamp};
use std::io::Read as _;
use std::time::{Duration, Instant};

const MINUTES: usize = 1_440;
/// Windows of five minutes in a day.
const WINDOWS: usize = 288;
/// Days that are forecast from at least: two weeks, so that weekdays can be told.
const KNOWN: usize = 14;

/// What one method has made of the days.
#[derive(Default)]
struct Score {
    off: f64,
    came: f64,
    windows: u64,
    below: u64,
    took: Duration,
}

impl Score {
    /// Windows in which nothing came are left out: nobody knows whether anything was there to tell.
    fn add(&mut self, expected: f64, at_least: f64, came: f64) {
        if came == 0.0 {
            return;
        }
        self.off += (expected - came).abs();
        self.came += came;
        self.windows += 1;
        self.below += u64::from(came < at_least);
    }

    fn tell(&self, name: &str, days: usize) {
        println!(
            "{name:<34} {:>6.2} % off, {:>5.2} % of windows below the 1 % quantile, {:>9.3} ms a day",
            100.0 * self.off / self.came,
            100.0 * self.below as f64 / self.windows as f64,
            self.took.as_secs_f64() * 1e3 / days as f64
        );
    }
}

/// Milepost's, of the windows of one day: it has learnt all minutes before.
fn own(baseline: &mut Baseline, day: usize, score: &mut Score, came: &[f64]) {
    let began = Instant::now();
    let mut expected = Vec::new();
    for window in 0..WINDOWS {
        let last = (day * MINUTES + window * 5 + 4) as i64;
        let end = Timestamp::from_seconds((last + 1) * 60);
        let found = baseline.forecast(Minute::new(last)).at(Window::Short, end).expect("it is old enough");
        let of = |attempts: milepost_impact::Attempts| attempts.micros() as f64 / 1e6;
        expected.push((of(found.attempts), of(found.at_least)));
    }
    score.took += began.elapsed();
    expected.iter().zip(came).for_each(|((of, least), came)| score.add(*of, *least, *came));
}

/// One of `augurs`, fitted to the windows of the days before.
fn other(periods: &[usize], known: &[f64], score: &mut Score, came: &[f64]) {
    let began = Instant::now();
    let trend = AutoETS::non_seasonal().into_trend_model();
    let model = MSTLModel::new(periods.to_vec(), trend).fit(known).expect("it fits");
    let found = model.predict(WINDOWS, 0.98).expect("it forecasts");
    score.took += began.elapsed();
    let least = found.intervals.map_or_else(|| vec![0.0; WINDOWS], |of| of.lower);
    for ((expected, least), came) in found.point.iter().zip(least).zip(came) {
        // Fewer than none never come.
        score.add(expected.max(0.0), least.max(0.0), *came);
    }
}

fn main() {
    let bounds: Vec<String> = std::env::args().skip(1).collect();
    let day = |text: &str| text.parse::<usize>().unwrap_or_else(|_| panic!("`{text}` is no number of a day"));
    let [first, end] = &bounds[..] else { panic!("which days: the first, and the one after the last, such as `0 28`") };
    let (first, end) = (day(first), day(end));
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).expect("numbers");
    let seconds: Vec<u64> = text.split_whitespace().map(|word| word.parse().expect("a number")).collect();
    let minutes: Vec<u64> = seconds.chunks_exact(60).map(|minute| minute.iter().sum()).collect();
    let windows: Vec<f64> = minutes.chunks_exact(5).map(|window| window.iter().sum::<u64>() as f64).collect();
    let days = (windows.len() / WINDOWS).min(end);
    assert!(
        days > first + KNOWN,
        "of days {first} to {end} there are {days}: too few to forecast one from {KNOWN} before it"
    );
    let names = ["Milepost, median of two weeks", "augurs MSTL, a day", "augurs MSTL, a day and a week"];
    let mut scores: [Score; 3] = Default::default();
    let mut baseline = Baseline::default();
    for day in first..days {
        let came = &windows[day * WINDOWS..(day + 1) * WINDOWS];
        if day >= first + KNOWN {
            let known = &windows[first.max(day.saturating_sub(28)) * WINDOWS..day * WINDOWS];
            own(&mut baseline, day, &mut scores[0], came);
            other(&[WINDOWS], known, &mut scores[1], came);
            other(&[WINDOWS, 7 * WINDOWS], known, &mut scores[2], came);
        }
        for minute in (day * MINUTES..(day + 1) * MINUTES).filter(|minute| windows[minute / 5] > 0.0) {
            baseline.observe(Minute::new(minute as i64), minutes[minute]);
        }
    }
    let forecast = days - first - KNOWN;
    println!("{forecast} days, from {KNOWN} days before the first of them on");
    names.iter().zip(&scores).for_each(|(name, score)| score.tell(name, forecast));
}
