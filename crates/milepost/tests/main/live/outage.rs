//! A week of load that is shaped like that of a real web server, and what the server that has learnt it says of the next night, of an outage, and of silence.

use super::remember::{Hour, SEVERITY, remember};
use crate::run::{Folder, json, milepost};
use milepost_model::{DurationNs, Timestamp};
use milepost_server::Payload;
use milepost_testkit::{Chance, DAY, days_like_a_real_one, real_load};
use serde_json::Value;
use std::fmt::Write as _;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// A site of which one step is judged by its access log. Its health is asked for, too, which is no step.
const SITE: &str = r#"apiVersion: milepost/v1
kind: Product
metadata: {name: site}
spec: {title: Site, description: People read pages., owner: site-team}
---
apiVersion: milepost/v1
kind: Objective
metadata: {name: read}
spec: {title: Read, description: Someone reads., owner: site-team, steps: [open-page]}
---
apiVersion: milepost/v1
kind: Step
metadata: {name: open-page}
spec:
  title: Open a page
  description: The user opens a page.
  start: The user asks for a page.
  success: The page is there.
  measure: [web GET /page]
---
apiVersion: milepost/v1
kind: Service
metadata: {name: web}
spec: {title: Web server, owner: site-team, accessLog: combined}
"#;

/// Minutes that are known before anything is played.
const WEEK: usize = 7 * DAY;

/// Days of load, and where things of them are kept.
struct World {
    folder: Folder,
    load: Vec<u64>,
}

impl World {
    fn begin(load: Vec<u64>) -> Self {
        let folder = Folder::new("outage");
        folder.write("registry/site.yaml", format!("{SITE}{SEVERITY}").as_bytes());
        let world = Self { folder, load };
        let hours = (0..WEEK / 60).map(|hour| {
            let minutes = hour * 60..hour * 60 + 60;
            let events = world.load[minutes.clone()].iter().sum();
            Hour { begin: time(hour * 60), payload: Payload::AccessLog(None), body: world.requests(minutes), events }
        });
        remember(&world.registry(), &world.path("week"), time(0), hours);
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn registry(&self) -> String {
        self.path("registry").display().to_string()
    }

    /// What users ask for in some minutes, each minute's evenly.
    fn requests(&self, minutes: Range<usize>) -> String {
        let mut log = String::new();
        for minute in minutes {
            let count = self.load[minute];
            (0..count).for_each(|at| line(&mut log, minute * 60 + (at * 60 / count) as usize, "GET /page"));
        }
        log
    }

    /// The incidents that there are when something more comes to a server that has learnt the week.
    fn incidents(&self, name: &str, log: &str) -> Vec<Value> {
        let data = self.path(name);
        copy(&self.path("week"), &data);
        let log = self.folder.write(&format!("{name}.log"), log.as_bytes());
        let (registry, data) = (format!("--registry={}", self.registry()), format!("--data={}", data.display()));
        let options = ["--continue", "--gaps=silent", "--format=json"];
        let replayed = milepost(["replay", &registry, &data, &log.display().to_string()].iter().chain(&options));
        json(&replayed)[0]["incidents"].as_array().expect("incidents").clone()
    }
}

impl World {
    /// What is found by going through what a server has stored.
    fn spells(&self, name: &str) -> Vec<Value> {
        let data = format!("--data={}", self.path(name).display());
        let found = json(&milepost(["severity", "--by-event-time", "--format=json", &data]));
        found[0]["spells"].as_array().expect("spells").clone()
    }
}

/// When a minute begins.
fn time(minute: usize) -> Timestamp {
    let begin: Timestamp = "2026-03-02T00:00:00Z".parse().expect("a time");
    begin.plus(DurationNs::from_seconds(minute as u64 * 60))
}

fn line(log: &mut String, second: usize, request: &str) {
    let (day, hour, minute) = (2 + second / 86_400, second / 3_600 % 24, second / 60 % 60);
    let at = format!("{day:02}/Mar/2026:{hour:02}:{minute:02}:{:02} +0000", second % 60);
    writeln!(log, "10.0.0.1 - - [{at}] \"{request} HTTP/1.1\" 200 5").expect("a string takes all that is written");
}

/// Twice a minute somebody asks how the site is.
fn heartbeats(minutes: Range<usize>) -> String {
    let mut log = String::new();
    (minutes.start * 2..minutes.end * 2).for_each(|half| line(&mut log, half * 30, "GET /health"));
    log
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder").map(|entry| entry.expect("an entry")) {
        let to = to.join(entry.file_name());
        if entry.file_type().expect("its kind").is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).expect("a copy");
        }
    }
}

/// How many seconds after a minute begins something is.
fn after(minute: usize, at: &Value) -> u64 {
    let at: Timestamp = at.as_str().expect("a time").parse().expect("a time");
    at.since(time(minute)).nanos() / 1_000_000_000
}

#[test]
fn after_a_week_of_real_load_an_outage_is_missing_traffic_within_three_minutes_and_a_night_and_silence_are_not() {
    let Some(real) = real_load() else { return };
    let world = World::begin(days_like_a_real_one(&mut Chance::new(1995), 8, &real));

    // A night in which nothing is wrong, until nobody gets through in the morning any more, though the site says that it is well.
    let dark = WEEK + 6 * 60 + 30;
    let log = world.requests(WEEK..dark) + &heartbeats(dark..dark + 4);
    let found = world.incidents("morning", &log);
    let [outage] = &found[..] else { panic!("one incident: {found:#?}") };
    assert_eq!(outage["kind"], "impact");
    let seen = after(dark, &outage["opened"]);
    assert!(seen <= 180, "after {seen} s: {outage}");
    let first = &outage["steps"][0]["levels"][0];
    assert_eq!((&first["trouble"], &outage["steps"][0]["step"]), (&"missing".into(), &"open-page".into()));
    println!("in the morning seen after {seen} s: {first}");
    // Whoever goes through all of it later finds the same, though the server has learnt the week from its minute log.
    let named = |of: &Value, time: &str| [time, "severity", "reason"].map(|key| of[key].clone());
    let told: Vec<_> =
        outage["steps"][0]["levels"].as_array().expect("levels").iter().map(|of| named(of, "at")).collect();
    let found: Vec<_> = world.spells("morning").iter().map(|of| named(of, "since")).collect();
    assert_eq!(found, told);

    // In the middle of the night.
    let dark = WEEK + 30;
    let found = world.incidents("night", &(world.requests(WEEK..dark) + &heartbeats(dark..dark + 4)));
    let [outage] = &found[..] else { panic!("one incident: {found:#?}") };
    let seen = after(dark, &outage["opened"]);
    println!("in the night seen after {seen} s: {}", outage["steps"][0]["levels"][0]);
    assert!(outage["kind"] == "impact" && seen <= 180, "after {seen} s: {outage}");

    // The same hour, and nothing says that the site is there: nobody knows.
    let found = world.incidents("silent", &(world.requests(WEEK..dark) + &heartbeats(dark + 20..dark + 21)));
    let [silence] = &found[..] else { panic!("one incident: {found:#?}") };
    assert_eq!((&silence["kind"], &silence["steps"]), (&"telemetry-lost".into(), &serde_json::json!([])));
    let (opened, closed) = (after(dark, &silence["opened"]), after(dark, &silence["closed"]));
    assert!((115..=122).contains(&opened) && (1_200..=1_202).contains(&closed), "{opened} s to {closed} s");
}
