//! `milepost backtest`.

use super::SHOP;
use crate::run::{Folder, example, files, json, milepost, milepost_in, told, workspace};
use serde_json::Value;
use std::path::PathBuf;

/// The arguments of a backtest over the telemetry of the mail example, in which sending failed in part from 14:20 to 14:32.
fn mail(slo: &str, more: &[&str]) -> Vec<String> {
    let telemetry: Vec<PathBuf> = files(&workspace().join("examples/mail/telemetry"), ".gz");
    let mut arguments = vec!["backtest".to_owned(), "--registry".to_owned(), example("mail")];
    arguments.extend(["--slo".to_owned(), slo.to_owned()]);
    arguments.extend(more.iter().map(ToString::to_string));
    arguments.extend(telemetry.iter().map(|file| file.display().to_string()));
    arguments
}

#[test]
fn the_incident_of_the_mail_example_pages_and_a_lower_target_pages_later() {
    let folder = Folder::new("backtest-mail");
    folder.write("change.yaml", b"target: 99%\nalerts: [page-1h, page-6h]\n");
    let truth = "2026-03-02T14:20Z/2026-03-02T14:32Z";
    let output = milepost_in(&folder, mail("send-mail-availability", &["--with", "change.yaml", "--truth", truth]));
    insta::assert_snapshot!(told(&output));
    let output = milepost_in(&folder, mail("send-mail-availability", &["--format=markdown"]));
    insta::assert_snapshot!("backtest_in_markdown", told(&output));
}

#[test]
fn the_table_of_the_documentation_is_what_is_printed() {
    let page = std::fs::read_to_string(workspace().join("docs/backtest.md")).unwrap();
    let (_, rows) = page.split_once(" NOW  ").expect("a table");
    let (rows, _) = rows.split_once("```").expect("its end");
    let change = page.split_once("# change.yaml\n").and_then(|(_, rest)| rest.split_once("```")).expect("a change").0;
    let folder = Folder::new("backtest-documentation");
    folder.write("change.yaml", change.as_bytes());
    let truth = "2026-03-02T14:20Z/2026-03-02T14:32Z";
    let printed =
        told(&milepost_in(&folder, mail("send-mail-availability", &["--with", "change.yaml", "--truth", truth])));
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let printed: Vec<String> = printed.lines().map(words).collect();
    assert!(rows.lines().count() > 5);
    for row in rows.lines().skip(1) {
        assert!(printed.contains(&words(row)), "`{row}` is not printed");
    }
}

#[test]
fn a_page_for_a_browser_is_well_formed_and_says_the_same() {
    let page = milepost(mail("send-mail-availability", &["--format=html"]));
    let page = String::from_utf8(page.stdout).unwrap();
    let page = page.strip_prefix("<!DOCTYPE html>").expect("HTML");
    let document = roxmltree::Document::parse(page).expect("it is XML, too");
    let cells: Vec<String> = document
        .descendants()
        .filter(|node| node.has_tag_name("td"))
        .map(|node| node.descendants().filter_map(|of| of.text()).collect())
        .collect();
    assert!(cells.iter().any(|cell| cell.contains("2026-03-02T14:22Z")), "{cells:?}");
}

#[test]
fn both_columns_and_their_difference_are_there_for_programs() {
    let folder = Folder::new("backtest-json");
    folder.write("change.yaml", b"target: 99%\n");
    folder.write(
        "truth.txt",
        b"# the incident\n2026-03-02T14:20Z/2026-03-02T14:32Z\n\n2026-03-02T14:50Z/2026-03-02T14:51Z # nothing\n",
    );
    let options = ["--with=change.yaml", "--truth=truth.txt", "--format=json"];
    let told = json(&milepost_in(&folder, mail("mail/send-mail-availability", &options)));
    let [now, change] = &told["columns"].as_array().unwrap()[..] else { panic!("{told}") };
    // 18 of 121: a quiet past of 121 attempts an hour has 81,312 in 28 days, of which 81 may be bad; 18 of them are 22 %.
    assert_eq!((&now["bad"], &now["valid"]), (&18.into(), &121.into()));
    let spent = |column: &Value| column["budget"]["spent_at_end"].as_f64().unwrap();
    assert!((spent(now) - 18.0 / 81.312).abs() < 1e-3, "{}", spent(now));
    assert!((spent(now) / spent(change) - 10.0).abs() < 1e-6);
    // 2 % of 81 are 1.6, the second failure; of 813 16.3, the seventeenth.
    assert_eq!(now["episodes"][0]["burn_from"], "2026-03-02T14:20Z");
    let late = |column: &Value, at: usize| column["truth"]["found"][at]["page_late_minutes"].as_i64();
    assert_eq!((late(now, 0), late(change, 0)), (Some(2), Some(10)));
    // The page still goes on in the second stretch, in which nothing was wrong: it belongs to both.
    assert_eq!((late(now, 1), late(change, 1)), (Some(-28), None));
    assert_eq!((&now["truth"]["needless_pages"], &told["difference"]["pages"]), (&0.into(), &0.into()));
    assert!(told["difference"]["page_minutes"].as_i64().unwrap() < 0);
}

