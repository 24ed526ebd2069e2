//! Recorded metrics of a shop in which faults were put (labelled with when they were felt), replayed without any file of ours: what feeds a backtest
//! need only say what was counted in which minute.

use milepost_model::{Minute, Timestamp};
use milepost_slo::backtest::{Arrival, Column, History, Judged, Past, Replay, Replayed};
use milepost_slo::{
    AlertForm, AlertTier, Alerts, Budgeting, Counts, IndicatorIndex, Period, SliType, Subject, Terms, Urgency, Window,
};
use std::path::{Path, PathBuf};

/// Requests to the shop's site in five minutes, and those that failed.
#[derive(Clone, Copy, Debug)]
struct Point {
    at: i64,
    requests: u64,
    bad: u64,
}

/// The points of a file: three lines of headings, then a line every five minutes.
fn points(file: &Path) -> Vec<Point> {
    let text = milepost_testkit::read_zstd(file);

    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let (services, metrics) = (lines.next().expect("services"), lines.next().expect("metrics"));
    let column = |metric: &str| {
        (0..services.len()).find(|at| services[*at] == "PetSite" && metrics[*at] == metric).expect("a column")
    };
    let (requests, availability) = (column("requests"), column("availability"));
    let numbers = lines.filter_map(|line| {
        let number = |at: usize| line.get(at).and_then(|text| text.parse::<f64>().ok());
        let (at, requests, percent) = (number(0)?, number(requests)?, number(availability)?);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole numbers in range")]
        let point = Point {
            at: at as i64,
            requests: requests as u64,
            bad: (requests * (100.0 - percent) / 100.0).round() as u64,
        };
        Some(point)
    });
    numbers.collect()
}

/// An issue with availability: its folder, and when it was felt.
fn issues(folder: &Path) -> Vec<(PathBuf, i64)> {
    let folders =
        ["train", "test"].into_iter().flat_map(|part| std::fs::read_dir(folder.join(part)).expect("issues").flatten());
    let mut issues: Vec<(PathBuf, i64)> = folders
        .filter_map(|entry| {
            let text = std::fs::read_to_string(entry.path().join("target.json")).expect("a label");
            let label: serde_json::Value = serde_json::from_str(&text).expect("JSON");
            let target = &label["target"];
            (target["metric"] == "availability").then(|| (entry.path(), target["timestamp"].as_i64().expect("a time")))
        })
        .collect();
    issues.sort();
    issues
}

fn replay(points: &[Point], window: &str) -> Replayed {
    let window = Window::Rolling(window.parse().expect("a window"));
    let tiers = AlertTier::DEFAULT[..2].iter().map(|(_, tier)| *tier).collect();
    let terms = Terms {
        target: "99.9%".parse().expect("a target"),
        window,
        sli: SliType::Availability,
        budgeting: Budgeting::Occurrences,
        alerts: Alerts { form: AlertForm::Share, tiers },
    };
    let minute = |point: &Point| Timestamp::from_seconds(point.at).minute();
    let arrivals = points.iter().map(|point| Arrival {
        indicator: IndicatorIndex(0),
        minute: minute(point),
        counts: Counts { valid: point.requests, good: point.requests - point.bad },
        received: minute(point),
    });
    let heard = points.iter().flat_map(|point| (0..5).map(move |more| Minute::new(minute(point).number() + more)));
    let history = History::new(arrivals, heard);
    let period = history.period().expect("points");
    let column = Column::new(Subject::new(&terms, IndicatorIndex(0), period.start).expect("UTC"));
    Replay { history: &history, period, past: Past::Quiet }.run(&[column]).remove(0)
}

/// When the faster tier is first over, by sums of points alone; traffic is taken to be that of the quiet days all the time.
fn first_over(points: &[Point], total: f64) -> Option<i64> {
    #[expect(clippy::cast_precision_loss, reason = "small counts")]
    let is_over = |at: usize| {
        let hour: u64 = points[at.saturating_sub(11)..=at].iter().map(|point| point.bad).sum();
        let share = 0.02 * 0.001 * total;
        hour as f64 >= share && points[at].bad as f64 >= share / 12.0
    };
    (0..points.len()).find(|at| is_over(*at)).map(|at| points[at].at)
}

#[test]
fn faults_that_were_put_into_a_shop_are_paged_for_when_their_sums_say_so() {
    let Some(folder) = milepost_testkit::data_dir("metrics_petshop_high_traffic") else { return };
    let folder = folder.join("high_traffic");
    let quiet = points(&folder.join("noissue/metrics.csv.zst"));
    assert_eq!(quiet.iter().map(|point| point.requests).sum::<u64>(), 406_226);
    let issues = issues(&folder);
    assert_eq!(issues.len(), 12);
    let mut paged = [0, 0];
    for (issue, felt) in &issues {
        // The issue comes right after two quiet days.
        let of_issue = points(&issue.join("metrics.csv.zst"));
        let (begin, first) = (quiet.last().expect("points").at + 300, of_issue[0].at);
        let moved = of_issue.iter().map(|point| Point { at: begin + point.at - first, ..*point });
        let all: Vec<Point> = quiet.iter().copied().chain(moved).collect();
        let felt = Timestamp::from_seconds(begin + felt - first).minute();
        let truth = Period::new(felt, Minute::new(felt.number() + 15));
        for (at, (window, days)) in [("28d", 28.0), ("7d", 7.0)].into_iter().enumerate() {
            let replayed = replay(&all, window);
            let judged = Judged::of(&replayed, &[truth]);
            paged[at] += usize::from(judged.detections[0].page.is_some());
            let total = 406_226.0 / 589.0 * 288.0 * days;
            let pages: Vec<_> = replayed.told(Urgency::Page).collect();
            let first = pages.iter().find(|page| page.tiers.contains(&0)).map(|page| page.from);
            let expected = first_over(&all, total).map(|seconds| Timestamp::from_seconds(seconds).minute());
            assert_eq!(first, expected, "{} over {window}", issue.display());
        }
    }
    // The budget of four weeks is four times as large as that of one: fewer of these quarter-hour faults spend 2 % of it.
    assert!(paged[0] < paged[1], "{paged:?}");
}
