//! `milepost report` in its forms.

use super::{LOG, SHOP};
use crate::run::{Folder, command, example, files, json, milepost, milepost_in, told, workspace};
use serde_json::Value;
use std::collections::BTreeSet;
use std::process::{Output, Stdio};

/// A report of [`LOG`].
fn report(folder: &str, options: &[&str]) -> Output {
    let folder = Folder::new(folder);
    folder.write("access.log", LOG.as_bytes());
    let registry = example("website");
    milepost_in(&folder, ["report", "--registry", &registry].iter().chain(options).chain(&["access.log"]))
}

fn mail(options: &[&str]) -> Output {
    let telemetry = files(&workspace().join("examples/mail/telemetry"), ".gz");
    let telemetry: Vec<String> = telemetry.iter().map(|path| path.display().to_string()).collect();
    let arguments = ["report", "--registry=examples/mail"].iter().chain(options).map(ToString::to_string);
    milepost(arguments.chain(telemetry))
}

#[test]
fn a_small_log_is_told_in_text_and_in_markdown() {
    insta::assert_snapshot!(told(&report("report_text", &[])));
    insta::assert_snapshot!(told(&report("report_markdown", &["--format=markdown"])));
}

#[test]
fn a_series_by_minute_and_by_file_stands_below_the_table() {
    insta::assert_snapshot!(told(&report("report_by_minute", &["--by=minute"])));
    insta::assert_snapshot!(told(&report("report_by_file", &["--per-file", "--format=markdown"])));
    assert_eq!(report("report_both", &["--per-file", "--by=minute"]).status.code(), Some(2));
}

#[test]
fn the_mail_example_finds_what_fails_and_why() {
    insta::assert_snapshot!(told(&mail(&[])));
}

#[test]
fn from_is_counted_and_to_is_not() {
    let report = json(&report(
        "report_from_to",
        &["--format=json", "--from=2026-01-31T14:00:59Z", "--to=2026-01-31T15:01:30+01:00"],
    ));
    assert_eq!(report["input"]["events"], 2);
    assert_eq!(report["input"]["outside"], 3);
    assert_eq!(report["covered"]["from"], "2026-01-31T14:00:59Z");
    assert_eq!(report["covered"]["to"], "2026-01-31T14:01:00Z");
    let post = report["steps"].as_array().unwrap().iter().find(|row| row["step"] == "read-post").unwrap();
    assert_eq!((&post["valid"], &post["good"]), (&2.into(), &1.into()));
}

#[test]
fn a_time_that_is_none_says_how_to_write_one() {
    insta::assert_snapshot!(told(&report("report_no_time", &["--from=yesterday"])));
}

#[test]
fn a_day_that_the_calendar_has_not_is_told_what_it_has() {
    for (from, wrong) in [("2023-13-45", "there is no month 13"), ("2024-02-30T14:00Z", "February 2024 has 29 days")] {
        let output = report("report_no_day", &["--from", from]);
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains(wrong), "{}", told(&output));
    }
}

#[test]
fn a_line_that_is_cut_off_is_named() {
    let folder = Folder::new("report_cut");
    let cut = "192.0.2.1 - - [31/Jan/2026:14:03:30 +0000] \"GET / HTTP/1.1\" 200 512 \"-\" \"Mozi";
    folder.write("whole.log", LOG.as_bytes());
    folder.write("cut.log", format!("{LOG}{cut}").as_bytes());
    let registry = example("website");
    let output = milepost_in(&folder, ["report", "--registry", &registry, "whole.log", "cut.log"]);
    let note = "Note: 1 line ends before the last field (the first: cut.log:7): what is there was counted.\n";
    assert!(String::from_utf8_lossy(&output.stdout).contains(note), "{}", told(&output));
}

#[test]
fn a_span_of_time_that_ends_before_it_begins_is_refused() {
    insta::assert_snapshot!(told(&report("report_backwards", &["--from=2026-02-01", "--to=2026-01-01"])));
}

/// All keys of a value with the way to them; entries of lists are one.
fn keys(value: &Value, way: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                // Keys of these are names of the data.
                let is_of_data = ["rejected", "classes"].iter().any(|name| way.ends_with(name));
                let way = if is_of_data { format!("{way}.*") } else { format!("{way}.{key}") };
                found.insert(way.clone());
                keys(value, &way, found);
            }
        }
        Value::Array(list) => list.iter().for_each(|value| keys(value, &format!("{way}[]"), found)),
        _ => {}
    }
}

#[test]
fn the_keys_of_the_json_report_are_those_that_programs_rely_on() {
    let mut found = BTreeSet::new();
    keys(&json(&mail(&["--format=json", "--by=minute"])), "", &mut found);
    keys(&json(&report("report_keys", &["--format=json", "--per-file"])), "", &mut found);
    for promised in [
        "input.events input.annotated input.unannotated input.ambiguous input.incomplete input.rejected",
        "steps[].step steps[].method steps[].class steps[].valid steps[].good steps[].failed steps[].abandoned",
        "steps[].ratio steps[].latency_ms.p50 steps[].latency_ms.p95 steps[].latency_ms.p99 steps[].slos",
        "steps[].explained_by series[].step series[].start series[].file series[].valid series[].good",
    ]
    .iter()
    .flat_map(|line| line.split(' '))
    {
        assert!(found.contains(&format!(".{promised}")), "{promised}");
    }
    // The rest may grow, but not by accident.
    insta::assert_snapshot!(found.into_iter().collect::<Vec<_>>().join("\n"));
}

