//! A disk that takes what is written and cannot say that it is safe: what it fails to sync is not acknowledged, and never counts.

use super::process::{Process, answer, get, otlp_json, until};
use crate::run::{Folder, example, json, milepost};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A library that makes syncing fail on demand, compiled into a folder; says so when there is no compiler.
fn failing_sync(folder: &Path) -> Option<PathBuf> {
    let (source, library) = (folder.join("failing_sync.c"), folder.join("failing_sync.so"));
    std::fs::write(&source, include_str!("failing_sync.c")).expect("a folder that can be written");
    let compiled = Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&source).arg("-ldl").output();
    if compiled.is_ok_and(|output| output.status.success()) {
        return Some(library);
    }
    milepost_testkit::skipped("there is no C compiler to make a library that fails to sync");
    None
}

/// Sends spans with these ids; the status, and whether it says when to come again.
fn send(server: SocketAddr, ids: std::ops::Range<u64>) -> (u16, bool) {
    let body = otlp_json("webmail", ids.map(|id| (id, "GET /inbox", 200)));
    let answer = answer(server, "/v1/traces", "application/json", body.as_bytes()).expect("an answer");
    (answer.status, answer.head.to_ascii_lowercase().contains("\r\nretry-after: "))
}

fn counted(process: &Process) -> u64 {
    process.metric("milepost_step_events_total", &["step=\"open-inbox\""])
}

#[test]
fn what_could_not_be_synced_is_refused_and_counts_only_when_it_comes_again() {
    let folder = Folder::new("failed_sync");
    let Some(library) = failing_sync(folder.path()) else { return };
    let (data, flag) = (folder.path().join("data"), folder.path().join("fail"));
    let registry = example("mail");
    let environment = [("LD_PRELOAD", library.as_path()), ("FAIL_SYNC", flag.as_path())];
    let process = Process::start_with(&registry, &data, &["--segments-every", "1s"], &environment);
    assert_eq!(send(process.http, 1..101), (200, false));

    std::fs::write(&flag, "").expect("a folder that can be written");
    assert_eq!(send(process.http, 101..201), (503, true));
    let ready = get(process.api, "/ready").expect("an answer");
    assert_eq!(ready.status, 503);
    assert!(ready.body.contains("Input/output error"), "{}", ready.body);
    assert_eq!(counted(&process), 100, "what is known is served");

    std::fs::remove_file(&flag).expect("the file is there");
    until("it is ready, though nothing is sent", || get(process.api, "/ready").expect("an answer").status == 200);
    // Half of what was refused comes again, some of it in another request.
    assert_eq!(send(process.http, 101..151), (200, false));
    assert_eq!(send(process.http, 1..101).0, 200);
    assert_eq!(counted(&process), 150);

    process.kill();
    let again = Process::start(&registry, &data, &["--segments-every", "1s"]);
    assert!(!again.greeting.contains("damaged"), "{}", again.greeting);
    assert_eq!(counted(&again), 150, "what was refused and not sent again is in no log");
    let report = json(&milepost(["report", "--format=json", "--data", data.to_str().expect("a plain path")]));
    let steps = report["steps"].as_array().expect("steps");
    assert_eq!(steps.iter().find(|of| of["step"] == "open-inbox").expect("the step")["valid"], 150);
}
