//! From a request to counts, through restarts and edits of the registry.

use crate::world::{Span, World, body, files, outcomes};
use milepost_model::Name;
use milepost_server::{Payload, Refusal, Server};
use std::fs;

fn spans(ids: std::ops::Range<u64>, route: &'static str, status: u16) -> Vec<Span> {
    ids.map(|id| Span { id, route, status, seconds_ago: 1 }).collect()
}

#[test]
fn what_is_acknowledged_is_counted_once_through_resends_and_restarts() {
    let world = World::new();
    let server = world.start();
    let sent = body(&spans(1..6, "POST /pay", 200));
    let receipt = world.send_body(&server, Payload::TracesJson, sent.clone()).unwrap();
    assert_eq!((receipt.accepted, receipt.duplicates, receipt.is_repeated), (5, 0, false));
    // The same request, and the same spans in another request.
    assert!(world.send_body(&server, Payload::TracesJson, sent.clone()).unwrap().is_repeated);
    let receipt = world.send(&server, &spans(4..9, "POST /pay", 503)).unwrap();
    assert_eq!((receipt.accepted, receipt.duplicates), (5, 2));
    assert_eq!(outcomes(&server, "pay"), [5, 3, 0, 0]);
    server.stop();

    for _ in 0..3 {
        let server = world.start();
        assert_eq!(server.recovered.damage, Vec::<String>::new());
        assert_eq!(outcomes(&server, "pay"), [5, 3, 0, 0]);
        assert!(world.send_body(&server, Payload::TracesJson, sent.clone()).unwrap().is_repeated);
        assert_eq!(world.send(&server, &spans(1..9, "POST /pay", 503)).unwrap().duplicates, 8);
        assert_eq!(outcomes(&server, "pay"), [5, 3, 0, 0]);
        server.stop();
    }
}

#[test]
fn a_log_without_a_checkpoint_is_counted_again_and_one_with_it_is_not() {
    let world = World::new();
    let server = world.start();
    world.send(&server, &spans(1..4, "GET /search", 200)).unwrap();
    server.stop();
    let checkpoints = world.data().join("checkpoints");
    for file in files(&checkpoints) {
        std::fs::remove_file(checkpoints.join(file)).unwrap();
    }
    let server = world.start();
    assert_eq!((server.recovered.replayed, outcomes(&server, "search")), (3, [3, 0, 0, 0]));
    server.stop();
    let server = world.start();
    assert_eq!((server.recovered.replayed, outcomes(&server, "search")), (0, [3, 0, 0, 0]));
    server.stop();
}

#[test]
fn an_edit_of_the_registry_takes_effect_and_a_bad_one_does_not() {
    let world = World::new();
    let server = world.start();
    world.send(&server, &spans(1..4, "GET /help", 200)).unwrap();
    world.write_registry(&World::registry_text().replace("GET /search", "GET /help"));
    world.until("the edit is active", || server.shared.versions.current().number == 2);
    world.send(&server, &spans(4..9, "GET /help", 200)).unwrap();
    assert_eq!(outcomes(&server, "search"), [5, 0, 0, 0]);

    world.write_registry("apiVersion: milepost/v1\nkind: Prodoct\n");
    world.until("the edit is refused", || server.shared.registry().refused.is_some());
    world.send(&server, &spans(9..10, "GET /help", 200)).unwrap();
    assert_eq!((outcomes(&server, "search"), server.shared.versions.current().number), ([6, 0, 0, 0], 2));
    server.stop();

    // It starts with what was active, though the folder is no use.
    let server = world.start();
    assert!(server.shared.registry().refused.is_some());
    assert_eq!(outcomes(&server, "search"), [6, 0, 0, 0]);
    world.write_registry(World::registry_text());
    world.until("the edit is active", || server.shared.versions.current().number == 3);
    world.send(&server, &spans(20..22, "GET /help", 200)).unwrap();
    assert_eq!(outcomes(&server, "search"), [6, 0, 0, 0]);
    server.stop();
}

#[test]
fn events_of_wrong_times_and_bodies_that_are_none_are_refused_by_reason() {
    let world = World::new();
    let server = world.start();
    let old = Span { id: 1, route: "POST /pay", status: 200, seconds_ago: 27 * 3600 };
    let receipt = world.send(&server, &[old, Span { id: 2, seconds_ago: 25 * 3600, ..old }]).unwrap();
    assert_eq!((receipt.accepted, receipt.rejected), (1, vec![("too-old", 1)]));
    let refused = world.send_body(&server, Payload::TracesJson, "{\"resourceSpans\": [").unwrap_err();
    assert!(matches!(refused, Refusal::Unreadable(_)), "{refused}");
    let refused = world.send_body(&server, Payload::TracesProto, "no protobuf").unwrap_err();
    assert!(matches!(refused, Refusal::Unreadable(_)), "{refused}");
    assert_eq!(outcomes(&server, "pay"), [1, 0, 0, 0]);
    let ledger = server.shared.ledger().clone();
    assert_eq!((ledger.received, ledger.counted, ledger.rejected["too-old"]), (2, 1, 1));
    server.stop();
}

#[test]
fn lines_of_an_access_log_count_and_a_service_without_one_is_refused() {
    let world = World::new();
    let server = world.start();
    let refused = world.send_body(&server, Payload::AccessLog(Some(Name::new("egde").unwrap())), "x").unwrap_err();
    let told = "the registry has no service `egde` with `accessLog:`: did you mean `edge`?";
    assert!(refused.to_string().ends_with(told), "{refused}");
    // Without a name it is that of the only service with one.
    let unnamed = world.send_body(&server, Payload::AccessLog(None), "no line\n").unwrap();
    assert_eq!((unnamed.accepted, unnamed.all_rejected()), (0, 1));
    let log = Payload::AccessLog(Some(Name::new("edge").unwrap()));
    let receipt = world.send_body(&server, log, "not a line\n").unwrap();
    assert_eq!((receipt.accepted, receipt.all_rejected()), (0, 1));
    server.stop();
}

#[test]
fn a_file_of_the_log_that_is_gone_is_told_and_costs_what_only_it_had() {
    let world = World::new();
    for at in 0..3 {
        let server = world.start();
        world.send(&server, &spans(at * 10 + 1..at * 10 + 11, "POST /pay", 200)).unwrap();
        server.stop();
    }
    let log = world.data().join("wal");
    let with_facts = files(&log);
    assert_eq!(with_facts.len(), 3, "{with_facts:?}");
    fs::remove_file(log.join(&with_facts[1])).unwrap();
    let server = world.start();
    let told = |server: &Server| server.recovered.damage.iter().filter(|damage| damage.contains("is missing")).count();
    // Nobody needs it for counts, so that the start does not look for it.
    world.until("the log is looked through", || !server.shared.health.log_damage().is_empty());
    assert!(server.shared.health.log_damage()[0].contains(&with_facts[1]), "{:?}", server.shared.health.log_damage());
    assert_eq!((told(&server), outcomes(&server, "pay")), (0, [30, 0, 0, 0]), "checkpoints have it");
    server.stop();
    for checkpoint in files(&world.data().join("checkpoints")) {
        fs::remove_file(world.data().join("checkpoints").join(checkpoint)).unwrap();
    }
    let server = world.start();
    assert_eq!((told(&server), outcomes(&server, "pay")), (1, [20, 0, 0, 0]), "without them its facts are lost");
    server.stop();
}