#[test]
fn a_reader_that_goes_away_ends_the_command_without_a_word() {
    let folder = Folder::new("closed_pipe");
    let log = folder.write("access.log", LOG.as_bytes()).display().to_string();
    let website = example("website");
    for arguments in [
        &["report", "--registry", &website, &log][..],
        &["report", "--registry", &website, "--format=json", &log],
        &["annotate", "--registry", &website, &log],
        &["annotate", "--registry", &website, "--explain=1", &log],
        &["check", "--format=json", &website],
        &["check", &website],
        &["diagram", &website],
        &["rules"],
        &["--help"],
    ] {
        let mut child = command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{arguments:?}: {}", told(&output));
    }
}

#[test]
fn a_part_that_is_clearly_worse_than_the_whole_is_marked_in_every_form() {
    let folder = Folder::new("report_low");
    folder.write("registry/shop.yaml", SHOP.as_bytes());
    let line = |hour: u32, minute: u32, status: u32| {
        format!(
            "192.0.2.1 - - [31/Jan/2026:{hour}:{minute:02}:05 +0000] \"POST /orders HTTP/1.1\" {status} 5 \"-\" \"-\"\n"
        )
    };
    let good = (0..300).map(|at| line(14 + at / 100, at % 60, if at == 0 { 500 } else { 200 }));
    let bad = (0..40).map(|at| line(17, at % 60, if at % 2 == 0 { 500 } else { 200 }));
    folder.write("access.log", good.chain(bad).collect::<String>().as_bytes());
    let by_hour = |format: &str| {
        told(&milepost_in(&folder, ["report", "--registry=registry", "--by=hour", format, "access.log"]))
    };
    let text = by_hour("--format=text");
    let row = |hour: &str| text.lines().find(|line| line.contains(hour)).unwrap_or_default().trim_end().to_owned();
    assert!(row("T17:00:00").ends_with(" low"), "{text}");
    // One failure of a hundred is not clearly worse.
    assert!(!row("T14:00:00").is_empty() && !row("T14:00:00").ends_with(" low"), "{text}");
    assert!(text.contains("low: the 95% interval of that part"), "{text}");
    let markdown = by_hour("--format=markdown");
    assert_eq!(markdown.matches("| low |").count(), 1, "{markdown}");
    assert!(markdown.contains("low: the 95% interval"), "{markdown}");
    let html = by_hour("--format=html");
    assert_eq!(html.matches("50.0% low<").count(), 1);
    assert!(html.contains("low: the 95% interval"));
}

#[test]
fn a_dimension_that_no_event_carried_is_told() {
    let folder = Folder::new("report_dimension");
    let dimensions = "owner: shop-team, dimensions: {region: attribute clud.region, agent: header user-agent}}";
    folder.write("registry/shop.yaml", SHOP.replacen("owner: shop-team}", dimensions, 1).as_bytes());
    folder.write("access.log", LOG.as_bytes());
    let report = told(&milepost_in(&folder, ["report", "--registry=registry", "access.log"]));
    assert!(report.contains("dimension `region` reads `clud.region`: no event carried it."), "{report}");
    assert!(!report.contains("dimension `agent`"), "{report}");
}

#[test]
fn a_latency_slo_that_is_missed_says_when_it_was_slow() {
    let folder = Folder::new("report_slow");
    let format = r#"'$remote_addr [$time_local] "$request" $status $request_time'"#;
    let slo = "---\napiVersion: milepost/v1\nkind: SLO\nmetadata: {name: order-latency}\nspec: {step: place-order, type: latency, \
               threshold: 500ms, target: 90%, window: 28d}\n";
    let shop = SHOP.replace("accessLog: combined", &format!("accessLog: {format}"));
    folder.write("registry/shop.yaml", format!("{shop}{slo}").as_bytes());
    let lines = |hour: u64, seconds: &str| -> String {
        (0..10)
            .map(|n| {
                format!("192.0.2.1 [31/Jan/2026:{hour}:10:{n:02} +0000] \"POST /orders HTTP/1.1\" 200 {seconds}\n")
            })
            .collect()
    };
    folder.write("early.log", lines(14, "0.100").as_bytes());
    folder.write("late.log", (lines(15, "0.100") + &lines(15, "2.500")).as_bytes());
    let report = |options: &[&str]| {
        milepost_in(&folder, ["report", "--registry=registry"].iter().chain(options).chain(&["early.log", "late.log"]))
    };
    insta::assert_snapshot!(told(&report(&[])));
    insta::assert_snapshot!(told(&report(&["--by=hour"])));
    insta::assert_snapshot!(told(&report(&["--per-file", "--format=markdown"])));
    let series = json(&report(&["--per-file", "--format=json"]))["series"].clone();
    let slo = |valid: u64, good: u64, is_below: bool| serde_json::json!([{"name": "order-latency", "valid": valid, "good": good, "is_below": is_below}]);
    assert_eq!((&series[0]["slos"], &series[1]["slos"]), (&slo(10, 10, false), &slo(20, 10, true)));
}
