//! A server that takes requests and cannot finish them: senders are answered in bounded time, and what was taken counts once when it goes on.

use super::client::{PROTOBUF, TRACES, call, post};
use super::server::{Options, Server};
use super::telemetry::{span, traces};
use crate::world::{World, outcomes};
use milepost_server::receive::Answer;
use milepost_server::receive::Protocol;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A request of one payment, of now.
fn payment(id: u64) -> Vec<u8> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64;
    let mut span = span(id);
    (span.start_time_unix_nano, span.end_time_unix_nano) = (now - 1_000_000, now);
    span.attributes = vec![
        super::telemetry::attribute("http.request.method", "POST"),
        super::telemetry::attribute("http.route", "/pay"),
    ];
    traces(vec![span])
}

#[test]
fn requests_whose_answer_cannot_come_are_answered_in_bounded_time_and_count_once_when_it_can() {
    let world = World::new();
    let server = world.start();
    let mut options = Options { intake: Some(server.intake.clone()), ..Options::default() };
    options.limits.longest_answer = Duration::from_millis(50);
    let (ports, _) = world.runtime.block_on(Server::with(options));
    let requests = [payment(1), payment(2)];
    // Whoever counts waits for who looks at counts, as it would for a disk.
    let stuck = server.shared.counts();
    let (http, grpc) = (ports.http, ports.grpc);
    let (by_http, by_grpc) = world.runtime.block_on(async {
        tokio::join!(post(http, "/v1/traces", &[PROTOBUF], requests[0].clone()), call(grpc, TRACES, &[], &requests[1]))
    });
    assert_eq!((by_http.status, by_http.header("retry-after")), (503, "5"));
    assert_eq!(by_grpc.code(), 14);
    assert!(!by_grpc.header("grpc-status-details-bin").is_empty(), "it says when to come again");
    assert!(by_grpc.header("grpc-message").contains("nothing is acknowledged"), "{by_grpc:?}");
    let refused = |protocol| ports.count(protocol, Answer::NotStored);
    assert_eq!((refused(Protocol::HttpProto), refused(Protocol::Grpc)), (1, 1));
    drop(stuck);

    world.until("it is counted all the same", || outcomes(&server, "pay") == [2, 0, 0, 0]);
    // Senders come again, as they were told to.
    let again = world.runtime.block_on(async {
        let first = post(http, "/v1/traces", &[PROTOBUF], requests[0].clone()).await;
        (first.status, call(grpc, TRACES, &[], &requests[1]).await.code())
    });
    assert_eq!((again, outcomes(&server, "pay")), ((200, 0), [2, 0, 0, 0]));
    world.until("memory is given back", || server.intake.budget().reserved() == 0);
    world.runtime.block_on(ports.stop());
    server.stop();
}
