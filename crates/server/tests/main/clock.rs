//! A clock that is set an hour forward and back, and many starts in a row: nothing is refunded, nothing is counted twice.

use crate::api::Client;
use crate::world::{Span, World, body, files, outcomes};
use milepost_server::{Clock, Payload, Server, Settings};
use serde_json::Value;

const HOUR: i64 = 3_600_000_000_000;

fn spans(ids: std::ops::Range<u64>, status: u16, seconds_ago: u64) -> Vec<Span> {
    ids.map(|id| Span { id, route: "POST /pay", status, seconds_ago }).collect()
}

/// What the SLO says of its budget: valid, good, and the share that is spent.
fn budget(server: &Server) -> (u64, u64, f64) {
    let slo: Value = Client::new(server).evaluated(server, "/products/shop/slos/pay-works");
    let number = |name: &str| slo[name].as_u64().expect("a count");
    (number("valid"), number("good"), slo["budget_spent"].as_f64().expect("a share"))
}

#[test]
fn a_clock_set_an_hour_forward_and_back_refunds_nothing_and_counts_nothing_twice() {
    let (world, clock) = (World::new(), Clock::default());
    let set = |settings: Settings| Settings { clock: clock.clone(), ..settings };
    let mut server = world.start_with(set);
    // Each ten, one of which failed: sent when the clock is right, ahead, and right again. Two hours ago is in every clock's past.
    let requests = [body(&spans(1..11, 200, 7200)), body(&spans(11..21, 200, 7200)), body(&spans(21..31, 200, 7200))];
    let mut sent = 0;
    for (at, ahead) in [0, HOUR, 0].into_iter().enumerate() {
        clock.set_ahead(ahead);
        let failed = spans(100 + at as u64..101 + at as u64, 503, 7200);
        world.send(&server, &failed).unwrap();
        world.send_body(&server, Payload::TracesJson, requests[at].clone()).unwrap();
        sent += 1;
        for round in 0..2 {
            // Whatever the clock says, what was sent before is known: the request by its bytes, and its spans in another request.
            for (earlier, request) in requests.iter().enumerate().take(at + 1) {
                let again = world.send_body(&server, Payload::TracesJson, request.clone()).unwrap();
                assert!(again.is_repeated, "request {earlier} at {ahead} ahead");
                let first = 1 + 10 * earlier as u64;
                assert_eq!(world.send(&server, &spans(first..first + 10, 503, 7000)).unwrap().duplicates, 10);
            }
            assert_eq!(outcomes(&server, "pay"), [10 * sent, sent, 0, 0], "{ahead} ahead");
            let (valid, good, spent) = budget(&server);
            assert_eq!((valid, good), (11 * sent, 10 * sent), "{ahead} ahead");
            // One of eleven failed, where 0.1 % may; of a window that is taken for 28 times what a day had.
            assert!((spent - 1000.0 / 11.0 / 28.0).abs() < 1e-6, "{spent} of the budget at {ahead} ahead");
            // And the same after a start under this clock.
            if round == 0 {
                server.stop();
                server = world.start_with(set);
                assert_eq!(server.recovered.damage, Vec::<String>::new());
            }
        }
    }
    server.stop();
}

#[test]
fn what_a_clock_ahead_took_for_now_is_kept_when_it_is_set_back() {
    let (world, clock) = (World::new(), Clock::default());
    let set = |settings: Settings| Settings { clock: clock.clone(), ..settings };
    clock.set_ahead(HOUR);
    let server = world.start_with(set);
    // Of the hour that has not come yet.
    let ahead = shifted(&body(&spans(1..6, 200, 0)));
    world.send_body(&server, Payload::TracesJson, ahead.clone()).unwrap();
    clock.set_ahead(0);
    assert!(world.send_body(&server, Payload::TracesJson, ahead).unwrap().is_repeated);
    let refused = world.send_body(&server, Payload::TracesJson, shifted(&body(&spans(6..8, 200, 0)))).unwrap();
    assert_eq!((refused.accepted, refused.all_rejected()), (0, 2), "an hour ahead is no time of an event");
    assert_eq!(outcomes(&server, "pay"), [5, 0, 0, 0]);
    server.stop();
    let server = world.start_with(set);
    assert_eq!(outcomes(&server, "pay"), [5, 0, 0, 0]);
    // When that hour comes, they are of it.
    clock.set_ahead(HOUR);
    assert_eq!(budget(&server), (5, 5, 0.0));
    server.stop();
}

