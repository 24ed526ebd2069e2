//! OTLP over HTTP.

use super::client::{GZIP, JSON, PROTOBUF, ZSTD, post, send};
use super::intake;
use super::server::{Options, Server};
use super::telemetry::{METRICS_JSON, METRICS_PROTO, gzip, json_span, logs, span, traces, zstd};
use milepost_server::receive::{Answer, Protocol};
use milepost_server::{Budget, Intake, Receipt, Refusal};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;
use serde_json::json;
use std::time::Duration;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

const MIB: usize = 1 << 20;

#[tokio::test]
async fn protobuf_is_accepted_in_every_compression() {
    let server = Server::start().await;
    for spans in [1, 500] {
        let request = traces((1..=spans).map(span).collect());
        for (headers, body) in [
            (&[PROTOBUF][..], request.clone()),
            (&[PROTOBUF, ("content-encoding", "identity")], request.clone()),
            (&[PROTOBUF, GZIP], gzip(&request)),
            (&[PROTOBUF, ZSTD], zstd(&request)),
        ] {
            let answered = post(server.http, "/v1/traces", headers, body).await;
            assert_eq!((answered.status, answered.header("content-type")), (200, PROTOBUF.1));
            assert!(answered.body.is_empty(), "{answered:?}");
        }
    }
    assert_eq!(post(server.http, "/v1/logs", &[PROTOBUF], logs(2)).await.status, 200);
    assert_eq!(server.count(Protocol::HttpProto, Answer::Accepted), 3);
    assert_eq!(server.count(Protocol::HttpProto, Answer::Repeated), 6);
    assert_eq!(server.budget.reserved(), 0);
}

#[tokio::test]
async fn json_is_answered_in_json() {
    let server = Server::start().await;
    let with_charset = ("content-type", "application/json; charset=utf-8");
    for (headers, body) in
        [(&[with_charset][..], json_span("").into_bytes()), (&[JSON, GZIP], gzip(json_span("").as_bytes()))]
    {
        let answered = post(server.http, "/v1/traces", headers, body).await;
        assert_eq!((answered.status, answered.json()), (200, json!({})));
    }
    let broken = json_span("").replace("0000000000000001", "01");
    let answered = post(server.http, "/v1/traces", &[JSON], broken).await;
    let expected = json!({"partialSuccess": {
        "rejectedSpans": "1", "errorMessage": "events that were not counted, by reason: 1 bad-span-id",
    }});
    assert_eq!((answered.status, answered.json()), (200, expected));
}

#[tokio::test]
async fn partial_success_is_told_in_protobuf() {
    let server = Server::start().await;
    let mut broken = span(2);
    broken.trace_id = Vec::new();
    let answered = post(server.http, "/v1/traces", &[PROTOBUF], traces(vec![span(1), broken])).await;
    let partial = ExportTraceServiceResponse::decode(answered.body).unwrap().partial_success.unwrap();
    assert_eq!((answered.status, partial.rejected_spans), (200, 1));
}

#[tokio::test]
async fn metrics_are_accepted_and_said_not_to_be_kept() {
    let server = Server::start().await;
    let answered = post(server.http, "/v1/metrics", &[PROTOBUF], METRICS_PROTO).await;
    let partial = ExportTraceServiceResponse::decode(answered.body).unwrap().partial_success.unwrap();
    assert_eq!((answered.status, partial.rejected_spans), (200, 2));
    let answered = post(server.http, "/v1/metrics", &[JSON], METRICS_JSON).await;
    assert_eq!(answered.json()["partialSuccess"]["rejectedDataPoints"], "2");
    assert_eq!(post(server.http, "/v1/metrics", &[PROTOBUF], &b"no protobuf"[..]).await.status, 400);
    assert_eq!(post(server.http, "/v1/metrics", &[JSON], "[]").await.status, 400);
}

#[tokio::test]
async fn overload_is_429_and_outage_503_with_a_time_to_wait() {
    let not_stored = Refusal::NotStored("disk full".to_owned());
    for (refusal, status, wait) in [(Refusal::Busy, 429, "1"), (not_stored, 503, "5"), (Refusal::Stopping, 503, "5")] {
        let budget = Budget::new(1 << 20);
        let intake = Some(intake::refusing(budget.clone(), refusal.clone()));
        let (server, _) = Server::with(Options { budget, intake, ..Options::default() }).await;
        let answered = post(server.http, "/v1/traces", &[PROTOBUF], traces(vec![span(1)])).await;
        assert_eq!((answered.status, answered.header("retry-after")), (status, wait));
        let answered = post(server.http, "/v1/traces", &[JSON], json_span("")).await;
        assert_eq!(answered.json(), json!({"code": 14, "message": refusal.to_string()}));
    }
}

#[tokio::test]
async fn a_request_of_which_nothing_is_heard_is_not_acknowledged_in_bounded_time() {
    let budget = Budget::new(1 << 20);
    let (intake, jobs) = Intake::new(budget.clone());
    let mut options = Options { budget: budget.clone(), intake: Some(intake), ..Options::default() };
    options.limits.longest_answer = Duration::from_millis(10);
    let (server, _) = Server::with(options).await;
    let answered = post(server.http, "/v1/traces", &[JSON], json_span("")).await;
    assert_eq!((answered.status, answered.header("retry-after")), (503, "5"));
    let message = answered.json()["message"].to_string();
    assert!(message.contains("nothing is acknowledged") && message.contains("sent again, it counts once"), "{message}");
    // Whoever works on it later finds it with its memory.
    assert!(budget.reserved() > 0);
    let job = jobs.try_recv().unwrap();
    assert!(job.reply.send(Ok(Receipt::default())).is_err(), "nobody waits any more");
    drop(job.submission);
    assert_eq!((budget.reserved(), server.count(Protocol::HttpJson, Answer::NotStored)), (0, 1));
}

