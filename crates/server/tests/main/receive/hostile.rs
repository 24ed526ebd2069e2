//! Requests made to hurt: each costs at most its own bytes, and is told what is wrong with it.

use super::client::{Answered, GZIP, JSON, PROTOBUF, TRACES, ZSTD, call, call_raw, framed, post, raw};
use super::server::{Options, Server};
use super::telemetry::{START_NANOS, attribute, gzip, json_span, span, traces, zstd};
use bytes::Bytes;
use milepost_server::receive::{Answer, Protocol};
use std::io::Write;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const MIB: usize = 1024 * 1024;
/// What a request may hold where bombs are sent, so that they are soon made.
const MAX_UNPACKED_BYTES: usize = 4 * MIB;

/// Zeros that are many and compress well; and a stream that says it needs 128 MiB to be read.
fn bombs() -> [(&'static str, (&'static str, &'static str), Vec<u8>); 3] {
    let mut wide = zstd::Encoder::new(Vec::new(), 1).unwrap();
    wide.window_log(27).unwrap();
    wide.include_contentsize(false).unwrap();
    wide.write_all(&vec![0; MIB]).unwrap();
    let zeros = vec![0; 2 * MAX_UNPACKED_BYTES];
    [("gzip", GZIP, gzip(&zeros)), ("zstd", ZSTD, zstd(&zeros)), ("zstd", ZSTD, wide.finish().unwrap())]
}

#[tokio::test(flavor = "multi_thread")]
async fn bombs_are_refused_before_they_are_unpacked() {
    let mut options = Options::default();
    options.limits.max_unpacked_bytes = MAX_UNPACKED_BYTES;
    let (server, _) = Server::with(options).await;
    for (name, encoding, bomb) in bombs() {
        let answered = post(server.http, "/v1/traces", &[PROTOBUF, encoding], bomb.clone()).await;
        assert!(matches!(answered.status, 400 | 413), "{name}: {answered:?}");
        let answered = post(server.http, "/v1/metrics", &[PROTOBUF, encoding], bomb.clone()).await;
        assert!(matches!(answered.status, 400 | 413), "{name}: {answered:?}");
        let answered = post(server.http, "/v1/access-logs?service=edge", &[encoding], bomb.clone()).await;
        assert!(matches!(answered.status, 400 | 413), "{name}: {answered:?}");
        let answered = call(server.grpc, TRACES, &[("grpc-encoding", name)], &bomb).await;
        assert!(matches!(answered.code(), 3 | 8), "{name}: {answered:?}");
        assert_eq!(answered.header("grpc-status-details-bin"), "", "a bomb need not come again");
    }
    assert_eq!(server.budget.reserved(), 0);
}

#[tokio::test]
async fn a_bomb_takes_no_more_memory_than_is_left() {
    let mut options = Options { budget: milepost_server::Budget::new(MIB), ..Options::default() };
    options.limits.longest_wait = Duration::from_millis(10);
    let (server, _) = Server::with(options).await;
    let taken = server.budget.try_reserve(MIB - 64 * 1024).unwrap();
    for unpacked in [MIB / 4, 4 * MIB] {
        let answered = post(server.http, "/v1/traces", &[PROTOBUF, GZIP], gzip(&vec![0; unpacked])).await;
        assert_eq!(answered.status, 429);
    }
    drop(taken);
    // What would not fit even then is not to be sent again.
    let answered = post(server.http, "/v1/traces", &[PROTOBUF, GZIP], gzip(&vec![0; 4 * MIB])).await;
    assert_eq!((answered.status, server.budget.reserved()), (413, 0));
}

#[tokio::test]
async fn a_length_that_is_not_believed_allocates_nothing() {
    let server = Server::start().await;
    for length in [u32::MAX, 1 << 31, 16 * MIB as u32] {
        let mut body = vec![0];
        body.extend(length.to_be_bytes());
        let answered = call_raw(server.grpc, TRACES, &[], Bytes::from(body)).await;
        assert_eq!((answered.code(), answered.header("grpc-status-details-bin")), (8, ""));
    }
    assert_eq!(server.count(Protocol::Grpc, Answer::TooLarge), 3);
    let head = "POST /v1/traces HTTP/1.1\r\nhost: m\r\ncontent-type: application/x-protobuf\r\n";
    for length in ["99999999999", "18446744073709551615"] {
        let answer = raw(server.http, format!("{head}content-length: {length}\r\n\r\n").as_bytes()).await;
        // What fits into no 64 bits is refused by whoever parses heads.
        assert!(answer.starts_with("HTTP/1.1 413") || answer.starts_with("HTTP/1.1 431"), "{answer}");
    }
}

#[tokio::test]
async fn a_request_cut_at_any_byte_is_told_so() {
    let server = Server::start().await;
    let request = traces(vec![span(1)]);
    let frame = framed(false, &request);
    for end in 0..frame.len() {
        assert_eq!(call_raw(server.grpc, TRACES, &[], frame.slice(..end)).await.code(), 3, "{end}");
    }
    let mut more = frame.to_vec();
    more.push(0);
    assert_eq!(call_raw(server.grpc, TRACES, &[], more.into()).await.code(), 3);
    for end in 1..request.len() {
        let answered = post(server.http, "/v1/traces", &[PROTOBUF], request[..end].to_vec()).await;
        assert!(matches!(answered.status, 200 | 400), "{end}: {answered:?}");
        // Whatever is cut off holds the one span.
        assert!(answered.status == 400 || !answered.body.is_empty(), "{end}: {answered:?}");
    }
    for (encoding, packed) in [(GZIP, gzip(&request)), (ZSTD, zstd(&request))] {
        for end in 1..packed.len() {
            let answered = post(server.http, "/v1/traces", &[PROTOBUF, encoding], packed[..end].to_vec()).await;
            assert_eq!(answered.status, 400, "{encoding:?} {end}: {answered:?}");
        }
    }
    let json = json_span("");
    for end in 0..json.len() {
        let answered = post(server.http, "/v1/traces", &[JSON], json.as_bytes()[..end].to_vec()).await;
        assert_eq!((answered.status, &answered.json()["code"]), (400, &3.into()), "{end}");
    }
    assert_eq!(server.budget.reserved(), 0);
}

#[tokio::test]
async fn a_client_that_goes_away_takes_its_memory_with_it() {
    let server = Server::start().await;
    let head =
        "POST /v1/traces HTTP/1.1\r\nhost: m\r\ncontent-type: application/x-protobuf\r\ncontent-length: 99999\r\n\r\n";
    let mut stream = TcpStream::connect(server.http).await.unwrap();
    stream.write_all(format!("{head}{}", "x".repeat(50_000)).as_bytes()).await.unwrap();
    while server.budget.reserved() == 0 {
        tokio::task::yield_now().await;
    }
    drop(stream);
    while server.budget.reserved() > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(server.connections.open(), 0);
}

#[tokio::test]
async fn who_announces_much_and_sends_little_holds_little() {
    let server = Server::start().await;
    let head = format!(
        "POST /v1/traces HTTP/1.1\r\nhost: m\r\ncontent-type: application/x-protobuf\r\ncontent-length: {}\r\n\r\n",
        8 * MIB
    );
    let mut stream = TcpStream::connect(server.http).await.unwrap();
    stream.write_all(format!("{head}{}", "x".repeat(1_000)).as_bytes()).await.unwrap();
    while server.budget.reserved() < 8 * MIB {
        tokio::task::yield_now().await;
    }
    while server.budget.reserved() > 64 * 1024 {
        tokio::task::yield_now().await;
    }
    // What comes later is still taken, as it comes.
    stream.write_all(&vec![b'x'; 8 * MIB - 1_000]).await.unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!((&answer, server.budget.reserved()), (b"HTTP/1.1 200", 0));
}

#[tokio::test]
async fn nesting_without_end_ends() {
    let server = Server::start().await;
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let nested = format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
        for body in [nested.clone(), format!("{{\"resourceSpans\":{nested}}}"), json_span(&format!(",\"x\":{nested}"))]
        {
            let answered = post(server.http, "/v1/traces", &[JSON], body).await;
            assert!(matches!(answered.status, 200 | 400), "{answered:?}");
        }
    }
}

