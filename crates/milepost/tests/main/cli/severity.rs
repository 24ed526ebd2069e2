//! `milepost severity`.

use super::SHOP;
use crate::run::{Folder, example, files, json, milepost, milepost_in, told, workspace};
use std::fmt::Write as _;

fn mail(more: &[&str]) -> Vec<String> {
    let mut arguments = vec!["severity".to_owned(), "--registry".to_owned(), example("mail")];
    arguments.extend(more.iter().map(ToString::to_string));
    let telemetry = files(&workspace().join("examples/mail/telemetry"), ".gz");
    arguments.extend(telemetry.iter().map(|file| file.display().to_string()));
    arguments
}

#[test]
fn the_hour_of_the_mail_example_has_one_major_incident_and_says_why() {
    insta::assert_snapshot!(told(&milepost(mail(&[]))));
    insta::assert_snapshot!("severity_at", told(&milepost(mail(&["--at=2026-03-02T14:25Z", "--step=send-mail"]))));
    insta::assert_snapshot!("severity_of_no_time", told(&milepost(mail(&["--at=2026-03-02T15:25Z"]))));
}

/// Ten days of a shop with ten orders a minute, and then nothing of orders, while others come.
#[test]
fn orders_that_never_come_are_missing_once_a_week_is_known_and_silence_is_no_outage() {
    let folder = Folder::new("severity-missing");
    folder.write("registry/shop.yaml", SHOP.as_bytes());
    let logged = |ends_at: usize, others: bool| {
        let mut log = String::new();
        for minute in 0..10 * 1_440 {
            let (day, hour, of_hour) = (minute / 1_440 + 1, minute / 60 % 24, minute % 60);
            let mut line = |second: usize, request: &str| {
                let _ = writeln!(
                    log,
                    "10.0.0.1 - - [{day:02}/Mar/2026:{hour:02}:{of_hour:02}:{second:02} +0000] \"{request} HTTP/1.1\" 200 5"
                );
            };
            (0..10).filter(|_| minute < ends_at).for_each(|at| line(at * 6, "POST /orders"));
            if others {
                line(59, "GET /nothing-known");
            }
        }
        log
    };
    let ends_at = 10 * 1_440 - 60;
    let spells = |log: &str| {
        folder.write("access.log", log.as_bytes());
        json(&milepost_in(&folder, ["severity", "--registry=registry", "--format=json", "access.log"]))[0]["spells"]
            .clone()
    };
    let missing = spells(&logged(ends_at, true));
    let [spell] = &missing.as_array().unwrap()[..] else { panic!("{missing}") };
    assert_eq!((&spell["attempts"], &spell["until"]), (&20.into(), &serde_json::Value::Null), "{spell}");
    assert_eq!(spell["since"], "2026-03-10T23:02:56Z");
    assert_eq!(spells(&logged(ends_at, false)), serde_json::json!([]));
}

/// What the mail example would say if its policy had a rule about how much people write.
#[test]
fn a_rule_about_a_kpi_is_explained_with_its_numbers_and_its_unit() {
    let folder = Folder::new("severity-kpi");
    for file in files(&workspace().join("examples/mail"), ".yaml") {
        let text = std::fs::read_to_string(&file).expect("a file of the example");
        let text = text.replace(
            "    - level: minor\n",
            "    - {level: medium, scope: {kpi: written}, impact: '> 1%'}\n    - level: minor\n",
        );
        folder.write(&format!("registry/{}", file.file_name().unwrap().display()), text.as_bytes());
    }
    let arguments = |more: &[&str]| {
        let mut arguments = vec!["severity".to_owned(), "--registry=registry".to_owned()];
        arguments.extend(more.iter().map(ToString::to_string));
        let telemetry = files(&workspace().join("examples/mail/telemetry"), ".gz");
        arguments.extend(telemetry.iter().map(|file| file.display().to_string()));
        arguments
    };
    let explained = milepost_in(&folder, arguments(&["--at=2026-03-02T14:25Z", "--step=send-mail"]));
    insta::assert_snapshot!("severity_at_with_a_kpi", told(&explained));
}

/// Half an hour of a shop with ten orders a minute, of which the two that are worth most fail from then on: a fifth of the orders, and most of the money.
#[test]
fn a_level_by_a_kpi_is_told_with_what_was_lost() {
    let folder = Folder::new("severity-kpi-spell");
    let kpis = "kpis: {revenue: {title: Revenue, description: What people pay., unit: euros, value: query total, steps: place-order}}";
    let shop =
        SHOP.replacen("description: People buy things.,", &format!("description: People buy things., {kpis},"), 1);
    let policy = "---
apiVersion: milepost/v1
kind: SeverityPolicy
metadata: {name: severity}
spec: {rules: [{level: major, scope: {kpi: revenue}, impact: '> 50%'}, {level: minor, scope: all, impact: any}]}
";
    folder.write("registry/shop.yaml", format!("{shop}{policy}").as_bytes());
    let mut log = String::new();
    for minute in 0..60 {
        for order in 0..10 {
            let (total, status) = if order < 2 { (200, if minute < 30 { 200 } else { 503 }) } else { (10, 200) };
            let _ = writeln!(
                log,
                "10.0.0.1 - - [01/Mar/2026:10:{minute:02}:{:02} +0000] \"POST /orders?total={total} HTTP/1.1\" {status} 5",
                order * 6
            );
        }
    }
    folder.write("access.log", log.as_bytes());
    let found = json(&milepost_in(&folder, ["severity", "--registry=registry", "--format=json", "access.log"]));
    let spells = found[0]["spells"].as_array().unwrap();
    let major = spells.iter().find(|spell| spell["severity"] == "major").unwrap_or_else(|| panic!("{found}"));
    let kpi = &major["kpi"];
    assert_eq!((&kpi["kpi"], &kpi["unit"]), (&"revenue".into(), &"euros".into()), "{major}");
    let (lost, expected) = (kpi["lost"].as_f64().unwrap(), kpi["expected"].as_f64().unwrap());
    assert!((lost / expected - major["impact"].as_f64().unwrap()).abs() < 1e-6, "{major}");
    assert!(lost > 400.0 && lost.rem_euclid(200.0) == 0.0, "{major}");
}
