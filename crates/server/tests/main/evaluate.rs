//! SLOs as they are judged each second, against a recomputation from everything that was sent: late, through restarts and edits.

use crate::world::{Span, World, body_at, maintenance};
use milepost_model::{Minute, Timestamp};
use milepost_server::{Payload, Server, Standing};
use milepost_slo::Counts;
use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

const SLOS: &str = "---
apiVersion: milepost/v1
kind: SLO
metadata: {name: of-a-month}
spec: {step: pay, type: availability, target: 99%, window: 28d}
---
apiVersion: milepost/v1
kind: SLO
metadata: {name: of-hours}
spec: {step: pay, type: availability, target: 95%, window: 6h}
---
apiVersion: milepost/v1
kind: SLO
metadata: {name: of-a-day}
spec: {step: pay, type: availability, target: 90%, window: {calendar: day, timeZone: Asia/Kathmandu}}
---
apiVersion: milepost/v1
kind: SLO
metadata: {name: of-slices}
spec: {step: pay, type: availability, target: 90%, window: 1d, budgeting: {slice: 5m, sliceTarget: 80%}}
";

/// Valid and good attempts by minute, as they were sent.
type Sent = BTreeMap<i64, Counts>;

/// What an SLO's window must hold as of its last minute.
fn expected(sent: &Sent, slo: &str, last: i64) -> Counts {
    let sum = |range: std::ops::RangeInclusive<i64>| {
        let mut sum = Counts::default();
        sent.range(range).for_each(|(_, counts)| sum.add(*counts));
        sum
    };
    match slo {
        "of-a-month" => sum(last - 28 * 1440 + 1..=last),
        "of-hours" => sum(last - 360 + 1..=last),
        // Kathmandu is 5:45 ahead, all year.
        "of-a-day" => sum((last + 345).div_euclid(1440) * 1440 - 345..=last),
        _ => {
            let running = last.div_euclid(5);
            let slices = (running - 287..=running).map(|slice| sum(slice * 5..=slice * 5 + 4));
            let with_data: Vec<Counts> = slices.filter(|slice| slice.valid > 0).collect();
            let good = with_data.iter().filter(|slice| slice.good * 5 >= slice.valid * 4).count();
            Counts { valid: with_data.len() as u64, good: good as u64 }
        }
    }
}

/// What is known of an SLO once everything that is counted is taken in.
fn standing(world: &World, server: &Server, slo: &str) -> Standing {
    let lsn = server.shared.counts().lsn;
    let version = server.shared.versions.current();
    let board = || server.shared.board();
    world.until_within(60, "everything is taken in", || {
        board().at.is_some() && board().lsn >= lsn && board().version == version.number
    });
    let place = version.setup.registry.slos.iter().position(|known| known.name.as_str() == slo).unwrap();
    board().standings[place].clone().unwrap()
}

/// Numbers that look like chance.
fn random(state: &mut u64, below: u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) % below
}

#[test]
fn windows_hold_what_was_sent_however_late_through_restarts_and_edits() {
    let world = World::new();
    let text = format!("{}{SLOS}", World::registry_text());
    world.write_registry(&text);
    let (mut sent, mut next, mut state) = (Sent::new(), 1, 20_261_128);
    let mut server = world.start();
    for round in 0..6 {
        for _ in 0..4 {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
            let spans: Vec<Span> = (0..50)
                .map(|_| {
                    // Half of them of the last minutes, the others of the last day.
                    let span = if random(&mut state, 2) == 0 { 600 } else { 25 * 3600 };
                    let seconds_ago = random(&mut state, span);
                    let status = if random(&mut state, 6) == 0 { 503 } else { 200 };
                    next += 1;
                    Span { id: next, route: "POST /pay", status, seconds_ago }
                })
                .collect();
            world.send_body(&server, Payload::TracesJson, body_at(now, &spans)).unwrap();
            for span in spans {
                let nanos = i64::try_from(now).unwrap() - i64::try_from(span.seconds_ago).unwrap() * 1_000_000_000;
                let counts = sent.entry(Timestamp::from_nanos(nanos).minute().number()).or_default();
                counts.add(Counts { valid: 1, good: u64::from(span.status == 200) });
            }
            for slo in ["of-a-month", "of-hours", "of-a-day", "of-slices"] {
                let standing = standing(&world, &server, slo);
                let last = standing.last.number();
                assert_eq!(standing.budget.counts, expected(&sent, slo, last), "{slo} in round {round}");
                assert!(Minute::new(*sent.keys().next().unwrap()) >= standing.first, "{slo}");
            }
        }
        if round % 2 == 0 {
            server.stop();
            server = world.start();
        } else {
            let version = server.shared.versions.current().number;
            world.write_registry(&text.replace("target: 95%", &format!("target: 9{round}%")));
            world.until("the edit is active", || server.shared.versions.current().number > version);
        }
    }
    server.stop();
}

#[test]
fn the_time_of_maintenance_does_not_count_and_is_silent_and_every_number_is_had_with_it() {
    let world = World::new();
    let text = format!("{}{SLOS}", World::registry_text());
    world.write_registry(&text);
    let server = world.start();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
    // Nine of ten fail an hour ago, one of ten half an hour ago.
    let spans: Vec<Span> = (1..=20)
        .map(|id| {
            let (seconds_ago, fails) = if id <= 10 { (3_600, id > 1) } else { (1_800, id > 19) };
            Span { id, route: "POST /pay", status: if fails { 503 } else { 200 }, seconds_ago }
        })
        .collect();
    world.send_body(&server, Payload::TracesJson, body_at(now, &spans)).unwrap();
    let all = Counts { valid: 20, good: 10 };
    let before = standing(&world, &server, "of-hours");
    assert_eq!((before.budget.counts, before.recorded.counts, before.silent_since), (all, all, None));
    let second = |ago: i64| i64::try_from(now / 1_000_000_000).unwrap() - ago;
    let past = maintenance("past", (second(4_000), second(3_000)), "appliesTo: {slos: [of-hours]}");
    let until_2100 = 4_102_444_800;
    let more = "errorBudget: counted, appliesTo: {slos: [of-a-month]}";
    let present = maintenance("present", (second(600), until_2100), more);
    let version = server.shared.versions.current().number;
    world.write_registry(&format!("{text}{past}{present}"));
    world.until("the edit is active", || server.shared.versions.current().number > version);
    let corrected = standing(&world, &server, "of-hours");
    assert_eq!(corrected.budget.counts, Counts { valid: 10, good: 9 });
    assert_eq!((corrected.recorded.counts, corrected.silent_since), (all, None));
    let silent = standing(&world, &server, "of-a-month");
    assert_eq!((silent.budget.counts, silent.maintenances.len()), (all, 1));
    assert!(silent.silent_since.is_some());
    server.stop();
}