#[tokio::test]
async fn a_million_attributes_cost_their_bytes() {
    let server = Server::start().await;
    let mut large = span(1);
    large.attributes = vec![attribute("a", ""); 1_000_000];
    let request = traces(vec![large]);
    let answered = call(server.grpc, TRACES, &[], &request).await;
    assert!(answered.message().is_empty());
    let answered = post(server.http, "/v1/traces", &[PROTOBUF, GZIP], gzip(&request)).await;
    assert_eq!((answered.status, answered.body.len()), (200, 0), "{answered:?}");
}

#[tokio::test]
async fn text_that_is_not_utf8_harms_nobody() {
    let server = Server::start().await;
    let request = traces(vec![span(1)]);
    let at = request.windows(4).position(|window| window == b"GET ").unwrap();
    let mut broken = request.clone();
    broken[at] = 0xff;
    assert!(call(server.grpc, TRACES, &[], &broken).await.message().is_empty());
    let json = json_span("").into_bytes();
    let at = json.windows(4).position(|window| window == b"GET ").unwrap();
    let mut broken = json.clone();
    broken[at] = 0xff;
    let answered = post(server.http, "/v1/traces", &[JSON], broken).await;
    assert!(matches!(answered.status, 200 | 400), "{answered:?}");
    let answered = post(server.http, "/v1/access-logs?service=edge", &[], &b"\xff\xfe\n"[..]).await;
    assert_eq!(answered.json()["accepted"], 0);
}

