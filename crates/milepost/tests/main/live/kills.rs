//! Killed at any moment under load: what was acknowledged is counted, once, in the counters, in the segments and in the report alike.
//!
//! `MILEPOST_KILLS` says how often (20 unless it does), `MILEPOST_SEED` when; `cargo xtask soak kills` does it a thousand times.

use super::process::{Process, body_bytes, otlp_json, post};
use crate::run::{Folder, example, json, milepost};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

const ROUTES: [(&str, &str); 3] =
    [("GET /inbox", "open-inbox"), ("POST /messages", "send-mail"), ("POST /login", "login")];
const STATUSES: [u16; 4] = [200, 200, 503, 404];
const CLIENTS: u64 = 4;
/// Ids of spans of one client.
const IDS: u64 = 1 << 32;

/// Numbers that are the same for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// What clients know.
#[derive(Default)]
struct World {
    server: Mutex<Known>,
    /// What is known of the server has changed.
    changed: Condvar,
    is_over: AtomicBool,
    /// Acknowledged spans by route and status.
    acknowledged: [[AtomicU64; STATUSES.len()]; ROUTES.len()],
    /// Bytes of the letters among them: of those that were sent, and of those that were not.
    written: [AtomicU64; 2],
    resent: AtomicU64,
    unexpected: Mutex<Vec<String>>,
}

#[derive(Default)]
struct Known {
    /// Where it listens now; nothing while there is none.
    address: Option<SocketAddr>,
    /// Requests that it answered since it was started.
    answers: u64,
}

impl World {
    fn set_address(&self, address: Option<SocketAddr>) {
        *self.server.lock().expect("nobody panicked") = Known { address, answers: 0 };
        self.changed.notify_all();
    }

    /// Where the server listens, as soon as there is one; other than one that did not answer.
    fn address(&self) -> SocketAddr {
        let known = self.server.lock().expect("nobody panicked");
        let (known, _) = self
            .changed
            .wait_timeout_while(known, Duration::from_secs(60), |known| known.address.is_none())
            .expect("nobody panicked");
        known.address.expect("a server within a minute")
    }

    fn answered(&self) {
        self.server.lock().expect("nobody panicked").answers += 1;
        self.changed.notify_all();
    }

    /// Waits until so many requests were answered.
    fn until_answers(&self, count: u64) {
        let known = self.server.lock().expect("nobody panicked");
        let result = self.changed.wait_timeout_while(known, Duration::from_secs(20), |known| known.answers < count);
        assert!(!result.expect("nobody panicked").1.timed_out(), "fewer than {count} answers in 20 s");
    }
}

/// A client that sends each request until it is acknowledged, as exporters do.
fn client(number: u64, seed: u64, world: &World) {
    let mut random = Random(seed ^ number << 40);
    let mut next = 1 + number * IDS;
    while !world.is_over.load(Relaxed) {
        let count = 1 + random.below(20);
        let spans: Vec<(u64, usize, usize)> = (next..next + count)
            .map(|id| (id, random.below(ROUTES.len() as u64) as usize, random.below(STATUSES.len() as u64) as usize))
            .collect();
        next += count;
        let body =
            otlp_json("webmail", spans.iter().map(|(id, route, status)| (*id, ROUTES[*route].0, STATUSES[*status])));
        deliver(world, body.as_bytes());
        for (id, route, status) in spans {
            world.acknowledged[route][status].fetch_add(1, Relaxed);
            if ROUTES[route].1 == "send-mail" {
                world.written[usize::from(STATUSES[status] == 503)].fetch_add(body_bytes(id), Relaxed);
            }
        }
    }
}

fn deliver(world: &World, body: &[u8]) {
    loop {
        match post(world.address(), "/v1/traces", "application/json", body) {
            Some((200, _)) => return world.answered(),
            // Killed before it answered, or on its way down.
            None | Some((503, _)) => {
                world.resent.fetch_add(1, Relaxed);
            }
            Some(other) => {
                world.unexpected.lock().expect("nobody panicked").push(format!("{other:?}"));
                return;
            }
        }
    }
}

