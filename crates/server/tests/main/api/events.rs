//! `/events` over a real socket: everything first, then what changes.

use super::client::Client;
use super::spans;
use crate::world::World;
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;

/// The data of the next event of a kind.
fn next(lines: &mut impl Iterator<Item = String>, kind: &str) -> (String, Value) {
    let (mut id, mut is_wanted) = (String::new(), false);
    loop {
        let line = lines.next().expect("the stream goes on");
        if let Some(of) = line.strip_prefix("event: ") {
            is_wanted = of == kind;
        }
        if let Some(text) = line.strip_prefix("id: ") {
            text.clone_into(&mut id);
        }
        if let Some(data) = line.strip_prefix("data: ").filter(|_| is_wanted) {
            return (id, serde_json::from_str(data).expect("JSON"));
        }
    }
}

#[test]
fn changes_are_told_over_a_connection() {
    let world = World::new();
    // What a use of a step promises is promised of the step.
    world.write_registry(&World::registry_text().replace("{step: pay,", "{step: buy/pay,"));
    let server = world.start();
    let client = Client::new(&server);
    let listener = client.runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    let router = client.router.clone();
    let serving = client.runtime.spawn(async move { axum::serve(listener, router).await });
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(b"GET /api/v1/events HTTP/1.1\r\nhost: x\r\nx-request-id: follow-1\r\n\r\n").unwrap();
    let mut lines = BufReader::new(stream).lines().map(Result::unwrap);
    let head: Vec<String> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
    assert!(head[0].ends_with("200 OK"), "{head:?}");
    assert!(head.iter().any(|line| line == "content-type: text/event-stream"), "{head:?}");
    assert!(head.iter().any(|line| line == "x-request-id: follow-1"), "{head:?}");
    let (_, all) = next(&mut lines, "steps");
    assert_eq!((&all["is_complete"], all["products"][0]["steps"].as_array().unwrap().len()), (&true.into(), 2));
    assert_eq!(all["products"][0]["steps"][0]["state"], "unknown");
    let (_, incidents) = next(&mut lines, "incidents");
    assert_eq!((&incidents["is_complete"], &incidents["incidents"]), (&true.into(), &serde_json::json!([])));

    world.send(&server, &[spans(1..9, "POST /pay", 200, 1), spans(9..30, "POST /pay", 503, 1)].concat()).unwrap();
    let (id, changed) = next(&mut lines, "steps");
    assert_eq!(id, changed["lsn"].to_string());
    let steps = changed["products"][0]["steps"].as_array().unwrap();
    let pay = steps.iter().find(|step| step["step"] == "pay").unwrap();
    assert_eq!(
        (&pay["state"], &pay["valid"], &pay["good"], &pay["failed"]),
        (&"bad".into(), &29.into(), &8.into(), &21.into())
    );
    serving.abort();
    server.stop();
}
