//! What a running server said of severity while it ran, and what `milepost severity` says of the same times from what it has stored, are the same.

use super::remember::SEVERITY;
use crate::cli::SHOP;
use crate::run::{Folder, json, milepost};
use milepost_impact::incident::What;
use milepost_model::{DurationNs, Name, Timestamp};
use milepost_server::{Clock, Gaps, Payload, Playback, Server, Settings};
use serde_json::Value;
use std::path::Path;
use tokio::runtime::Runtime;

/// How many of ten orders fail, from which minute on: it is raised, lowered in part, and ends.
const FAILING: [(i64, i64); 4] = [(0, 0), (10, 5), (20, 1), (40, 0)];
const MINUTES: i64 = 100;
/// Seconds between orders.
const EVERY: i64 = 3;

/// A level that was told: when, which, and why.
type Told = (String, String, String);

fn begin() -> Timestamp {
    "2026-03-02T00:00:00Z".parse().expect("a time")
}

fn at(second: i64) -> Timestamp {
    begin().plus(DurationNs::from_seconds(second.unsigned_abs()))
}

fn order(second: i64) -> String {
    let failing = FAILING.iter().rfind(|(from, _)| second >= from * 60).map_or(0, |(_, failing)| *failing);
    let status = if second / EVERY % 10 < failing { 503 } else { 200 };
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("10.0.0.1 - - [02/Mar/2026:{hour:02}:{minute:02}:{second:02} +0000] \"POST /orders HTTP/1.1\" {status} 5")
}

/// What comes in a second.
pub(super) enum Came {
    Order,
    /// Metrics of the service and nothing else.
    Metrics,
}

/// What a server says while something comes: each second why the step has its level, and what its incident tells.
fn live(registry: &Path, data: &Path, coming: &[(i64, Came)]) -> (Vec<(Timestamp, String)>, Vec<Told>) {
    let runtime = Runtime::new().expect("a runtime");
    let clock = Clock::held(begin());
    let within = runtime.enter();
    let server = Server::start(Settings {
        clock: clock.clone(),
        workers: 2,
        ..Settings::alone(registry.to_owned(), data.to_owned())
    })
    .expect("a server");
    drop(within);
    let mut playback = Playback::new(&server, &runtime, Gaps::Silent);
    let mut said = Vec::new();
    let product = Name::new("shop").expect("a name");
    for (second, came) in coming {
        match came {
            Came::Order => playback.play(at(*second), Payload::AccessLog(None), order(*second).as_bytes()),
            // A request without events lets time pass.
            Came::Metrics => playback.play(at(*second), Payload::TracesJson, b"{}"),
        }
        .expect("it is stored");
        if matches!(came, Came::Metrics) {
            server.intake.note_sign(Some("web"));
        }
        let board = server.shared.severity();
        let explained = board.at.zip(board.product(&product)).and_then(|(at, of)| Some((at, of.explanation(0, at)?)));
        said.extend(explained.map(|(at, explained)| (at, explained.to_string())));
    }
    playback.finish().expect("it is stored");
    let known = server.shared.incidents.of("shop");
    let events = known.all().flat_map(|incident| &incident.timeline).filter_map(|event| match &event.what {
        What::StepHit { level: of, reason, .. } | What::StepLevel { level: of, reason, .. } => {
            Some((event.at.to_string(), of.name.to_string(), reason.clone()))
        }
        What::StepHealed { .. } => Some((event.at.to_string(), "none".to_owned(), String::new())),
        _ => None,
    });
    let events = events.collect();
    server.stop();
    (said, events)
}

/// The same, as spells have it.
fn levels(spells: &Value) -> Vec<Told> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let spells = spells.as_array().expect("spells");
    let begun = spells.iter().map(|of| (text(&of["since"]), text(&of["severity"]), text(&of["reason"])));
    let mut told: Vec<Told> = begun.collect();
    let ended = spells.last().map(|last| (text(&last["until"]), "none".to_owned(), String::new()));
    told.extend(ended);
    told
}

/// Orders of some minutes.
pub(super) fn orders(minutes: i64) -> Vec<(i64, Came)> {
    (0..minutes * 60).step_by(EVERY as usize).map(|second| (second, Came::Order)).collect()
}

pub(super) struct World {
    pub(super) folder: Folder,
    said: Vec<(Timestamp, String)>,
    events: Vec<Told>,
}

impl World {
    pub(super) fn of(name: &str, coming: &[(i64, Came)]) -> Self {
        let folder = Folder::new(name);
        folder.write("registry/shop.yaml", format!("{SHOP}{SEVERITY}").as_bytes());
        let (said, events) = live(&folder.path().join("registry"), &folder.path().join("data"), coming);
        Self { folder, said, events }
    }

    fn severity(&self, more: &[&str]) -> Value {
        let data = self.folder.path().join("data").display().to_string();
        json(&milepost(["severity", "--format=json", "--data", &data].iter().chain(more)))[0].clone()
    }

    /// The levels that it told, after having been held against what is said of what is stored; and the explanations at some times.
    fn agreed(&self, more: &[Timestamp]) -> Vec<Told> {
        let levels = levels(&self.severity(&[])["spells"]);
        assert_eq!(levels, self.events);
        // Around each time at which it is raised, lowered or ends.
        let around = |(time, ..): &Told| {
            let time: Timestamp = time.parse().expect("a time");
            [time.minus(DurationNs::from_seconds(EVERY as u64)), time]
        };
        for time in more.iter().copied().chain(levels.iter().flat_map(around)) {
            // The server was asked when something came.
            let (time, said) = self.said.iter().rfind(|(at, _)| *at <= time).expect("it said something");
            let explained = self.severity(&["--step=place-order", &format!("--at={time}")]);
            let lines = explained["explained"][0]["lines"].as_array().expect("lines").clone();
            let lines: Vec<&str> = lines.iter().filter_map(Value::as_str).collect();
            assert_eq!(lines, said.lines().collect::<Vec<_>>(), "at {time}");
        }
        levels
    }
}

fn names(levels: &[Told]) -> Vec<&str> {
    levels.iter().map(|(_, level, _)| level.as_str()).collect()
}

#[test]
fn severity_of_what_is_stored_is_what_the_server_said_second_by_second() {
    let world = World::of("agree", &orders(MINUTES));
    // Before it is raised, while it holds, and after that.
    let levels = world.agreed(&[at(300), at(900), at(1_500), at(3_000)]);
    assert_eq!(names(&levels), ["minor", "major", "minor", "none"], "{levels:#?}");
}

#[test]
fn metrics_of_a_service_say_that_nobody_orders_and_silence_says_nothing() {
    // Half of the orders fail until none come any more.
    let minutes = 20;
    let mut coming = orders(minutes);
    coming.extend((minutes * 60..80 * 60).step_by(50).map(|second| (second, Came::Metrics)));
    let world = World::of("agree-metrics", &coming);
    let levels = world.agreed(&[at(1_300), at(2_000), at(4_000)]);
    assert_eq!(names(&levels), ["minor", "major", "none"], "{levels:#?}");
    // Without metrics nobody knows, and levels stay as they are.
    let silent = World::of("agree-silent", &orders(minutes));
    assert_eq!(names(&silent.events), ["minor", "major"]);
}
