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
    assert_eq!(spell["since"], "2026-03-10T23:03Z");
    assert_eq!(spells(&logged(ends_at, false)), serde_json::json!([]));
}
