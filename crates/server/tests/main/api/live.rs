//! How steps do now: one verdict of failures, slowness, what never comes, and severity.

use super::Client;
use crate::world::{Span, World, body_at};
use milepost_model::{DurationNs, Timestamp};
use milepost_server::{Clock, Payload, Server, Settings};
use serde_json::{Value, json};

/// 2026-03-02T14:00Z.
const BEGIN: i64 = 1_772_460_000;
/// Every payment of these tests takes 5 ms.
const SLOW: &str = "---
apiVersion: milepost/v1
kind: SLO
metadata: {name: pay-is-fast}
spec: {step: pay, type: latency, threshold: 2ms, target: 99%, window: 28d}
";

/// A server whose time passes when it is told to.
struct Held {
    world: World,
    server: Server,
    next: u64,
}

impl Held {
    fn start(world: World) -> Self {
        let held = Clock::held(Timestamp::from_seconds(BEGIN));
        let server = world.start_with(|settings: Settings| Settings { clock: held, ..settings });
        Self { world, server, next: 1 }
    }

    fn restart(self) -> Self {
        let Self { world, server, next } = self;
        let now = server.shared.now();
        server.stop();
        let server = world.start_with(|settings: Settings| Settings { clock: Clock::held(now), ..settings });
        Self { world, server, next }
    }

    /// So many requests with a status that began so long ago.
    fn send(&mut self, route: &'static str, status: u16, seconds_ago: impl IntoIterator<Item = u64>) {
        let mut spans = Vec::new();
        for seconds_ago in seconds_ago {
            spans.push(Span { id: self.next, route, status, seconds_ago });
            self.next += 1;
        }
        let now = u128::from(self.server.shared.now().nanos().unsigned_abs());
        self.world.send_body(&self.server, Payload::TracesJson, body_at(now, &spans)).unwrap();
    }

    /// Time passes, and everything that is due is done.
    fn pass(&self, seconds: u64) {
        self.wait(seconds);
        self.server.round();
    }

    /// Time passes, and nobody judges meanwhile.
    fn wait(&self, seconds: u64) {
        let now = self.server.shared.now().plus(DurationNs::from_seconds(seconds));
        self.server.shared.settings.clock.move_to(now);
    }

    fn pay(&self) -> Value {
        Client::new(&self.server).json("/products/shop/objectives/buy")["steps"][1]["live"].clone()
    }
}

#[test]
fn a_step_is_bad_whose_users_wait_longer_than_is_promised() {
    let world = World::new();
    world.write_registry(&format!("{}{SLOW}", World::registry_text()));
    let mut held = Held::start(world);
    held.send("POST /pay", 200, [0; 30]);
    held.pass(1);
    let pay = held.pay();
    assert_eq!(
        (&pay["state"], &pay["failed"], &pay["impact"]["slow"]),
        (&json!("bad"), &json!(0), &json!(30)),
        "{pay}"
    );
    assert_eq!(pay["reason"], "30 of 30 successes took longer than 2ms: fewer in time than 99% promised");
    assert_eq!(pay["impact"]["level"], json!(null), "no rule has held for long enough");
    held.server.stop();
}

#[test]
fn a_step_that_does_well_again_is_good_and_says_that_its_level_is_lowered_later() {
    let mut held = Held::start(World::new());
    for _ in 0..3 {
        held.send("POST /pay", 503, [0; 20]);
        held.pass(20);
    }
    let pay = held.pay();
    assert_eq!((&pay["state"], &pay["impact"]["level"]), (&json!("bad"), &json!("minor")), "{pay}");
    assert_eq!((&pay["impact"]["rank"], &pay["impact"]["is_recovering"]), (&json!(2), &json!(false)), "{pay}");
    for _ in 0..6 {
        held.send("POST /pay", 200, [0; 20]);
        held.pass(60);
    }
    let pay = held.pay();
    assert_eq!((&pay["state"], &pay["reason"]), (&json!("good"), &json!(null)), "{pay}");
    assert_eq!((&pay["impact"]["level"], &pay["impact"]["is_recovering"]), (&json!("minor"), &json!(true)), "{pay}");
    held.server.stop();
}

#[test]
fn what_goes_on_too_rarely_for_five_minutes_is_bad_as_long_as_a_rule_finds_it() {
    let mut held = Held::start(World::new());
    // One of 240 in five minutes may be chance, six of 1,800 in half an hour are not: 99.9 % is promised.
    for minute in 0..31 {
        held.send("POST /pay", 200, [0; 60]);
        if minute % 5 == 0 {
            held.send("POST /pay", 503, [0]);
        }
        held.pass(60);
    }
    let pay = held.pay();
    let reason = pay["reason"].as_str().unwrap();
    assert_eq!((&pay["state"], &pay["impact"]["level"]), (&json!("bad"), &json!("minor")), "{pay}");
    assert!(reason.starts_with("minor: ") && reason.contains(" attempts in 30 minutes: "), "{reason}");
    held.server.stop();
}

/// So many days, in which every minute has a payment; they came an hour at a time.
fn days_of_payments(days: u64) -> Held {
    let mut held = Held::start(World::new());
    for _ in 0..days * 24 {
        held.wait(3_600);
        held.send("POST /pay", 200, (0..60).map(|of| of * 60 + 30));
    }
    // What is stored is what is usual.
    held.pass(60);
    held.restart()
}

#[test]
fn what_usually_comes_is_told_by_minute_and_hour_and_what_does_not_come_is_bad() {
    let mut held = days_of_payments(8);
    held.pass(1);
    let ask =
        |held: &Held, query: &str| Client::new(&held.server).json(&format!("/products/shop/steps/pay/expected{query}"));
    let hours = ask(&held, "?from=-3h&resolution=hour");
    let hour = &hours["items"][1];
    assert_eq!((hours["items"].as_array().unwrap().len(), &hour["attempts"]), (4, &json!(60.0)), "{hours}");
    let at_least = hour["at_least"].as_f64().unwrap();
    assert!((30.0..60.0).contains(&at_least), "{hour}");
    let minutes = ask(&held, "?from=-9m");
    assert_eq!(minutes["items"].as_array().unwrap().len(), 10);
    assert!((minutes["items"][0]["attempts"].as_f64().unwrap() - 1.0).abs() < 1e-6, "{minutes}");
    assert_eq!(ask(&held, "?from=-40d&to=-39d&resolution=day")["items"], json!([]), "older than what is learnt from");
    let young = Client::new(&held.server).json("/products/shop/steps/search/expected");
    assert_eq!(young["items"][0]["attempts"], json!(0.0), "nobody ever searches: {young}");
    // People search, and nobody pays.
    for _ in 0..31 {
        held.send("GET /search", 200, [0; 5]);
        held.pass(60);
    }
    let pay = held.pay();
    assert_eq!((&pay["state"], &pay["valid"]), (&json!("bad"), &json!(0)), "{pay}");
    let reason = pay["reason"].as_str().unwrap();
    assert!(reason.contains(" attempts never came: ") && reason.ends_with(" usually do in 30 minutes"), "{reason}");
    held.server.stop();
}
