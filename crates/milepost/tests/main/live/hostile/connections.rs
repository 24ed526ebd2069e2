//! Connections that never say enough, and bodies that never end.

use super::Attacked;
use super::wire::{JSON, PROTOBUF, call_without_end, span, traces, write_without_end};
use std::io::Write as _;
use std::net::TcpStream;

/// What would be sent if somebody read it.
const ENDLESS_BYTES: u64 = 10 << 30;
/// What is read of it at most, with what systems hold on the way.
const MOST_BYTES: u64 = 64 << 20;

#[test]
fn who_never_finishes_keeps_nobody_else_waiting() {
    const CONNECTIONS: usize = 400;
    let mut attacked = Attacked::start("hostile_slow");
    let head = "POST /v1/traces HTTP/1.1\r\nhost: m\r\ncontent-type: application/x-protobuf\r\ncontent-length: 900000\r\n\r\nslow";
    let said = ["", "POST /v1/tra", "POST /v1/traces HTTP/1.1\r\nhost: ", head, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"];
    let addresses = [attacked.process.http, attacked.process.grpc, attacked.process.api];
    let open = |at: usize| {
        let mut stream = TcpStream::connect(addresses[at % 3]).expect("a connection");
        stream.write_all(said[at % said.len()].as_bytes()).expect("it is read");
        stream
    };
    let mut slow: Vec<TcpStream> = (0..CONNECTIONS).map(open).collect();
    for round in 0..20 {
        // A byte now and then, as long as they are not given up.
        slow.retain_mut(|stream| stream.write_all(b"a").is_ok());
        assert_eq!(attacked.post_proto(None, &traces(vec![span()]), 1), 200, "{round}");
        assert_eq!(attacked.call(None, &traces(vec![span()]), 1), 0, "{round}");
    }
    attacked.holds();
}

#[test]
fn a_body_without_end_is_read_no_further_than_a_body_may_go_on_any_route() {
    let attacked = Attacked::start("hostile_endless");
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(65_536)).into_bytes();
    let text = "text/plain";
    let (telemetry, api) = (attacked.process.http, attacked.process.api);
    let routes = [
        (telemetry, "POST /v1/traces", PROTOBUF.1, "413"),
        (telemetry, "POST /v1/traces", JSON.1, "413"),
        (telemetry, "POST /v1/logs", JSON.1, "413"),
        (telemetry, "POST /v1/metrics", PROTOBUF.1, "413"),
        (telemetry, "POST /v1/access-logs?service=webmail", text, "413"),
        (telemetry, "POST /v1/traces", text, "415"),
        (telemetry, "POST /nowhere", text, "404"),
        (telemetry, "PUT /v1/traces", PROTOBUF.1, "405"),
        (api, "POST /api/v1/changes", JSON.1, "413"),
        (api, "GET /api/v1/products/mail/steps", JSON.1, "200"),
        (api, "POST /api/v1/products/mail/incidents/1/acknowledge", JSON.1, "4"),
        (api, "POST /session", JSON.1, "4"),
        (api, "GET /api/v1/ingest", JSON.1, "200"),
        (api, "GET /metrics", JSON.1, "200"),
        (api, "GET /live", JSON.1, "200"),
        (api, "POST /nowhere", JSON.1, "4"),
    ];
    for (address, route, kind, status) in routes {
        let head = format!("{route} HTTP/1.1\r\nhost: m\r\ncontent-type: {kind}\r\ntransfer-encoding: chunked\r\n\r\n");
        let (written, answer) = write_without_end(address, &head, &chunk, ENDLESS_BYTES);
        assert!(written < MOST_BYTES, "{route}: {written} bytes");
        assert!(answer.is_empty() || answer.starts_with(&format!("HTTP/1.1 {status}")), "{route}: {answer}");
    }
    let (code, sent) = call_without_end(attacked.process.grpc, ENDLESS_BYTES);
    assert!(code.is_none_or(|code| code != 0) && sent < MOST_BYTES, "gRPC: {code:?}, {sent} bytes");
    attacked.holds();
}
