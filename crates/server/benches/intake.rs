//! Spans per CPU-second from a request's bytes to its answer: decoded, annotated, deduplicated, logged and counted, with and without waiting
//! for the disk. What the network costs is not in it.
//!
//! `cargo bench -p milepost-server --bench intake`. CPU time is the process's own, by `/proc/self/stat`.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "in a bench a panic is the report, and what it prints is the result"
)]

mod load;

use bytes::Bytes;
use milepost_annotate::Trust;
use milepost_server::{Ack, Payload, RequestKey, Server, Submission};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;
use tempfile::TempDir;

const SPANS: u64 = 1_000_000;
const ROUNDS: usize = 5;

fn main() {
    // Requests that wait at once: those of a few collectors, and those of a fleet of SDKs.
    for (spans, count, waiting) in [(1000, SPANS, 64), (10, SPANS / 5, 64), (10, SPANS / 5, 1024)] {
        let mut memory = Vec::new();
        let mut disk = Vec::new();
        // Alternating, so that what else the machine does strikes both; the first round warms up.
        for round in 0..=ROUNDS {
            let rates = (measure(Ack::Memory, spans, count, waiting), measure(Ack::Disk, spans, count, waiting));
            if round > 0 {
                memory.push(rates.0);
                disk.push(rates.1);
            }
        }
        let mut walls = Vec::new();
        for (name, rates) in [("memory", &memory), ("disk", &disk)] {
            let cpu = load::spread(rates.iter().map(|rate| rate.0).collect());
            let wall = load::spread(rates.iter().map(|rate| rate.1).collect());
            walls.push(wall[1]);
            println!(
                "{name}, {spans} spans a request, {waiting} wait: {:.0} spans per CPU-second ({:.0} to {:.0}), {:.0} per second ({:.0} to {:.0})",
                cpu[1], cpu[0], cpu[2], wall[1], wall[0], wall[2]
            );
        }
        println!("disk over memory: {:.2}", walls[1] / walls[0]);
    }
}

fn measure(ack: Ack, spans: u64, count: u64, waiting: usize) -> (f64, f64) {
    let folder = TempDir::new().unwrap();
    let server = Server::start(load::settings(&folder.path().join("data"), ack)).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let bodies: Vec<Bytes> = (0..count / spans).map(|at| Bytes::from(load::body(1 + at * spans, spans))).collect();
    let bodies = Arc::new(bodies);
    let next = Arc::new(AtomicU64::new(0));
    let stat = Path::new("/proc/self/stat");
    let (began, cpu) = (Instant::now(), load::cpu_seconds(stat));
    runtime.block_on(async {
        let senders: Vec<_> = (0..waiting)
            .map(|_| {
                let (bodies, next, intake) = (Arc::clone(&bodies), Arc::clone(&next), server.intake.clone());
                tokio::spawn(async move {
                    while let Some(body) = bodies.get(usize::try_from(next.fetch_add(1, Relaxed)).unwrap()) {
                        let reservation = intake.budget().try_reserve(body.len()).expect("memory enough");
                        let key = RequestKey::of_body(&Payload::TracesProto, body);
                        let (payload, body) = (Payload::TracesProto, body.clone());
                        let (trust, content) = (Trust::Internal, None);
                        let submission = Submission { payload, body, key, content, trust, reservation, offset: None };
                        intake.submit(submission).await.unwrap();
                    }
                })
            })
            .collect();
        for sender in senders {
            sender.await.unwrap();
        }
    });
    let (wall, cpu) = (began.elapsed().as_secs_f64(), load::cpu_seconds(stat) - cpu);
    let counted = server.shared.ledger().counted;
    assert_eq!(counted, count / spans * spans);
    server.stop();
    (counted as f64 / cpu, counted as f64 / wall)
}