#[tokio::test]
async fn a_request_for_which_no_memory_is_left_is_refused_after_a_while() {
    let budget = Budget::new(MIB);
    let mut options = Options { budget: budget.clone(), ..Options::default() };
    options.limits.longest_wait = Duration::from_millis(10);
    let (server, _) = Server::with(options).await;
    let taken = budget.try_reserve(MIB).unwrap();
    let large = traces((1..=100).map(span).collect());
    for (headers, body) in [(&[PROTOBUF][..], large.clone()), (&[PROTOBUF, ZSTD], zstd(&large))] {
        let answered = post(server.http, "/v1/traces", headers, body).await;
        assert_eq!((answered.status, answered.header("retry-after")), (429, "1"));
    }
    drop(taken);
    assert_eq!(post(server.http, "/v1/traces", &[PROTOBUF], large).await.status, 200);
    assert_eq!((server.count(Protocol::HttpProto, Answer::Busy), budget.reserved()), (2, 0));
}

#[tokio::test]
async fn more_requests_than_are_worked_on_at_once_are_refused() {
    let budget = Budget::new(1 << 20);
    let (intake, answer_all) = intake::waiting(budget.clone());
    let mut options = Options { budget, intake: Some(intake), ..Options::default() };
    options.limits.max_requests = 1;
    let (server, _) = Server::with(options).await;
    let first = tokio::spawn(post(server.http, "/v1/traces", &[PROTOBUF], traces(vec![span(1)])));
    while server.budget.reserved() == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(post(server.http, "/v1/traces", &[PROTOBUF], traces(vec![span(2)])).await.status, 429);
    let mut answered = Vec::new();
    let mut answer_all = Some(answer_all);
    while answered.is_empty() {
        tokio::task::yield_now().await;
        if let Some(answer) = answer_all.take() {
            answered = answer();
        }
    }
    assert_eq!((answered.len(), first.await.unwrap().status), (1, 200));
}

#[tokio::test]
async fn what_is_not_served_is_told_so() {
    let server = Server::start().await;
    let body = traces(vec![span(1)]);
    let get = send(server.http, "GET", "/v1/traces", &[PROTOBUF], "").await;
    assert_eq!((get.status, get.header("allow")), (405, "POST"));
    assert_eq!(post(server.http, "/v1/profiles", &[PROTOBUF], body.clone()).await.status, 404);
    let no_type = post(server.http, "/v1/traces", &[], body.clone()).await;
    assert_eq!((no_type.status, &no_type.json()["code"]), (415, &json!(12)));
    assert_eq!(post(server.http, "/v1/traces", &[("content-type", "text/plain")], body.clone()).await.status, 415);
    let brotli = post(server.http, "/v1/traces", &[PROTOBUF, ("content-encoding", "br")], body).await;
    assert_eq!(brotli.status, 415);
}

/// Posts a body of so many zeros, while the answer is read already; its status.
async fn post_on(stream: &mut TcpStream, length: usize) -> u16 {
    let (reading, mut writing) = stream.split();
    let mut request = format!("POST /v1/traces HTTP/1.1\r\nhost: m\r\n{}: {}\r\n", PROTOBUF.0, PROTOBUF.1).into_bytes();
    request.extend_from_slice(format!("content-length: {length}\r\n\r\n").as_bytes());
    request.resize(request.len() + length, 0);
    let (sent, status) = tokio::join!(writing.write_all(&request), status_of(BufReader::new(reading)));
    sent.unwrap();
    status
}

/// The status of an answer that is read to its end.
async fn status_of(mut answer: impl AsyncBufRead + Unpin) -> u16 {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(answer.read_line(&mut head).await.unwrap() > 0, "the connection was closed after {head:?}");
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap().parse().unwrap();
    answer.read_exact(&mut vec![0; length]).await.unwrap();
    head["HTTP/1.1 ".len()..].split(' ').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_request_waits_unread_for_memory() {
    let budget = Budget::new(MIB);
    let (server, _) = Server::with(Options { budget: budget.clone(), ..Options::default() }).await;
    let taken = budget.try_reserve(MIB).unwrap();
    let address = server.http;
    let waiting = tokio::spawn(async move { post(address, "/v1/traces", &[PROTOBUF], traces(vec![span(1)])).await });
    while server.connections.accepted() == 0 {
        tokio::task::yield_now().await;
    }
    drop(taken);
    assert_eq!(waiting.await.unwrap().status, 200);
    assert_eq!((server.count(Protocol::HttpProto, Answer::Busy), budget.reserved()), (0, 0));
}

#[tokio::test]
async fn a_refused_sender_hears_why_and_may_use_its_connection_again() {
    let mut options = Options { budget: Budget::new(64 << 20), ..Options::default() };
    options.limits.longest_wait = Duration::from_millis(10);
    let (server, _) = Server::with(options).await;
    let taken = server.budget.try_reserve(60 << 20).unwrap();
    let mut stream = TcpStream::connect(server.http).await.unwrap();
    for _ in 0..5 {
        assert_eq!(post_on(&mut stream, 8 << 20).await, 429);
    }
    drop(taken);
    assert_eq!(post_on(&mut stream, 0).await, 200);
    assert_eq!(server.connections.accepted(), 1);
}
