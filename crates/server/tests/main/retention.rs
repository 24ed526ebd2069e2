//! What is kept of old times in a running server: facts for days, counts by minute for four hundred, and totals for good.

use crate::api::Client;
use crate::world::{Span, World, body_at, files, outcomes};
use milepost_facts::{NameTables, TimeSpan};
use milepost_ingest::Setup;
use milepost_model::DurationNs;
use milepost_server::{Clock, Payload, Server, Settings, Stored};
use serde_json::Value;

const DAY: DurationNs = DurationNs::from_seconds(86_400);

/// Sends attempts that are made now.
fn send(world: &World, server: &Server, ids: std::ops::Range<u64>) {
    let now = u128::try_from(server.shared.now().nanos()).expect("after 1970");
    let spans: Vec<_> = ids.map(|id| Span { id, route: "POST /pay", status: 200, seconds_ago: 1 }).collect();
    world.send_body(server, Payload::TracesJson, body_at(now, &spans)).unwrap();
}

/// Facts that are stored, whether some of all times were removed, and whether some since an instant were.
fn stored(world: &World) -> (u64, bool) {
    let stored = Stored::open(&world.data()).unwrap();
    let setup = Setup::new(stored.registry().unwrap());
    let mut tables = NameTables::new(&setup.registry, &setup.annotator);
    let through = stored.read(TimeSpan::default(), &mut tables, |_, _, _| ()).unwrap();
    assert_eq!(through.damage, Vec::<String>::new());
    (through.facts.0 + through.facts.1, stored.removed_before(TimeSpan::default()).unwrap().is_some())
}

/// What the API says of the step since so many days ago: attempts, and their ratio where it has one.
fn told(client: &Client, days: u32) -> (u64, Value) {
    let step = client.json(&format!("/products/shop/steps/pay?from=-{days}d"));
    assert!(step["incomplete"].is_null(), "what was let go is not lost: {step}");
    let of = &step["measured"][0];
    (of["valid"].as_u64().unwrap_or_default(), of["ratio"].clone())
}

#[test]
fn facts_go_after_their_days_and_counts_by_minute_after_four_hundred() {
    let (world, clock) = (World::new(), Clock::default());
    let set = |settings: Settings| Settings {
        clock: clock.clone(),
        segments_every: DurationNs::from_seconds(1),
        keep_days: 2,
        ..settings
    };
    let server = world.start_with(set);
    send(&world, &server, 1..11);
    let sent = server.shared.counts().lsn;
    world.until_within(30, "facts are in segments", || server.shared.health.flushed() >= sent);
    assert_eq!(stored(&world), (10, false));

    let first = server.shared.now();
    for _ in 0..3 {
        clock.pass(DAY);
    }
    send(&world, &server, 11..16);
    world.until_within(30, "old facts are gone", || stored(&world) == (5, true));
    let recent = TimeSpan { from: Some(first.plus(DAY)), to: None };
    let removed = Stored::open(&world.data()).unwrap().removed_before(recent).unwrap();
    assert_eq!(removed, None, "nothing of the last days is gone");
    let client = Client::new(&server);
    assert_eq!(told(&client, 4), (15, 1.0.into()), "counts are kept for longer");
    assert_eq!(told(&client, 2), (5, 1.0.into()));

    (0..402).for_each(|_| clock.pass(DAY));
    send(&world, &server, 16..18);
    world.until_within(30, "old counts are gone", || files(&world.data().join("minutes")).len() <= 2);
    assert_eq!(told(&client, 30), (2, 1.0.into()));
    assert_eq!(told(&client, 500), (2, 1.0.into()), "of what is gone nothing is made up");
    assert_eq!(outcomes(&server, "pay"), [17, 0, 0, 0], "totals only grow");
    drop(client);
    server.stop();
    let server = world.start_with(set);
    assert_eq!(server.recovered.damage, Vec::<String>::new());
    assert_eq!(outcomes(&server, "pay"), [17, 0, 0, 0]);
    server.stop();
}
