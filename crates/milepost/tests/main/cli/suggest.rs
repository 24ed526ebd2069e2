//! `milepost suggest`.

use super::SHOP;
use crate::run::{Folder, example, files, json, milepost, milepost_in, told, workspace};
use std::fmt::Write as _;

fn mail(more: &[&str]) -> Vec<String> {
    let mut arguments = vec!["suggest".to_owned(), "--registry".to_owned(), example("mail")];
    arguments.extend(more.iter().map(ToString::to_string));
    let telemetry = files(&workspace().join("examples/mail/telemetry"), ".gz");
    arguments.extend(telemetry.iter().map(|file| file.display().to_string()));
    arguments
}

#[test]
fn an_hour_of_the_mail_example_says_little_and_says_so() {
    insta::assert_snapshot!(told(&milepost(mail(&[]))));
    insta::assert_snapshot!("suggest_a_step", told(&milepost(mail(&["--step", "send-mail"]))));
}

#[test]
fn thresholds_are_exact_and_more_confidence_supports_less() {
    let step = |options: &[&str]| {
        json(&milepost(mail(&[&["--step=mail/open-message", "--format=json"], options].concat())))["steps"][0].clone()
    };
    let usual = step(&[]);
    let within: Vec<u64> =
        usual["thresholds"].as_array().unwrap().iter().map(|of| of["good"].as_u64().unwrap()).collect();
    assert!(within.is_sorted() && !within.is_empty(), "{within:?}");
    let last = usual["thresholds"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["good"], &usual["availability"]["bad"]), (&last["valid"], &1.into()));
    let at_least = |of: &serde_json::Value| {
        of["availability"]["at_least"].as_str().unwrap().trim_end_matches('%').parse::<f64>().unwrap()
    };
    assert!(at_least(&step(&["--confidence=99%"])) < at_least(&usual));
}

/// A web shop whose orders come once a minute for three days; every 2,000th fails, and some SLOs make no sense.
fn shop(folder: &Folder) {
    let slo = |name: &str, more: &str| {
        format!(
            "---\napiVersion: milepost/v1\nkind: SLO\nmetadata: {{name: {name}}}\nspec: {{step: place-order, type: availability, {more}}}\n"
        )
    };
    let slos = [
        slo("orders", "target: 99.5%"),
        slo("orders-too-strict", "target: 99.999%"),
        slo("orders-of-robots", "target: 99%, valid: http_status = 999"),
        slo("orders-never-tell", "target: 90%, alerts: [{page: 5%, long: 1h, short: 5m}]"),
    ];
    let registry = SHOP.replace("steps: [place-order]", "steps: [place-order], criticality: important");
    folder.write("registry/shop.yaml", format!("{registry}{}", slos.concat()).as_bytes());
    let mut log = String::new();
    for minute in 0..3 * 1_440 {
        let (day, hour, rest) = (minute / 1_440 + 1, minute / 60 % 24, minute % 60);
        let status = if minute % 2_000 == 1_999 { 500 } else { 200 };
        for second in [10, 40] {
            let _ = writeln!(
                log,
                "192.0.2.1 - - [{day:02}/Jan/2026:{hour:02}:{rest:02}:{second} +0000] \"POST /orders HTTP/1.1\" {status} 9 \"-\" \"Mozilla/5.0\""
            );
        }
    }
    folder.write("access.log", log.as_bytes());
}

#[test]
fn slos_that_make_no_sense_are_found_with_the_reason() {
    let folder = Folder::new("suggest-findings");
    shop(&folder);
    let output = milepost_in(&folder, ["suggest", "--registry=registry", "access.log", "--format=json"]);
    let found = json(&output);
    let step = &found["steps"][0];
    // 4 of 8,640 failed, two at a time; the criticality asks for 99.5 %, which that supports.
    assert_eq!((&step["availability"]["valid"], &step["availability"]["bad"]), (&8_640.into(), &4.into()));
    assert_eq!(
        (&step["availability"]["asked"], &step["availability"]["suggested"]),
        (&"99.5%".into(), &"99.5%".into())
    );
    let findings = |name: &str| -> Vec<&str> {
        let slo = step["slos"].as_array().unwrap().iter().find(|slo| slo["name"] == name).unwrap();
        slo["findings"].as_array().unwrap().iter().map(|of| of["finding"].as_str().unwrap()).collect()
    };
    assert_eq!(findings("orders"), Vec::<&str>::new());
    assert_eq!(findings("orders-too-strict"), ["unreachable", "too-strict", "one-failure-misses", "one-failure-fires"]);
    assert_eq!(findings("orders-of-robots"), ["dead"]);
    assert_eq!(findings("orders-never-tell"), ["never-fires"]);
    insta::assert_snapshot!(told(&milepost_in(
        &folder,
        ["suggest", "--registry=registry", "--step=place-order", "access.log"]
    )));
    let cost = json(&milepost_in(&folder, ["cost", "--registry=registry", "access.log", "--format=json"]));
    let slo = |name: &str| cost["slos"].as_array().unwrap().iter().find(|slo| slo["name"] == name).unwrap();
    assert_eq!(slo("orders")["events_a_day"].as_f64().unwrap().round(), 2_880.0);
    let retire = ["orders-of-robots", "orders", "orders-too-strict", "orders-never-tell"]
        .map(|name| slo(name)["retire"].as_str());
    let too_strict = Some("`orders` promises the same, and no more than makes sense");
    assert_eq!(retire, [Some("it counts nothing"), None, too_strict, Some("`orders` promises more of the same")]);
}

#[test]
fn mistakes_are_told_with_what_would_be_right() {
    let all = [&["--step=send-mails"][..], &["--confidence=50%"], &["--from=2027-01-01T00:00Z"]];
    insta::assert_snapshot!(all.map(|options| told(&milepost(mail(options)))).join("\n"));
}
