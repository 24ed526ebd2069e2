//! OTLP over gRPC.

use super::client::{Answered, LOGS, METRICS, TRACES, call, call_raw, framed, send};
use super::intake;
use super::server::{Options, Server};
use super::telemetry::{METRICS_PROTO, gzip, logs, span, traces, zstd};
use bytes::Bytes;
use milepost_server::receive::{Answer, Protocol};
use milepost_server::{Budget, Refusal};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;
use std::time::Duration;

fn response(answered: &Answered) -> ExportTraceServiceResponse {
    ExportTraceServiceResponse::decode(answered.message()).unwrap()
}

#[tokio::test]
async fn traces_and_logs_are_accepted_in_every_compression() {
    let server = Server::start().await;
    let many = (1..=500).map(span).collect::<Vec<_>>();
    for spans in [vec![span(1)], many] {
        let request = traces(spans);
        let packed = [("identity", request.clone()), ("gzip", gzip(&request)), ("zstd", zstd(&request))];
        for (encoding, message) in packed {
            let headers: &[_] = if encoding == "identity" { &[] } else { &[("grpc-encoding", encoding)] };
            assert_eq!(response(&call(server.grpc, TRACES, headers, &message).await).partial_success, None);
        }
    }
    assert!(call(server.grpc, LOGS, &[], &logs(3)).await.message().is_empty());
    // The same bytes in another compression are the same request.
    assert_eq!(server.count(Protocol::Grpc, Answer::Accepted), 3);
    assert_eq!(server.count(Protocol::Grpc, Answer::Repeated), 4);
    assert_eq!(server.budget.reserved(), 0);
}

#[tokio::test]
async fn a_request_without_events_is_accepted() {
    let server = Server::start().await;
    assert!(call(server.grpc, TRACES, &[], &[]).await.message().is_empty());
}

#[tokio::test]
async fn events_that_cannot_be_counted_are_told_with_their_reasons() {
    let server = Server::start().await;
    let mut broken = span(2);
    broken.span_id = vec![1, 2, 3];
    let answered = call(server.grpc, TRACES, &[], &traces(vec![span(1), broken.clone(), broken])).await;
    let partial = response(&answered).partial_success.unwrap();
    assert_eq!(partial.rejected_spans, 2);
    assert_eq!(partial.error_message, "events that were not counted, by reason: 2 bad-span-id");
    assert_eq!(server.count(Protocol::Grpc, Answer::Partial), 1);
}

#[tokio::test]
async fn metrics_are_accepted_and_said_not_to_be_kept() {
    let server = Server::start().await;
    let partial = response(&call(server.grpc, METRICS, &[], METRICS_PROTO).await).partial_success.unwrap();
    assert_eq!(partial.rejected_spans, 2);
    assert!(partial.error_message.starts_with("metrics are taken as a sign"), "{}", partial.error_message);
}

#[tokio::test]
async fn overload_and_outage_are_unavailable_with_a_time_to_wait() {
    for (refusal, seconds) in
        [(Refusal::Busy, 1), (Refusal::NotStored("disk full".to_owned()), 5), (Refusal::Stopping, 5)]
    {
        let budget = Budget::new(1 << 20);
        let intake = Some(intake::refusing(budget.clone(), refusal.clone()));
        let (server, _) = Server::with(Options { budget, intake, ..Options::default() }).await;
        let answered = call(server.grpc, TRACES, &[], &traces(vec![span(1)])).await;
        assert_eq!(answered.code(), 14);
        assert_eq!(answered.header("grpc-message"), refusal.to_string());
        assert_eq!(retry_seconds(answered.header("grpc-status-details-bin")), seconds);
    }
}

