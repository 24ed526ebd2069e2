//! `--ack memory`: answers do not wait for the disk, the end of the process costs nothing, and an end that is asked for leaves everything on the disk.

use super::process::{Process, otlp_json, post, until};
use crate::run::{Folder, command, example, json, milepost};
use std::path::Path;
use std::process::Command;

/// Requests, one after the other, so that none shares its way to the disk with another.
const REQUESTS: u64 = 20;
const SPANS: u64 = 10;

/// Sends the requests with these numbers, each of spans of its own, and hears of each that it is acknowledged.
fn send(process: &Process, requests: std::ops::Range<u64>) {
    for request in requests {
        let first = 1 + request * SPANS;
        let body = otlp_json("webmail", (first..first + SPANS).map(|id| (id, "GET /inbox", 200)));
        let (status, answer) =
            post(process.http, "/v1/traces", "application/json", body.as_bytes()).expect("an answer");
        assert_eq!((status, answer.as_str()), (200, "{}"));
    }
}

fn counted(process: &Process) -> u64 {
    process.metric("milepost_step_events_total", &["step=\"open-inbox\""])
}

#[test]
fn what_is_acknowledged_from_memory_outlives_a_kill_and_an_end() {
    let folder = Folder::new("ack_memory");
    let data = folder.path().join("data");
    let start = || Process::start(&example("mail"), &data, &["--ack", "memory", "--segments-every", "1s"]);
    let mut process = start();
    for round in 1..=3 {
        send(&process, (round - 1) * REQUESTS..round * REQUESTS);
        process.kill();
        process = start();
        assert!(!process.greeting.contains("warning"), "{}", process.greeting);
        assert_eq!(counted(&process), round * REQUESTS * SPANS, "after kill {round}");
    }
    // What was counted before the kill is known after it.
    send(&process, 0..REQUESTS);
    assert_eq!(process.metric("milepost_events_duplicate_total", &[]), REQUESTS * SPANS);
    send(&process, 3 * REQUESTS..4 * REQUESTS);
    let (is_well, said) = process.ended();
    assert!(is_well && said.contains("stopped; everything that was acknowledged is stored"), "{said}");

    let all = 4 * REQUESTS * SPANS;
    let again = start();
    assert!(again.greeting.contains(": 0 facts replayed from the log"), "{}", again.greeting);
    assert_eq!(counted(&again), all);
    let report = json(&milepost(["report", "--format=json", "--data", data.to_str().expect("a plain path")]));
    let steps = report["steps"].as_array().expect("steps");
    assert_eq!(steps.iter().find(|of| of["step"] == "open-inbox").expect("the step")["valid"], all);
}

/// How often a file of the log was made durable, by the system calls that were noted.
fn syncs(trace: &Path) -> usize {
    let calls = std::fs::read_to_string(trace).unwrap_or_default();
    calls.lines().filter(|line| line.contains("sync(") && line.contains(".wal>")).count()
}

#[test]
fn answers_wait_for_the_disk_only_where_they_are_asked_to_and_an_end_waits_always() {
    let Some(strace) = milepost_testkit::program("strace") else { return };
    let folder = Folder::new("ack_syncs");
    for ack in ["disk", "memory"] {
        let (data, trace) = (folder.path().join(ack), folder.path().join(format!("{ack}.calls")));
        let any = "127.0.0.1:0";
        let registry = example("mail");
        let listens = ["--listen-grpc", any, "--listen-http", any, "--listen-api", any];
        let up = ["up", "--registry", &registry, "--data", data.to_str().expect("a plain path"), "--ack", ack];
        let up = command(up.into_iter().chain(listens));
        // The server stays our child, and who watches it ends with it.
        let mut watched = Command::new(&strace);
        watched.args(["-D", "-f", "-q", "-y", "-e", "trace=fsync,fdatasync", "-e", "signal=none", "-o"]).arg(&trace);
        watched.arg(up.get_program()).args(up.get_args()).env("NO_COLOR", "1");
        let process = Process::run(&mut watched);
        let id = process.id().to_string();
        send(&process, 0..REQUESTS);
        let while_running = syncs(&trace);
        assert!(process.stop());
        // Numbers of processes are padded.
        let is_end = |line: &str| line.split_whitespace().next() == Some(&*id) && line.contains("+++ exited with 0");
        let noted = || std::fs::read_to_string(&trace).unwrap_or_default();
        until("the end is noted", || noted().lines().any(is_end));
        let all = syncs(&trace);
        println!("{ack}: {while_running} syncs of the log for {REQUESTS} requests, {all} with the end");
        match ack {
            "disk" => assert!(while_running >= REQUESTS as usize, "{while_running}"),
            // A file is made durable when it is begun.
            _ => assert!(while_running <= 1 && all > while_running, "{while_running}, then {all}"),
        }
    }
}
