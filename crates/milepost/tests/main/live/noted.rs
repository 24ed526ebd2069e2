//! Killed while somebody writes down what is done about an incident: what was answered is in its timeline, once and in its order.

use super::agree::{World, orders};
use super::process::{Process, post};
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::mpsc;
use std::thread;

const INCIDENT: &str = "/api/v1/products/shop/incidents/1";
const KILLS: u64 = 12;

/// Writes down numbers from one on until nobody answers; the first that was not answered.
fn write_down(api: SocketAddr, from: u64, answered: &mpsc::Sender<()>) -> u64 {
    (from..)
        .find(|number| {
            let body = format!("{{\"text\": \"note {number}\"}}");
            let answer = post(api, &format!("{INCIDENT}/note"), "application/json", body.as_bytes());
            let is_answered = answer.is_some_and(|(status, _)| status == 200);
            // Whoever waits may have killed it.
            let _ = is_answered.then(|| answered.send(()));
            !is_answered
        })
        .expect("somebody kills it")
}

/// The numbers that are written down, in the order of the timeline.
fn written(process: &Process) -> Vec<u64> {
    let incident: Value = serde_json::from_str(&process.get(INCIDENT)).expect("JSON");
    let timeline = incident["timeline"].as_array().expect("a timeline");
    let texts = timeline.iter().filter_map(|event| event["text"].as_str().or(event["what"].as_str()));
    texts.filter_map(|text| text.split("note ").nth(1)?.trim_end_matches(['.', '"', '”']).parse().ok()).collect()
}

#[test]
fn what_is_written_down_of_an_incident_is_there_however_often_the_server_is_killed() {
    let world = World::of("noted", &orders(20));
    let (registry, data) = (world.folder.path().join("registry"), world.folder.path().join("data"));
    let start = || Process::start(registry.to_str().expect("a path"), &data, &[]);
    let mut next = 1;
    for kill in 0..KILLS {
        let process = start();
        assert!(!process.greeting.contains("damaged"), "after {kill} kills: {}", process.greeting);
        let (api, (answered, answers)) = (process.api, mpsc::channel());
        let writer = thread::spawn(move || write_down(api, next, &answered));
        // Some are answered, and another is on its way.
        answers.iter().take(1 + (kill * 7 % 5) as usize).for_each(drop);
        process.kill();
        let unanswered = writer.join().expect("it ends");
        assert!(unanswered > next, "nothing was answered");
        let written = written(&start());
        let answered: Vec<u64> = (1..unanswered).filter(|number| written.contains(number)).collect();
        assert_eq!(answered, (1..unanswered).collect::<Vec<_>>(), "what was answered is there");
        // What was not answered may be there or not, and nothing is there twice.
        assert!(
            written == (1..unanswered).collect::<Vec<_>>() || written == (1..=unanswered).collect::<Vec<_>>(),
            "{written:?}"
        );
        next = written.len() as u64 + 1;
    }
}