#[test]
fn duplicates_are_known_for_five_minutes_however_often_the_clock_is_set_forward() {
    let (world, clock) = (World::new(), Clock::default());
    let server = world.start_with(|settings| Settings { clock: clock.clone(), ..settings });
    let request = body(&spans(1..11, 200, 60));
    world.send_body(&server, Payload::TracesJson, request.clone()).unwrap();
    for hours in 1..5 {
        clock.set_ahead(hours * HOUR);
        world.send(&server, &spans(100 + hours as u64..101 + hours as u64, 200, 0)).unwrap();
        assert!(world.send_body(&server, Payload::TracesJson, request.clone()).unwrap().is_repeated, "{hours} h ahead");
        assert_eq!(world.send(&server, &spans(1..11, 503, 30)).unwrap().duplicates, 10, "{hours} h ahead");
    }
    server.stop();
}

#[test]
fn silence_is_noticed_though_the_clock_was_set_back() {
    let (world, clock) = (World::new(), Clock::default());
    let set = |settings: Settings| Settings { clock: clock.clone(), ..settings };
    let server = world.start_with(set);
    let mut sent = spans(1..11, 200, 0);
    world.send(&server, &sent).unwrap();
    clock.set_ahead(-HOUR);
    let reason = |server: &Server| {
        let objective = Client::new(server).json("/products/shop/objectives/buy");
        objective["steps"][1]["live"]["reason"].as_str().unwrap_or_default().to_owned()
    };
    assert!(!reason(&server).contains("no telemetry"), "{}", reason(&server));
    let is_alive = |server: &Server| {
        Client::new(server).evaluated(server, "/products/shop/slos/pay-works");
        server.shared.board().standings.iter().flatten().all(|standing| standing.is_alive)
    };
    assert!(is_alive(&server));
    clock.pass(milepost_model::DurationNs::from_seconds(180));
    assert!(reason(&server).contains("no telemetry of any kind since"), "{}", reason(&server));
    assert!(!is_alive(&server));
    // What comes then is heard, by the clock as it is.
    sent.iter_mut().for_each(|span| (span.id, span.seconds_ago) = (span.id + 100, 3600));
    world.send(&server, &sent).unwrap();
    world.until("it is heard", || is_alive(&server));
    server.stop();
}

/// A request whose spans begin an hour later.
fn shifted(body: &str) -> String {
    let mut request: Value = serde_json::from_str(body).expect("JSON");
    for span in request["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array_mut().expect("spans") {
        for field in ["startTimeUnixNano", "endTimeUnixNano"] {
            let nanos: i64 = span[field].as_str().expect("text").parse().expect("a number");
            span[field] = (nanos + HOUR).to_string().into();
        }
    }
    request.to_string()
}

#[test]
fn fifty_starts_in_a_row_keep_every_count_and_leave_nothing_behind() {
    let world = World::new();
    let first = body(&spans(1..11, 200, 60));
    for start in 0..50 {
        let server = world.start();
        assert_eq!(server.recovered.damage, Vec::<String>::new(), "start {start}");
        // A server that ended in order left nothing to count again.
        assert_eq!(server.recovered.replayed, 0, "start {start}");
        let again = world.send_body(&server, Payload::TracesJson, first.clone()).unwrap();
        assert_eq!(again.is_repeated, start > 0, "start {start}");
        assert_eq!(world.send(&server, &spans(1..11, 503, 30)).unwrap().duplicates, 10, "start {start}");
        world.send(&server, &spans(100 + start..101 + start, 503, 60)).unwrap();
        assert_eq!(outcomes(&server, "pay"), [10, start + 1, 0, 0], "start {start}");
        server.stop();
    }
    assert_eq!(files(&world.data().join("checkpoints")).len(), 2);
    let rest: Vec<String> = files(&world.data()).into_iter().filter(|name| name.ends_with("tmp")).collect();
    assert_eq!(rest, Vec::<String>::new());
}
