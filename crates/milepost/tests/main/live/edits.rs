//! The registry is edited, well and badly, while telemetry comes: each event is counted, once, under one version or another.

use super::process::{Process, otlp_json, post, until};
use crate::run::{Folder, example, files};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread;

/// How often the registry is edited well, and how often badly.
const EDITS: u64 = 5;
const CLIENTS: u64 = 2;
/// Ids of spans of one client.
const IDS: u64 = 1 << 32;

#[test]
fn nothing_is_lost_or_counted_twice_while_the_registry_is_edited() {
    let folder = Folder::new("edits");
    for file in files(Path::new(&example("mail")), ".yaml") {
        let name = file.file_name().expect("a name").to_string_lossy().into_owned();
        folder.write(&format!("registry/{name}"), &std::fs::read(&file).expect("it can be read"));
    }
    let registry = folder.path().join("registry");
    let steps = std::fs::read_to_string(registry.join("steps.yaml")).expect("steps");
    let data = folder.path().join("data");
    let start = || Process::start(registry.to_str().expect("a plain path"), &data, &["--segments-every", "1s"]);
    let process = start();

    let (is_over, acknowledged) = (AtomicBool::new(false), AtomicU64::new(0));
    thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (process, is_over, acknowledged) = (&process, &is_over, &acknowledged);
            scope.spawn(move || {
                let mut next = 1 + client * IDS;
                while !is_over.load(Relaxed) {
                    let body = otlp_json("webmail", (next..next + 10).map(|id| (id, "POST /messages", 200)));
                    let answer = post(process.http, "/v1/traces", "application/json", body.as_bytes());
                    assert_eq!(answer.expect("an answer").0, 200);
                    acknowledged.fetch_add(10, Relaxed);
                    next += 10;
                }
            });
        }
        // Whatever fails here, the clients end.
        let edited =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| edit(&process, &folder, &steps, &acknowledged)));
        is_over.store(true, Relaxed);
        edited.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    });
    let sent = acknowledged.load(Relaxed);
    assert_eq!(process.metric("milepost_step_events_total", &["step=\"send-mail\""]), sent);
    assert_eq!(process.metric("milepost_events_counted_total", &[]), sent);
    assert!(process.stop());
    let again = start();
    assert_eq!(again.metric("milepost_step_events_total", &["step=\"send-mail\""]), sent);
    println!("{sent} spans sent through {EDITS} edits and {EDITS} refused ones");
}

#[test]
fn a_registry_that_broke_before_the_first_minute_was_over_leaves_the_last_good_one_active_after_a_kill() {
    let folder = Folder::new("broken_early");
    for file in files(Path::new(&example("mail")), ".yaml") {
        let name = file.file_name().expect("a name").to_string_lossy().into_owned();
        folder.write(&format!("registry/{name}"), &std::fs::read(&file).expect("it can be read"));
    }
    let (registry, data) = (folder.path().join("registry"), folder.path().join("data"));
    let start = || Process::start(registry.to_str().expect("a plain path"), &data, &[]);
    let process = start();
    let body = otlp_json("webmail", (1..11).map(|id| (id, "POST /messages", 200)));
    assert_eq!(post(process.http, "/v1/traces", "application/json", body.as_bytes()).expect("an answer").0, 200);
    folder.write("registry/broken.yaml", b"kind: Stepp\n");
    process.kill();
    let again = start();
    assert_eq!(again.metric("milepost_step_events_total", &["step=\"send-mail\""]), 10, "{}", again.greeting);
    assert_eq!(again.metric("milepost_registry_refused", &[]), 1);
}

/// Edits the registry back and forth; each edit is seen, and events come between it and the next.
fn edit(process: &Process, folder: &Folder, steps: &str, acknowledged: &AtomicU64) {
    for edit in 1..=EDITS {
        folder.write("registry/steps.yaml", steps.replace("title: Send mail", "title: [").as_bytes());
        until("the bad edit is refused", || process.metric("milepost_registry_refused", &[]) == 1);
        let edited = steps.replace("title: Send mail", &format!("title: Send mail, {edit}"));
        folder.write("registry/steps.yaml", edited.as_bytes());
        let version = format!("version=\"{}\"", edit + 1);
        until("the good edit is active", || process.metric("milepost_registry_info", &[&version]) == 1);
        until("nothing is refused", || process.metric("milepost_registry_refused", &[]) == 0);
        let before = acknowledged.load(Relaxed);
        until("events come", || acknowledged.load(Relaxed) > before);
    }
}
