//! Events that cannot be, that are sent again and again, and that all differ.

use super::Attacked;
use super::wire::{Called, attribute, call, framed, span, traces};
use opentelemetry_proto::tonic::trace::v1::Span;
use serde_json::json;

const HOUR_NANOS: u64 = 3_600_000_000_000;

#[test]
fn events_that_cannot_be_are_rejected_by_reason_and_cost_nothing_else() {
    let mut attacked = Attacked::start("hostile_events");
    let of = |change: &dyn Fn(&mut Span)| {
        let mut span = span();
        change(&mut span);
        span
    };
    let trace = |length: usize| of(&|span| span.trace_id = vec![7; length]);
    let id = |length: usize| of(&|span| span.span_id = vec![7; length]);
    let began = |start: u64| of(&|span| (span.start_time_unix_nano, span.end_time_unix_nano) = (start, start + 1));
    let now = span().start_time_unix_nano;
    let impossible = [
        ("bad-trace-id", vec![trace(0), trace(15), trace(17), of(&|span| span.trace_id = vec![0; 16])]),
        ("bad-span-id", vec![id(0), id(7), id(9), of(&|span| span.span_id = vec![0; 8])]),
        ("bad-parent-span-id", vec![of(&|span| span.parent_span_id = vec![7; 7])]),
        ("no-time", vec![of(&|span| (span.start_time_unix_nano, span.end_time_unix_nano) = (0, 0))]),
        // The last nanosecond of an `i64` is in the year 2262.
        ("in-the-future", vec![began(i64::MAX as u64 - 1), began(now + HOUR_NANOS)]),
        ("time-out-of-range", vec![began(i64::MAX as u64 + 1), began(u64::MAX - 1)]),
        ("too-old", vec![began(1), began(now - 27 * HOUR_NANOS)]),
    ];
    let spans: Vec<Span> = impossible.iter().flat_map(|(_, spans)| spans.clone()).chain([span(), span()]).collect();
    let count = spans.len() as u64;
    assert_eq!(attacked.post_proto(None, &traces(spans), count), 200);
    let backwards = of(&|span| span.end_time_unix_nano = span.start_time_unix_nano - 5);
    assert_eq!(attacked.call(None, &traces(vec![backwards]), 1), 0);
    let told = attacked.ingest()["rejected"].clone();
    for (reason, spans) in &impossible {
        assert_eq!(told[reason], json!(spans.len()), "{reason}: {told}");
    }
    assert_eq!((attacked.taken, attacked.rejected), (3, count - 2));
    attacked.holds();
}

#[test]
fn a_batch_that_is_sent_a_hundred_times_counts_once() {
    let mut attacked = Attacked::start("hostile_again");
    let request = traces((0..50).map(|_| span()).collect());
    for _ in 0..50 {
        assert_eq!(attacked.call(None, &request, 50), 0);
        assert_eq!(attacked.post_proto(None, &request, 50), 200);
    }
    let ingest = attacked.holds();
    assert_eq!((&ingest["counted"], &ingest["duplicates"]), (&51.into(), &(99 * 50).into()), "{ingest}");
    assert_eq!(ingest["repeated_requests"], 99);
}

#[test]
fn routes_with_an_id_each_stay_within_bounds_and_lose_no_count() {
    const REQUESTS: u64 = 24;
    const SPANS: u64 = 1_000;
    let mut attacked = Attacked::start("hostile_routes");
    for request in 0..REQUESTS {
        let spans = (0..SPANS).map(|at| {
            let mixed = u128::from(request * SPANS + at + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
            let hex = format!("{mixed:032x}");
            let uuid = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-");
            let mut span = span();
            span.attributes =
                vec![attribute("http.request.method", "GET"), attribute("http.route", &format!("/order/{uuid}"))];
            span
        });
        assert_eq!(attacked.post_proto(None, &traces(spans.collect()), SPANS), 200);
    }
    let ingest = attacked.holds();
    let unannotated = ingest["unannotated"].as_array().expect("operations");
    let most = unannotated.first().expect("one at least");
    // Those that have a name of their own came once each; all others are one.
    let with_names = REQUESTS * SPANS - most["events"].as_u64().expect("a count");
    assert_eq!(most["operation"], "other");
    assert!((100..12_000).contains(&with_names), "{with_names} operations have names of their own");
    assert!(unannotated[1..].iter().all(|of| of["events"] == 1), "{unannotated:?}");
    assert!(ingest["warnings"].to_string().contains("there is no room for more"), "{}", ingest["warnings"]);
}

#[test]
fn heads_without_end_end_their_request_alone() {
    let attacked = Attacked::start("hostile_heads");
    let lines = "baggage: user=someone\r\n".repeat(10_000);
    let head = format!("POST /v1/traces HTTP/1.1\r\nhost: m\r\n{lines}\r\n");
    for address in [attacked.process.http, attacked.process.api] {
        let (_, answer) = super::wire::write_without_end(address, &head, b"", 0);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    }
    let many = vec![("baggage", "user=someone"); 1_000];
    let Called { status, .. } = call(attacked.process.grpc, &many, framed(false, &traces(vec![span()])));
    assert_eq!(status, 431);
    attacked.holds();
}
