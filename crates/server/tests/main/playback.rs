//! A server whose clock is held: what was recorded is played to it, and everything that is due is done when a round is over.

use crate::world::{Span, World, body_at, outcomes};
use milepost_model::{DurationNs, Timestamp};
use milepost_server::{Clock, Gaps, Payload, Playback, Server, Settings};

/// 2026-03-02T14:00Z: long ago for whoever looks at the system's clock.
const BEGIN: i64 = 1_772_460_000;

fn at(second: i64) -> Timestamp {
    Timestamp::from_seconds(BEGIN + second)
}

/// A request with ten payments that began at a second.
fn payments(second: i64, status: u16) -> String {
    let first = u64::try_from(second).expect("a second") * 100;
    let span = |id| Span { id, route: "POST /pay", status, seconds_ago: 0 };
    body_at(
        u128::try_from(at(second).nanos()).expect("after 1970"),
        &(first + 1..first + 11).map(span).collect::<Vec<_>>(),
    )
}

fn start(world: &World) -> Server {
    world.start_with(|settings| Settings { clock: Clock::held(at(0)), ..settings })
}

fn play(world: &World, server: &Server, gaps: Gaps, requests: &[(i64, u16)]) -> milepost_server::Played {
    let mut playback = Playback::new(server, &world.runtime, gaps);
    for (second, status) in requests {
        let came = at(*second).plus(DurationNs::from_millis(5));
        playback.play(came, Payload::TracesJson, payments(*second, *status).as_bytes()).unwrap();
    }
    playback.finish().unwrap()
}

#[test]
fn what_was_recorded_is_counted_and_judged_at_its_own_time_without_waiting_for_any() {
    let world = World::new();
    let server = start(&world);
    let played = play(&world, &server, Gaps::LeftOut, &[(0, 200), (30, 503), (3_600, 200), (3_601, 503)]);
    assert_eq!((played.counted, played.gaps, &played.rejected), (40, 1, &Default::default()));
    assert_eq!(outcomes(&server, "pay"), [20, 20, 0, 0]);
    // Two minutes behind the last of it, so that what may still come has come.
    let end = at(3_602).plus(DurationNs::from_seconds(120));
    assert_eq!((server.shared.now(), server.shared.board().at), (end, Some(end)));
    // 1 + 150 seconds of the first hour, the one that the gap ends with, and 121 of the second.
    assert!((270..=280).contains(&played.seconds), "{played:?}");
    server.stop();
}

#[test]
fn a_gap_is_silence_only_where_it_is_said_to_be() {
    for (gaps, is_silent) in [(Gaps::LeftOut, false), (Gaps::Silent, true)] {
        let world = World::new();
        let server = start(&world);
        let mut playback = Playback::new(&server, &world.runtime, gaps);
        for second in [0, 600] {
            playback.play(at(second), Payload::TracesJson, payments(second, 200).as_bytes()).unwrap();
        }
        // As of the last round before the second; before the first nobody had ever been heard.
        let board = server.shared.board();
        let is_seen_silent = board.standings.iter().flatten().any(|standing| !standing.is_alive);
        assert_eq!((board.at.is_some(), is_seen_silent), (true, is_silent), "{gaps:?}");
        playback.finish().unwrap();
        server.stop();
    }
}

#[test]
fn nothing_passes_on_a_clock_that_is_held_but_by_rounds() {
    let world = World::new();
    let server = start(&world);
    let rounds = |second| {
        server.shared.settings.clock.move_to(at(second));
        server.round();
        server.shared.board().at
    };
    for second in [1, 2, 2, 500] {
        assert_eq!(rounds(second), Some(at(second)));
    }
    let spans = payments(500, 200);
    world.send_body(&server, Payload::TracesJson, spans.clone()).unwrap();
    assert!(world.send_body(&server, Payload::TracesJson, spans).unwrap().is_repeated);
    assert_eq!(outcomes(&server, "pay"), [10, 0, 0, 0]);
    server.stop();
}