/// The delay in a status with one `RetryInfo`, which is at its end.
fn retry_seconds(details: &str) -> u8 {
    let digit =
        |c: u8| b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".iter().position(|d| *d == c);
    let bits = details.bytes().flat_map(|c| (0..6).rev().map(move |bit| digit(c).unwrap() >> bit & 1));
    let bits = bits.collect::<Vec<_>>();
    let bytes =
        bits.chunks_exact(8).map(|byte| byte.iter().fold(0, |all, bit| all << 1 | *bit as u8)).collect::<Vec<_>>();
    let name = b"type.googleapis.com/google.rpc.RetryInfo";
    assert!(bytes.windows(name.len()).any(|window| window == name), "{bytes:?}");
    *bytes.last().unwrap()
}

#[tokio::test]
async fn a_request_for_which_no_memory_is_left_is_refused() {
    let budget = Budget::new(64 * 1024);
    let (server, _) = Server::with(Options { budget: budget.clone(), ..Options::default() }).await;
    let _taken = budget.try_reserve(63 * 1024).unwrap();
    let answered = call(server.grpc, TRACES, &[], &traces((1..=100).map(span).collect())).await;
    assert_eq!((answered.code(), retry_seconds(answered.header("grpc-status-details-bin"))), (14, 1));
    assert_eq!(server.count(Protocol::Grpc, Answer::Busy), 1);
}

#[tokio::test]
async fn messages_wait_for_memory_when_their_length_is_known_and_as_many_as_may() {
    const MIB: usize = 1 << 20;
    let budget = Budget::new(2 * MIB);
    let mut options = Options { budget: budget.clone(), ..Options::default() };
    options.limits.longest_wait = Duration::from_secs(60);
    let (server, _) = Server::with(options).await;
    // What their first bytes take is left.
    let taken = budget.try_reserve(2 * MIB - 256 * 1024).unwrap();
    let (address, message) = (server.grpc, traces((1..=5_000).map(span).collect()));
    assert!((256 * 1024..512 * 1024).contains(&message.len()), "{}", message.len());
    let send = || {
        let message = message.clone();
        tokio::spawn(async move { call(address, TRACES, &[], &message).await.code() })
    };
    // An eighth of the memory is for those who wait, 64 KiB for each.
    let waiting: Vec<_> = (0..4).map(|_| send()).collect();
    while server.receiver.waiting_bytes() < 2 * MIB / 8 {
        tokio::task::yield_now().await;
    }
    assert_eq!(send().await.unwrap(), 14);
    drop(taken);
    for answered in waiting {
        assert_eq!(answered.await.unwrap(), 0);
    }
    assert_eq!((server.receiver.waiting_bytes(), budget.reserved()), (0, 0));
}

#[tokio::test]
async fn what_is_no_grpc_request_is_told_so() {
    let server = Server::start().await;
    let request = framed(false, &traces(vec![span(1)]));
    let unknown =
        call_raw(server.grpc, "/opentelemetry.proto.collector.profiles.v1.Any/Export", &[], Bytes::new()).await;
    assert_eq!(unknown.code(), 12);
    let other_type = call_raw(server.grpc, TRACES, &[("content-type", "application/json")], request.clone()).await;
    assert_eq!(other_type.code(), 12);
    let compression = call(server.grpc, TRACES, &[("grpc-encoding", "snappy")], &request).await;
    assert_eq!((compression.code(), compression.header("grpc-accept-encoding")), (12, "identity,gzip,zstd"));
    let no_compression = call_raw(server.grpc, TRACES, &[], framed(true, b"x")).await;
    assert_eq!(no_compression.code(), 3);
    let over_http1 = send(server.grpc, "POST", TRACES, &[("content-type", "application/grpc")], request).await;
    assert_eq!(over_http1.status, 505);
    assert_eq!(server.count(Protocol::Grpc, Answer::Unsupported), 4);
}

#[tokio::test]
async fn the_health_service_says_whether_the_server_is_ready() {
    let server = Server::start().await;
    let check = "/grpc.health.v1.Health/Check";
    assert_eq!(call(server.grpc, check, &[], &[]).await.message(), [8, 1]);
    server.receiver.set_ready(false);
    assert_eq!(call(server.grpc, check, &[], &[]).await.message(), [8, 2]);
}