/// A backtest of the mail example with a maintenance beside it, of the incident.
fn maintained(folder: &Folder, more: &str) -> Vec<String> {
    for file in files(&workspace().join("examples/mail"), ".yaml") {
        let name = file.file_name().and_then(|name| name.to_str()).expect("a plain name");
        folder.write(&format!("registry/{name}"), &std::fs::read(&file).expect("it can be read"));
    }
    let document = format!(
        "apiVersion: milepost/v1\nkind: Maintenance\nmetadata: {{name: disks}}\nspec: {{from: 2026-03-02T14:20Z, to: 2026-03-02T14:32Z, \
         reason: announced, author: a, approver: b, recordedOn: 2026-02-20, appliesTo: {{slos: [send-mail-availability]}}, {more}}}\n"
    );
    folder.write("registry/maintenance.yaml", document.as_bytes());
    let registry = example("mail");
    let arguments = mail("send-mail-availability", &[]);
    arguments.into_iter().map(|word| if word == registry { "registry".to_owned() } else { word }).collect()
}

#[test]
fn the_time_of_maintenance_is_taken_out_and_silent() {
    let folder = Folder::new("backtest-maintenance");
    let arguments = maintained(&folder, "category: maintenance");
    let output = milepost_in(&folder, arguments.iter().chain([&"--format=json".to_owned()]));
    let found = json(&output);
    let [now] = &found["columns"].as_array().unwrap()[..] else { panic!("{found}") };
    assert_eq!((&now["excluded_minutes"], &now["silent_minutes"]), (&12.into(), &12.into()));
    assert_eq!((&now["bad"], &now["pages"]["count"]), (&0.into(), &0.into()), "{now}");
    assert!(now["valid"].as_u64().unwrap() < 121);
    let page = told(&milepost_in(&folder, &arguments));
    assert!(page.contains("12m of it are maintenance that counts in no budget."), "{page}");
    assert!(page.contains("In 12m of it nobody is told of anything because of maintenance."), "{page}");
}

#[test]
fn what_still_burns_after_a_silence_is_told_then() {
    let folder = Folder::new("backtest-silence");
    let arguments = maintained(&folder, "errorBudget: counted");
    let output = milepost_in(&folder, arguments.iter().chain([&"--format=json".to_owned()]));
    let found = json(&output);
    let now = &found["columns"][0];
    assert_eq!((&now["bad"], &now["valid"], &now["excluded_minutes"]), (&18.into(), &121.into(), &0.into()));
    let page = &now["episodes"][0];
    assert_eq!((&page["urgency"], &page["from"]), (&"page".into(), &"2026-03-02T14:32Z".into()), "{now}");
    // Without a silence it was told at 14:22.
    assert_eq!(page["burn_from"], "2026-03-02T14:20Z");
}

#[test]
fn a_part_of_the_time_is_told_of_with_all_that_is_before_it() {
    let told = json(&milepost(mail("send-mail-availability", &["--from=2026-03-02T14:25Z", "--format=json"])));
    assert_eq!((&told["from"], &told["basis"]["from"]), (&"2026-03-02T14:25Z".into(), &"2026-03-02T14:00Z".into()));
    // The page that began before goes on into it.
    assert_eq!(told["columns"][0]["episodes"][0]["from"], "2026-03-02T14:22Z");
}

#[test]
fn a_change_of_the_threshold_counts_anew() {
    let folder = Folder::new("backtest-threshold");
    folder.write("change.yaml", b"threshold: 250ms\n");
    let told = json(&milepost_in(&folder, mail("send-mail-latency", &["--with=change.yaml", "--format=json"])));
    let bad = |at: usize| told["columns"][at]["bad"].as_u64().unwrap();
    assert_eq!((bad(0), &told["columns"][1]["valid"]), (0, &103.into()));
    assert!(bad(1) > 0);
}

#[test]
fn mistakes_are_told_with_what_would_be_right() {
    let folder = Folder::new("backtest-mistakes");
    folder.write("change.yaml", b"target: 999\nwindows: 7d\n");
    folder.write("truth.txt", b"yesterday\n");
    let slo = "---\napiVersion: milepost/v1\nkind: SLO\nmetadata: {name: orders}\nspec: {step: place-order, type: availability, target: 99%}\n";
    folder.write("registry/shop.yaml", format!("{SHOP}{slo}").as_bytes());
    folder.write(
        "access.log",
        b"192.0.2.1 - - [31/Jan/2026:14:00:05 +0000] \"GET / HTTP/1.1\" 200 512 \"-\" \"Mozilla/5.0\"\n",
    );
    let run = |options: &[&str]| {
        let arguments = ["backtest", "--registry=registry", "access.log"].iter().chain(options);
        told(&milepost_in(&folder, arguments))
    };
    insta::assert_snapshot!(
        [
            run(&["--slo=order"]),
            run(&["--slo=orders", "--with=change.yaml"]),
            run(&["--slo=orders", "--truth=truth.txt"]),
            run(&["--slo=orders", "--truth=nowhere"]),
            run(&["--slo=orders"]),
        ]
        .join("\n")
    );
}
