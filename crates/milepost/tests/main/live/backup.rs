//! A copy that is made under load, and what becomes of it elsewhere; an end under load; two servers that want one directory.

use super::process::{Process, otlp_json, post};
use crate::run::{Folder, command, example, json, milepost, told};
use serde_json::Value;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Condvar, Mutex};
use std::thread;
use std::time::Duration;

const SPANS: u64 = 7;
const SENDERS: u64 = 3;

/// What senders have had acknowledged.
#[derive(Default)]
struct Load {
    bodies: Mutex<Vec<String>>,
    more: Condvar,
    is_over: AtomicBool,
    refused: AtomicU64,
}

impl Load {
    /// Sends until it is over, or nobody takes anything any more.
    fn send(&self, address: SocketAddr, sender: u64) {
        for request in 0.. {
            let first = 1 + (sender << 32) + request * SPANS;
            let spans = (first..first + SPANS).map(|id| (id, "POST /messages", if id % 3 == 0 { 503 } else { 202 }));
            let body = otlp_json("webmail", spans);
            match post(address, "/v1/traces", "application/json", body.as_bytes()) {
                Some((200, _)) => self.bodies.lock().expect("nobody panicked").push(body),
                // It ends, or has ended.
                Some((503, _)) | None => {
                    self.refused.fetch_add(1, Relaxed);
                    return;
                }
                Some((status, answer)) => panic!("{status}: {answer}"),
            }
            self.more.notify_all();
            if self.is_over.load(Relaxed) {
                return;
            }
        }
    }

    /// Waits until so many requests were acknowledged.
    fn until(&self, count: usize) {
        let bodies = self.bodies.lock().expect("nobody panicked");
        let enough = self.more.wait_timeout_while(bodies, Duration::from_secs(30), |bodies| bodies.len() < count);
        assert!(!enough.expect("nobody panicked").1.timed_out(), "fewer than {count} answers in 30 s");
    }

    fn spans(&self) -> u64 {
        self.bodies.lock().expect("nobody panicked").len() as u64 * SPANS
    }
}

/// What the report says of a data directory's steps.
fn steps(data: &Path) -> Value {
    json(&milepost(["report", "--format=json", "--data", data.to_str().expect("a plain path")]))["steps"].take()
}

fn sent_mails(steps: &Value) -> u64 {
    let step = steps.as_array().expect("steps").iter().find(|of| of["step"] == "send-mail").expect("the step");
    step["valid"].as_u64().expect("a count")
}

#[test]
fn a_copy_made_under_load_has_all_that_was_acknowledged_before_and_becomes_the_same_again() {
    let folder = Folder::new("backup");
    let [data, copy, again] = ["data", "copy", "again"].map(|name| folder.path().join(name));
    let paths = [&data, &copy, &again].map(|path| path.to_str().expect("a plain path"));
    let registry = example("mail");
    let server = Process::start(&registry, &data, &["--segments-every", "1s"]);
    let load = Load::default();
    let before = thread::scope(|scope| {
        for sender in 0..SENDERS {
            let (load, http) = (&load, server.http);
            scope.spawn(move || load.send(http, sender));
        }
        load.until(60);
        let before = load.spans();
        let copied = milepost(["backup", "--data", paths[0], paths[1]]);
        let after = load.bodies.lock().expect("nobody panicked").len();
        load.until(after + 10);
        load.is_over.store(true, Relaxed);
        assert!(copied.status.success(), "{}", told(&copied));
        before
    });
    assert_eq!(load.refused.load(Relaxed), 0, "a copy stands in nobody's way");
    let restored = milepost(["restore", paths[1], "--data", paths[2]]);
    assert!(restored.status.success(), "{}", told(&restored));
    let moment = sent_mails(&steps(&again));
    assert!(before <= moment && moment < load.spans(), "{before} <= {moment} < {}", load.spans());

    // Whoever sends all of it again makes of the copy what the server had: what is in it counts once.
    let second = Process::start(&registry, &again, &[]);
    assert!(!second.greeting.contains("warning"), "{}", second.greeting);
    let counted = |server: &Process| server.metric("milepost_step_events_total", &["step=\"send-mail\""]);
    assert_eq!(counted(&second), moment, "counters and facts of the copy are of one moment");
    for body in load.bodies.lock().expect("nobody panicked").iter() {
        let (status, answer) = post(second.http, "/v1/traces", "application/json", body.as_bytes()).expect("an answer");
        assert_eq!(status, 200, "{answer}");
    }
    assert_eq!((counted(&second), counted(&server)), (load.spans(), load.spans()));
    assert!(second.stop() && server.stop());
    assert_eq!(steps(&again), steps(&data));
}

