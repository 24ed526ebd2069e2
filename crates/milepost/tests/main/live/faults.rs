//! The example product with faults switched on and off under its own load: each becomes the incident that the registry implies, and heals.
//!
//! The server runs in this process, so that its clock can be set forward over the time that levels take to be raised and lowered.

use super::mail::{Product, free_ports};
use crate::run::{Folder, example};
use milepost_impact::incident::{Incident, Incidents, Phase, Resolution, Route};
use milepost_model::{DurationNs, Name, StepPath};
use milepost_server::{Ack, Clock, Network, Receivers, Server, Settings, Shared};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

/// Users who come until they are stopped.
struct Users(Child);

impl Users {
    fn come(app: &Path, port: &str) -> Self {
        let load = ["build/load.js", "--port", port, "--pace", "10", "--seed", "7"];
        let child =
            Command::new("node").current_dir(app).args(load).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        Self(child.expect("Node starts"))
    }
}

impl Drop for Users {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn settings(data: &Path, clock: &Clock) -> Settings {
    let local = "127.0.0.1:0".parse().expect("an address");
    Settings {
        registry: example("mail").into(),
        data: data.to_owned(),
        listen_grpc: local,
        listen_http: local,
        listen_api: local,
        memory_bytes: 256 << 20,
        ack: Ack::Disk,
        followed: Vec::new(),
        workers: 2,
        segments_every: DurationNs::from_seconds(600),
        keep_days: 30,
        keep_bytes: 1 << 30,
        trust_grpc: milepost_annotate::Trust::Internal,
        trust_http: milepost_annotate::Trust::Internal,
        clock: clock.clone(),
        receivers: Receivers::default(),
        remote_write: None,
        ca_file: None,
        sources: Vec::new(),
        source_tokens: Vec::new(),
        requires_tokens: false,
    }
}

/// Waits for another process or thread, which says nothing when it is done.
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(90), "not within 90 s: {what}");
        std::thread::park_timeout(Duration::from_millis(50));
    }
}

/// Lets time pass on the server's clock, and waits for a round of severity after that by telemetry of after that.
fn pass(shared: &Shared, clock: &Clock, seconds: u64) {
    clock.pass(DurationNs::from_seconds(seconds));
    let (now, lsn) = (shared.now(), shared.counts().lsn);
    until("severity is judged", || shared.severity().at.is_some_and(|at| at > now) && shared.severity().lsn > lsn);
}

/// Whether a step would be given a level if that lasted.
fn is_hit(shared: &Shared, step: &str) -> bool {
    let board = shared.severity();
    let Some(product) = board.product(&Name::new("mail").expect("a name")) else { return false };
    let Some(place) = product.place(&path(step)) else { return false };
    product
        .judge
        .plan()
        .alone(place)
        .any(|judged| product.judge.latch(judged) != milepost_impact::severity::Latch::Quiet)
}

fn path(step: &str) -> StepPath {
    step.parse().expect("a step")
}

fn incident_of<'i>(incidents: &'i Incidents, step: &str) -> &'i Incident {
    incidents.all().find(|incident| incident.steps.contains_key(&path(step))).expect("an incident")
}

fn fault(app: &Path, port: &str, action: &[&str]) {
    let mut command = Command::new("node");
    command.current_dir(app).args(["build/fault.js", "--port", port]).args(action);
    let status = command.stdout(Stdio::null()).status();
    assert!(status.expect("Node starts").success());
}

#[test]
fn faults_of_the_example_product_become_the_incidents_that_its_registry_implies_and_heal() {
    let Some(app) = milepost_testkit::example_product() else { return };
    let folder = Folder::new("faults");
    let (clock, runtime) = (Clock::default(), Runtime::new().expect("a runtime"));
    let settings = settings(&folder.path().join("data"), &clock);
    let network = runtime.block_on(Network::bind(&settings)).expect("ports");
    let (_, http, _) = network.addresses();
    let within = runtime.enter();
    let server = Server::start(settings).expect("a server");
    drop(within);
    let shared = Arc::clone(&server.shared);
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = runtime.spawn(network.run(server, async move { _ = stopped.await }));

    let port = free_ports().to_string();
    let faults = ["errors:send-mail:70%", "errors:check-spelling:70%"];
    let product = Product::start(&app, &port, http, &faults);
    let users = Users::come(&app, &port);
    until("both steps are hit", || is_hit(&shared, "send-mail") && is_hit(&shared, "check-spelling"));
    pass(&shared, &clock, 31);
    let open = || shared.incidents.of("mail");
    until("both are incidents", || {
        let open = open();
        let steps = open.open().flat_map(|incident| incident.steps.keys());
        steps.filter(|step| **step == path("send-mail") || **step == path("check-spelling")).count() == 2
    });
    let incidents = open();
    let (sending, spelling) = (incident_of(&incidents, "send-mail"), incident_of(&incidents, "check-spelling"));
    assert_ne!(sending.id, spelling.id, "they have nothing in common");
    // The policy: any trouble with sending is major; more than a fifth of an auxiliary step is medium.
    assert_eq!((sending.level(), spelling.level()), (Some(0), Some(1)));
    assert_eq!(sending.route, Some(Route::PageSre), "an SLO of it pages");
    let suspected = |incident: &Incident| incident.suspicion.as_ref().map(|of| (of.text.clone(), of.owner.clone()));
    let outbox = ("outbox mail.v1.Outbox/Enqueue".to_owned(), Some("delivery-team".to_owned()));
    assert_eq!(suspected(sending), Some(outbox));
    let hit: Vec<String> = incidents.open().flat_map(|of| of.steps.keys()).map(ToString::to_string).collect();
    assert_eq!(hit.len(), 2, "all others are well: {hit:?}");

    fault(&app, &port, &["clear", "all"]);
    // What failed leaves the windows; ten minutes later it is over.
    pass(&shared, &clock, 31 * 60);
    for _ in 0..8 {
        pass(&shared, &clock, 90);
    }
    let incidents = open();
    for step in ["send-mail", "check-spelling"] {
        let incident = incident_of(&incidents, step);
        assert!(matches!(incident.phase, Phase::Closed { how: Resolution::Healed, .. }), "{:?}", incident.timeline);
        println!("{step}: {} events, {} attempts lost", incident.timeline.len(), incident.lost().gross);
    }
    drop(users);
    product.stop();
    // The server may have ended by itself, which is told below.
    let _ = stop.send(());
    runtime.block_on(serving).expect("it ends").expect("it served");
}
