//! A disk that is full, and has room again: nothing is acknowledged meanwhile, what is known is served, and it goes on by itself.

use super::process::{Process, answer, get, otlp_json, until};
use crate::run::{Folder, example, json, milepost};
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

/// A small file system in memory, unmounted when it is dropped.
struct SmallDisk<'f>(&'f Path);

impl<'f> SmallDisk<'f> {
    /// Mounts it; says so when that is not allowed.
    fn mount(path: &'f Path) -> Option<Self> {
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", "size=24m", "tmpfs"]).arg(path).output();
        if mount.is_ok_and(|output| output.status.success()) {
            return Some(Self(path));
        }
        milepost_testkit::skipped("a small file system cannot be mounted, which only root can");
        None
    }

    /// Fills it to the last byte.
    fn fill(&self) {
        let mut ballast = std::fs::File::create(self.0.join("ballast")).expect("a file");
        for size in [1 << 16, 1 << 10, 1] {
            while ballast.write(&vec![0; size]).is_ok_and(|written| written > 0) {}
        }
    }

    fn free(&self) {
        std::fs::remove_file(self.0.join("ballast")).expect("the file is there");
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        // Whoever holds files on it is gone, or a test has failed already.
        let _ = Command::new("umount").arg("--lazy").arg(self.0).status();
    }
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
fn a_full_disk_refuses_with_a_hint_and_goes_on_by_itself_when_there_is_room() {
    let folder = Folder::new("full_disk");
    let place = folder.path().join("disk");
    std::fs::create_dir(&place).expect("a folder");
    let Some(disk) = SmallDisk::mount(&place) else { return };
    let data = place.join("data");
    let registry = example("mail");
    let process = Process::start(&registry, &data, &["--segments-every", "1s"]);
    let (mut acknowledged, mut next) = (0, 1);
    for _ in 0..3 {
        for _ in 0..5 {
            assert_eq!(send(process.http, next..next + 100).0, 200);
            (acknowledged, next) = (acknowledged + 100, next + 100);
        }
        disk.fill();
        // What has been given to the log already may still take something.
        let mut refused = None;
        until("it refuses", || {
            let (status, hint) = send(process.http, next..next + 100);
            acknowledged += if status == 200 { 100 } else { 0 };
            next += if status == 200 { 100 } else { 0 };
            refused = Some((status, hint)).filter(|(status, _)| *status != 200);
            refused.is_some()
        });
        assert_eq!(refused, Some((503, true)));
        let ready = get(process.api, "/ready").expect("an answer");
        assert_eq!(ready.status, 503);
        assert!(ready.body.contains("cannot be stored") && ready.body.contains("No space left"), "{}", ready.body);
        assert_eq!(counted(&process), acknowledged, "what is known is served");
        disk.free();
        until("it is ready, though nothing is sent", || get(process.api, "/ready").expect("an answer").status == 200);
        // The same spans again, as exporters do: whatever became of them before, they count once.
        until("it takes them", || send(process.http, next..next + 100).0 == 200);
        (acknowledged, next) = (acknowledged + 100, next + 100);
        assert_eq!(counted(&process), acknowledged);
    }
    process.kill();
    let again = Process::start(&registry, &data, &["--segments-every", "1s"]);
    assert!(!again.greeting.contains("damaged"), "{}", again.greeting);
    assert_eq!(counted(&again), acknowledged);
    let report = json(&milepost(["report", "--format=json", "--data", data.to_str().expect("a plain path")]));
    let steps = report["steps"].as_array().expect("steps");
    let inbox = steps.iter().find(|of| of["step"] == "open-inbox").expect("the step");
    assert_eq!(inbox["valid"].as_u64(), Some(acknowledged));
    again.kill();
    println!("{acknowledged} spans acknowledged around 3 full disks, each counted once");
}