#[test]
fn a_copy_is_never_written_over_what_is_there() {
    let folder = Folder::new("restore-refused");
    let [data, copy, full] = ["data", "copy", "full"].map(|name| folder.path().join(name));
    let paths = [&data, &copy, &full].map(|path| path.to_str().expect("a plain path"));
    assert!(Process::start(&example("mail"), &data, &[]).stop());
    assert!(milepost(["backup", "--data", paths[0], paths[1]]).status.success());
    folder.write("full/mine.txt", b"mine");
    for (arguments, at) in
        [(["restore", paths[1], "--data", paths[2]], &full), (["restore", paths[1], "--data", paths[0]], &data)]
    {
        let refused = milepost(arguments);
        assert_eq!(refused.status.code(), Some(2), "{}", told(&refused));
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(said.contains(&at.display().to_string()), "{said}");
    }
    assert_eq!(fs::read_dir(&full).expect("a folder").count(), 1);
    let refused = milepost(["backup", "--data", paths[0], paths[2]]);
    assert_eq!(refused.status.code(), Some(2), "{}", told(&refused));
}

#[test]
fn a_second_server_on_a_directory_is_refused_and_the_first_goes_on() {
    let folder = Folder::new("two-servers");
    let (data, registry) = (folder.path().join("data"), example("mail"));
    let first = Process::start(&registry, &data, &[]);
    let any = "127.0.0.1:0";
    let mut arguments = vec!["up", "--registry", &registry, "--data", data.to_str().expect("a plain path")];
    arguments.extend(["--listen-grpc", any, "--listen-http", any, "--listen-api", any]);
    let second = command(arguments).output().expect("it runs");
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    assert_eq!(second.status.code(), Some(2), "{said}");
    assert!(said.contains(&format!("is in use by process {}", first.id())) && !said.contains("is up"), "{said}");
    let sent = otlp_json("webmail", (1..4).map(|id| (id, "GET /inbox", 200)));
    assert_eq!(post(first.http, "/v1/traces", "application/json", sent.as_bytes()).expect("an answer").0, 200);
    first.kill();
    // A server that was killed holds nothing.
    let third = Process::start(&registry, &data, &[]);
    assert_eq!(third.metric("milepost_step_events_total", &["step=\"open-inbox\""]), 3);
    assert!(third.stop());
}

#[test]
fn sigterm_under_load_loses_nothing_that_was_acknowledged_and_keeps_nothing_else() {
    let folder = Folder::new("sigterm");
    let (data, registry) = (folder.path().join("data"), example("mail"));
    let server = Process::start(&registry, &data, &[]);
    let load = Load::default();
    let (is_well, said) = thread::scope(|scope| {
        for sender in 0..SENDERS {
            let (load, http) = (&load, server.http);
            scope.spawn(move || load.send(http, sender));
        }
        load.until(40);
        server.ended()
    });
    assert!(is_well && said.contains("everything that was acknowledged is stored"), "{said}");
    assert_eq!(sent_mails(&steps(&data)), load.spans());
    let again = Process::start(&registry, &data, &[]);
    assert!(again.greeting.contains(": 0 facts replayed"), "all is in a checkpoint: {}", again.greeting);
    assert_eq!(again.metric("milepost_step_events_total", &["step=\"send-mail\""]), load.spans());
}
