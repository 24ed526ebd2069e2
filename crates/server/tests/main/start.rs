//! What a start reads: the checkpoint, its fingerprints, and what the log has behind them; and what it falls back on.

use crate::world::{Span, World, body, files, outcomes};
use milepost_model::DurationNs;
use milepost_server::{Clock, Payload, Server, Settings};
use milepost_store::Directory;
use milepost_store::checkpoint::{self, Checkpoint};
use serde_json::Value;
use std::fs;

fn spans(ids: std::ops::Range<u64>, status: u16) -> Vec<Span> {
    ids.map(|id| Span { id, route: "POST /pay", status, seconds_ago: 1 }).collect()
}

/// What was sent comes again: the request by its bytes, its spans in another.
fn is_known(world: &World, server: &Server, requests: &[String]) {
    for (at, request) in (0..).zip(requests) {
        assert!(world.send_body(server, Payload::TracesJson, request.clone()).unwrap().is_repeated, "request {at}");
        let again = world.send(server, &spans(10 * at + 1..10 * at + 11, 503)).unwrap();
        assert_eq!((again.accepted, again.duplicates), (10, 10), "request {at}");
    }
}

/// A directory that two servers ended in order, each with ten spans of its own, and what they were sent.
fn twice() -> (World, Vec<String>) {
    let world = World::new();
    let requests = [body(&spans(1..11, 200)), body(&spans(11..21, 200))];
    for request in &requests {
        let server = world.start();
        world.send_body(&server, Payload::TracesJson, request.clone()).unwrap();
        server.stop();
    }
    (world, requests.to_vec())
}

#[test]
fn what_was_counted_is_known_without_the_log() {
    let (world, requests) = twice();
    for file in files(&world.data().join("wal")) {
        fs::remove_file(world.data().join("wal").join(file)).unwrap();
    }
    for _ in 0..2 {
        let server = world.start();
        assert_eq!(server.recovered, milepost_server::Recovered::default());
        is_known(&world, &server, &requests);
        assert_eq!(outcomes(&server, "pay"), [20, 0, 0, 0]);
        server.stop();
    }
}

#[test]
fn fingerprints_that_are_damaged_or_gone_are_named_and_read_out_of_the_log() {
    for (which, is_gone) in [(0, false), (1, false), (0, true), (1, true)] {
        let (world, requests) = twice();
        let folder = world.data().join("fingerprints");
        let names = files(&folder);
        assert_eq!(names.len(), 2, "{names:?}");
        let path = folder.join(&names[which]);
        if is_gone {
            fs::remove_file(&path).unwrap();
        } else {
            let mut bytes = fs::read(&path).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            fs::write(&path, bytes).unwrap();
        }
        let server = world.start();
        assert!(server.recovered.damage[0].contains(&names[which]), "{:?}", server.recovered.damage);
        assert_eq!((server.recovered.damage.len(), server.recovered.replayed), (1, 0));
        is_known(&world, &server, &requests);
        assert_eq!(outcomes(&server, "pay"), [20, 0, 0, 0]);
        server.stop();
        // What is known now has fingerprints of its own.
        let server = world.start();
        assert_eq!(server.recovered.damage, Vec::<String>::new());
        is_known(&world, &server, &requests);
        server.stop();
    }
}

#[test]
fn a_damaged_checkpoint_costs_nothing_the_one_before_has_fingerprints_of_its_own() {
    let (world, requests) = twice();
    let folder = world.data().join("checkpoints");
    let newest = folder.join(files(&folder).pop().unwrap());
    let mut bytes = fs::read(&newest).unwrap();
    bytes[20] ^= 1;
    fs::write(&newest, bytes).unwrap();
    let server = world.start();
    assert_eq!((server.recovered.damage.len(), server.recovered.replayed), (1, 10), "{:?}", server.recovered);
    is_known(&world, &server, &requests);
    assert_eq!(outcomes(&server, "pay"), [20, 0, 0, 0]);
    server.stop();
}

#[test]
fn a_checkpoint_from_before_there_were_fingerprints_is_read_and_so_is_the_log() {
    let (world, requests) = twice();
    let directory = Directory::read_only(&world.data()).unwrap();
    let newest = checkpoint::newest(&directory.checkpoints()).unwrap().0.unwrap();
    let mut contents: Value = serde_json::from_slice(&newest.contents).unwrap();
    for field in ["fingerprints", "read_after"] {
        assert!(contents.as_object_mut().unwrap().remove(field).is_some(), "{field}");
    }
    let contents = serde_json::to_vec(&contents).unwrap();
    checkpoint::write(&directory.checkpoints(), &Checkpoint { contents, ..newest }).unwrap();
    for _ in 0..2 {
        let server = world.start();
        assert_eq!(server.recovered, milepost_server::Recovered::default());
        is_known(&world, &server, &requests);
        assert_eq!(outcomes(&server, "pay"), [20, 0, 0, 0]);
        server.stop();
    }
}

#[test]
fn damage_in_the_log_before_the_checkpoint_is_told_soon_after_the_start() {
    let (world, requests) = twice();
    let log = world.data().join("wal");
    let name = files(&log).remove(0);
    let mut bytes = fs::read(log.join(&name)).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(log.join(&name), bytes).unwrap();
    let server = world.start();
    assert_eq!(server.recovered.damage, Vec::<String>::new(), "a start does not read it");
    world.until("the log is looked through", || !server.shared.health.log_damage().is_empty());
    let damage = server.shared.health.log_damage();
    assert!(damage.len() == 1 && damage[0].contains(&name), "{damage:?}");
    is_known(&world, &server, &requests);
    server.stop();
}

#[test]
fn a_stop_makes_nothing_older() {
    let (world, clock) = (World::new(), Clock::default());
    let set = |settings: Settings| Settings { clock: clock.clone(), ..settings };
    let request = [body(&spans(1..11, 200))];
    let server = world.start_with(set);
    world.send_body(&server, Payload::TracesJson, request[0].clone()).unwrap();
    server.stop();
    for _ in 0..3 {
        clock.pass(DurationNs::from_seconds(3600));
        let server = world.start_with(set);
        is_known(&world, &server, &request);
        server.stop();
    }
    // Only while it runs they are forgotten, after ten minutes at the latest.
    let server = world.start_with(set);
    for id in 100..102 {
        clock.pass(DurationNs::from_seconds(300));
        world.send(&server, &spans(id..id + 1, 200)).unwrap();
    }
    assert!(!world.send_body(&server, Payload::TracesJson, request[0].clone()).unwrap().is_repeated);
    server.stop();
}
