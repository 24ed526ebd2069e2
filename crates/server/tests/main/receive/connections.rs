//! Connections that are many, slow, or open when the server ends.

use super::client::{PROTOBUF, post, raw};
use super::intake;
use super::server::{Options, Server};
use super::telemetry::{span, traces};
use milepost_server::Budget;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[tokio::test]
async fn heads_that_never_end_are_given_up() {
    let mut options = Options::default();
    options.listener.header_timeout = Duration::from_millis(50);
    let (server, _) = Server::with(options).await;
    // Nothing, the beginning of HTTP/2, of a request line, of a header; and of HTTP/2 all but a request.
    for bytes in ["", "PRI * H", "POST /v1", "POST /v1/traces HTTP/1.1\r\nhost: ", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] {
        raw(server.http, bytes.as_bytes()).await;
    }
    // And what comes after a request that was answered.
    let answer = raw(server.http, b"GET / HTTP/1.1\r\nhost: m\r\n\r\nGET").await;
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    assert_eq!((server.connections.open(), server.connections.accepted()), (0, 6));
}

#[tokio::test]
async fn connections_beyond_the_most_are_refused_until_there_is_room() {
    let mut options = Options::default();
    options.listener.max_connections = 2;
    let (server, _) = Server::with(options).await;
    let first = TcpStream::connect(server.http).await.unwrap();
    let _second = TcpStream::connect(server.http).await.unwrap();
    assert_eq!(raw(server.http, b"").await, "");
    assert_eq!((server.connections.open(), server.connections.refused()), (2, 1));
    drop(first);
    while server.connections.open() == 2 {
        tokio::task::yield_now().await;
    }
    assert_eq!(post(server.http, "/v1/traces", &[PROTOBUF], traces(vec![span(1)])).await.status, 200);
}

#[tokio::test]
async fn requests_are_answered_before_the_server_ends() {
    let budget = Budget::new(1 << 20);
    let (intake, answer_all) = intake::waiting(budget.clone());
    let (server, _) = Server::with(Options { budget, intake: Some(intake), ..Options::default() }).await;
    let mut idle = TcpStream::connect(server.http).await.unwrap();
    idle.write_all(b"GET / HTTP/1.1\r\nhost: m\r\n\r\n").await.unwrap();
    let address = server.http;
    let sent = tokio::spawn(post(address, "/v1/traces", &[PROTOBUF], traces(vec![span(1)])));
    while server.budget.reserved() == 0 {
        tokio::task::yield_now().await;
    }
    let stopping = tokio::spawn(server.stop());
    // The idle one is closed while the other is still waited for, and nobody else gets in.
    let mut answer = Vec::new();
    idle.read_to_end(&mut answer).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 404"));
    assert!(TcpStream::connect(address).await.is_err());
    assert!(!sent.is_finished() && !stopping.is_finished());
    assert_eq!(answer_all().len(), 1);
    assert_eq!((sent.await.unwrap().status, stopping.await.unwrap()), (200, 0));
}

#[tokio::test]
async fn a_request_that_does_not_end_is_cut_off_when_the_server_must() {
    let budget = Budget::new(1 << 20);
    let (intake, _answer_all) = intake::waiting(budget.clone());
    let mut options = Options { budget, intake: Some(intake), ..Options::default() };
    options.listener.drain_timeout = Duration::from_millis(50);
    let (server, _) = Server::with(options).await;
    let body = traces(vec![span(1)]);
    let head = format!(
        "POST /v1/traces HTTP/1.1\r\nhost: m\r\ncontent-type: application/x-protobuf\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(server.http).await.unwrap();
    stream.write_all(&[head.as_bytes(), &body].concat()).await.unwrap();
    while server.budget.reserved() == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(server.stop().await, 1);
}
