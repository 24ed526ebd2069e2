//! The registry is edited, well and badly, while telemetry comes: each event is counted, once, under one version or another.

use super::process::{Process, otlp_json, post, until};
use crate::run::{Folder, example, files, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
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

/// A product in which edits change which step a request serves: by a rule, and by where a step is measured.
const SHOP: &str = "
apiVersion: milepost/v1
kind: Product
metadata: {name: shop}
spec: {title: Shop, description: People buy things., owner: shop-owner}
---
apiVersion: milepost/v1
kind: Objective
metadata: {name: buy-things}
spec: {title: Buy things, description: Someone buys., owner: shop-owner, steps: [browse, search, buy]}
---
apiVersion: milepost/v1
kind: Service
metadata: {name: web}
spec: {owner: shop-owner, operations: [GET /products, GET /list, POST /graphql]}
---
apiVersion: milepost/v1
kind: Step
metadata: {name: search}
spec: {title: Search, description: Things are found., start: A click., success: The list., measure: [web POST /graphql]}
---
apiVersion: milepost/v1
kind: Step
metadata: {name: buy}
spec: {title: Buy, description: The order is taken., start: A click., success: The order., measure: [web POST /graphql]}
---
apiVersion: milepost/v1
kind: Step
metadata: {name: browse}
spec: {title: Browse, description: The list is shown., start: A click., success: The list., measure: [web BROWSED]}
";
const VERSIONS: u64 = 7;
/// What the load asks for.
const ROUTES: [&str; 2] = ["GET /products", "POST /graphql"];

/// The steps that these serve in a version.
fn steps_of(version: u64) -> [Option<&'static str>; 2] {
    let ruled = [None, Some("search"), Some("buy")][(version % 3) as usize];
    [Some("browse").filter(|_| version % 2 == 1), ruled]
}

fn shop(version: u64) -> String {
    let [browse, ruled] = steps_of(version);
    let shop = SHOP.replace("BROWSED", if browse.is_some() { "GET /products" } else { "GET /list" });
    let rule = ruled.map(|step| {
        format!(
            "---\napiVersion: milepost/v1\nkind: AnnotationRules\nmetadata: {{name: graphql}}\n\
             spec: {{rules: [{{match: {{service: web, route: /graphql}}, step: {step}, assumes: Nothing else is asked.}}]}}\n"
        )
    });
    shop + &rule.unwrap_or_default()
}

/// Attempts of each step, whatever came of them.
fn by_step(process: &Process) -> BTreeMap<String, u64> {
    let mut steps = BTreeMap::new();
    process.attempts().into_iter().for_each(|((step, ..), count)| *steps.entry(step).or_default() += count);
    steps
}

#[test]
fn each_event_counts_under_one_version_while_rules_and_steps_change() {
    let folder = Folder::new("edited_rules");
    let write = |version| {
        // A file that is written while it is read would be another edit.
        let new = folder.write("new.yaml", shop(version).as_bytes());
        std::fs::create_dir_all(folder.path().join("registry")).expect("a folder");
        std::fs::rename(new, folder.path().join("registry/shop.yaml")).expect("it can be moved");
    };
    write(1);
    let (registry, data) = (folder.path().join("registry"), folder.path().join("data"));
    let start = || Process::start(registry.to_str().expect("a plain path"), &data, &["--segments-every", "1s"]);
    let process = start();
    let (is_over, acknowledged) = (AtomicBool::new(false), [const { AtomicU64::new(0) }; CLIENTS as usize]);
    thread::scope(|scope| {
        for (client, acknowledged) in (0..).zip(&acknowledged) {
            let (process, is_over) = (&process, &is_over);
            scope.spawn(move || {
                let mut next = 1 + client * IDS;
                while !is_over.load(Relaxed) {
                    let spans = (next..next + 10).map(|id| (id, ROUTES[(id % 2) as usize], 200));
                    let body = otlp_json("web", spans);
                    let answer = post(process.http, "/v1/traces", "application/json", body.as_bytes());
                    assert_eq!(answer.expect("an answer").0, 200);
                    acknowledged.fetch_add(10, Relaxed);
                    next += 10;
                }
            });
        }
        // Of each client two more requests: what was on its way before is answered.
        let more = || {
            let before = acknowledged.each_ref().map(|count| count.load(Relaxed));
            let is_more = |(now, before): (&AtomicU64, u64)| now.load(Relaxed) >= before + 20;
            until("events come", || acknowledged.iter().zip(before).all(is_more));
        };
        let edited = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for version in 1..=VERSIONS {
                write(version);
                let info = format!("version=\"{version}\"");
                until("the edit is active", || process.metric("milepost_registry_info", &[&info]) == 1);
                more();
                let of_others = || -> BTreeMap<String, u64> {
                    let serves = |step: &str| steps_of(version).contains(&Some(step));
                    by_step(&process).into_iter().filter(|(step, _)| !serves(step)).collect()
                };
                let before = of_others();
                more();
                assert_eq!(of_others(), before, "version {version} counts for no other step");
            }
        }));
        is_over.store(true, Relaxed);
        edited.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    });
    let sent: u64 = acknowledged.iter().map(|count| count.load(Relaxed)).sum();
    let counted = by_step(&process);
    assert_eq!(process.metric("milepost_events_counted_total", &[]), sent);
    assert!(process.stop());
    let again = start();
    assert_eq!(by_step(&again), counted);
    let flushed = || {
        let ingest: serde_json::Value = serde_json::from_str(&again.get("/api/v1/ingest")).expect("JSON");
        ingest["segments"].as_u64() >= ingest["as_of"].as_u64()
    };
    until("all is in segments", flushed);
    let Some(python) = milepost_testkit::python(&["duckdb"]) else { return };
    under_one_version(&python, &data, sent, &counted);
}

/// What another program finds in the segments: each event, with the step that its request serves in its version.
#[expect(clippy::print_stdout, reason = "what a test measured is told with its result")]
fn under_one_version(python: &Path, data: &Path, sent: u64, counted: &BTreeMap<String, u64>) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/main/live/count_segments.py");
    let output = Command::new(python).args(["-X", "utf8", script, "versions"]).arg(data).output();
    let rows = json(&output.expect("Python starts"));
    let (mut all, mut steps, mut versions) = (0, BTreeMap::new(), std::collections::BTreeSet::new());
    for row in rows.as_array().expect("rows") {
        let (version, count) = (row[0].as_u64().expect("a version"), row[3].as_u64().expect("a count"));
        let operation = row[1].as_str().expect("an operation");
        let at = ROUTES.iter().position(|route| operation.ends_with(route));
        let serves = steps_of(version)[at.expect("one of the two")];
        assert_eq!(row[2].as_str(), serves, "{row}");
        (all, _) = (all + count, versions.insert(version));
        if let Some(step) = serves {
            *steps.entry(step.to_owned()).or_default() += count;
        }
    }
    assert_eq!((all, &steps), (sent, counted));
    assert_eq!(versions.len() as u64, VERSIONS);
    println!("{sent} spans through {VERSIONS} versions: {steps:?}");
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
