//! Answers as of a record: what an answer said stays what it says, whatever comes in later, wherever the facts lie by then.

use super::client::Client;
use crate::world::{Span, World};
use milepost_model::DurationNs;
use milepost_server::Server;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const STATUSES: [u16; 5] = [200, 200, 503, 404, 504];
const PATHS: [&str; 6] = [
    "/products/shop/steps?",
    "/products/shop/steps/pay?",
    "/products/shop/steps/pay/series?",
    "/products/shop/steps/pay/series?resolution=hour&",
    "/products/shop/slos/pay-works/series?",
    "/products/shop/slos/pay-works/budget?",
];

/// Attempts of the last five hours, some of each hour.
fn send(world: &World, server: &Server, ids: std::ops::Range<u64>) {
    let spans = ids.map(|id| Span {
        id,
        route: "POST /pay",
        status: STATUSES[(id % 5) as usize],
        seconds_ago: 60 + id * 997 % 18_000,
    });
    world.send(server, &spans.collect::<Vec<_>>()).unwrap();
}

/// What counts, without what is told of now: which minutes are provisional, the last attempt, the budget of a whole window.
fn essence(mut body: Value) -> Value {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                for now in ["is_provisional", "last_minute", "allowed_bad", "budget_spent"] {
                    fields.remove(now);
                }
                fields.values_mut().for_each(strip);
            }
            Value::Array(items) => items.iter_mut().for_each(strip),
            _ => {}
        }
    }
    strip(&mut body);
    body
}

fn answers(client: &Client, server: &Server, time: &str, more: &str) -> BTreeMap<&'static str, Value> {
    client.evaluated(server, "/products/shop/slos/pay-works");
    PATHS.iter().map(|path| (*path, essence(client.json(&format!("{path}{time}{more}"))))).collect()
}

fn as_of(answers: &BTreeMap<&'static str, Value>) -> u64 {
    answers[PATHS[2]]["as_of"].as_u64().unwrap()
}

#[test]
fn what_an_answer_said_is_said_again_as_of_its_record_through_checkpoints_segments_and_restarts() {
    let world = World::new();
    let start = || {
        world.start_with(|settings| milepost_server::Settings {
            segments_every: DurationNs::from_seconds(1),
            ..settings
        })
    };
    let server = start();
    let client = Client::new(&server);
    let time =
        format!("from={}&to={}", server.shared.now().minus(DurationNs::from_seconds(6 * 3_600)), server.shared.now());
    send(&world, &server, 1..200);
    let first = answers(&client, &server, &time, "");
    // More of the same minutes.
    send(&world, &server, 200..450);
    let then = |client: &Client, server: &Server, known: &BTreeMap<&'static str, Value>| {
        let again = answers(client, server, &time, &format!("&as-of={}", as_of(known)));
        for path in PATHS {
            assert_eq!(again[path], known[path], "{path}");
        }
    };
    then(&client, &server, &first);
    assert_ne!(answers(&client, &server, &time, ""), first);

    client.runtime.block_on(server.checkpoint()).unwrap();
    then(&client, &server, &first);
    // Between two checkpoints.
    send(&world, &server, 450..500);
    let second = answers(&client, &server, &time, "");
    send(&world, &server, 500..800);
    client.runtime.block_on(server.checkpoint()).unwrap();
    send(&world, &server, 800..900);
    then(&client, &server, &first);
    then(&client, &server, &second);

    // Once the log has nothing of it any more.
    let newest = server.shared.counts().lsn;
    world.until_within(30, "facts are in segments", || server.shared.health.flushed() >= newest);
    then(&client, &server, &first);
    then(&client, &server, &second);
    drop(client);
    server.stop();
    let server = start();
    let client = Client::new(&server);
    // Somebody has to be heard for SLOs to be judged.
    send(&world, &server, 900..901);
    then(&client, &server, &first);
    then(&client, &server, &second);
    server.stop();
}

#[test]
fn a_record_that_is_none_is_told_with_what_would_be_right() {
    let world = World::new();
    let server = world.start();
    let client = Client::new(&server);
    send(&world, &server, 1..10);
    let path = "/products/shop/steps/pay/series";
    for (value, wanted) in
        [("last", "it is the `as_of` of an answer"), ("999999", "nothing has this number yet: the newest is")]
    {
        let (status, code, message) = client.problem(&format!("{path}?as-of={value}"));
        assert_eq!((status, code.as_str()), (400, "bad-parameter"), "{value}");
        assert!(message.contains(wanted), "{value}: {message}");
    }
    // Before everything there was nothing.
    assert_eq!(client.json(&format!("{path}?as-of=0"))["items"], json!([]));
    server.stop();
}