#[test]
fn what_is_acknowledged_is_counted_once_however_often_the_server_is_killed() {
    let variable = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let kills = variable("MILEPOST_KILLS").unwrap_or(20);
    let seed = variable("MILEPOST_SEED").unwrap_or_else(|| u64::from(std::process::id()));
    println!("MILEPOST_SEED={seed} MILEPOST_KILLS={kills}");
    let folder = Folder::new("kills");
    let data = folder.path().join("data");
    let registry = example("mail");
    let start = || Process::start(&registry, &data, &["--segments-every", "1s"]);

    let world = Arc::new(World::default());
    let clients: Vec<_> = (0..CLIENTS)
        .map(|number| {
            let world = Arc::clone(&world);
            thread::spawn(move || client(number, seed, &world))
        })
        .collect();
    let mut random = Random(seed);
    for kill in 0..kills {
        let process = start();
        assert!(!process.greeting.contains("damaged"), "after {kill} kills: {}", process.greeting);
        world.set_address(Some(process.http));
        // At any moment: while it starts to work, in the middle of a flush, a checkpoint, a group.
        world.until_answers(random.below(if kill % 5 == 0 { 400 } else { 40 }));
        process.kill();
        world.set_address(None);
    }
    let process = start();
    world.set_address(Some(process.http));
    world.is_over.store(true, Relaxed);
    clients.into_iter().for_each(|client| client.join().expect("a client that ends"));
    assert_eq!(*world.unexpected.lock().unwrap(), Vec::<String>::new());

    let acknowledged = |route: usize, statuses: &[usize]| -> u64 {
        statuses.iter().map(|status| world.acknowledged[route][*status].load(Relaxed)).sum()
    };
    for (route, (_, step)) in ROUTES.iter().enumerate() {
        let step = format!("step=\"{step}\"");
        let counted =
            |outcome: &str| process.metric("milepost_step_events_total", &[&step, &format!("outcome=\"{outcome}\"")]);
        assert_eq!(counted("failure"), acknowledged(route, &[2]), "{step}");
        assert_eq!(counted("success"), acknowledged(route, &[0, 1, 3]), "{step}");
    }
    let kpis: serde_json::Value =
        serde_json::from_str(&process.get("/api/v1/products/mail/kpis?from=-24h")).expect("JSON");
    let live = json(&milepost(["report", "--format=json", "--data", data.to_str().unwrap()]));
    let by_name = |kpis: &serde_json::Value| {
        let mut kpis = kpis.as_array().expect("KPIs").clone();
        kpis.sort_by_key(|of| of["kpi"].to_string());
        kpis
    };
    assert_eq!(by_name(&kpis["items"]), by_name(&live["kpis"]), "the server and the report say the same of KPIs");
    assert!(process.stop());
    let stopped = json(&milepost(["report", "--format=json", "--data", data.to_str().unwrap()]));
    for report in [live, stopped] {
        for (route, (_, step)) in ROUTES.iter().enumerate() {
            let of = report["steps"].as_array().unwrap().iter().find(|of| of["step"] == *step).expect("the step");
            let numbers = (of["valid"].as_u64().unwrap(), of["failed"].as_u64().unwrap());
            assert_eq!(numbers, (acknowledged(route, &[0, 1, 2, 3]), acknowledged(route, &[2])), "{step}");
        }
        let kpi = |name: &str| report["kpis"].as_array().unwrap().iter().find(|of| of["kpi"] == name).expect("the KPI");
        let (sent, bytes) = (kpi("messages-sent"), kpi("written"));
        assert_eq!(sent["sum_exact"], acknowledged(1, &[0, 1, 3]).to_string());
        assert_eq!(bytes["sum_exact"], world.written[0].load(Relaxed).to_string());
        assert_eq!(bytes["failed_sum"].as_f64(), Some(world.written[1].load(Relaxed) as f64));
        assert_eq!((&bytes["counted"], &bytes["without"]), (&sent["counted"], &serde_json::json!(0)));
    }
    let all: u64 = (0..ROUTES.len()).map(|route| acknowledged(route, &[0, 1, 2, 3])).sum();
    println!("{all} spans acknowledged, {} requests sent again", world.resent.load(Relaxed));
}