#[tokio::test]
async fn numbers_that_are_none_cost_their_event() {
    let server = Server::start().await;
    for number in ["1e999", "-1", "1.5", "\"-1\"", "\"1e3\"", "NaN", "01", "0x10", "18446744073709551616", "[]", "\"\""]
    {
        let body = json_span("")
            .replace(&format!("\"startTimeUnixNano\":\"{START_NANOS}\""), &format!("\"startTimeUnixNano\":{number}"));
        assert!(body.contains(number));
        let answered = post(server.http, "/v1/traces", &[JSON], body).await;
        let rejected = answered.json()["partialSuccess"]["rejectedSpans"] == "1";
        assert!(answered.status == 400 || rejected, "{number}: {answered:?}");
    }
}

#[tokio::test]
async fn heads_without_end_are_refused() {
    let server = Server::start().await;
    let lines = "baggage: user=someone\r\n".repeat(10_000);
    let answer = raw(server.http, format!("POST /v1/traces HTTP/1.1\r\nhost: m\r\n{lines}\r\n").as_bytes()).await;
    // Where the client still writes when the connection is closed, its system may throw the answer away.
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    let baggage = vec![("baggage", "user=someone"); 1_000];
    let answered = call(server.grpc, TRACES, &baggage, &[]).await;
    assert_eq!(answered.status, 431);
    assert_eq!(server.count(Protocol::Grpc, Answer::Accepted), 0);
}

#[tokio::test]
async fn a_body_without_end_costs_at_most_what_a_body_may() {
    let mut options = Options::default();
    options.limits.max_body_bytes = MIB;
    let (server, _) = Server::with(options).await;
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(65_536)).into_bytes();
    for (method, path, kind, status) in [
        ("POST", "/v1/traces", PROTOBUF.1, " 413"),
        ("POST", "/v1/logs", JSON.1, " 413"),
        ("POST", "/v1/metrics", PROTOBUF.1, " 413"),
        ("POST", "/v1/access-logs?service=edge", "text/plain", " 413"),
        ("POST", "/v1/traces", "text/plain", " 415"),
        ("POST", "/nowhere", PROTOBUF.1, " 404"),
        ("PUT", "/v1/traces", PROTOBUF.1, " 405"),
    ] {
        let stream = TcpStream::connect(server.http).await.unwrap();
        let (mut from, mut to) = stream.into_split();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: m\r\ncontent-type: {kind}\r\ntransfer-encoding: chunked\r\n\r\n"
        );
        to.write_all(head.as_bytes()).await.unwrap();
        let writing = async { while to.write_all(&chunk).await.is_ok() {} };
        let mut answer = [0; 12];
        let reading = from.read_exact(&mut answer);
        // Both end: the server answers, and then closes.
        let ((), read) = tokio::join!(writing, reading);
        if read.is_ok() {
            assert!(String::from_utf8_lossy(&answer).ends_with(status), "{path}: {answer:?}");
        }
    }
    let received = server.receiver.stats().snapshot().bytes.iter().map(|(_, received, _)| received).sum::<u64>();
    assert!(received < 4 * (MIB as u64 + 512 * 1024), "{received} bytes were read");
    assert_eq!(server.budget.reserved(), 0);
}

#[tokio::test]
async fn senders_that_never_finish_are_given_up() {
    let mut options = Options::default();
    options.limits.body_timeout = Duration::from_millis(50);
    let (server, _) = Server::with(options).await;
    let head =
        "POST /v1/traces HTTP/1.1\r\nhost: m\r\ncontent-type: application/x-protobuf\r\ncontent-length: 99\r\n\r\nslow";
    let answer = raw(server.http, head.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert_eq!(server.count(Protocol::HttpProto, Answer::TooSlow), 1);
    let answered: Answered = super::client::call_and_stall(server.grpc, TRACES, &[0, 0, 0, 0, 9, 1]).await;
    assert_eq!(answered.code(), 4);
    assert_eq!(server.budget.reserved(), 0);
}
