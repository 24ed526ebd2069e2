//! What holds for every report, whatever was read: [`assert_adds_up`] looks at each that a test here asks for.

use crate::run::{files, report};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Fails unless the numbers of a report agree with each other.
pub(crate) fn assert_adds_up(report: &Value) {
    let input = &report["input"];
    let events = number(input, "events");
    assert_eq!(events, number(input, "annotated") + number(input, "unannotated"));
    assert_eq!(events, sum(input["classes"].as_object().into_iter().flatten().map(|(_, n)| n)));
    if let Some(by_file) = input["by_file"].as_array() {
        assert_eq!(by_file.len() as u64, number(input, "files"));
        assert_eq!(events, sum(by_file.iter().map(|file| &file["events"])));
        let rejected = sum(input["rejected"].as_object().into_iter().flatten().map(|(_, n)| n));
        assert_eq!(rejected, sum(by_file.iter().map(|file| &file["rejected"])));
    }
    for row in rows(report, "steps") {
        assert_eq!(number(row, "valid"), number(row, "good") + number(row, "failed"), "{row}");
        let ratio = row["ratio"].as_f64();
        assert_eq!(ratio.is_some(), number(row, "valid") > 0, "{row}");
        if let Some(ratio) = ratio {
            let bound = |key: &str| row["interval"][key].as_f64().expect("an interval");
            assert!((0.0..=1.0).contains(&ratio) && bound("low") <= ratio && ratio <= bound("high"), "{row}");
        }
        for slo in rows(row, "slos") {
            assert!(number(slo, "good") <= number(slo, "valid"), "{slo}");
        }
    }
    let series = attempts(rows(report, "series"));
    if !series.is_empty() {
        let steps = attempts(rows(report, "steps"));
        // An attempt that stands in two files is in the series of both.
        let is_by_file = rows(report, "series").all(|point| point["file"].is_string());
        let twice = if is_by_file { number(input, "duplicates") } else { 0 };
        assert_eq!(series.values().sum::<u64>(), steps.values().sum::<u64>() + twice);
        let differ: Vec<_> = steps.iter().filter(|(key, n)| **n != series.get(*key).copied().unwrap_or(0)).collect();
        assert!(twice > 0 || differ.is_empty(), "{differ:?}");
    }
}

/// Attempts by step and class, the abandoned among them.
fn attempts<'v>(rows: impl Iterator<Item = &'v Value>) -> BTreeMap<(String, String), u64> {
    let mut attempts = BTreeMap::new();
    for row in rows {
        let key =
            (row["step"].as_str().expect("a step").to_owned(), row["class"].as_str().expect("a class").to_owned());
        *attempts.entry(key).or_default() += number(row, "valid") + number(row, "abandoned");
    }
    attempts
}

fn rows<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value[key].as_array().into_iter().flatten()
}

fn number(value: &Value, key: &str) -> u64 {
    value[key].as_u64().unwrap_or_else(|| panic!("{key} of {value}"))
}

fn sum<'v>(numbers: impl Iterator<Item = &'v Value>) -> u64 {
    numbers.map(|n| n.as_u64().expect("a count")).sum()
}

/// The same files read in four ways: as they come, backwards, with a series by file and with one by time. What is told of them is the same,
/// `but` for this.
fn assert_ways_agree(registry: &str, files: &[PathBuf], but: &[&str]) {
    let backwards: Vec<PathBuf> = files.iter().rev().cloned().collect();
    let plain = report(registry, &[], files);
    assert!(rows(&plain, "steps").any(|row| number(row, "valid") > 0));
    for (options, files) in [(&[][..], &backwards[..]), (&["--per-file"], files), (&["--by=day"], files)] {
        let mut other = report(registry, options, files);
        assert_eq!(other["steps"], plain["steps"], "{options:?}");
        for of_order in but {
            other["input"][*of_order] = plain["input"][*of_order].clone();
        }
        assert_eq!(other["input"], plain["input"], "{options:?}");
    }
}

#[test]
fn logs_in_any_order_and_with_any_series_give_the_same_totals() {
    let Some(folder) = milepost_testkit::data_dir("access_erddap_nginx") else { return };
    assert_ways_agree("erddap", &files(&folder, ".zst"), &["by_file", "rejected_examples"]);
}

#[test]
fn spans_in_any_order_and_with_any_series_give_the_same_totals() {
    let Some(folder) = milepost_testkit::data_dir("traces_nezha_onlineboutique_2022-08-23") else { return };
    // Seven traces stand whole in both. Spans that come twice are told from others only where their trace is still open.
    let files = ["12_28", "12_29"].map(|at| folder.join(format!("otlp/{at}.otlp.jsonl.zst")));
    assert_ways_agree("online-boutique", &files, &["by_file", "annotated", "unannotated"]);
}

#[test]
fn the_mail_example_adds_up_in_any_order_and_with_any_series() {
    assert_ways_agree("mail", &files(&crate::run::workspace().join("examples/mail/telemetry"), ".gz"), &["by_file"]);
}
