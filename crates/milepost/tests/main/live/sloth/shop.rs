//! The recorded shop as a Prometheus would have scraped it: two quiet days, then one of the faults that were put into it, then quiet again.
//!
//! The recording has a point for each five minutes: how many requests the site had, which share of them went well, and quantiles of how long they took.
//! What of it counters need is taken by one rule: requests are even over the five minutes, and between two quantiles durations are even, too. Nothing is
//! known of the slowest hundredth beyond where it begins.

use std::fmt::Write as _;
use std::path::Path;

/// What counts as slow: the first tenth of a second that on quiet days nineteen of twenty points have 99 % of requests below (0.564 s).
pub(super) const THRESHOLD_SECONDS: f64 = 0.6;
/// Points after a fault that are those of a quiet time again.
const QUIET_AFTER: usize = 36;
pub(super) const POINT_SECONDS: i64 = 300;

/// Five minutes of the site.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    at: i64,
    requests: u64,
    failed: u64,
    slow: u64,
}

/// A course of time with a fault in it, or none.
pub(super) struct Run {
    pub(super) name: String,
    /// What the fault was felt in.
    pub(super) metric: String,
    /// Where it was put.
    pub(super) cause: String,
    points: Vec<Point>,
    /// When the fault was felt, and when its recording ends: seconds from the beginning.
    pub(super) fault: Option<(i64, i64)>,
}

impl Run {
    pub(super) fn seconds(&self) -> i64 {
        POINT_SECONDS * self.points.len().cast_signed() as i64
    }

    /// All requests, and those that failed or were slow.
    pub(super) fn totals(&self) -> [u64; 3] {
        let sum = |of: fn(&Point) -> u64| self.points.iter().map(of).sum();
        [sum(|point| point.requests), sum(|point| point.failed), sum(|point| point.slow)]
    }
}

/// The quiet days alone, then each fault by name.
pub(super) fn runs(folder: &Path) -> Vec<Run> {
    let quiet = points(&folder.join("noissue/metrics.csv.zst"));
    let mut runs = vec![Run {
        name: "quiet".to_owned(),
        metric: String::new(),
        cause: String::new(),
        points: quiet.clone(),
        fault: None,
    }];
    for part in ["train", "test"] {
        let count = std::fs::read_dir(folder.join(part)).expect("issues").count();
        for issue in 0..count {
            let issue_folder = folder.join(part).join(format!("issue_{issue}"));
            let label = std::fs::read_to_string(issue_folder.join("target.json")).expect("a label");
            let label: serde_json::Value = serde_json::from_str(&label).expect("JSON");
            let felt = label["target"]["timestamp"].as_i64().expect("a time");
            let faulty = points(&issue_folder.join("metrics.csv.zst"));
            let begins = POINT_SECONDS * quiet.len().cast_signed() as i64;
            let ends = begins + POINT_SECONDS * faulty.len().cast_signed() as i64;
            let text = |value: &serde_json::Value| value.as_str().expect("a name").to_owned();
            runs.push(Run {
                name: format!("{part}-{issue}"),
                metric: text(&label["target"]["metric"]),
                cause: text(&label["root_cause"]["node"]),
                fault: Some((begins + felt - faulty[0].at, ends)),
                points: quiet.iter().chain(&faulty).chain(&quiet[..QUIET_AFTER]).copied().collect(),
            });
        }
    }
    runs
}

/// The points of a file: three lines of headings, one with the name of the times, then a line every five minutes.
fn points(file: &Path) -> Vec<Point> {
    let text = milepost_testkit::read_zstd(file);
    let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    let column = |metric: &str, statistic: &str| {
        let is_it = |at: &usize| [lines[0][*at], lines[1][*at], lines[2][*at]] == ["PetSite", metric, statistic];
        (0..lines[0].len()).find(is_it).expect("a column")
    };
    let (requests, availability) = (column("requests", "Sum"), column("availability", "Average"));
    let quantiles = [("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99)];
    let quantiles = quantiles.map(|(name, share)| (column("latency", name), share));
    let point = |line: &Vec<&str>| {
        let number = |at: usize| line[at].parse::<f64>().expect("a number");
        let all = number(requests);
        let seconds = quantiles.map(|(at, share)| (number(at), share));
        Point {
            at: whole(number(0)).cast_signed(),
            requests: whole(all),
            failed: whole(all * (100.0 - number(availability)) / 100.0),
            slow: whole(all * slow_share(seconds)),
        }
    };
    lines[4..].iter().map(point).collect()
}

/// The share of requests that take longer than the threshold, by quantiles in seconds.
fn slow_share(quantiles: [(f64, f64); 4]) -> f64 {
    let mut before = (0.0, 0.0);
    for (seconds, share) in quantiles {
        if THRESHOLD_SECONDS < seconds {
            let part = (THRESHOLD_SECONDS - before.0) / (seconds - before.0);
            return 1.0 - (before.1 + part * (share - before.1));
        }
        before = (seconds, share);
    }
    0.0
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "requests of five minutes")]
fn whole(number: f64) -> u64 {
    number.round() as u64
}

/// Counters of all runs, each minute from a time on, as promtool reads them.
pub(super) fn openmetrics(runs: &[Run], begin: i64) -> String {
    let counter = |run: &Run, of: &dyn Fn(&Point) -> u64, name: &str, into: &mut String| {
        let (mut value, mut write) = (0, |at, value| writeln!(into, "{name} {value} {at}").expect("a string"));
        write(begin, 0);
        for (place, point) in (0..).zip(&run.points) {
            let (all, at) = (of(point), begin + POINT_SECONDS * place);
            (1..=5).for_each(|minute| write(at + 60 * minute, value + all * minute.unsigned_abs() / 5));
            value += all;
        }
    };
    let mut text = "# TYPE shop_requests counter\n".to_owned();
    for run in runs {
        let name = |code: u16| format!("shop_requests_total{{run=\"{}\",code=\"{code}\"}}", run.name);
        counter(run, &|point| point.requests - point.failed, &name(200), &mut text);
        counter(run, &|point| point.failed, &name(500), &mut text);
    }
    text += "# TYPE shop_request_duration_seconds histogram\n";
    for run in runs {
        let name = |le: &str| format!("shop_request_duration_seconds_bucket{{run=\"{}\",le=\"{le}\"}}", run.name);
        counter(run, &|point| point.requests - point.slow, &name(&THRESHOLD_SECONDS.to_string()), &mut text);
        counter(run, &|point| point.requests, &name("+Inf"), &mut text);
    }
    text + "# EOF\n"
}
