//! Load of a real web server, minute by minute, and days that are shaped like one of its days.

use crate::{Chance, data_dir};

/// Minutes of a day.
pub const DAY: usize = 1_440;
/// A usual day of the real server: a Thursday.
const USUAL: usize = 5;
/// Minutes before and behind one that its expected load is the mean of.
const AROUND: usize = 30;

/// Requests of each minute to a public web server, from the beginning of July 1995; `None` where the data is absent.
///
/// # Panics
/// It cannot be read.
pub fn real_load() -> Option<Vec<u64>> {
    let text = crate::read_zstd(&data_dir("load_nasa_per_second")?.join("workload.txt.zst"));
    let seconds: Vec<u64> = text.split_ascii_whitespace().map(|count| count.parse().expect("a count")).collect();
    Some(seconds.chunks(60).map(|minute| minute.iter().sum()).collect())
}

/// Days of which each is shaped like a usual one of the real server: what comes in a minute is drawn by what came around it then.
pub fn days_like_a_real_one(chance: &mut Chance, days: usize, real: &[u64]) -> Vec<u64> {
    let shape = &real[USUAL * DAY..(USUAL + 1) * DAY];
    let expected = |at: usize| {
        let around = at.saturating_sub(AROUND)..(at + AROUND + 1).min(shape.len());
        shape[around.clone()].iter().sum::<u64>() as f64 / around.len() as f64
    };
    (0..days * DAY).map(|at| chance.poisson(expected(at % DAY))).collect()
}
